"""The way in: every action of every carrier goes through `Writer.perform`.

One thread takes whatever is waiting and commits it as a group, so that many posts share the cost
of reaching the disk; a receipt is handed out only after that. Each action has its own savepoint:
one that is refused leaves no trace, and the others of its group are not disturbed.
"""

import asyncio
import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, bindparam, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from app.actions import act
from app.actions.turn import Turn
from app.database import UNAVAILABLE, is_held, writing
from app.flags import SHIPPED, Flags
from app.forms.fields import Form
from app.forms.reading import Refused, key_of, parse
from app.ledger import Ledger
from app.live.figures import Figures
from app.live.pace import Pace
from app.locales import Sentence, _
from app.models import Carrier, actors, changes, sessions
from app.moments import now
from app.passes import Signer
from app.prepared import Prepared
from app.queries.people import role_of
from app.roles import Pass
from app.screens import shapes

T = TypeVar("T")

log = logging.getLogger("sheaf.writer")

GROUP = 200
"""How many actions share one commit at the most. More would delay the first one's receipt."""

FINISHES_WITHIN = 1.5
"""Seconds that a server which stops gives to what is still to be written."""

HELD_FOR = 8.0
"""Seconds for which it is tried again when another server holds a session. One that has frozen
is thrown out of it before."""

SLOWER = _("That was a lot at once.")
AGAIN = _("This could not be saved just now. Please try again.")
USED = _("This key was used for something else.")


class Receipt(NamedTuple):
    """What became of an action. `key` is None for a message that gave none."""

    key: str | None
    status: str
    seq: int | None = None
    subjects: tuple[str, ...] = ()
    reason: Sentence | None = None
    after: float | None = None

    def message(self, language: str) -> shapes.Receipt:
        """The receipt as programs and phones get it, with its reason in their language."""
        said: shapes.Receipt = {"receipt": self.key, "status": self.status}
        first = self.subjects[0] if self.subjects else ""
        if first.isdigit():
            said["number"] = int(first)
        elif first.isalpha() and first.isupper():
            said["theme"] = first
        elif first.startswith("vote "):
            said["vote"] = int(first.removeprefix("vote "))
        if self.seq is not None:
            said["seq"] = self.seq
        if self.reason is not None:
            said["reason"] = self.reason.said_in(language)
        if self.after is not None:
            said["after"] = self.after
        return said


@dataclass(slots=True)
class _Wish:
    form: Form
    holder: Pass
    carrier: Carrier
    answer: "asyncio.Future[Receipt]"
    asked: float = field(default_factory=time.perf_counter)


@dataclass(slots=True)
class _Work:
    work: Callable[[Connection, int], Any]
    answer: "asyncio.Future[Any]"
    asked: float = field(default_factory=time.perf_counter)


