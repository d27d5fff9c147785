"""One card stands for others that say the same, and none of them is lost."""

import csv
import io
import json
import re

import pytest

from app.database import reading
from app.models import Role, contributions
from app.queries.cards import Card, cards_where
from app.queries.counting import tally_of
from app.queries.sessions import session_by_id
from app.queries.themes import standing_themes
from app.roles import Pass
from app.screens import Screen
from app.summaries import WRITERS, build
from tests.conftest import NOW, Room
from tests.files import text_of
from tests.screens import Program, Viewer

pytestmark = pytest.mark.anyio


def card(room: Room, number: int) -> Card:
    with reading(room.house.engine) as db:
        [found] = cards_where(db, room.session_id, contributions.c.number == number)
    return found


def standing(room: Room) -> dict[int, list[int]]:
    """The cards that are on the screens by themselves, and what was merged into each."""
    with reading(room.house.engine) as db:
        found = cards_where(db, room.session_id)
    return {one.number: [other.number for other in one.originals] for one in found if one.stands}


def places(room: Room, number: int) -> list[str]:
    return [place for place, _ in card(room, number).places]


@pytest.fixture
async def alike(room: Room) -> Room:
    """Cards 1 to 4, of which 2 and 3 are merged into 1, which stands in A."""
    for nth in range(1, 5):
        await room.post(text=f"Voice {nth}")
    await room.do(room.organiser, "place", contributions=[1], theme="A")
    await room.do(room.organiser, "place", contributions=[3], theme="B")
    await room.do(room.organiser, "merge", contributions=[2, 3], into=1)
    return room


async def test_a_merged_card_stands_nowhere_and_keeps_what_is_its_own(alike: Room) -> None:
    assert standing(alike) == {1: [2, 3], 4: []}
    three = card(alike, 3)
    assert (three.text, three.status, three.merged_into, three.places) == ("Voice 3", "visible", 1, [])
    await alike.do(alike.participant(), "agree", number=3)
    assert card(alike, 1).originals[1].agreements == 1


async def test_every_voice_is_counted_once(alike: Room) -> None:
    with reading(alike.house.engine) as db:
        live_session = session_by_id(db, alike.session_id)
        assert live_session is not None
        tally = tally_of(db, live_session)
        sizes = {row.letter: row.size for row in standing_themes(db, alike.session_id)}
    assert (tally.all, tally.unsorted, sizes) == (4, 1, {"A": 3, "B": 0})
    await alike.do(alike.organiser, "place", contributions=[1], theme="lone")
    with reading(alike.house.engine) as db:
        tally = tally_of(db, live_session)
    assert (tally.all, tally.unsorted, tally.lone, tally.parked) == (4, 1, 3, 0)
    await alike.do(alike.organiser, "place", contributions=[1], theme="unsorted")
    with reading(alike.house.engine) as db:
        assert tally_of(db, live_session).unsorted == 4


async def test_a_card_takes_along_what_it_stood_for(alike: Room) -> None:
    await alike.do(alike.organiser, "merge", contributions=[1], into=4)
    assert standing(alike) == {4: [1, 2, 3]}


async def test_what_comes_apart_stands_where_it_stood_together(alike: Room) -> None:
    await alike.do(alike.organiser, "place", contributions=[1], theme="B", **{"from": "A"})
    await alike.do(alike.organiser, "unmerge", number=3)
    assert (standing(alike), places(alike, 3)) == ({1: [2], 3: [], 4: []}, ["B"])
    await alike.do(alike.organiser, "unmerge", number=1)
    assert (standing(alike), places(alike, 2)) == ({1: [], 2: [], 3: [], 4: []}, ["B"])


@pytest.mark.parametrize("how", ["hide", "withdraw"])
async def test_when_the_card_that_stands_for_others_goes_the_next_one_does(room: Room, how: str) -> None:
    author = room.participant()
    for _nth in range(3):
        await room.post(author)
    await room.do(room.organiser, "place", contributions=[1], theme="A")
    await room.do(room.organiser, "merge", contributions=[2, 3], into=1)
    if how == "hide":
        await room.do(room.organiser, "hide", contributions=[1])
    else:
        await room.do(author, "withdraw", number=1)
    assert (standing(room), places(room, 2)) == ({2: [3]}, ["A"])


async def test_a_card_that_comes_back_is_one_of_its_group(alike: Room) -> None:
    await alike.do(alike.organiser, "hide", contributions=[1])
    await alike.do(alike.organiser, "restore", contributions=[1])
    assert standing(alike) == {2: [1, 3], 4: []}


async def test_undoing_lets_the_first_one_stand_for_them_again(alike: Room) -> None:
    await alike.do(alike.organiser, "hide", contributions=[1])
    await alike.do(alike.organiser, "undo")
    assert (standing(alike), places(alike, 1)) == ({1: [2, 3], 4: []}, ["A"])
    await alike.do(alike.organiser, "undo")
    assert (standing(alike), places(alike, 3)) == ({1: [], 2: [], 3: [], 4: []}, ["B"])


async def test_one_of_a_hidden_group_that_may_be_seen_stands_for_it(alike: Room) -> None:
    await alike.do(alike.organiser, "hide", contributions=[1, 2, 3])
    assert standing(alike) == {4: []}
    await alike.do(alike.organiser, "restore", contributions=[2])
    assert (standing(alike), places(alike, 2)) == ({2: [], 4: []}, ["A"])


