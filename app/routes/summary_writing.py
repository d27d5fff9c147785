"""What is written on the summary, in place: parts that only organisers know, and answers to themes by
all who run the session; and whether everybody may read it. Every form works without scripts."""

import time
from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Form
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.database import reading
from app.forms.reading import Refused, parse
from app.locales import _
from app.models import Part
from app.passes import new_key
from app.queries.answers import answers_given
from app.queries.themes import all_themes
from app.routes.threads import may_start_from, own_sessions
from app.routes.visit import Allowed, NoSession, Visit, live_of, organising_visit, sorting_visit, visited
from app.summaries import build
from app.summaries.blocks import Reply
from app.summaries.chapters.next_steps import reply
from app.summaries.document import answer_of
from app.summaries.history import own_words
from app.summaries.html import Unsaved, answered_theme, own_part, page
from app.summaries.tree import Section
from app.templating import Speech
from app.tongues import room_of

router = APIRouter(include_in_schema=False)

LATER = _("Not saved yet. Please save it again in a moment.")
FIELDS = ("theme", "outcome", "text", "owner", "day", "review_day", "read")

Draw = Callable[[Connection, Visit, Unsaved | None], str]
"""Draws the section that was written in, as the page holds it."""


@router.post("/s/{code}/summary/words")
async def write(
    request: Request, code: str, part: Annotated[Part, Form()], text: Annotated[str, Form()] = ""
) -> Response:
    """Write a part that only the organiser knows."""

    def drawn(db: Connection, found: Visit, unsaved: Unsaved | None) -> str:
        here = found.live_session
        return own_part(_speech(found), here.code, part, own_words(db, here.id), unsaved)

    given = {"part": part.value, "text": text}
    return await _take(request, code, organising_visit, "write_summary", f"own-{part}", given, drawn)


@router.post("/s/{code}/summary/answers")
async def answer(request: Request, code: str) -> Response:
    """Say what is done about a theme."""
    typed = await request.form()
    given = {name: str(typed.get(name, "")) for name in FIELDS}

    def drawn(db: Connection, found: Visit, unsaved: Unsaved | None) -> str:
        theme = _theme(db, found, given["theme"])
        return answered_theme(_speech(found), found.live_session.code, theme, unsaved)

    section = f"answer{given['theme']}"
    return await _take(request, code, sorting_visit, "answer_theme", section, given, drawn)


@router.post("/s/{code}/summary/public")
async def publish(request: Request, code: str, public: Annotated[bool, Form()]) -> Response:
    """Let everybody read the summary, or only those who run the session."""
    found = await visited(request, code, organising_visit)
    given = {"action": "publish_summary" if public else "unpublish_summary", "key": new_key()}
    assert found.holder is not None
    await live_of(request).writer.perform(parse(given), found.holder)
    return RedirectResponse(f"/s/{found.live_session.code}/summary#public", 303)


async def _take(
    request: Request,
    code: str,
    allowed: Allowed,
    action: str,
    section: str,
    given: Mapping[str, str],
    drawn: Draw,
) -> Response:
    """Do it. What is refused stays in its boxes, beneath a sentence that says why."""
    found = await visited(request, code, allowed)
    unsaved = await _do(request, found, action, section, given)

    def answered() -> Response:
        with reading(live_of(request).engine) as db:
            return _answer(request, db, allowed(request, db, code), section, unsaved, drawn)

    return await run_in_threadpool(answered)


async def _do(
    request: Request, found: Visit, action: str, section: str, given: Mapping[str, str]
) -> Unsaved | None:
    try:
        form = parse({"action": action, "key": new_key(), **given})
    except Refused as refusal:
        return Unsaved(section, given, refusal.sentence)
    assert found.holder is not None
    receipt = await live_of(request).writer.perform(form, found.holder)
    if receipt.status == "saved":
        return None
    # Whoever is told that somebody was quicker sees what they wrote, and may then write over it.
    return Unsaved(section, {**given, "read": ""}, receipt.reason or LATER)


def _answer(
    request: Request, db: Connection, found: Visit, section: str, unsaved: Unsaved | None, drawn: Draw
) -> Response:
    """A script takes the section alone; a form goes back to the page."""
    status = 422 if unsaved else 200
    if "hx-request" in request.headers:
        return HTMLResponse(drawn(db, found, unsaved), status)
    if unsaved:
        return HTMLResponse(_page(request, db, found, unsaved), status)
    return RedirectResponse(f"/s/{found.live_session.code}/summary#{section}", 303)


def _page(request: Request, db: Connection, found: Visit, unsaved: Unsaved) -> str:
    here = found.live_session
    document = build(db, here, time.time_ns() // 1_000_000)
    may_start = may_start_from(own_sessions(request, db), here.code)
    told = {"is_published": here.is_published, "is_blank": bool(here.is_blank), "may_start": may_start}
    return page(document, reader=found.role, unsaved=unsaved, **told)


def _theme(db: Connection, found: Visit, letter: str) -> Reply:
    """A theme with its answer; one too that somebody has removed while another wrote."""
    here = found.live_session
    row = next((one for one in all_themes(db, here.id) if one.letter == letter), None)
    if row is None:
        raise NoSession
    given = answers_given(db, here.id).get(letter)
    theme = Section(letter, row.name, [], colour=row.tint, answer=answer_of(given))
    return reply(theme, row.size, given.touched if given else 0, here.language)


def _speech(found: Visit) -> Speech:
    """The document is the session's, whatever its writer reads."""
    return Speech(found.live_session.language, room_of(found.live_session))
