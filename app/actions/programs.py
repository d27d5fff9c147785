"""Programs: their tokens, and the addresses that are told when a session has changed.

None of this is in a session's log: it changes nothing that a screen shows. What a program then does
is, under an actor of its own.
"""

import secrets
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app import words
from app.actions import sessions as sessions_
from app.forms.fields import LONGEST_NAME
from app.forms.reading import Refused
from app.locales import _
from app.models import Role, Scope, changes, invitations, sessions, webhooks
from app.passes import new_actor
from app.roles import SCOPES, Pass

MOST_WEBHOOKS = 5
"""How many addresses one session tells."""

SECOND = 1000
PACE = 1 * SECOND
"""Between two deliveries to one address, at the least: what changes meanwhile is told together."""

TAKEN_OVER_AFTER = 30 * SECOND
"""After which a delivery that nobody speaks of any more, since its server has died, is another's."""

WAITS = (5, 30, 2 * 60, 10 * 60, 30 * 60, 3600)
"""Seconds until the next try, by how often it was tried; the last for all others."""

GIVES_UP_AFTER = 3 * 24 * 3600 * SECOND


class Owed(NamedTuple):
    """What an address has to be told: that a session went from one cursor to another."""

    webhook_id: int
    address: str
    code: str
    since: str
    head: str
    seq: int
    """The seq of `head`."""


# Tokens


def make_token(db: Connection, session_id: int, scope: Scope, now: int, label: str) -> Pass:
    """Let a program into a session. Answers the pass that its token is made of; whoever holds that
    is one actor, wherever they come from. Raises Refused for a program without a name."""
    name = words.clean_line(label)[:LONGEST_NAME]
    if words.is_blank(name):
        raise Refused(_("Please give the program a name."))
    role = SCOPES[scope] if SCOPES[scope] in (Role.SCRIBE, Role.FACILITATOR) else Role.PARTICIPANT
    # The secret of a link that nobody ever gets.
    _secret, invitation_id = sessions_.invite(db, session_id, role, now, name)
    db.execute(update(invitations).where(invitations.c.id == invitation_id).values(scope=scope))
    return new_actor(session_id, invitation_id)


# Addresses


def add_webhook(db: Connection, live_session: Row[Any], address: str, now: int) -> int:
    """Tell this address of whatever changes from now on. Answers the webhook's id. Raises Refused."""
    here = select(func.count()).where(webhooks.c.session_id == live_session.id)
    if (db.scalar(here) or 0) >= MOST_WEBHOOKS:
        raise Refused(_("These are enough addresses. Please remove one first."))
    webhook_id = secrets.randbits(52) + 1
    made = {"id": webhook_id, "session_id": live_session.id, "address": address, "created_at": now}
    db.execute(insert(webhooks), {**made, "told": live_session.head, "due_at": 0, "tries": 0})
    return webhook_id


def remove_webhook(db: Connection, session_id: int, webhook_id: int) -> None:
    """Tell this address nothing any more."""
    db.execute(delete(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.session_id == session_id))


def try_again(db: Connection, session_id: int, webhook_id: int) -> None:
    """Forget that it failed, and try at once."""
    mine = webhooks.c.id == webhook_id, webhooks.c.session_id == session_id
    db.execute(update(webhooks).where(*mine).values(due_at=0, tries=0, failing_since=None))


# Deliveries


def is_any_owed(db: Connection, now: int) -> bool:
    """Whether any address is owed a delivery now."""
    return db.execute(_OWED.where(webhooks.c.due_at <= now).limit(1)).first() is not None


def take_owed(db: Connection, now: int, most: int) -> list[Owed]:
    """Take upon oneself what is owed. No other server takes the same, unless this one says no more
    of it for a while."""
    mine = _OWED.where(webhooks.c.due_at <= now).order_by(webhooks.c.due_at).limit(most)
    taken = [_owed(db, row) for row in db.execute(mine.with_for_update(of=webhooks, skip_locked=True))]
    ids = [one.webhook_id for one in taken]
    db.execute(update(webhooks).where(webhooks.c.id.in_(ids)).values(due_at=now + TAKEN_OVER_AFTER))
    return taken


_OWED = select(
    webhooks.c.id, webhooks.c.address, webhooks.c.told, sessions.c.id.label("session_id"),
    sessions.c.code, sessions.c.head, sessions.c.mark,
).join(sessions, (sessions.c.id == webhooks.c.session_id) & (sessions.c.head > webhooks.c.told))  # fmt: skip


def _owed(db: Connection, row: Any) -> Owed:
    there = changes.c.session_id == row.session_id, changes.c.seq == row.told
    mark = db.scalar(select(changes.c.mark).where(*there))
    since = f"{row.told}.{mark}" if mark else ""
    return Owed(row.id, row.address, row.code, since, f"{row.head}.{row.mark}", row.head)


def acknowledged(db: Connection, now: int, owed: Owed) -> None:
    """It has taken the delivery."""
    fine = {"told": owed.seq, "due_at": now + PACE, "tries": 0, "failing_since": None}
    mine = webhooks.c.id == owed.webhook_id, webhooks.c.told < owed.seq
    db.execute(update(webhooks).where(*mine).values(fine))


def failed(db: Connection, now: int, owed: Owed, *, is_gone: bool = False) -> None:
    """It has not taken the delivery: it is tried again later and later, and after days no more; nor
    where it says itself that it is gone."""
    row = db.execute(select(webhooks).where(webhooks.c.id == owed.webhook_id)).first()
    if row is None:
        return
    since = row.failing_since or now
    wait = WAITS[min(row.tries, len(WAITS) - 1)] * SECOND
    due_at = None if is_gone or now - since >= GIVES_UP_AFTER else now + wait
    noted = {"tries": row.tries + 1, "failing_since": since, "due_at": due_at}
    db.execute(update(webhooks).where(webhooks.c.id == owed.webhook_id).values(noted))
