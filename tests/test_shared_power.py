"""Authors say what they did not mean, people propose names, and everyone may sort."""

import json

import httpx2
import pytest

from app.database import reading
from app.models import Role, contributions
from app.queries.cards import Card, cards_where
from app.queries.sessions import session_by_id
from app.queries.themes import all_themes, proposed_names
from app.roles import Pass
from app.screens import Screen
from app.summaries import WRITERS, build
from tests.conftest import NOW, Room, Server
from tests.files import text_of
from tests.screens import Program, Viewer, assert_same

pytestmark = pytest.mark.anyio


def card(room: Room, number: int) -> Card:
    with reading(room.house.engine) as db:
        [found] = cards_where(db, room.session_id, contributions.c.number == number)
    return found


def look(room: Room, screen: Screen, who: Pass) -> str:
    with reading(room.house.engine) as db:
        return json.dumps(Viewer(screen, who).fresh(db).seen)


def summary(room: Room, as_format: str, *, restricted: bool = False) -> str:
    with reading(room.house.engine) as db:
        live_session = session_by_id(db, room.session_id)
        assert live_session is not None
        return text_of(
            as_format, WRITERS[as_format].write(build(db, live_session, NOW, is_restricted=restricted))
        )


# "That isn't what I meant"


@pytest.fixture
async def disputed(room: Room) -> tuple[Room, Pass]:
    """Card 1 stands in A, where its author does not want it."""
    author = room.participant()
    await room.post(author)
    await room.do(room.organiser, "place", contributions=[1], theme="A")
    await room.do(author, "contest", number=1, theme="A", text="Not about money")
    return room, author


async def test_an_objection_shows_on_the_board_and_to_its_author_only(disputed: tuple[Room, Pass]) -> None:
    room, author = disputed
    assert "Its author disagrees" in look(room, Screen.BOARD, room.organiser)
    assert "Not what you meant: A." in look(room, Screen.PHONE, author)
    for screen in (Screen.PHONE, Screen.PROJECTOR, Screen.JSON):
        seen = look(room, screen, room.participant())
        assert "disagree" not in seen
        assert "contest" not in seen
    assert "Not about money" not in look(room, Screen.BOARD, room.organiser)
    with reading(room.house.engine) as db:
        program = Viewer(Screen.JSON, room.organiser).fresh(db)
    assert isinstance(program, Program)
    said = {"theme": "A", "text": "Not about money", "answered": False}
    assert program.contributions[1]["contests"] == [said]


async def test_moving_the_card_settles_it_and_moving_it_back_does_not(disputed: tuple[Room, Pass]) -> None:
    room, _author = disputed
    await room.do(room.organiser, "place", contributions=[1], theme="B", **{"from": "A"})
    assert not card(room, 1).is_contested
    assert "disagree" not in summary(room, "html")
    await room.do(room.organiser, "undo")
    assert card(room, 1).is_contested


async def test_keeping_it_is_recorded_for_the_summary(disputed: tuple[Room, Pass]) -> None:
    room, author = disputed
    await room.do(room.organiser, "answer_contest", number=1, theme="A", text="It is paid work")
    assert not card(room, 1).is_contested
    assert "It is paid work" in look(room, Screen.PHONE, author)
    for as_format in ("html", "md", "json"):
        written = summary(room, as_format)
        assert "Not about money" in written
        assert "disagrees" in written or '"disagreements": [' in written
    await room.do(room.organiser, "undo")
    assert card(room, 1).is_contested


async def test_words_that_nobody_has_read_are_in_the_restricted_summary_only(
    disputed: tuple[Room, Pass],
) -> None:
    room, _author = disputed
    for as_format in ("html", "md", "json"):
        assert "Not about money" not in summary(room, as_format)
        assert "Not about money" in summary(room, as_format, restricted=True)


