"""Phones that come in: all at once, as after a restart, each lacking the same few changes."""

import sys
from functools import cache, partial

from bench.event import event, path_of_house, running, serving
from bench.figures import Report, figure, in_turn, of
from bench.phones import set_off

ROUNDS = 3
PHONES = 10_000
BOARD = 100
GAP = 5
"""Changes that each of them lacks."""

AGAINST = "our protocol alone: no rights, nothing to catch up with"


def joins() -> Report:
    """How many a core takes in a second, and when the last one is back."""
    runs = _runs()
    report = Report("joins", f"{PHONES:,} phones come at once to a server that has just started")
    for name, what, unit in (
        ("phones_per_cpu_second", "joined, authorised and caught up", "phones/core-s"),
        ("seconds", "from the first to the last one back", "s"),
    ):
        measured, floors = of(runs["server"], name), of(runs["floor"], name)
        report.figures.append(figure(what, unit, measured, floors, AGAINST))
    return report


def memory() -> Report:
    """What a phone costs that is in, up to date, and listens."""
    runs = _runs()
    report = Report("memory", f"Memory of the server for each of {PHONES:,} phones, without the kernel's")
    measured, floors = of(runs["server"], "kb_per_phone"), of(runs["floor"], "kb_per_phone")
    report.figures.append(figure("a phone that listens", "kB", measured, floors, AGAINST))
    return report


@cache
def _runs() -> dict[str, list[dict[str, float]]]:
    return in_turn(ROUNDS, {"server": partial(come_back, PHONES), "floor": partial(_floor, PHONES)})


def come_back(phones: int) -> dict[str, float]:
    """To the real server."""
    with serving(event(BOARD)) as server:
        made = server.event
        job = {"port": server.port, "pid": server.pid, "code": made.code, "head": made.head}
        return set_off(
            {
                "job": "come_back",
                "since": made.cursor_before(GAP),
                "screens": made.phones(phones),
                **job,
            }
        )


def _floor(phones: int) -> dict[str, float]:
    command = [sys.executable, "-P", "-m", "bench.hub_server"]
    with running(command, path_of_house()) as (process, port):
        nobody = {"port": int(port), "pid": process.pid, "code": "", "since": "0.0000", "head": 0}
        return set_off({"job": "come_back", "screens": [("", "")] * phones, **nobody})
