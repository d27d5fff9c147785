"""What a card is like, for facilitators who ask: parts of the board's dialogs, beside its live frames."""

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.database import reading
from app.queries.cards import Card, cards_standing
from app.queries.themes import standing_themes
from app.routes.board import asked_for
from app.routes.visit import NoSession, Visit, live_of, sorting_visit, visited
from app.suggestions import Suggestions
from app.suggestions.companion import Unavailable
from app.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/s/{code}/board/likely/{numbers}")
async def likely(request: Request, code: str, numbers: str) -> Response:
    """The themes that some cards may belong to. `numbers` is `3-5-7`."""
    found, suggestions = await _visit(request, code)
    try:
        themes = await suggestions.themes_for(found.live_session.id, asked_for(numbers))
    except Unavailable:
        return _part(found, "likely.html", state="down", themes=[])
    state = "reading" if themes is None else "ready"
    named = await run_in_threadpool(_named, request, found, themes or [])
    return _part(found, "likely.html", state=state, themes=named)


@router.get("/s/{code}/board/alike")
async def alike(request: Request, code: str) -> Response:
    """Unsorted cards that may say the same."""
    found, suggestions = await _visit(request, code)
    try:
        groups = await suggestions.alike(found.live_session.id)
    except Unavailable:
        return _part(found, "alike.html", state="down", groups=[])
    state = "reading" if groups is None else "ready"
    said = await run_in_threadpool(_said, request, found, groups or [])
    return _part(found, "alike.html", state=state, groups=[group for group in said if len(group) > 1])


def _part(found: Visit, name: str, **context: Any) -> Response:
    page = render(f"suggestions/{name}", found.language, session=found.live_session, **context)
    return HTMLResponse(page)


async def _visit(request: Request, code: str) -> tuple[Visit, Suggestions]:
    """A facilitator, where suggestions are made. Raises NoSession where there are none."""
    found, suggestions = await visited(request, code, sorting_visit), live_of(request).suggestions
    if suggestions is None or not found.live_session.suggests:
        raise NoSession
    return found, suggestions


def _named(request: Request, found: Visit, themes: list[Any]) -> list[tuple[Any, list[Card]]]:
    """These themes, each with the cards that make it similar, as far as they are still there."""
    letters = {one.letter: one.numbers for one in themes}
    with reading(live_of(request).engine) as db:
        rows = {row.letter: row for row in standing_themes(db, found.live_session.id)}
    said = _said(request, found, letters.values())
    return [(rows[letter], cards) for letter, cards in zip(letters, said, strict=True) if letter in rows]


def _said(request: Request, found: Visit, groups: Any) -> list[list[Card]]:
    """The cards with these numbers that are still on the board."""
    numbers = [number for group in groups for number in group]
    with reading(live_of(request).engine) as db:
        cards = {card.number: card for card in cards_standing(db, found.live_session.id, numbers)}
    return [[cards[number] for number in group if number in cards] for group in groups]
