"""For operators: is it there, and is it ready."""

from fastapi import APIRouter
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.database import reading
from app.routes.visit import live_of

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def ready(request: Request) -> Response:
    """The database answers too, and the writer runs."""
    live = live_of(request)
    with reading(live.engine) as db:
        db.execute(text("SELECT 1"))
    if not live.writer.is_running:
        return PlainTextResponse("the writer has stopped\n", 503)
    return PlainTextResponse("ok\n")
