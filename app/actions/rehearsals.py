"""Rehearsals: a copy of a session for simulated phones, which is deleted whole afterwards.

A copy has the session's prompts and themes, and nobody's words. What makes it one is the first row
of its log: no action writes such a row, so no real session can become one, and be deleted like one.
Where nobody deletes it the clock does, for it is kept for less than an hour.
"""

from typing import Any

from sqlalchemy import Connection, Row, select

from app.actions import sessions as sessions_
from app.actions.sessions import OF, REHEARSE
from app.forms.reading import Refused
from app.forms.sheets import NewSession
from app.locales import _, ngettext
from app.models import Hold, Role, changes, sessions
from app.passes import new_actor
from app.queries.sessions import all_prompts
from app.queries.themes import standing_themes
from app.roles import Pass

AT_ONCE = 3
"""How many rehearsals one database takes: each is a hall full of phones."""

MINUTE = 60_000
AROUND = 10 * MINUTE
"""What joining and catching up may take besides the posting."""


def start(db: Connection, now: int, live_session: Row[Any], seconds: int) -> tuple[str, Pass]:
    """Make a copy in which phones will post for `seconds`. Answers its code and a facilitator's
    pass: an organiser could keep it for ever. Raises Refused."""
    _require_room(db, now, live_session.id)
    copy = _copy(db, live_session, now + seconds * 1000 + AROUND)
    code, organiser, _secret = sessions_.start(db, now, copy, rehearses=live_session.id)
    _secret, invitation_id = sessions_.invite(db, organiser.session_id, Role.FACILITATOR, now)
    return code, new_actor(organiser.session_id, invitation_id)


def delete(db: Connection, session_id: int) -> None:
    """Delete a rehearsal whole. Raises Refused for any other session."""
    if db.execute(_REHEARSALS.where(sessions.c.id == session_id)).first() is None:
        raise Refused(_("Only a rehearsal can be deleted this way."))
    sessions_.delete(db, session_id)


_REHEARSALS = (
    select(sessions.c.kept_until, changes.c.detail)
    .join(changes, changes.c.session_id == sessions.c.id)
    .where(changes.c.seq == 1, changes.c.action == REHEARSE)
)


def _require_room(db: Connection, now: int, session_id: int) -> None:
    running = db.execute(_REHEARSALS.where(sessions.c.kept_until > now)).all()
    of_this = [row for row in running if row.detail[OF] == session_id]
    if of_this or len(running) >= AT_ONCE:
        over = min(row.kept_until for row in of_this or running)
        raise Refused(
            ngettext(
                "Another rehearsal is running. It ends within %(num)s minute.",
                "Another rehearsal is running. It ends within %(num)s minutes.",
                -(-(over - now) // MINUTE),
            )
        )


def _copy(db: Connection, live_session: Row[Any], kept_until: int) -> NewSession:
    """What the copy is to be. Nothing is held in it, since what waits for review reaches nobody.
    What it copies was checked when it was written."""
    return NewSession.model_construct(
        title=live_session.title,
        purpose=live_session.purpose,
        language=live_session.language,
        prompts=[row.text for row in all_prompts(db, live_session.id)],
        themes=[row.name for row in standing_themes(db, live_session.id)],
        hold=Hold.OFF,
        kept_until=kept_until,
    )
