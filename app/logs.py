"""The log: one line for each thing that happened, for people or, on request, for programs.

An error's line says what it was, what had caused it, and through which lines of which files it
came. It never has the values that were at hand there: they may be somebody's words. For the same
reason no request has a line of its own, since addresses of pages hold codes and invitations.
"""

import json
import logging
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

Kind = Literal["text", "json"]

_QUIET = ("alembic", "websockets")
"""What these say when all is well helps nobody."""


def begin(kind: Kind) -> None:
    """Write the log of this process to standard error, as lines of text or as JSON."""
    lines = logging.StreamHandler()
    lines.setFormatter(AsObject() if kind == "json" else AsText())
    logging.basicConfig(handlers=[lines], level=logging.INFO)
    logging.captureWarnings(True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class AsText(logging.Formatter):
    """A line to be read: when, how bad, what, and why."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        parts = [record.getMessage(), *(f"{one['error']} ({one['where']})" for one in _faults(record))]
        return _in_one_line(f"{when} {record.levelname:<7} {'; '.join(parts)}")


class AsObject(logging.Formatter):
    """A JSON object. `faults` begins with the error itself; what caused it follows."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. JSON writes a line's end as two letters, so there is but one line."""
        said: dict[str, Any] = {
            "time": _in_utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if faults := list(_faults(record)):
            said["faults"] = faults
        return json.dumps(said)


def _in_utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03}Z"


def _in_one_line(text: str) -> str:
    """Whatever text gets into a line, it can't look like the next one, or steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _faults(record: logging.LogRecord) -> Iterator[dict[str, str]]:
    if record.exc_info and record.exc_info[1]:
        for fault in _with_causes(record.exc_info[1]):
            yield {"error": f"{type(fault).__name__}: {fault}", "where": " < ".join(_places(fault))}


def _with_causes(fault: BaseException) -> Iterator[BaseException]:
    yield fault
    for one in getattr(fault, "exceptions", ()):
        yield from _with_causes(one)
    earlier = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if earlier is not None:
        yield from _with_causes(earlier)


def _places(fault: BaseException) -> Iterator[str]:
    """Innermost first."""
    for frame in reversed(traceback.extract_tb(fault.__traceback__)):
        yield f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}"
