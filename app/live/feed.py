"""The way out: one feed per live session that somebody is watching.

A feed is told "something changed" and nothing more. It reads, once per audience and from where
that audience is, what changed; it encodes that once, and the hub writes it to each connection.
While it does so, further changes gather, and the next round carries them all. Joining late and
draining slowly are the same thing as a live update with an older `since`.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Engine, Row, select

from app import screens
from app.database import reading
from app.flags import SHIPPED, Flags
from app.live.figures import Figures
from app.live.hub import Connection, Group, Hub
from app.live.protocol import encode
from app.locales import Sentence, _
from app.models import sessions
from app.queries.sessions import session_by_id
from app.screens import Audience, Screen, Update

TICK = 1.0
"""Seconds between looks at the heads of all watched sessions: what a lost hint costs at most."""

GONE = 2**62
"""Beyond every head: what is hinted of a session that is no more."""

HEARTBEAT = 15.0
"""Seconds without a word, at the most. A browser can't see pings."""

SLICE = 256
"""Connections that are written to before the loop sees to anything else."""

MOST_FILLINGS = 50
"""How many gaps that were read are remembered for whoever comes with the same one."""

OLD = 5.0
"""Seconds without a look at the heads after which nobody can say that screens are up to date."""

ENDED = 4410, _("This session was deleted.")
AWAY = 1013, _("What you see may be old. Sheaf can’t reach its data just now.")

log = logging.getLogger("sheaf.feed")


class _Need(NamedTuple):
    """Connections of one audience that lack the same: everything after seq `since`."""

    audience: Audience
    group: Group
    since: int
    connections: set[Connection]
    is_level: bool


class _Sending(NamedTuple):
    need: _Need
    update: Update
    frame: bytes | None
    personal: dict[str, bytes]

    @property
    def is_for_many(self) -> bool:
        """It tells a crowd to take its time, which somebody alone need not."""
        return bool(self.update.message and "within" in self.update.message)

    def frame_for(self, actor_id: str) -> bytes | None:
        """The frame for one actor, who may not have been there when it was made."""
        own = self.update.frame_for(actor_id) if actor_id in self.update.own else None
        return encode(own) if own else self.frame


