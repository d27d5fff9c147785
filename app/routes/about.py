"""What a session is, for its organisers: its links, its words, its times, and its prompts."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.database import reading
from app.forms.reading import Refused, parse
from app.locales import languages
from app.moments import now, zone
from app.passes import new_key
from app.queries.sessions import all_prompts
from app.routes.new_session import WORDS, as_given, times_of
from app.routes.visit import Visit, live_of, organising_visit, public_address, visited
from app.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/s/{code}/about")
def about(request: Request, code: str, saved: bool = False) -> Response:
    """The sheet, with the session as it is."""
    return HTMLResponse(_page(request, code, saved=saved))


@router.post("/s/{code}/about")
async def change(request: Request, code: str) -> Response:
    """Say it anew. What is refused stands on the sheet as it was."""
    live = live_of(request)
    found = await visited(request, code, organising_visit)
    given = {name: str(value) for name, value in (await request.form()).items()}
    try:
        form = parse({"action": "change_session", "key": new_key(), **_as_change(given)})
    except Refused as refusal:
        return await _again(request, code, given, refusal.sentence)
    assert found.holder is not None
    receipt = await live.writer.perform(form, found.holder)
    if receipt.status != "saved":
        return await _again(request, code, given, receipt.reason or "")
    return RedirectResponse(f"/s/{found.live_session.code}/about?saved=1", 303)


def _as_change(given: dict[str, str]) -> dict[str, Any]:
    words = {name: given[name] for name in WORDS if name in given}
    return words | {name: at or 0 for name, at in times_of(given).items()}


async def _again(request: Request, code: str, given: dict[str, str], refused: str) -> Response:
    return HTMLResponse(await run_in_threadpool(_page, request, code, given, refused), 422)


def _page(
    request: Request,
    code: str,
    given: dict[str, str] | None = None,
    refused: str = "",
    *,
    saved: bool = False,
) -> str:
    with reading(live_of(request).engine) as db:
        found = organising_visit(request, db, code)
        return _render(request, db, found, as_given(found.live_session) | (given or {}), refused, saved)


def _render(
    request: Request, db: Connection, found: Visit, given: dict[str, Any], refused: str, saved: bool
) -> str:
    join = f"{public_address(request)}/j/{found.live_session.code}"
    return render(
        "organiser/about.html",
        found.language,
        session=found.live_session,
        prompts=all_prompts(db, found.live_session.id),
        given=given,
        refused=refused,
        saved=saved,
        join=join,
        shared=f"{join}?shared=1",
        zone=zone(now()),
        others={code: name for code, name in languages().items() if code != found.live_session.language},
        can_suggest=live_of(request).suggestions is not None,
        has_account=bool(found.holder and found.holder.sign_in),
    )
