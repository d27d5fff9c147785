"""Who comes, and to which session: asked once, at the start of each route."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.database import reading
from app.live import Live
from app.locales import SOURCE, accepted, first_known, languages
from app.models import Role
from app.network import network_address, place_of
from app.passes import new_actor, plain_code
from app.queries.people import account_signed_in, role_of
from app.queries.sessions import session_by_code
from app.roles import Pass, counts, sees, sorts
from app.tongues import room_of

A_YEAR = 365 * 24 * 3600

UNKEPT = {"Cache-Control": "no-store"}
"""For pages that the next person at this device must not find by going back, nor in its browser's files:
what is shown this once, told in private, or for organisers alone."""


class NoSession(Exception):
    """There is no session with this code."""


class Guessing(Exception):
    """Too many wrong codes came from there to say whether this one is right."""


class Stranger(Exception):
    """This needs a pass: a cookie, or a token."""


class NotPublished(Stranger):
    """Only those who run the session read this summary just now."""


class TooOften(Exception):
    """This is much work, and somebody asks for it again and again."""


class NotAllowed(Exception):
    """This pass does not reach so far."""


class SignedOut(Exception):
    """This is for organisers who have signed in."""


class Visit(NamedTuple):
    """A live session, and what the visitor is there. `role` is None without a pass. `language`
    is the one in which the visitor reads."""

    live_session: Row[Any]
    holder: Pass | None
    role: Role | None
    language: str


Allowed = Callable[[Request, Connection, str], Visit]
"""Asks who comes, and whether they may: `visit` and those below it."""


async def visited(request: Request, code: str, allowed: Allowed) -> Visit:
    """Whoever comes, asked in a thread: for routes that wait for other things as well. Raises what
    `allowed` raises."""

    def ask() -> Visit:
        with reading(live_of(request).engine) as db:
            return allowed(request, db, code)

    return await run_in_threadpool(ask)


def live_of(request: Request) -> Live:
    """The running house, from the lifespan."""
    live: Live = request.state.live
    return live


def language_of(request: Request, live_session: Row[Any] | None = None) -> str:
    """The language in which somebody reads: the one they chose, else the session's. A browser is
    asked for its own where there are several to choose from: outside of any session, and in one of
    two languages."""
    likes = request.headers.get("accept-language", "")
    chosen = request.cookies.get(live_of(request).signer.language_cookie)
    room = room_of(live_session) if live_session else languages()
    usual = live_session.language if live_session else SOURCE
    return first_known(chosen, accepted(likes, room), usual)


def keep_language(request: Request, answer: Response, language: str) -> None:
    """Remember the language somebody chose, in this browser."""
    if language in languages():
        give_cookie(request, answer, live_of(request).signer.language_cookie, language, A_YEAR)


def forget_language(request: Request, answer: Response) -> None:
    """Let the session say it again: whoever chose one no longer has this browser."""
    take_cookie(request, answer, live_of(request).signer.language_cookie)


def visit(request: Request, db: Connection, code: str) -> Visit:
    """Whoever comes. Raises NoSession, Guessing."""
    live_session = session_sought(request, db, code)
    if live_session is None:
        raise NoSession
    holder = _holder(request, live_session.code)
    role = role_of(db, live_session.id, holder)
    return Visit(live_session, holder if role else None, role, language_of(request, live_session))


def session_sought(request: Request, db: Connection, typed: str) -> Row[Any] | None:
    """The session of a code that somebody brings; None where there is none. Raises Guessing."""
    code = plain_code(typed)
    found, holder = session_by_code(db, code), _holder(request, code)
    is_in = found is not None and holder is not None and holder.session_id == found.id
    if not live_of(request).guesses.may_be_told(code, came_from(request), found is not None, is_in=is_in):
        raise Guessing
    return found


def _holder(request: Request, code: str) -> Pass | None:
    authorization = request.headers.get("authorization")
    return live_of(request).signer.find(code, request.cookies, authorization)


def came_from(request: Request) -> str:
    """The place on the network that a request came from."""
    return place_of(request.client.host if request.client else "")


def known_visit(request: Request, db: Connection, code: str) -> Visit:
    """Whoever comes with a pass. Raises NoSession, Stranger."""
    found = visit(request, db, code)
    if found.role is None:
        raise Stranger
    return found


def sorting_visit(request: Request, db: Connection, code: str) -> Visit:
    """A facilitator or organiser. Raises NoSession, Stranger, NotAllowed."""
    found = known_visit(request, db, code)
    if not sorts(found.role):
        raise NotAllowed
    return found


def seeing_visit(request: Request, db: Connection, code: str) -> Visit:
    """Whoever sees what facilitators see, a program too. Raises NoSession, Stranger, NotAllowed."""
    found = known_visit(request, db, code)
    if not sees(found.role):
        raise NotAllowed
    return found


def counting_visit(request: Request, db: Connection, code: str) -> Visit:
    """A scribe, facilitator or organiser. Raises NoSession, Stranger, NotAllowed."""
    found = known_visit(request, db, code)
    if not counts(found.role):
        raise NotAllowed
    return found


def wall_visit(request: Request, db: Connection, code: str) -> Visit:
    """Whoever may sort: everybody, where the session says so. Raises NoSession, Stranger, NotAllowed."""
    found = known_visit(request, db, code)
    if not (sorts(found.role) or found.live_session.all_sort):
        raise NotAllowed
    return found


def summary_visit(request: Request, db: Connection, code: str) -> Visit:
    """Whoever may read the public summary: those who run the session, and everybody while it is
    published. Raises NoSession, NotPublished, NotAllowed."""
    found = visit(request, db, code)
    if found.live_session.is_published or sees(found.role):
        return found
    raise NotAllowed if found.role else NotPublished


def organising_visit(request: Request, db: Connection, code: str) -> Visit:
    """An organiser. Raises NoSession, Stranger, NotAllowed."""
    found = known_visit(request, db, code)
    if found.role != Role.ORGANISER:
        raise NotAllowed
    return found


def give_pass(request: Request, answer: Response, code: str, holder: Pass) -> None:
    """Hand out a pass as this session's cookie."""
    signer = live_of(request).signer
    give_cookie(request, answer, signer.cookie_name(code), signer.token(holder), A_YEAR)


