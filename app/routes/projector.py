"""The big screen. It needs no more than the code."""

import segno
from fastapi import APIRouter
from markupsafe import Markup
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
        return HTMLResponse(pages.projector(db, found.live_session, found.language, typed, _qr(join)))


def _qr(link: str) -> Markup:
    drawn = segno.make(link, error="m", micro=False)
    return Markup(drawn.svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None))
