"""The cast and the house that tests use.

`house` is the core in this process on a database of its own; `server` is the real server in a
process of its own. `Room` is a live session with its people: an organiser, a second facilitator,
participants, and somebody from another session.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from httpx2._config import DEFAULT_TIMEOUT_CONFIG
from sqlalchemy import Engine, event
from websockets.asyncio.client import connect as ConnectWithoutThreads
from websockets.sync.client import connect as connect_with_threads

from app import cli, live
from app.actions import accounts, sessions
from app.database import connect, migrate, writing
from app.forms.reading import parse, read
from app.forms.sheets import NewSession
from app.live import Live
from app.live.receipt import Receipt
from app.models import Hold, Role
from app.moments import now
from app.passes import Signer, new_actor, new_key
from app.queries.people import account_by_email
from app.roles import Pass
from app.settings import Settings
from tests.ports import kept_for
from tests.postgres import Cluster
from tests.together import Together

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a secret for tests, of 32 characters and more"
NOW = 1_760_000_000_000
DATABASES = ("sqlite", "postgres")

# An answer that is right may be slow to come, and a line that is not read for a while is not dead.
for part in ("connect", "read", "write", "pool"):
    setattr(DEFAULT_TIMEOUT_CONFIG, part, 60.0)
for connecting in (connect_with_threads, ConnectWithoutThreads.__init__):
    assert connecting.__kwdefaults__["open_timeout"] == 10
    connecting.__kwdefaults__ |= {"open_timeout": 60, "ping_interval": None}

# Programs that compile everything at each start make tests slow: servers, commands, what draws summaries.
os.environ["PYTHONDONTWRITEBYTECODE"] = ""
os.environ["PYTHONPYCACHEPREFIX"] = str(ROOT / ".pytest_cache" / "bytecode")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the long forms")
    parser.addoption(
        "--database",
        choices=[*DATABASES, "both"],
        help="run everything on this; unless given, only what is marked so runs on both",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dialect" in metafunc.fixturenames:
        metafunc.parametrize("dialect", _kinds(metafunc), indirect=True, scope="session")


def _kinds(metafunc: pytest.Metafunc) -> tuple[str, ...]:
    if metafunc.definition.get_closest_marker("only_postgres"):
        return DATABASES[1:]
    if metafunc.definition.get_closest_marker("only_sqlite"):
        return DATABASES[:1]
    asked = metafunc.config.getoption("--database")
    if asked in DATABASES:
        return (asked,)
    marked = metafunc.definition.get_closest_marker("every_database")
    return DATABASES if marked or asked or metafunc.config.getoption("--long") else DATABASES[:1]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Once Playwright's own loop runs, no other loop can be started in this process.
    items.sort(key=lambda item: "browser" in item.keywords)
    if not config.getoption("--long"):
        skip = pytest.mark.skip(reason="a long form: run with --long")
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(skip)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


# The databases


@pytest.fixture(scope="session")
def dialect(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on."""
    return str(request.param)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all tables and no rows, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "sheaf.db"
    engine = connect(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server."""
    started = Cluster()
    yield started
    started.stop()


Lend = Callable[[Path], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def lend(dialect: str, request: pytest.FixtureRequest) -> Lend:
    """Lends an empty database; a SQLite one is the usual file of a data directory."""

    @contextmanager
    def lent(folder: Path) -> Iterator[str]:
        if dialect == "sqlite":
            shutil.copy(request.getfixturevalue("empty_database"), folder / "sheaf.db")
            yield f"sqlite:///{folder / 'sheaf.db'}"
        else:
            cluster: Cluster = request.getfixturevalue("cluster")
            url = cluster.borrow()
            yield url
            cluster.give_back(url)

    return lent


@pytest.fixture
def database(lend: Lend, tmp_path: Path) -> Iterator[str]:
    """The address of a database with all tables and no rows."""
    with lend(tmp_path) as url:
        yield url


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = connect(database)
    if engine.name == "sqlite":
        # Thousands of commits that nobody needs after the test.
        event.listen(engine, "connect", lambda db, _: db.execute("PRAGMA synchronous=OFF"))
    yield engine
    engine.dispose()


# The core, in this process


@pytest.fixture
def settings(tmp_path: Path, dialect: str, database: str) -> Settings:
    # SQLite's file is where it is looked for unless something else is set.
    url = "" if dialect == "sqlite" else database
    return Settings(data_dir=tmp_path, database_url=url, secret=SECRET, action_burst=10_000)


@pytest.fixture
async def house(settings: Settings, anyio_backend: str) -> AsyncIterator[Live]:
    async with live.start(settings) as started:
        yield started


@dataclass
class Room:
    """A live session and its people."""

    house: Live
    code: str
    session_id: int
    organiser: Pass
    secret: str

    @classmethod
    async def open(cls, house: Live, title: str = "What next?", **options: Any) -> "Room":
        code, organiser, secret = await house.writer.do(
            lambda db, now: sessions.start(db, now, read(NewSession, {"title": title, **options}))
        )
        return cls(house, code, organiser.session_id, organiser, secret)

    def participant(self) -> Pass:
        return new_actor(self.session_id)

    async def invite(self, role: Role) -> Pass:
        _secret, invitation_id = await self.house.writer.do(
            lambda db, now: sessions.invite(db, self.session_id, role, now)
        )
        return new_actor(self.session_id, invitation_id)

    async def act(self, who: Pass, action: str, **fields: Any) -> Receipt:
        """Do something, whatever becomes of it."""
        message = {"action": action, "key": new_key(), **fields}
        return await self.house.writer.perform(parse(message), who)

    async def do(self, who: Pass, action: str, **fields: Any) -> Receipt:
        """Do something that must succeed."""
        receipt = await self.act(who, action, **fields)
        assert receipt.status == "saved", receipt
        return receipt

    async def post(self, who: Pass | None = None, text: str = "Who pays?", **fields: Any) -> int:
        """A new card's number."""
        receipt = await self.do(who or self.participant(), "post", text=text, **fields)
        return int(receipt.subjects[0])


@pytest.fixture
async def room(house: Live) -> Room:
    return await Room.open(house, themes=["Pay", "Power"])


@pytest.fixture
async def held_room(house: Live) -> Room:
    """A session in which new cards wait for review."""
    return await Room.open(house, hold=Hold.ALL)


# The real server


class Server:
    """`sheaf serve`, in a process of its own, on a data directory of its own. `database` is its
    address; without one it is the SQLite file in that directory."""

    program: tuple[str, ...] = ("-m", "app")

    def __init__(self, data_dir: Path, database: str = "", **environment: str) -> None:
        self.data_dir = data_dir
        self.database = database or f"sqlite:///{data_dir / 'sheaf.db'}"
        self.environment = environment
        self.process: subprocess.Popen[str] | None = None
        self.url = ""
        self.port = 0

    def start(self) -> "Server":
        """Start, and wait until it says where it is. A second start keeps the port."""
        self.port = self.port or kept_for(self)
        with (self.data_dir / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self._environment(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said.startswith("Sheaf is at "), (said, self.log())
        self.url = said.split()[3]
        return self

    def kill(self) -> None:
        """As a power cut would: no last words."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._close()

    def stop(self) -> None:
        """As an operator would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)
        self._close()

    def _close(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()

    def until_ready(self) -> None:
        """Wait until it says that it is well: where others use the machine, that may take a moment."""
        patience = time.monotonic() + 60
        while (said := httpx2.get(f"{self.url}/readyz")).status_code != 200:
            assert time.monotonic() < patience, said.text

    def log(self) -> str:
        return (self.data_dir / "server.log").read_text()

    def run(self, *command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """A command beside the server."""
        return subprocess.run(
            [sys.executable, "-m", "app", *command],
            cwd=ROOT,
            env=self._environment(),
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def new(self, title: str = "What next?", **options: Any) -> dict[str, str]:
        """A live session: its code, links and tokens, as `new --json` gives them."""
        signer = Signer(SECRET, https=False)
        engine = connect(self.database)
        with writing(engine) as db:
            code, organiser, secret = sessions.start(db, NOW, read(NewSession, {"title": title, **options}))
        engine.dispose()
        return {
            "code": code,
            "join": f"{self.url}/j/{code}",
            "phone": f"{self.url}/s/{code}",
            "board": f"{self.url}/i/{secret}",
            "projector": f"{self.url}/s/{code}/projector",
            "summary": f"{self.url}/s/{code}/summary",
            "facilitator_token": signer.token(organiser),
            "participant_token": signer.token(new_actor(organiser.session_id)),
        }

    def sign_up_link(self, reset: str = "") -> str:
        """A link with which somebody may sign up, or whoever has the address `reset` may choose another
        password, as `organiser` prints it."""
        engine = connect(self.database)
        with writing(engine) as db:
            account = account_by_email(db, reset)
            secret = accounts.invite_organiser(db, now(), account.id if account else None)
        engine.dispose()
        return f"{self.url}/sign-up/{secret}"

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SHEAF_")}
        return {
            **kept,
            "PYTHONPATH": str(ROOT),
            "SHEAF_DATA_DIR": str(self.data_dir),
            "SHEAF_DATABASE_URL": self.database,
            "SHEAF_SECRET": SECRET,
            "SHEAF_ACTION_BURST": "10000",
            **self.environment,
        }


@pytest.fixture
def server(tmp_path: Path, database: str) -> Iterator[Server]:
    started = Server(tmp_path, database).start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory, lend: Lend) -> Iterator[Server]:
    """One server for tests that only need a session of their own."""
    folder = tmp_path_factory.mktemp("shared")
    with lend(folder) as database:
        started = Server(folder, database).start()
        yield started
        started.stop()


Links = dict[str, str]
Arrive = Callable[[str], httpx2.Client]


@pytest.fixture
def arrive(shared_server: Server) -> Iterator[Arrive]:
    """Somebody's browser, which has just opened a link."""
    with ExitStack() as open_browsers:

        def open_link(link: str) -> httpx2.Client:
            ours = {"base_url": shared_server.url, "headers": {"Origin": shared_server.url}}
            browser = open_browsers.enter_context(httpx2.Client(follow_redirects=True, **ours))
            browser.get(link)
            return browser

        yield open_link


# Commands, in this process


class Ran(NamedTuple):
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def command(settings: Settings, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any) -> Command:
    """A command on a data directory of its own, which `settings` and `house` share."""
    monkeypatch.setenv("SHEAF_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SHEAF_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SHEAF_SECRET", SECRET)

    def run(*arguments: str, given: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["sheaf", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        capfdbinary.readouterr()
        try:
            cli.run()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = capfdbinary.readouterr()
        return Ran(status, out.decode(), err.decode())

    return run


# The browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium, and CI must not pass without it.")
        pytest.skip("There is no Chromium here.")
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": found, "args": [*quiet, *sandbox]}


def received(raw: str | bytes) -> dict[str, Any]:
    """A socket message as an object."""
    message: dict[str, Any] = json.loads(raw)
    return message
