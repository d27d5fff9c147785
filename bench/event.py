"""An event to measure with: a database with one live session in it, of any size, written in one
go; and the real server on a copy of it."""

import json
import os
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, insert, update

from app.actions import sessions as starting
from app.database import connect, migrate, writing
from app.forms.sheets import NewSession
from app.models import Kind, actors, changes, contributions, letters, placements, sessions, wordings
from app.passes import Signer, new_actor, new_key
from app.roles import Pass
from bench import machine

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a secret for measuring"
THEMES = ["Pay", "Power", "Time", "Words", "Practice"]
NOW = 1_760_000_000_000


@dataclass(frozen=True, slots=True)
class Event:
    """A database file and its one live session. `cursor` is where a fresh page stands."""

    file: Path
    session_id: int
    code: str
    size: int
    cursor: str
    organiser: Pass
    invitation: str

    def phones(self, count: int) -> list[tuple[str, str]]:
        """Phones and their tokens, of participants who have done nothing yet."""
        return [("phone", token(new_actor(self.session_id))) for _ in range(count)]

    @property
    def head(self) -> int:
        """The seq of the newest change."""
        return self.size + 1

    def cursor_before(self, changes: int) -> str:
        """Where a page stands that lacks so many changes."""
        seq = self.head - changes
        with closing(sqlite.connect(self.file)) as db:
            [[mark]] = db.execute("SELECT mark FROM change WHERE seq = ?", [seq])
        return f"{seq}.{mark}"

    def big_screens(self) -> list[tuple[str, str]]:
        """A board and a projector, with the organiser's token."""
        return [(screen, token(self.organiser)) for screen in ("board", "projector")]


@dataclass(frozen=True, slots=True)
class Server:
    """A running `sheaf serve`, on a core of its own."""

    port: int
    pid: int
    event: Event


@cache
def event(size: int, themes: int = len(THEMES)) -> Event:
    """A session with so many contributions, every second one of them in a theme. Made once, and
    never touched: servers get a copy."""
    file = Path(_folder().name) / f"{size}-{themes}.db"
    names = [THEMES[nth % len(THEMES)] for nth in range(themes)]
    engine = connect(f"sqlite:///{file}")
    migrate(engine)
    with writing(engine) as db:
        code, organiser, invitation = starting.start(db, NOW, NewSession(title="What next?", themes=names))
        cursor = _fill(db, organiser.session_id, size, themes)
    engine.dispose()  # the last connection to close folds the write-ahead log into the file
    return Event(file, organiser.session_id, code, size, cursor, organiser, invitation)


@cache
def many(count: int, size: int) -> Path:
    """A database with many sessions, each with so many contributions."""
    file = Path(_folder().name) / f"{count}-of-{size}.db"
    engine = connect(f"sqlite:///{file}")
    migrate(engine)
    for _ in range(count):
        with writing(engine) as db:
            made = starting.start(db, NOW, NewSession(title="What next?", themes=THEMES))
            _fill(db, made[1].session_id, size, len(THEMES))
    engine.dispose()
    return file


def card_text(number: int) -> str:
    """What a card says: as long as what people write on a phone, of the words they use, and no
    two alike, so that pages compress about as they would."""
    chosen = random.Random(number)
    return " ".join(chosen.choices(_words(), k=chosen.randint(8, 24)))


@contextmanager
def copy_of(made: Event) -> Iterator[Path]:
    """A folder with a fresh copy of the database, for one run."""
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        shutil.copy(made.file, Path(folder) / "sheaf.db")
        yield Path(folder)


@contextmanager
def serving(made: Event) -> Iterator[Server]:
    """The real server, with the limits per participant set aside."""
    with copy_of(made) as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SHEAF_")},
            "PYTHONPATH": str(ROOT),
            "SHEAF_DATA_DIR": str(folder),
            "SHEAF_SECRET": SECRET,
            "SHEAF_ACTION_BURST": "1000000",
        }
        command = [sys.executable, "-P", "-m", "app", "serve", "--port", "0"]
        with running(command, environment) as (process, said):
            yield Server(int(said.rpartition(":")[2]), process.pid, made)


@contextmanager
def running(
    command: list[str], environment: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A program on the first core, once it has said its first line."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=machine.run_on_first_core,
    )
    assert process.stdout is not None
    try:
        said = process.stdout.readline().strip()
        if not said:
            raise SystemExit(f"This did not start: {' '.join(command)}")
        yield process, said
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def path_of_house() -> dict[str, str]:
    """The environment in which a program finds our modules, and nothing else."""
    return {"PYTHONPATH": str(ROOT)}


def token(holder: Pass) -> str:
    """The token of somebody's pass."""
    return Signer(SECRET, https=False).token(holder)


def _fill(db: Connection, session_id: int, size: int, themes: int) -> str:
    """As many posts would leave it, in four statements."""
    numbers = range(1, size + 1)
    people = [new_actor(session_id).actor_id for _ in range(min(size, 200))]
    first_wording = 1 + _last_wording(db)
    known = {"session_id": session_id, "created_at": NOW}
    db.execute(insert(actors), [{"id": actor_id, **known} for actor_id in people])
    said = {"session_id": session_id, "facet": "text"}
    db.execute(
        insert(wordings),
        [
            {"id": first_wording + number - 1, "subject": str(number), "text": card_text(number), **said}
            for number in numbers
        ],
    )
    kinds = list(Kind)
    db.execute(
        insert(contributions),
        [
            {
                "number": number,
                "prompt": 1,
                "author_id": people[number % len(people)],
                "carrier": "phone",
                "kind": kinds[number % 3],
                "wording_id": first_wording + number - 1,
                "status": "visible",
                "shown_at": number + 1,
                "placed": number % 2 == 0,
                "touched": number + 1,
                **known,
            }
            for number in numbers
        ],
    )
    db.execute(
        insert(placements),
        [
            {"session_id": session_id, "number": n, "place": letters(n // 2 % themes + 1), "rank": float(n)}
            for n in numbers
            if n % 2 == 0
        ],
    )
    marks = [secrets.token_hex(2) for _ in numbers]
    db.execute(
        insert(changes),
        [
            {
                "session_id": session_id,
                "seq": number + 1,
                "mark": marks[number - 1],
                "at": NOW,
                "actor_id": people[number % len(people)],
                "action": "post",
                "subjects": [str(number)],
                "detail": {},
                "key": new_key(),
                "digest": bytes(16),
            }
            for number in numbers
        ],
    )
    stands: dict[str, Any] = {"head": size + 1, "mark": marks[-1], "last_number": size}
    db.execute(update(sessions).where(sessions.c.id == session_id).values(**stands))
    return f"{size + 1}.{marks[-1]}"


def _last_wording(db: Connection) -> int:
    return int(db.exec_driver_sql("SELECT max(id) FROM wording").scalar_one())


@cache
def _words() -> list[str]:
    said = json.loads((ROOT / "app/starting_points/coproduction.json").read_text())
    return [word for one in said["contributions"] for word in one["text"].split()]


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="sheaf-bench-")