class Feed:
    """Brings everybody who watches one live session to its head, again and again."""

    def __init__(self, engine: Engine, session_id: int, figures: Figures, flags: Flags = SHIPPED) -> None:
        self.hub: Hub[Audience] = Hub(self.stir)
        self.head = 0
        self.behind_since = 0.0
        """When the first commit was that no round has taken up yet; 0 where there is none."""
        self._figures = figures
        self._flags = flags
        self._hinted = 0
        self._engine = engine
        self._session_id = session_id
        self._cursor = ""
        self._fillings: dict[tuple[Audience, int], _Sending] = {}
        self._in_round = False
        self._is_in_doubt = self._is_beat_due = False
        self._stirred = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def stir(self) -> None:
        """Something may have changed, or somebody lacks something."""
        self._stirred.set()

    def join(self, audience: Audience, connection: Connection) -> bytes | None:
        """Let a connection watch. Whose gap was read for somebody else is brought to where everybody
        is by the frame that this answers: thousands come back at once after a restart."""
        group = self.hub.join(audience, connection)
        filling = self._fillings.get((audience, connection.seq))
        if filling is None or self._in_round or group.at != self.head:
            self.stir()
            return None
        group.settle_in(connection, self.head)
        return filling.frame_for(connection.actor_id)

    def hint(self, head: int, when: float) -> None:
        """The session may be at `head`, and may have been since `when`."""
        if head > self.head:
            self.behind_since = self.behind_since or when
            self._hinted = head
            self.stir()

    def compare(self, head: int, cursor: str) -> None:
        """The database says where the session is. A standby that took its place may lack what was said
        last, and put something else there."""
        self.hint(head, 0.0)
        if head <= self.head and cursor != self._cursor:
            self._is_in_doubt = True
            self.stir()

    def beat(self) -> None:
        """Tell everybody who has everything that the line is alive, as soon as no news is under way."""
        self._is_beat_due = True
        self.stir()

    def close(self, code: int, sentence: Sentence) -> None:
        """Close every connection, and say why."""
        for audience, group in self.hub.groups.items():
            group.close(code, sentence.said_in(audience.language))

    def stop(self) -> None:
        """End; nobody watches any more."""
        self._task.cancel()

    @property
    def is_running(self) -> bool:
        """Whether it still takes its rounds."""
        return not self._task.done()

    async def _run(self) -> None:
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            behind_since, self.behind_since = self.behind_since, 0.0
            try:
                self._in_round = True
                self._fill()
                if self._hinted > self.head or self._has_late() or self._is_in_doubt:
                    await self._round()
                if behind_since:
                    self._figures.delivered.note(time.perf_counter() - behind_since)
                if self._is_beat_due:
                    self._is_beat_due = False
                    await self._tell_that_we_live()
            except Exception:
                # Whatever it was, screens must not stop for good. Everybody still has the seq
                # they had, and the next try starts from there.
                log.exception("could not read what changed in session %s", self._session_id)
                await asyncio.sleep(TICK)
                self.behind_since = behind_since or self.behind_since
                self.stir()
            finally:
                self._in_round = False

    def _fill(self) -> None:
        """Bring those who have just come, with a gap that was read for somebody else, to where
        everybody is: thousands come back at once after a restart."""
        for audience, group in self.hub.groups.items():
            for connection in tuple(group.late) if group.at == self.head else ():
                filling = self._fillings.get((audience, connection.seq))
                if filling is not None:
                    group.send({connection}, filling.frame_for(connection.actor_id), self.head)

    def _has_late(self) -> bool:
        return any(group.late for group in self.hub.groups.values())

    async def _round(self) -> None:
        needs = [need for group in self.hub.groups.items() for need in self._needs(*group)]
        rendered = await asyncio.to_thread(self._render, needs)
        if rendered is None:
            self.close(*ENDED)
            return
        head, cursor, sendings = rendered
        if head != self.head or self._is_in_doubt:
            self._fillings.clear()
        self._is_in_doubt = False
        await self._send(sendings, head)
        for need in needs:
            need.group.settle(head)
        # What brought nothing to those who were here would be silence to whoever comes with that gap.
        self._fillings |= {
            (one.need.audience, one.need.since): one for one in sendings if one.frame and not one.is_for_many
        }
        for oldest in [*self._fillings][:-MOST_FILLINGS]:  # in a quiet room, each comes with another gap
            del self._fillings[oldest]
        self.head, self._cursor = head, cursor

    async def _send(self, sendings: list[_Sending], head: int) -> None:
        for need, _update, frame, personal in sendings:
            for some in _in_slices(need.connections):
                need.group.send(some, frame, head, personal)
                await asyncio.sleep(0)
            if frame and need.is_level:
                need.group.spoke_at = time.monotonic()

    async def _tell_that_we_live(self) -> None:
        """Who was told something just now knows."""
        for audience, group in list(self.hub.groups.items()):
            is_silent = time.monotonic() - group.spoke_at > HEARTBEAT * 2 / 3
            if is_silent and self._cursor and group.at == self.head:
                frame = encode(screens.heartbeat(audience, self._cursor))
                for some in _in_slices(set(group.level)):
                    group.send(some, frame, group.at)
                    await asyncio.sleep(0)
                group.spoke_at = time.monotonic()

    def _needs(self, audience: Audience, group: Group) -> list[_Need]:
        needs = [_Need(audience, group, group.at, set(group.level), True)] if group.level else []
        buckets: dict[int, set[Connection]] = {}
        for connection in group.late:
            # Gaps of about the same size share one render, from the oldest of them: values are
            # absolute, so it does no harm to be told something twice.
            gap = max(0, self.head - connection.seq).bit_length() if connection.seq else -1
            buckets.setdefault(gap, set()).add(connection)
        for late in buckets.values():
            needs.append(_Need(audience, group, min(one.seq for one in late), late, False))
        return needs

    def _render(self, needs: list[_Need]) -> tuple[int, str, list[_Sending]] | None:
        """One snapshot for all of them; None where the session is no more. Runs in a thread."""
        with reading(self._engine) as db:
            live_session = session_by_id(db, self._session_id)
            if live_session is None:
                return None
            if self._cursor and not screens.known_seq(db, self._session_id, self._cursor):
                needs = [need._replace(since=0) for need in needs]  # this is not the one we knew
            sendings, snapshot = [], screens.Snapshot(db, live_session, self._flags)
            for need in needs:
                if need.is_level and need.since == live_session.head:
                    continue
                update = snapshot.update(need.audience, need.since, len(need.connections))
                frame = encode(update.frame) if update.frame else self._that_is_all(need, live_session)
                actors = _among(update.own, need.group.actors)
                personal = {
                    actor_id: encode(own) for actor_id in actors if (own := update.frame_for(actor_id))
                }
                sendings.append(_Sending(need, update, frame, personal))
            return live_session.head, screens.cursor(live_session), sendings

    @staticmethod
    def _that_is_all(need: _Need, live_session: Row[Any]) -> bytes | None:
        """Whoever has just come is told so at once where they lack nothing: silence could be a dead line."""
        if need.is_level:
            return None
        return encode(screens.heartbeat(need.audience, screens.cursor(live_session)))


def _in_slices(connections: set[Connection]) -> Iterator[set[Connection]]:
    """Ten thousand sends take the loop a tenth of a second. In between, it takes what phones say."""
    rest = iter(connections)
    while some := set(islice(rest, SLICE)):
        yield some


