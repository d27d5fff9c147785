"""The wall gives signs: a theme with many cards, a card that goes to and fro."""

from itertools import pairwise

import pytest

from app.database import reading
from app.queries.cards import cards_where
from app.queries.themes import CROWDED, standing_themes
from tests.conftest import Room

pytestmark = pytest.mark.anyio


def torn(room: Room, number: int = 1) -> tuple[str, str] | None:
    with reading(room.house.engine) as db:
        found = cards_where(db, room.session_id)
    return next(card.torn for card in found if card.number == number)


async def move(room: Room, *places: str) -> None:
    for old, new in pairwise(places):
        await room.do(room.organiser, "place", contributions=[1], theme=new, **{"from": old})


async def test_a_card_moved_three_times_between_two_places_is_torn(room: Room) -> None:
    await room.post()
    await move(room, "unsorted", "A", "B", "A")
    assert torn(room) is None
    await move(room, "A", "B")
    assert torn(room) == ("A", "B")


async def test_standing_in_both_or_in_neither_settles_it(room: Room) -> None:
    await room.post()
    await move(room, "unsorted", "A", "B", "A", "B")
    await room.do(room.organiser, "place", contributions=[1], theme="A")
    assert torn(room) is None
    await room.do(room.organiser, "place", contributions=[1], theme="lone")
    assert torn(room) is None


async def test_unsorted_is_a_place_too(room: Room) -> None:
    await room.post()
    await move(room, "unsorted", "A", "unsorted", "A")
    assert torn(room) == ("A", "unsorted")


async def test_others_that_moved_along_and_many_at_once_are_told_apart(room: Room) -> None:
    for _nth in range(25):
        await room.post()
    everybody = list(range(1, 26))
    for theme in ("A", "B", "A", "B"):
        others = "B" if theme == "A" else "A"
        await room.do(room.organiser, "place", contributions=everybody, theme=theme, **{"from": others})
    await room.do(room.organiser, "place", contributions=[12], theme="parked")
    assert [torn(room, number) for number in (1, 2, 12)] == [("A", "B"), ("A", "B"), None]


async def test_a_theme_of_more_cards_than_fifteen_is_crowded(room: Room) -> None:
    numbers = [await room.post() for _nth in range(CROWDED + 2)]

    def is_crowded() -> bool:
        with reading(room.house.engine) as db:
            return standing_themes(db, room.session_id)[0].is_crowded

    await room.do(room.organiser, "place", contributions=numbers[:CROWDED], theme="A")
    assert not is_crowded()
    await room.do(room.organiser, "merge", contributions=[numbers[CROWDED]], into=1)
    assert not is_crowded()
    await room.do(room.organiser, "place", contributions=[numbers[-1]], theme="A")
    assert is_crowded()
