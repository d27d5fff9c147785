"""One connection to a server: a few requests, one after the other, and then perhaps a socket.

It is lean, for one process holds ten thousand of them: no task and no buffer of its own while it
is quiet. Of a socket it reads what a server may send (lengths, fragments, pings, the close); all it
sends is text, pings' answers and nothing else.
"""

import asyncio
import gzip
import json
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import httptools

from app.forms.reading import Refused
from app.locales import _

PATIENCE = 30.0
"""Seconds that a connection or an answer may take."""

PHONES_PER_ADDRESS = 20_000
"""How many connections to one server fit between one address of ours and it."""


class NoAnswer(Exception):
    """The server could not be reached, or did not answer as Sheaf does."""


class Answer(NamedTuple):
    """What a request was answered with. Headers have small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    def told(self) -> dict[str, Any]:
        """The JSON object that it holds. Raises NoAnswer."""
        try:
            return dict(json.loads(self.body))
        except (ValueError, TypeError):
            raise NoAnswer(f"{self.status}") from None


@dataclass(slots=True)
class Server:
    """A server, by the address that people type."""

    address: str
    """Such as https://sheaf.example: also what we say we come from."""
    host: str
    port: int
    tls: ssl.SSLContext | None
    found_at: str = ""
    """The network address of the host, looked up once and not ten thousand times."""
    is_here: bool = False
    """Whether it is this very machine."""

    @classmethod
    def of(cls, link: str) -> "Server":
        """The server that a link leads to. Raises Refused."""
        parts = urlsplit(link)
        try:
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        except (KeyError, ValueError):
            raise Refused(_("Please give the whole board link, from http on.")) from None
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        return cls(f"{parts.scheme}://{parts.netloc}", parts.hostname or "", port, tls)

    async def call(self, nth: int = 0) -> "Line":
        """A new connection. `nth` is the phone's number: on this very machine, where there are
        addresses enough, many phones come from several. Raises NoAnswer."""
        loop = asyncio.get_running_loop()
        many = nth >= PHONES_PER_ADDRESS and self.found_at == "127.0.0.1"
        try:
            async with asyncio.timeout(PATIENCE):
                _transport, line = await loop.create_connection(
                    lambda: Line(self),
                    self.found_at or self.host,
                    self.port,
                    ssl=self.tls,
                    server_hostname=self.host if self.tls else None,
                    local_addr=(f"127.0.0.{1 + nth // PHONES_PER_ADDRESS}", 0) if many else None,
                )
        except (OSError, TimeoutError) as why:
            raise NoAnswer(str(why) or type(why).__name__) from None
        here, self.found_at = line.ends
        self.is_here = here == self.found_at or self._is_loopback
        return line

    @property
    def _is_loopback(self) -> bool:
        return self.found_at.startswith("127.") or self.found_at == "::1"


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._heard: Callable[[bytes], None] = _nothing
        self._lost: Callable[[int, str], None] = _nothing
        self._request: _Request | None = None
        self._is_socket = False
        self._rest = b""
        self._fragments = b""
        self._ended = (0, "")
        self.received = 0
        """Bytes that came in."""

    @property
    def ends(self) -> tuple[str, str]:
        """The network addresses of this end and of the other."""
        names = (self._transport.get_extra_info(name) for name in ("sockname", "peername"))
        here, there = (str(name[0]) for name in names)
        return here, there

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Make a request, and wait for its answer. Raises NoAnswer."""
        sent = b"" if body is None else json.dumps(body).encode()
        about = {"Host": urlsplit(self._server.address).netloc, "Accept-Encoding": "gzip"}
        if method not in ("GET", "HEAD"):
            about |= {"Content-Type": "application/json", "Content-Length": str(len(sent))}
        lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in (about | headers).items()), "", ""]
        self._request = _Request(asyncio.get_running_loop().create_future())
        self._transport.write("\r\n".join(lines).encode() + sent)
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._request.answer
        except TimeoutError:
            raise NoAnswer("no answer in time") from None
        finally:
            self._request = None

    async def open(
        self, path: str, token: str, heard: Callable[[bytes], None], lost: Callable[[int, str], None]
    ) -> None:
        """Make a socket of it. `heard` gets the text of each message, and `lost` the code and the
        reason with which it ended; code 0 is an end without a word. Raises NoAnswer."""
        self._heard, self._lost = heard, lost
        answer = await self.ask(
            "GET",
            path,
            Authorization=f"Bearer {token}",
            Upgrade="websocket",
            Connection="Upgrade",
            **{"Sec-WebSocket-Key": b64encode(token_bytes(16)).decode(), "Sec-WebSocket-Version": "13"},
        )
        if answer.status != 101 or self._transport.is_closing():
            raise NoAnswer(self._ended[1] or f"{answer.status}")

    def say(self, message: object) -> None:
        """Send a message on the socket."""
        self._send(_TEXT, json.dumps(message).encode())

    def cut(self) -> None:
        """Break off without a word, as a phone does that loses its network."""
        self._transport.abort()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self._request is not None:
            self._request.fail(str(exc or "the server hung up"))
        if self._is_socket:
            self._lost(*self._ended)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self.received += len(data)
        if self._is_socket:
            self._take(self._rest + data if self._rest else data)
        elif self._request is not None:
            rest = self._request.feed(data)
            if rest is not None:
                self._is_socket = True
                self._take(rest)

    def _take(self, data: bytes) -> None:
        at, end = 0, len(data)
        while end - at >= 2:
            length, body = data[at + 1], at + 2
            if length == 126:
                length, body = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, body = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if end < body + length:
                break
            first, at = data[at], body + length
            if first == _WHOLE_TEXT:
                self._heard(data[body:at])
            else:
                self._understand(first & 15, bool(first & 128), data[body:at])
        self._rest = data[at:]

    def _understand(self, opcode: int, is_last: bool, payload: bytes) -> None:
        if opcode in (_TEXT, _MORE):
            self._fragments += payload
            if is_last:
                whole, self._fragments = self._fragments, b""
                self._heard(whole)
        elif opcode == _PING:
            self._send(_PONG, payload)
        elif opcode == _CLOSE:
            self._ended = int.from_bytes(payload[:2], "big"), payload[2:].decode(errors="replace")
            self._send(_CLOSE, payload[:2])
            self._transport.close()

    def _send(self, opcode: int, payload: bytes) -> None:
        # Masked with zeros: as valid as any other mask, and cheaper.
        size = len(payload)
        if size < 126:
            head = bytes([128 | opcode, 128 | size])
        else:
            head = bytes([128 | opcode, 128 | 126]) + size.to_bytes(2, "big")
        self._transport.write(head + bytes(4) + payload)


def _nothing(*_said: object) -> None:
    """Nobody listens."""


_MORE, _TEXT, _CLOSE, _PING, _PONG = 0, 1, 8, 9, 10
_WHOLE_TEXT = 128 | _TEXT


class _Request:
    """One request, while its answer comes. The methods without an underscore that say `on` are
    httptools' own."""

    def __init__(self, answer: "asyncio.Future[Answer]") -> None:
        self.answer = answer
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def feed(self, data: bytes) -> bytes | None:
        """Take what came. Answers the bytes after it once this became a socket."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgraded:
            return data[upgraded.args[0] :]
        except httptools.HttpParserError as why:
            self.fail(str(why))
        return None

    def fail(self, why: str) -> None:
        """There will be no answer."""
        if not self.answer.done():
            self.answer.set_exception(NoAnswer(why))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """That was all."""
        body = b"".join(self._body)
        if self._headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if not self.answer.done():
            self.answer.set_result(Answer(self._parser.get_status_code(), self._headers, body))
