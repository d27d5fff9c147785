"""The board, where facilitators sort."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.database import reading
from app.models import Role
from app.queries import (
    account_signed_in,
    all_prompts,
    cards_standing,
    numbers_in,
    proposed_names,
    standing_themes,
)
from app.routes.visit import NoSession, Visit, live_of, sorting_visit
from app.screens import pages
from app.templating import render

router = APIRouter(include_in_schema=False)

MOST = 50
"""How many cards a dialog is about at the most."""


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


@router.get("/s/{code}/board/cards/{numbers}")
def cards_sheet(request: Request, code: str, numbers: str) -> Response:
    """What can be done with some cards, for the board's dialog. `numbers` is `3-5-7`."""
    asked = asked_for(numbers)
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        cards = cards_standing(db, found.live_session.id, asked)
    if not cards:
        raise NoSession
    return HTMLResponse(
        render("contributions/sheet.html", found.language, session=found.live_session, cards=cards)
    )


def asked_for(numbers: str) -> list[int]:
    """The cards that an address is about."""
    return [int(number) for number in numbers.split("-") if number.isdecimal()][:MOST]


@router.get("/s/{code}/board/themes/{letter}")
def theme_sheet(request: Request, code: str, letter: str) -> Response:
    """What can be done with one theme, for the board's dialog."""
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        themes = standing_themes(db, found.live_session.id)
        numbers = numbers_in(db, found.live_session.id, [row for row in themes if row.letter == letter])
        cards = cards_standing(db, found.live_session.id, numbers.get(letter, []))
        proposed = proposed_names(db, found.live_session.id).get(letter, [])
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
            after_next=order[at + 2] if at + 2 < len(order) else "",
        )
    )
