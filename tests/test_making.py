"""What is played of the making of the themes ends as the summary stands, and tells no word too many."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from app.database import reading
from app.models import LONE, PARKED, UNSORTED
from app.queries.sessions import session_by_id
from app.summaries import Document, build
from app.summaries.chapters.trace import said
from tests.conftest import NOW, Room
from tests.summary_room import document, file, play
from tests.test_random_room import RandomRoom
from tests.test_restoring import again


def board_of(told: Document) -> dict[str, str]:
    """What the player shows at the end: each change in turn, and nothing but them."""
    shown: dict[str, str] = {}
    for moment in told.making.moments:
        for change in moment.changes:
            shown |= change
    return {subject: where for subject, where in shown.items() if where != "-"}


def summary_of(told: Document) -> dict[str, str]:
    """The same board, as the summary has it."""
    themes = {one.place: "=" if one.name else "+" for one in told.themes}
    places: dict[str, list[str]] = {}
    merged: dict[str, str] = {}
    for section in told.sections:
        for voice in section.voices:
            at = [] if section.place == UNSORTED else [section.place]
            places[str(voice.number)] = places.get(str(voice.number), []) + at
            merged |= {str(one.number): f">{voice.number}" for one in voice.originals}
    return themes | {number: " ".join(sorted(at)) for number, at in places.items()} | merged


class Played(RandomRoom):
    """A room in which anything may happen, until it is summed up."""

    catch_up = take_twice = take_an_old_frame = share_a_catch_up = load_earlier = None

    def teardown(self) -> None:
        with reading(self.desk.engine) as db:
            live_session = session_by_id(db, self.desk.session_id)
            assert live_session is not None
            whole = build(db, live_session, NOW, is_restricted=True)
            public = build(db, live_session, NOW)
        # Where no card came and nobody sorted, there is nothing to play.
        assert board_of(whole) == (summary_of(whole) if whole.making.moments else {})
        assert whole.making.moments or not whole.count
        assert board_of(public) == board_of(whole)
        assert [one.place for one in public.making.columns] == [one.place for one in whole.making.columns]


@pytest.mark.every_database
def test_the_last_moment_is_the_summary(engine: Engine) -> None:
    run_state_machine_as_test(
        type("Room", (Played,), {"engine": engine}),
        settings=settings(
            max_examples=30 if engine.name == "sqlite" else 5,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            phases=[one for one in Phase if one is not Phase.shrink],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def told(document: Document) -> list[tuple[str, list[dict[str, str]]]]:
    """What was done, in sentences, and what was seen."""
    return [(str(said(one.action, one.places)), one.changes) for one in document.making.moments]


@pytest.mark.anyio
async def test_cards_themes_and_merges_are_played_as_they_were_made(room: Room) -> None:
    desk = room.organiser
    for _nth in range(3):
        await room.post()
    await room.do(desk, "place", contributions=[1, 2], theme="A")
    await room.do(desk, "merge", contributions=[1, 2], into=1)
    await room.do(desk, "create_theme", name="Zebras")
    await room.do(desk, "undo")
    await room.do(desk, "place", contributions=[3], theme=LONE)
    assert told(document(room, is_restricted=True)) == [
        ("The session began", [{"A": "=", "B": "="}]),
        ("Came in", [{"1": ""}, {"2": ""}, {"3": ""}]),
        ("Put in A", [{"1": "A", "2": "A"}]),
        ("Merged, as they say the same", [{"2": ">1"}]),
        ("Theme C opened", [{"C": "+"}]),
        ("Something undone", [{"C": "-"}]),
        ("Put among the lone voices", [{"3": "lone"}]),
    ]
    assert "Zebras" not in file(room, "html", is_restricted=True).decode()


@pytest.mark.anyio
async def test_a_theme_goes_by_its_letter_until_it_got_the_name_it_has(room: Room) -> None:
    await room.post()
    for name in ("Pay and more", "Fair pay"):
        await room.do(room.organiser, "rename_theme", theme="A", name=name)
    whole = document(room, is_restricted=True)
    assert told(whole)[0] == ("The session began", [{"A": "+", "B": "="}])
    assert told(whole)[-1] == ("Theme A named", [{"A": "="}])
    written = file(room, "html", is_restricted=True).decode()
    assert "Fair pay" in written
    assert "Pay and more" not in written


@pytest.mark.anyio
async def test_what_is_not_on_the_board_now_was_never_on_it(room: Room) -> None:
    """Nor does it show that somebody took a card back that stood for others."""
    author, desk = room.participant(), room.organiser
    for who in (author, author, None, None):
        await room.post(who)
    await room.do(desk, "merge", contributions=[1, 3, 4], into=1)
    await room.do(desk, "place", contributions=[1], theme="A")
    await room.do(desk, "place", contributions=[2], theme=PARKED)
    await room.do(author, "withdraw", number=1)
    await room.do(desk, "hide", contributions=[2])
    for is_restricted in (False, True):
        played = document(room, is_restricted=is_restricted)
        seen = {subject for one in played.making.moments for change in one.changes for subject in change}
        assert seen == {"A", "B", "3", "4"}
        assert board_of(played) == {"A": "=", "B": "=", "3": "A", "4": ">3"}
        assert told(played)[-1][1] == [{"3": "A"}]


@pytest.mark.anyio
async def test_public_documents_tell_nothing_of_who_spoke_when(room: Room) -> None:
    """A card came in the stretch of the timeline that holds it; what its author did is no step."""
    author = room.participant()
    number = await room.post(author, "Only amongst us", quote=False)
    await room.do(room.organiser, "place", contributions=[number], theme="A")
    await room.do(author, "edit", number=number, text="Only amongst you and us")
    public = document(room)
    assert {one.action for one in public.making.moments} == {"began", "came", "place"}
    came = next(one for one in public.making.moments if one.action == "came")
    assert came.at == public.timeline[0][0]
    assert "amongst" not in file(room, "html").decode()


@pytest.mark.anyio
async def test_a_session_made_again_plays_to_the_same_end(room: Room) -> None:
    before = document(await play(room), is_restricted=True)
    code, *_rest = await again(room, file(room, "json", is_restricted=True))
    assert board_of(document(room, is_restricted=True, code=code)) == board_of(before)


@pytest.mark.anyio
async def test_the_file_lets_its_own_script_run_and_asks_nobody_for_anything(room: Room) -> None:
    written = file(await play(room), "html").decode()
    scripts: list[Any] = re.findall(r"<script[^>]*>", written)
    assert scripts == ['<script type="module">']
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', written)
    assert policy
    assert policy[1].startswith("default-src &#39;none&#39;")
    assert not re.search(r"(?:src|href)=[\"'](?!#|data:)", written)
