"""The erasure ledger: what was taken back, erased or deleted, in a file that is in no backup.

A backup keeps what was erased after it. So each erasing leaves a line beside the database, and
whoever puts a backup in its place does those lines again. A line holds ids and times: which
session, which number, when that card was said and when it went. Never words, nor a digest that
could be compared with a guess. Numbers are given out again after a restore, so a card is its
number and the millisecond in which it was said.

A line is on disk before what it tells is committed. A crash in between leaves a line too many,
which does what somebody had asked for; the other way round it would leave one too few, and a
restore would bring words back whose author was told that they are gone.
"""

import fcntl
import os
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import IO, NamedTuple


class Deed(StrEnum):
    """What was done."""

    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    DELETED = "deleted"


class Entry(NamedTuple):
    """A line of the ledger. Of a session that was deleted, number and `said_at` are 0."""

    at: int
    deed: Deed
    session_id: int
    number: int = 0
    said_at: int = 0


class Ledger:
    """The file, which is made with its first line."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def note(self, entries: Iterable[Entry]) -> None:
        """Add lines, and come back when they are on disk. Raises OSError."""
        if lines := [f"{' '.join(map(str, entry))}\n" for entry in entries]:
            is_new = not self.file.exists()
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.touch(0o600)
            with self.file.open("a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write((_torn(file) + "".join(lines)).encode())
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                to_disk(self.file.parent)

    def entries(self) -> list[Entry]:
        """All that can be read, oldest first. What a crash cut short was never promised."""
        return [_entry(found) for found in map(_LINE.fullmatch, self._lines()) if found]

    def unread(self) -> int:
        """How many lines can't be read."""
        return sum(not _LINE.fullmatch(line) for line in self._lines())

    def _lines(self) -> list[str]:
        told = self.file.read_text(errors="replace") if self.file.exists() else ""
        return [line for line in told.splitlines() if line.strip()]


_LINE = re.compile(
    r"(?P<at>\d{1,16}) (?P<deed>withdrawn|erased|deleted) (?P<session>\d{1,16})"
    r" (?P<number>\d{1,16}) (?P<said>\d{1,16})"
)


def _entry(found: re.Match[str]) -> Entry:
    at, deed, session_id, number, said_at = found.groups()
    return Entry(int(at), Deed(deed), int(session_id), int(number), int(said_at))


def _torn(file: IO[bytes]) -> str:
    """What ends a line that a crash cut short, so that the next one is not lost with it."""
    end = file.seek(0, os.SEEK_END)
    if not end:
        return ""
    file.seek(end - 1)
    return "" if file.read(1) == b"\n" else "\n"


def to_disk(path: Path) -> None:
    """Come back when a file, or the names in a folder, would outlive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
