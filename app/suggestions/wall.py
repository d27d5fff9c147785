"""What of a session is compared: the cards that everybody sees and that stand by themselves, by the
ids of their wordings. Held, hidden and withdrawn words are never among them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlalchemy.sql.elements import ColumnElement

from app.models import ASIDE, Status, contributions, placements, sessions, wordings


@dataclass(frozen=True, slots=True)
class Wall:
    """What is compared. Themes and unsorted hold numbers."""

    wording_of: dict[int, int]
    """Number to the id of its wording."""
    themes: dict[str, list[int]]
    unsorted: list[int]
    ids: frozenset[int]

    def ids_of(self, numbers: Iterable[int]) -> list[int]:
        """The wordings of these cards, as far as they are compared."""
        return [self.wording_of[number] for number in numbers if number in self.wording_of]

    def numbers_of(self, ids: Iterable[int]) -> list[int]:
        """The cards with these wordings, in the same order."""
        number_of = {wording_id: number for number, wording_id in self.wording_of.items()}
        return [number_of[one] for one in ids]


def look(db: Connection, session_id: int) -> Wall:
    """The wall as it is now."""
    columns = contributions.c.number, contributions.c.wording_id, contributions.c.placed
    rows = db.execute(select(*columns).where(*_up(session_id)).order_by(contributions.c.number)).all()
    wording_of = {row.number: row.wording_id for row in rows}
    themes: dict[str, list[int]] = {}
    for place, number in db.execute(_placed(session_id)):
        if number in wording_of:
            themes.setdefault(place, []).append(number)
    unsorted = [row.number for row in rows if not row.placed]
    return Wall(wording_of, themes, unsorted, frozenset(wording_of.values()))


def texts(db: Connection, session_id: int, ids: Iterable[int]) -> dict[int, str]:
    """The words of these wordings, but only of cards that are up now."""
    found = db.execute(
        select(wordings.c.id, wordings.c.text)
        .join(contributions, contributions.c.wording_id == wordings.c.id)
        .where(*_up(session_id), wordings.c.id.in_([*ids]))
    )
    return {wording_id: text for wording_id, text in found}


def heads(db: Connection, session_ids: Iterable[int]) -> dict[int, int]:
    """Where these sessions are: those that are still there and want suggestions."""
    wanted = sessions.c.id.in_([*session_ids]), sessions.c.suggests.is_(True)
    return {row.id: row.head for row in db.execute(select(sessions.c.id, sessions.c.head).where(*wanted))}


def _up(session_id: int) -> list[ColumnElement[bool]]:
    return [
        contributions.c.session_id == session_id,
        contributions.c.status == Status.VISIBLE,
        contributions.c.merged_into.is_(None),
    ]


def _placed(session_id: int) -> Select[Any]:
    return (
        select(placements.c.place, placements.c.number)
        .where(placements.c.session_id == session_id, placements.c.place.not_in(ASIDE))
        .order_by(placements.c.place, placements.c.rank, placements.c.number)
    )