def _among(authors: Iterable[str], connected: Container[str]) -> list[str]:
    return [author for author in authors if author in connected]


class Feeds:
    """The feeds of one server process."""

    def __init__(self, engine: Engine, figures: Figures, flags: Flags = SHIPPED) -> None:
        self._engine = engine
        self._figures = figures
        self._flags = flags
        self._feeds: dict[int, Feed] = {}
        self._looked = self._awake = time.monotonic()
        self._tasks = [
            asyncio.create_task(self._every(TICK, self.look)),
            asyncio.create_task(self._every(TICK, self._send_away)),
            asyncio.create_task(self._every(HEARTBEAT / 3, self._beat)),
        ]

    def join(self, session_id: int, audience: Audience, connection: Connection) -> bytes | None:
        """Let a connection watch a session. Answers what it should be told first, if that is known."""
        feed = self._feeds.get(session_id)
        if feed is None:
            feed = self._feeds[session_id] = Feed(self._engine, session_id, self._figures, self._flags)
        return feed.join(audience, connection)

    def leave(self, session_id: int, audience: Audience, connection: Connection) -> None:
        """A connection is gone; a feed goes with its last one."""
        feed = self._feeds.get(session_id)
        if feed is None:
            return
        feed.hub.leave(audience, connection)
        if not feed.hub.groups:
            feed.stop()
            del self._feeds[session_id]

    def drained(self, session_id: int, audience: Audience, connection: Connection) -> None:
        """A connection that was full can take a frame again."""
        feed = self._feeds.get(session_id)
        if feed is not None and audience in feed.hub.groups:
            feed.hub.groups[audience].drained(connection)

    def hint(self, session_id: int, head: int, when: float = 0.0) -> None:
        """A session is at `head` now, and has been since `when` (by `time.perf_counter`; 0 where
        nobody knows). Only a hint: a lost one costs a tick, never data."""
        feed = self._feeds.get(session_id)
        if feed is not None:
            feed.hint(head, when)

    def is_turning(self, within: float) -> bool:
        """Whether all feeds take their rounds, and the heads were looked at within so many seconds."""
        is_running = all(feed.is_running for feed in self._feeds.values())
        return is_running and time.monotonic() - self._looked < within

    def connections(self) -> tuple[dict[str, int], int]:
        """How many connections each screen has, and how many of all lack something."""
        by_screen = dict.fromkeys(map(str, Screen), 0)
        lagging = 0
        for feed in self._feeds.values():
            for audience, group in feed.hub.groups.items():
                by_screen[audience.screen] += len(group)
                lagging += len(group) - len(group.level)
        return by_screen, lagging

    def stop(self) -> None:
        """End all feeds."""
        for task in self._tasks:
            task.cancel()
        for feed in self._feeds.values():
            feed.stop()

    async def _every(self, seconds: float, do: Callable[[], object]) -> None:
        while True:
            started = time.monotonic()
            try:
                result = do()
                if asyncio.iscoroutine(result):
                    await result
            except Exception:
                # Whatever it was, it must be tried again: who is told nothing is sent away.
                log.exception("could not read the heads of the sessions")
            await asyncio.sleep(max(0.0, seconds - (time.monotonic() - started)))

    async def look(self) -> None:
        """Read the heads of all watched sessions, and so find what no hint told of. Raises
        SQLAlchemyError where the database is away."""
        watched = list(self._feeds)
        heads = await asyncio.to_thread(self._heads, watched)
        for session_id in watched:
            if (feed := self._feeds.get(session_id)) is not None:
                feed.compare(*heads.get(session_id, (GONE, "")))
        self._looked = time.monotonic()

    @property
    def is_current(self) -> bool:
        """Whether the heads were looked at lately, so that screens show how things are."""
        return time.monotonic() - self._looked < OLD

    def _send_away(self) -> None:
        """A screen without news looks like one of a quiet room. So where the database is away,
        everybody is told, and comes back later, or to another server. Time in which this process stood
        still, as on a laptop whose lid was closed, says nothing of the database."""
        now = time.monotonic()
        self._looked = min(now, self._looked + max(0.0, now - self._awake - TICK))
        self._awake = now
        if not self.is_current:
            for feed in self._feeds.values():
                feed.close(*AWAY)

    def _heads(self, watched: list[int]) -> dict[int, tuple[int, str]]:
        with reading(self._engine) as db:
            asked = select(sessions.c.id, sessions.c.head, sessions.c.mark)
            found: list[Row[Any]] = [*db.execute(asked.where(sessions.c.id.in_(watched)))]
            return {row.id: (row.head, screens.cursor(row)) for row in found}

    def _beat(self) -> None:
        for feed in self._feeds.values():
            feed.beat()
