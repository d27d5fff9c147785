"""A theme's history over several sessions: what came before it, and what grew from it."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.database import reading
from app.models import Role
from app.queries.people import account_signed_in, sessions_of
from app.queries.themes import ThemeRow, standing_theme
from app.queries.threads import thread_of
from app.roles import sorts
from app.routes.visit import NoSession, live_of, sorting_visit
from app.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/s/{code}/thread")
def page(request: Request, code: str, theme: str = "") -> Response:
    """The chain of sessions before and after this one, or one theme of it."""
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        live_session, mine = found.live_session, own_sessions(request, db)
        here = theme_sought(db, live_session.id, theme) if theme else None
        thread = thread_of(db, live_session.id, theme)
    return HTMLResponse(
        render(
            "threads/page.html",
            found.language,
            session=live_session,
            theme=here,
            thread=thread,
            mine=mine,
            can_start=may_start_from(mine, live_session.code),
        )
    )


def own_sessions(request: Request, db: Connection) -> dict[str, Row[Any]]:
    """Code to each session that a visitor who signed in has among their own."""
    account = account_signed_in(db, live_of(request).signer.sign_in(request.cookies))
    return {row.code: row for row in sessions_of(db, account.id)} if account else {}


def may_start_from(mine: dict[str, Row[Any]], code: str) -> bool:
    """Whether somebody with these sessions may start another from a theme of one."""
    return code in mine and sorts(Role(mine[code].role))


def theme_sought(db: Connection, session_id: int, letter: str) -> ThemeRow:
    """A theme that somebody asks for. Raises NoSession where there is none."""
    found = standing_theme(db, session_id, letter)
    if found is None:
        raise NoSession
    return found
