"""Phones that stop reading: whether the others notice, and whether memory grows."""

from bench.event import event, serving
from bench.figures import Report, figure, of
from bench.national import BOARD, RATE, job
from bench.phones import set_off_rounds

ROUNDS = 5
PHONES = 1_000
STALLED = 50
SECONDS = 4


def stalled() -> Report:
    """With 5 in 100 that never read a byte, and without them, in turn and in the same room."""
    with serving(event(BOARD)) as server:
        runs = set_off_rounds(
            {
                **job(server, PHONES - STALLED),
                "job": "stall",
                "stalled": server.event.phones(STALLED),
                "seconds": SECONDS,
                "rounds": ROUNDS,
            }
        )
    report = Report("stalled", f"{STALLED} of {PHONES:,} phones read nothing; {RATE} posts a second")
    for name, what, unit in (
        ("p50", "the others are shown a post, p50", "ms"),
        ("p99", "the others are shown a post, p99", "ms"),
        ("acknowledged_p99", "acknowledged, p99", "ms"),
        ("cpu_ms_per_post", "a post and all its frames", "ms of core"),
    ):
        values, floors = of(runs["with"], name), of(runs["without"], name)
        report.figures.append(figure(what, unit, values, floors, "without them"))
    report.figures.append(figure(f"memory grew in {SECONDS} s by", "MB", of(runs["with"], "mb_grown")))
    return report
