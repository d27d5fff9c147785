"""The summary, for organisers and facilitators, at any moment."""

import time

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.database import reading
from app.routes.visit import NoSession, live_of, sorting_visit
from app.summaries import WRITERS, Document, build
from app.summaries.html import write_html

router = APIRouter(include_in_schema=False)


@router.get("/s/{code}/summary")
def page(request: Request, code: str) -> Response:
    """The summary as a page."""
    return HTMLResponse(write_html(_document(request, code), is_file=False))


@router.get("/s/{code}/summary.{suffix}")
def file(request: Request, code: str, suffix: str) -> Response:
    """The summary as a file."""
    document = _document(request, code)
    if suffix not in WRITERS:
        raise NoSession
    write, media_type = WRITERS[suffix]
    name = f"sheaf-{document.code}.{suffix}"
    return Response(
        write(document),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _document(request: Request, code: str) -> Document:
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        return build(db, found.live_session, time.time_ns() // 1_000_000)
