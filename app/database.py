"""The engine, and the two kinds of transaction: one that reads a snapshot, one that writes.

SQLite is a file on one machine. It comes from pysqlite3, which bundles a version without the bug
that can corrupt a database in WAL mode when two connections write or checkpoint at once (3.7.0 to
3.51.2). PostgreSQL is for several servers. There, anything between us may stop answering without
a word, so nothing waits for it longer than `PATIENCE`: a database that is gone shows as an error
(one of `UNAVAILABLE`), never as a hang.

On both we say BEGIN ourselves. Each has more kinds of it than a driver knows how to ask for.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import alembic.runtime.migration
import alembic.script
import psycopg
import pysqlite3.dbapi2 as sqlite
from alembic.util import CommandError
from psycopg.abc import PQGen
from psycopg.errors import LockNotAvailable
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, InternalError, OperationalError

FIXED_SQLITE = (3, 51, 3)
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"

UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
"""What a database raises that cannot serve just now, whatever it was asked: it is gone, full,
busy, starting, or read only. Nothing is wrong with the statement, so later it may work."""

CONNECTIONS = 12
"""How many connections one server keeps to PostgreSQL, which has 100 unless told otherwise. Two
more carry the hints between servers."""

PATIENCE = 10.0
"""Seconds after which a PostgreSQL that does not answer is given up."""

BUSY = 15_000
"""Milliseconds that SQLite waits for another process to finish writing."""

_LIMITS = {
    # Below our own patience, so that a busy database says so itself.
    "statement_timeout": 8_000,
    # A server that freezes in the middle of a transaction holds its session's lock. It is thrown
    # out before the others, who want that lock, give up.
    "idle_in_transaction_session_timeout": 5_000,
    # Who wants it tries again and again, and sees to other sessions in between.
    "lock_timeout": 250,
}
"""What PostgreSQL itself stops, in milliseconds."""

_MIGRATING = 7_325_411_068
"""The advisory lock of those who bring the tables up to date. Any number that nobody else uses."""

_BEGIN = {
    ("sqlite", False): "BEGIN",
    # A transaction that reads first and writes later is refused at once when somebody else wrote
    # in between, so a writer takes its place in the queue at the start.
    ("sqlite", True): "BEGIN IMMEDIATE",
    ("postgresql", False): "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    # Each statement sees what others have committed by then. With the session's row locked first,
    # that is all of it: nobody needs to start over, as they would at a stricter level.
    ("postgresql", True): "BEGIN ISOLATION LEVEL READ COMMITTED",
}


class UnsafeDatabase(Exception):
    """The database would not keep what it is given; the message says why."""


class Schema(StrEnum):
    """The form of a database's tables, seen from this program."""

    NONE = "none"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def is_held(fault: BaseException) -> bool:
    """Whether another server held what was asked for. Nothing was done, so it may be tried again."""
    return isinstance(getattr(fault, "orig", None), LockNotAvailable)


def connect(url: str) -> Engine:
    """An engine for `url`: `sqlite:///path/to/file.db` or `postgresql://user@host/name`. Raises
    UnsafeDatabase for a SQLite that can lose data, and for an address of anything else."""
    try:
        address = make_url(url)
    except ArgumentError:  # its message may hold a password
        raise UnsafeDatabase("This is not the address of a database.") from None
    match address.get_backend_name():
        case "sqlite":
            engine = _sqlite(address)
        case "postgresql" | "postgres":
            engine = _postgresql(address)
        case _:
            raise UnsafeDatabase("Sheaf keeps its data in SQLite or PostgreSQL, in nothing else.")
    event.listen(engine, "begin", _begin)
    return engine


def sqlite_file(url: str) -> Path | None:
    """The file that a SQLite address names; None for another database."""
    address = make_url(url)
    return Path(address.database or "") if address.get_backend_name() == "sqlite" else None


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest form. Safe beside a running server, and for several that
    start together: all but the first wait, and find it done. Raises UnsafeDatabase for tables
    that a newer program has made."""
    config = _migrations()
    with _rebuilding(engine) as db, _in_turn(db):
        if schema_of(db) is Schema.NEWER:
            raise UnsafeDatabase("This database is from a newer Sheaf.")
        config.attributes["connection"] = db
        alembic.command.upgrade(config, "head")


@contextmanager
def _rebuilding(engine: Engine) -> Iterator[Connection]:
    """A transaction that may rebuild tables which others point at. SQLite would take the old table's
    end for the end of its rows; so it does not follow foreign keys meanwhile, and all of them are
    looked at before the commit. PostgreSQL changes tables where they are."""
    if engine.name != "sqlite":
        with writing(engine) as db:
            yield db
        return
    with engine.connect().execution_options(sheaf_writes=True) as db:
        follow: Any = db.connection.dbapi_connection  # inside a transaction, the pragma does nothing
        follow.execute("PRAGMA foreign_keys=OFF")
        try:
            with db.begin():
                yield db
                if db.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise UnsafeDatabase("Rows of this database point at others that are not there.")
        finally:
            follow.execute("PRAGMA foreign_keys=ON")


def schema_of(db: Connection) -> Schema:
    """How a database's tables compare with what this program needs."""
    has = alembic.runtime.migration.MigrationContext.configure(db).get_current_revision()
    script = alembic.script.ScriptDirectory.from_config(_migrations())
    if has is None:
        return Schema.NONE
    try:
        script.get_revision(has)
    except CommandError:
        return Schema.NEWER
    return Schema.CURRENT if has == script.get_current_head() else Schema.OLDER


