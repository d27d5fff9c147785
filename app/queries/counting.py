"""How many visible cards there are in all, and in each place.

Asking each card of a place whether it is visible would take longer with every card; so the few that
are not, and the few that were merged, are counted.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, exists, func, or_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import ScalarSelect

from app.models import ASIDE, Status, contributions, placements, themes
from app.prepared import Prepared


class Tally(NamedTuple):
    """How many voices there are: visible cards, merged or not."""

    all: int
    unsorted: int
    lone: int
    parked: int


def voices_in(db: Connection, live_session: Row[Any]) -> int:
    """How many visible cards there are. Each number is a card's for ever, so the few that are not
    visible are counted: counting the others would take longer with every post."""
    return int(live_session.last_number - _VOICES.scalar(db, {"session": live_session.id}))


def tally_of(db: Connection, live_session: Row[Any]) -> Tally:
    """Counts of visible cards: all of them, and those outside the themes."""
    here = _TALLY.first(db, {"session": live_session.id})
    # A merged card has no place of its own, wherever the one that stands for it is.
    unsorted = here.not_placed - here.merged_and_placed
    return Tally(int(live_session.last_number - here.unseen), unsorted, here.lone, here.parked)


# The statements of every update are built once: building one takes longer than SQLite needs to
# run it.
HERE: Any = bindparam("session")

IS_SEEN = contributions.c.status == Status.VISIBLE

# Written out, so that the statement has all its values from the start.
IS_UNSEEN = or_(*(contributions.c.status == status for status in Status if status != Status.VISIBLE))

OTHERS = contributions.alias("others")


# How many visible cards there are in a place. Asking each of its cards whether it is visible would
# take longer with every card; so the few that are not, and the few that were merged, are counted.
def count(*where: Any) -> ScalarSelect[int]:
    """How many rows there are, for each theme where one is asked about."""
    return select(func.count()).where(*where).correlate(themes).scalar_subquery()


def exists_here(*where: Any) -> ColumnElement[bool]:
    """Whether there is such a row, for each theme or card that is asked about."""
    return exists().where(*where).correlate(themes, contributions)


def cards_in(session: Any, place: Any) -> ColumnElement[int]:
    """How many visible cards stand in a place."""
    stands = placements.c.session_id == session, placements.c.place == place
    unseen = contributions.c.session_id == session, IS_UNSEEN, contributions.c.placed.is_(True)
    there = exists_here(*stands, placements.c.number == contributions.c.number)
    return count(*stands) - count(*unseen, there)


def merged_in(session: Any, place: Any) -> ScalarSelect[int]:
    """How many visible cards were merged into those that stand in a place."""
    stands = placements.c.session_id == session, placements.c.place == place
    merged = contributions.c.session_id == session, contributions.c.merged_into.is_not(None), IS_SEEN
    return count(*merged, exists_here(*stands, placements.c.number == contributions.c.merged_into))


_UNSEEN = count(contributions.c.session_id == HERE, IS_UNSEEN)

_VOICES = Prepared(select(_UNSEEN))

_TALLY = Prepared(
    select(
        _UNSEEN.label("unseen"),
        count(contributions.c.session_id == HERE, IS_SEEN, contributions.c.placed.is_(False)).label(
            "not_placed"
        ),
        count(
            contributions.c.session_id == HERE,
            contributions.c.merged_into.is_not(None),
            IS_SEEN,
            exists_here(
                OTHERS.c.session_id == HERE,
                OTHERS.c.number == contributions.c.merged_into,
                OTHERS.c.placed.is_(True),
            ),
        ).label("merged_and_placed"),
        *((cards_in(HERE, place) + merged_in(HERE, place)).label(place) for place in ASIDE),
    )
)