def give_cookie(request: Request, answer: Response, name: str, value: str, seconds: int) -> None:
    """Hand out a cookie that no script can read."""
    secure = live_of(request).settings.https
    answer.set_cookie(name, value, seconds, path="/", secure=secure, httponly=True, samesite="lax")


def take_cookie(request: Request, answer: Response, name: str) -> None:
    """Take a cookie back. As it was given: browsers refuse a `__Host-` name that is not secure, also
    where it is to be deleted."""
    give_cookie(request, answer, name, "", 0)


def share_device(request: Request, answer: Response, code: str) -> None:
    """Note that this device goes from hand to hand: its pages are kept by no browser."""
    give_cookie(request, answer, live_of(request).signer.shared_cookie(code), "1", A_YEAR)


def is_shared(request: Request, code: str) -> bool:
    """Whether this device goes from hand to hand in a session."""
    return live_of(request).signer.shared_cookie(code) in request.cookies


def account_of(request: Request, db: Connection) -> Row[Any]:
    """The account of an organiser who has signed in. Raises SignedOut."""
    account = account_signed_in(db, live_of(request).signer.sign_in(request.cookies))
    if account is None:
        raise SignedOut
    return account


def own_pass(request: Request, code: str, session_id: int, invitation_id: int) -> Pass:
    """The pass of somebody who signed in to a session of theirs: the one they have, or a new one."""
    signer = live_of(request).signer
    held, mine = signer.find(code, request.cookies, None), signer.sign_in(request.cookies)
    if held is not None and held.session_id == session_id and held.right == (invitation_id, mine):
        return held
    return new_actor(session_id, invitation_id, mine)


def first_page(role: Role, to: str) -> str:
    """Where in a session somebody goes first: scribes to their page, others to the board."""
    if role == Role.SCRIBE:
        return "/scribe"
    return f"/{to}" if to in ("summary", "projector", "people", "about", "concerns") else "/board"


def pass_for(found: Visit) -> Pass:
    """The visitor's pass, or a new participant's."""
    return found.holder or new_actor(found.live_session.id)


def public_address(request: Request) -> str:
    """The address that other devices reach us at, without a slash at its end."""
    settings = live_of(request).settings
    if settings.public_url:
        return settings.public_url.rstrip("/")
    from_here = request.url.hostname in ("localhost", "127.0.0.1")
    host = network_address() if from_here and settings.host == "0.0.0.0" else None
    return f"http://{host}:{request.url.port or 80}" if host else f"{request.base_url}".rstrip("/")
