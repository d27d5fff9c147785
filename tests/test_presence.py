"""Who is at the board and what they hold: told to the other boards, and nowhere kept."""

import asyncio
import json
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from app.actions import sessions
from app.database import reading
from app.live.protocol import SocketProtocol
from app.models import Role, changes
from app.passes import new_actor
from app.roles import Pass
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
    frame = await mairi.heard.get()
    assert frame["presence"] == [
        {"id": first["you"], "name": "Mairi", "holds": []},
        {"id": second["you"], "name": "", "holds": [12, 14]},
    ]
    assert await ewan.heard.get() == frame
    leave(room, ewan)
    assert [one["name"] for one in (await mairi.heard.get())["presence"]] == ["Mairi"]


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
    hold(room, other, await facilitator(room, "Ewan"), 3)
    await other.heard.get()
    assert slow.heard.empty()
    slow.is_full = False
    hold(room, other, await facilitator(room, "Ewan"), 4)
    assert (await slow.heard.get())["presence"][1]["holds"] == [4]


async def test_what_is_no_card_is_not_held(room: Room) -> None:
    said = hold(room, Board(), await facilitator(room, ""), "12", True, -1, 2**40, None, 5)
    assert said["presence"][0]["holds"] == [5]
