"""A copy of the database while the server runs, and back again.

Both go through SQLite's own backup, which copies one moment whatever is written meanwhile. A copy
is made under another name and takes its own only when it is whole, checked and on disk. So there
is never half a backup, and never half a restore.

A restored board has lost what was said since the backup, while phones still show it. So every
change gets a new mark: no cursor from before fits, and every screen starts again from nothing.
What was erased since must not come back: the ledger is gone through before the copy takes its place.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Engine

from app import lease
from app.actions.again import Again, do_again
from app.database import Schema, connect, migrate, reading, schema_of, sqlite_file, writing
from app.ledger import Ledger, to_disk
from app.moments import now
from app.soundness import faults


class NotDone(Exception):
    """There was no backup, or no restore. The message is for the operator."""


def back_up(url: str, file: Path) -> None:
    """Copy the database as it is at this moment. An earlier backup of the same name is replaced;
    anything else there is refused, and so is a damaged database."""
    source = _file_of(url)
    if not source.exists():
        raise NotDone(f"There is no database at {source}.")
    if file.exists() and (file.samefile(source) or not _is_ours(file)):
        raise NotDone(f"{file} is no backup. It was left as it is.")
    with _made_whole(file) as copy:
        _copy(source, copy)
        with _opened(copy) as engine, reading(engine) as db:
            _require_sound(db, "The database is damaged. No backup was made.")


class Restored(NamedTuple):
    """The name under which an older file is kept, and what had come back and is gone again."""

    aside: Path | None
    again: Again


def restore(url: str, file: Path, ledger: Ledger, *, replaces: bool) -> Restored:
    """Put a backup where the server looks for its database, without what was erased since. Where
    there are data already, it is refused unless it `replaces` them."""
    target = _file_of(url)
    if not _is_ours(file):
        raise NotDone(f"{file} is no backup of Sheaf.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with lease.alone(target), _made_whole(target) as copy:
        if not replaces and _has_data(target):
            raise NotDone(f"There are data in {target}. With --replace, the backup takes their place.")
        _copy(file, copy)
        with _opened(copy) as engine:
            _bring_up_to_date(engine)
            again = do_again(engine, ledger, now())
        _belong_like(copy, target)
        return Restored(_put_aside(target), again)


def _file_of(url: str) -> Path:
    file = sqlite_file(url)
    if file is None:
        raise NotDone("For PostgreSQL, please use its own pg_dump and pg_restore.")
    return file


def _is_ours(file: Path) -> bool:
    try:
        with closing(_to_read(file)) as db:
            found = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    except sqlite.Error:
        return False
    return {"alembic_version", "live_session", "change"} <= found


def _has_data(target: Path) -> bool:
    """Also what can't be read may be worth keeping."""
    if not target.exists():
        return False
    try:
        with closing(_to_read(target)) as db:
            return db.execute("SELECT 1 FROM live_session").fetchone() is not None
    except sqlite.Error as problem:
        return "no such table" not in str(problem)


def _to_read(file: Path) -> Any:
    return sqlite.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=15)


@contextmanager
def _made_whole(file: Path) -> Iterator[Path]:
    """A file to be written, for its owner's eyes only, which takes its place at the end."""
    made = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    made.touch(0o600, exist_ok=False)
    try:
        yield made
        to_disk(made)
        made.replace(file)
        to_disk(file.parent)  # the name must outlive a power cut too
    finally:
        made.unlink(missing_ok=True)


def _copy(source: Path, copy: Path) -> None:
    """In one step: its snapshot holds up nobody, and no writer makes it begin anew."""
    try:
        with closing(_to_read(source)) as there, closing(sqlite.connect(copy)) as here:
            there.backup(here)
    except sqlite.Error as problem:
        raise NotDone(f"{source} can’t be copied: {problem}.") from None


@contextmanager
def _opened(copy: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{copy}")
    try:
        yield engine
    finally:
        engine.dispose()
        _make_one_file(copy)


def _make_one_file(file: Path) -> None:
    """Take in what stands beside it, so that nothing can be forgotten. Raises NotDone while
    somebody has it open."""
    try:
        with closing(sqlite.connect(file, timeout=2)) as db:
            db.execute("PRAGMA journal_mode=DELETE")
    except sqlite.OperationalError as problem:
        if "locked" in str(problem):
            raise NotDone("Something has this database open. Please stop it first.") from None
    except sqlite.DatabaseError:
        pass  # too damaged to take anything in


def _require_sound(db: Connection, otherwise: str) -> None:
    for fault in faults(db):
        raise NotDone(f"{otherwise} {fault}")


def _bring_up_to_date(engine: Engine) -> None:
    with reading(engine) as db:
        if schema_of(db) is Schema.NEWER:
            raise NotDone("This backup is from a newer Sheaf.")
        _require_sound(db, "This backup is damaged.")
    migrate(engine)
    with writing(engine) as db:
        _require_sound(db, "This backup is damaged.")
        db.exec_driver_sql("UPDATE change SET mark = lower(hex(randomblob(4)))")
        db.exec_driver_sql(
            "UPDATE live_session SET mark = change.mark FROM change"
            " WHERE change.session_id = live_session.id AND change.seq = live_session.head"
        )


def _belong_like(copy: Path, target: Path) -> None:
    """The server may run as another user than whoever restores."""
    like = (target if target.exists() else target.parent).stat()
    if os.geteuid() == 0:
        os.chown(copy, like.st_uid, like.st_gid)
    if target.exists():
        copy.chmod(like.st_mode & 0o777)


def _put_aside(target: Path) -> Path | None:
    """Keep what was there under another name. What belongs to the old file must not stay beside
    the new one: SQLite would take it in."""
    if target.exists():
        _make_one_file(target)
    aside = target.with_name(f"{target.name}.before-{time.strftime('%Y%m%d-%H%M%S')}")
    for part in ("-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            target.with_name(target.name + part).rename(aside.with_name(aside.name + part))
    if not target.exists():
        return None
    os.link(target, aside)
    return aside
