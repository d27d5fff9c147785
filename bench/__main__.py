"""Runs the benchmarks that are named, or all of them."""

import argparse
import json
import sys
from collections.abc import Callable

from bench import machine
from bench.board import board
from bench.catchup import catchup
from bench.delivery import delivery
from bench.fanout import fanout
from bench.figures import Figure, Report
from bench.finding import finding
from bench.joins import joins, memory
from bench.national import national
from bench.pages import pages
from bench.posts import posts
from bench.servers import servers
from bench.stalled import stalled
from bench.startup import startup
from bench.suggest import suggest
from bench.summary import summary

BENCHMARKS: dict[str, Callable[[], Report]] = {
    "posts": posts,
    "delivery": delivery,
    "pages": pages,
    "fanout": fanout,
    "joins": joins,
    "memory": memory,
    "national": national,
    "stalled": stalled,
    "catchup": catchup,
    "servers": servers,
    "board": board,
    "summary": summary,
    "suggest": suggest,
    "finding": finding,
    "startup": startup,
}


def main() -> None:
    """`python -m bench [NAME…] [--json]`: exit status 2 for a name that is not known."""
    parser = argparse.ArgumentParser(prog="bench", description="Measures Sheaf on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--json", action="store_true", help="one JSON object for each name")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.names) - BENCHMARKS.keys()):
        parser.error(f"There is no benchmark {unknown[0]}. There are: {', '.join(BENCHMARKS)}.")
    machine.allow_many_sockets()
    for name in asked.names or BENCHMARKS:
        print(f"Measuring {name}…", file=sys.stderr)
        described = machine.describe()
        report = BENCHMARKS[name]()
        if asked.json:
            print(json.dumps({**report.as_object(), "machine": described}), flush=True)
        else:
            _print(report, described)


def _print(report: Report, described: dict[str, object]) -> None:
    print(f"\n{report.says}")
    print(", ".join(f"{name} {value}" for name, value in described.items()))
    for figure in report.figures:
        print(_line(figure), flush=True)
    for note in report.notes:
        print(note)


def _line(one: Figure) -> str:
    low, high = one.spread
    line = f"  {one.what:<58} {one.value:>10,.10g} {one.unit:<14} ({low:,.10g} to {high:,.10g})"
    if one.floor is None:
        return line
    return f"{line}  ratio {one.ratio:.3g} to {one.floor:,.10g}: {one.against}"


if __name__ == "__main__":
    main()
