"""Who helps with a session, and what: the organiser makes links for people and tokens for programs, and
takes them back."""

from typing import Annotated

from fastapi import APIRouter, Form
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.actions import sessions
from app.database import reading
from app.forms.fields import Number
from app.models import Role, Scope
from app.queries.people import invitations_of, programs_of, webhooks_of
from app.queries.sessions import concerns_waiting
from app.routes.visit import UNKEPT, NotAllowed, Visit, live_of, organising_visit, public_address
from app.templating import render

router = APIRouter(include_in_schema=False)

SHOWN_ONCE = ("link", "token", "secret", "refused_program", "refused_webhook", "address")
GIVEN = (Role.FACILITATOR, Role.SCRIBE, Role.ORGANISER)


@router.get("/s/{code}/people")
def people(request: Request, code: str) -> Response:
    """The links that hold."""
    return HTMLResponse(_page(request, code))


@router.post("/s/{code}/people")
async def invite(
    request: Request, code: str, role: Annotated[str, Form()], label: Annotated[str, Form()] = ""
) -> Response:
    """Make a link. It is shown this once, for only a digest of it is kept."""
    if role not in GIVEN:
        raise NotAllowed

    def make(db: Connection, now: int) -> str:
        found = organising_visit(request, db, code)
        return sessions.invite(db, found.live_session.id, Role(role), now, label)[0]

    secret = await live_of(request).writer.do(make)
    return HTMLResponse(_page(request, code, f"{public_address(request)}/i/{secret}"), headers=UNKEPT)


@router.post("/s/{code}/people/{invitation_id}/revoke")
async def revoke(request: Request, code: str, invitation_id: Number) -> Response:
    """Take a link back, from everybody who came by it. Nobody takes back their own."""

    def take_back(db: Connection, now: int) -> str:
        found = organising_visit(request, db, code)
        if found.holder is None or found.holder.invitation_id == invitation_id:
            raise NotAllowed
        sessions.revoke(db, found.live_session.id, invitation_id, now)
        return str(found.live_session.code)

    return RedirectResponse(f"/s/{await live_of(request).writer.do(take_back)}/people", 303)


def _page(request: Request, code: str, link: str = "") -> str:
    with reading(live_of(request).engine) as db:
        return people_page(db, organising_visit(request, db, code), link=link)


def people_page(db: Connection, found: Visit, **said: str) -> str:
    """The people and programs of a session. `said` is what is shown this once: a new `link`, a
    program's `token`, a webhook's `secret`; or why one was refused."""
    assert found.holder is not None
    session_id = found.live_session.id
    return render(
        "people/page.html",
        found.language,
        session=found.live_session,
        invitations=invitations_of(db, session_id),
        programs=programs_of(db, session_id),
        webhooks=webhooks_of(db, session_id),
        own=found.holder.invitation_id,
        roles=GIVEN,
        scopes=[*Scope],
        waiting=concerns_waiting(db, session_id),
        said=dict.fromkeys(SHOWN_ONCE, "") | said,
    )
