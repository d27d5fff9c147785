"""Coming in: by code, by QR, by invitation."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.database import reading
from app.locales import _, first_known
from app.models import Role
from app.passes import new_actor
from app.queries.people import invitation_by_secret
from app.routes.visit import (
    NoSession,
    first_page,
    give_pass,
    keep_language,
    language_of,
    live_of,
    pass_for,
    session_sought,
    share_device,
    visit,
)
from app.templating import render

router = APIRouter(include_in_schema=False)

UNKNOWN = _("There is no session with this code. Please look again.")


@router.get("/")
def front_door(request: Request, code: str = "") -> Response:
    """Type a code, and go on to the session's phone page."""
    if not code:
        return HTMLResponse(render("join/page.html", language_of(request), typed="", refused=""))
    with reading(live_of(request).engine) as db:
        found = session_sought(request, db, code)
    if found is None:
        page = render("join/page.html", language_of(request), typed=code, refused=UNKNOWN)
        return HTMLResponse(page, 404)
    return RedirectResponse(f"/j/{found.code}", 303)


@router.post("/")
async def switch(request: Request) -> Response:
    """The front door in another language, with the code as far as it is typed."""
    given = await request.form()
    chosen, typed = str(given.get("language", "")), str(given.get("code", ""))
    reads = first_known(chosen, language_of(request))
    answer = HTMLResponse(render("join/page.html", reads, typed=typed, refused=""))
    keep_language(request, answer, chosen)
    return answer


@router.get("/j/{code}")
def join(request: Request, code: str, shared: bool = False) -> Response:
    """What the QR code holds. Hands out the cookie; the first action makes the participant. `shared` is
    for a tablet that goes round a table."""
    with reading(live_of(request).engine) as db:
        found = visit(request, db, code)
    answer = RedirectResponse(f"/s/{found.live_session.code}", 303)
    give_pass(request, answer, found.live_session.code, pass_for(found))
    if shared:
        share_device(request, answer, found.live_session.code)
    return answer


@router.get("/i/{secret}")
def accept_invitation(request: Request, secret: str, to: str = "") -> Response:
    """Exchange an invitation link for a cookie, so that the link leaves the address bar."""
    with reading(live_of(request).engine) as db:
        invitation = invitation_by_secret(db, secret)
        if invitation is None:
            raise NoSession
        found = visit(request, db, invitation.code)
    answer = RedirectResponse(f"/s/{invitation.code}{first_page(Role(invitation.role), to)}", 303)
    holder = found.holder
    if holder is None or holder.invitation_id != invitation.id:
        holder = new_actor(invitation.session_id, invitation.id)
    give_pass(request, answer, invitation.code, holder)
    return answer
