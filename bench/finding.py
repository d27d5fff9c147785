"""What it costs to look for words in all sessions of an organiser who has many."""

import time
from functools import partial

from sqlalchemy import select

from app.database import connect, reading
from app.models import sessions
from app.queries.finding import find
from bench.event import many
from bench.figures import Report, figure, in_turn, of

ROUNDS = 5
SESSIONS, CARDS = 50, 2_000
QUERIES = {
    "a word that many cards have": "people",
    "two words": "people time",
    "with accents": "pàigheadh",
    "nothing": "xyzzy",
}


def finding() -> Report:
    """A look through 50 sessions of 2,000 cards each, in the program itself."""
    report = Report("finding", f"Looking for words in {SESSIONS} sessions of {CARDS:,} cards")
    address = f"sqlite:///{many(SESSIONS, CARDS)}"
    runs = in_turn(ROUNDS, {said: partial(_look, address, query) for said, query in QUERIES.items()})
    for said in QUERIES:
        report.figures.append(figure(said, "ms", of(runs[said], "ms")))
        report.notes.append(f"{said}: found in {int(of(runs[said], 'found')[0])} sessions")
    return report


def _look(address: str, query: str) -> dict[str, float]:
    engine = connect(address)
    with reading(engine) as db:
        rows = db.execute(select(sessions)).all()
        started = time.perf_counter()
        found = find(db, rows, query)
        took = time.perf_counter() - started
    engine.dispose()
    return {"ms": 1000 * took, "found": float(len(found))}
