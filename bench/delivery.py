"""From a post on one phone to the last of 1,000 screens: 998 phones, a board and a projector."""

from functools import partial

from bench.event import card_text, event, serving
from bench.figures import Report, figure, in_turn, of
from bench.phones import set_off
from bench.sending import floor, how_floor_is_made

ROUNDS = 3
SCREENS = 1_000
SIZES = (100, 10_000)
ROOMS = {"calm room": (0.1, 40), "50 posts/s": (0.02, 150)}
"""Seconds between posts, and how many."""


def delivery() -> Report:
    """A calm room and a busy one, on a small board and on a large one."""
    report = Report("delivery", f"From a post to the last of {SCREENS:,} screens")
    against = f"{how_floor_is_made()}, same load"
    for room, (every, count) in ROOMS.items():
        runs = in_turn(
            ROUNDS,
            {
                **{str(size): partial(deliver, size, every, count) for size in SIZES},
                "floor": partial(floor, SCREENS, every, count),
            },
        )
        for size in SIZES:
            for share in ("p50", "p99"):
                measured, floors = of(runs[str(size)], share), of(runs["floor"], share)
                what = f"{room}, {size:,} contributions, {share}"
                report.figures.append(figure(what, "ms", measured, floors, against))
        small, large = (of(runs[str(size)], "cpu_ms_per_post") for size in SIZES)
        what = f"{room}: a post at 10,000 against 100"
        report.figures.append(figure(what, "ms of core", large, small, "the same at 100 contributions"))
    return report


def deliver(size: int, every: float, count: int, screens: int = SCREENS) -> dict[str, float]:
    """Through the real server."""
    with serving(event(size)) as server:
        return set_off(
            {
                "job": "deliver",
                "port": server.port,
                "pid": server.pid,
                "code": server.event.code,
                "since": server.event.cursor,
                "screens": [*server.event.phones(screens - 2), *server.event.big_screens()],
                "speaker": server.event.phones(1)[0][1],
                "text": card_text(0),
                "posts": count,
                "every": every,
            }
        )
