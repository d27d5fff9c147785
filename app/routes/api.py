"""For programs: the same actions and the same board as for people."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.security import HTTPBearer
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import screens
from app.actions import rehearsals
from app.database import reading
from app.forms.reading import FORMS, Refused
from app.forms.sheets import NewRehearsal
from app.models import Carrier
from app.passes import new_actor
from app.roles import sees
from app.routes.screen import perform
from app.routes.visit import Visit, known_visit, live_of, sorting_visit, visit, visited
from app.screens import Audience, Screen, shapes

_SORRY: dict[int | str, dict[str, Any]] = {
    401: {"model": shapes.Sorry, "description": "No token, or one that does not hold here."},
    404: {"model": shapes.Sorry, "description": "There is no such session."},
}
_NOT_ALLOWED: dict[int | str, dict[str, Any]] = {
    403: {"model": shapes.Sorry, "description": "This token does not reach so far."}
}

router = APIRouter(prefix="/api/v1/sessions", tags=["sessions"], responses=_SORRY)

Token = Depends(HTTPBearer(auto_error=False, description="A token of this session."))

_ACTIONS = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"oneOf": [form.model_json_schema() for form in FORMS]}}},
    }
}

_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": shapes.Sorry, "description": "Not now, or not this one; why."}
}


def _says(shape: Any) -> Any:
    """What a route answers, for its description alone: what is told was made in that shape, and a
    large board is not read through once more."""
    return {"response_model": None, "responses": {200: {"model": shape}}}


@router.post("/{code}/participants")
def join(request: Request, code: str) -> shapes.Token:
    """A new participant's token. The first action makes the participant."""
    with reading(live_of(request).engine) as db:
        live_session = visit(request, db, code).live_session
    return {"token": live_of(request).signer.token(new_actor(live_session.id))}


@router.get("/{code}", dependencies=[Token], **_says(shapes.Board))
def board(request: Request, code: str) -> Response:
    """The whole board as this token sees it. `head` is the cursor to follow it from."""
    with reading(live_of(request).engine) as db:
        found = known_visit(request, db, code)
        assert found.holder is not None
        whole = screens.board(db, found.live_session, _audience(found), found.holder.actor_id)
    return JSONResponse(whole)


@router.get("/{code}/updates", dependencies=[Token], **_says(shapes.Frame))
def updates(request: Request, code: str, since: str = "") -> Response:
    """What has changed since a cursor, as the socket's next frame says it: for a program that asks
    now and then, or when a webhook has told it to."""
    with reading(live_of(request).engine) as db:
        found = known_visit(request, db, code)
        assert found.holder is not None
        seq = screens.known_seq(db, found.live_session.id, since)
        update = screens.update(db, found.live_session, _audience(found), seq)
        frame = update.frame_for(found.holder.actor_id)
    return Response(frame, media_type="application/json")


def _audience(found: Visit) -> Audience:
    return Audience(Screen.JSON, found.language, sees(found.role))


@router.post("/{code}/actions", dependencies=[Token], openapi_extra=_ACTIONS, **_says(shapes.Receipt))
async def act(request: Request, code: str) -> Response:
    """Do something. Every receipt is answered with 200, refusals too."""
    found = await visited(request, code, known_visit)
    return JSONResponse(await perform(request, found, Carrier.PROGRAM))


@router.post(
    "/{code}/rehearsals",
    dependencies=[Token],
    status_code=201,
    responses={201: {"model": shapes.Rehearsal}, **_NOT_ALLOWED, **_CONFLICT},
)
async def rehearse(request: Request, code: str, wish: NewRehearsal) -> Response:
    """A copy of the session for simulated phones: its code, and a facilitator's token for it. It
    has the prompts and themes, and nobody's words. It deletes itself some time after `seconds`."""
    found, live = await visited(request, code, sorting_visit), live_of(request)
    try:
        copy, holder = await live.writer.do(
            lambda db, now: rehearsals.start(db, now, found.live_session, wish.seconds)
        )
    except Refused as refusal:
        return _refused(refusal, found)
    return JSONResponse({"code": copy, "token": live.signer.token(holder)}, 201)


@router.delete("/{code}", dependencies=[Token], status_code=204, responses={**_NOT_ALLOWED, **_CONFLICT})
async def delete(request: Request, code: str) -> Response:
    """Delete a rehearsal whole. No other session can be deleted this way."""
    found = await visited(request, code, sorting_visit)
    try:
        await live_of(request).writer.do(lambda db, _now: rehearsals.delete(db, found.live_session.id))
    except Refused as refusal:
        return _refused(refusal, found)
    return Response(status_code=204)


def _refused(refusal: Refused, found: Visit) -> Response:
    return JSONResponse({"detail": refusal.sentence.said_in(found.language)}, 409)
