"""The unsorted cards that wait until they are let onto the big screen."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, select

from app.models import Status, changes, contributions
from app.prepared import Prepared
from app.queries.cards import CARDS, STANDS, Card, with_places
from app.queries.counting import HERE, count


class Gathered(NamedTuple):
    """The unsorted cards that the big screen has not let in yet."""

    cards: int
    newest: int
    """The seq at which the newest of them was first seen."""


def gathered_in(db: Connection, live_session: Row[Any]) -> Gathered:
    """What waits to be let onto the big screen."""
    if live_session.shown_upto is None:
        return Gathered(0, 0)
    here = _GATHERED.first(db, {"session": live_session.id, "upto": live_session.shown_upto})
    return Gathered(here.seen - here.merged, here.newest or 0)


def let_in_since(db: Connection, session_id: int, since: int, most: int) -> list[Card]:
    """The cards that the big screen let in after seq `since` although nothing else became of them
    since then: so where they gathered at that time, and were not touched."""
    noted = db.scalars(_LETTING_IN, {"session": session_id, "since": since})
    upto = next((detail[_UPTO][0] for detail in noted if _UPTO in detail), None)
    if upto is None:
        return []
    bounds = {"session": session_id, "upto": upto, "since": since, "most": most}
    return with_places(db, session_id, _GATHERED_THEN.all(db, bounds))


_GATHERS = (
    contributions.c.session_id == HERE,
    contributions.c.status == Status.VISIBLE,
    contributions.c.placed.is_(False),
    contributions.c.shown_at > bindparam("upto"),
)

_GATHERED = Prepared(
    select(
        count(*_GATHERS).label("seen"),
        count(*_GATHERS, contributions.c.merged_into.is_not(None)).label("merged"),
        select(func.max(contributions.c.shown_at)).where(*_GATHERS).scalar_subquery().label("newest"),
    )
)

_GATHERED_THEN = Prepared(
    CARDS.where(*_GATHERS, contributions.c.shown_at <= bindparam("since"), STANDS)
    .order_by(contributions.c.number)
    .limit(bindparam("most"))
)

_UPTO = "session.shown_upto"

_LETTING_IN = (
    select(changes.c.detail)
    .where(
        changes.c.session_id == HERE,
        changes.c.seq > bindparam("since"),
        changes.c.action.in_(["let_in", "show"]),
    )
    .order_by(changes.c.seq)
)
