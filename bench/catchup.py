"""Catching up after k changes: what it costs to read and to render, on a small board and on a
large one. Whoever lacks the same is sent the same frame, so this is paid once for all of them."""

import time
from functools import partial

from sqlalchemy import Engine, update

from app import screens
from app.database import connect, reading, writing
from app.models import contributions
from app.queries.sessions import session_by_id
from app.screens import Audience, Screen
from bench.event import copy_of, event
from bench.figures import Report, figure, in_turn, of

ROUNDS = 5
TIMES = 30
SIZES = (100, 10_000)
GAPS = (1, 10, 50)


def catchup() -> Report:
    """Phones and boards, by gap and by size of the board."""
    report = Report("catchup", "Milliseconds to read and render what a screen lacks")
    for screen in (Screen.PHONE, Screen.BOARD):
        for gap in GAPS:
            small, large = SIZES
            runs = in_turn(ROUNDS, {str(size): partial(_render, size, screen, gap) for size in SIZES})
            report.figures.append(
                figure(
                    f"{screen}, {gap} changes, {large:,} contributions",
                    "ms",
                    of(runs[str(large)], "ms"),
                    of(runs[str(small)], "ms"),
                    f"the same at {small} contributions",
                )
            )
            report.figures.append(
                figure(f"{screen}, {gap} changes, the frame", "kB", of(runs[str(large)], "kb"))
            )
    return report


def _render(size: int, screen: Screen, gap: int) -> dict[str, float]:
    made = event(size)
    with copy_of(made) as folder:
        engine = connect(f"sqlite:///{folder / 'sheaf.db'}")
        since = _as_if_posted(engine, made.session_id, gap)
        took, frame = [], ""
        for _ in range(TIMES):
            started = time.thread_time()
            with reading(engine) as db:
                live_session = session_by_id(db, made.session_id)
                assert live_session is not None
                frame = screens.update(db, live_session, Audience(screen), since).frame or ""
            took.append(1000 * (time.thread_time() - started))
        engine.dispose()
    return {"ms": sorted(took)[TIMES // 2], "kb": len(frame.encode()) / 1000}


def _as_if_posted(engine: Engine, session_id: int, gap: int) -> int:
    """The last changes are those of the newest cards: an event ends in moves, of which phones are not
    told. Answers the seq before them."""
    with writing(engine) as db:
        live_session = session_by_id(db, session_id)
        assert live_session is not None
        newest = contributions.c.number > live_session.last_number - gap
        seq = live_session.head - live_session.last_number + contributions.c.number
        db.execute(
            update(contributions)
            .where(contributions.c.session_id == session_id, newest)
            .values(touched=seq, seen=seq)
        )
        return int(live_session.head - gap)
