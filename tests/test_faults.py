"""What may go wrong around the real server, and what must be true afterwards: the oracle, each time.

The numbers are those of docs/faults.md. Each fault has a short form for every day; the long one, as
large as the promise, runs with --long. Kills are in test_kill, browsers in browser/test_faults.
"""

import asyncio
import json
import os
import random
import resource
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pysqlite3.dbapi2 as sqlite
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.sync import client as sockets

from app.passes import new_key
from tests.conftest import Server
from tests.lines import Line, listen
from tests.oracle import Crowd, Phone
from tests.waiting import until
from tests.wire import Wire

pytestmark = pytest.mark.anyio


def long(*values: Any) -> Any:
    return pytest.param(*values, marks=pytest.mark.long)


# A SQLite file, whichever database the other tests run on.


@pytest.fixture
def server(tmp_path: Path, empty_database: Path) -> Iterator[Server]:
    shutil.copy(empty_database, tmp_path / "sheaf.db")
    started = Server(tmp_path).start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("faults")
    shutil.copy(empty_database, folder / "sheaf.db")
    started = Server(folder).start()
    yield started
    started.stop()


def file_of(crowd: Crowd) -> Path:
    return crowd.server.data_dir / "sheaf.db"


Sabotage = Callable[[str], Server]


@pytest.fixture
def sabotaged(tmp_path: Path, empty_database: Path) -> Iterator[Sabotage]:
    """Starts a server with a fault of tests/sabotage.py in it."""
    shutil.copy(empty_database, tmp_path / "sheaf.db")
    server = Server(tmp_path, TEST_CLOCK=str(tmp_path / "clock"))

    def start(fault: str) -> Server:
        server.program = ("-m", "tests.sabotage", fault)
        return server.start()

    yield start
    server.stop()


@contextmanager
def organiser(server: Server) -> Iterator[httpx2.Client]:
    """A browser that has opened the link which a new server says."""
    assert server.process is not None
    assert server.process.stdout is not None
    link = server.process.stdout.readline().split()[-1]
    with httpx2.Client(headers={"Origin": server.url}, base_url=server.url) as browser:
        browser.get(link)
        yield browser


def sign_up(browser: httpx2.Client) -> httpx2.Response:
    said = {"email": "ann@example.org", "name": "Ann", "password": "a long password"}
    return browser.post("/sign-up", data=said)


async def ended(server: Server, within: float) -> None:
    """Wait until the server's process is no more."""
    assert server.process is not None
    await asyncio.to_thread(server.process.wait, within)
    server.stop()


# 2: killed between the commit and the acknowledgement


@pytest.mark.parametrize("goal", [40, long(1000)])
async def test_what_was_saved_and_never_acknowledged_is_one_card(sabotaged: Sabotage, goal: int) -> None:
    server, unheard = sabotaged("dies_unanswered"), set[str]()
    crowd = Crowd(server)
    async with crowd.posting() as ledger:
        while len(unheard) < goal:
            await ended(server, 60)
            crowd.require_kept()
            unheard |= await asyncio.to_thread(keys_in, file_of(crowd)) - ledger.saved.keys()
            if len(unheard) >= goal:
                server.program = Server.program
            server.start()
    assert len(keys_in(file_of(crowd))) == len(ledger.saved)


def keys_in(database: Path) -> set[str]:
    with closing(sqlite.connect(database)) as db:
        return {key for (key,) in db.execute("SELECT key FROM change WHERE action = 'post'")}


# 3: no room on the disk


class Disk:
    """Where a server keeps its data: it can be filled, and there can be room again."""

    def __init__(self, server: Server, ballast: Path | None) -> None:
        self.server = server
        self._ballast = ballast

    def fill(self) -> None:
        if self._ballast is None:
            self._bound(0)
            return
        with self._ballast.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError:
                    continue  # a smaller piece may fit

    def clear(self) -> None:
        if self._ballast is None:
            self._bound(resource.RLIM_INFINITY)
        else:
            self._ballast.unlink()

    def _bound(self, size: int) -> None:
        assert self.server.process is not None
        resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.fixture(params=["full", long("bounded")])
