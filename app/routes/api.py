"""For programs: the same actions and the same board as for people."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import screens
from app.actions import rehearsals
from app.database import reading
from app.forms.reading import FORMS, Refused
from app.forms.sheets import NewRehearsal
from app.models import Carrier
from app.passes import new_actor
from app.roles import sorts
from app.routes.screen import known, perform
from app.routes.visit import Visit, known_visit, live_of, sorting_visit, visit
from app.screens import Audience, Screen

router = APIRouter(prefix="/api/v1/sessions", tags=["sessions"])

Token = Depends(HTTPBearer(auto_error=False, description="A token of this session."))

_ACTIONS = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"oneOf": [form.model_json_schema() for form in FORMS]}}},
    }
}

_CONFLICT: dict[int | str, dict[str, Any]] = {409: {"description": "Not now, or not this one; why."}}


@router.post("/{code}/participants")
def join(request: Request, code: str) -> dict[str, str]:
    """A new participant's token. The first action makes the participant."""
    with reading(live_of(request).engine) as db:
        live_session = visit(request, db, code).live_session
    return {"token": live_of(request).signer.token(new_actor(live_session.id))}


@router.get("/{code}", dependencies=[Token])
def board(request: Request, code: str) -> dict[str, Any]:
    """The whole board as this token sees it. `head` is the cursor to follow it from."""
    with reading(live_of(request).engine) as db:
        found = known_visit(request, db, code)
        audience = Audience(Screen.JSON, found.language, sorts(found.role))
        assert found.holder is not None
        return screens.board(db, found.live_session, audience, found.holder.actor_id)


@router.post("/{code}/actions", dependencies=[Token], openapi_extra=_ACTIONS)
async def act(request: Request, code: str) -> dict[str, Any]:
    """Do something. Every receipt is answered with 200, refusals too."""
    found = await run_in_threadpool(known, request, code)
    return await perform(request, found, Carrier.PROGRAM)


@router.post("/{code}/rehearsals", dependencies=[Token], status_code=201, responses=_CONFLICT)
async def rehearse(request: Request, code: str, wish: NewRehearsal) -> Response:
    """A copy of the session for simulated phones: its code, and a facilitator's token for it. It
    has the prompts and themes, and nobody's words. It deletes itself some time after `seconds`."""
    found, live = await run_in_threadpool(_sorting, request, code), live_of(request)
    try:
        copy, holder = await live.writer.do(
            lambda db, now: rehearsals.start(db, now, found.live_session, wish.seconds)
        )
    except Refused as refusal:
        return _refused(refusal, found)
    return JSONResponse({"code": copy, "token": live.signer.token(holder)}, 201)


@router.delete("/{code}", dependencies=[Token], status_code=204, responses=_CONFLICT)
async def delete(request: Request, code: str) -> Response:
    """Delete a rehearsal whole. No other session can be deleted this way."""
    found = await run_in_threadpool(_sorting, request, code)
    try:
        await live_of(request).writer.do(lambda db, _now: rehearsals.delete(db, found.live_session.id))
    except Refused as refusal:
        return _refused(refusal, found)
    return Response(status_code=204)


def _sorting(request: Request, code: str) -> Visit:
    with reading(live_of(request).engine) as db:
        return sorting_visit(request, db, code)


def _refused(refusal: Refused, found: Visit) -> Response:
    return JSONResponse({"detail": refusal.sentence.said_in(found.language)}, 409)
