"""Who is at the board, and what they hold.

The one thing that is shown and not kept: it comes and goes with the sockets of the boards, is told
as it is now and not as it changed, and whoever can't take it at the moment hears the next one. It
helps people not to reach for the same card. Nothing rests on it.

Servers of one PostgreSQL tell each other in the same way (`live.notify`): who is at their own boards, as
a whole, when that changes and every few seconds. What a server has not said again for a while is
forgotten, and whoever hears a server for the first time tells it of its own.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import Engine

from app.database import reading
from app.live.protocol import SocketProtocol, encode
from app.queries.people import name_of
from app.roles import Pass

AT_MOST_EVERY = 0.5
"""Seconds between two frames to the boards of a session."""

MOST = 500
"""How many cards somebody can hold: as many as they can move at once."""

SAID_AGAIN = 5.0
"""Seconds after which a server tells the others again who is at its boards."""

FORGOTTEN = 3 * SAID_AGAIN
"""Seconds after which what another server said no longer counts."""

LONGEST = 7_500
"""Bytes of what one server tells the others of a session. PostgreSQL takes fewer than 8,000."""

Said = dict[str, Any]
"""Somebody at a board, as boards are told: id, name, holds, and when they came."""


@dataclass(slots=True)
class _There:
    id: str
    holder: Pass
    came: float
    name: str = ""
    holds: tuple[int, ...] = ()

    @property
    def said(self) -> Said:
        return {"id": self.id, "name": self.name, "holds": [*self.holds], "came": self.came}


class Presence:
    """The boards that are open on one server process. `tell` takes what the other servers should
    hear of a session; None where there are none."""

    def __init__(self, engine: Engine, tell: Callable[[int, str], None] | None = None) -> None:
        self._engine = engine
        self._tell_others = tell
        self._server = secrets.token_hex(4)
        self._ids = count(1)
        self._boards: dict[int, dict[SocketProtocol, _There]] = {}
        self._elsewhere: dict[int, dict[str, tuple[float, list[Said]]]] = {}
        self._soon: dict[int, asyncio.TimerHandle] = {}
        self._again: dict[int, asyncio.TimerHandle] = {}
        self._told: dict[int, bytes] = {}

    def hear(self, session_id: int, connection: SocketProtocol, holder: Pass, holds: object) -> str:
        """Somebody at a board says which cards they hold, and so that they are there. Answers
        everybody who is, and which of them they are themselves."""
        board = self._boards.setdefault(session_id, {})
        there = board.get(connection)
        if there is None:
            there = board[connection] = _There(f"{self._server}{next(self._ids)}", holder, time.time())
            naming = asyncio.get_running_loop().run_in_executor(None, self._name, there)
            naming.add_done_callback(lambda _: self._tell_soon(session_id))
        there.holds = _numbers(holds)
        self._tell_soon(session_id)
        return json.dumps({**self._frame(session_id), "you": there.id}, ensure_ascii=False)

    def leave(self, session_id: int, connection: SocketProtocol) -> None:
        """Somebody's socket is gone, and so are they."""
        board = self._boards.get(session_id, {})
        if board.pop(connection, None) is not None:
            self._tell_soon(session_id)

    def heard(self, said: str) -> None:
        """Another server, or this one, says who is at its boards of a session."""
        message = json.loads(said)
        session_id, server, there = message["session"], message["server"], message["there"]
        if server == self._server or session_id not in self._boards:
            return
        others = self._elsewhere.setdefault(session_id, {})
        is_known = server in others
        others[server] = (time.monotonic(), there)
        if not there:
            del others[server]
        elif not is_known:
            self._tell_soon(session_id)
        self._tell_boards(session_id)

    def stop(self) -> None:
        """Say no more."""
        for timer in (*self._soon.values(), *self._again.values()):
            timer.cancel()

    def _tell_soon(self, session_id: int) -> None:
        if session_id not in self._soon:
            loop = asyncio.get_running_loop()
            self._soon[session_id] = loop.call_later(AT_MOST_EVERY, self._tell, session_id)

    def _tell(self, session_id: int) -> None:
        del self._soon[session_id]
        self._told.pop(session_id, None)
        self._tell_boards(session_id)
        self._tell_servers(session_id)
        if not self._boards.get(session_id):
            for kept in (self._boards, self._elsewhere, self._told):
                kept.pop(session_id, None)

    def _tell_boards(self, session_id: int) -> None:
        frame = encode(json.dumps(self._frame(session_id), ensure_ascii=False))
        if frame == self._told.get(session_id):
            return
        self._told[session_id] = frame
        for connection in self._boards.get(session_id, {}):
            if not connection.is_full:
                connection.write(frame)

    def _tell_servers(self, session_id: int) -> None:
        if self._tell_others is None:
            return
        board = self._boards.get(session_id, {})
        self._tell_others(session_id, _announcement(session_id, self._server, [*board.values()]))
        if session_id in self._again:
            self._again.pop(session_id).cancel()
        if board:
            loop = asyncio.get_running_loop()
            self._again[session_id] = loop.call_later(SAID_AGAIN, self._say_again, session_id)

    def _say_again(self, session_id: int) -> None:
        self._tell_boards(session_id)  # somebody may have been forgotten meanwhile
        self._tell_servers(session_id)

    def _frame(self, session_id: int) -> Said:
        here = [there.said for there in self._boards.get(session_id, {}).values()]
        others = self._elsewhere.get(session_id, {}).values()
        now = time.monotonic()
        there = [one for at, said in others if now - at < FORGOTTEN for one in said]
        everybody = sorted([*here, *there], key=lambda one: (one["came"], one["id"]))
        return {"presence": [{name: one[name] for name in ("id", "name", "holds")} for one in everybody]}

    def _name(self, there: _There) -> None:
        """What the organiser calls them. Runs in a thread, mostly well before the next frame."""
        with reading(self._engine) as db:
            there.name = name_of(db, there.holder)


def _announcement(session_id: int, server: str, board: list[_There]) -> str:
    """As much of it as fits: rather fewer of the cards that somebody holds than fewer people."""
    there = [one.said for one in board]
    said = ""
    for most in (MOST, 50, 5, 0):
        there = [{**one, "holds": one["holds"][:most]} for one in there]
        said = _message(session_id, server, there)
        if len(said) <= LONGEST:
            return said
    while len(said) > LONGEST:
        there.pop()
        said = _message(session_id, server, there)
    return said


def _message(session_id: int, server: str, there: list[Said]) -> str:
    """In ASCII, so that it has as many bytes as characters."""
    return json.dumps({"session": session_id, "server": server, "there": there})


def _numbers(said: object) -> tuple[int, ...]:
    """Whatever else somebody may send is no card."""
    if not isinstance(said, list):
        return ()
    return tuple(one for one in said[:MOST] if type(one) is int and 0 < one < 2**31)
