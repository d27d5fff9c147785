"""The way to an address that somebody gave us.

Whoever may name an address could name one that only this machine reaches: a database, a router, a
cloud's own secrets. So a name is looked up here, once; what it stands for is looked at; and the
connection goes to that very number, whatever the name stands for a moment later. Nobody is followed
to another address, whoever is slow is left alone, and of a long answer no more is read than is meant.
That is too little to need a library for, and none that is in use here lets us choose the number.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import NamedTuple, TypeVar
from urllib.parse import quote, urlsplit

import httptools

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds for all of it: name, connection, answer."""

MOST_NUMBERS = 3
"""How many of a name's numbers are tried."""

LONGEST_HEAD = 16 * 1024

LONGEST_ANSWER = 256 * 1024
"""Bytes of an answer that is read, its head with it."""

_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
"""Of IPv6, all that is given out to anybody in the world. What lies beside it is for some purpose of a
network's own, and Python's list of those is never whole."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Unreachable(Exception):
    """Nobody answered there, or not as a web server does, or it is an address inside."""


class NoAddress(ValueError):
    """This is no address of a web server."""


def written(address: str) -> str:
    """An address as it goes on the line: the host in ASCII, nothing else but what a URL may have.
    Raises NoAddress."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise NoAddress from None
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.:_-]+", host):
        raise NoAddress
    if parts.username is not None or parts.password is not None:
        raise NoAddress
    named = f"[{host}]" if ":" in host else host
    rest = quote(parts.path or "/", safe=_SAFE) + (
        f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    )
    return f"{parts.scheme}://{named}{port}{rest}"


_SAFE = "/%:@!$&'()*+,;=?~"


def host_of(address: str) -> str:
    """The host of an address as `written`."""
    return urlsplit(address).hostname or ""


def is_inside(host: str) -> bool:
    """Whether a host, as written, is plainly of this machine or network. Names tell only when they
    are looked up."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not is_public(host)
    except ValueError:
        return False


def is_public(number: str) -> bool:
    """Whether everybody reaches this number: one that is not of this machine, of a private network or
    for a special purpose, and no tunnel to one. Raises ValueError for what is no number."""
    address = ipaddress.ip_address(number)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None or address in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        if address not in _GIVEN_OUT or address.sixtofour is not None or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


class Answer(NamedTuple):
    """What somebody answered."""

    status: int
    body: bytes


async def post(address: str, headers: Mapping[str, str], body: bytes, *, may_go_inside: bool = False) -> int:
    """Send this to an address as `written`. Answers the status. Raises Unreachable."""
    return await _exchange(address, headers, body, may_go_inside, _status)


async def ask(
    address: str, headers: Mapping[str, str], body: bytes | None = None, *, may_go_inside: bool = False
) -> Answer:
    """Fetch what is at an address as `written`, or, with a body, what is answered to that. Raises
    Unreachable, also for an answer that is cut short or too long."""
    return await _exchange(address, headers, body, may_go_inside, _answer)


_Read = Callable[[asyncio.StreamReader], Awaitable[T]]


async def _exchange(
    address: str, headers: Mapping[str, str], body: bytes | None, may_go_inside: bool, read: _Read[T]
) -> T:
    try:
        async with asyncio.timeout(PATIENCE):
            return await _talk(address, _request(address, headers, body), may_go_inside, read)
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError, httptools.HttpParserError) as fault:
        raise Unreachable(type(fault).__name__) from None


def _request(address: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    parts = urlsplit(address)
    lines = {"Host": parts.netloc, "Connection": "close", **headers}
    if body is not None:
        lines["Content-Length"] = str(len(body))
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    method = "GET" if body is None else "POST"
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {said}\r\n" for name, said in lines.items())
    return f"{head}\r\n".encode("ascii") + (body or b"")


async def _talk(address: str, request: bytes, may_go_inside: bool, read: _Read[T]) -> T:
    parts = urlsplit(address)
    host, port = host_of(address), parts.port or {"http": 80, "https": 443}[parts.scheme]
    reader, writer = await _connected(host, port, parts.scheme == "https", may_go_inside)
    try:
        writer.write(request)
        await writer.drain()
        return await read(reader)
    finally:
        writer.transport.abort()


async def _connected(
    host: str, port: int, is_https: bool, may_go_inside: bool
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    numbers = [one for one in await _numbers(host, port) if may_go_inside or is_public(one)]
    trust: dict[str, object] = {"ssl": _trust(), "server_hostname": host} if is_https else {}
    for nth, number in enumerate(numbers[:MOST_NUMBERS], start=1):
        try:
            return await asyncio.open_connection(number, port, limit=LONGEST_HEAD, **trust)  # type: ignore[arg-type]
        except ConnectionError:
            if nth == len(numbers[:MOST_NUMBERS]):
                raise
    raise OSError("no number that may be used")


async def _numbers(host: str, port: int) -> list[str]:
    """What a name stands for. Each is looked up in a thread of its own, that nobody waits for: a name
    that nobody answers for must keep no thread busy that reads the database, and no server from
    stopping."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(numbers: list[str]) -> None:
        if not answer.done():
            answer.set_result(numbers)

    def look_up() -> None:
        found: list[str] = []
        with suppress(OSError, ValueError):
            found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        with suppress(RuntimeError):  # the server has stopped
            loop.call_soon_threadsafe(settle, found)

    threading.Thread(target=look_up, daemon=True).start()
    return await answer


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _status(reader: asyncio.StreamReader) -> int:
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        said = re.match(rb"HTTP/1\.[01] ([1-5][0-9][0-9])", head)
        if said is None:
            raise ConnectionError("no answer of a web server")
        if int(said[1]) >= 200:  # below that, an answer is still to come
            return int(said[1])


async def _answer(reader: asyncio.StreamReader) -> Answer:
    said = _Said()
    while not said.is_whole:
        some = await reader.read(LONGEST_HEAD)
        said.hear(some)
    return Answer(said.status, b"".join(said.parts))


class _Said:
    """An answer as it comes in. httptools calls what begins with `on_`."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._heard = 0
        self._says_where_it_ends = False
        self.status = 0
        self.parts: list[bytes] = []
        self.is_whole = False

    def hear(self, some: bytes) -> None:
        """Bytes that came, or none where no more will. Raises EOFError, ConnectionError, HttpParserError."""
        self._heard += len(some)
        if self._heard > LONGEST_ANSWER:
            raise ConnectionError("an answer that does not end")
        if some:
            self._parser.feed_data(some)
        elif not self.status or self._says_where_it_ends:
            raise EOFError
        else:
            self.is_whole = True

    def on_header(self, name: bytes, _value: bytes) -> None:
        """Whether the end of the line is all that tells the end of the answer."""
        self._says_where_it_ends |= name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        """Below 200, an answer is still to come."""
        status = self._parser.get_status_code()
        self.status = status if status >= 200 else 0

    def on_body(self, body: bytes) -> None:
        """A part of it."""
        self.parts.append(body)

    def on_message_complete(self) -> None:
        """All of it, unless it was word of another."""
        self.is_whole = self.status > 0
        self._says_where_it_ends = self.is_whole
