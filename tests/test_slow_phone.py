"""A phone that reads slowly, or not at all, slows nobody and costs no growing memory."""

import asyncio
import json
import re
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from app.database import reading
from app.live import Live, feed
from app.live.protocol import SocketProtocol
from app.main import PAGES_AT_ONCE, create_app
from app.passes import new_key
from app.queries.sessions import session_by_id
from app.screens import pages
from app.screens.update import cursor
from app.settings import Settings
from tests.conftest import Room, received
from tests.waiting import until

pytestmark = pytest.mark.anyio

POSTS = 300
LONG = "\N{EAR OF RICE}" * 500
"""The longest that a card may be: 2,000 bytes."""


class Served(uvicorn.Server):
    """The server in this process, where one can look into it."""

    house: Live
    port: int

    def __init__(self, settings: Settings) -> None:
        config = uvicorn.Config(
            create_app(settings), ws=SocketProtocol, log_config=None, timeout_graceful_shutdown=1
        )
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.house = self.lifespan.state["live"]
        self.is_up.set()

    def most_unsent(self) -> int:
        """Bytes that wait in the server's memory for the slowest socket."""
        open_sockets = self.server_state.connections
        return max(one._transport.get_write_buffer_size() for one in open_sockets if is_socket(one))


def is_socket(one: object) -> bool:
    return isinstance(one, SocketProtocol)


@pytest.fixture
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that have no fifteen seconds. Asked for before the server."""
    monkeypatch.setattr(feed, "HEARTBEAT", 0.05)


@pytest.fixture
async def served(settings: Settings, anyio_backend: str) -> AsyncIterator[Served]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = Served(settings)
    server.port = listening.getsockname()[1]
    running = asyncio.create_task(server.serve([listening]))
    await server.is_up.wait()
    yield server
    server.should_exit = True
    await running
    listening.close()


@pytest.fixture
async def hall(served: Served) -> Room:
    return await Room.open(served.house)


@asynccontextmanager
async def phone(served: Served, hall: Room, **options: Any) -> AsyncIterator[ClientConnection]:
    """Somebody's phone, which is up to date."""
    token = served.house.signer.token(hall.participant())
    address = f"ws://127.0.0.1:{served.port}/s/{hall.code}/live?screen=phone&since={await head(hall)}"
    bearer = {"Authorization": f"Bearer {token}"}
    options |= {"proxy": None, "ping_interval": None, "close_timeout": 1}
    async with connect(address, additional_headers=bearer, **options) as line:
        yield line


async def head(hall: Room) -> str:
    """The session's cursor, as its pages carry it."""
    with reading(hall.house.engine) as db:
        live_session = session_by_id(db, hall.session_id)
        assert live_session is not None
        return cursor(live_session)


def narrow(served: Served) -> socket.socket:
    """A connection that can hold little that was not read."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", served.port))
    line.setblocking(False)
    return line


def cards_in(frame: dict[str, Any]) -> set[int]:
    return {int(number) for number in re.findall(r'id="room-(\d+)"', frame.get("content", ""))}


async def hear(line: ClientConnection, number: int) -> dict[str, Any]:
    """Read until a card comes."""
    while True:
        frame = received(await line.recv())
        if number in cards_in(frame):
            return frame


async def catch_up(line: ClientConnection, hall: Room) -> list[dict[str, Any]]:
    """Read until the session's head is reached."""
    goal, frames = await head(hall), [received(await line.recv())]
    while frames[-1]["head"] != goal:
        frames.append(received(await line.recv()))
    return frames


async def test_a_phone_that_stops_reading_slows_nobody_and_catches_up(served: Served, hall: Room) -> None:
    async with phone(served, hall) as quick, phone(served, hall, sock=narrow(served), max_queue=1) as slow:
        most = 0
        for _ in range(POSTS):
            number = await hall.post(text=LONG)
            await hear(quick, number)
            most = max(most, served.most_unsent())
        assert 0 < most < 64 * 1024

        frames = await catch_up(slow, hall)
        assert set.union(*map(cards_in, frames)) == set(range(1, POSTS + 1))
        assert len(frames) < POSTS / 2
        assert len(cards_in(frames[-1])) > POSTS / 2, "what it lacked came at once"

        number = await hall.post(text="After that")
        assert cards_in(await hear(slow, number)) == {number}


async def test_what_changed_often_meanwhile_is_sent_once(served: Served, hall: Room) -> None:
    author = hall.participant()
    async with phone(served, hall) as quick, phone(served, hall, sock=narrow(served), max_queue=1) as slow:
        number = await hall.post(author, LONG)
        for nth in range(POSTS):
            await hall.do(author, "edit", number=number, text=f"{nth} {LONG[:490]}")
            await hear(quick, number)
        frames = await catch_up(slow, hall)
        assert len(frames) < POSTS / 2
        assert f"{POSTS - 1} " in frames[-1]["content"]


async def test_sockets_that_never_say_or_hear_anything_disturb_nobody(served: Served, hall: Room) -> None:
    mute, halfway = narrow(served), narrow(served)
    halfway.send(b"GET /s/X/live HTTP/1.1\r\nUpgrade: websocket\r\n")
    async with phone(served, hall) as quick, phone(served, hall, sock=narrow(served), max_queue=1):
        for _ in range(3):
            await hear(quick, await hall.post())
    mute.close()
    halfway.close()


async def test_messages_that_cannot_be_read_get_an_answer(served: Served, hall: Room) -> None:
    async with phone(served, hall) as line:
        for message in ("", "{", "[]", '{"action": "post"}', "[" * 10_000):
            await line.send(message)
            assert await answer(line) == "refused"
        await line.send(json.dumps({"action": "post", "key": new_key(), "text": "Still here"}))
        assert await answer(line) == "saved"


async def answer(line: ClientConnection) -> str:
    """The status of the next receipt, whatever else is said before it."""
    while "status" not in (said := received(await line.recv())):
        pass
    return str(said["status"])


async def test_a_silent_room_hears_that_the_line_is_alive(
    quick_heart: None, served: Served, hall: Room
) -> None:
    async with phone(served, hall) as line:
        for _ in range(2):
            assert received(await line.recv()) == {"head": await head(hall)}


async def test_no_page_is_made_for_those_who_have_gone(
    served: Served, hall: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end, make = [], threading.Event(), pages.phone

    def make_later(*asked: Any, **said: Any) -> str:
        begun.append(asked)
        may_end.wait(60)
        return make(*asked, **said)

    monkeypatch.setattr(pages, "phone", make_later)
    lines = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(30)]
    for _reads, writes in lines:
        writes.write(f"GET /s/{hall.code} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    requests = served.server_state.tasks
    await until(lambda: len(requests) == len(lines) and len(begun) == PAGES_AT_ONCE)
    for _reads, writes in lines[:-1]:
        writes.transport.abort()
    await until(lambda: len(requests) == PAGES_AT_ONCE + 1)
    may_end.set()
    [*_, (reads, writes)] = lines
    assert (await reads.readline()).startswith(b"HTTP/1.1 200")
    writes.close()
    assert len(begun) == PAGES_AT_ONCE + 1
