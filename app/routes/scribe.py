"""For tables without phones: somebody writes down what others say, card after card."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.database import reading
from app.passes import new_key
from app.routes.phone import take
from app.routes.visit import Visit, counting_visit, live_of, visited
from app.screens import pages

router = APIRouter(include_in_schema=False)


@router.get("/s/{code}/scribe")
def scribe(request: Request, code: str, saved: int = 0, told: bool = False) -> Response:
    """The page for many cards by keyboard alone."""
    with reading(live_of(request).engine) as db:
        found = counting_visit(request, db, code)
        return HTMLResponse(_page(request, found, db, key=new_key(), saved=saved, told=told))


@router.post("/s/{code}/scribe")
async def write_down(request: Request, code: str) -> Response:
    """A card by plain form, or a change of one."""
    found = await visited(request, code, counting_visit)
    assert found.holder is not None
    return await take(request, found, found.holder, "/scribe", _page)


def _page(_request: Request, found: Visit, db: Connection, **said: Any) -> str:
    assert found.holder is not None
    return pages.scribe(db, found.live_session, found.language, found.holder.actor_id, **said)
