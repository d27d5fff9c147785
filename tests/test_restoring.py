"""A restricted JSON makes the session again, and what comes out of that is equal."""

import json
from typing import Any

import pytest
from sqlalchemy import select, update

from app import restoring
from app.database import reading, writing
from app.forms.reading import Refused
from app.models import sessions
from app.passes import spoken_code
from app.roles import Pass
from app.screens import Screen
from app.soundness import faults
from app.summaries.json import read_json
from tests.conftest import Command, Room
from tests.screens import Viewer
from tests.summary_room import file, play

pytestmark = [pytest.mark.anyio, pytest.mark.every_database]


async def again(room: Room, content: bytes) -> tuple[str, Pass, str]:
    told = read_json(content)
    return await room.house.writer.do(lambda db, now: restoring.start(db, now, told))


def told(content: bytes) -> dict[str, Any]:
    said = dict(json.loads(content))
    return {name: value for name, value in said.items() if name not in ("code", "made_at")}


async def test_what_comes_out_again_is_equal(room: Room) -> None:
    before = file(await play(room), "json", is_restricted=True)
    code, _organiser, _secret = await again(room, before)
    after = file(room, "json", is_restricted=True, code=code)
    assert told(after) == told(before)
    assert told(file(room, "json", code=code)) == told(file(room, "json"))
    with reading(room.house.engine) as db:
        assert list(faults(db)) == []


EVERYTHING: dict[str, Any] = {
    "title": "Next?",
    "purpose": "To plan",
    "runs_it": "The network",
    "notice": "We keep\nthis",
    "concerns_to": "Mairi, by the door",
    "language": "gd",
    "second_language": "ar",
    "hold": "flagged",
    "asks_names": True,
    "all_sort": True,
    "suggests": False,
    "longest": 700,
    "is_open": False,
    "opens_at": 2_000_000_000_000,
    "closes_at": 2_000_000_100_000,
    "kept_until": 2_000_000_200_000,
    "gathers": False,
    "distance": "far",
    "ground": "dark",
    "join_panel": "beside",
    "zone": "left",
}
"""Every setting of a session, none of them as it is unless somebody says so."""

COUNTED = {"created_at", "last_number", "last_letter", "last_prompt", "last_vote", "head"}
OWN = {"id", "code", "mark", "anew_at", "touched", "is_published"}
PASSING = {"is_blank", "shown", "shown_page", "shown_upto"}
"""What is on the big screen just now."""


async def test_every_setting_comes_back(room: Room) -> None:
    await play(room)
    with writing(room.house.engine) as db:
        db.execute(update(sessions).where(sessions.c.id == room.session_id).values(EVERYTHING))
        usual = db.execute(select(sessions).where(sessions.c.id == room.session_id)).one()
    assert {*sessions.c.keys()} == {*EVERYTHING} | COUNTED | OWN | PASSING
    before = file(room, "json", is_restricted=True)
    code, organiser, _secret = await again(room, before)
    assert told(file(room, "json", is_restricted=True, code=code)) == told(before)
    with reading(room.house.engine) as db:
        made = db.execute(select(sessions).where(sessions.c.id == organiser.session_id)).one()
    same = {*EVERYTHING} | COUNTED
    assert {name: getattr(made, name) for name in same} == {name: getattr(usual, name) for name in same}


async def test_a_file_from_before_a_setting_was_there_has_it_as_usual(room: Room) -> None:
    said = json.loads(file(await play(room), "json", is_restricted=True))
    for name in ("concerns_to", "suggests", "gathers", "distance", "ground", "join_panel", "zone"):
        del said["settings"][name]
    code, *_rest = await again(room, json.dumps(said).encode())
    assert code != room.code


async def test_the_session_made_again_lives(room: Room) -> None:
    code, organiser, secret = await again(room, file(await play(room), "json", is_restricted=True))
    new = Room(room.house, code, organiser.session_id, organiser, secret)
    assert await new.post(text="One more") == 22
    await new.do(organiser, "place", contributions=[22, 7], theme="B")
    assert (await new.do(organiser, "create_theme")).subjects == ("D",)
    with reading(room.house.engine) as db:
        seen = Viewer(Screen.PHONE, new.participant()).fresh(db)
    assert "Who pays?" in str(seen.seen)
    assert (await new.act(organiser, "undo")).status == "saved"


async def test_nobody_of_the_old_session_has_a_right_in_the_new_one(room: Room) -> None:
    code, organiser, _secret = await again(room, file(await play(room), "json", is_restricted=True))
    stranger = room.organiser._replace(session_id=organiser.session_id)
    assert (await Room(room.house, code, organiser.session_id, stranger, "").act(stranger, "blank")).reason


FIRST = ("themes", 0, "voices", 1)
SPOILT: list[tuple[tuple[Any, ...], Any]] = [
    (("settings",), None),
    (("sheaf",), 99),
    (("themes", 0, "place"), "ZZ"),
    ((*FIRST, "status"), "seen"),
    ((*FIRST, "number"), 10**9),
    ((*FIRST, "prompt"), 7),
    (("log", 0, "seq"), 2),
    (("settings", "people"), []),
    (("settings", "last_number"), 10**12),
    (("title",), ""),
]


@pytest.mark.parametrize(("where", "what"), SPOILT, ids=str)
async def test_a_file_that_contradicts_itself_is_refused_whole(
    room: Room, where: tuple[Any, ...], what: Any
) -> None:
    said = json.loads(file(await play(room), "json", is_restricted=True))
    inside = said
    for step in where[:-1]:
        inside = inside[step]
    inside[where[-1]] = what
    with pytest.raises(Refused):
        await again(room, json.dumps(said).encode())
    with reading(room.house.engine) as db:
        assert db.exec_driver_sql("SELECT count(*) FROM live_session").scalar() == 1


@pytest.mark.parametrize("content", [b"", b"[1]", b"{}", b'{"sheaf": 1}', b"\xff", b"[" * 100_000], ids=len)
async def test_what_is_no_summary_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        read_json(content)


def test_the_command_makes_it_again(command: Command, tmp_path: Any) -> None:
    made = json.loads(command("new", "What next?", "--theme", "Pay", "--json").out)
    command("import", made["code"], "-", given="Who pays?\nCò?\n".encode())
    kept = tmp_path / "kept.json"
    command("export", made["code"], "--format", "json", "--restricted", "--out", str(kept))
    ran = command("import", "--new", str(kept))
    code = ran.out.split("\n")[0].removeprefix("Code").replace(" ", "")
    after = command("export", code, "--format", "json", "--restricted").out
    assert (ran.status, spoken_code(code) in ran.out) == (0, True)
    assert told(after.encode()) == told(kept.read_bytes())
    assert command("import", "--new", "-", given=b"{}").status == 1
    assert command("import", made["code"]).status == 2
