"""Frames a second per core to 1,000 and 10,000 screens: the last step alone, and with all before it."""

from functools import partial

from bench.delivery import deliver
from bench.figures import Report, figure, in_turn, of
from bench.sending import floor, how_floor_is_made, hub

ROUNDS = 3
FRAMES = {1_000: 200, 10_000: 20}
"""How many, by the number of screens."""


def fanout() -> Report:
    """Each post is said as soon as the last one is on every screen."""
    report = Report("fanout", "Frames per core-second")
    for screens, frames in FRAMES.items():
        runs = in_turn(
            ROUNDS,
            {
                "floor": partial(floor, screens, 0, frames),
                "hub": partial(hub, screens, 0, frames),
                "server": partial(deliver, 100, 0, frames, screens),
            },
        )
        floors, against = of(runs["floor"], "frames_per_cpu_second"), how_floor_is_made()
        for name, what in _WHAT.items():
            values = of(runs[name], "frames_per_cpu_second")
            what = f"{screens:,} screens, {what}"
            report.figures.append(figure(what, "frames/core-s", values, floors, against))
    return report


_WHAT = {
    "hub": "protocol and hub alone",
    "server": "the whole server: one post, commit, render and frame each",
}
