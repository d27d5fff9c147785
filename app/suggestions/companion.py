"""The house's end of the process that knows how alike texts are. It is started when it is first
asked, and again after it has failed; whoever asks is told `Unavailable` and does without."""

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
CHILD = (sys.executable, "-P", "-m", "app.likeness.child")

ANSWERS_WITHIN = 30.0
"""Seconds. It steps back behind everything else, so a busy machine may make it slow."""

LONGEST_ANSWER = 1 << 20

_ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"}


class Unavailable(Exception):
    """It does not answer. The product is whole without it."""


class Companion:
    """One process, asked one thing after the other."""

    def __init__(self, command: tuple[str, ...] = CHILD) -> None:
        self.starts = 0
        """How often it was started: after each, it knows nothing."""
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    @property
    def process_id(self) -> int | None:
        """Its process; None while there is none."""
        return self._process.pid if self._process is not None else None

    async def ask(self, does: str, **said: Any) -> dict[str, Any]:
        """What it answers. Raises Unavailable."""
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWERS_WITHIN):
                    answer = await self._exchange({"do": does, **said})
            except (OSError, ValueError) as problem:  # a timeout is an OSError
                await self._end()
                raise Unavailable from problem
            except asyncio.CancelledError:
                await self._end()  # its answer would be taken for that to the next question
                raise
        if "failed" in answer:
            raise Unavailable(answer["failed"])
        return answer

    async def stop(self) -> None:
        """End it, and with it all that it knows."""
        async with self._turn:
            await self._end()

    async def _exchange(self, asked: dict[str, Any]) -> dict[str, Any]:
        process = self._process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        await process.stdin.drain()
        answer: dict[str, Any] = json.loads(await process.stdout.readline())
        return answer

    async def _start(self) -> asyncio.subprocess.Process:
        pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=pipe,
            stdout=pipe,
            stderr=nowhere,
            env=_ENVIRONMENT,
            limit=LONGEST_ANSWER,
        )
        self.starts += 1
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
