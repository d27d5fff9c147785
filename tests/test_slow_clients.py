"""Whoever takes for ever to ask, or to read the answer, does not keep their line."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.server import ServerState

from app.live.doorstep import LARGEST_HTTP_HEAD, Doorstep
from app.live.lobby import Lobby
from app.live.protocol import SocketProtocol
from tests.test_socket_rules import Guest, asking
from tests.waiting import until

pytestmark = pytest.mark.anyio

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
Dial = Callable[[bytes], Any]


async def repeat(request: Request) -> Response:
    """As long as what was sent, or a megabyte."""
    return PlainTextResponse("x" * (len(await request.body()) or 1_000_000))


class Doors:
    """A server of ours in this process."""

    def __init__(self, lobby: Lobby) -> None:
        self.lobby = lobby
        self.state = ServerState()
        app = Starlette(routes=[Route("/", repeat, methods=["GET", "POST"])])
        self.config = uvicorn.Config(app, ws=SocketProtocol, log_config=None, access_log=False)
        self.config.load()
        self.port = 0
        self.lines: list[asyncio.StreamWriter] = []

    def __call__(self) -> Doorstep:
        app_state = {"admit": lambda knock: Guest(), "lobby": self.lobby}
        return Doorstep(config=self.config, server_state=self.state, app_state=app_state)

    async def dial(self, words: bytes) -> SimpleNamespace:
        reads, writes = await asyncio.open_connection("127.0.0.1", self.port, limit=1024)
        self.lines.append(writes)
        writes.write(words)
        return SimpleNamespace(reads=reads, writes=writes)


AN_HOUR = 3600.0
SHORT = 0.2


@pytest.fixture
async def doors(anyio_backend: str) -> AsyncIterator[Doors]:
    """With an hour's patience, but for whom it is shortened."""
    with Lobby(most=200, patience=AN_HOUR).open() as lobby:
        made = Doors(lobby)
        server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
        made.port = server.sockets[0].getsockname()[1]
        yield made
        for line in made.lines:
            line.transport.abort()
        await until(lambda: not made.state.connections)
        server.close()


SLOW = {
    "nothing": b"",
    "a letter": b"G",
    "half a head": GET + b"X-Slow: ",
    "half a handshake": asking()[:-10],
    "half a body": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx",
    "a body said to be endless": b"POST / HTTP/1.1\r\nHost: l\r\nContent-Length: %d\r\n\r\nx" % 10**30,
}


async def test_who_takes_for_ever_loses_the_line(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await doors.dial(asking())
    assert (await whole.reads.readline()).startswith(b"HTTP/1.1 101")
    monkeypatch.setattr(doors.lobby, "_patience", SHORT)
    lines = [await doors.dial(words) for words in SLOW.values()]
    for line in lines:  # each is cut, or answered and closed
        with suppress(ConnectionResetError):
            await asyncio.wait_for(line.reads.read(), 60)
    assert doors.lobby._until == {}
    assert not whole.reads.at_eof()


async def test_who_never_reads_an_answer_loses_the_line(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.live.lobby.SLOWEST", 10_000_000)
    monkeypatch.setattr(doors.lobby, "_patience", SHORT)
    line = await doors.dial((GET + b"\r\n") * 7)
    await until(lambda: doors.lobby._until)
    await until(lambda: not doors.state.connections)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(line.reads.readexactly(7_000_000), 60)


async def test_a_slow_line_that_gets_on_is_kept(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.live.lobby.SLOWEST", 10)
    later = asyncio.get_running_loop().time() + AN_HOUR + 90
    line = await doors.dial(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
    await until(lambda: [until for until in doors.lobby._until.values() if until > later])
    line.writes.write(b"x" * 1000)
    assert (await line.reads.readline()).startswith(b"HTTP/1.1 200")


LARGE = {
    "one header": GET + b"X: " + b"x" * 2 * LARGEST_HTTP_HEAD,
    "many headers": GET + b"X: x\r\n" * 200 + b"\r\n",
    "an address": b"GET /" + b"x" * 2 * LARGEST_HTTP_HEAD,
    "many requests": (GET + b"\r\n") * 50,
    "no words": b"\x16\x03\x01" + b"\x00" * 100,
}


@pytest.mark.parametrize("case", LARGE)
async def test_what_is_too_large_to_be_meant_is_turned_away(doors: Doors, case: str) -> None:
    line = await doors.dial(LARGE[case])
    said = b""
    with suppress(ConnectionResetError):
        while more := await asyncio.wait_for(line.reads.read(65_536), 60):
            said += more
    assert b"HTTP/1.1 400" in said or case == "many requests"
    assert said.count(b"HTTP/1.1 200") < 50


async def test_a_full_house_makes_room_for_those_who_say_what_they_want(doors: Doors) -> None:
    for _ in range(doors.lobby.most):
        await doors.dial(b"")
    await until(lambda: len(doors.state.connections) == doors.lobby.most)
    for _ in range(20):
        one = await doors.dial(asking())
        assert (await asyncio.wait_for(one.reads.readline(), 60)).startswith(b"HTTP/1.1 101")
    assert len(doors.state.connections) <= doors.lobby.most


async def test_a_house_full_of_guests_says_so(doors: Doors) -> None:
    guests = [await doors.dial(asking()) for _ in range(doors.lobby.most)]
    for guest in guests:
        assert (await guest.reads.readline()).startswith(b"HTTP/1.1 101")
    late = await doors.dial(asking())
    assert (await late.reads.readline()).startswith(b"HTTP/1.1 503")
