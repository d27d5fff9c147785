"""What one server commits, the screens of another show: by a hint at once, and without it soon."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, select

from app import live, postgresql
from app.database import writing
from app.live import Live, feed
from app.live.notify import CHANNEL, PRESENT
from app.models import sessions
from app.screens import Audience, Screen
from app.settings import Settings
from tests.conftest import Room

pytestmark = [pytest.mark.anyio, pytest.mark.only_postgres]


@pytest.fixture
def only_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the heads. Asked for before the houses."""
    monkeypatch.setattr(feed, "TICK", 3600.0)


@pytest.fixture
async def other_house(settings: Settings, anyio_backend: str) -> AsyncIterator[Live]:
    async with live.start(settings) as started:
        yield started


class Ear:
    """A socket that takes everything."""

    actor_id, seq, is_full = "", 0, False

    def __init__(self, house: Live, session_id: int) -> None:
        self.head, self._heard = 0, asyncio.Event()
        self.closed: list[int] = []
        house.feeds.join(session_id, Audience(Screen.PROJECTOR, "en"), self)

    def write(self, frame: bytes) -> bool:
        self.head = int(json.loads(frame[frame.index(b"{") :])["head"].partition(".")[0])
        self._heard.set()
        return True

    def close(self, code: int, _reason: str) -> None:
        self.closed.append(code)
        self._heard.set()

    async def until(self, head: int) -> None:
        async with asyncio.timeout(60):
            while self.head < head:
                self._heard.clear()
                await self._heard.wait()


@pytest.fixture
async def ear(only_hints: None, room: Room, other_house: Live) -> Ear:
    """Whoever watches the room at the other server, and has all there is."""
    ear = Ear(other_house, room.session_id)
    await ear.until(1)
    return ear


async def test_other_servers_are_told(room: Room, ear: Ear) -> None:
    for _ in range(3):
        receipt = await room.do(room.participant(), "post", text="Who pays?")
        assert receipt.seq
        await ear.until(receipt.seq)


async def test_many_sessions_fit_into_hints(room: Room, other_house: Live, ear: Ear) -> None:
    for session_id in range(2**60, 2**60 + 1000):
        room.house.writer._saved(session_id, 2**40, 0.0)
    receipt = await room.do(room.participant(), "post", text="Who pays?")
    assert receipt.seq
    await ear.until(receipt.seq)


async def test_what_nobody_heard_is_read_once_somebody_listens_again(
    monkeypatch: pytest.MonkeyPatch, room: Room, ear: Ear, settings: Settings
) -> None:
    connect, may_connect = postgresql.line_to, asyncio.Event()

    async def connect_later(engine: Engine) -> Any:
        await may_connect.wait()
        return await connect(engine)

    monkeypatch.setattr(postgresql, "line_to", connect_later)
    await asyncio.to_thread(end_listening, settings.database_url)
    receipt = await room.do(room.participant(), "post", text="Who pays?")
    may_connect.set()
    assert receipt.seq
    await ear.until(receipt.seq)


async def test_what_another_program_says_there_ends_no_hints(
    room: Room, ear: Ear, settings: Settings
) -> None:
    def say() -> None:
        with psycopg.connect(settings.database_url, autocommit=True) as db:
            for channel, said in ((PRESENT, "{}"), (PRESENT, "[]"), (CHANNEL, "7:x")):
                db.execute("SELECT pg_notify(%s, %s)", (channel, said))

    await asyncio.to_thread(say)
    for _ in range(2):
        receipt = await room.do(room.participant(), "post", text="Who pays?")
        assert receipt.seq
        await ear.until(receipt.seq)


def end_listening(url: str) -> None:
    there = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    with psycopg.connect(url, autocommit=True) as db:
        while db.execute(f"SELECT 1 {there}".encode()).fetchall():
            db.execute(f"SELECT pg_terminate_backend(pid) {there}".encode())


async def test_whoever_waits_for_a_held_session_holds_up_no_other(room: Room, settings: Settings) -> None:
    """As when another server froze in the middle of a transaction."""
    other = await Room.open(room.house)
    holds = select(sessions.c.id).where(sessions.c.id == room.session_id).with_for_update()
    with writing(room.house.engine) as db:
        db.execute(holds)
        waiting = [asyncio.ensure_future(room.post(text=f"Voice {nth}")) for nth in range(3)]
        work = asyncio.ensure_future(room.house.writer.do(lambda db, _: db.scalar(holds)))
        for _ in range(3):
            await other.post()
        assert not [one for one in (*waiting, work) if one.done()]
    assert [await one for one in waiting] == [1, 2, 3], "in the order in which they came"
    assert await work == room.session_id


async def test_screens_without_news_are_told_so(
    monkeypatch: pytest.MonkeyPatch, room: Room, other_house: Live
) -> None:
    ear = Ear(other_house, room.session_id)
    await ear.until(1)
    monkeypatch.setattr(feed, "OLD", 0.0)
    async with asyncio.timeout(60):
        while not ear.closed:
            ear._heard.clear()
            await ear._heard.wait()
    assert ear.closed[0] == 1013
