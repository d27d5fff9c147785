"""Organisers: signing up and in, and the sessions that are theirs."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from sqlalchemy import Connection, Row
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app import passwords
from app.actions import accounts
from app.database import reading
from app.forms.reading import Refused, read
from app.forms.sheets import NewAccount, NewPassword
from app.locales import Sentence, _
from app.models import Role
from app.moments import now
from app.queries.finding import find
from app.queries.people import account_by_email, is_linked, sessions_of, sign_up_by_secret
from app.queries.threads import origins
from app.routes.visit import (
    UNKEPT,
    NoSession,
    NotAllowed,
    TooOften,
    account_of,
    came_from,
    first_page,
    give_cookie,
    give_pass,
    known_visit,
    language_of,
    live_of,
    own_pass,
    public_address,
    take_cookie,
)
from app.templating import render

router = APIRouter(include_in_schema=False)

AN_HOUR = 3600
LONGEST_QUERY = 200
WRONG = _("This address and this password do not belong together.")
SLOWLY = _("That was tried too often. Please wait a minute.")


@router.get("/sign-up/{secret}")
def open_sign_up(request: Request, secret: str) -> Response:
    """Exchange a sign-up link for a cookie, so that the link leaves the address bar."""
    _link(request, secret)
    answer = RedirectResponse("/sign-up", 303)
    give_cookie(request, answer, live_of(request).signer.sign_up_cookie, secret, AN_HOUR)
    return answer


@router.get("/sign-up")
def sign_up_page(request: Request) -> Response:
    """Who are you, and what is your password to be?"""
    return HTMLResponse(sign_up_again(request))


@router.post("/sign-up")
async def sign_up(
    request: Request,
    email: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Make an account, or set its password anew; either way they are signed in."""
    live, secret = live_of(request), link_of(request)
    link = await run_in_threadpool(_link, request, secret)
    try:
        if link.account_id is None:
            wish = read(NewAccount, {"email": email, "name": name, "password": password})
            kept = await passwords.hashed(wish.password)
            made = await live.writer.do(lambda db, now: accounts.sign_up(db, now, secret, wish, kept))
        else:
            kept = await passwords.hashed(read(NewPassword, {"password": password}).password)
            made = await live.writer.do(lambda db, now: accounts.set_password(db, now, secret, kept))
    except Refused as refusal:
        said = refusal.sentence, email, name
        return HTMLResponse(await run_in_threadpool(sign_up_again, request, *said), 422)
    answer = let_in(request, made, "/sessions")
    take_cookie(request, answer, live.signer.sign_up_cookie)
    return answer


@router.get("/sign-in")
def sign_in_page(request: Request, to: str = "") -> Response:
    """Sign in, and go on to where they wanted to be."""
    return HTMLResponse(sign_in_again(request, to=to))


