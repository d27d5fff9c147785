"""How long a server takes until people can come in, and what it holds while nobody is there."""

import sys
import tempfile
import time

from bench import machine
from bench.event import copy_of, event, path_of_house, running
from bench.figures import Report, Ways, figure, in_turn, of

ROUNDS = 5
SETTLES = 2.0
"""Seconds after which an idle server's memory is looked at."""

AGAINST = "FastAPI and uvicorn, with one address and no database"


def startup() -> Report:
    """With a database, and the first start of all, which makes the tables."""
    ways: Ways = {"again": _again, "first": _first, "floor": _floor}
    runs = in_turn(ROUNDS, ways)
    report = Report("startup", "From the command until people can come in, and memory of the idle server")
    for way, name in (("again", "with a database"), ("first", "the first time, making the tables")):
        for key, what, unit in _FIGURES:
            measured, floors = of(runs[way], key), of(runs["floor"], key)
            report.figures.append(figure(f"{name}: {what}", unit, measured, floors, AGAINST))
    return report


_FIGURES = (
    ("seconds", "until it is there", "s"),
    ("core", "until it is there", "s of core"),
    ("memory", "memory, idle", "MB"),
)


def _again() -> dict[str, float]:
    with copy_of(event(100)) as folder:
        return _measured("app", {"SHEAF_DATA_DIR": str(folder)})


def _first() -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        return _measured("app", {"SHEAF_DATA_DIR": folder})


def _floor() -> dict[str, float]:
    return _measured("bench.floor_start", {})


def _measured(module: str, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-P", "-m", module, "serve", "--port", "0"]
    began = time.perf_counter()
    with running(command, {**path_of_house(), **environment}) as (process, _said):
        there, core = time.perf_counter() - began, machine.cpu_seconds(process.pid)
        time.sleep(SETTLES)
        return {"seconds": there, "core": core, "memory": machine.memory_kb(process.pid) / 1000}
