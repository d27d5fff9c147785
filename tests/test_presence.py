"""Who is at the board and what they hold: told to the other boards, and nowhere kept."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from app import live
from app.actions import sessions
from app.database import reading
from app.live import Live
from app.live import presence as presence_of
from app.live.protocol import SocketProtocol
from app.models import Role, changes
from app.passes import new_actor
from app.queries.people import name_of
from app.roles import Pass
from app.settings import Settings
from tests.conftest import Room

pytestmark = pytest.mark.anyio


class Board:
    """A socket that keeps what it is sent."""

    def __init__(self) -> None:
        self.is_full = False
        self.heard: asyncio.Queue[Any] = asyncio.Queue()

    def write(self, frame: bytes) -> None:
        self.heard.put_nowait(json.loads(frame[frame.index(b"{") :]))


async def facilitator(room: Room, label: str) -> Pass:
    _secret, invitation_id = await room.house.writer.do(
        lambda db, now: sessions.invite(db, room.session_id, Role.FACILITATOR, now, label)
    )
    return new_actor(room.session_id, invitation_id)


def hold(room: Room, board: Board, who: Pass, *numbers: Any) -> Any:
    presence = room.house.door.presence
    return json.loads(presence.hear(room.session_id, cast(SocketProtocol, board), who, list(numbers)))


def leave(room: Room, board: Board) -> None:
    room.house.door.presence.leave(room.session_id, cast(SocketProtocol, board))


async def test_boards_hear_who_is_there_and_what_they_hold(room: Room) -> None:
    mairi, ewan = Board(), Board()
    first = hold(room, mairi, await facilitator(room, "Mairi"))
    second = hold(room, ewan, await facilitator(room, ""), 12, 14)
    for board in (mairi, ewan):
        assert await until(board, ("Mairi", []), ("", [12, 14])) == [
            {"id": first["you"], "name": "Mairi", "holds": []},
            {"id": second["you"], "name": "", "holds": [12, 14]},
        ]
    leave(room, ewan)
    await until(mairi, ("Mairi", []))


async def test_a_name_that_is_read_late_is_told_too(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    board, may_read = Board(), threading.Event()

    def read_late(db: Any, holder: Pass) -> str:
        may_read.wait(60)
        return name_of(db, holder)

    monkeypatch.setattr(presence_of, "name_of", read_late)
    hold(room, board, await facilitator(room, "Mairi"))
    await until(board, ("", []))
    may_read.set()
    await until(board, ("Mairi", []))


async def test_many_changes_make_one_frame_and_no_change_of_the_session(room: Room) -> None:
    board, who = Board(), await facilitator(room, "Mairi")
    for number in range(1, 50):
        hold(room, board, who, number)
    assert (await board.heard.get())["presence"][0]["holds"] == [49]
    assert board.heard.empty()
    with reading(room.house.engine) as db:
        logged = db.scalar(
            select(func.count()).select_from(changes).where(changes.c.actor_id == who.actor_id)
        )
    assert logged == 0


async def test_a_board_that_cannot_take_it_hears_the_next(room: Room) -> None:
    slow, other = Board(), Board()
    slow.is_full = True
    hold(room, slow, await facilitator(room, "Mairi"))
    ewan = await facilitator(room, "Ewan")
    hold(room, other, ewan, 3)
    await until(other, ("Mairi", []), ("Ewan", [3]))
    assert slow.heard.empty()
    slow.is_full = False
    hold(room, other, ewan, 4)
    await until(slow, ("Mairi", []), ("Ewan", [4]))


async def test_what_is_no_card_is_not_held(room: Room) -> None:
    said = hold(room, Board(), await facilitator(room, ""), "12", True, -1, 2**40, None, 5)
    assert said["presence"][0]["holds"] == [5]


# Several servers


@pytest.fixture
async def other_house(settings: Settings, anyio_backend: str) -> AsyncIterator[Live]:
    async with live.start(settings) as started:
        yield started


async def until(board: Board, *there: tuple[str, list[int]]) -> list[Any]:
    """Wait for the frame that says who is there, in the order in which they came."""
    async with asyncio.timeout(60):
        while True:
            said: list[Any] = (await board.heard.get())["presence"]
            if [(one["name"], one["holds"]) for one in said] == [*there]:
                return said


@pytest.mark.only_postgres
async def test_boards_of_two_servers_see_each_others_hands(room: Room, other_house: Live) -> None:
    mairi, ewan, far = Board(), Board(), other_house.door.presence
    hold(room, mairi, await facilitator(room, "Mairi"), 3)
    await until(mairi, ("Mairi", [3]))
    who, connection = await facilitator(room, "Ewan"), cast(SocketProtocol, ewan)
    far.hear(room.session_id, connection, who, [5])
    both = await until(mairi, ("Mairi", [3]), ("Ewan", [5]))
    assert await until(ewan, ("Mairi", [3]), ("Ewan", [5])) == both
    far.hear(room.session_id, connection, who, [*range(1, 501)])
    await until(mairi, ("Mairi", [3]), ("Ewan", [*range(1, 501)]))
    far.leave(room.session_id, connection)
    await until(mairi, ("Mairi", [3]))


@pytest.mark.only_postgres
async def test_a_server_that_says_no_more_is_forgotten(
    room: Room, other_house: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    mairi, ewan = Board(), Board()
    hold(room, mairi, await facilitator(room, "Mairi"))
    far = other_house.door.presence
    far.hear(room.session_id, cast(SocketProtocol, ewan), await facilitator(room, "Ewan"), [5])
    await until(mairi, ("Mairi", []), ("Ewan", [5]))
    far.stop()
    monkeypatch.setattr(presence_of, "FORGOTTEN", 0.0)
    hold(room, mairi, await facilitator(room, "Mairi"), 1)
    await until(mairi, ("Mairi", [1]))


def test_what_servers_say_fits_however_many_hold_however_much(room: Room) -> None:
    there = [
        presence_of._There(f"a{nth}", room.organiser, nth, "ق" * 120, tuple(range(1000, 1500)))
        for nth in range(40)
    ]
    for people in (1, 5, 40):
        said = presence_of._announcement(7, "a", there[:people])
        assert len(said.encode()) < 8_000
        assert json.loads(said)["there"][0]["name"] == "ق" * 120
