"""Who is at the board, and what they hold.

The one thing that is shown and not kept: it comes and goes with the sockets of one server, is told
as it is now and not as it changed, and whoever can't take it at the moment hears the next one. It
helps people not to reach for the same card. Nothing rests on it.
"""

import asyncio
import json
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


@dataclass(slots=True)
class _There:
    id: int
    holder: Pass
    name: str = ""
    holds: tuple[int, ...] = ()


class Presence:
    """The boards that are open on one server process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ids = count(1)
        self._boards: dict[int, dict[SocketProtocol, _There]] = {}
        self._soon: dict[int, asyncio.TimerHandle] = {}

    def hear(self, session_id: int, connection: SocketProtocol, holder: Pass, holds: object) -> str:
        """Somebody at a board says which cards they hold, and so that they are there. Answers
        everybody who is, and which of them they are themselves."""
        board = self._boards.setdefault(session_id, {})
        there = board.get(connection)
        if there is None:
            there = board[connection] = _There(next(self._ids), holder)
            asyncio.get_running_loop().run_in_executor(None, self._name, there)
        there.holds = _numbers(holds)
        self._tell_soon(session_id)
        return json.dumps({**_frame(board), "you": there.id}, ensure_ascii=False)

    def leave(self, session_id: int, connection: SocketProtocol) -> None:
        """Somebody's socket is gone, and so are they."""
        board = self._boards.get(session_id, {})
        if board.pop(connection, None) is None:
            return
        if board:
            self._tell_soon(session_id)
        else:
            del self._boards[session_id]

    def _tell_soon(self, session_id: int) -> None:
        if session_id not in self._soon:
            loop = asyncio.get_running_loop()
            self._soon[session_id] = loop.call_later(AT_MOST_EVERY, self._tell, session_id)

    def _tell(self, session_id: int) -> None:
        del self._soon[session_id]
        board = self._boards.get(session_id, {})
        frame = encode(json.dumps(_frame(board), ensure_ascii=False))
        for connection in board:
            if not connection.is_full:
                connection.write(frame)

    def _name(self, there: _There) -> None:
        """What the organiser calls them. Runs in a thread, well before the next frame."""
        with reading(self._engine) as db:
            there.name = name_of(db, there.holder)


def _frame(board: dict[SocketProtocol, _There]) -> dict[str, Any]:
    said = [{"id": one.id, "name": one.name, "holds": one.holds} for one in board.values()]
    return {"presence": said}


def _numbers(said: object) -> tuple[int, ...]:
    """Whatever else somebody may send is no card."""
    if not isinstance(said, list):
        return ()
    return tuple(one for one in said[:MOST] if type(one) is int and 0 < one < 2**31)
