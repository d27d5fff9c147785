"""Summaries are made beside the server: it goes on meanwhile, whatever becomes of them."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.database import connect, writing
from app.live import Live, bindery
from app.live.bindery import Bindery, NotBound, Order
from app.routes.summary import SLICE, in_slices
from app.summaries import binding
from tests.conftest import Room, Server
from tests.waiting import until

pytestmark = pytest.mark.anyio

MANY = bindery.FEW + 1
ROOT = Path(bindery.__file__).parent.parent.parent
BEHIND = bindery.BEHIND
HANGS = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture(autouse=True)
def in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not behind everything else: on a busy machine that would take half a minute more."""
    monkeypatch.setattr(bindery, "BEHIND", bindery.IN_FRONT)


async def test_what_the_process_makes_is_what_is_made_here(room: Room, monkeypatch: Any) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 1_760_000_000_000_000_000)
    await room.post(text="Who pays?")
    for what in ("json", "page"):
        order = Order(room.session_id, what)
        here = await room.house.bindery.bind(order, size=1)
        assert await room.house.bindery.bind(order, size=MANY) == here


async def test_what_takes_long_is_waited_for_by_asking_again(room: Room) -> None:
    order = Order(room.session_id, "csv")
    assert await room.house.bindery.bind(order, MANY, patience=0) is None
    before = room.house.bindery._under_way[order]
    content = await room.house.bindery.bind(order, MANY)
    assert content == before.result()
    assert order not in room.house.bindery._under_way


async def test_what_fails_is_logged_without_words_and_the_next_is_made(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    for wrong in (Order(0, "csv"), Order(room.session_id, "Secret words")):
        with pytest.raises(NotBound):
            await room.house.bindery.bind(wrong, MANY)
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [
        "a summary could not be made: LookupError",
        "a summary could not be made: KeyError",
    ]
    assert await room.house.bindery.bind(Order(room.session_id, "csv"), MANY)


async def test_what_gets_no_turn_behind_everything_else_is_made_in_front(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bindery, "BEHIND", HANGS)
    monkeypatch.setattr(bindery, "PATIENCE", 0.5)
    assert await room.house.bindery.bind(Order(room.session_id, "csv"), MANY)
    monkeypatch.setattr(bindery, "PATIENCE", 60)
    assert await room.house.bindery.bind(Order(room.session_id, "json"), MANY)  # there straight away


async def test_it_steps_back_again_after_a_while(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as busy:
        busy.setattr(bindery, "BEHIND", HANGS)
        busy.setattr(bindery, "PATIENCE", 0.5)
        busy.setattr(bindery, "IDLE", 0)
        await room.house.bindery.bind(Order(room.session_id, "csv"), MANY)
    monkeypatch.setattr(bindery, "BEHIND", (sys.executable, "-u", "-m", binding.__name__))
    assert await room.house.bindery.bind(Order(room.session_id, "csv"), MANY)
    assert room.house.bindery._command == bindery.BEHIND


@pytest.mark.parametrize(("program", "longest"), [((sys.executable, "-c", ""), 60), (HANGS, 0.5)])
async def test_a_process_that_dies_or_hangs_is_replaced(
    house: Live, room: Room, monkeypatch: pytest.MonkeyPatch, program: tuple[str, ...], longest: float
) -> None:
    with monkeypatch.context() as broken:
        for name in ("BEHIND", "IN_FRONT"):
            broken.setattr(bindery, name, program)
        for name in ("PATIENCE", "LONGEST"):
            broken.setattr(bindery, name, longest)
        with pytest.raises(NotBound):
            await house.bindery.bind(Order(room.session_id, "csv"), MANY)
    assert await house.bindery.bind(Order(room.session_id, "csv"), MANY)


async def test_an_idle_process_ends(house: Live, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bindery, "IDLE", 0)
    binder = Bindery(house.engine, house.settings.address_of_database)
    await binder.bind(Order(room.session_id, "csv"), MANY)
    await until(lambda: binder._process is None)
    await binder.stop()
    assert not binder._leaving


def test_it_steps_back_before_it_brings_in_anything(tmp_path: Path) -> None:
    (tmp_path / "heavy.py").write_text("import os; print(os.sched_getscheduler(0), os.nice(0))")
    run = [*BEHIND[:-1], "heavy"]
    told = subprocess.run(run, env={"PYTHONPATH": f"{ROOT}:{tmp_path}"}, capture_output=True, check=True)
    assert BEHIND[-1] == binding.__name__
    assert told.stdout.split() == [b"%d" % os.SCHED_IDLE, b"19"]


def test_a_browser_is_told_that_it_takes_a_while_and_then_gets_it(shared_server: Server) -> None:
    made = shared_server.new()
    many(shared_server, made["code"])
    bearer = {"Authorization": f"Bearer {made['facilitator_token']}"}
    address = made["summary"] + ".pdf"
    told = httpx2.get(address, headers=bearer | {"Accept": "text/html"}, timeout=60)
    while told.status_code == 202:
        assert "Your summary is being made" in told.text
        assert told.headers["refresh"] == "1"
        told = httpx2.get(address, headers=bearer | {"Accept": "text/html"}, timeout=60)
    assert told.content.startswith(b"%PDF")
    assert httpx2.get(address, headers=bearer, timeout=60).content.startswith(b"%PDF")


async def test_a_large_file_is_sent_piece_by_piece() -> None:
    content = bytes(range(256)) * 1000
    pieces = [piece async for piece in in_slices(content)]
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= SLICE


def many(server: Server, code: str) -> None:
    """Pretend that there are many contributions."""
    engine = connect(server.database)
    with writing(engine) as db:
        db.exec_driver_sql(f"UPDATE live_session SET last_number = {MANY} WHERE code = '{code}'")
    engine.dispose()


def test_the_names_of_what_is_bound_are_no_formats() -> None:
    pages = {binding.PAGE, binding.PAGE_TO_ANSWER, binding.PAGE_TO_WRITE, binding.EASY, binding.MAKING}
    assert not pages & binding.WRITERS.keys()
