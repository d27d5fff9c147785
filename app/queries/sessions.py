"""A session, its prompts, and what somebody told in private."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select

from app.models import concerns, prompts, sessions, wordings
from app.prepared import Prepared
from app.queries.counting import HERE


class PromptRow(NamedTuple):
    """A prompt with its words."""

    number: int
    text: str
    is_open: bool
    touched: int


class ConcernRow(NamedTuple):
    """What somebody told in private, and whether somebody sees to it."""

    number: int
    text: str
    is_seen: bool
    created_at: int


def session_by_code(db: Connection, code: str) -> Row[Any] | None:
    """The live session with this code."""
    return db.execute(select(sessions).where(sessions.c.code == code)).first()


def session_by_id(db: Connection, session_id: int) -> Row[Any] | None:
    """The live session with this id."""
    found: Row[Any] | None = _SESSION.first(db, {"session": session_id})
    return found


def all_prompts(db: Connection, session_id: int, since: int = -1) -> list[PromptRow]:
    """Prompts touched after `since` (by default all), by number."""
    found = _PROMPTS_SINCE.all(db, {"session": session_id, "since": since})
    return [PromptRow(*row) for row in found]


def concerns_told(db: Connection, session_id: int, since: int = -1) -> list[ConcernRow]:
    """Concerns touched after `since` (by default all), newest first: for those who run the session."""
    found = db.execute(_CONCERNS, {"session": session_id, "since": since})
    return [ConcernRow(*row) for row in found]


def concerns_waiting(db: Connection, session_id: int) -> int:
    """How many concerns nobody sees to yet."""
    return sum(not row.is_seen for row in concerns_told(db, session_id))


_SESSION = Prepared(select(sessions).where(sessions.c.id == HERE))

_PROMPTS_SINCE = Prepared(
    select(prompts.c.number, wordings.c.text, prompts.c.is_open, prompts.c.touched)
    .join(wordings, wordings.c.id == prompts.c.wording_id)
    .where(prompts.c.session_id == HERE, prompts.c.touched > bindparam("since"))
    .order_by(prompts.c.number)
)

_CONCERNS = (
    select(concerns.c.number, wordings.c.text, concerns.c.is_seen, concerns.c.created_at)
    .join(wordings, wordings.c.id == concerns.c.wording_id)
    .where(concerns.c.session_id == HERE, concerns.c.touched > bindparam("since"))
    .order_by(concerns.c.number.desc())
)
