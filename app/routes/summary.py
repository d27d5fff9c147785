"""The summary, for organisers and facilitators, at any moment.

Documents are made beside the server (`live.bindery`). Whoever browses is not left with a blank
page for more than a second: a page says that the document is being made, and looks again by itself.
"""

import time
from typing import Annotated

from fastapi import APIRouter, Form
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.database import reading
from app.forms.reading import Refused, parse
from app.live.bindery import Order
from app.models import Part, Role
from app.passes import new_key
from app.routes.visit import NoSession, Visit, live_of, organising_visit, sorting_visit
from app.summaries import WRITERS, build
from app.summaries.binding import EASY, MAKING, PAGE, PAGE_TO_WRITE
from app.summaries.history import own_words
from app.summaries.html import Unsaved, own_part
from app.summaries.html import page as page_of
from app.templating import Speech, render
from app.tongues import room_of

router = APIRouter(include_in_schema=False)

PATIENCE = 1.0
"""Seconds after which somebody who browses is told that it takes a while."""


@router.get("/s/{code}/summary")
async def page(request: Request, code: str) -> Response:
    """The summary as a page."""
    found = await run_in_threadpool(_visit, request, code)
    what = PAGE_TO_WRITE if found.role == Role.ORGANISER else PAGE
    return await _made(request, found, what) or _waiting(request, found)


@router.get("/s/{code}/summary.{suffix}")
async def file(request: Request, code: str, suffix: str, restricted: bool = False) -> Response:
    """The summary as a file. Restricted ones are for organisers alone."""
    if suffix not in WRITERS:
        raise NoSession
    found = await run_in_threadpool(_visit, request, code, organises=restricted)
    name = f"sheaf-{found.live_session.code}{'-restricted' if restricted else ''}.{suffix}"
    answer = await _made(request, found, suffix, restricted, WRITERS[suffix].media_type)
    if answer is None:
        return _waiting(request, found)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@router.get("/s/{code}/summary/easy")
async def easy(request: Request, code: str) -> Response:
    """A draft in Easy Read."""
    found = await run_in_threadpool(_visit, request, code)
    return await _made(request, found, EASY) or _waiting(request, found)


@router.get("/s/{code}/summary/making")
async def making(request: Request, code: str) -> Response:
    """The making of the themes, to be played."""
    found = await run_in_threadpool(_visit, request, code)
    return await _made(request, found, MAKING) or _waiting(request, found)


@router.post("/s/{code}/summary/words")
async def write(
    request: Request, code: str, part: Annotated[Part, Form()], text: Annotated[str, Form()] = ""
) -> Response:
    """Write a part that only the organiser knows. What is refused stays in its box."""
    found = await run_in_threadpool(_visit, request, code, organises=True)
    assert found.holder is not None
    try:
        form = parse({"action": "write_summary", "key": new_key(), "part": part, "text": text})
    except Refused as refusal:
        return await run_in_threadpool(_answer, request, code, part, Unsaved(part, text, refusal.sentence))
    receipt = await live_of(request).writer.perform(form, found.holder)
    unsaved = Unsaved(part, text, receipt.reason) if receipt.reason else None
    return await run_in_threadpool(_answer, request, code, part, unsaved)


def _visit(request: Request, code: str, *, organises: bool = False) -> Visit:
    with reading(live_of(request).engine) as db:
        return (organising_visit if organises else sorting_visit)(request, db, code)


async def _made(
    request: Request, found: Visit, what: str, restricted: bool = False, media_type: str = "text/html"
) -> Response | None:
    """The document, or None for a browser that has waited long enough. Programs wait."""
    order = Order(found.live_session.id, what, restricted)
    patience = PATIENCE if "text/html" in request.headers.get("accept", "") else None
    content = await live_of(request).bindery.bind(order, found.live_session.last_number, patience)
    return None if content is None else Response(content, media_type=media_type)


def _waiting(request: Request, found: Visit) -> Response:
    """A page that looks again by itself, scripts or not."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    said = render("summary/waiting.html", found.language, session=found.live_session, here=here)
    return HTMLResponse(said, 202, {"Refresh": "1"})


def _answer(request: Request, code: str, part: Part, unsaved: Unsaved | None) -> Response:
    """A script takes the part alone; a form goes back to the page."""
    with reading(live_of(request).engine) as db:
        found = organising_visit(request, db, code)
        status = 422 if unsaved else 200
        if "hx-request" in request.headers:
            written = own_words(db, found.live_session.id)
            # The document is the session's, whatever its organiser reads.
            speech = Speech(found.live_session.language, room_of(found.live_session))
            drawn = own_part(speech, found.live_session.code, part, written, unsaved)
            return HTMLResponse(drawn, status)
        if unsaved:
            return HTMLResponse(_page_with(db, found, unsaved), status)
    return RedirectResponse(f"/s/{found.live_session.code}/summary#own-{part}", 303)


def _page_with(db: Connection, found: Visit, unsaved: Unsaved) -> str:
    document = build(db, found.live_session, time.time_ns() // 1_000_000)
    return page_of(document, may_write=True, unsaved=unsaved)
