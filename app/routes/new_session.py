"""Making a session: from scratch, from a starting point, or from one of one's own."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Connection, Row
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app import starting_points
from app.actions import accounts, sessions
from app.database import reading
from app.forms.reading import Refused, read
from app.forms.sheets import NewSession
from app.locales import languages
from app.moments import as_typed, as_typed_day, moment, now, zone
from app.queries.people import sessions_of
from app.queries.sessions import all_prompts
from app.queries.themes import standing_themes
from app.routes.visit import NoSession, account_of, language_of, live_of
from app.templating import render

router = APIRouter(include_in_schema=False)

SETTINGS = ("second_language", "hold", "asks_names", "all_sort", "suggests")
WORDS = ("title", "purpose", "runs_it", "notice", "concerns_to", *SETTINGS)
TIMES = ("opens_at", "closes_at", "kept_until")
BLANK = dict.fromkeys((*WORDS, "prompts", "themes", *TIMES), "")
BLANK |= {"language": "en"}
Given = dict[str, Any]


@router.get("/sessions/new")
def fill_in(request: Request, start: Annotated[str, Query(alias="from")] = "") -> Response:
    """The sheet, filled in as far as the starting point says."""
    with reading(live_of(request).engine) as db:
        return HTMLResponse(_page(request, db, BLANK | _from(request, db, start), start))


@router.post("/sessions/new")
async def make(request: Request) -> Response:
    """Make it. What is refused stands on the sheet as it was."""
    given = {name: str(value) for name, value in (await request.form()).items()}

    def start(db: Connection, at: int) -> str:
        account = account_of(request, db)
        code, organiser, _secret = sessions.start(db, at, wish, account.name)
        accounts.keep(db, account.id, organiser.invitation_id)
        return code

    try:
        wish = read(NewSession, _as_wish(given))
        code = await live_of(request).writer.do(start)
    except Refused as refusal:
        return HTMLResponse(await run_in_threadpool(_again, request, given, refusal.sentence), 422)
    return RedirectResponse(f"/sessions/{code}?to=about", 303)


def as_given(live_session: Row[Any]) -> Given:
    """What a session is now, as it stands on a sheet."""
    said = {part: getattr(live_session, part) for part in WORDS}
    times = {name: as_typed(getattr(live_session, name)) for name in TIMES[:2]}
    return said | times | {"kept_until": as_typed_day(live_session.kept_until)}


def times_of(given: Given) -> dict[str, int | None]:
    """The times on a sheet, read. Raises Refused."""
    return {name: moment(given[name]) if given.get(name) else None for name in TIMES}


def _as_wish(given: Given) -> dict[str, Any]:
    lists = {name: _lines(given.get(name, "")) for name in ("prompts", "themes")}
    return given | lists | times_of(given)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _from(request: Request, db: Connection, start: str) -> Given:
    if not start:
        return {}
    if start in starting_points.NAMES:
        return _as_given(starting_points.event(start))
    mine = {row.code: row for row in sessions_of(db, account_of(request, db).id)}
    if start not in mine:
        raise NoSession
    return _as_given(_told(db, mine[start]))


def _told(db: Connection, past: Row[Any]) -> Given:
    said = {part: getattr(past, part) for part in (*WORDS, "language")}
    prompts, themes = all_prompts(db, past.id), standing_themes(db, past.id)
    return said | {"prompts": [row.text for row in prompts], "themes": [row.name for row in themes]}


def _as_given(said: Given) -> Given:
    lists = {name: "\n".join(filter(None, said[name])) for name in ("prompts", "themes")}
    return {name: said[name] for name in BLANK if name in said} | lists


def _again(request: Request, given: Given, refused: str) -> str:
    with reading(live_of(request).engine) as db:
        return _page(request, db, BLANK | given, refused=refused)


def _page(request: Request, db: Connection, given: Given, start: str | None = None, refused: str = "") -> str:
    account = account_of(request, db)
    return render(
        "organiser/new.html",
        language_of(request),
        account=account,
        given=given,
        start=start,
        suggests=start is not None,
        can_suggest=live_of(request).suggestions is not None,
        refused=refused,
        past=sessions_of(db, account.id),
        languages=languages(),
        zone=zone(now()),
    )
