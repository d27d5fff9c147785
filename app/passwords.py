"""Passwords, kept as argon2 hashes.

A hash takes a tenth of a second and 64 MB, on purpose. So it is never made on the event loop or in
the writing thread, and only one at a time: a crowd of wrong passwords must not cost a room its
memory.
"""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from pwdlib import PasswordHash

from app.forms.fields import LONGEST_PASSWORD

T = TypeVar("T")

_hashes = PasswordHash.recommended()
_one_at_a_time = ThreadPoolExecutor(1, "passwords")
_waiting = 0

CROWD = 50
"""How many passwords may wait, each for a tenth of a second: more come from an attack."""


def are_crowded() -> bool:
    """Whether so many wait that one more would wait too long."""
    return _waiting >= CROWD


async def hashed(password: str) -> str:
    """What is kept of a password."""
    return await _in_turn(_hashes.hash, password)


async def is_right(password: str, kept: str | None) -> bool:
    """Whether this is the password of which `kept` was made. None is nobody's, and so is an empty one:
    finding that out takes as long, so the time does not tell who has an account."""
    return await _in_turn(_verify, password, kept)


async def _in_turn(work: Callable[..., T], *given: str | None) -> T:
    global _waiting
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_one_at_a_time, work, *given)
    finally:
        _waiting -= 1


def _verify(password: str, kept: str | None) -> bool:
    nobodys = _nobodys()  # made with the first password of all, whosever that is
    # As it was kept: some devices write é as two letters. To put accents without end in order takes for ever.
    typed = unicodedata.normalize("NFC", password[:LONGEST_PASSWORD])
    return _hashes.verify(typed, kept or nobodys) and bool(kept)


@cache
def _nobodys() -> str:
    return _hashes.hash(secrets.token_urlsafe())
