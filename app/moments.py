"""Times as people type and read them: in the time zone of the machine that serves them.

Kept times are milliseconds since 1970, in UTC. Organisers and their room share a clock on the wall,
and the server is told which that is in the usual way (TZ, or the system's own setting).
"""

import time
from datetime import datetime
from datetime import time as time_of_day

from app.forms.reading import Refused
from app.locales import _


def now() -> int:
    """This moment."""
    return time.time_ns() // 1_000_000


def moment(typed: str) -> int:
    """Milliseconds of a date and time as a browser sends it, such as 2026-12-01T10:00. A date alone
    means the end of that day. Raises Refused."""
    try:
        at = datetime.fromisoformat(typed.strip())
        if "T" not in typed.upper():
            at = datetime.combine(at, time_of_day(23, 59, 59))
        return max(1, int(at.timestamp()) * 1000)
    except (ValueError, OverflowError, OSError):
        raise Refused(_("A date is missing its day, month or year.")) from None


def as_typed(milliseconds: int | None) -> str:
    """The same the other way round, for a field of a form."""
    return f"{local(milliseconds):%Y-%m-%dT%H:%M}" if milliseconds else ""


def as_typed_day(milliseconds: int | None) -> str:
    """The day alone."""
    return f"{local(milliseconds):%Y-%m-%d}" if milliseconds else ""


def zone(milliseconds: int) -> str:
    """What the time zone is called at that time, such as GMT or BST."""
    return str(local(milliseconds).tzname())


def local(milliseconds: int) -> datetime:
    """The same as a date and time on the wall."""
    return datetime.fromtimestamp(milliseconds / 1000).astimezone()
