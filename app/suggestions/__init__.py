"""Where a card may belong, and which cards may say the same: offered to facilitators who ask, never
done by itself, and never a name for a theme.

Suggestions are no part of a session. They are worked out when somebody asks, from the rows as they
are then, and fetched by that page beside its live frames; so an old page and an update still make a
fresh page, and nothing of them is ever stored. What is kept is numbers for each wording, in another
process (`app.likeness`), for as long as somebody may ask again: a card that is hidden, taken back or
erased leaves it within seconds, and is compared with nothing from that moment on.

The writer and the feeds know nothing of all this. Where the extra is missing, or its process fails,
facilitators are shown nothing more than that there are no suggestions.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Set
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Engine

from app.database import reading
from app.suggestions.companion import Companion, Unavailable
from app.suggestions.wall import Wall, heads, look, texts

LOOK_EVERY = 2.0
"""Seconds between looks at the sessions that were asked about: what is gone from the wall goes here."""

KEPT_FOR = 30 * 60.0
"""Seconds after which a session that nobody asks about any more is forgotten."""

PATIENCE = 2.0
"""Seconds that somebody waits for cards to be read that have just come."""

AT_ONCE = 8
"""Cards that are read in one go. Questions come in between."""

A_MOMENT = 64
"""Cards that are read before the wall is looked at again."""

AGAIN_AFTER = 30.0
"""Seconds until it is tried again after it has failed."""

log = logging.getLogger("sheaf.suggestions")


class Likely(NamedTuple):
    """A theme that a card may belong to, and the numbers of what makes it similar."""

    letter: str
    numbers: list[int]


@dataclass(slots=True)
class _Read:
    """What the other process knows of one session."""

    asked: float = 0.0
    head: int = -1
    known: set[int] = field(default_factory=set)


class Suggestions:
    """The suggestions of one server process."""

    def __init__(self, engine: Engine, companion: Companion | None = None) -> None:
        self._engine = engine
        self._companion = companion or Companion()
        self._starts = 0
        self._sessions: dict[int, _Read] = {}
        self._is_down = False
        self._stirred = asyncio.Event()
        self._news = asyncio.Condition()
        self._task = asyncio.create_task(self._run())

    def warm(self, session_id: int) -> None:
        """Somebody may ask soon: read the cards that there are."""
        self._sessions.setdefault(session_id, _Read()).asked = time.monotonic()
        self._stirred.set()

    async def themes_for(self, session_id: int, numbers: Iterable[int]) -> list[Likely] | None:
        """The themes that these cards are most like, best first; None while cards are still being
        read. Raises Unavailable."""
        wall = await self._wall(session_id)
        themes = {letter: wall.ids_of(inside) for letter, inside in wall.themes.items()}
        asked = {"cards": wall.ids_of(numbers), "themes": themes}
        answer = await self._compare(session_id, wall, "themes", **asked)
        if answer is None:
            return None
        return [Likely(letter, wall.numbers_of(ids)) for letter, ids in answer["themes"]]

    async def alike(self, session_id: int) -> list[list[int]] | None:
        """Groups of unsorted cards that may say the same, the closest first; None while cards are
        still being read. Raises Unavailable."""
        wall = await self._wall(session_id)
        answer = await self._compare(session_id, wall, "alike", cards=wall.ids_of(wall.unsorted))
        return None if answer is None else [sorted(wall.numbers_of(ids)) for ids in answer["groups"]]

    def knows(self, session_id: int) -> set[int]:
        """The wordings of a session that are held in numbers just now, by their ids."""
        return set(self._sessions[session_id].known) if session_id in self._sessions else set()

    async def stop(self) -> None:
        """Forget everything."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._companion.stop()

    async def _wall(self, session_id: int) -> Wall:
        """The wall as it is now. Cards that have just come are waited for, for a moment."""
        self.warm(session_id)
        wall = await asyncio.to_thread(self._look, session_id)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE), self._news:
                await self._news.wait_for(lambda: self._is_down or self._has_read(session_id, wall))
        if self._is_down:
            raise Unavailable
        return wall

    async def _compare(self, session_id: int, wall: Wall, does: str, **said: Any) -> dict[str, Any] | None:
        """An answer about the whole wall, or none: before, it would have to wait for the reading."""
        if not self._has_read(session_id, wall):
            return None
        answer = await self._ask(does, all=wall.ids, **said)
        return answer if self._has_read(session_id, wall) else None

    def _has_read(self, session_id: int, wall: Wall) -> bool:
        return wall.ids <= self.knows(session_id)

    async def _ask(self, does: str, **said: Any) -> dict[str, Any]:
        answer = await self._companion.ask(does, **_as_lists(said))
        if self._companion.starts != self._starts:  # it was started again, and knew nothing
            self._starts = self._companion.starts
            for read in self._sessions.values():
                read.head, read.known = -1, set()
            self._stirred.set()
        return answer

    # Following the sessions that were asked about

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), LOOK_EVERY)
            self._stirred.clear()
            try:
                await self._keep_up()
                self._is_down = False
            except Exception:
                # Whatever it was, it is tried again; until then there are no suggestions.
                log.exception("could not read the cards to compare")
                self._is_down = True
                await self._tell()
                await asyncio.sleep(AGAIN_AFTER)

    async def _keep_up(self) -> None:
        if not self._sessions:
            return
        now_at = await asyncio.to_thread(self._heads, [*self._sessions])
        for session_id, read in [*self._sessions.items()]:
            if session_id not in now_at or time.monotonic() - read.asked > KEPT_FOR:
                await self._forget(session_id)
            elif read.head != now_at[session_id]:
                await self._follow(session_id, read, now_at[session_id])
        if not self._sessions:
            await self._companion.stop()  # its memory is others' again

    async def _follow(self, session_id: int, read: _Read, head: int) -> None:
        """Let go of what is gone from the wall, and read of what is new as much as takes a moment."""
        wall = await asyncio.to_thread(self._look, session_id)
        await self._drop(read, read.known - wall.ids)
        missing = sorted(wall.ids - read.known, reverse=True)  # the newest are asked about first
        for at in range(0, len(missing[:A_MOMENT]), AT_ONCE):
            await self._take_in(session_id, read, missing[at : at + AT_ONCE])
        if len(missing) <= A_MOMENT:
            read.head = head
        else:
            self._stirred.set()

    async def _take_in(self, session_id: int, read: _Read, ids: list[int]) -> None:
        said = await asyncio.to_thread(self._texts, session_id, ids)
        await self._ask("read", texts={str(one): text for one, text in said.items()})
        read.known |= said.keys()
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _drop(self, read: _Read, ids: set[int]) -> None:
        if ids:
            read.known -= ids
            await self._ask("drop", ids=ids)

    async def _forget(self, session_id: int) -> None:
        read = self._sessions.pop(session_id)
        await self._drop(read, set(read.known))

    def _look(self, session_id: int) -> Wall:
        with reading(self._engine) as db:
            return look(db, session_id)

    def _texts(self, session_id: int, ids: list[int]) -> dict[int, str]:
        with reading(self._engine) as db:
            return texts(db, session_id, ids)

    def _heads(self, session_ids: list[int]) -> dict[int, int]:
        with reading(self._engine) as db:
            return heads(db, session_ids)


def _as_lists(said: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, Set) else value for name, value in said.items()}
