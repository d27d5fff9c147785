"""What a summary costs: each format by size, in the process that makes it; and whether a live room
notices."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from app.summaries import WRITERS
from bench.event import ROOT, Event, Server, card_text, event, path_of_house, serving
from bench.event import token as token_of
from bench.figures import Report, Ways, figure, in_turn, of
from bench.phones import set_off

ROUNDS = 3
SIZES = (10, 500, 5_000)
AIMS = {500: "1 s", 5_000: "5 s"}
SCREENS = 200


def summary() -> Report:
    """Every format at every size, then a room that posts while summaries are made."""
    report = Report("summary", "Making a summary: seconds, and megabytes at the most")
    ways: Ways = {what: partial(_bind, what) for what in (*WRITERS, "page")}
    made = in_turn(ROUNDS, ways)
    for size in SIZES:
        for what, rounds in made.items():
            for name, unit in (("seconds", "s"), ("core", "s of core"), ("memory", "MB")):
                values = of(rounds, f"{size} {name}")
                report.figures.append(figure(f"{size:,} contributions, {what}: {name}", unit, values))
    report.notes += [f"The aim at {size:,} is under {aim} each." for size, aim in AIMS.items()]
    room = in_turn(ROUNDS, {"alone": partial(_deliver, False), "meanwhile": partial(_deliver, True)})
    for share in ("p50", "p99"):
        alone, meanwhile = of(room["alone"], share), of(room["meanwhile"], share)
        what = f"a post to {SCREENS} screens while PDFs of 5,000 are made, {share}"
        report.figures.append(figure(what, "ms", meanwhile, alone, "the same with none being made"))
    report.figures.append(figure("PDFs made meanwhile", "", of(room["meanwhile"], "made")))
    return report


def _bind(what: str) -> dict[str, float]:
    """Documents of growing size, in one process that has made another before."""
    found = {}
    with _binder() as binder:
        _order(binder, event(SIZES[0]), "csv" if what == "json" else "json")
        for size in SIZES:
            started, used = time.perf_counter(), _core_seconds(binder.pid)
            _order(binder, event(size), what)
            found[f"{size} seconds"] = time.perf_counter() - started
            found[f"{size} core"] = _core_seconds(binder.pid) - used
            found[f"{size} memory"] = _most_memory(binder.pid)
    return found


def _core_seconds(pid: int) -> float:
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _binder() -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "app.behind", "app.summaries.binding"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, env=path_of_house(), stdin=pipe, stdout=pipe)
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def _order(binder: "subprocess.Popen[bytes]", made: Event, what: str) -> bytes:
    assert binder.stdin is not None
    assert binder.stdout is not None
    order = {"database": f"sqlite:///{made.file}", "session_id": made.session_id, "what": what}
    binder.stdin.write(
        json.dumps({**order, "is_restricted": False, "now": 1_760_000_000_000}).encode() + b"\n"
    )
    binder.stdin.flush()
    head = binder.stdout.read(9)
    content = binder.stdout.read(int.from_bytes(head[:8], "big"))
    if head[8:] != b"+":
        raise SystemExit(f"{what} could not be made: {content.decode()}")
    return content


def _most_memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _deliver(makes_summaries: bool) -> dict[str, float]:
    """A room of 200 screens and a post every tenth of a second, through the real server."""
    with serving(event(SIZES[-1])) as server, _asking(server, makes_summaries) as asked:
        took = set_off(
            {
                "job": "deliver",
                "port": server.port,
                "pid": server.pid,
                "code": server.event.code,
                "since": server.event.cursor,
                "screens": [*server.event.phones(SCREENS - 2), *server.event.big_screens()],
                "speaker": server.event.phones(1)[0][1],
                "text": card_text(0),
                "posts": 80,
                "every": 0.1,
            }
        )
        return {**took, "made": float(len(asked))}


@contextmanager
def _asking(server: Server, wanted: bool) -> Iterator[list[int]]:
    """Somebody who asks for one PDF after another, until it is over."""
    over, made = threading.Event(), list[int]()

    def ask() -> None:
        address = f"http://localhost:{server.port}/s/{server.event.code}/summary.pdf"
        bearer = {"Authorization": f"Bearer {token_of(server.event.organiser)}"}
        while not over.is_set():
            with urllib.request.urlopen(
                urllib.request.Request(address, headers=bearer), timeout=120
            ) as answer:
                made.append(len(answer.read()))

    asker = threading.Thread(target=ask)
    if wanted:
        asker.start()
    try:
        yield made
    finally:
        over.set()
        if wanted:
            asker.join()
