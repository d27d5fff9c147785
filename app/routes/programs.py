"""Programs that work with a session: an organiser makes their tokens, and says which addresses are
told of changes."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Path
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app import outside
from app.actions import programs
from app.database import reading
from app.forms.reading import Refused
from app.locales import _
from app.models import Scope
from app.roles import Pass
from app.routes.people import people_page
from app.routes.visit import UNKEPT, NotAllowed, live_of, organising_visit

router = APIRouter(include_in_schema=False)

WebhookId = Annotated[int, Path(ge=1, le=2**53)]


@router.post("/s/{code}/programs")
async def make_token(
    request: Request, code: str, scope: Annotated[str, Form()], label: Annotated[str, Form()] = ""
) -> Response:
    """Make a program's token. It is shown this once, for it is kept nowhere."""
    if scope not in [*Scope]:
        raise NotAllowed

    def make(db: Connection, now: int) -> Pass:
        found = organising_visit(request, db, code)
        return programs.make_token(db, found.live_session.id, Scope(scope), now, label)

    try:
        holder = await live_of(request).writer.do(make)
    except Refused as refusal:
        return await _page(request, code, status=422, refused_program=refusal.sentence)
    return await _page(request, code, token=live_of(request).signer.token(holder))


@router.post("/s/{code}/webhooks")
async def add_webhook(request: Request, code: str, address: Annotated[str, Form()] = "") -> Response:
    """Tell an address of changes. The secret with which it knows us is shown this once."""
    live = live_of(request)

    def add(db: Connection, now: int) -> int:
        found = organising_visit(request, db, code)
        reached = _reachable(address, live.settings.https, live.settings.webhooks_inside)
        return programs.add_webhook(db, found.live_session, reached, now)

    try:
        webhook_id = await live.writer.do(add)
    except Refused as refusal:
        return await _page(request, code, status=422, refused_webhook=refusal.sentence, address=address)
    return await _page(request, code, secret=live.signer.webhook_secret(webhook_id))


def _reachable(address: str, only_https: bool, may_go_inside: bool) -> str:
    """The address as it is kept. Raises Refused for one that is none, or that we do not send to."""
    try:
        reached = outside.written(address)
    except outside.NoAddress:
        raise Refused(_("Please write a whole address, such as https://example.org/sheaf.")) from None
    if only_https and not reached.startswith("https://"):
        raise Refused(_("This address must begin with https://."))
    if not may_go_inside and outside.is_inside(outside.host_of(reached)):
        raise Refused(_("This address is inside a network. Sheaf sends nothing there."))
    return reached


@router.post("/s/{code}/webhooks/{webhook_id}/remove")
async def remove_webhook(request: Request, code: str, webhook_id: WebhookId) -> Response:
    """Tell it nothing any more."""
    return await _have(request, code, programs.remove_webhook, webhook_id)


@router.post("/s/{code}/webhooks/{webhook_id}/again")
async def try_again(request: Request, code: str, webhook_id: WebhookId) -> Response:
    """Try an address again that could not be reached."""
    return await _have(request, code, programs.try_again, webhook_id)


async def _have(
    request: Request, code: str, done: Callable[[Connection, int, int], None], webhook_id: int
) -> Response:
    """Have something done with a webhook of this session."""

    def do(db: Connection, _now: int) -> str:
        here = organising_visit(request, db, code).live_session
        done(db, here.id, webhook_id)
        return str(here.code)

    return RedirectResponse(f"/s/{await live_of(request).writer.do(do)}/people#programs", 303)


async def _page(request: Request, code: str, status: int = 200, **said: str) -> Response:
    def drawn() -> str:
        with reading(live_of(request).engine) as db:
            return people_page(db, organising_visit(request, db, code), **said)

    return HTMLResponse(await run_in_threadpool(drawn), status, UNKEPT)
