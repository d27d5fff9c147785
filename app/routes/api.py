"""For programs: the same actions and the same board as for people."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from app import screens
from app.database import reading
from app.forms import FORMS
from app.models import Carrier
from app.passes import new_actor
from app.roles import sorts
from app.routes.screen import known, perform
from app.routes.visit import known_visit, live_of, visit
from app.screens import Audience, Screen

router = APIRouter(prefix="/api/v1/sessions", tags=["sessions"])

Token = Depends(HTTPBearer(auto_error=False, description="A token of this session."))

_ACTIONS = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"oneOf": [form.model_json_schema() for form in FORMS]}}},
    }
}


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
