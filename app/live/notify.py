"""Hints between servers: each tells the others which of its sessions have changed, over PostgreSQL.

A hint says "session 7 is at 412", like the one within a process. It is given after the commit and
not in it: transactions that notify commit one at a time in the whole of PostgreSQL, whichever
session they are of. While one hint is on its way, the next ones gather and go together.

One that is lost costs a tick, since the feeds look at all heads each second. So nothing here is
ever repeated; a connection that breaks is replaced, and then the heads are looked at once more.

Beside the hints goes who is at the boards (`live.presence`), on a channel of its own. Of a session only the
newest of that is sent, and what is lost is said again anyway.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from app.live.feed import Feeds

if TYPE_CHECKING:
    from psycopg import AsyncConnection

CHANNEL = "sheaf"
PRESENT = "sheaf_present"

MOST = 200
"""How many sessions one hint speaks of. PostgreSQL takes fewer than 8,000 bytes."""

AGAIN = 0.5
"""Seconds until a broken connection is made anew."""

SIGN_OF_LIFE = 10.0
"""Seconds of silence after which the listening connection is asked whether it is still there."""

log = logging.getLogger("sheaf.notify")

Use = Callable[["AsyncConnection"], Awaitable[None]]


class Notices:
    """What one server process tells the others, and hears from them. With SQLite there are none."""

    def __init__(self, engine: Engine, feeds: Feeds) -> None:
        self._engine = engine
        self._feeds = feeds
        self._news: dict[int, int] = {}
        self._present: dict[int, str] = {}
        self.hears: Callable[[str], None] = _nobody
        """Who is told of what is said on the channel PRESENT."""
        self._has_news = asyncio.Event()
        uses = (self._tell, self._listen) if engine.name == "postgresql" else ()
        self._tasks = [asyncio.create_task(self._keep(use)) for use in uses]

    async def stop(self) -> None:
        """Say and hear no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def saved(self, session_id: int, head: int, when: float) -> None:
        """This server has committed: its own screens are told now, the other servers soon."""
        self._feeds.hint(session_id, head, when)
        if self._tasks:
            self._news[session_id] = head
            self._has_news.set()

    def present(self, session_id: int, said: str) -> None:
        """Tell the other servers who is at this one's boards of a session."""
        if self._tasks:
            self._present[session_id] = said
            self._has_news.set()

    async def _keep(self, use: Use) -> None:
        """A connection for `use`, and another whenever it breaks."""
        from app.postgresql import line_to  # here, since with SQLite nothing else needs it

        is_known = False
        while True:
            try:
                async with await line_to(self._engine) as line:
                    is_known = False
                    await use(line)
            except Exception as fault:  # also what another server's words do to us
                if not is_known:
                    log.warning("no hints between servers for a while: %s", type(fault).__name__)
                is_known = True
            await asyncio.sleep(AGAIN)

    async def _tell(self, line: "AsyncConnection") -> None:
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            news, self._news = self._news, {}
            for said in _messages(news):
                await line.execute("SELECT pg_notify(%s, %s)", (CHANNEL, said))
            present, self._present = self._present, {}
            for said in present.values():
                await line.execute("SELECT pg_notify(%s, %s)", (PRESENT, said))

    async def _listen(self, line: "AsyncConnection") -> None:
        for channel in (CHANNEL, PRESENT):
            await line.execute(f"LISTEN {channel}".encode())
        await self._feeds.look()  # in this order: what comes between the two is in one of them
        while True:
            async for notice in line.notifies(timeout=SIGN_OF_LIFE):
                if notice.channel == PRESENT:
                    self.hears(notice.payload)
                else:
                    self._hear(notice.payload)
            await line.execute("SELECT 1")

    def _hear(self, said: str) -> None:
        for one in said.split():
            session_id, _, head = one.partition(":")
            self._feeds.hint(int(session_id), int(head))


def _nobody(_said: str) -> None:
    """Until somebody wants to hear it."""


def _messages(news: dict[int, int]) -> Iterator[str]:
    """As few as there can be: `7:412 8:3`."""
    rest = iter(news.items())
    while some := [*islice(rest, MOST)]:
        yield " ".join(f"{session_id}:{head}" for session_id, head in some)
