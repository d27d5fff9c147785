"""What waits for review is on the queue's page, and nowhere else."""

import re

import pytest

from app import screens
from app.database import reading
from app.queries.sessions import session_by_code
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


async def test_nobody_lets_words_be_seen_that_they_have_not_read(held_room: Room) -> None:
    room, author = held_room, held_room.participant()
    number = await room.post(author, "Who pays?")
    read = wording(room, number)
    await room.do(author, "edit", number=number, text=PLANTED)
    for action in ("approve", "hide"):
        refused = await room.act(room.organiser, action, contributions=[number], wordings=[read])
        assert refused.reason == f"Card {number} has other words now. Please read it again."
    assert PLANTED not in frame(room, Screen.PHONE)
    await room.do(room.organiser, "hide", contributions=[number], wordings=[wording(room, number)])
    read = wording(room, number)
    await room.do(author, "edit", number=number, text="Who pays, then?")
    refused = await room.act(room.organiser, "restore", contributions=[number], wordings=[read])
    assert refused.reason == f"Card {number} has other words now. Please read it again."
    refused = await room.act(room.organiser, "restore", contributions=[number], wordings=[1, 2])
    assert refused.reason == "There must be one wording for each card."


async def test_undo_lets_no_words_be_seen_that_nobody_has_read(room: Room) -> None:
    author = room.participant()
    number = await room.post(author, "Who pays?")
    await room.do(room.organiser, "hide", contributions=[number])
    await room.do(author, "edit", number=number, text=PLANTED)
    refused = await room.act(room.organiser, "undo")
    assert refused.reason == "Changed by someone else; not undone."
    own = await room.post(room.organiser, "Who pays?")
    await room.do(room.organiser, "hide", contributions=[own])
    await room.do(room.organiser, "edit", number=own, text="Who pays, then?")
    await room.do(room.organiser, "undo")
    assert PLANTED not in frame(room, Screen.PHONE)


def wording(room: Room, number: int) -> int:
    """Which words of a card its page shows."""
    [found] = re.findall(rf'id="\w+-{number}" data-wording="(\d+)"', page(room))
    return int(found)


async def test_all_that_say_the_same_are_hidden_at_once_and_come_back_at_once(room: Room) -> None:
    campaign = ["Save our hall!", "save our HALL", "Save  our hall.", "Save our hall 🎉", "Save our halls"]
    numbers = [await room.post(text=text) for text in campaign]
    await room.do(room.organiser, "place", contributions=numbers[:1], theme="A")
    await room.do(room.organiser, "merge", contributions=numbers[1:2], into=numbers[0])
    await room.do(room.organiser, "hide", contributions=numbers[:1], alike=True)
    assert hidden(room) == numbers[:3]
    await room.do(room.organiser, "undo")
    assert hidden(room) == []
    await room.do(room.organiser, "redo")
    await room.do(room.organiser, "restore", contributions=numbers[2:3], alike=True)
    assert hidden(room) == []


async def test_all_that_wait_and_say_the_same_are_shown_at_once(held_room: Room) -> None:
    numbers = [await held_room.post(text=text) for text in ("Me too", "me too!", "Not me")]
    await held_room.do(held_room.organiser, "approve", contributions=numbers[1:2], alike=True)
    assert 'id="held-3"' in page(held_room)
    assert 'id="held-1"' not in page(held_room)


def hidden(room: Room) -> list[int]:
    return sorted(int(number) for number in re.findall(r'id="hidden-(\d+)"', page(room)))


async def test_the_queue_follows_whether_the_screen_is_blank(room: Room) -> None:
    await room.do(room.organiser, "blank")
    assert 'value=\\"unblank\\"' in frame(room, Screen.QUEUE)
