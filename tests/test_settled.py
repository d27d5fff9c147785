"""What people are told beside the box is so, and what they were told holds once somebody has posted."""

from typing import Any

import pytest

from app.database import reading
from app.live import Live
from app.queries.sessions import session_by_id
from app.screens import pages
from tests.conftest import Room

pytestmark = pytest.mark.anyio

NAMES = "People have posted already. Whether names are asked for stays as it is."
HELD = "People have posted already. Cards can only be held more strictly now."
SAID = {
    "We do not ask your name.": {"asks_names": False},
    "A name is shown beside your words, if you give one.": {"asks_names": True},
    "Others see your words at once.": {"hold": "off"},
    "Rude words and contact details wait for a facilitator.": {"hold": "flagged"},
    "A facilitator reads your words before others see them.": {"hold": "all"},
}


async def change(room: Room, **said: Any) -> str | None:
    return (await room.act(room.organiser, "change_session", **said)).reason


def phone(room: Room) -> str:
    with reading(room.house.engine) as db:
        live_session = session_by_id(db, room.session_id)
        assert live_session is not None
        return pages.phone(db, live_session, "en", "", key="k" * 16)


@pytest.mark.parametrize("sentence", SAID)
async def test_the_words_beside_the_box_follow_the_settings(room: Room, sentence: str) -> None:
    await change(room, **SAID[sentence])
    page = phone(room)
    assert sentence in page
    assert [other for other in SAID if other in page and SAID[other].keys() == SAID[sentence].keys()] == [
        sentence
    ]


async def test_before_anybody_has_posted_all_can_be_changed(house: Live) -> None:
    room = await Room.open(house, hold="all", asks_names=True)
    assert await change(room, hold="off", asks_names=False) is None


async def test_afterwards_names_stay_and_cards_are_held_only_more_strictly(house: Live) -> None:
    room = await Room.open(house, hold="flagged")
    await room.post()
    assert await change(room, asks_names=True) == NAMES
    assert await change(room, hold="off") == HELD
    assert await change(room, asks_names=False, hold="flagged", title="What now?") is None
    assert await change(room, hold="all") is None
    assert await change(room, hold="flagged") == HELD
