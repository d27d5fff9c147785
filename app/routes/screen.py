"""What every live screen needs besides its page: acting, catching up, and earlier cards."""

import json
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from app import screens
from app.database import reading
from app.forms.fields import Number
from app.live.door import audience_for
from app.live.receipt import Receipt
from app.live.seam import NoSeat
from app.locales import first_known
from app.models import Carrier
from app.passes import new_key
from app.roles import sorts
from app.routes.visit import (
    NoSession,
    NotAllowed,
    Stranger,
    Visit,
    came_from,
    known_visit,
    live_of,
    visit,
    visited,
)
from app.screens import Audience, pages, shapes
from app.templating import render

router = APIRouter(include_in_schema=False)

MANY = ("contributions", "themes")
"""Fields that an HTML form may give more than once."""


@router.post("/s/{code}/actions")
async def act(request: Request, code: str) -> Response:
    """Any action, as JSON or as an HTML form."""
    found = await visited(request, code, known_visit)
    if request.headers.get("content-type", "").startswith("application/json"):
        return JSONResponse(await perform(request, found, Carrier.PHONE))
    given = await request.form()
    said: dict[str, Any] = {"key": new_key(), **{name: given[name] for name in given}}
    said |= {name: given.getlist(name) for name in MANY if name in given}
    receipt = await _perform(request, found, said, Carrier.PHONE)
    if receipt.status != "saved":
        return HTMLResponse(render("sorry.html", found.language, sentence=receipt.reason), 422)
    return RedirectResponse(f"/s/{found.live_session.code}{_home(found)}", 303)


def _home(found: Visit) -> str:
    """Where somebody sorts, if anywhere."""
    if sorts(found.role):
        return "/board"
    return "/wall" if found.live_session.all_sort else ""


@router.get("/s/{code}/updates")
def updates(request: Request, code: str, screen: str, since: str = "", language: str = "") -> Response:
    """The next frame, in the language of the page that asks, whose network lets no socket through."""
    with reading(live_of(request).engine) as db:
        found = _reading_in(language, visit(request, db, code))
        audience = _audience(found, screen)
        seq = screens.known_seq(db, found.live_session.id, since)
        flags = live_of(request).flags
        update = screens.update(db, found.live_session, audience, seq, flags)
        frame = update.frame_for(found.holder.actor_id if found.holder else "")
    return Response(frame or screens.heartbeat(audience, update.head), media_type="application/json")


@router.get("/s/{code}/earlier")
def earlier(request: Request, code: str, screen: str, before: Number) -> Response:
    """The block of cards before a number."""
    with reading(live_of(request).engine) as db:
        found = _reading_in(request.headers.get("sheaf-block", ""), visit(request, db, code))
        if _audience(found, screen).screen not in pages.HELD:
            raise NoSession
        actor_id = found.holder.actor_id if found.holder else ""
        block, first = pages.block(db, found.live_session, found.language, screen, before, actor_id)
    if "sheaf-block" in request.headers:
        return HTMLResponse(block, headers={"Sheaf-First": str(first)})
    # Without scripts it is a page of its own.
    return HTMLResponse(
        render(
            "contributions/earlier.html",
            found.language,
            session=found.live_session,
            screen=screen,
            block=Markup(block),
            first=first,
        )
    )


def _reading_in(language: str, found: Visit) -> Visit:
    return found._replace(language=first_known(language, found.language))


def _audience(found: Visit, screen: str) -> Audience:
    """What this visitor is shown on a screen: by the same rule as on a socket."""
    audience = audience_for(screen, found.language, found.role, found.live_session.all_sort)
    if isinstance(audience, NoSeat):
        raise {4401: Stranger, 4403: NotAllowed}.get(audience.code, NoSession)
    return audience


async def perform(request: Request, found: Visit, carrier: Carrier) -> shapes.Receipt:
    """Do what the request's JSON body asks. Answers the receipt as a message."""
    try:
        message = json.loads(await request.body())
    except (ValueError, RecursionError):
        message = None
    return (await _perform(request, found, message, carrier)).message(found.language)


async def _perform(request: Request, found: Visit, message: object, carrier: Carrier) -> Receipt:
    assert found.holder is not None
    return await live_of(request).writer.hear(message, found.holder, carrier, came_from(request))