async def test_undo_leaves_alone_what_somebody_else_merged_since(alike: Room) -> None:
    other = await alike.invite(Role.FACILITATOR)
    await alike.do(alike.organiser, "place", contributions=[4], theme="A")
    await alike.do(alike.organiser, "undo")
    await alike.do(other, "merge", contributions=[4], into=1)
    refused = await alike.act(alike.organiser, "redo")
    assert refused.reason == "Changed by someone else; not undone."
    await alike.do(other, "unmerge", number=1)
    await alike.do(alike.organiser, "merge", contributions=[1], into=2)
    await alike.do(other, "merge", contributions=[2], into=4)
    refused = await alike.act(alike.organiser, "undo")
    assert refused.reason == "Changed by someone else; not undone."


async def test_undo_does_not_hide_what_somebody_merged_since(room: Room) -> None:
    for _nth in range(2):
        await room.post()
    other = await room.invite(Role.FACILITATOR)
    await room.do(other, "hide", contributions=[1])
    await room.do(room.organiser, "restore", contributions=[1])
    await room.do(other, "merge", contributions=[2], into=1)
    await room.do(room.organiser, "undo")
    assert standing(room) == {2: []}


REFUSED = [
    ("merge", {"contributions": [4], "into": 2}, "Card 2 is part of card 1."),
    ("merge", {"contributions": [1], "into": 1}, "Please pick at least two cards."),
    ("merge", {"contributions": [4], "into": 9}, "There is no card 9."),
    ("unmerge", {"number": 4}, "Card 4 is not merged."),
    ("place", {"contributions": [3], "theme": "A"}, "Card 3 is part of card 1."),
    ("unplace", {"contributions": [3], "theme": "A"}, "Card 3 is part of card 1."),
]


@pytest.mark.parametrize(("action", "fields", "reason"), REFUSED)
async def test_what_cannot_be_is_refused_by_name(
    alike: Room, action: str, fields: dict[str, object], reason: str
) -> None:
    assert (await alike.act(alike.organiser, action, **fields)).reason == reason


async def test_what_is_not_seen_is_not_merged(alike: Room) -> None:
    await alike.do(alike.organiser, "hide", contributions=[4])
    for fields in ({"contributions": [4], "into": 1}, {"contributions": [1], "into": 4}):
        refused = await alike.act(alike.organiser, "merge", **fields)
        assert refused.reason == "Card 4 is not on the board."


def look(room: Room, screen: Screen, who: Pass) -> str:
    with reading(room.house.engine) as db:
        return json.dumps(Viewer(screen, who).fresh(db).seen)


async def test_screens_show_it_once_with_the_others_one_tap_away(alike: Room) -> None:
    for screen in (Screen.PHONE, Screen.BOARD, Screen.PROJECTOR):
        seen = look(alike, screen, alike.organiser if screen is Screen.BOARD else alike.participant())
        assert seen.count("Said 3 times") == 1
        assert re.search(r"details class='others'.*Voice 2.*Voice 3", seen)
        assert "-3'" not in seen


async def test_authors_see_what_theirs_was_merged_with(room: Room) -> None:
    author = room.participant()
    await room.post()
    await room.post(author)
    await room.do(room.organiser, "merge", contributions=[2], into=1)
    assert "On the screen, merged with 1" in look(room, Screen.PHONE, author)


def summary(room: Room, as_format: str, *, restricted: bool = False) -> str:
    with reading(room.house.engine) as db:
        live_session = session_by_id(db, room.session_id)
        assert live_session is not None
        return text_of(
            as_format, WRITERS[as_format].write(build(db, live_session, NOW, is_restricted=restricted))
        )


async def test_the_summary_lists_and_counts_all_of_them(alike: Room) -> None:
    said = json.loads(summary(alike, "json"))
    theme = said["themes"][0]
    [voice] = theme["voices"]
    assert (voice["number"], [one["number"] for one in voice["originals"]]) == (1, [2, 3])
    assert (said["count"], said["authors"], said["merged"]) == (4, 4, 2)
    for as_format in ("html", "md"):
        written = summary(alike, as_format)
        assert all(f"Voice {nth}" in written for nth in range(1, 5))
        assert "Said 3 times" in written
    rows = list(csv.DictReader(io.StringIO(summary(alike, "csv").removeprefix("\ufeff"))))
    assert [(row["number"], row["places"], row["merged into"]) for row in rows] == [
        ("1", "A", ""),
        ("2", "A", "1"),
        ("3", "A", "1"),
        ("4", "", ""),
    ]


async def test_words_not_to_be_quoted_are_counted_with_those_that_say_the_same(room: Room) -> None:
    await room.post(text="Between us", quote=False)
    await room.post(text="Openly")
    await room.do(room.organiser, "merge", contributions=[2], into=1)
    said = json.loads(summary(room, "json"))["unsorted"]
    assert ([voice["text"] for voice in said["voices"]], said["unquoted"]) == (["Openly"], 1)
    assert "Between us" in summary(room, "json", restricted=True)


async def test_programs_are_told(alike: Room) -> None:
    with reading(alike.house.engine) as db:
        program = Viewer(Screen.JSON, alike.participant()).fresh(db)
    assert isinstance(program, Program)
    three = program.contributions[3]
    assert (three["status"], three["merged_into"], three["places"]) == ("merged", 1, [])
    assert program.themes["A"]["contributions"] == [1]
