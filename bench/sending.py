"""What sending costs at the least: the floor, and our hub alone, under the same load."""

import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from bench.event import card_text, path_of_house, running
from bench.phones import set_off

FRAME = 400
"""Characters that a frame with one new card has, about."""

_HERE = Path(__file__).parent


def floor(screens: int, every: float, posts: int) -> dict[str, float]:
    """A loop of send(), in C where there is a compiler."""
    with running([*_floor_program(), str(screens)]) as (process, port):
        return _send(process.pid, port, screens, every, posts, bare=FRAME)


def hub(screens: int, every: float, posts: int) -> dict[str, float]:
    """Our protocol and hub, with nothing behind them."""
    with running([sys.executable, "-P", "-m", "bench.hub_server"], path_of_house()) as (process, port):
        return _send(process.pid, port, screens, every, posts, bare=0)


def how_floor_is_made() -> str:
    """For the report."""
    return "send() in C" if _compiled() else "send() in Python"


def _send(pid: int, port: str, screens: int, every: float, posts: int, bare: int) -> dict[str, float]:
    return set_off(
        {
            "job": "deliver",
            "port": int(port),
            "pid": pid,
            "code": "",
            "since": "0.0000",
            "screens": [("", "")] * screens,
            "speaker": "",
            "text": card_text(0).ljust(FRAME - 120),
            "posts": posts,
            "every": every,
            "bare": bare,
        }
    )


def _floor_program() -> list[str]:
    compiled = _compiled()
    return [compiled] if compiled else [sys.executable, "-P", str(_HERE / "floor_send.py")]


@cache
def _compiled() -> str:
    compiler = shutil.which("cc")
    if compiler is None:
        return ""
    program = str(Path(_folder().name) / "floor_send")
    subprocess.run([compiler, "-O2", "-o", program, str(_HERE / "floor_send.c")], check=True)
    return program


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="sheaf-bench-")
