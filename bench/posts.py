"""Acknowledged, committed posts a second through the socket."""

import subprocess
import sys
from functools import partial

from bench import machine
from bench.event import ROOT, card_text, copy_of, event, serving
from bench.figures import Report, figure, in_turn, of
from bench.phones import set_off

ROUNDS = 3
SIZES = (100, 10_000)
POSTS = {1: 200, 20: 800, 200: 2_000}
"""How many posts are counted, by the number of phones."""

GROUP = 200


def posts() -> Report:
    """1, 20 and 200 phones, on a small board and on a large one, each with its floor."""
    report = Report("posts", "Acknowledged, committed posts through the socket")
    for phones in POSTS:
        runs = in_turn(
            ROUNDS,
            {f"{way} {size}": partial(do, size, phones) for size in SIZES for way, do in _WAYS.items()},
        )
        for size in SIZES:
            report.figures.append(
                figure(
                    f"{_so_many(phones)}, {size:,} contributions",
                    "posts/s",
                    of(runs[f"through {size}"], "posts_per_second"),
                    of(runs[f"floor {size}"], "posts_per_second"),
                    f"bare driver, {min(phones, GROUP)} posts a commit",
                )
            )
        small, large = (of(runs[f"through {size}"], "cpu_ms_per_post") for size in SIZES)
        report.figures.append(
            figure(
                f"{_so_many(phones)}: a post at 10,000 against 100",
                "ms of core",
                large,
                small,
                "the same at 100 contributions",
            )
        )
    return report


def _so_many(phones: int) -> str:
    return "1 phone" if phones == 1 else f"{phones} phones"


def _through(size: int, phones: int) -> dict[str, float]:
    with serving(event(size)) as server:
        return set_off(
            {
                "job": "post_in_turn",
                "port": server.port,
                "pid": server.pid,
                "code": server.event.code,
                "since": server.event.cursor,
                "screens": server.event.phones(phones),
                "text": card_text(0),
                "posts": POSTS[phones],
            }
        )


def _floor(size: int, phones: int) -> dict[str, float]:
    made = event(size)
    numbers = made.session_id, min(phones, GROUP), POSTS[phones]
    with copy_of(made) as folder:
        said = subprocess.run(
            [*_FLOOR, str(folder / "sheaf.db"), *map(str, numbers)],
            stdout=subprocess.PIPE,
            check=True,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            preexec_fn=machine.run_on_first_core,
        )
    return {"posts_per_second": float(said.stdout)}


_FLOOR = (sys.executable, "-P", "-m", "bench.floor_commit")
_WAYS = {"through": _through, "floor": _floor}
