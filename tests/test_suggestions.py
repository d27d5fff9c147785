"""What a card is like: offered to whoever asks, from what everybody sees, and kept nowhere."""

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from app import live
from app import suggestions as suggestions_
from app.database import reading
from app.likeness import measure
from app.likeness.child import Memory
from app.live import Live
from app.queries.sessions import session_by_id
from app.screens import pages
from app.settings import Settings
from app.suggestions import Suggestions
from app.suggestions.companion import Companion, Unavailable
from tests.conftest import Room
from tests.waiting import until

pytestmark = pytest.mark.anyio


# The arithmetic


def by_words(texts: list[str]) -> measure.Vectors:
    """Texts are as alike as they have words in common: for tests that need no model."""
    rows = np.zeros((len(texts), 256), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.lower().split():
            row[zlib.crc32(word.encode()) % 256] += 1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


CARDS = ["bus stop rain", "bus stop late", "soup and bread", "bread and jam", "late bus again", "jam today"]


def test_themes_come_in_the_order_of_their_likeness_with_what_makes_it() -> None:
    themes = {"A": [2, 3], "B": [0, 1]}
    assert measure.rank_themes(by_words(CARDS), [4], themes) == [("B", [1, 0]), ("A", [2, 3])]
    assert measure.rank_themes(by_words(CARDS), [5], themes)[0] == ("A", [3, 2])


def test_several_cards_are_asked_about_together() -> None:
    themes = {"A": [2, 3], "B": [0, 1]}
    assert measure.rank_themes(by_words(CARDS), [4, 5], themes)[0][0] == "B"


def test_nothing_is_offered_until_two_themes_have_two_cards() -> None:
    vectors = by_words(CARDS)
    assert measure.rank_themes(vectors, [4], {"A": [2, 3], "B": [0]}) == []
    assert measure.rank_themes(vectors, [4], {}) == []
    assert measure.rank_themes(vectors, [], {"A": [2, 3], "B": [0, 1]}) == []


def test_no_more_than_three_themes_are_offered() -> None:
    vectors = by_words([f"word{nth} other{nth // 2}" for nth in range(12)])
    themes = {letter: [2 * nth, 2 * nth + 1] for nth, letter in enumerate("ABCDE")}
    ranked = measure.rank_themes(vectors, [11], themes)
    assert len(ranked) == 3


def test_cards_that_say_the_same_are_grouped_the_closest_first() -> None:
    said = ["more bread please", "who pays", "more bread", "who pays us", "rain", "more bread please now"]
    assert measure.alike(by_words(said), [*range(6)]) == [[0, 2, 5], [1, 3]]
    assert measure.alike(by_words(said), [1, 3, 4]) == [[1, 3]]
    assert measure.alike(by_words(said), [4]) == []


def test_neighbours_of_neighbours_are_no_group() -> None:
    chain = [" ".join(f"w{nth}" for nth in range(at, at + 4)) for at in range(0, 40, 2)]
    groups = measure.alike(by_words(chain), [*range(20)])
    assert max(map(len, groups)) <= 3


def test_two_cards_and_no_others_can_be_alike() -> None:
    assert measure.alike(by_words(["more bread", "more bread"]), [0, 1]) == [[0, 1]]


# Which words are compared, and for how long


class Beside(Companion):
    """The other process, without the process: with `by_words` and not the model."""

    def __init__(self) -> None:
        super().__init__()
        self.start_again()
        self.was_read: list[str] = []

    def start_again(self) -> None:
        self.starts += 1
        self.memory = Memory(self._encode)

    def _encode(self, texts: list[str]) -> Any:
        self.was_read += texts
        return by_words(texts)

    async def ask(self, does: str, **said: Any) -> dict[str, Any]:
        return self.memory.answer({"do": does, **said})

    async def stop(self) -> None:
        self.start_again()

    @property
    def holds(self) -> set[int]:
        return set(self.memory._vectors)


class Wall(Room):
    """A room of which suggestions are made."""

    suggestions: Suggestions
    beside: Beside

    async def likely(self, *numbers: int) -> list[str]:
        found = await self.suggestions.themes_for(self.session_id, numbers)
        assert found is not None
        return [one.letter for one in found]

    async def place(self, theme: str, *numbers: int) -> None:
        await self.do(self.organiser, "place", contributions=list(numbers), theme=theme)


@pytest.fixture
async def wall(house: Live, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wall]:
    monkeypatch.setattr(suggestions_, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(suggestions_, "PATIENCE", 60.0)
    opened = await Wall.open(house, themes=["Buses", "Bread"])
    opened.beside = Beside()
    opened.suggestions = Suggestions(house.engine, opened.beside)
    for text in CARDS:
        await opened.post(text=text)
    await opened.place("A", 1, 2)
    await opened.place("B", 3, 4)
    yield opened
    await opened.suggestions.stop()


async def test_an_unsorted_card_is_offered_its_themes_and_nothing_is_done(wall: Wall) -> None:
    before = await head(wall)
    assert await wall.likely(5) == ["A", "B"]
    assert await wall.likely(6) == ["B", "A"]
    assert await head(wall) == before


async def head(wall: Wall) -> int:
    with reading(wall.house.engine) as db:
        live_session = session_by_id(db, wall.session_id)
        assert live_session
        return int(live_session.head)


async def test_a_card_that_has_just_come_can_be_asked_about(wall: Wall) -> None:
    assert await wall.likely(5) == ["A", "B"]
    assert await wall.likely(await wall.post(text="jam and soup")) == ["B", "A"]


async def test_unsorted_cards_that_look_alike_are_grouped_and_sorted_ones_are_not(wall: Wall) -> None:
    again = await wall.post(text="late bus again")
    await wall.post(text="bus stop rain")
    assert await wall.suggestions.alike(wall.session_id) == [[5, again]]


@pytest.mark.parametrize("fate", ["held", "hidden", "withdrawn", "merged", "edited away"])
async def test_words_that_are_not_on_the_wall_are_not_compared_and_leave_memory(
    wall: Wall, fate: str
) -> None:
    author = wall.participant()
    if fate == "held":
        await wall.do(wall.organiser, "change_session", hold="all")
    number = await wall.post(author, "planted words")
    if fate != "held":
        await wall.likely(number)
        assert "planted words" in wall.beside.was_read
    held = set(wall.beside.holds)
    if fate == "hidden":
        await wall.do(wall.organiser, "hide", contributions=[number])
    elif fate == "withdrawn":
        await wall.do(author, "withdraw", number=number)
    elif fate == "merged":
        await wall.do(wall.organiser, "merge", contributions=[number], into=5)
    elif fate == "edited away":
        await wall.do(author, "edit", number=number, text="other words")
    if fate == "held":
        assert await wall.likely(number) == []
        assert "planted words" not in wall.beside.was_read
    elif fate == "edited away":
        await until(lambda: not held <= wall.beside.holds)
    else:
        assert await wall.likely(number) == []
        await until(lambda: len(wall.beside.holds) == len(held) - 1)
        assert wall.suggestions.knows(wall.session_id) == wall.beside.holds


async def test_a_session_that_wants_none_is_forgotten_whole(wall: Wall) -> None:
    await wall.likely(5)
    assert wall.beside.holds
    await wall.do(wall.organiser, "change_session", suggests=False)
    await until(lambda: not wall.beside.holds)
    assert not wall.suggestions.knows(wall.session_id)


async def test_sessions_are_not_compared_with_each_other(wall: Wall) -> None:
    await wall.likely(5)
    other = await Room.open(wall.house, themes=["Buses", "Bread"])
    number = await other.post(text="late bus again")
    assert await wall.suggestions.themes_for(other.session_id, [number]) == []
    assert await wall.suggestions.alike(other.session_id) == []


async def test_a_process_that_was_started_again_reads_the_cards_again(wall: Wall) -> None:
    await wall.likely(5)
    wall.beside.start_again()
    assert await wall.suggestions.themes_for(wall.session_id, [5]) is None
    assert await wall.likely(5) == ["A", "B"]


# The process itself, with the model

IN_FRONT = (
    *(sys.executable, "-P", "-c"),
    "import os; os.nice = lambda _: 0; from app.likeness.child import main; main()",
)
"""It steps back behind nobody: on a busy machine its turn might come too late."""


@pytest.fixture
async def suggesting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Live]:
    monkeypatch.setattr(suggestions_, "PATIENCE", 60.0)
    monkeypatch.setattr(Companion.__init__, "__defaults__", (IN_FRONT,))
    settings.suggest = True
    async with live.start(settings) as house:
        yield house


async def test_the_model_tells_themes_apart_and_ends_with_its_house(suggesting: Live) -> None:
    room = await Room.open(suggesting, themes=["Getting there", "Food"])
    for text in (
        "The last bus leaves at six.",
        "Where can I park my car?",
        "The soup was cold.",
        "More bread at lunch, please.",
        "Nobody can get home after dark without a lift.",
        "Could there be a vegetarian meal?",
        "Please could we have a vegetarian meal?",
    ):
        await room.post(text=text)
    for theme, numbers in (("A", [1, 2]), ("B", [3, 4])):
        await room.do(room.organiser, "place", contributions=numbers, theme=theme)
    suggestions = suggesting.suggestions
    assert suggestions is not None
    suggestions.warm(room.session_id)
    await until(lambda: len(suggestions.knows(room.session_id)) == 7)
    for number, theme in ((5, "A"), (6, "B")):
        found = await suggestions.themes_for(room.session_id, [number])
        assert found
        assert found[0].letter == theme
    assert await suggestions.alike(room.session_id) == [[6, 7]]
    process = suggestions._companion._process
    assert process is not None
    await suggestions.stop()
    assert process.returncode is not None


async def test_a_process_that_fails_is_named_not_quoted_and_one_that_dies_is_started_again() -> None:
    companion = Companion()
    with pytest.raises(Unavailable, match="TypeError"):
        await companion.ask("drop", ids=None)
    first = companion._process
    assert first is not None
    first.kill()
    with pytest.raises(Unavailable):
        await companion.ask("drop", ids=[1])
    assert await companion.ask("drop", ids=[1]) == {}
    assert companion.starts == 2
    second = companion._process
    assert second is not None
    assert second.stdin is not None
    second.stdin.close()  # as the kernel does when the house has died
    async with asyncio.timeout(60):
        assert await second.wait() == 0


# Without it


async def test_without_the_extra_the_board_offers_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.suggest = True
    monkeypatch.setattr(live, "is_installed", lambda: False)
    async with live.start(settings) as house:
        room = await Room.open(house)
        await room.post()
        with reading(house.engine) as db:
            live_session = session_by_id(db, room.session_id)
            assert live_session
            assert "Which look alike?" not in pages.board(
                db, live_session, "en", house.suggestions is not None
            )
        assert house.suggestions is None


async def test_a_process_that_cannot_start_is_no_bar_to_anything(house: Live, room: Room) -> None:
    suggestions = Suggestions(house.engine, Companion((sys.executable, "-c", "import no_such_module")))
    await room.post()
    suggestions.warm(room.session_id)
    with pytest.raises(Unavailable):
        await suggestions.themes_for(room.session_id, [1])
    with pytest.raises(Unavailable):
        await suggestions.alike(room.session_id)
    assert await room.post() == 2
    await suggestions.stop()
