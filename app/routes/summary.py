"""The summary, for organisers and facilitators, at any moment."""

import time
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.database import reading
from app.forms import Refused, parse
from app.models import Part, Role
from app.passes import new_key
from app.routes.visit import NoSession, Visit, live_of, organising_visit, sorting_visit
from app.summaries import WRITERS, Document, build
from app.summaries.easy import easy_page
from app.summaries.html import Unsaved, own_part
from app.summaries.html import page as page_of

router = APIRouter(include_in_schema=False)


@router.get("/s/{code}/summary")
def page(request: Request, code: str) -> Response:
    """The summary as a page."""
    found, document = _document(request, code)
    return HTMLResponse(page_of(document, may_write=found.role == Role.ORGANISER))


@router.get("/s/{code}/summary.{suffix}")
def file(request: Request, code: str, suffix: str, restricted: bool = False) -> Response:
    """The summary as a file."""
    if suffix not in WRITERS:
        raise NoSession
    _found, document = _document(request, code, restricted=restricted)
    write, media_type = WRITERS[suffix]
    name = f"sheaf-{document.code}{'-restricted' if restricted else ''}.{suffix}"
    return Response(
        write(document),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/s/{code}/summary/easy")
def easy(request: Request, code: str) -> Response:
    """A draft in Easy Read."""
    return HTMLResponse(easy_page(_document(request, code)[1]))


@router.post("/s/{code}/summary/words")
async def write(
    request: Request, code: str, part: Annotated[Part, Form()], text: Annotated[str, Form()] = ""
) -> Response:
    """Write a part that only the organiser knows. What is refused stays in its box."""
    found = await run_in_threadpool(_organiser, request, code)
    assert found.holder is not None
    try:
        form = parse({"action": "write_summary", "key": new_key(), "part": part, "text": text})
    except Refused as refusal:
        return await run_in_threadpool(_answer, request, code, part, Unsaved(part, text, refusal.sentence))
    receipt = await live_of(request).writer.perform(form, found.holder)
    unsaved = Unsaved(part, text, receipt.reason) if receipt.reason else None
    return await run_in_threadpool(_answer, request, code, part, unsaved)


def _answer(request: Request, code: str, part: Part, unsaved: Unsaved | None) -> Response:
    """A script takes the part alone; a form goes back to the page."""
    _found, document = _document(request, code)
    status = 422 if unsaved else 200
    if "hx-request" in request.headers:
        return HTMLResponse(own_part(document, part, unsaved), status)
    if unsaved:
        return HTMLResponse(page_of(document, may_write=True, unsaved=unsaved), status)
    return RedirectResponse(f"/s/{document.code}/summary#own-{part}", 303)


def _organiser(request: Request, code: str) -> Visit:
    with reading(live_of(request).engine) as db:
        return organising_visit(request, db, code)


def _document(request: Request, code: str, *, restricted: bool = False) -> tuple[Visit, Document]:
    """What the visitor may have. Restricted ones are for organisers alone."""
    with reading(live_of(request).engine) as db:
        found = (organising_visit if restricted else sorting_visit)(request, db, code)
        now = time.time_ns() // 1_000_000
        return found, build(db, found.live_session, now, is_restricted=restricted)