class Writer:
    """Owns the writing thread of one process. `saved(session_id, head, when)` is called on the
    event loop after each commit; `when` is by `time.perf_counter`."""

    def __init__(
        self,
        engine: Engine,
        signer: Signer,
        pace: Pace,
        figures: Figures,
        saved: Callable[[int, int, float], None],
        ledger: Ledger,
        flags: Flags = SHIPPED,
    ) -> None:
        self._engine = engine
        self._signer = signer
        self._pace = pace
        self._figures = figures
        self._saved = saved
        self.ledger = ledger
        self._flags = flags
        self._waiting: queue.SimpleQueue[_Wish | _Work | None] = queue.SimpleQueue()
        self._put_off: list[_Wish | _Work] = []
        self.has_erased = False
        """Whether words were erased that may still stand in SQLite's log. The clock sees to that."""
        self.has_taken_back = False
        """Whether there is something to follow in sessions that grew from others: the clock's too."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def perform(
        self,
        form: Form,
        holder: Pass,
        carrier: Carrier = Carrier.PHONE,
        there: str = "",
        *,
        has_socket: bool = False,
    ) -> "asyncio.Future[Receipt]":
        """Do what a form asks, on behalf of the holder of a pass, who is `there` on the network. The
        receipt says `saved` only once the change is on disk. `later` means that nothing is known to
        have been saved: the same message, with the same key, may be sent again."""
        answer: asyncio.Future[Receipt] = self._loop.create_future()
        wait = self._pace.wait(holder, there, has_socket=has_socket)
        if wait:
            answer.set_result(Receipt(form.key, "later", reason=SLOWER, after=wait))
            self._figures.answered(form.action, "later", 0)
        else:
            self._waiting.put(_Wish(form, holder, carrier, answer))
        return answer

    def hear(
        self, message: object, holder: Pass, carrier: Carrier, there: str, *, has_socket: bool = False
    ) -> "asyncio.Future[Receipt]":
        """The same for a message as it came. One that nobody can read costs its sender as much."""
        if wait := self._pace.wait_to_be_heard(holder):
            return self._told(Receipt(key_of(message), "later", reason=SLOWER, after=wait))
        try:
            form = parse(message)
        except Refused as refusal:
            self._pace.stumble(holder)
            return self._told(Receipt(key_of(message), "refused", reason=refusal.sentence))
        return self.perform(form, holder, carrier, there, has_socket=has_socket)

    def _told(self, receipt: Receipt) -> "asyncio.Future[Receipt]":
        answer: asyncio.Future[Receipt] = self._loop.create_future()
        answer.set_result(receipt)
        return answer

    def do(self, work: Callable[[Connection, int], T]) -> "asyncio.Future[T]":
        """Write something that belongs to no session yet, such as a new one: `work` gets a
        transaction and the time, and its answer is handed back once it is on disk."""
        answer: asyncio.Future[T] = self._loop.create_future()
        self._waiting.put(_Work(work, answer))
        return answer

    @property
    def is_running(self) -> bool:
        """Whether the writing thread is alive."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How many actions wait for their turn."""
        return self._waiting.qsize()

    async def stop(self) -> None:
        """Finish what is waiting, then end the thread. Where the database is held up, what still
        waits is given up: nobody was told that it is saved, and whoever asked asks again."""
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join, FINISHES_WITHIN)

    def _run(self) -> None:
        more = True
        while more or self._put_off:
            group = [] if self._put_off else [self._waiting.get()]
            while len(group) < GROUP and not self._waiting.empty():
                group.append(self._waiting.get())
            more = more and None not in group
            group, self._put_off = [*self._put_off, *group], []
            by_session: dict[int, list[_Wish]] = {}
            for one in group:
                if isinstance(one, _Wish):
                    by_session.setdefault(one.holder.session_id, []).append(one)
                elif isinstance(one, _Work):
                    self._do(one)
            for session_id, wishes in by_session.items():
                self._commit(session_id, wishes[:GROUP])
                self._put_off += wishes[GROUP:]

    def _do(self, one: _Work) -> None:
        try:
            with writing(self._engine) as db:
                result = one.work(db, now())
        except Exception as fault:
            if _may_wait(fault, one):
                self._put_off.append(one)
                return
            self._loop.call_soon_threadsafe(_settle, one.answer, one.answer.set_exception, fault)
        else:
            self._loop.call_soon_threadsafe(_settle, one.answer, one.answer.set_result, result)

    def _commit(self, session_id: int, wishes: list[_Wish]) -> None:
        """One transaction per session: two servers that each take several sessions at once, in
        another order, would wait for each other for ever."""
        try:
            with writing(self._engine) as db:
                _hold(db, session_id)
                receipts = [self._try(db, wish) for wish in wishes]
        except SQLAlchemyError as fault:
            if _may_wait(fault, wishes[0]):
                self._put_off += wishes
                return
            # A commit that failed may still have happened. Only a retry with the same key can
            # tell, so nobody is told "refused".
            receipts = [Receipt(w.form.key, "later", reason=AGAIN, after=1.0) for w in wishes]
        head = max((receipt.seq or 0 for receipt in receipts), default=0)
        when = time.perf_counter()
        self._loop.call_soon_threadsafe(self._answer, session_id, head, when, wishes, receipts)

    def _answer(
        self, session_id: int, head: int, when: float, wishes: Iterable[_Wish], receipts: Iterable[Receipt]
    ) -> None:
        answered = time.perf_counter()
        for wish, receipt in zip(wishes, receipts, strict=True):
            if not wish.answer.done():
                wish.answer.set_result(receipt)
            self._figures.answered(wish.form.action, receipt.status, answered - wish.asked)
            if receipt.status == "saved":
                self.has_erased |= wish.form.action in _ERASING
                self.has_taken_back |= wish.form.action in _TAKING_BACK
        if head:
            self._saved(session_id, head, when)

    def _try(self, db: Connection, wish: _Wish) -> Receipt:
        try:
            with _savepoint(db):
                return self._take_turn(db, wish)
        except Refused as refusal:
            return Receipt(wish.form.key, "refused", reason=refusal.sentence)
        except UNAVAILABLE:
            raise  # the disk is full, or the database is gone: the whole group comes again later
        except Exception:
            # A fault of ours in one action must not cost the others of its group their words.
            log.exception("an action failed: %s", wish.form.action)
            return Receipt(wish.form.key, "refused", reason=_("Sheaf could not do this. Sorry."))

    def _take_turn(self, db: Connection, wish: _Wish) -> Receipt:
        form, holder = wish.form, wish.holder
        digest = self._digest(form)
        known = _KNOWN.first(db, {"actor": holder.actor_id, "key": form.key})
        if known is not None and known.seq is not None:
            return _said_before(form, known, digest)
        turn = _turn(db, wish, self._flags)
        if known is None:
            _make_actor(db, turn, holder)
        act(turn, form)
        self.ledger.note(turn.gone)
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
        return Receipt(form.key, "saved", turn.seq, tuple(turn.subjects))

    def _digest(self, form: Form) -> bytes:
        return self._signer.digest(form.model_dump_json(exclude=_KEY, by_alias=True).encode())


def _may_wait(fault: Exception, one: _Wish | _Work) -> bool:
    """Whether to see to others first and try this again: a server that froze must not hold up
    the sessions that it has nothing to do with."""
    return is_held(fault) and time.perf_counter() - one.asked < HELD_FOR


def _settle(answer: "asyncio.Future[Any]", settle: Callable[[Any], None], result: Any) -> None:
    """Unless whoever asked has gone meanwhile."""
    if not answer.done():
        settle(result)


_KEY = {"key"}
_ERASING = frozenset({"erase", "follow_thread"})
_TAKING_BACK = _ERASING | {"edit", "withdraw"}
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


def _hold(db: Connection, session_id: int) -> None:
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


def _turn(db: Connection, wish: _Wish, flags: Flags) -> Turn:
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
