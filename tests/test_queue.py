"""What waits for review is on the queue's page, and nowhere else."""

import pytest

from app import screens
from app.database import reading
from app.queries import session_by_code
from app.screens import Audience, Screen, pages
from tests.conftest import Room

pytestmark = [pytest.mark.anyio, pytest.mark.every_database]

PLANTED = "Planted words"


def frame(room: Room, screen: Screen, since: int = 1) -> str:
    with reading(room.house.engine) as db:
        live_session = session_by_code(db, room.code)
        assert live_session is not None
        return screens.update(db, live_session, Audience(screen), since).frame or ""


def page(room: Room) -> str:
    with reading(room.house.engine) as db:
        live_session = session_by_code(db, room.code)
        assert live_session is not None
        return pages.queue(db, live_session, "en")


async def test_a_held_card_is_in_the_queue_only(held_room: Room) -> None:
    await held_room.post(text=PLANTED)
    assert PLANTED in frame(held_room, Screen.QUEUE)
    assert PLANTED in page(held_room)
    for screen in (Screen.PHONE, Screen.BOARD, Screen.PROJECTOR, Screen.JSON):
        assert PLANTED not in frame(held_room, screen)


async def test_its_number_is_not_spoken_of_either(held_room: Room) -> None:
    await held_room.post(text=PLANTED)
    assert frame(held_room, Screen.PHONE) == ""
    assert '"gone": {"contributions": []' in frame(held_room, Screen.JSON)


async def test_an_approved_card_leaves_the_queue_and_reaches_the_room(held_room: Room) -> None:
    number = await held_room.post(text=PLANTED)
    await held_room.do(held_room.organiser, "approve", contributions=[number])
    assert PLANTED not in page(held_room)
    assert '"gone": ["1"]' in frame(held_room, Screen.QUEUE)
    assert PLANTED in frame(held_room, Screen.PHONE)


async def test_a_card_that_is_hidden_leaves_the_room(room: Room) -> None:
    number = await room.post(text=PLANTED)
    since = await room.do(room.organiser, "hide", contributions=[number])
    assert since.seq is not None
    before = since.seq - 1
    assert '"gone": ["1"]' in frame(room, Screen.PHONE, before)
    assert PLANTED not in frame(room, Screen.BOARD, before)
    assert PLANTED in frame(room, Screen.QUEUE, before)
