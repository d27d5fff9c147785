"""Who serves a SQLite file: a lock beside it that ends with the process, however that ends.

Every server holds one byte of `sheaf.db-servers`, so they can be counted. A restore holds all of
them: none may run meanwhile, and none can start. Commands hold nothing: they work beside a server.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PLACES = 64


class Taken(Exception):
    """Somebody else holds what was asked for; the message is for the operator."""


@contextmanager
def serving(database: Path) -> Iterator[int]:
    """Serve a file. Answers how many places were taken before: 0 for its only server."""
    with _beside(database) as file:
        for place in range(PLACES):
            if _take(file, place):
                yield place
                return
        raise Taken("This database is being restored. Please wait a moment.")


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Keep all servers away from a file. Raises Taken while one runs."""
    with _beside(database) as file:
        if not _take(file, 0, PLACES):
            raise Taken("A server runs on this database. Please stop it first.")
        yield


def servers(database: Path) -> int:
    """How many servers other than this process run on a file."""
    with _beside(database) as file:
        return sum(not _take(file, place) for place in range(PLACES))


@contextmanager
def _beside(database: Path) -> Iterator[IO[bytes]]:
    with database.with_name(f"{database.name}-servers").open("ab") as file:
        yield file


def _take(file: IO[bytes], place: int, count: int = 1) -> bool:
    """Closing the file lets go, and so does the end of the process."""
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, count, place)
    except OSError:
        return False
    return True
