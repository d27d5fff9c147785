"""The engine, and the two kinds of transaction: one that reads a snapshot, one that writes.

SQLite is a file on one machine. It comes from pysqlite3, which bundles a version without the bug
that can corrupt a database in WAL mode when two connections write or checkpoint at once (3.7.0 to
3.51.2). PostgreSQL is for several servers (`app.postgresql`). A database that is gone shows as an
error (one of `UNAVAILABLE`), never as a hang.

On both we say BEGIN ourselves. Each has more kinds of it than a driver knows how to ask for.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree

FIXED_SQLITE = (3, 51, 3)

_HERE = Path(__file__).resolve().parent
MIGRATIONS = next(one for one in (_HERE / "migrations", _HERE.parent / "migrations") if one.is_dir())
"""Within the code where that was installed from a wheel, beside it in the repository."""

UNAVAILABLE = (OperationalError, InterfaceError, InternalError, NoneFree)
"""What a database raises that cannot serve just now, whatever it was asked: it is gone, full,
busy, starting, or read only, or all lines to it are taken. Nothing is wrong with the statement,
so later it may work."""

BUSY = 15_000
"""Milliseconds that SQLite waits for another process to finish writing."""

_LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's word for it."""

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


FROM_NEWER = "This database is from a newer Sheaf. Please run that one, or restore a backup from before."


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
    return getattr(getattr(fault, "orig", None), "sqlstate", None) == _LOCK_NOT_AVAILABLE


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
            from app.postgresql import open_postgresql

            engine = open_postgresql(address)
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
    with _rebuilding(engine) as db:
        match schema_of(db):
            case Schema.NEWER:
                raise UnsafeDatabase(FROM_NEWER)
            case Schema.OLDER | Schema.NONE:
                _upgrade(db)


def _upgrade(db: Connection) -> None:
    import alembic.command  # here, since it brings 15 MB, and a server hardly ever needs it
    import alembic.config

    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = db
    alembic.command.upgrade(config, "head")


@contextmanager
def _rebuilding(engine: Engine) -> Iterator[Connection]:
    """A transaction that may rebuild tables which others point at. SQLite would take the old table's
    end for the end of its rows; so it does not follow foreign keys meanwhile, and all of them are
    looked at before the commit. PostgreSQL changes tables where they are."""
    if engine.name != "sqlite":
        from app.postgresql import in_turn

        with writing(engine) as db, in_turn(db):
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
    if not inspect(db).has_table("alembic_version"):
        return Schema.NONE
    has = db.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if has is None:
        return Schema.NONE
    known = [file.name.partition("_")[0] for file in sorted(MIGRATIONS.glob("versions/*.py"))]
    if has not in known:
        return Schema.NEWER
    return Schema.CURRENT if has == known[-1] else Schema.OLDER


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


def scrub(engine: Engine) -> bool:
    """Let nothing that was deleted stay in SQLite's write-ahead log. PostgreSQL's own log ages
    out by itself. False where a reader holds it open, and so keeps it."""
    if engine.dialect.name != "sqlite":
        return True
    with closing(engine.raw_connection()) as pooled:
        file: Any = pooled.driver_connection
        # Nobody may write while it waits for readers, so it waits for a moment only.
        file.execute("PRAGMA busy_timeout=1000")
        try:
            [(is_held_open, *_)] = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return not is_held_open
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
    file = Path(address.database or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.touch(0o600)  # for its owner's eyes only, and so is the log that SQLite puts beside it
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
