"""A private link to one's own cards: no cookie, no account, and nothing can be done there.

It says what became of each: where it stands, what is done about that theme, and which session grew
from it. That one's code is not told: its organisers say who comes.

It answers as long as the session is kept. The link names one card of its author, which says nothing
that the room does not see, and carries a proof that cannot be guessed.
"""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.database import reading
from app.passes import plain_code
from app.queries.answers import answers_given
from app.queries.cards import author_of, first_card_of, own_cards
from app.queries.sessions import session_by_code
from app.queries.themes import standing_themes
from app.queries.threads import brought_along, grown_from
from app.routes.visit import NoSession, known_visit, language_of, live_of, public_address
from app.templating import render

router = APIRouter(include_in_schema=False)

_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-store",
}


@router.get("/s/{code}/receipt")
def to_receipt(request: Request, code: str) -> Response:
    """From the phone page to one's own link, or back where one has said nothing yet."""
    with reading(live_of(request).engine) as db:
        found = known_visit(request, db, code)
        assert found.holder is not None
        here = found.live_session
        first = first_card_of(db, here.id, found.holder.actor_id)
    if first is None:
        return RedirectResponse(f"/s/{here.code}", 303)
    link = live_of(request).signer.receipt(here.code, here.id, first)
    return RedirectResponse(f"/r/{link}", 303, headers=_HEADERS)


@router.get("/r/{link}")
def receipt(request: Request, link: str) -> Response:
    """What became of one's own cards."""
    code, number, proof = (*link.split("-", 2), "", "")[:3]
    with reading(live_of(request).engine) as db:
        here = session_by_code(db, plain_code(code))
        if here is None or not number.isdecimal() or len(number) > 10:
            raise NoSession
        if not live_of(request).signer.is_receipt(proof, here.id, int(number)):
            raise NoSession
        cards = own_cards(db, here.id, author_of(db, here.id, int(number)))[::-1]
        page = render(
            "receipt/page.html",
            language_of(request, here),
            session=here,
            cards=cards,
            themes={row.letter: row for row in standing_themes(db, here.id)},
            answers=answers_given(db, here.id),
            grown=grown_from(db, here.id),
            brought=brought_along(db, here.id, [card.number for card in cards]),
            link=f"{public_address(request)}/r/{link}",
        )
    return HTMLResponse(page, headers=_HEADERS)