async def test_an_author_objects_to_where_their_merged_card_stands(room: Room) -> None:
    author = room.participant()
    await room.post()
    await room.post(author)
    await room.do(room.organiser, "merge", contributions=[2], into=1)
    await room.do(room.organiser, "place", contributions=[1], theme="A")
    await room.do(author, "contest", number=2, theme="A")
    assert card(room, 1).is_contested
    await room.do(room.organiser, "place", contributions=[1], theme="B", **{"from": "A"})
    assert not card(room, 1).is_contested


async def test_one_objects_only_to_where_a_card_is(disputed: tuple[Room, Pass]) -> None:
    room, author = disputed
    refused = await room.act(author, "contest", number=1, theme="B")
    assert refused.reason == "Card 1 is not in this place."
    refused = await room.act(room.organiser, "answer_contest", number=1, theme="B")
    assert refused.reason == "Nobody objects to this place."


# Names


def names(room: Room) -> dict[str, list[str]]:
    with reading(room.house.engine) as db:
        waiting = proposed_names(db, room.session_id)
    return {letter: [one.name for one in found] for letter, found in waiting.items()}


def name_of(room: Room, letter: str) -> str:
    with reading(room.house.engine) as db:
        return {row.letter: row.name for row in all_themes(db, room.session_id)}[letter]


async def test_each_proposes_one_name_for_a_theme_and_may_change_it(room: Room) -> None:
    one, other = room.participant(), room.participant()
    await room.do(one, "propose_name", theme="A", name="Money")
    await room.do(other, "propose_name", theme="a ", name="Wages")
    await room.do(one, "propose_name", theme="A", name="Fair pay")
    await room.do(one, "propose_name", theme="B", name="Who decides")
    assert names(room) == {"A": ["Fair pay", "Wages"], "B": ["Who decides"]}
    board = look(room, Screen.BOARD, room.organiser)
    assert "2 names proposed" in board
    assert "Wages" not in board + look(room, Screen.PHONE, one)
    assert "Wages" in look(room, Screen.PHONE, other)


async def test_a_name_is_taken_or_left_and_that_can_be_undone(room: Room) -> None:
    who = room.participant()
    await room.do(who, "propose_name", theme="A", name="Fair pay")
    await room.do(room.organiser, "accept_name", proposal=1)
    assert (name_of(room, "A"), names(room)) == ("Fair pay", {})
    refused = await room.act(room.organiser, "decline_name", proposal=1)
    assert refused.reason == "This name was answered already."
    await room.do(room.participant(), "propose_name", theme="A", name="Wages")
    await room.do(room.organiser, "undo")
    assert (name_of(room, "A"), names(room)) == ("Pay", {"A": ["Fair pay", "Wages"]})
    await room.do(room.organiser, "decline_name", proposal=2)
    assert names(room) == {"A": ["Fair pay"]}
    await room.do(who, "propose_name", theme="A", name="Paid on time")
    assert names(room) == {"A": ["Paid on time"]}


# Everyone may sort


@pytest.fixture
async def open_wall(house: object) -> Room:
    room = await Room.open(house, all_sort=True, themes=["Pay"])  # type: ignore[arg-type]
    await room.post()
    return room


async def test_where_everyone_may_sort_they_do(open_wall: Room) -> None:
    room, who = open_wall, open_wall.participant()
    await room.do(who, "create_theme", name="New")
    await room.do(who, "place", contributions=[1], theme="B")
    assert card(room, 1).at == ["B"]
    await room.do(who, "unplace", contributions=[1], theme="B")
    await room.do(who, "undo")
    assert card(room, 1).at == ["B"]
    await room.do(who, "redo")
    assert (await room.act(room.participant(), "undo")).reason == "There is nothing of yours to undo."
    for action, fields in (("hide", {"contributions": [1]}), ("remove_theme", {"theme": "B"})):
        assert (await room.act(who, action, **fields)).reason == "You may not do this here."


