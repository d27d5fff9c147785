"""The board, where facilitators sort."""

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.database import reading
from app.models import Role, Status
from app.queries.cards import Card, cards_standing, saying_the_same
from app.queries.people import account_signed_in
from app.queries.sessions import all_prompts
from app.queries.themes import numbers_in, proposed_names, standing_themes
from app.routes.threads import may_start_from, own_sessions
from app.routes.visit import NoSession, Visit, live_of, sorting_visit, wall_visit
from app.screens import pages
from app.templating import render

router = APIRouter(include_in_schema=False)

MOST = 50
"""How many cards a dialog is about at the most."""

MOST_ALIKE = 500
"""How many cards are merged at once at the most."""


@router.get("/s/{code}/board")
def board(request: Request, code: str) -> Response:
    """The whole board."""
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        can_suggest = _warm(request, found)
        return HTMLResponse(pages.board(db, found.live_session, found.language, can_suggest))


def _warm(request: Request, found: Visit) -> bool:
    """Whether suggestions are made here. Whoever opens the board may ask for them soon."""
    live = live_of(request)
    if live.suggestions is None or not found.live_session.suggests:
        return False
    live.suggestions.warm(found.live_session.id)
    return True


@router.get("/s/{code}/wall")
def wall(request: Request, code: str) -> Response:
    """The board of those who take part, where everybody sorts."""
    with reading(live_of(request).engine) as db:
        found = wall_visit(request, db, code)
        return HTMLResponse(pages.wall(db, found.live_session, found.language))


@router.get("/s/{code}/queue")
def queue(request: Request, code: str) -> Response:
    """What waits for review, on a page of its own: the board may be mirrored."""
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        return HTMLResponse(pages.queue(db, found.live_session, found.language, live_of(request).flags))


@router.get("/s/{code}/board/session")
def session_sheet(request: Request, code: str) -> Response:
    """What can be done with the session and its prompts, for the board's dialog."""
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        prompts = all_prompts(db, found.live_session.id)
        account = account_signed_in(db, live_of(request).signer.sign_in(request.cookies))
    return HTMLResponse(
        render(
            "sessions/sheet.html",
            found.language,
            session=found.live_session,
            prompts=prompts,
            is_organiser=found.role == Role.ORGANISER,
            can_keep=account is not None and found.holder is not None and not found.holder.sign_in,
        )
    )


@router.get("/s/{code}/board/screen")
def screen_sheet(request: Request, code: str) -> Response:
    """What the big screen shows and how it is set up, for the board's dialog."""
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        themes = standing_themes(db, found.live_session.id)
    return HTMLResponse(
        render("projector/sheet.html", found.language, session=found.live_session, themes=themes)
    )


@router.get("/s/{code}/board/cards/{numbers}")
def cards_sheet(request: Request, code: str, numbers: str) -> Response:
    """What can be done with some cards, for the board's dialog. `numbers` is `3-5-7`."""
    asked = asked_for(numbers)
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        cards = cards_standing(db, found.live_session.id, asked)
        alike = _alike(db, found.live_session.id, cards)
    if not cards:
        raise NoSession
    return HTMLResponse(
        render(
            "contributions/sheet.html", found.language, session=found.live_session, cards=cards, alike=alike
        )
    )


def asked_for(numbers: str) -> list[int]:
    """The cards that an address is about."""
    return [int(number) for number in numbers.split("-") if number.isdecimal() and len(number) < 11][:MOST]


def _alike(db: Connection, session_id: int, cards: list[Card]) -> list[int]:
    """The others on the board by themselves that say the same as the one card that was asked for."""
    if len(cards) != 1:
        return []
    same = saying_the_same(db, session_id, [cards[0].number], [Status.VISIBLE])
    others = [number for number in same if number != cards[0].number][:MOST_ALIKE]
    return [card.number for card in cards_standing(db, session_id, others)]


@router.get("/s/{code}/board/themes/{letter}")
def theme_sheet(request: Request, code: str, letter: str) -> Response:
    """What can be done with one theme, for the board's dialog."""
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        themes = standing_themes(db, found.live_session.id)
        numbers = numbers_in(db, found.live_session.id, [row for row in themes if row.letter == letter])
        cards = cards_standing(db, found.live_session.id, numbers.get(letter, []))
        proposed = proposed_names(db, found.live_session.id).get(letter, [])
        can_start = may_start_from(own_sessions(request, db), found.live_session.code)
    order = [row.letter for row in themes]
    if letter not in order:
        raise NoSession
    at = order.index(letter)
    return HTMLResponse(
        render(
            "themes/sheet.html",
            found.language,
            session=found.live_session,
            theme=themes[at],
            earlier=order[at - 1] if at else "",
            has_later=at + 1 < len(order),
            others=[row for row in themes if row.letter != letter],
            cards=cards,
            proposed=proposed,
            can_start=can_start,
            after_next=order[at + 2] if at + 2 < len(order) else "",
        )
    )