def _migrations() -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One snapshot: everything read inside belongs to the same moment."""
    with engine.connect() as db, db.begin():
        yield db


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction. On SQLite it holds the right to write from its first statement to its
    commit; on PostgreSQL it sees, with each statement, what was committed before that."""
    with engine.connect().execution_options(sheaf_writes=True) as db, db.begin():
        yield db


def scrub(engine: Engine) -> None:
    """Let nothing that was deleted stay in SQLite's write-ahead log. PostgreSQL's own log ages
    out by itself. A reader that holds it open keeps it; the next one to be deleted, or the last to
    close the file, empties it."""
    if engine.dialect.name != "sqlite":
        return
    with closing(engine.raw_connection()) as pooled:
        file: Any = pooled.driver_connection
        # Nobody may write while it waits for readers, so it waits for a moment only.
        file.execute("PRAGMA busy_timeout=1000")
        try:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            file.execute(f"PRAGMA busy_timeout={BUSY}")


def _begin(db: Connection) -> None:
    writes = db.get_execution_options().get("sheaf_writes", False)
    db.exec_driver_sql(_BEGIN[db.dialect.name, writes])


# SQLite


def _sqlite(address: URL) -> Engine:
    if sqlite.sqlite_version_info < FIXED_SQLITE:
        raise UnsafeDatabase(
            f"SQLite {sqlite.sqlite_version} can damage its file; 3.51.3 or newer is needed."
        )
    Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, module=sqlite, pool_size=8, max_overflow=64, hide_parameters=True)
    event.listen(engine, "connect", _prepare_file)
    return engine


def _prepare_file(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY}",
    "secure_delete=ON",  # what is deleted is written over, not only left out of the index
)


# PostgreSQL


def _postgresql(address: URL) -> Engine:
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        connect_args=_SIGNS_OF_LIFE,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=PATIENCE,
        pool_pre_ping=True,  # after a restart of PostgreSQL, nobody should pay for an old connection
    )
    event.listen(engine, "do_connect", _open)
    event.listen(engine, "connect", _prepare_session)
    return engine


_SIGNS_OF_LIFE = {
    "application_name": "sheaf",
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


class _Bounded(psycopg.Connection[Any]):
    """A connection that waits so long for an answer, and no longer. The limits that PostgreSQL
    keeps do not help where its answer never arrives, nor those of the network where somebody in
    between still takes our bytes."""

    patience: float | None = PATIENCE

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Run one exchange with the server."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.Error as fault:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # its answer may still come, and must not be taken for another
            # PostgreSQL's details quote the row, so perhaps somebody's words; and errors are logged.
            fault.args = (fault.diag.message_primary or str(fault),)
            raise

    def __del__(self, *_: Any) -> None:
        """Without psycopg's warning: when a server stops, a thread may be reading to the last, and
        what it read from goes with it."""
        if hasattr(self, "pgconn"):
            self.pgconn.finish()


class _BoundedLine(psycopg.AsyncConnection[Any]):
    """The same for one that is used on the event loop."""

    async def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """Run one exchange with the server."""
        return await super().wait(gen, interval, PATIENCE if timeout is None else timeout)


async def line_to(engine: Engine) -> psycopg.AsyncConnection[Any]:
    """A connection to an engine's PostgreSQL that its pool knows nothing of. Each statement is a
    transaction."""
    _where, how = engine.dialect.create_connect_args(engine.url)
    said: dict[str, Any] = {**_SIGNS_OF_LIFE, **how}
    return await _BoundedLine.connect(autocommit=True, **said)


def _open(_dialect: object, _record: object, where: Any, how: Any) -> _Bounded:
    return _Bounded.connect(*where, **how)


def _prepare_session(connection: Any, _record: object) -> None:
    for name, most in _LIMITS.items():
        connection.execute(f"SET {name} = {most}")
    # Saved means saved, also where the database's owner has set it otherwise for other programs.
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )


@contextmanager
def _in_turn(db: Connection) -> Iterator[None]:
    """Alone among all servers, and without a limit: a large table takes its time. SQLite's
    writers are alone anyway."""
    connection = db.connection.driver_connection
    if not isinstance(connection, _Bounded):
        yield
        return
    connection.patience = None
    for name in _LIMITS:
        db.exec_driver_sql(f"SET LOCAL {name} = 0")
    db.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
    try:
        yield
    finally:
        connection.patience = PATIENCE
