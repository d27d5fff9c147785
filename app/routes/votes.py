"""Votes: the board's sheet about them, and hands that were counted in the room."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.database import reading
from app.forms.reading import Refused, parse
from app.locales import Sentence
from app.passes import new_key
from app.queries.themes import standing_themes
from app.queries.votes import hands_counted, open_vote, people_voted, standing_votes
from app.roles import sorts
from app.routes.visit import Visit, counting_visit, live_of, sorting_visit, visited
from app.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/s/{code}/board/votes")
def votes_sheet(request: Request, code: str) -> Response:
    """The vote that is open, or a new one, for the board's dialog."""
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        vote = open_vote(db, found.live_session)
        page = render(
            "votes/sheet.html",
            found.language,
            session=found.live_session,
            vote=vote,
            voted=people_voted(db, found.live_session.id, vote.number) if vote else 0,
            votes=standing_votes(db, found.live_session),
            themes=standing_themes(db, found.live_session.id),
        )
    return HTMLResponse(page)


@router.get("/s/{code}/count")
def count_sheet(request: Request, code: str, saved: bool = False) -> Response:
    """Where scribes and facilitators enter what they counted."""
    with reading(live_of(request).engine) as db:
        found = counting_visit(request, db, code)
        return HTMLResponse(_page(db, found, saved=saved))


@router.post("/s/{code}/count")
async def count(request: Request, code: str) -> Response:
    """Enter it. What is refused stands on the sheet as it was."""
    found = await visited(request, code, counting_visit)
    given = {name: str(value) for name, value in (await request.form()).items()}
    assert found.holder is not None
    try:
        form = parse({"key": new_key(), **given})
        receipt = await live_of(request).writer.perform(form, found.holder)
        reason = receipt.reason
    except Refused as refusal:
        reason = refusal.sentence
    if reason is not None:
        return HTMLResponse(await run_in_threadpool(_again, request, found, given, reason), 422)
    return RedirectResponse(f"/s/{found.live_session.code}/count?saved=1", 303)


def _again(request: Request, found: Visit, given: dict[str, str], refused: Sentence) -> str:
    with reading(live_of(request).engine) as db:
        return _page(db, found, given, refused)


def _page(
    db: Connection,
    found: Visit,
    given: dict[str, Any] | None = None,
    refused: Sentence | str = "",
    *,
    saved: bool = False,
) -> str:
    vote = open_vote(db, found.live_session)
    assert found.holder is not None
    counted = hands_counted(db, found.live_session.id, vote.number, found.holder.actor_id) if vote else None
    if given is None and counted:
        given = {"hands": counted.hands} | {f"dots-{one}": some for one, some in counted.dots.items()}
    return render(
        "votes/count.html",
        found.language,
        session=found.live_session,
        vote=vote,
        given=given or {},
        refused=refused,
        saved=saved,
        sorts=sorts(found.role),
    )
