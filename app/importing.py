"""Contributions from a file: paper cards typed up, or a list from somewhere else."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.forms import Refused, parse
from app.live.writer import Receipt, Writer
from app.locales import Sentence, _
from app.models import Carrier
from app.passes import new_key
from app.roles import Pass

LARGEST_FILE = 5 * 1024 * 1024


class Line(NamedTuple):
    """One contribution of a file. `at` is the line it begins on."""

    at: int
    message: dict[str, Any]
    theme: str


@dataclass(slots=True)
class Taken:
    """What came of an import."""

    saved: int
    left_out: list[tuple[int, Sentence]]


def read(content: bytes) -> Iterator[Line]:
    """The contributions of a file: CSV when its header holds `text`, else one per line. Raises
    Refused for what is no text file."""
    if len(content) > LARGEST_FILE:
        raise Refused(_("This file is too large. 5 MB is the most."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("This file is not UTF-8 text.")) from None
    csv.field_size_limit(LARGEST_FILE)  # too long a text is told so, as any other
    header = [name.strip().lower() for name in next(csv.reader(text.splitlines()[:1]), [])]
    return _rows(text, header) if "text" in header else _lines(text)


async def take(writer: Writer, organiser: Pass, lines: Iterable[Line], themes: dict[str, str]) -> Taken:
    """Post the lines in their order, and place those that name a theme. `themes` is name to
    letter for those there are; others are made. A line that is refused costs only itself."""
    taken = Taken(0, [])
    letters = {name.casefold(): letter for name, letter in themes.items() if name}
    letters |= {letter.casefold(): letter for letter in themes.values()}
    for line in lines:
        try:
            receipt = await _say(writer, organiser, action="post", **line.message)
            if line.theme:
                letter = letters.get(line.theme.casefold())
                if letter is None:
                    made = await _say(writer, organiser, action="create_theme", name=line.theme)
                    letter = letters[line.theme.casefold()] = made.subjects[0]
                number = int(receipt.subjects[0])
                await _say(writer, organiser, action="place", contributions=[number], theme=letter)
            taken.saved += 1
        except Refused as why:
            taken.left_out.append((line.at, why.sentence))
    return taken


async def _say(writer: Writer, organiser: Pass, **message: Any) -> Receipt:
    form = parse({"key": new_key(), **message})
    receipt = await writer.perform(form, organiser, Carrier.IMPORT)
    if receipt.reason:
        raise Refused(receipt.reason)
    return receipt


def _lines(text: str) -> Iterator[Line]:
    for at, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield Line(at, {"text": line}, "")


def _rows(text: str, header: list[str]) -> Iterator[Line]:
    rows = csv.reader(io.StringIO(text, newline=""))
    next(rows)
    before = rows.line_num
    for row in rows:
        at, before = before + 1, rows.line_num
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        if any(cells.values()):
            message = {"text": cells.get("text", "")}
            message |= {name: cells[name].lower() for name in ("kind", "prompt") if cells.get(name)}
            yield Line(at, message, cells.get("theme", ""))
