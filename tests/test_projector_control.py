"""Facilitators say what the big screen shows, and can blank it at once."""

import re
from typing import Any

import pytest

from app import screens
from app.database import reading
from app.forms.reading import Refused
from app.queries.sessions import session_by_code
from app.screens import Audience, Screen, pages
from tests.conftest import Room

pytestmark = [pytest.mark.anyio, pytest.mark.every_database]


def frame(room: Room, screen: Screen) -> str:
    with reading(room.house.engine) as db:
        live_session = session_by_code(db, room.code)
        assert live_session is not None
        return screens.update(db, live_session, Audience(screen), live_session.head - 1).frame or ""


async def test_blanking_reaches_projector_and_board_in_one_frame(room: Room) -> None:
    await room.do(room.organiser, "blank")
    assert 'data-blank=\\"1\\"' in frame(room, Screen.PROJECTOR)
    assert 'value=\\"unblank\\"' in frame(room, Screen.BOARD)


async def test_a_theme_and_page_are_brought_to_the_screen(room: Room) -> None:
    await room.do(room.organiser, "show", theme="B", page=2)
    assert 'data-place=\\"B\\" data-page=\\"2\\"' in frame(room, Screen.PROJECTOR)


async def test_a_theme_that_is_not_there_is_refused(room: Room) -> None:
    refused = await room.act(room.organiser, "show", theme="Q")
    assert refused.reason == "There is no theme Q."


async def test_a_question_is_marked_as_answered_and_back(room: Room) -> None:
    number = await room.post()
    await room.do(room.organiser, "mark_answered", number=number, text="From October.")
    assert "Answered" in frame(room, Screen.BOARD)
    await room.do(room.organiser, "undo")
    assert "Answered" not in frame(room, Screen.BOARD)


# What gathers before it


def wall(room: Room) -> list[str]:
    """What waits to be sorted, on the big screen."""
    with reading(room.house.engine) as db:
        live_session = session_by_code(db, room.code)
        assert live_session is not None
        page = pages.projector(db, live_session, "en", "sheaf.example", "")
    return re.findall(r'id="unsorted-(\d+)"', page) + re.findall(r"(\d+ new)<", page)


async def test_cards_come_in_while_it_shows_how_to_join_and_gather_while_it_shows_cards(room: Room) -> None:
    await room.post()
    assert wall(room) == ["1"]
    await room.do(room.organiser, "show", theme="unsorted")
    await room.post()
    await room.post()
    assert wall(room) == ["1", "2 new"]
    assert "Let 2 new cards in" in frame(room, Screen.BOARD)
    assert "unsorted-3" not in frame(room, Screen.PROJECTOR)
    await room.do(room.organiser, "show", theme="unsorted", page=2)
    assert wall(room) == ["1", "2 new"]
    await room.do(room.organiser, "show")
    assert wall(room) == ["1", "2", "3"]
    assert "unsorted-2" in frame(room, Screen.PROJECTOR)


async def test_facilitators_let_in_what_they_counted_and_no_more(room: Room) -> None:
    await room.do(room.organiser, "show", theme="unsorted")
    seen = [(await room.do(room.participant(), "post", text="Who pays?")).seq for _ in range(3)]
    await room.do(room.organiser, "let_in", upto=seen[1])
    assert wall(room) == ["1", "2", "1 new"]
    await room.do(room.organiser, "let_in")
    assert wall(room) == ["1", "2", "3"]
    await room.do(room.organiser, "let_in", upto=1)
    assert wall(room) == ["1", "2", "3"]


async def theme_on_screen(room: Room) -> None:
    """Cards 1, 2 and 3 stand in A, which the big screen shows; 4 waits to be sorted."""
    for _ in range(4):
        await room.post()
    await room.do(room.organiser, "place", contributions=[1, 2, 3], theme="A")
    await room.do(room.organiser, "show", theme="A")
    assert theme(room) == ["1", "2", "3", "3 voices", ""]


def theme(room: Room) -> list[str]:
    """What the big screen has in theme A, how many voices it says there are, and what gathers."""
    with reading(room.house.engine) as db:
        live_session = session_by_code(db, room.code)
        assert live_session is not None
        page = pages.projector(db, live_session, "en", "sheaf.example", "")
    numbers = re.findall(r'id="A-(\d+)"', page)
    size = re.findall(r'id="headA".*?(\d+ voices?)<', page, re.DOTALL)
    return numbers + size + re.findall(r'id="gathered">(.*?)</p>', page)


MOVES: list[tuple[str, dict[str, Any]]] = [
    ("place", {"contributions": [4], "theme": "A"}),
    ("place", {"contributions": [2], "theme": "B", "from": "A"}),
    ("place", {"contributions": [3], "theme": "A", "from": "A", "before": 1}),
    ("unplace", {"contributions": [1], "theme": "A"}),
    ("merge", {"contributions": [2], "into": 1}),
    ("merge", {"contributions": [4], "into": 1}),
]


