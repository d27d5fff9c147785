"""Facilitators say what the big screen shows, and can blank it at once."""

import pytest

from app import screens
from app.database import reading
from app.queries import session_by_code
from app.screens import Audience, Screen
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
