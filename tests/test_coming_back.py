"""Many who come back with the same gap cost one reading, and miss nothing."""

import json
from typing import Any

import pytest

from app import screens
from app.database import writing
from app.live import door, feed
from app.models import changes, sessions
from app.screens import Audience, Screen
from tests.conftest import Room
from tests.waiting import until

pytestmark = pytest.mark.anyio

PHONES = Audience(Screen.PHONE)


class Socket:
    """A connection that keeps what it was sent."""

    def __init__(self, seq: int, actor_id: str = "") -> None:
        self.seq = seq
        self.actor_id = actor_id
        self.got: list[bytes] = []

    def write(self, frame: bytes) -> bool:
        self.got.append(frame)
        return True

    def close(self, code: int, reason: str) -> None: ...


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """From where each reading of a screen started."""
    starts: list[int] = []
    update = screens.Snapshot.update

    def counted(snapshot: Any, audience: Audience, since: int, crowd: int) -> Any:
        starts.append(since)
        return update(snapshot, audience, since, crowd)

    monkeypatch.setattr(screens.Snapshot, "update", counted)
    return starts


def come(room: Room, since: int, actor_id: str = "") -> Socket:
    socket = Socket(since, actor_id)
    first = room.house.feeds.join(room.session_id, PHONES, socket)
    if first:  # the protocol sends it with its answer
        socket.write(first)
    return socket


async def test_a_gap_is_read_once_for_all_who_have_it(room: Room, readings: list[int]) -> None:
    since = (await room.do(room.participant(), "post", text="Who pays?")).seq or 0
    await room.post(text="And who decides?")
    first = come(room, since)
    await until(lambda: bool(first.got))
    others = [come(room, since) for _ in range(500)]
    await until(lambda: all(one.got for one in others))
    assert readings == [since]
    assert all(one.got == first.got and one.seq == since + 1 for one in others)


async def test_who_was_filled_hears_what_comes_next(room: Room) -> None:
    since = (await room.do(room.participant(), "post", text="Who pays?")).seq or 0
    await room.post(text="And who decides?")
    first = come(room, since)
    await until(lambda: bool(first.got))
    second = come(room, since)
    await until(lambda: bool(second.got))
    await room.post(text="A third")
    await until(lambda: len(second.got) == 2)
    assert first.got == second.got
    assert b"A third" in second.got[1]


async def test_who_comes_with_a_gap_that_shows_nothing_is_told_so_at_once(held_room: Room) -> None:
    """Also where somebody was here when it came about, and was told nothing."""
    here = come(held_room, since=1)
    await until(lambda: bool(here.got))
    [its_feed] = held_room.house.feeds._feeds.values()
    await held_room.post(text="This waits for review")
    await until(lambda: its_feed.head == 2)
    back = come(held_room, since=1)
    await until(lambda: bool(back.got))
    assert b"content" not in back.got[0]
    assert len(here.got) == 1


async def test_an_author_who_comes_back_is_told_of_their_own(room: Room) -> None:
    author = room.participant()
    since = (await room.do(room.participant(), "post", text="Who pays?")).seq or 0
    await room.post(author, text="Mine")
    other = come(room, since)
    await until(lambda: bool(other.got))
    mine = come(room, since, author.actor_id)
    await until(lambda: bool(mine.got))
    assert len(mine.got[0]) > len(other.got[0])


async def test_who_comes_while_others_are_told_misses_nothing(room: Room) -> None:
    since = (await room.do(room.participant(), "post", text="Who pays?")).seq or 0
    await room.post(text="And who decides?")
    crowd = [come(room, since) for _ in range(1_000)]
    await until(lambda: all(one.got for one in crowd))
    await room.post(text="A third")
    await until(lambda: any(len(one.got) > 1 for one in crowd), every=0)
    assert not all(len(one.got) > 1 for one in crowd)
    late = come(room, since)
    await until(lambda: late.seq == since + 2)
    assert b"And who decides?" in b"".join(late.got)
    assert b"A third" in b"".join(late.got)


async def test_a_sign_of_life_is_for_those_who_were_told_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = come(room, since=0)
    await until(lambda: len(socket.got) == 1)
    [its_feed] = room.house.feeds._feeds.values()
    its_feed.beat()
    await until(lambda: not its_feed._is_beat_due)
    assert len(socket.got) == 1
    monkeypatch.setattr(feed, "HEARTBEAT", -1.0)
    its_feed.beat()
    await until(lambda: len(socket.got) == 2)
    assert b"content" not in socket.got[1]


async def test_gaps_that_each_come_once_to_a_quiet_room_cost_no_memory(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST_FILLINGS", 3)
    last = [await room.do(room.participant(), "post", text="Who pays?") for _ in range(6)][-1].seq or 0
    for since in range(1, last):
        socket = come(room, since)
        await until(lambda socket=socket: bool(socket.got))
    [its_feed] = room.house.feeds._feeds.values()
    await until(lambda: [since for _, since in its_feed._fillings] == [last - 3, last - 2, last - 1])


async def test_a_look_that_fails_is_not_the_last(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as broken:
        broken.setattr(feed.Feeds, "_heads", fail)
        broken.setattr(door.Door, "_turn_out", fail)
        for what in ("could not read the heads", "could not read who may still be here"):
            await until(lambda what=what: what in caplog.text)
    assert all(not task.done() for task in (*room.house.feeds._tasks, *room.house.door._tasks))
    looked = room.house.feeds._looked
    await until(lambda: room.house.feeds._looked > looked)


async def test_a_server_that_stood_still_sends_nobody_away(room: Room) -> None:
    feeds = room.house.feeds
    feeds._looked -= 60
    assert not feeds.is_current, "nobody can say whether screens show how things are"
    feeds._awake -= 60
    feeds._send_away()
    assert feeds.is_current
    feeds._looked -= 60
    feeds._send_away()
    assert not feeds.is_current


async def test_a_hall_that_is_told_to_load_its_page_does_so_over_some_time(room: Room) -> None:
    since = (await room.do(room.participant(), "post", text="Who pays?")).seq or 0
    hall = [come(room, since) for _ in range(200)]
    await until(lambda: all(one.got for one in hall))
    for one in hall:
        one.got.clear()
    changed = await room.do(room.organiser, "change_session", title="What now?")
    await until(lambda: all(one.got for one in hall))
    assert {json.loads(frame[frame.index(b"{") :])["within"] for one in hall for frame in one.got} == {2}
    alone = come(room, changed.seq - 1)
    await until(lambda: bool(alone.got))
    assert b'"anew": true' in alone.got[0]
    assert b"within" not in alone.got[0]


async def test_a_database_that_lost_what_was_said_last_makes_screens_anew(room: Room) -> None:
    since = (await room.do(room.participant(), "post", text="Who pays?")).seq or 0
    socket = come(room, since)
    await until(lambda: bool(socket.got))
    with writing(room.house.engine) as db:  # as a standby that took over before it heard of it
        for table in (changes, sessions):
            db.execute(table.update().values(mark="another"))
    await room.house.feeds.look()
    await until(lambda: len(socket.got) == 2)
    assert b'"anew": true, "restored": true' in socket.got[1]
    await room.post(text="Said since")
    await until(lambda: len(socket.got) == 3)
    assert b"Said since" in socket.got[2]
