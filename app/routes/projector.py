"""The big screen. It needs no more than the code."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.database import reading
from app.routes.visit import live_of, public_address, visit
from app.screens import pages

router = APIRouter(include_in_schema=False)


@router.get("/s/{code}/projector")
def projector(request: Request, code: str) -> Response:
    """The way to join, and the voices at back-row size."""
    address = public_address(request)
    with reading(live_of(request).engine) as db:
        found = visit(request, db, code)
        join = f"{address}/j/{found.live_session.code}"
        typed = address.partition("://")[2]
        # It is the room's, whatever language this computer's owner reads.
        language = found.live_session.language
        return HTMLResponse(pages.projector(db, found.live_session, language, typed, join))


@router.get("/s/{code}/shown")
def shown(request: Request, code: str) -> Response:
    """What the big screen shows, to be read on a phone."""
    with reading(live_of(request).engine) as db:
        found = visit(request, db, code)
        return HTMLResponse(pages.reading(db, found.live_session, found.language))