@router.post("/sign-in")
async def sign_in(
    request: Request,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "",
) -> Response:
    """Let somebody in who knows the password."""
    live, email = live_of(request), email.replace("\0", "").strip().lower()
    if _comes_too_often(request, email):
        return HTMLResponse(sign_in_again(request, SLOWLY, email, to), 429)
    account = await run_in_threadpool(_account, request, email)
    if not await passwords.is_right(password, account.password if account else None) or account is None:
        return HTMLResponse(sign_in_again(request, WRONG, email, to), 422)
    made = await live.writer.do(lambda db, now: accounts.sign_in(db, now, account.id))
    return let_in(request, made, to)


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End this sign-in. Screens that were opened with it close within a second or two."""
    live = live_of(request)
    mine = live.signer.sign_in(request.cookies)
    await live.writer.do(lambda db, _now: accounts.sign_out(db, mine))
    answer = RedirectResponse("/", 303)
    take_cookie(request, answer, live.signer.sign_in_cookie)
    return answer


@router.get("/sessions")
def own_sessions(request: Request, q: str = "") -> Response:
    """All sessions of somebody who signed in, or what they look for in them."""
    return HTMLResponse(sessions_again(request, query=q.strip()[:LONGEST_QUERY]))


@router.post("/sessions/invite")
async def invite_organiser(request: Request) -> Response:
    """Make a link with which somebody else can sign up. It is shown this once."""

    def make(db: Connection, now: int) -> str:
        account_of(request, db)
        return accounts.invite_organiser(db, now)

    secret = await live_of(request).writer.do(make)
    link = f"{public_address(request)}/sign-up/{secret}"
    return HTMLResponse(await run_in_threadpool(sessions_again, request, link), headers=UNKEPT)


@router.post("/sessions/{code}/keep")
async def keep(request: Request, code: str) -> Response:
    """Put a session that somebody came to by a link among their own."""

    def among_own(db: Connection, _now: int) -> str:
        account, found = account_of(request, db), known_visit(request, db, code)
        if found.holder is None or not found.holder.invitation_id:
            raise NotAllowed
        accounts.keep(db, account.id, found.holder.invitation_id)
        return str(found.live_session.code)

    await live_of(request).writer.do(among_own)
    return RedirectResponse("/sessions", 303)


@router.get("/sessions/{code}")
def enter(request: Request, code: str, to: str = "") -> Response:
    """The way from the list into a session: hands out its cookie."""
    with reading(live_of(request).engine) as db:
        account = account_of(request, db)
        mine = [row for row in sessions_of(db, account.id) if row.code == code]
    if not mine:
        raise NoSession
    answer = RedirectResponse(f"/s/{code}{first_page(Role(mine[0].role), to)}", 303)
    give_pass(request, answer, code, own_pass(request, code, mine[0].id, mine[0].invitation_id))
    return answer


def link_of(request: Request) -> str:
    """The secret of the link to sign up that somebody came by; empty for none."""
    return request.cookies.get(live_of(request).signer.sign_up_cookie, "")


def _link(request: Request, secret: str) -> Row[Any]:
    live = live_of(request)
    with reading(live.engine) as db:
        found = sign_up_by_secret(db, secret, now())
    if found is None:
        raise NoSession
    return found


def sign_up_again(request: Request, refused: Sentence | str = "", email: str = "", name: str = "") -> str:
    """The page to sign up on, with what is wrong and what was typed. Raises NoSession without a link."""
    said = {"email": email, "name": name, "refused": refused, "provider": provider_of(request)}
    link = _link(request, link_of(request))
    return render("organiser/sign_up.html", language_of(request), link=link, **said)


def sign_in_again(request: Request, refused: Sentence | str = "", email: str = "", to: str = "") -> str:
    """The page to sign in on, with what is wrong and what was typed."""
    said = {"email": email, "to": to, "refused": refused, "provider": provider_of(request)}
    return render("organiser/sign_in.html", language_of(request), **said)


def provider_of(request: Request) -> str:
    """What the provider is called with whose accounts people may sign in; empty for none."""
    provider = live_of(request).provider
    return provider.name if provider else ""


def _comes_too_often(request: Request, email: str) -> bool:
    return passwords.are_crowded() or bool(live_of(request).tries.wait(email, came_from(request)))


def _account(request: Request, email: str) -> Row[Any] | None:
    with reading(live_of(request).engine) as db:
        return account_by_email(db, email)


def let_in(request: Request, sign_in: str, to: str) -> Response:
    """On to where somebody wanted to be, with the cookie of their new sign-in."""
    signer = live_of(request).signer
    # Only a path of ours: an address after // would be somebody else's.
    inside = to if to.startswith("/s/") or to.startswith("/sessions") else "/sessions"
    answer = RedirectResponse(inside, 303)
    lasts = accounts.SIGN_IN_HOLDS // 1000
    give_cookie(request, answer, signer.sign_in_cookie, signer.sign_in_token(sign_in), lasts)
    return answer


def sessions_again(request: Request, link: str = "", query: str = "", refused: Sentence | str = "") -> str:
    """The list of somebody's sessions, with what was refused. Raises SignedOut."""
    with reading(live_of(request).engine) as db:
        account = account_of(request, db)
        if query and live_of(request).searches.take(str(account.id)):
            raise TooOften
        mine = sessions_of(db, account.id)
        found = find(db, mine, query)
        grew = origins(db, [row.id for row in mine])
        linked = is_linked(db, account.id)
    return render(
        "organiser/sessions.html",
        language_of(request),
        account=account,
        sessions=mine,
        grew=grew,
        query=query,
        found=found,
        link=link,
        provider=provider_of(request),
        linked=linked,
        refused=refused,
    )
