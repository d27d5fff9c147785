"""Whether a database is whole: its file, its references, and the log's own promises."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from app.database import Schema, schema_of
from app.models import changes, sessions


def faults(db: Connection) -> Iterator[str]:
    """What is wrong, a sentence each; nothing where all is well. Of a database that is not of
    this program's form only the file is looked at."""
    if db.dialect.name == "sqlite":
        yield from _faults_of_file(db)
    if schema_of(db) is Schema.CURRENT:
        yield from _faults_of_log(db)


def _faults_of_file(db: Connection) -> Iterator[str]:
    try:
        told = db.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    except DatabaseError as problem:
        told = str(problem.orig)
    if told != "ok":
        yield f"The database file is damaged: {told.splitlines()[-1]}."
        return
    broken = {row[0] for row in db.exec_driver_sql("PRAGMA foreign_key_check")}
    for table in sorted(broken):
        yield f"Rows of “{table}” refer to what is not there."


def _faults_of_log(db: Connection) -> Iterator[str]:
    """Every session's log is 1, 2, 3 … up to its head, and the head's mark is the last one's."""
    for row in db.execute(_LOGS):
        last = max(row.head, row.last or 0)
        if (row.count, row.first or 1, row.head) != (last, 1, last):
            yield f"Session {row.code}: its log is not 1, 2, 3 … up to {row.head}."
    for code in db.scalars(_MISMARKED):
        yield f"Session {code}: its newest change is not the one it names."


_LOGS = (
    select(
        sessions.c.code,
        sessions.c.head,
        func.count(changes.c.seq).label("count"),
        func.min(changes.c.seq).label("first"),
        func.max(changes.c.seq).label("last"),
    )
    .select_from(sessions.outerjoin(changes, changes.c.session_id == sessions.c.id))
    .group_by(sessions.c.id, sessions.c.code, sessions.c.head)
)
_MISMARKED = (
    select(sessions.c.code)
    .join(changes, (changes.c.session_id == sessions.c.id) & (changes.c.seq == sessions.c.head))
    .where(changes.c.mark != sessions.c.mark)
)
