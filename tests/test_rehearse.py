"""Rehearsals: simulated phones in a copy of a session, which goes again; and what is said of them."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection, func, select, update
from sqlmodel import SQLModel
from websockets.frames import Frame, Opcode

from app.actions import rehearsals
from app.database import connect, reading, writing
from app.forms.reading import Refused
from app.locales import Sentence
from app.models import changes, sessions
from app.queries.sessions import session_by_code, session_by_id
from app.rehearsal import Plan, run, verdict
from app.rehearsal.figures import Figures, Spread
from app.rehearsal.hall import Levels
from app.rehearsal.line import Line
from app.rehearsal.line import Server as Remote
from tests.conftest import ROOT, Room, Server

QUICK = Spread(0.1, 0.2, 0.31)
GOOD = Figures(
    phones=1000,
    joined=1000,
    join_seconds=3.0,
    posts_sent=100,
    posts_acknowledged=100,
    posts_refused=0,
    acknowledged_within=QUICK,
    on_every_phone_within=QUICK,
    behind=Spread(0.0, 0.0, 0.0),
    lost=0,
    double=0,
    reading_phones=50,
    not_caught_up=0,
    reconnects=5,
    cut_off=0,
    frames_per_phone=100.0,
    bytes_per_phone=30_000,
    same_machine=False,
)


# The whole of it


def test_a_hall_of_phones_is_heard_and_leaves_nothing_behind(server: Server) -> None:
    made = server.new(themes=["Pay"], prompts=["What next?", "And then?"])
    before = rows(server)
    ran = server.run("rehearse", made["board"], "--phones", "30", "--rate", "20", "--seconds", "2", "--json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert (found["joined"], found["posts_sent"], found["posts_acknowledged"]) == (30, 40, 40)
    assert (found["lost"], found["double"], found["not_caught_up"], found["cut_off"]) == (0, 0, 0, 0)
    assert found["reading_phones"] == 30
    assert found["reconnects"] > 0
    assert found["same_machine"] is True
    assert found["verdict"]
    assert "30 phones joined within" in ran.stderr
    assert rows(server) == before


def test_an_organiser_reads_one_plain_line(server: Server) -> None:
    ran = server.run("rehearse", server.new()["board"], "--phones", "3", "--rate", "4", "--seconds", "1")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("\n") == 1
    assert "\x1b" not in ran.stdout + ran.stderr


@pytest.mark.anyio
async def test_most_phones_only_follow_the_cursor(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.rehearsal.READING", 2)
    found = await run(Plan(server.new()["board"], phones=6, rate=10.0, seconds=1))
    assert found.reading_phones == 2
    assert (found.posts_acknowledged, found.lost, found.double, found.not_caught_up) == (10, 0, 0, 0)


@pytest.mark.anyio
async def test_phones_come_back_to_a_server_that_starts_again(server: Server) -> None:
    rehearsing = asyncio.create_task(run(Plan(server.new()["board"], phones=10, rate=10.0, seconds=6)))
    await asyncio.to_thread(wait_for, lambda: "post" in actions(server))
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    found = await rehearsing
    assert found.cut_off >= 10
    assert (found.posts_acknowledged, found.lost, found.double, found.not_caught_up) == (60, 0, 0, 0)


# Who may


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("phone", "This board link does not hold there."),
        ("join", "The server refused: This page is for facilitators."),
    ],
)
def test_only_facilitators_rehearse(shared_server: Server, link: str, why: str) -> None:
    ran = shared_server.run("rehearse", shared_server.new()[link], "--phones", "3")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(why)
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("link", ["sheaf.example/i/secret", "http://127.0.0.1:9/i/secret"])
def test_a_server_that_is_not_there_is_one_line(shared_server: Server, link: str) -> None:
    ran = shared_server.run("rehearse", link, "--phones", "3")
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1


def test_no_phone_is_asked_to_post_faster_than_servers_allow(shared_server: Server) -> None:
    ran = shared_server.run("rehearse", shared_server.new()["board"], "--phones", "3", "--rate", "7")
    assert ran.returncode == 1
    assert "more phones" in ran.stderr


def test_a_participant_may_neither_start_one_nor_delete_one(shared_server: Server) -> None:
    made = shared_server.new()
    token = made["participant_token"]
    assert call(shared_server, "POST", made["code"], token, "/rehearsals").status_code == 403
    copy = call(shared_server, "POST", made["code"], made["facilitator_token"], "/rehearsals").json()
    joined = httpx2.post(f"{shared_server.url}/api/v1/sessions/{copy['code']}/participants").json()["token"]
    for stranger in (token, joined, made["facilitator_token"]):
        assert call(shared_server, "DELETE", copy["code"], stranger).status_code in (401, 403)
    assert call(shared_server, "DELETE", copy["code"], copy["token"]).status_code == 204
    assert call(shared_server, "DELETE", copy["code"], copy["token"]).status_code == 404


def test_a_real_session_cannot_be_deleted_this_way(shared_server: Server) -> None:
    made = shared_server.new()
    answer = call(shared_server, "DELETE", made["code"], made["facilitator_token"])
    assert (answer.status_code, answer.json()["detail"]) == (409, "Only a rehearsal can be deleted this way.")
    assert call(shared_server, "GET", made["code"], made["facilitator_token"]).status_code == 200


# The copy


@pytest.mark.anyio
async def test_a_copy_has_prompts_and_themes_and_nobodys_words(room: Room) -> None:
    await room.post()
    await room.do(room.organiser, "add_prompt", text="What else?")
    await room.do(room.organiser, "close_session")
    code, facilitator = await rehearse(room)
    with reading(room.house.engine) as db:
        copy = session_by_code(db, code)
    assert copy is not None
    other = Room(room.house, code, copy.id, facilitator, "")
    assert (copy.title, copy.last_prompt, copy.last_letter, copy.last_number) == ("What next?", 2, 2, 0)
    assert await other.post() == 1


@pytest.mark.anyio
async def test_what_is_held_in_the_session_is_shown_in_its_copy(held_room: Room) -> None:
    code, _facilitator = await rehearse(held_room)
    with reading(held_room.house.engine) as db:
        copy = session_by_code(db, code)
    assert copy is not None
    assert copy.hold == "off"


@pytest.mark.anyio
async def test_nobody_can_keep_a_copy(room: Room) -> None:
    code, facilitator = await rehearse(room)
    with reading(room.house.engine) as db:
        copy = session_by_code(db, code)
    assert copy is not None
    assert copy.kept_until < time.time() * 1000 + 3600 * 1000
    other = Room(room.house, code, copy.id, facilitator, "")
    assert (await other.act(facilitator, "change_session", kept_until=0)).status == "refused"


@pytest.mark.anyio
async def test_one_session_is_rehearsed_once_at_a_time(room: Room) -> None:
    await rehearse(room)
    with pytest.raises(Refused, match=r"Another rehearsal is running. It ends within 11 minutes."):
        await rehearse(room)


@pytest.mark.anyio
async def test_one_server_takes_a_few_rehearsals_at_a_time(room: Room) -> None:
    for nth in range(rehearsals.AT_ONCE):
        await rehearse(await Room.open(room.house, f"Session {nth}"))
    with pytest.raises(Refused, match="Another rehearsal is running"):
        await rehearse(room)


@pytest.mark.anyio
async def test_a_session_is_rehearsed_again_when_its_rehearsal_is_over(room: Room) -> None:
    code, facilitator = await rehearse(room)
    await room.house.writer.do(lambda db, now: rehearsals.delete(db, facilitator.session_id))
    assert (await rehearse(room))[0] != code


# One that ends before its time


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_rehearsal_that_is_stopped_deletes_its_copy(server: Server, how: signal.Signals) -> None:
    made = server.new()
    before = rows(server)
    rehearsing = begin(server, made["board"])
    wait_for(lambda: "post" in actions(server))
    rehearsing.send_signal(how)
    out, err = rehearsing.communicate(timeout=60)
    assert (rehearsing.returncode, out) == (1, "")
    assert err.endswith("The rehearsal was stopped.\n")
    assert rows(server) == before


def test_the_copy_of_a_rehearsal_that_was_killed_is_deleted_when_its_time_comes(server: Server) -> None:
    made = server.new()
    before = rows(server)
    rehearsing = begin(server, made["board"])
    wait_for(lambda: "post" in actions(server))
    rehearsing.kill()
    rehearsing.communicate()
    server.kill()
    with database(server) as db:
        copy = sessions.c.kept_until.is_not(None)
        assert db.execute(update(sessions).where(copy).values(kept_until=1)).rowcount == 1
    server.start()
    wait_for(lambda: rows(server) == before)


def test_a_rehearsal_whose_copy_is_deleted_says_so(server: Server) -> None:
    rehearsing = begin(server, server.new()["board"])
    wait_for(lambda: "post" in actions(server))
    with database(server) as db:
        [session_id] = db.scalars(select(sessions.c.id).where(sessions.c.kept_until.is_not(None)))
        rehearsals.delete(db, session_id)
    _out, err = rehearsing.communicate(timeout=60)
    assert rehearsing.returncode == 1
    assert err.endswith("The server ended the rehearsal: This session was deleted.\n")


# The verdict


def test_a_room_that_will_notice_nothing_is_ready() -> None:
    assert GOOD.is_ready
    assert verdict(GOOD) == ["1,000 phones: every post reached every phone within 0.4 s. Ready."]
    assert verdict(replace(GOOD, phones=1, joined=1)) == [
        "1 phone: every post reached it within 0.4 s. Ready."
    ]


SLOW = Spread(0.1, 0.2, 3.91)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"lost": 1}, "1 post was lost or doubled. Please do not use this server yet."),
        ({"lost": 1, "double": 2}, "3 posts were lost or doubled."),
        ({"joined": 900}, "Only 900 of 1,000 phones could join."),
        ({"posts_acknowledged": 99}, "1 post was not saved."),
        ({"not_caught_up": 12}, "12 phones did not get every post."),
        ({"behind": Spread(0.0, 1.2, 1.3)}, "This machine was too busy to play so many phones."),
        ({"on_every_phone_within": SLOW}, "Some phones waited 4 s. A smaller room"),
        ({"acknowledged_within": SLOW}, "Some posts took 4 s to be saved."),
        ({"on_every_phone_within": SLOW, "lost": 2}, "2 posts were lost or doubled."),
    ],
)
def test_a_room_that_is_not_ready_is_told_why(bad: dict[str, Any], said: str) -> None:
    figures = replace(GOOD, **bad)
    [sentence] = verdict(figures)
    assert sentence.startswith(said)
    assert isinstance(sentence, Sentence)
    assert not figures.is_ready
    assert "Ready" not in sentence


def test_phones_on_the_servers_own_machine_are_an_excuse_and_no_pass() -> None:
    figures = replace(GOOD, on_every_phone_within=SLOW, same_machine=True)
    assert verdict(figures)[1:] == ["Phones and server shared one machine, so both were slower."]
    assert not figures.is_ready
    assert len(verdict(replace(GOOD, same_machine=True))) == 1


def test_a_spread_names_the_middle_the_last_but_one_in_a_hundred_and_the_last() -> None:
    assert Spread.of([n / 100 for n in range(200, 0, -1)]) == Spread(1.0, 1.98, 2.0)
    assert Spread.of([]) == Spread(0.0, 0.0, 0.0)


def test_a_post_has_reached_everybody_when_nobodys_cursor_is_below() -> None:
    levels = Levels()
    for _phone in range(3):
        levels.enter(1)
    levels.move(1, 3)
    levels.move(1, 2)
    assert (levels.lowest, list(levels.passed_at)) == (1, [])
    levels.move(1, 4)
    assert (levels.lowest, list(levels.passed_at)) == (2, [2])
    levels.leave(2)
    assert (levels.lowest, list(levels.passed_at)) == (3, [2, 3])


# The line


class Wire(asyncio.Transport):
    """A network that keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def close(self) -> None:
        pass

    def is_closing(self) -> bool:
        return False