async def test_their_board_has_what_they_may_do_and_nothing_more(open_wall: Room) -> None:
    room, author = open_wall, open_wall.participant()
    number = await room.post(author)
    for theme in ("A", "unsorted", "A", "unsorted", "A"):
        await room.do(room.organiser, "place", contributions=[number], theme=theme)
    await room.do(author, "contest", number=number, theme="A", text="Not about money")
    await room.do(author, "propose_name", theme="A", name="Fair pay")
    wall = look(room, Screen.WALL, room.participant())
    assert "Pay" in wall
    for private in ("disagree", "Moved to and fro", "proposed", "sheeted", "/queue", "/summary", "blanking"):
        assert private in look(room, Screen.BOARD, room.organiser)
        assert private not in wall


async def test_a_proposer_is_told_what_became_of_the_name(room: Room) -> None:
    who, other = room.participant(), room.participant()
    await room.do(who, "propose_name", theme="A", name="Fair pay")
    viewers = [Viewer(Screen.PHONE, who), Viewer(Screen.PHONE, other)]
    with reading(room.house.engine) as db:
        mine, theirs = (viewer.fresh(db) for viewer in viewers)
    for action, said in (("accept_name", "They took your name"), ("undo", "Facilitators will answer")):
        await room.do(room.organiser, action, **({"proposal": 1} if action != "undo" else {}))
        with reading(room.house.engine) as db:
            mine.take(*viewers[0].frame(db, mine.cursor))
            theirs.take(*viewers[1].frame(db, theirs.cursor))
            assert_same(db, viewers[0], mine)
        assert said in json.dumps(mine.seen)
        assert said not in json.dumps(theirs.seen)
    await room.do(room.organiser, "decline_name", proposal=1)
    assert "They left your name" in look(room, Screen.PHONE, who)


async def test_an_objection_is_taken_back_before_and_after_it_was_answered(
    disputed: tuple[Room, Pass],
) -> None:
    room, author = disputed
    await room.do(author, "uncontest", number=1, theme="A")
    assert not card(room, 1).is_contested
    assert (
        await room.act(author, "uncontest", number=1, theme="A")
    ).reason == "Nobody objects to this place."
    await room.do(author, "contest", number=1, theme="A")
    await room.do(room.organiser, "answer_contest", number=1, theme="A", text="It is paid work")
    await room.do(author, "uncontest", number=1, theme="A")
    assert "It is paid work" not in summary(room, "html")
    refused = await room.act(room.organiser, "undo")
    assert refused.reason == "Changed by someone else; not undone."


async def test_they_place_what_they_see_while_the_session_is_open(open_wall: Room) -> None:
    room, who = open_wall, open_wall.participant()
    await room.do(room.organiser, "hide", contributions=[1])
    assert (await room.act(who, "place", contributions=[1], theme="A")).reason == "There is no card 1."
    await room.do(room.organiser, "close_session")
    assert (await room.act(who, "create_theme")).reason == "The session is closed."
    await room.do(room.organiser, "place", contributions=[1], theme="A")


async def test_an_organiser_may_let_everyone_sort_later(room: Room) -> None:
    who = room.participant()
    assert (await room.act(who, "create_theme")).reason == "You may not do this here."
    helper = await room.invite(Role.FACILITATOR)
    refused = await room.act(helper, "change_session", all_sort=True)
    assert refused.reason == "You may not do this here."
    await room.do(room.organiser, "change_session", all_sort=True)
    await room.do(who, "create_theme")
    await room.do(room.organiser, "change_session", all_sort=False)
    assert (await room.act(who, "create_theme")).reason == "You may not do this here."


def test_without_scripts_the_phone_does_all_of_it(shared_server: Server) -> None:
    made = shared_server.new(themes=["Pay"], all_sort=True)
    phone = f"/s/{made['code']}"
    with httpx2.Client(base_url=shared_server.url, headers={"Origin": shared_server.url}) as client:
        client.get(phone)
        forms = [
            {"text": "Who pays?"},
            {"action": "place", "contributions": "1", "theme": "a"},
            {"action": "contest", "number": "1", "theme": "A", "text": ""},
            {"action": "propose_name", "theme": "a", "name": "Fair pay"},
        ]
        for form in forms:
            assert client.post(phone, data=form).status_code == 303, form
        page = client.get(phone).text
    assert "Not what you meant: A." in page
    assert "Put a card in a theme" in page
