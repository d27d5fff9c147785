"""How long a line may stay open without getting anywhere.

A request that never ends, or an answer that nobody reads, costs an open file each and a little
memory, and a program can hold thousands of them. So each has a time: ten seconds, and one more for
every 2,000 bytes, which is half of what a phone on the thinnest line manages. Sockets that were
let in are not looked at here: what isn't read of them is not queued, and who vanished is missed.

A system lets a program have so many lines. Some are kept back for what the server itself opens;
when the rest are taken, whoever has been silent longest makes room.
"""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 10.0
"""Seconds until somebody must have said what they want."""

SLOWEST = 2_000
"""Bytes a second that everybody manages."""

LOOK_EVERY = 1.0

KEPT_BACK = 100
"""Open files that are not for visitors: the database, documents being made, static files."""


class Lobby:
    """Lines that wait for the other side, each with the time until which it may."""

    def __init__(self, most: int | None = None, patience: float = PATIENCE) -> None:
        self._patience = patience
        self.most = most or max(1, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - KEPT_BACK)
        """How many lines there may be in all."""
        self._until: dict[asyncio.Transport, float] = {}

    def wait(self, line: asyncio.Transport, size: int = 0) -> None:
        """Give a line the time in which so many bytes must have come, or gone. One that waits already
        is not given more."""
        until = asyncio.get_running_loop().time() + self._patience + size / SLOWEST
        self._until.setdefault(line, until)

    def done(self, line: asyncio.Transport) -> None:
        """It got somewhere."""
        self._until.pop(line, None)

    def make_room(self) -> bool:
        """Cut the line that has waited longest. False where none waits."""
        line = next(iter(self._until), None)
        if line is None:
            return False
        self._cut(line)
        return True

    def look(self) -> None:
        """Cut those whose time is over."""
        now = asyncio.get_running_loop().time()
        for line in [line for line, until in self._until.items() if until <= now]:
            self._cut(line)

    def _cut(self, line: asyncio.Transport) -> None:
        self._until.pop(line, None)
        line.abort()

    @contextmanager
    def open(self) -> Iterator["Lobby"]:
        """Look every second."""
        looking = asyncio.create_task(self._look_again_and_again())
        try:
            yield self
        finally:
            looking.cancel()

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.look()
