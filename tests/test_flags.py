"""What is flagged waits for a facilitator, and nothing is deleted."""

import pytest

from app import queries
from app.database import reading
from app.flags import is_flagged
from app.models import Hold
from tests.conftest import Room

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "text",
    [
        "What a load of bollocks",
        "BOLLOCKS!",
        "".join(chr(ord(letter) + 0xFEE0) for letter in "bollocks"),  # full-width letters
        "Ring me on 0131 496 0123",
        "Ring +44 (0)131 496 0123.",
        "٠١٣١ ٤٩٦ ٠١٢٣",
        "mairi@example.org knows",
        "Write to (mairi@example.co.uk)",
    ],
)
def test_this_should_be_looked_at(text: str) -> None:
    assert is_flagged(text, "en")
    assert is_flagged(text, "en-GB")


@pytest.mark.parametrize(
    "text",
    [
        "People in Scunthorpe, Penistone and Lightwater want to be paid",
        "Cocktails and Middlesex",
        "Between 2024 and 2026, on 01.02.2026, at 10:30",
        "It cost £1,250,000 in 2025-2026",
        "Room 12, cards 3, 5, 7, 9, 11, 13, 15",
        "See you @ the hall",
        "",
    ],
)
def test_this_is_nobodys_business(text: str) -> None:
    assert not is_flagged(text, "en")


def test_a_language_without_a_list_has_no_such_words() -> None:
    assert not is_flagged("What a load of bollocks", "xx")
    assert not is_flagged("What a load of bollocks", "../word_lists/en")
    assert is_flagged("0131 496 0123", "xx")


def status(room: Room, number: int) -> str:
    with reading(room.house.engine) as db:
        [card] = queries.cards(db, room.session_id, queries.contributions.c.number == number)
    return card.status


@pytest.fixture
async def careful(house: object) -> Room:
    return await Room.open(house, hold=Hold.FLAGGED, asks_names=True)  # type: ignore[arg-type]


async def test_a_flagged_card_waits_and_others_do_not(careful: Room) -> None:
    assert status(careful, await careful.post(text="Who pays?")) == "visible"
    number = await careful.post(text="Ring 0131 496 0123")
    assert status(careful, number) == "held"
    await careful.do(careful.organiser, "approve", contributions=[number])
    assert status(careful, number) == "visible"
    assert status(careful, await careful.post(text="Who pays?", name="Arsehole")) == "held"


async def test_a_card_that_is_edited_into_a_flagged_one_waits(careful: Room) -> None:
    author = careful.participant()
    number = await careful.post(author)
    await careful.do(author, "edit", number=number, text="Ask mairi@example.org")
    assert status(careful, number) == "held"


async def test_what_facilitators_write_does_not_wait(careful: Room) -> None:
    assert status(careful, await careful.post(careful.organiser, "Ring 0131 496 0123")) == "visible"


async def test_where_nothing_is_held_nothing_is_flagged(room: Room) -> None:
    assert status(room, await room.post(text="bollocks")) == "visible"