def disk(request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path) -> Iterator[Disk]:
    """`full` is a file system of 20 MB, where a test may mount one. Else it is `bounded`: no file may
    grow, which needs no right, and SQLite hears of another error."""
    folder, ballast = tmp_path / "disk", None
    folder.mkdir()
    if request.param == "full":
        mounting = ["mount", "-t", "tmpfs", "-o", "size=20m", "none", str(folder)]
        if os.geteuid() == 0 and subprocess.run(mounting, capture_output=True).returncode == 0:
            ballast = folder / "ballast"
    try:
        (folder / "sheaf.db").write_bytes(empty_database.read_bytes())
        server = Server(folder).start()
        yield Disk(server, ballast)
        server.stop()
    finally:
        if ballast:
            subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_full_disk_acknowledges_nothing_and_loses_nothing(disk: Disk) -> None:
    crowd = Crowd(disk.server)
    async with crowd.posting() as ledger:
        await ledger.grown(20)
        disk.fill()
        await ledger.until(lambda: ledger.later > 40)
        crowd.require_kept()
        await asyncio.to_thread(require_words_stay_in_the_box, crowd)
        disk.clear()
        await ledger.grown(100)


def require_words_stay_in_the_box(crowd: Crowd) -> None:
    """A phone without scripts can read, and what it can't save it keeps before its eyes."""
    with httpx2.Client() as browser:
        assert browser.get(crowd.links["phone"]).status_code == 200
        said = {"key": new_key(), "text": "Kept in the box."}
        answer = browser.post(crowd.links["phone"], data=said, headers={"Origin": crowd.server.url})
    assert answer.status_code == 422
    assert "Kept in the box.</textarea>" in answer.text
    assert "Not saved yet. Please post it again in a moment." in answer.text


