#!/usr/bin/env python3
"""A table of themes, made of a session's summary in JSON: one row for each theme, for a spreadsheet.

    python themes.py summary.json > themes.csv

The summary comes from the page “Summary”, from `bin/run export CODE --format json`, or from
`https://sheaf.example/s/CODE/summary.json` with a token that may see what facilitators see.
"""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

COLUMNS = (
    *("theme", "name", "voices", "questions", "statements", "ideas"),
    *("agreements", "only here", "objections", "not quoted", "most agreed with"),
)
FORMULAS = tuple("=+-@\t\r＝＋－＠")
"""What makes a spreadsheet take a cell for a formula: people may say anything."""


def main(summary: dict[str, Any], out: TextIO) -> None:
    """Write the table."""
    table = csv.DictWriter(out, COLUMNS)
    table.writeheader()
    for section in (*summary["themes"], summary["lone"], summary["unsorted"], summary["parked"]):
        table.writerow(row(section))


def row(section: dict[str, Any]) -> dict[str, Any]:
    """A theme as a row."""
    voices = list(heard(section["voices"]))
    kinds = [voice["kind"] for voice in voices]
    loudest = max(voices, key=lambda voice: voice["agreements"], default=None)
    return {
        "theme": section["place"],
        "name": as_text(section["name"]),
        "voices": len(voices) + section["unquoted"],
        "questions": kinds.count("question"),
        "statements": kinds.count("statement"),
        "ideas": kinds.count("idea"),
        "agreements": sum(voice["agreements"] for voice in voices),
        "only here": sum(len(voice["places"]) == 1 for voice in section["voices"]),
        "objections": sum(len(voice["disagreements"]) for voice in voices),
        "not quoted": section["unquoted"],
        "most agreed with": as_text(loudest["text"]) if loudest else "",
    }


def heard(voices: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every voice: one that stands for others, and each of those."""
    for voice in voices:
        yield voice
        yield from voice["originals"]


def as_text(said: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    return f"'{said}" if said.startswith(FORMULAS) else said


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.stdout)
