"""Binds summaries in a process of its own, beside a server: `python -m app.behind app.summaries.binding`.

A document of thousands of voices takes seconds of a core. In the server's own process, live frames
would wait for it, since Python runs one thing at a time. Here they don't: the process stands
behind everything else on the machine, reads one order after another from standard input, answers
on standard output, and ends with its server, whose end of the line then closes.

An order is a line of JSON; the answer is its length in eight bytes, a sign (+ or -), and the file,
or the name of what went wrong: never words, for the server logs it.
"""

import json
import sys
from functools import cache
from typing import Any, BinaryIO

from sqlalchemy import Engine

from app.database import connect, reading
from app.models import Role
from app.queries.sessions import session_by_id
from app.summaries import WRITERS, build
from app.summaries.easy import easy_page
from app.summaries.html import making_page, page

DONE, FAILED = b"+", b"-"
PAGE, PAGE_TO_ANSWER, PAGE_TO_WRITE = "page", "page to answer", "page to write"
EASY, MAKING = "easy", "making"
"""What is bound besides files: pages of the server."""

_READERS = {PAGE: None, PAGE_TO_ANSWER: Role.FACILITATOR, PAGE_TO_WRITE: Role.ORGANISER}


def bind(
    engine: Engine, session_id: int, what: str, is_restricted: bool, may_start: bool = False, *, now: int
) -> bytes:
    """A file by the end of its name, or a page, as an order says. Raises LookupError for a session
    that is gone."""
    with reading(engine) as db:
        live_session = session_by_id(db, session_id)
        if live_session is None:
            raise LookupError
        document = build(db, live_session, now, is_restricted=is_restricted)
    is_blank = bool(live_session.is_blank)
    if what in _READERS:
        told = {"is_published": live_session.is_published, "is_blank": is_blank, "may_start": may_start}
        return page(document, reader=_READERS[what], **told).encode()
    if what == EASY:
        return easy_page(document, is_blank=is_blank).encode()
    return making_page(document).encode() if what == MAKING else WRITERS[what].write(document)


@cache
def _engine(address: str) -> Engine:
    return connect(address)


def main() -> None:
    """Answer orders until the line closes."""
    for order in sys.stdin.buffer:
        _answer(sys.stdout.buffer, json.loads(order))


def _answer(out: BinaryIO, order: dict[str, Any]) -> None:
    try:
        sign, content = DONE, bind(_engine(order.pop("database")), **order)
    except Exception as problem:
        sign, content = FAILED, type(problem).__name__.encode()
    out.write(len(content).to_bytes(8, "big") + sign + content)
    out.flush()


if __name__ == "__main__":
    main()
