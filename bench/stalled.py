"""Phones that stop reading: whether the others notice, and whether memory grows."""

from functools import partial

from bench.figures import Report, figure, in_turn, of
from bench.national import RATE, room

ROUNDS = 3
PHONES = 1_000
STALLED = 50
SECONDS = 15


def stalled() -> Report:
    """With 5 in 100 that never read a byte, against none."""
    runs = in_turn(
        ROUNDS,
        {"stalled": partial(room, PHONES, STALLED, SECONDS), "floor": partial(room, PHONES, 0, SECONDS)},
    )
    report = Report("stalled", f"{STALLED} of {PHONES:,} phones read nothing; {RATE} posts a second")
    for name, what, unit in (
        ("p50", "the others are shown a post, p50", "ms"),
        ("p99", "the others are shown a post, p99", "ms"),
        ("acknowledged_p99", "acknowledged, p99", "ms"),
    ):
        values, floors = of(runs["stalled"], name), of(runs["floor"], name)
        report.figures.append(figure(what, unit, values, floors, "all phones read"))
    grown = of(runs["stalled"], "mb_grown")
    report.figures.append(figure(f"memory grew in {SECONDS} s by", "MB", grown))
    return report
