"""One action at a time, inside the transaction that its group shares.

Each has its own savepoint: one that is refused leaves no trace, and the others of its group are not
disturbed. What was done is a line in the log, with the key that its sender gave it, so whoever asks
a second time is told what became of the first.
"""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, text, update

from app.actions import act
from app.actions.turn import Turn
from app.database import UNAVAILABLE
from app.flags import SHIPPED, Flags
from app.forms.fields import Form
from app.forms.reading import Refused
from app.ledger import Ledger
from app.live.receipt import Receipt
from app.locales import _
from app.models import Carrier, actors, changes, sessions
from app.moments import now
from app.passes import Signer
from app.prepared import Prepared
from app.queries.people import role_of
from app.roles import Pass

log = logging.getLogger("sheaf.writer")

USED = _("This key was used for something else.")


class Wish(NamedTuple):
    """What somebody asks for, and how it came."""

    form: Form
    holder: Pass
    carrier: Carrier


class Turns(NamedTuple):
    """What is needed to do any action."""

    signer: Signer
    ledger: Ledger
    flags: Flags = SHIPPED

    def take(self, db: Connection, wish: Wish) -> Receipt:
        """Do it, or say why not. Raises what says that the database is not to be had."""
        try:
            with _savepoint(db):
                return self._do(db, wish)
        except Refused as refusal:
            return Receipt(wish.form.key, "refused", reason=refusal.sentence)
        except UNAVAILABLE:
            raise  # the disk is full, or the database is gone: the whole group comes again later
        except Exception:
            # A fault of ours in one action must not cost the others of its group their words.
            log.exception("an action failed: %s", wish.form.action)
            return Receipt(wish.form.key, "refused", reason=_("Sheaf could not do this. Sorry."))

    def _do(self, db: Connection, wish: Wish) -> Receipt:
        form, holder = wish.form, wish.holder
        digest = self._digest(form)
        known = _KNOWN.first(db, {"actor": holder.actor_id, "key": form.key})
        if known is not None and known.seq is not None:
            return _said_before(form, known, digest)
        turn = _next_turn(db, wish, self.flags)
        if known is None:
            _make_actor(db, turn, holder)
        act(turn, form)
        self.ledger.note(turn.gone)
        _log(db, turn, form, digest)
        return Receipt(form.key, "saved", turn.seq, tuple(turn.subjects))

    def _digest(self, form: Form) -> bytes:
        return self.signer.digest(form.model_dump_json(exclude=_KEY, by_alias=True).encode())


def hold(db: Connection, session_id: int) -> None:
    """Let no other server act in this session until we have committed, so that what is read from
    here on, such as whether a key was used, is still true then. SQLite has one writer anyway."""
    if db.dialect.name != "sqlite":
        _HOLD.run(db, {"session": session_id})


@contextmanager
def _savepoint(db: Connection) -> Iterator[None]:
    """Takes back what was done inside when it raises."""
    _SAVEPOINT.run(db, {})
    try:
        yield
    except UNAVAILABLE:
        raise  # the whole transaction is given up
    except Exception:
        _TAKE_BACK.run(db, {})
        _RELEASE.run(db, {})
        raise
    _RELEASE.run(db, {})


def _said_before(form: Form, earlier: Any, digest: bytes) -> Receipt:
    # A ballot that has been counted is known by its key alone.
    if earlier.digest not in (digest, b""):
        raise Refused(USED)
    return Receipt(form.key, "saved", earlier.seq, tuple(earlier.subjects))


def _next_turn(db: Connection, wish: Wish, flags: Flags) -> Turn:
    """Take the next seq, and a number where the form needs one: this also orders all writers of
    a session, whichever the database."""
    holder = wish.holder
    taken = {"new_mark": secrets.token_hex(4), "numbers": wish.form.numbers}
    live_session = _TAKE_SEQ.first(db, {"session": holder.session_id, **taken})
    role = role_of(db, holder.session_id, holder)
    if live_session is None or role is None:
        raise Refused(_("You may not do this here."))
    return Turn(db, live_session, holder.actor_id, role, now(), live_session.head, wish.carrier, flags)


def _make_actor(db: Connection, turn: Turn, holder: Pass) -> None:
    """The first action makes the participant."""
    _MAKE_ACTOR.run(
        db,
        {
            "id": holder.actor_id,
            "session_id": holder.session_id,
            "invitation_id": holder.invitation_id or None,
            "created_at": turn.now,
        },
    )


def _log(db: Connection, turn: Turn, form: Form, digest: bytes) -> None:
    _LOG.run(
        db,
        {
            "session_id": turn.session_id,
            "seq": turn.seq,
            "mark": turn.live_session.mark,
            "at": turn.now,
            "actor_id": turn.actor_id,
            "action": form.action,
            "undoes": turn.undoes,
            "subjects": turn.subjects,
            "detail": turn.detail,
            "key": form.key,
            "digest": digest,
        },
    )


_KEY = {"key"}
_KNOWN = Prepared(
    select(changes.c.seq, changes.c.subjects, changes.c.digest)
    .select_from(
        actors.outerjoin(changes, (changes.c.actor_id == actors.c.id) & (changes.c.key == bindparam("key")))
    )
    .where(actors.c.id == bindparam("actor"))
)
"""Nothing for an actor who has done nothing yet, otherwise a row: of the change that this key
made earlier, or of nulls."""

_TAKE_SEQ = Prepared(
    update(sessions)
    .where(sessions.c.id == bindparam("session"))
    .values(
        head=sessions.c.head + 1,
        mark=bindparam("new_mark"),
        last_number=sessions.c.last_number + bindparam("numbers"),
    )
    .returning(sessions)
)
_LOG = Prepared(insert(changes))
_MAKE_ACTOR = Prepared(insert(actors))
_SAVEPOINT, _RELEASE, _TAKE_BACK = map(
    Prepared, map(text, ("SAVEPOINT turn", "RELEASE SAVEPOINT turn", "ROLLBACK TO SAVEPOINT turn"))
)
_HOLD = Prepared(
    select(sessions.c.id).where(sessions.c.id == bindparam("session")).with_for_update(key_share=True)
)
