"""Who helps with a session: the organiser makes links for them, and takes them back."""

from typing import Annotated

from fastapi import APIRouter, Form
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.actions import sessions
from app.database import reading
from app.forms.fields import Number
from app.models import Role
from app.queries.people import invitations_of
from app.queries.sessions import concerns_waiting
from app.routes.visit import NotAllowed, live_of, organising_visit, public_address
from app.templating import render

router = APIRouter(include_in_schema=False)

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
    return HTMLResponse(_page(request, code, f"{public_address(request)}/i/{secret}"))


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
        found = organising_visit(request, db, code)
        assert found.holder is not None
        return render(
            "people/page.html",
            found.language,
            session=found.live_session,
            invitations=invitations_of(db, found.live_session.id),
            own=found.holder.invitation_id,
            roles=GIVEN,
            link=link,
            waiting=concerns_waiting(db, found.live_session.id),
        )
