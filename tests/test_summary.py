"""Nothing is lost in the summary, and nothing is in it that was not allowed."""

import json
import re
from typing import Any

import pytest

from app.database import reading
from app.models import Hold
from app.queries.sessions import session_by_id
from app.summaries import WRITERS, build
from tests.conftest import NOW, Command, Room
from tests.files import text_of

pytestmark = [pytest.mark.anyio, pytest.mark.every_database]


def written(room: Room, as_format: str, *, restricted: bool = False) -> str:
    with reading(room.house.engine) as db:
        live_session = session_by_id(db, room.session_id)
        assert live_session is not None
        return text_of(
            as_format, WRITERS[as_format].write(build(db, live_session, NOW, is_restricted=restricted))
        )


def told(room: Room, *, restricted: bool = False) -> dict[str, Any]:
    return dict(json.loads(written(room, "json", restricted=restricted)))


@pytest.fixture
async def sorted_room(room: Room) -> Room:
    """Cards 1 and 2 in A, 2 also in B, 3 lone, 4 parked, 5 unsorted."""
    for nth in range(1, 6):
        await room.post(text=f"Voice number {nth}", kind="question" if nth == 1 else None)
    await room.do(room.organiser, "place", contributions=[2, 1], theme="A")
    await room.do(room.organiser, "place", contributions=[2], theme="B")
    await room.do(room.organiser, "place", contributions=[3], theme="lone")
    await room.do(room.organiser, "place", contributions=[4], theme="parked")
    return room


async def test_every_voice_stands_where_it_was_put(sorted_room: Room) -> None:
    said = told(sorted_room)
    sections = {
        one["place"]: one for one in [*said["themes"], said["lone"], said["unsorted"], said["parked"]]
    }
    assert {place: [v["number"] for v in one["voices"]] for place, one in sections.items()} == {
        "A": [2, 1],
        "B": [2],
        "lone": [3],
        "unsorted": [5],
        "parked": [4],
    }
    assert [one["name"] for one in said["themes"]] == ["Pay", "Power"]
    assert (said["count"], said["authors"], said["kinds"]["question"]) == (5, 5, 1)
    assert sections["B"]["voices"][0]["places"] == ["A", "B"]


async def test_the_page_has_every_voice_with_its_number(sorted_room: Room) -> None:
    page = written(sorted_room, "html")
    appendix = page.partition('id="appendix"')[2]
    for nth in range(1, 6):
        assert appendix.count(f">Voice number {nth}<") == (2 if nth == 2 else 1)
        assert f'<li value="{nth}">' in appendix
    assert re.findall(r"<section[^>]* id=\"all-(\w+)\"", page) == ["A", "B", "lone", "unsorted", "parked"]


async def test_it_has_ten_sections(room: Room) -> None:
    page = written(room, "html")
    assert re.findall(r'<section class="chapter" id="(\w+)"', page) == [
        *("short", "purpose", "people", "making", "themes"),
        *("outside", "questions", "worked", "next", "appendix"),
    ]


async def test_a_voice_that_must_not_be_quoted_is_counted(sorted_room: Room) -> None:
    number = await sorted_room.post(text="Between us", quote=False)
    await sorted_room.do(sorted_room.organiser, "place", contributions=[number], theme="A")
    for as_format in WRITERS:
        assert "Between us" not in written(sorted_room, as_format)
        assert "Between us" in written(sorted_room, as_format, restricted=True)
    said = told(sorted_room)
    assert (said["count"], said["themes"][0]["unquoted"]) == (6, 1)
    assert told(sorted_room, restricted=True)["themes"][0]["unquoted"] == 0


async def test_what_is_held_or_hidden_is_in_restricted_documents_only(house: Any) -> None:
    room = await Room.open(house, hold=Hold.ALL)
    me = room.participant()
    held, hidden, withdrawn = [await room.post(me, f"Planted {n}") for n in ("held", "hidden", "withdrawn")]
    await room.do(room.organiser, "hide", contributions=[hidden])
    await room.do(me, "withdraw", number=withdrawn)
    for as_format in WRITERS:
        assert "Planted" not in written(room, as_format)
        assert "Planted withdrawn" not in written(room, as_format, restricted=True)
    unseen = told(room, restricted=True)["unseen"]
    assert [(voice["number"], voice["status"]) for voice in unseen["voices"]] == [
        (held, "held"),
        (hidden, "hidden"),
    ]
    assert "unseen" not in told(room)
    assert told(room)["count"] == 0


async def test_a_removed_theme_is_not_in_it_and_its_voices_are(sorted_room: Room) -> None:
    await sorted_room.do(sorted_room.organiser, "remove_theme", theme="A")
    said = told(sorted_room)
    assert [one["place"] for one in said["themes"]] == ["B"]
    assert [voice["number"] for voice in said["unsorted"]["voices"]] == [1, 5]


async def test_an_empty_session_has_a_summary(room: Room) -> None:
    assert told(room)["count"] == 0
    assert "Pay" in written(room, "html")


# The command


async def test_the_exported_page_is_one_file_that_asks_for_nothing(sorted_room: Room) -> None:
    page = written(sorted_room, "html")
    assert "<style>" in page
    assert re.findall(r"<script[^>]*>", page) == ['<script type="module">']
    assert not re.search(r"<(link|img|iframe|object)\b|@import|url\((?!['\"]?(data:|#))", page)
    assert not re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"", page)


def test_export_writes_to_a_file_or_to_standard_output(command: Command, tmp_path: Any) -> None:
    made = json.loads(command("new", "What next?", "--theme", "Pay", "--json").out)
    command("import", made["code"], "-", given="Who pays?\nCò?\n".encode())
    shown = command("export", made["code"], "--format", "json")
    assert [v["text"] for v in json.loads(shown.out)["unsorted"]["voices"]] == ["Who pays?", "Cò?"]
    to_file = command("export", made["code"], "--format", "html", "--out", str(tmp_path / "summary.html"))
    assert (to_file.status, to_file.out) == (0, "")
    assert "Who pays?" in (tmp_path / "summary.html").read_text(encoding="utf-8")
    for name in ("restricted.html", "summary.html"):  # a new one, and in place of one that was for everybody
        command("export", made["code"], "--restricted", "--out", str(tmp_path / name))
        assert not (tmp_path / name).stat().st_mode & 0o077
    refused = command("export", made["code"], "--format", "parchment")
    assert (refused.status, len(refused.err.splitlines())) == (1, 1)
