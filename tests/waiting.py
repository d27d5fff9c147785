"""Waiting for a thing, in tests whose loop is also that of what they wait for."""

import asyncio
from collections.abc import Callable


async def until(is_so: Callable[[], object], *, every: float = 0.01, seconds: float = 60) -> None:
    """Look every so many seconds, or with 0 at every turn of the loop, until something holds. Raises
    TimeoutError if it never does."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110  (nothing tells of it)
            await asyncio.sleep(every)