HANDSHAKE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
LONG, LONGER = "x" * 200, "y" * 70_000


@pytest.mark.anyio
@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
async def test_a_phone_hears_every_message_however_the_network_cuts_it(piece: int) -> None:
    line, wire, heard, ends = Line(Remote.of("http://sheaf.example")), Wire(), [], []
    line.connection_made(wire)
    opening = asyncio.create_task(line.open("/", "token", heard.append, lambda *why: ends.append(why)))
    await asyncio.sleep(0)
    wire.sent = b""
    frames = [
        Frame(Opcode.TEXT, b"short"),
        Frame(Opcode.TEXT, LONG.encode()),
        Frame(Opcode.TEXT, b"in ", fin=False),
        Frame(Opcode.PING, b"there?"),
        Frame(Opcode.CONT, b"two"),
        Frame(Opcode.TEXT, LONGER.encode()),
        Frame(Opcode.CLOSE, (4410).to_bytes(2, "big") + b"Gone."),
    ]
    data = HANDSHAKE + b"".join(frame.serialize(mask=False) for frame in frames)
    for at in range(0, len(data), piece):
        line.data_received(data[at : at + piece])
    line.connection_lost(None)
    await opening
    assert [words.decode() for words in heard] == ["short", LONG, "in two", LONGER]
    assert ends == [(4410, "Gone.")]
    assert wire.sent.startswith(Frame(Opcode.PONG, b"there?").serialize(mask=True)[:2])


