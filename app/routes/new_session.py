"""Making a session: from scratch, from a starting point, or from one of one's own."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Connection, Row
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app import starting_points
from app.actions import accounts, sessions, threads
from app.database import reading
from app.forms.reading import Refused, read
from app.forms.sheets import NewSession
from app.locales import languages
from app.moments import as_typed, as_typed_day, moment, now, zone
from app.queries.people import sessions_of
from app.queries.sessions import all_prompts
from app.queries.themes import standing_themes
from app.routes.threads import may_start_from, own_sessions, theme_sought
from app.routes.visit import NoSession, account_of, language_of, live_of
from app.templating import render

router = APIRouter(include_in_schema=False)

SETTINGS = ("second_language", "hold", "asks_names", "all_sort", "suggests")
WORDS = ("title", "purpose", "runs_it", "notice", "concerns_to", *SETTINGS)
TIMES = ("opens_at", "closes_at", "kept_until")
BLANK = dict.fromkeys((*WORDS, "prompts", "themes", *TIMES), "")
BLANK |= {"language": "en"}
THREAD = ("earlier", "theme", "brings")
"""What it grows from: a session's code, a theme's letter, and whether the voices come along."""
Given = dict[str, Any]


@router.get("/sessions/new")
def fill_in(request: Request, start: Annotated[str, Query(alias="from")] = "", theme: str = "") -> Response:
    """The sheet, filled in as far as the starting point says: a session, or a theme of one."""
    with reading(live_of(request).engine) as db:
        said = _from_theme(request, db, start, theme) if theme else _from(request, db, start)
        return HTMLResponse(_page(request, db, BLANK | said, start))


@router.post("/sessions/new")
async def make(request: Request) -> Response:
    """Make it. What is refused stands on the sheet as it was."""
    given = {name: str(value) for name, value in (await request.form()).items()}

    def start(db: Connection, at: int) -> str:
        account = account_of(request, db)
        code, organiser, _secret = sessions.start(db, at, wish, account.name)
        if given.get("theme"):
            earlier = _sorted_by(request, db, given.get("earlier", ""))
            brings = given.get("brings") == "1"
            threads.grow(db, at, organiser.session_id, earlier, given["theme"], brings_voices=brings)
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
    said = {name: value for name, value in given.items() if name not in THREAD}
    return said | lists | times_of(given)


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


def _from_theme(request: Request, db: Connection, start: str, letter: str) -> Given:
    """Everything as it was there, but for what is asked: that is the theme."""
    earlier = _sorted_by(request, db, start)
    theme = theme_sought(db, earlier.id, letter)
    said = _told(db, earlier) | {"title": theme.name, "prompts": [theme.name], "themes": []}
    kept = as_typed_day(earlier.kept_until) if (earlier.kept_until or 0) > now() else ""
    return _as_given(said) | {"kept_until": kept, "earlier": start, "theme": letter, "brings": "1"}


def _sorted_by(request: Request, db: Connection, code: str) -> Row[Any]:
    """A session that somebody has among their own, and whose themes they make."""
    mine = own_sessions(request, db)
    if not may_start_from(mine, code):
        raise NoSession
    return mine[code]


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


def _grows(request: Request, db: Connection, given: Given) -> dict[str, Any] | None:
    """The theme that it grows from, for the sheet to say so."""
    if not given.get("theme"):
        return None
    earlier = _sorted_by(request, db, given.get("earlier", ""))
    return {"session": earlier, "theme": theme_sought(db, earlier.id, given["theme"])}


def _page(request: Request, db: Connection, given: Given, start: str | None = None, refused: str = "") -> str:
    account = account_of(request, db)
    return render(
        "organiser/new.html",
        language_of(request),
        account=account,
        given=given,
        start=start,
        grows=_grows(request, db, given),
        suggests=start is not None,
        can_suggest=live_of(request).suggestions is not None,
        refused=refused,
        past=sessions_of(db, account.id),
        languages=languages(),
        zone=zone(now()),
    )
