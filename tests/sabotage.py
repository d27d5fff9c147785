"""`python -m tests.sabotage FAULT …`: the program, with one fault put in before it starts.

So the product needs no switch for it, and a test can have in the real server process what the world
brings rarely: a death between two particular steps, a clock that jumps.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool


def dies_unanswered() -> None:
    """Killed when posts are on disk and nobody has been told: the writer answers some, keeps its
    silence about the next ones, and then is no more."""
    from app.live.writer import Writer

    answer, told, silent = Writer._answer, 0, 0
    tells = random.randint(0, 100)

    def answer_or_die(writer: Writer, session_id: int, head: int, when: float, *of: Any) -> None:
        nonlocal told, silent
        if told < tells:
            told += len(of[0])
            answer(writer, session_id, head, when, *of)
            return
        silent += len(of[0])
        if silent > 30:
            os.kill(os.getpid(), signal.SIGKILL)

    Writer._answer = answer_or_die  # type: ignore[method-assign]


def impatient() -> None:
    """Waits for a locked database for a blink, not for 15 seconds."""

    @event.listens_for(Pool, "checkout")
    def shorten(connection: Any, *_rest: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")


def patient() -> None:
    """Waits for a locked database for as long as it is locked."""

    @event.listens_for(Pool, "checkout")
    def lengthen(connection: Any, *_rest: object) -> None:
        connection.execute("PRAGMA busy_timeout=3600000")


def wrong_clock() -> None:
    """The time of day is off by as many seconds as the file TEST_CLOCK says, at each look.
    (Time that only measures, as `monotonic` does, goes on: an administrator's `date` moves no more.)"""
    file = Path(os.environ["TEST_CLOCK"])
    right, right_ns = time.time, time.time_ns

    def off() -> int:
        return int(file.read_text() or 0)

    time.time = lambda: right() + off()
    time.time_ns = lambda: right_ns() + off() * 1_000_000_000


def slow_to_look() -> None:
    """The first look at whether rights still hold lasts until somebody else has come."""
    from app.live.door import Door

    look, read, is_first = Door._turn_out, Door._roles_now, True

    def read_late(door: Any, rights: list[Any]) -> Any:
        nonlocal is_first
        if is_first:
            is_first = False
            print("asked", flush=True)
            while len(door._guests) == len(rights):
                time.sleep(0.01)
        return read(door, rights)

    async def look_and_say(door: Any) -> None:
        await look(door)
        if not is_first:
            print("looked", flush=True)

    Door._roles_now, Door._turn_out = read_late, look_and_say  # type: ignore[method-assign]


FAULTS: dict[str, Callable[[], None]] = {
    made.__name__: made for made in (dies_unanswered, impatient, patient, slow_to_look, wrong_clock)
}

if __name__ == "__main__":
    FAULTS[sys.argv.pop(1)]()
    from app.__main__ import main

    main()
