"""The way to an address that somebody gave us.

Whoever may name an address could name one that only this machine reaches: a database, a router, a
cloud's own secrets. So a name is looked up here, once; what it stands for is looked at; and the
connection goes to that very number, whatever the name stands for a moment later. Nobody is followed
to another address, and whoever is slow is left alone. One request has one answer of which we read
the status: too little to need a library for, and none that is in use here lets us choose the number.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from urllib.parse import quote, urlsplit

PATIENCE = 10.0
"""Seconds for all of it: name, connection, answer."""

MOST_NUMBERS = 3
"""How many of a name's numbers are tried."""

LONGEST_ANSWER = 16 * 1024

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


async def post(address: str, headers: Mapping[str, str], body: bytes, *, may_go_inside: bool = False) -> int:
    """Send this to an address as `written`. Answers the status. Raises Unreachable."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await _post(address, headers, body, may_go_inside)
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as fault:
        raise Unreachable(type(fault).__name__) from None


async def _post(address: str, headers: Mapping[str, str], body: bytes, may_go_inside: bool) -> int:
    parts = urlsplit(address)
    host, port = host_of(address), parts.port or {"http": 80, "https": 443}[parts.scheme]
    lines = {"Host": parts.netloc, "Content-Length": str(len(body)), "Connection": "close", **headers}
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    head = f"POST {target} HTTP/1.1\r\n" + "".join(f"{name}: {said}\r\n" for name, said in lines.items())
    reader, writer = await _connected(host, port, parts.scheme == "https", may_go_inside)
    try:
        writer.write(f"{head}\r\n".encode("ascii") + body)
        await writer.drain()
        return await _status(reader)
    finally:
        writer.transport.abort()


async def _connected(
    host: str, port: int, is_https: bool, may_go_inside: bool
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    numbers = [one for one in await _numbers(host, port) if may_go_inside or is_public(one)]
    trust: dict[str, object] = {"ssl": _trust(), "server_hostname": host} if is_https else {}
    for nth, number in enumerate(numbers[:MOST_NUMBERS], start=1):
        try:
            return await asyncio.open_connection(number, port, limit=LONGEST_ANSWER, **trust)  # type: ignore[arg-type]
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
