"""The application, put together."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from app import __version__, live
from app.database import UNAVAILABLE
from app.gallery import open_gallery
from app.guard import Guard
from app.live.bindery import NotBound
from app.live.clock import keeping_time
from app.live.herald import telling
from app.live.lobby import Lobby
from app.locales import Sentence, _
from app.routes import (
    about,
    api,
    board,
    concerns,
    described,
    gallery,
    health,
    join,
    new_session,
    organiser,
    paper,
    people,
    phone,
    programs,
    projector,
    provider,
    receipt,
    screen,
    scribe,
    suggestions,
    summary,
    summary_writing,
    threads,
    votes,
)
from app.routes.visit import (
    Guessing,
    NoSession,
    NotAllowed,
    NotPublished,
    SignedOut,
    Stranger,
    TooOften,
    language_of,
)
from app.settings import Settings
from app.summaries import WRITERS
from app.templating import render

log = logging.getLogger("sheaf")

_PACKED = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    *(one.media_type for one in WRITERS.values() if one.is_packed),
)
"""What is compressed already."""

PAGES_AT_ONCE = 4
"""How many threads make pages. Python runs one at a time, and sockets take turns with all of them: with
forty, a hall that loads its page holds up every post."""

_STATIC = Path(__file__).parent / "static"
_ROOMS = (
    *(join, phone, scribe, paper, screen, board, concerns, suggestions, votes, projector),
    *(summary, summary_writing, threads, people, programs, about, new_session, organiser, provider, receipt),
    *(api, described, health),
)
_SORRY: dict[type[Exception], tuple[int, Sentence]] = {
    NoSession: (404, _("There is nothing here. Please look at the address again.")),
    Stranger: (401, _("Please open your link to this page first.")),
    NotPublished: (401, _("This summary is not public just now.")),
    NotAllowed: (403, _("This page is for facilitators.")),
    Guessing: (429, _("Too many wrong codes came from here. Please wait a minute.")),
    TooOften: (429, organiser.SLOWLY),
    NotBound: (500, _("This summary could not be made. Please tell whoever runs Sheaf.")),
    **dict.fromkeys(UNAVAILABLE, (503, _("Sheaf can’t reach its data just now. Please try again."))),
}


def create_app(settings: Settings) -> FastAPI:
    """Everything but the sockets, which `app.live.protocol` takes from uvicorn directly. The
    lifespan hands both of them the running house."""
    app = FastAPI(
        title="Sheaf",
        version=__version__,
        lifespan=_running(settings),
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # to whatever host the request names: `_not_there` leads to our own
        telemetry={"auto_configure": False},
    )
    for room in (*_ROOMS, gallery) if settings.gallery else _ROOMS:
        app.include_router(room.router)
    app.webhooks.include_router(described.webhooks)
    app.mount("/static", _Kept(directory=_STATIC), name="static")
    for problem in _SORRY:
        app.add_exception_handler(problem, _say_sorry)
    app.add_exception_handler(404, _not_there)
    app.add_exception_handler(RequestValidationError, _say_what_is_wrong)
    app.add_exception_handler(SignedOut, _ask_to_sign_in)
    app.add_middleware(GZipMiddleware, minimum_size=500, exclude_content_types=_PACKED)
    app.add_middleware(Guard, public_url=settings.public_url, own_up=_own_up)
    return app


def _running(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[dict[str, Any]]]:
    """The lifespan: what runs while the server does."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        current_default_thread_limiter().total_tokens = PAGES_AT_ONCE
        async with AsyncExitStack() as opened:
            house = await opened.enter_async_context(live.start(settings))
            # Commands beside a server keep no time: an export must not find its session deleted.
            await opened.enter_async_context(keeping_time(house.engine, house.writer, house.ledger))
            inside = settings.webhooks_inside
            core = house.engine, house.writer, house.signer
            await opened.enter_async_context(telling(*core, may_go_inside=inside))
            lobby = opened.enter_context(Lobby().open())
            state = {"live": house, "admit": house.door.admit, "lobby": lobby}
            if settings.gallery:
                state["gallery"] = await opened.enter_async_context(open_gallery(app))
            yield state

    return lifespan


class _Kept(StaticFiles):
    """Static files: their address changes with their content, so a browser may keep them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        answer = super().file_response(*args, **kwargs)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


async def _ask_to_sign_in(request: Request, _problem: Exception) -> Response:
    there = request.url.path if request.method == "GET" else ""
    return RedirectResponse(f"/sign-in?to={there}" if there else "/sign-in", 303)


async def _say_what_is_wrong(_request: Request, problem: Exception) -> Response:
    """Where it is and what, as FastAPI says it, but without what was sent: it may be words, and it may be
    no text at all."""
    assert isinstance(problem, RequestValidationError)
    faults = [{name: fault[name] for name in ("loc", "msg", "type")} for fault in problem.errors()]
    return Response(json.dumps({"detail": faults}), 422, media_type="application/json")


async def _not_there(request: Request, problem: Exception) -> Response:
    """A slash too many at the end of an address is no matter."""
    path = request.url.path
    if path.endswith("/") and path.strip("/"):
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{path.strip('/')}{query}", 307)
    return await _say_sorry(request, problem)


async def _say_sorry(request: Request, problem: Exception) -> Response:
    code, sentence = _SORRY.get(type(problem), _SORRY[NoSession])
    if code == 503:
        log.error("the database would not do it", exc_info=problem)
    return _sorry(request, code, sentence, request.url.path if isinstance(problem, Stranger) else "")


async def _own_up(request: Request) -> Response:
    return _sorry(request, 500, _("Something went wrong here. Please try again."))


def _sorry(request: Request, code: int, sentence: Sentence, back: str = "") -> Response:
    language = language_of(request)
    headers = {"Retry-After": "60"} if code == 429 else None
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": sentence.said_in(language)}, code, headers)
    return HTMLResponse(render("sorry.html", language, sentence=sentence, back=back), code, headers)