@pytest.mark.parametrize(("action", "fields"), MOVES)
async def test_what_is_read_stands_still_until_changes_are_let_in(
    room: Room, action: str, fields: dict[str, Any]
) -> None:
    await theme_on_screen(room)
    await room.do(room.organiser, action, **fields)
    assert theme(room) == ["1", "2", "3", "3 voices", "1 change"]
    assert "Let in: 1 change" in frame(room, Screen.BOARD)
    await room.do(room.organiser, "undo")
    assert theme(room) == ["1", "2", "3", "3 voices", ""]
    await room.do(room.organiser, "redo")
    await room.do(room.organiser, "let_in")
    assert theme(room) != ["1", "2", "3", "3 voices", ""]
    assert theme(room)[-1] == ""


async def test_a_theme_that_is_taken_away_while_it_is_read_stays_until_then(room: Room) -> None:
    await theme_on_screen(room)
    await room.do(room.organiser, "merge_themes", theme="A", into="B")
    assert theme(room) == ["1", "2", "3", "3 voices", "3 changes"]
    await room.do(room.organiser, "show", theme="B")
    assert theme(room) == [""]


async def test_what_may_not_be_shown_goes_at_once_wherever_it_stands_by_now(room: Room) -> None:
    await theme_on_screen(room)
    await room.do(room.organiser, "merge", contributions=[2], into=4)
    await room.do(room.organiser, "place", contributions=[3], theme="B", **{"from": "A"})
    await room.do(room.organiser, "hide", contributions=[2, 3])
    assert theme(room) == ["1", "1 voice", ""]
    await room.do(room.organiser, "undo")
    assert theme(room) == ["1", "2", "3", "3 voices", "2 changes"]


async def test_new_cards_and_changes_are_counted_apart_and_once(room: Room) -> None:
    await theme_on_screen(room)
    number = await room.post()
    await room.do(room.organiser, "place", contributions=[number, 4], theme="A")
    assert theme(room) == ["1", "2", "3", "3 voices", "1 new, 1 change"]
    assert "Let in: 1 new, 1 change" in frame(room, Screen.BOARD)
    await room.do(room.organiser, "place", contributions=[1], theme="B", **{"from": "A"})
    await room.do(room.organiser, "place", contributions=[1], theme="parked")
    assert theme(room) == ["1", "2", "3", "3 voices", "1 new, 2 changes"]


async def test_a_name_an_answer_and_an_authors_own_words_are_read_at_once(room: Room) -> None:
    author = room.participant()
    await room.do(author, "post", text="As it was.")
    await room.do(room.organiser, "place", contributions=[1], theme="A")
    await room.do(room.organiser, "show", theme="A")
    await room.do(author, "edit", number=1, text="In other words.")
    await room.do(room.organiser, "rename_theme", theme="A", name="Fair pay")
    await room.do(room.organiser, "mark_answered", number=1, text="From October.")
    assert theme(room)[-1] == ""
    with reading(room.house.engine) as db:
        live_session = session_by_code(db, room.code)
        assert live_session is not None
        page = pages.projector(db, live_session, "en", "sheaf.example", "")
    for said in ("In other words.", "Fair pay", "From October."):
        assert said in page


async def test_a_setting_lets_every_card_in_at_once(room: Room) -> None:
    await room.do(room.organiser, "show", theme="unsorted")
    await room.post()
    await room.do(room.organiser, "let_in", at_once=True)
    await room.post()
    await room.do(room.organiser, "place", contributions=[2], theme="A")
    assert wall(room) == ["1"]
    await room.do(room.organiser, "undo")
    assert wall(room) == ["1", "2"]
    await room.do(room.organiser, "show", theme="A")
    await room.post()
    assert wall(room) == ["1", "2", "3"]
    await room.do(room.organiser, "let_in", at_once=False)
    await room.post()
    assert wall(room) == ["1", "2", "3", "1 new"]


async def test_what_is_held_does_not_gather_before_it_is_approved(room: Room) -> None:
    await room.do(room.organiser, "change_session", hold="all")
    await room.do(room.organiser, "show", theme="unsorted")
    await room.post()
    assert wall(room) == []
    await room.do(room.organiser, "approve", contributions=[1])
    assert wall(room) == ["1 new"]


async def test_merged_cards_gather_as_one(room: Room) -> None:
    await room.do(room.organiser, "show", theme="unsorted")
    for _ in range(3):
        await room.post()
    await room.do(room.organiser, "merge", contributions=[2, 3], into=1)
    assert wall(room) == ["1 new"]


async def test_a_screen_is_set_up_from_the_board(room: Room) -> None:
    await room.do(room.organiser, "arrange_screen", distance="far", ground="dark")
    await room.do(room.organiser, "arrange_screen", join_panel="beside", zone="right")
    said = frame(room, Screen.PROJECTOR)
    for value in ("far", "dark", "beside", "right"):
        assert f'=\\"{value}\\"' in said
    with pytest.raises(Refused):
        await room.act(room.organiser, "arrange_screen", zone="top")