@pytest.mark.anyio
async def test_many_phones_of_this_machine_come_from_several_addresses(
    shared_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.rehearsal.line.PHONES_PER_ADDRESS", 2)
    there = Remote.of(shared_server.url)
    lines = [await there.call(nth) for nth in range(5)]
    assert [line.ends[0] for line in lines] == ["127.0.0.1"] * 2 + ["127.0.0.2"] * 2 + ["127.0.0.3"]
    for line in lines:
        line.cut()


# Around it


async def rehearse(room: Room) -> tuple[str, Any]:
    with reading(room.house.engine) as db:
        live_session = session_by_id(db, room.session_id)
    assert live_session is not None
    return await room.house.writer.do(lambda db, now: rehearsals.start(db, now, live_session, 60))


def begin(server: Server, link: str) -> subprocess.Popen[str]:
    """A long rehearsal, under way."""
    options = ("--phones", "5", "--rate", "5", "--seconds", "600")
    return subprocess.Popen(
        [sys.executable, "-m", "app", "rehearse", link, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def call(server: Server, method: str, code: str, token: str, path: str = "") -> httpx2.Response:
    bearer = {"Authorization": f"Bearer {token}"}
    address = f"{server.url}/api/v1/sessions/{code}{path}"
    return httpx2.request(method, address, headers=bearer, json={} if method == "POST" else None)


@contextmanager
def database(server: Server) -> Iterator[Connection]:
    engine = connect(server.database)
    with writing(engine) as db:
        yield db
    engine.dispose()


def rows(server: Server) -> dict[str, int]:
    """How many rows each table has, of what belongs to sessions."""
    with database(server) as db:
        tables = [table for table in SQLModel.metadata.sorted_tables if "session_id" in table.c]
        counted = {table: db.scalar(select(func.count()).select_from(table)) for table in [sessions, *tables]}
    return {table.name: number for table, number in counted.items()}


def actions(server: Server) -> set[str]:
    """What has been done in any session."""
    with database(server) as db:
        return {*db.scalars(select(changes.c.action).distinct())}


def wait_for(is_so: Callable[[], bool], patience: float = 60) -> None:
    until = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)
