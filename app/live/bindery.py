"""Where summaries are made while a room is live: a small process beside the server does the work.

Orders wait for each other, so that a dozen people who want a PDF cost one core, and one document's
memory. Whoever asks for what is being made already waits for the same. The process starts with the
first order, and ends when nobody has wanted anything for a while. It stands behind everything else,
and where its turn does not come there, another does the work in front.
"""

import asyncio
import json
import logging
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from app import behind
from app.summaries import binding

log = logging.getLogger("sheaf")

FEW = 60
"""A session of no more contributions than this is bound at once, here: that takes a blink."""

IDLE = 120.0
"""Seconds without an order after which the process ends, and its memory is free."""

PATIENCE = 30.0
"""Seconds until an order is begun anew in front: on a machine that is busy without a pause, whoever
stands behind everything else has hardly a hundredth of a core."""

LONGEST = 300.0
"""Seconds that an order may take there before the process is ended."""

KEPT = 60.0
"""Seconds that a finished document waits for whoever wanted it."""

IN_FRONT = (sys.executable, "-m", binding.__name__)
BEHIND = (sys.executable, "-m", behind.__name__, binding.__name__)

_ROOT = Path(__file__).resolve().parent.parent.parent


class NotBound(Exception):
    """The document could not be made. What went wrong is in the log, without words."""


class Order(NamedTuple):
    """A document that somebody wants: a file by the end of its name, or a page."""

    session_id: int
    what: str
    is_restricted: bool = False
    may_start: bool = False
    """Whether its reader may start a session from a theme: pages then lead there."""


class Bindery:
    """Takes orders and hands out documents."""

    def __init__(self, engine: Engine, address: str) -> None:
        self._engine, self._address = engine, address
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._command: Sequence[str] = ()
        self._in_front_until = 0.0
        self._under_way: dict[Order, asyncio.Task[bytes]] = {}
        self._ending: asyncio.TimerHandle | None = None
        self._leaving: set[asyncio.Task[int]] = set()

    async def bind(self, order: Order, size: int, patience: float | None = None) -> bytes | None:
        """The document, or None where it is not done within `patience` seconds: asking again then
        waits for the same. `size` is how many contributions there are. Raises NotBound."""
        task = self._under_way.get(order)
        if task is None:
            task = self._under_way[order] = asyncio.create_task(self._make(order, size))
            task.add_done_callback(lambda done: self._forget_later(order, done))
        done, _waiting = await asyncio.wait([task], timeout=patience)
        if not done:
            return None
        self._forget(order, task)
        return task.result()

    async def stop(self) -> None:
        """End the process, and all that waits for it."""
        waiting = [*self._under_way.values()]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        self._end()
        await asyncio.gather(*self._leaving)

    def _forget_later(self, order: Order, task: asyncio.Task[bytes]) -> None:
        if not task.cancelled():
            task.exception()  # whoever waits hears of it, and the log has it
            asyncio.get_running_loop().call_later(KEPT, self._forget, order, task)

    def _forget(self, order: Order, task: asyncio.Task[bytes]) -> None:
        if self._under_way.get(order) is task:
            del self._under_way[order]

    async def _make(self, order: Order, size: int) -> bytes:
        now = time.time_ns() // 1_000_000
        if size <= FEW:
            return await asyncio.to_thread(binding.bind, self._engine, *order, now=now)
        async with self._turn:
            try:
                return await self._take_turn(order, now)
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as problem:
                self._end()
                raise _not_bound(type(problem).__name__) from None
            except asyncio.CancelledError:
                self._end()  # an answer that nobody reads would be taken for the next one's
                raise

    async def _take_turn(self, order: Order, now: int) -> bytes:
        if time.monotonic() >= self._in_front_until:
            with suppress(TimeoutError):
                return await asyncio.wait_for(self._ask(order, now, BEHIND), PATIENCE)
            self._in_front_until = time.monotonic() + IDLE
        return await asyncio.wait_for(self._ask(order, now, IN_FRONT), LONGEST)

    async def _ask(self, order: Order, now: int, command: Sequence[str]) -> bytes:
        process = await self._running(command)
        assert process.stdin is not None
        assert process.stdout is not None
        message = {"database": self._address, **order._asdict(), "now": now}
        process.stdin.write(json.dumps(message).encode() + b"\n")
        head = await process.stdout.readexactly(9)
        content = await process.stdout.readexactly(int.from_bytes(head[:8], "big"))
        self._end_later()
        if head[8:] == binding.FAILED:
            raise _not_bound(content.decode())
        return content

    async def _running(self, command: Sequence[str]) -> Process:
        if self._ending is not None:
            self._ending.cancel()
        if self._command != command:
            self._end()
        if self._process is None or self._process.returncode is not None:
            self._command = command
            self._process = await asyncio.create_subprocess_exec(*command, cwd=_ROOT, stdin=PIPE, stdout=PIPE)
        return self._process

    def _end_later(self) -> None:
        self._ending = asyncio.get_running_loop().call_later(IDLE, self._end)

    def _end(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            leaving = asyncio.ensure_future(self._process.wait())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
            self._process = None


def _not_bound(why: str) -> NotBound:
    log.error("a summary could not be made: %s", why)
    return NotBound()
