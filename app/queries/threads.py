"""The thread between sessions: which theme one grew from, and what grew from its own."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from app.models import Status, contributions, sessions, threads, wordings


class Strand(NamedTuple):
    """A session that grew from a theme of an earlier one."""

    of_session: int
    letter: str
    name: str
    """What the theme was called then; empty where it had no name."""
    voices: int
    """How many stood in it then."""
    session_id: int
    code: str
    title: str
    at: int
    """When it was made, so when the theme was so."""
    earlier_code: str | None
    """None where the earlier session was deleted."""
    earlier_title: str | None
    earlier_at: int | None


class Thread(NamedTuple):
    """What came before a session or one of its themes, oldest first; and what grew from it, each
    with how many steps away it is."""

    before: list[Strand]
    after: list[tuple[int, Strand]]


def origins(db: Connection, session_ids: Iterable[int]) -> dict[int, Strand]:
    """What those of these sessions grew from that grew from something."""
    found = db.execute(_STRANDS.where(threads.c.session_id.in_([*session_ids])))
    return {row.session_id: Strand(*row) for row in found}


def origin(db: Connection, session_id: int) -> Strand | None:
    """What a session grew from, if anything."""
    return origins(db, [session_id]).get(session_id)


def grown_from(db: Connection, session_id: int, letter: str = "") -> list[Strand]:
    """The sessions that grew from one, or from one theme of it, oldest first."""
    where = [threads.c.of_session == session_id, *([threads.c.theme == letter] if letter else [])]
    return [Strand(*row) for row in db.execute(_STRANDS.where(*where))]


def brought_along(db: Connection, session_id: int, numbers: Iterable[int]) -> set[tuple[int, int]]:
    """Which of these cards of a session stand in one that grew from it: that one's id, and the card's
    number here."""
    found = db.execute(
        select(threads.c.session_id, contributions.c.earlier)
        .join(contributions, contributions.c.session_id == threads.c.session_id)
        .where(threads.c.of_session == session_id, contributions.c.earlier.in_([*numbers]))
        .where(contributions.c.status != Status.WITHDRAWN)
    )
    return {(row.session_id, row.earlier) for row in found}


def thread_of(db: Connection, session_id: int, letter: str = "") -> Thread:
    """The whole of it, for a session or one theme of it. A session is always older than what grew
    from it, so this ends."""
    before: list[Strand] = []
    at = session_id
    while (strand := origin(db, at)) is not None:
        before.insert(0, strand)
        at = strand.of_session
    return Thread(before, _after(db, session_id, letter, 1))


def _after(db: Connection, session_id: int, letter: str, steps: int) -> list[tuple[int, Strand]]:
    found: list[tuple[int, Strand]] = []
    for strand in grown_from(db, session_id, letter):
        found += [(steps, strand), *_after(db, strand.session_id, "", steps + 1)]
    return found


_EARLIER = sessions.alias("earlier")
_STRANDS: Select[Any] = (
    select(
        threads.c.of_session,
        threads.c.theme,
        func.coalesce(wordings.c.text, "").label("name"),
        threads.c.voices,
        sessions.c.id.label("session_id"),
        sessions.c.code,
        sessions.c.title,
        sessions.c.created_at,
        _EARLIER.c.code.label("earlier_code"),
        _EARLIER.c.title.label("earlier_title"),
        _EARLIER.c.created_at.label("earlier_at"),
    )
    .join(sessions, sessions.c.id == threads.c.session_id)
    .outerjoin(_EARLIER, _EARLIER.c.id == threads.c.of_session)
    .outerjoin(wordings, wordings.c.id == threads.c.name_id)
    .order_by(sessions.c.created_at, sessions.c.id)
)
