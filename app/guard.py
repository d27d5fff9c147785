"""What is checked of every request before anything else, and what every answer carries."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.importing import LARGEST_PILE
from app.locales import _
from app.origin import may_act

log = logging.getLogger("sheaf.guard")

LARGEST_BODY = 128 * 1024

_HEADERS = {
    # Tells our own refusals from those of a network that wants one to sign in first.
    "Sheaf": "1",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # same-origin, not no-referrer: that would make browsers send "Origin: null" with our own
    # forms, and shut out every phone without scripts.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self' ws://{host} wss://{host}; frame-ancestors 'none'; base-uri 'none';"
    " form-action 'self'; object-src 'none'"
)
_SAFE = ("GET", "HEAD", "OPTIONS")
_READING = ("GET", "HEAD")


class Guard:
    """ASGI middleware. `own_up` makes the answer to a request that we failed on."""

    def __init__(
        self, app: ASGIApp, public_url: str, own_up: Callable[[Request], Awaitable[Response]]
    ) -> None:
        self._app = app
        self._public_url = public_url
        self._has_wondered = False
        self._own_up = own_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse requests from foreign pages, and bodies too large to be meant."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = self._refusal(scope, headers) or self._app
        if scope["method"] in _READING:
            answer = _WhileTheyWait(answer)
        has_begun = False

        async def dressed(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                _dress(MutableHeaders(scope=message), headers.get("host", ""))
            await send(message)

        try:
            await answer(scope, receive, dressed)
        except ClientDisconnect:
            return  # whoever asked has gone, and nobody is to blame
        except Exception:
            if not has_begun:
                sorry = await self._own_up(Request(scope))
                await sorry(scope, receive, dressed)
            raise  # and so it is logged

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers:
            return PlainTextResponse(_("Please say how long this is."), 411)
        most = LARGEST_PILE if scope["path"].endswith("/paper") else LARGEST_BODY
        if not length.isdigit() or int(length) > most:
            return PlainTextResponse(_("This is too large."), 413)
        if scope["method"] in _SAFE:
            return None
        server = tuple(scope.get("server") or ("", 0))
        said = {name: headers[name] for name in _ASKED if name in headers}
        if may_act(said, server, self._public_url, has_cookie="cookie" in headers):
            return None
        self._wonder(headers)
        return PlainTextResponse(_("This page is not ours."), 403)

    def _wonder(self, headers: Headers) -> None:
        """A page that acts where it came from is hardly foreign. Said once: anybody can send that."""
        page = headers.get("origin", "").rpartition("://")[2]
        if page and page == headers.get("host") and not self._has_wondered:
            self._has_wondered = True
            log.warning("a page of this very host was refused: is SHEAF_PUBLIC_URL what people type?")


class _WhileTheyWait:
    """Makes a page only for as long as somebody waits for it. Where a hall asks for one at once, those
    pages that nobody wants any more would keep the others waiting, until they too give up and ask again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._has_asked = self._is_answered = False
        self._left = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            self._is_answered = message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        with anyio.CancelScope() as waiting:
            looking = asyncio.create_task(self._look(receive, waiting))
            try:
                await self._app(scope, self._hear, answer)
            finally:
                looking.cancel()

    async def _look(self, receive: Receive, waiting: anyio.CancelScope) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._left.set()
        if not self._is_answered:
            waiting.cancel()

    async def _hear(self) -> Message:
        if not self._has_asked:
            self._has_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}


_ASKED = ("origin", "referer", "sec-fetch-site")


def _dress(answer: MutableHeaders, host: str) -> None:
    for name, value in _HEADERS.items():
        answer.setdefault(name, value)
    plain = "".join(letter for letter in host if letter.isascii() and (letter.isalnum() or letter in ".:-[]"))
    # Some browsers do not count our own sockets as 'self'.
    answer.setdefault("Content-Security-Policy", _POLICY.format(host=plain))
    answer.setdefault("Cache-Control", "private, no-cache")
