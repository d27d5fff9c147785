"""The summary, for those who run the session at any moment, and for everybody while it is published.

Documents are made beside the server (`live.bindery`). Whoever browses is not left with a blank
page for more than a second: a page says that the document is being made, and looks again by itself.

What the public reads is what `build` lets into any public document. It stands at the same address as
the page of those who run the session, and no search engine keeps a copy: what is erased here would
stay there.
"""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from app.database import reading
from app.live.bindery import Order
from app.models import Role
from app.roles import sorts
from app.routes.threads import may_start_from, own_sessions
from app.routes.visit import (
    UNKEPT,
    NoSession,
    Visit,
    live_of,
    organising_visit,
    seeing_visit,
    summary_visit,
    visited,
)
from app.summaries import WRITERS, Format
from app.summaries.binding import EASY, MAKING, PAGE, PAGE_TO_ANSWER, PAGE_TO_WRITE
from app.templating import render

router = APIRouter(include_in_schema=False)

SLICE = 1 << 16
"""Bytes of a large file that are sent at once."""

PATIENCE = 1.0
"""Seconds after which somebody who browses is told that it takes a while."""


@router.get("/s/{code}/summary")
async def page(request: Request, code: str) -> Response:
    """The summary as a page, with boxes to write in for those who run the session."""
    found, may_start = await run_in_threadpool(_reader, request, code)
    order = Order(found.live_session.id, _PAGES.get(found.role, PAGE), may_start=may_start)
    return await _made(request, found, order) or _waiting(request, found)


@router.get("/s/{code}/summary.{suffix}")
async def file(request: Request, code: str, suffix: str, restricted: bool = False) -> Response:
    """The summary as a file. Restricted ones are for organisers alone."""
    if suffix not in WRITERS:
        raise NoSession
    found = await visited(request, code, organising_visit if restricted else summary_visit)
    name = f"sheaf-{found.live_session.code}{'-restricted' if restricted else ''}.{suffix}"
    order = Order(found.live_session.id, suffix, restricted)
    answer = await _made(request, found, order)
    if answer is None:
        return _waiting(request, found)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if restricted:
        answer.headers.update(UNKEPT)
    return answer


@router.get("/s/{code}/summary/easy")
async def easy(request: Request, code: str) -> Response:
    """A draft in Easy Read."""
    found = await visited(request, code, seeing_visit)
    return await _made(request, found, Order(found.live_session.id, EASY)) or _waiting(request, found)


@router.get("/s/{code}/summary/making")
async def making(request: Request, code: str) -> Response:
    """The making of the themes, to be played."""
    found = await visited(request, code, summary_visit)
    return await _made(request, found, Order(found.live_session.id, MAKING)) or _waiting(request, found)


_PAGES: dict[Role | None, str] = {Role.ORGANISER: PAGE_TO_WRITE, Role.FACILITATOR: PAGE_TO_ANSWER}


def _reader(request: Request, code: str) -> tuple[Visit, bool]:
    """Whoever reads the page, and whether they may start a session from a theme of it."""
    with reading(live_of(request).engine) as db:
        found = summary_visit(request, db, code)
        return found, may_start_from(own_sessions(request, db), found.live_session.code)


async def _made(request: Request, found: Visit, order: Order) -> Response | None:
    """The document, or None for a browser that has waited long enough. Programs wait."""
    patience = PATIENCE if "text/html" in request.headers.get("accept", "") else None
    content = await live_of(request).bindery.bind(order, found.live_session.last_number, patience)
    return None if content is None else _sent(content, WRITERS.get(order.what, _A_PAGE))


_A_PAGE = WRITERS["html"]
_UNLISTED = {"X-Robots-Tag": "noindex, nofollow"}


def _sent(content: bytes, made: Format) -> Response:
    """What is to be compressed is smaller then, and compressed in a thread."""
    if not made.is_packed:
        return Response(content, headers=_UNLISTED, media_type=made.media_type)
    headers = _UNLISTED | {"Content-Length": str(len(content))}
    return StreamingResponse(in_slices(content), headers=headers, media_type=made.media_type)


async def in_slices(content: bytes) -> AsyncIterator[bytes]:
    """A large file piece by piece: megabytes at once take milliseconds, and live frames would wait."""
    for start in range(0, len(content), SLICE):
        yield content[start : start + SLICE]
        await asyncio.sleep(0)


def _waiting(request: Request, found: Visit) -> Response:
    """A page that looks again by itself, scripts or not."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    told = {"session": found.live_session, "here": here, "sorts": sorts(found.role)}
    said = render("summary/waiting.html", found.language, **told)
    return HTMLResponse(said, 202, {"Refresh": "1"})
