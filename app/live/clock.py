"""What happens because its time has come: sessions open and close, what is kept no longer goes, and
what was taken back in one session goes from those that grew from it.

Opening and closing are changes like any other. The clock points out the time through the writer, so
that page and update agree about it; of several servers that do so at once, one makes the change.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy import Connection, Engine, or_, select

from app.actions import accounts, erasing, threads
from app.database import reading, scrub
from app.forms.sessions import FollowThread, KeepTime
from app.ledger import Ledger
from app.live.writer import Writer
from app.models import sessions
from app.moments import now
from app.passes import new_key
from app.roles import Pass
from app.templating import drawn_once

LOOK_EVERY = 1.0
FORGET_EVERY = 60.0

log = logging.getLogger("sheaf.clock")


@asynccontextmanager
async def keeping_time(engine: Engine, writer: Writer, ledger: Ledger) -> AsyncIterator[None]:
    """Look at the times of all sessions, again and again, for as long as a server runs."""
    looking = asyncio.create_task(_Clock(engine, writer, ledger).run())
    try:
        yield
    finally:
        looking.cancel()


class _Clock:
    def __init__(self, engine: Engine, writer: Writer, ledger: Ledger) -> None:
        self._engine = engine
        self._writer = writer
        self._ledger = ledger

    async def run(self) -> None:
        forgotten = 0.0
        while True:
            try:
                await self._open_and_close()
                if self._writer.has_taken_back:
                    await self._follow()
                if time.monotonic() - forgotten > FORGET_EVERY:
                    await self._forget()
                    forgotten = time.monotonic()
            except Exception:
                # Whatever it was, a full disk or a lock, times must not stand still for good.
                log.exception("could not look at the times of the sessions")
            await asyncio.sleep(LOOK_EVERY)

    async def _open_and_close(self) -> None:
        for session_id in await asyncio.to_thread(self._due):
            form = KeepTime(action="keep_time", key=new_key())
            await self._writer.perform(form, Pass(session_id, f"clock-{session_id}"))

    def _due(self) -> list[int]:
        with reading(self._engine) as db:
            due = or_(*(at <= now() for at in (sessions.c.opens_at, sessions.c.closes_at)))
            return [*db.scalars(select(sessions.c.id).where(due))]

    async def _follow(self) -> None:
        """What authors took back goes from the sessions it was brought along to, too."""
        self._writer.has_taken_back = False
        for session_id in await asyncio.to_thread(self._to_follow):
            form = FollowThread(action="follow_thread", key=new_key())
            await self._writer.perform(form, Pass(session_id, f"clock-{session_id}"))

    def _to_follow(self) -> list[int]:
        with reading(self._engine) as db:
            return threads.sessions_to_follow(db)

    async def _forget(self) -> None:
        drawn_once.cache_clear()  # what was erased, here or by another server, stays in no memory
        await self._follow()
        for session_id in await asyncio.to_thread(self._out_of_time):
            await self._writer.do(partial(_delete, session_id, self._ledger))
            self._writer.has_erased = True
            log.info("a session was deleted: its time to be kept has passed")
        if self._writer.has_erased:
            await self._scrub()
        await self._writer.do(accounts.forget_what_ended)

    async def _scrub(self) -> None:
        """Where somebody reads in the log just now, what stands there goes the next time."""
        self._writer.has_erased, is_done = False, False
        try:
            is_done = await asyncio.to_thread(scrub, self._engine)
        finally:
            self._writer.has_erased |= not is_done

    def _out_of_time(self) -> list[int]:
        with reading(self._engine) as db:
            return [*db.scalars(select(sessions.c.id).where(sessions.c.kept_until <= now()))]


def _delete(session_id: int, ledger: Ledger, db: Connection, at: int) -> None:
    erasing.delete_session(db, ledger, at, session_id)
