"""The engine, and the two kinds of transaction: one that reads a snapshot, one that writes.

SQLite comes from pysqlite3, which bundles a version without the bug that can corrupt a
database in WAL mode when two connections write or checkpoint at once (3.7.0 to 3.51.2).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import alembic.runtime.migration
import alembic.script
import pysqlite3.dbapi2 as sqlite
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

FIXED_SQLITE = (3, 51, 3)
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


class UnsafeDatabase(Exception):
    """The database would not keep what it is given; the message says why."""


class Schema(StrEnum):
    """The form of a database's tables, seen from this program."""

    NONE = "none"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def connect(url: str) -> Engine:
    """An engine for `url`. Raises UnsafeDatabase for a SQLite that can lose data."""
    if sqlite.sqlite_version_info < FIXED_SQLITE:
        raise UnsafeDatabase(
            f"SQLite {sqlite.sqlite_version} can damage its file; 3.51.3 or newer is needed."
        )
    if make_url(url).get_backend_name() != "sqlite":
        raise UnsafeDatabase("Only SQLite is supported so far: sqlite:///path/to/file.db")
    Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, module=sqlite, pool_size=8, max_overflow=64, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def sqlite_file(url: str) -> Path | None:
    """The file that a SQLite address names; None for another database."""
    address = make_url(url)
    return Path(address.database or "") if address.get_backend_name() == "sqlite" else None


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest form. Safe beside a running server. Raises UnsafeDatabase
    for tables that a newer program has made."""
    config = _migrations()
    with writing(engine) as db:
        if schema_of(db) is Schema.NEWER:
            raise UnsafeDatabase("This database is from a newer Sheaf.")
        config.attributes["connection"] = db
        alembic.command.upgrade(config, "head")


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
    """One transaction that holds the right to write from its first statement to its commit."""
    with engine.connect().execution_options(sheaf_writes=True) as db, db.begin():
        yield db


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, else reads see no snapshot
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(db: Connection) -> None:
    # A transaction that reads first and writes later is refused at once when somebody else wrote
    # in between, so a writer takes its place in the queue at the start.
    writes = db.get_execution_options().get("sheaf_writes")
    db.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
