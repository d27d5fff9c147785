"""Passwords, kept as argon2 hashes.

A hash takes a tenth of a second and 64 MB, on purpose. So it is never made on the event loop or in
the writing thread, and only one at a time: a crowd of wrong passwords must not cost a room its
memory.
"""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from pwdlib import PasswordHash

_hashes = PasswordHash.recommended()
_one_at_a_time = ThreadPoolExecutor(1, "passwords")


async def hashed(password: str) -> str:
    """What is kept of a password."""
    return await asyncio.get_running_loop().run_in_executor(_one_at_a_time, _hashes.hash, password)


async def is_right(password: str, kept: str | None) -> bool:
    """Whether this is the password of which `kept` was made. None is nobody's: finding that out
    takes as long, so the time does not tell who has an account."""
    return await asyncio.get_running_loop().run_in_executor(_one_at_a_time, _verify, password, kept)


def _verify(password: str, kept: str | None) -> bool:
    return _hashes.verify(password, kept or _nobodys()) and kept is not None


@cache
def _nobodys() -> str:
    return _hashes.hash(secrets.token_urlsafe())
