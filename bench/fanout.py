"""Frames a second per core to 1,000 screens: the last step alone, and with everything before it."""

from functools import partial

from bench.delivery import deliver
from bench.figures import Report, figure, in_turn, of
from bench.sending import floor, how_floor_is_made, hub

ROUNDS = 3
SCREENS = 1_000
FRAMES = 200


def fanout() -> Report:
    """Each post is said as soon as the last one is on every screen."""
    runs = in_turn(
        ROUNDS,
        {
            "floor": partial(floor, SCREENS, 0, FRAMES),
            "hub": partial(hub, SCREENS, 0, FRAMES),
            "server": partial(deliver, 100, 0, FRAMES),
        },
    )
    floors, against = of(runs["floor"], "frames_per_cpu_second"), how_floor_is_made()
    report = Report("fanout", f"Frames per core-second to {SCREENS:,} screens")
    for name, what in _WHAT.items():
        values = of(runs[name], "frames_per_cpu_second")
        report.figures.append(figure(what, "frames/core-s", values, floors, against))
    return report


_WHAT = {
    "hub": "protocol and hub alone",
    "server": "the whole server: one post, commit, render and frame each",
}