# 4: another process holds the database


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """This process writes to it, and takes its time."""
    with closing(sqlite.connect(database, timeout=60, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield
        db.execute("ROLLBACK")


@pytest.mark.parametrize("seconds", [0, long(10)])
async def test_a_locked_database_is_only_a_delay(shared_server: Server, seconds: float) -> None:
    crowd = Crowd(shared_server)
    async with crowd.posting() as ledger:
        await ledger.grown(20)
        with locked(file_of(crowd)):
            await everybody_waits(crowd)
            await asyncio.sleep(seconds)
            page = await asyncio.to_thread(httpx2.get, crowd.links["phone"])
            assert page.status_code == 200
        await ledger.grown(40)
    assert ledger.later == 0


async def everybody_waits(crowd: Crowd) -> None:
    """Until each phone has sent all that it sends without an answer."""
    await until(lambda: all(len(phone.unanswered) == 3 for phone in crowd.phones))


async def test_nobody_is_told_of_a_lock_that_lasts_too_long(sabotaged: Sabotage) -> None:
    server = sabotaged("impatient")
    with organiser(server) as browser:
        crowd = Crowd(server)  # only now: it writes, and a server that is still starting would not wait
        async with crowd.posting() as ledger:
            with locked(file_of(crowd)):
                await ledger.until(lambda: ledger.later > 40)
                await asyncio.to_thread(require_words_stay_in_the_box, crowd)
                answer = await asyncio.to_thread(sign_up, browser)
            await ledger.grown(40)
        assert answer.status_code == 503
        assert "Sheaf can’t reach its data just now. Please try again." in answer.text
        assert sign_up(browser).status_code == 303


# 9: the server is frozen


@pytest.mark.parametrize(("patience", "seconds"), [(0.5, 0), long(10, 45)])
async def test_a_frozen_server_is_found_again(shared_server: Server, patience: float, seconds: float) -> None:
    crowd = Crowd(shared_server, patience=patience)
    async with crowd.posting() as ledger:
        await ledger.grown(20)
        before, saved = ledger.breaks[0], len(ledger.saved)
        assert shared_server.process is not None
        shared_server.process.send_signal(signal.SIGSTOP)
        try:
            await ledger.until(lambda: ledger.breaks[0] >= before + 2 * len(crowd.phones), 120)
            await asyncio.sleep(seconds)
        finally:
            shared_server.process.send_signal(signal.SIGCONT)
        for phone in crowd.phones:
            phone.patience = 30
        await ledger.grown(40 + len(ledger.saved) - saved)


# A restart that was meant


async def test_a_stopping_server_asks_everybody_to_come_back(server: Server) -> None:
    crowd = Crowd(server)
    async with crowd.posting() as ledger:
        for _ in range(2):
            await ledger.grown(40)
            told = ledger.breaks[1012]
            await asyncio.to_thread(server.stop)
            crowd.require_kept()
            await ledger.until(lambda told=told: ledger.breaks[1012] > told)
            server.start()
        assert ledger.breaks[1006] == 0, "nobody is cut off without a word"


async def test_nothing_holds_up_a_server_that_stops(sabotaged: Sabotage) -> None:
    """Not a phone that reads nothing, half a handshake, half a request, or a database that stays locked."""
    server = sabotaged("patient")
    crowd = Crowd(server, phones=3)
    for watcher in crowd.watchers:
        watcher.open()
    mute = await listen(server, crowd.links, "", narrow=True)
    mute.transport.pause_reading()
    halves = [
        await asyncio.open_connection("127.0.0.1", server.port),
        await asyncio.open_connection("127.0.0.1", server.port),
    ]
    halves[0][1].write(b"GET /s/X/live HTTP/1.1\r\nUpgrade: websocket\r\n")
    halves[1][1].write(b"POST /s/X HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ntext=")
    async with crowd.posting(anew=False):
        with locked(file_of(crowd)):
            await everybody_waits(crowd)
            assert server.process is not None
            server.process.terminate()
            await ended(server, 60)
        server.start()
    for one in (mute.transport, *(writer for _, writer in halves)):
        one.close()


# 11: everybody comes back at once


@asynccontextmanager
async def lines(server: Server, links: dict[str, str], since: str, count: int) -> AsyncIterator[list[Line]]:
    """So many phones, which all ask for their socket in the same moment."""
    _usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    opened = await asyncio.gather(*(listen(server, links, since) for _ in range(count)))
    try:
        yield opened
    finally:
        for line in opened:
            line.transport.abort()
        resource.setrlimit(resource.RLIMIT_NOFILE, (_usual, most))


@pytest.mark.parametrize("count", [300, long(10_000)])
async def test_a_whole_hall_comes_back_at_once(server: Server, count: int) -> None:
    crowd = Crowd(server, phones=5)
    async with crowd.posting() as ledger:
        await ledger.grown(5)
    since = crowd.cursor
    async with lines(server, crowd.links, since, count):
        server.kill()
    server.start()
    async with lines(server, crowd.links, since, count) as hall, crowd.posting(anew=False) as ledger:
        await ledger.grown(1)
        head = crowd.head
        await asyncio.gather(*(line.until(lambda line=line: line.head >= head) for line in hall))


# 12: phones that stop reading


@pytest.mark.parametrize(("count", "posts"), [(150, 400), long(500, 3000)])
async def test_phones_that_stop_reading_cost_no_growing_memory(
    shared_server: Server, count: int, posts: int
) -> None:
    crowd = Crowd(shared_server)
    since = crowd.cursor
    mute = [await listen(shared_server, crowd.links, since, narrow=True) for _ in range(count)]
    quick = await listen(shared_server, crowd.links, since)
    for line in mute:
        line.transport.pause_reading()
    async with crowd.posting() as ledger:
        await ledger.grown(posts // 2)
        before = memory(shared_server)
        await ledger.grown(posts)
        grown, head = memory(shared_server) - before, crowd.head
        await quick.until(lambda: quick.head >= head)
        queued = count * posts * 500  # bytes, had each frame been kept for each of them
        assert grown < queued / 4
    head = crowd.head
    for line in mute:
        line.transport.resume_reading()
    await asyncio.gather(*(line.until(lambda line=line: line.head >= head) for line in mute))
    for line in (quick, *mute):
        line.transport.close()


def memory(server: Server) -> int:
    """Bytes that the server's process holds."""
    assert server.process is not None
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


# 13: a line of 32 kbit/s


@pytest.mark.parametrize(("rate", "posts"), [(16_000, 150), long(4_000, 500)])
async def test_a_thin_line_brings_older_and_then_the_latest(
    shared_server: Server, rate: int, posts: int
) -> None:
    crowd = Crowd(shared_server, pause=0.05)
    wire = Wire(shared_server.port, rate=rate)
    slow = await listen(shared_server, crowd.links, crowd.cursor, url=wire.url, narrow=True)
    quick = await listen(shared_server, crowd.links, crowd.cursor)
    async with crowd.posting() as ledger:
        await ledger.grown(posts)
    head = crowd.head
    await slow.until(lambda: slow.head >= head, 300)
    await quick.until(lambda: quick.head >= head)
    assert slow.frames <= quick.frames
    slow.transport.close()
    quick.transport.close()
    wire.close()


# 14: away for longer than it makes sense to tell piece by piece


async def test_who_missed_very_much_gets_the_whole_board(shared_server: Server) -> None:
    crowd = Crowd(shared_server)
    for watcher in crowd.watchers:
        watcher.open()
    async with crowd.posting(anew=False) as ledger:
        await ledger.grown(600)


# 18: a phone that sends twice, not at all, and in another order


class Muddled(Phone):
    """Its frames go out as the network of a bad dream would bring them."""

    async def _send(self, socket: ClientConnection, key: str, text: str) -> None:
        held: list[tuple[str, str]] = self.__dict__.setdefault("held", [])
        match random.choice(("once", "twice", "never", "later")):
            case "later":
                held.append((key, text))
            case "never":
                return
            case how:
                for again in [(key, text)] * (2 if how == "twice" else 1) + held:
                    await super()._send(socket, *again)
                held.clear()


async def test_frames_dropped_doubled_and_reordered_make_one_card_each(shared_server: Server) -> None:
    crowd = Crowd(shared_server)
    crowd.phones = [
        Muddled(one.addresses, one.token, one.ledger, one.texts, patience=0.5) for one in crowd.phones
    ]
    async with crowd.posting() as ledger:
        await ledger.until(lambda: len(ledger.saved) >= 40)


# Two things in the same moment


def test_who_comes_while_rights_are_looked_at_is_not_sent_away(sabotaged: Sabotage) -> None:
    server = sabotaged("slow_to_look")
    with facilitating(server):
        wait_until_said(server, "asked\n")
        with facilitating(server) as socket:
            wait_until_said(server, "looked\n")
            socket.send(json.dumps({"action": "post", "key": new_key(), "text": "I am here."}))
            receipt = next(said for said in map(json.loads, socket) if "receipt" in said)
            assert receipt["status"] == "saved"


def facilitating(server: Server) -> sockets.ClientConnection:
    """A facilitator of a session of its own, at the board."""
    links = server.new()
    address = f"{server.url.replace('http', 'ws', 1)}/s/{links['code']}/live?screen=board"
    return sockets.connect(
        address, proxy=None, additional_headers={"Authorization": f"Bearer {links['facilitator_token']}"}
    )


def wait_until_said(server: Server, line: str) -> None:
    assert server.process is not None
    assert server.process.stdout is not None
    assert line in iter(server.process.stdout.readline, "")


# 19: the clock jumps


async def test_a_clock_that_jumps_by_a_day_changes_no_order_and_signs_nobody_out(
    sabotaged: Sabotage, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("0")
    server = sabotaged("wrong_clock")
    crowd = Crowd(server)
    with organiser(server) as browser:
        assert sign_up(browser).status_code == 303
        async with crowd.posting() as ledger:
            for off in (0, A_DAY, -A_DAY, 0):
                clock.write_text(str(off))
                await ledger.grown(30)
                for page in ("/sessions", crowd.links["phone"]):
                    assert (await asyncio.to_thread(browser.get, page)).status_code == 200
        numbers = [card["number"] for card in board(crowd)["contributions"]]
    with closing(sqlite.connect(file_of(crowd))) as db:
        times = [at for (at,) in db.execute("SELECT at FROM change ORDER BY seq")]
    assert max(times) - min(times[1:]) > A_DAY * 1000, "the clock has jumped"
    assert numbers == list(range(1, len(ledger.saved) + 1))


A_DAY = 86_400


def board(crowd: Crowd) -> dict[str, Any]:
    bearer = {"Authorization": f"Bearer {crowd.links['facilitator_token']}"}
    whole: dict[str, Any] = httpx2.get(
        f"{crowd.server.url}/api/v1/sessions/{crowd.links['code']}", headers=bearer
    ).json()
    return whole
