"""Doing again what the erasure ledger says, after an older database took the place of a newer one.

By a restore, by a copied file, by a machine's snapshot: whoever opens a database does this before
anybody is served. It is done as its author did it, with a change of its own, so that screens and
the log agree.
"""

import secrets
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, insert, select, update

from app.actions import erasing
from app.actions.sessions import delete
from app.actions.turn import Turn
from app.database import reading, scrub, writing
from app.ledger import Deed, Entry, Ledger
from app.models import Role, Status, changes, contributions, sessions, wordings
from app.passes import new_key

AT_A_TIME = 500
"""How many cards one statement asks for."""


class Again(NamedTuple):
    """How many cards and sessions had come back, and are gone again."""

    cards: int
    sessions: int


def do_again(engine: Engine, ledger: Ledger, now: int) -> Again:
    """Bring a database to what the ledger says of it. Does nothing where that is so already, so it
    may be done any number of times."""
    with reading(engine) as db:
        due = [*outstanding(db, ledger.entries())]
    for session_id in {entry.session_id for entry in due}:
        # One transaction per session, as the writer has: two servers may be at it.
        with writing(engine) as db:
            _hold(db, session_id)
            for entry in [*outstanding(db, (one for one in due if one.session_id == session_id))]:
                _again(db, entry, now)
    if due:
        scrub(engine)
    whole = sum(entry.deed is Deed.DELETED for entry in due)
    return Again(len(due) - whole, whole)


def outstanding(db: Connection, entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries that a database does not hold to: of each card the last word, and of a session
    that should not be there that alone."""
    by_session: dict[int, list[Entry]] = {}
    for entry in entries:
        by_session.setdefault(entry.session_id, []).append(entry)
    there = set(db.scalars(select(sessions.c.id))) if by_session else set()
    for session_id in by_session.keys() & there:
        told = by_session[session_id]
        deleted = [entry for entry in told if entry.deed is Deed.DELETED]
        yield from deleted[:1] or _cards_outstanding(db, session_id, told)


def _cards_outstanding(db: Connection, session_id: int, told: list[Entry]) -> Iterator[Entry]:
    last: dict[tuple[int, int], Entry] = {}
    for entry in sorted(told, key=lambda one: one.deed is Deed.ERASED):
        last[entry.number, entry.said_at] = entry
    numbers = sorted({number for number, _said_at in last})
    for some in (numbers[at : at + AT_A_TIME] for at in range(0, len(numbers), AT_A_TIME)):
        worded = _worded(db, session_id, some)
        here = contributions.c.session_id == session_id, contributions.c.number.in_(some)
        for card in db.execute(select(contributions).where(*here).order_by(contributions.c.number)):
            due = last.get((card.number, card.created_at))
            if due and not _holds(due, card, has_words=str(card.number) in worded):
                yield due


def _worded(db: Connection, session_id: int, numbers: Iterable[int]) -> set[str]:
    """Which of these cards have words left, as subjects."""
    of = wordings.c.session_id == session_id, wordings.c.subject.in_([str(one) for one in numbers])
    said = wordings.c.facet == "text", wordings.c.text != ""
    return set(db.scalars(select(wordings.c.subject).where(*of, *said)))


def _holds(entry: Entry, card: Row[Any], *, has_words: bool) -> bool:
    is_back = card.status != Status.WITHDRAWN
    return not is_back and (entry.deed is Deed.WITHDRAWN or not has_words)


def _hold(db: Connection, session_id: int) -> None:
    if db.dialect.name != "sqlite":
        db.execute(select(sessions.c.id).where(sessions.c.id == session_id).with_for_update(key_share=True))


def _again(db: Connection, entry: Entry, now: int) -> None:
    if entry.deed is Deed.DELETED:
        delete(db, entry.session_id)
        return
    if _status_of(db, entry) != Status.WITHDRAWN:
        turn = _turn(db, entry, now)
        erasing.take_back(turn, turn.contribution(entry.number))
        _log(turn, "withdraw")
    if entry.deed is Deed.ERASED:
        turn = _turn(db, entry, now)
        erasing.wipe(turn, turn.contribution(entry.number))
        _log(turn, "erase")


def _card(entry: Entry) -> list[Any]:
    return [contributions.c.session_id == entry.session_id, contributions.c.number == entry.number]


def _status_of(db: Connection, entry: Entry) -> str:
    return str(db.scalar(select(contributions.c.status).where(*_card(entry))))


def _turn(db: Connection, entry: Entry, now: int) -> Turn:
    """The author's turn, as it was before the restore. Nobody has to be let in: they were."""
    taken = {"head": sessions.c.head + 1, "mark": secrets.token_hex(4)}
    this = sessions.c.id == entry.session_id
    live_session = db.execute(update(sessions).where(this).values(**taken).returning(sessions)).one()
    author = str(db.scalar(select(contributions.c.author_id).where(*_card(entry))))
    return Turn(db, live_session, author, Role.PARTICIPANT, now, live_session.head)


def _log(turn: Turn, action: str) -> None:
    said = {"action": action, "subjects": turn.subjects, "detail": turn.detail, "digest": b""}
    where = {"session_id": turn.session_id, "seq": turn.seq, "mark": turn.live_session.mark, "at": turn.now}
    turn.db.execute(insert(changes), {**where, **said, "actor_id": turn.actor_id, "key": new_key()})
