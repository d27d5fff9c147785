"""Themes are described, coloured, merged and split, and nothing in them is lost."""

import pytest

from app.database import reading
from app.queries.themes import ThemeRow, numbers_in, standing_themes
from tests.conftest import Room

pytestmark = pytest.mark.anyio


def wall(room: Room) -> dict[str, list[int]]:
    """What stands in each theme, in order."""
    with reading(room.house.engine) as db:
        return numbers_in(db, room.session_id, standing_themes(db, room.session_id))


def theme(room: Room, letter: str) -> ThemeRow:
    with reading(room.house.engine) as db:
        [found] = [row for row in standing_themes(db, room.session_id) if row.letter == letter]
    return found


@pytest.fixture
async def full(room: Room) -> Room:
    """Cards 1 to 4 in A, the last also in B, which has 5 too."""
    for _nth in range(5):
        await room.post()
    await room.do(room.organiser, "place", contributions=[3, 1, 2, 4], theme="A")
    await room.do(room.organiser, "place", contributions=[5, 4], theme="B")
    return room


async def test_a_theme_is_described_and_coloured(room: Room) -> None:
    await room.do(room.organiser, "describe_theme", theme="B", text="Who\ndecides")
    await room.do(room.organiser, "colour_theme", theme="B", colour=9)
    assert (theme(room, "B").description, theme(room, "B").tint) == ("Who\ndecides", 9)
    await room.do(room.organiser, "colour_theme", theme="B")
    await room.do(room.organiser, "describe_theme", theme="B", text="")
    assert (theme(room, "B").description, theme(room, "B").tint) == ("", 2)


async def test_merged_themes_are_one_and_a_card_in_both_is_in_it_once(full: Room) -> None:
    await full.do(full.organiser, "merge_themes", theme="A", into="B")
    assert wall(full) == {"B": [5, 4, 3, 1, 2]}
    await full.do(full.organiser, "undo")
    assert wall(full) == {"A": [3, 1, 2, 4], "B": [5, 4]}


async def test_a_split_theme_is_two_side_by_side(full: Room) -> None:
    receipt = await full.do(full.organiser, "split_theme", theme="A", contributions=[2, 3], name="New")
    assert receipt.message("en")["theme"] == "C"
    assert list(wall(full).items()) == [("A", [1, 4]), ("C", [3, 2]), ("B", [5, 4])]
    await full.do(full.organiser, "undo")
    assert wall(full) == {"A": [3, 1, 2, 4], "B": [5, 4]}


REFUSED = [
    ("merge_themes", {"theme": "A", "into": "A"}, "A theme cannot be merged with itself."),
    ("merge_themes", {"theme": "A", "into": "Z"}, "There is no theme Z."),
    ("split_theme", {"theme": "A", "contributions": [5]}, "Card 5 is not in this place."),
    ("describe_theme", {"theme": "Z", "text": "x"}, "There is no theme Z."),
]


@pytest.mark.parametrize(("action", "fields", "reason"), REFUSED)
async def test_what_cannot_be_is_refused_by_name(
    full: Room, action: str, fields: dict[str, object], reason: str
) -> None:
    assert (await full.act(full.organiser, action, **fields)).reason == reason
