"""Undo takes back one's own changes, and never somebody else's later work."""

import pytest

from app.database import reading
from app.models import Role
from app.queries.cards import cards_where
from app.queries.themes import all_themes
from tests.conftest import Room

pytestmark = [pytest.mark.anyio, pytest.mark.every_database]


def places(room: Room, number: int) -> list[str]:
    with reading(room.house.engine) as db:
        [card] = [one for one in cards_where(db, room.session_id) if one.number == number]
    return [place for place, _ in card.places]


def names(room: Room) -> dict[str, str]:
    with reading(room.house.engine) as db:
        return {row.letter: row.name for row in all_themes(db, room.session_id) if not row.is_removed}


async def test_a_moved_card_goes_back(room: Room) -> None:
    number = await room.post()
    await room.do(room.organiser, "place", contributions=[number], theme="A")
    await room.do(room.organiser, "place", contributions=[number], theme="B", **{"from": "A"})
    await room.do(room.organiser, "undo")
    assert places(room, number) == ["A"]
    await room.do(room.organiser, "undo")
    assert places(room, number) == []


async def test_a_removed_theme_comes_back_with_its_cards(room: Room) -> None:
    number = await room.post()
    await room.do(room.organiser, "place", contributions=[number], theme="A")
    await room.do(room.organiser, "remove_theme", theme="A")
    assert (places(room, number), names(room)) == ([], {"B": "Power"})
    await room.do(room.organiser, "undo")
    assert (places(room, number), names(room)) == (["A"], {"A": "Pay", "B": "Power"})


async def test_what_somebody_else_changed_later_stays(room: Room) -> None:
    number = await room.post()
    other = await room.invite(Role.FACILITATOR)
    await room.do(room.organiser, "place", contributions=[number], theme="A")
    await room.do(other, "place", contributions=[number], theme="B", **{"from": "A"})
    refused = await room.act(room.organiser, "undo")
    assert refused.reason == "Changed by someone else; not undone."
    assert places(room, number) == ["B"]


async def test_a_card_does_not_go_back_to_a_theme_that_somebody_removed(room: Room) -> None:
    number = await room.post()
    other = await room.invite(Role.FACILITATOR)
    await room.do(room.organiser, "place", contributions=[number], theme="A")
    await room.do(room.organiser, "place", contributions=[number], theme="B", **{"from": "A"})
    await room.do(other, "remove_theme", theme="A")
    refused = await room.act(room.organiser, "undo")
    assert refused.reason == "Changed by someone else; not undone."
    assert places(room, number) == ["B"]


async def test_a_new_theme_with_somebodys_cards_in_it_stays(room: Room) -> None:
    number = await room.post()
    other = await room.invite(Role.FACILITATOR)
    await room.do(room.organiser, "create_theme", name="New")
    await room.do(other, "place", contributions=[number], theme="C")
    refused = await room.act(room.organiser, "undo")
    assert refused.reason == "Changed by someone else; not undone."
    assert "C" in names(room)


async def test_agreeing_meanwhile_stops_no_undo(room: Room) -> None:
    number = await room.post()
    await room.do(room.organiser, "place", contributions=[number], theme="A")
    await room.do(room.participant(), "agree", number=number)
    await room.do(room.organiser, "undo")
    assert places(room, number) == []


async def test_one_s_own_later_change_is_undone_first(room: Room) -> None:
    number = await room.post()
    first = await room.do(room.organiser, "place", contributions=[number], theme="A")
    await room.do(room.organiser, "place", contributions=[number], theme="B")
    refused = await room.act(room.organiser, "undo", seq=first.seq)
    assert refused.reason == "Undo your later change first."


async def test_there_may_be_nothing_to_undo(room: Room) -> None:
    refused = await room.act(room.organiser, "undo")
    assert refused.reason == "There is nothing of yours to undo."


async def test_what_was_undone_is_done_after_all(room: Room) -> None:
    number = await room.post()
    await room.do(room.organiser, "place", contributions=[number], theme="A")
    await room.do(room.organiser, "rename_theme", theme="A", name="Fair pay")
    await room.do(room.organiser, "undo")
    await room.do(room.organiser, "undo")
    await room.do(room.organiser, "redo")
    assert (places(room, number), names(room)["A"]) == (["A"], "Pay")
    await room.do(room.organiser, "redo")
    assert names(room)["A"] == "Fair pay"
    await room.do(room.organiser, "undo")
    assert (places(room, number), names(room)["A"]) == (["A"], "Pay")


async def test_after_something_new_there_is_nothing_to_redo(room: Room) -> None:
    number = await room.post()
    await room.do(room.organiser, "place", contributions=[number], theme="A")
    await room.do(room.organiser, "undo")
    await room.do(room.organiser, "create_theme")
    refused = await room.act(room.organiser, "redo")
    assert refused.reason == "There is nothing of yours to redo."


async def test_what_somebody_else_did_since_is_not_redone_over(room: Room) -> None:
    number = await room.post()
    other = await room.invite(Role.FACILITATOR)
    await room.do(room.organiser, "place", contributions=[number], theme="A")
    await room.do(room.organiser, "undo")
    await room.do(other, "place", contributions=[number], theme="B")
    refused = await room.act(room.organiser, "redo")
    assert refused.reason == "Changed by someone else; not undone."
    assert places(room, number) == ["B"]
