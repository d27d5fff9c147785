"""The way in: every action of every carrier goes through `Writer.perform`.

One thread takes whatever is waiting and commits it as a group, so that many posts share the cost
of reaching the disk; a receipt is handed out only after that. How one of them is done: `turns`.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.database import is_held, writing
from app.forms.fields import Form
from app.forms.reading import Refused, key_of, parse
from app.live.figures import Figures
from app.live.pace import Pace
from app.live.receipt import Receipt
from app.live.turns import Turns, Wish, hold
from app.locales import _
from app.models import Carrier
from app.moments import now
from app.roles import Pass

log = logging.getLogger("sheaf.writer")

T = TypeVar("T")

GROUP = 200
"""How many actions share one commit at the most. More would delay the first one's receipt."""

FINISHES_WITHIN = 1.5
"""Seconds that a server which stops gives to what is still to be written."""

HELD_FOR = 8.0
"""Seconds for which it is tried again when another server holds a session. One that has frozen
is thrown out of it before."""

SLOWER = _("That was a lot at once.")
AGAIN = _("This could not be saved just now. Please try again.")


@dataclass(slots=True)
class _Asked:
    wish: Wish
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
        turns: Turns,
        pace: Pace,
        figures: Figures,
        saved: Callable[[int, int, float], None],
    ) -> None:
        self._engine = engine
        self._turns = turns
        self._pace = pace
        self._figures = figures
        self._saved = saved
        self._waiting: queue.SimpleQueue[_Asked | _Work | None] = queue.SimpleQueue()
        self._put_off: list[_Asked | _Work] = []
        self.has_erased = True
        """Whether words were erased that may still stand in SQLite's log: by us, or by a server that was
        killed before us. The clock sees to that."""
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
        if wait := self._pace.wait(holder, there, has_socket=has_socket):
            self._figures.answered(form.action, "later", 0)
            return self._told(Receipt(form.key, "later", reason=SLOWER, after=wait))
        answer: asyncio.Future[Receipt] = self._loop.create_future()
        self._waiting.put(_Asked(Wish(form, holder, carrier), answer))
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
            by_session: dict[int, list[_Asked]] = {}
            for one in group:
                if isinstance(one, _Asked):
                    by_session.setdefault(one.wish.holder.session_id, []).append(one)
                elif isinstance(one, _Work):
                    self._do(one)
            for session_id, asked in by_session.items():
                self._commit(session_id, asked[:GROUP])
                self._put_off += asked[GROUP:]

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

    def _commit(self, session_id: int, group: list[_Asked]) -> None:
        """One transaction per session: two servers that each take several sessions at once, in
        another order, would wait for each other for ever."""
        try:
            with writing(self._engine) as db:
                hold(db, session_id)
                receipts = [self._turns.take(db, one.wish) for one in group]
        except Exception as fault:
            if _may_wait(fault, group[0]):
                self._put_off += group
                return
            if not isinstance(fault, SQLAlchemyError):
                log.exception("a group of actions failed")
            # A commit that failed may still have happened. Only a retry with the same key can
            # tell, so nobody is told "refused".
            receipts = [Receipt(one.wish.form.key, "later", reason=AGAIN, after=1.0) for one in group]
        head = max((receipt.seq or 0 for receipt in receipts), default=0)
        when = time.perf_counter()
        self._loop.call_soon_threadsafe(self._answer, session_id, head, when, group, receipts)

    def _answer(
        self, session_id: int, head: int, when: float, group: Iterable[_Asked], receipts: Iterable[Receipt]
    ) -> None:
        answered = time.perf_counter()
        for one, receipt in zip(group, receipts, strict=True):
            action = one.wish.form.action
            if not one.answer.done():
                one.answer.set_result(receipt)
            self._figures.answered(action, receipt.status, answered - one.asked)
            if receipt.status == "saved":
                self.has_erased |= action in _ERASING
                self.has_taken_back |= action in _TAKING_BACK
        if head:
            self._saved(session_id, head, when)


def _may_wait(fault: Exception, one: _Asked | _Work) -> bool:
    """Whether to see to others first and try this again: a server that froze must not hold up
    the sessions that it has nothing to do with."""
    return is_held(fault) and time.perf_counter() - one.asked < HELD_FOR


def _settle(answer: "asyncio.Future[Any]", settle: Callable[[Any], None], result: Any) -> None:
    """Unless whoever asked has gone meanwhile."""
    if not answer.done():
        settle(result)


_ERASING = frozenset({"erase", "follow_thread"})
_TAKING_BACK = _ERASING | {"edit", "withdraw"}
