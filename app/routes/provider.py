"""To the provider and back: organisers who sign in with an account that they have elsewhere.

Everybody sets out by a form of ours, so that no other page sends them. The answer is a page that leads
on by itself: browsers would hold a redirect to our own policy, by which forms go nowhere but here.
Whoever wants to link their account is shown who they are there, and agrees to that: they may be signed
in there as somebody else, whom another page has signed in.
"""

import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.actions import identities
from app.database import reading
from app.forms.reading import Refused
from app.locales import Sentence
from app.openid.metadata import Person
from app.openid.provider import BACK, STALE, Provider
from app.passes import ERRAND_HOLDS, Errand, Offer
from app.routes.organiser import SLOWLY, let_in, link_of, sessions_again, sign_in_again, sign_up_again
from app.routes.visit import (
    NoSession,
    account_of,
    came_from,
    give_cookie,
    language_of,
    live_of,
    take_cookie,
)
from app.templating import render

router = APIRouter(include_in_schema=False)

LONGEST_WAY = 200
Purpose = Literal["sign-in", "sign-up", "link"]


@router.post("/sign-in/with")
async def set_out(
    request: Request, to: Annotated[str, Form()] = "", purpose: Annotated[Purpose, Form()] = "sign-in"
) -> Response:
    """Send somebody to the provider, with a cookie that they bring back."""
    provider, live = _provider(request), live_of(request)
    errand = await run_in_threadpool(_errand, request, to, purpose)
    if live.errands.wait(came_from(request)):
        return await run_in_threadpool(_where_they_were, request, errand, SLOWLY, 429)
    sent, language = live.signer.handshake(errand.state), language_of(request)
    try:
        address = await provider.address(sent, language)
    except Refused as refusal:
        return await run_in_threadpool(_where_they_were, request, errand, refusal.sentence, 502)
    answer = HTMLResponse(render("organiser/onward.html", language, name=provider.name, address=address))
    answer.headers["Refresh"] = f"0; url={address}"
    give_cookie(request, answer, live.signer.errand_cookie, live.signer.errand_token(errand), ERRAND_HOLDS)
    return answer


@router.get(BACK)
async def come_back(request: Request, state: str = "") -> Response:
    """Let somebody in who is back from the provider. Only a browser that we have sent, and once."""
    provider, live = _provider(request), live_of(request)
    errand = live.signer.errand(request.cookies)
    try:
        if errand is None or not secrets.compare_digest(errand.state.encode(), state.encode()):
            raise Refused(STALE)
        if not live.errands.end(state):
            raise Refused(STALE)
        person = await provider.person(live.signer.handshake(state), request.query_params)
        answer = await _let_in(request, provider, errand, person)
    except Refused as refusal:
        answer = await run_in_threadpool(_where_they_were, request, errand, refusal.sentence, 422)
    take_cookie(request, answer, live.signer.errand_cookie)
    return answer


@router.post("/sessions/link")
async def link(request: Request, offer: Annotated[str, Form()] = "") -> Response:
    """Link somebody's account with theirs at the provider, as they were shown it."""
    offered = live_of(request).signer.offered(offer)

    def agree(db: Connection, _now: int) -> None:
        account = account_of(request, db)
        if offered is None or offered.account_id != account.id:
            raise Refused(STALE)
        identities.link(db, *offered)

    try:
        await live_of(request).writer.do(agree)
    except Refused as refusal:
        said = {"refused": refusal.sentence}
        return HTMLResponse(await run_in_threadpool(sessions_again, request, **said), 422)
    return RedirectResponse("/sessions", 303)


@router.post("/sessions/unlink")
async def unlink(request: Request) -> Response:
    """Let only the password open this account from now on."""

    def end(db: Connection, _now: int) -> None:
        account = account_of(request, db)
        if account.password:
            identities.unlink(db, account.id)

    await live_of(request).writer.do(end)
    return RedirectResponse("/sessions", 303)


def _provider(request: Request) -> Provider:
    provider = live_of(request).provider
    if provider is None:
        raise NoSession
    return provider


def _errand(request: Request, to: str, purpose: Purpose) -> Errand:
    account_id = 0
    if purpose == "link":
        with reading(live_of(request).engine) as db:
            account_id = account_of(request, db).id
    return Errand(secrets.token_urlsafe(24), to[:LONGEST_WAY], account_id, purpose == "sign-up")


async def _let_in(request: Request, provider: Provider, errand: Errand, person: Person) -> Response:
    live, domains = live_of(request), provider.domains
    if errand.account_id:
        return _offer(request, provider, errand, person)
    secret = link_of(request) if errand.is_invited else ""
    made = await live.writer.do(lambda db, now: identities.come(db, now, person, secret, domains))
    answer = let_in(request, made, errand.to)
    if secret:
        take_cookie(request, answer, live.signer.sign_up_cookie)
    return answer


def _offer(request: Request, provider: Provider, errand: Errand, person: Person) -> Response:
    offer = live_of(request).signer.offer(Offer(errand.account_id, person.issuer, person.subject))
    who = person.email or person.name or person.subject
    said = {"name": provider.name, "who": who, "offer": offer}
    return HTMLResponse(render("organiser/link.html", language_of(request), **said))


def _where_they_were(request: Request, errand: Errand | None, why: Sentence, status: int) -> Response:
    if errand is not None and errand.account_id:
        return HTMLResponse(sessions_again(request, refused=why), status)
    if errand is not None and errand.is_invited:
        return HTMLResponse(sign_up_again(request, why), status)
    return HTMLResponse(sign_in_again(request, why, to=errand.to if errand else ""), status)
