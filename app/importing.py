"""Contributions from a file or a pasted text: paper cards typed up, or a list from somewhere else.

What is read is looked at line by line, so that a fault costs only its own line; and a line that was
taken once is not taken twice, where the caller says which batch it is of.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.actions.contributions import too_long
from app.forms.cards import WriteDown
from app.forms.reading import Refused, parse
from app.forms.themes import CreateTheme
from app.live.receipt import Receipt
from app.live.writer import Writer
from app.locales import Sentence, _
from app.models import Carrier
from app.passes import new_key
from app.queries.sessions import PromptRow
from app.roles import Pass

LARGEST_FILE = 5 * 1024 * 1024
LARGEST_PILE = 1024 * 1024
"""What a browser may send at once."""

COLUMNS = ("kind", "prompt", "table", "name", "quote", "paraphrased")
"""What a CSV may say of a card besides its `text` and `theme`."""


class Line(NamedTuple):
    """One contribution of a file. `at` is the line it begins on, `raw` all that stands there."""

    at: int
    message: dict[str, Any]
    theme: str
    raw: str


@dataclass(slots=True)
class Taken:
    """What came of an import: the numbers of new cards, and the lines that are left with the reason."""

    numbers: list[int] = field(default_factory=list)
    left_out: list[tuple[Line, Sentence]] = field(default_factory=list)


def decoded(content: bytes) -> str:
    """The text of a file. Raises Refused for what is no text file."""
    if len(content) > LARGEST_FILE:
        raise Refused(_("This file is too large. 5 MB is the most."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("This file is not UTF-8 text.")) from None


def read(text: str, *, with_names: bool = False) -> Iterator[Line]:
    """The contributions of a text: CSV when its header holds `text`, with commas, semicolons or tabs
    between; else one per line. Names are read where the session asks for them."""
    csv.field_size_limit(LARGEST_FILE)  # too long a text is told so, as any other
    lines = [*io.StringIO(text, newline="")]
    for delimiter in ",;\t":
        header = _header(lines[:1], delimiter)
        if "text" in header:
            columns = COLUMNS if with_names else tuple(one for one in COLUMNS if one != "name")
            return _rows(lines, header, delimiter, columns)
    return _lines(text)


def header_of(text: str) -> str:
    """The line that names the columns; empty where there is none."""
    first = [*io.StringIO(text, newline="")][:1]
    return first[0] if any("text" in _header(first, delimiter) for delimiter in ",;\t") else ""


def fault(line: Line, longest: int, prompts: Mapping[int, PromptRow]) -> Sentence | None:
    """Why a line would be left out, as far as that can be known before it is tried."""
    try:
        form = _card(line, "looked-at-before")
        _theme(line, "looked-at-before")
    except Refused as refusal:
        return refusal.sentence
    if form.prompt is not None and form.prompt not in prompts:
        return _("There is no prompt %(number)s.", number=form.prompt)
    if form.prompt is not None and not prompts[form.prompt].is_open:
        return _("This prompt is closed.")
    return too_long(form.text, longest)


async def take(
    writer: Writer,
    holder: Pass,
    lines: Iterable[Line],
    themes: dict[str, str],
    carrier: Carrier = Carrier.IMPORT,
    batch: str = "",
) -> Taken:
    """Post the lines in their order, and place those that name a theme. `themes` is name to
    letter for those there are; others are made. A line that is refused costs only itself. With the
    name of a `batch`, whatever was saved of it before is not saved again."""
    taken = Taken()
    letters = {name.casefold(): letter for name, letter in themes.items() if name}
    letters |= {letter.casefold(): letter for letter in themes.values()}
    for line in lines:
        key = f"{batch}-{line.at}" if batch else new_key()
        try:
            card, theme = _card(line, key), _theme(line, f"{key}-t")
            number = int((await _do(writer, holder, card, carrier)).subjects[0])
            if line.theme:
                if line.theme.casefold() not in letters:
                    made = await _do(writer, holder, theme, carrier)
                    letters[line.theme.casefold()] = made.subjects[0]
                there = {"contributions": [number], "theme": letters[line.theme.casefold()]}
                await _do(writer, holder, parse({"action": "place", "key": f"{key}-p", **there}), carrier)
            taken.numbers.append(number)
        except Refused as why:
            taken.left_out.append((line, why.sentence))
    return taken


def _card(line: Line, key: str) -> WriteDown:
    form = parse({"action": "write_down", "key": key, **line.message})
    assert isinstance(form, WriteDown)
    return form


def _theme(line: Line, key: str) -> CreateTheme:
    form = parse({"action": "create_theme", "key": key, "name": line.theme})
    assert isinstance(form, CreateTheme)
    return form


async def _do(writer: Writer, holder: Pass, form: Any, carrier: Carrier) -> Receipt:
    receipt = await writer.perform(form, holder, carrier)
    if receipt.reason:
        raise Refused(receipt.reason)
    return receipt


def _lines(text: str) -> Iterator[Line]:
    for at, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield Line(at, {"text": line}, "", f"{line}\n")


def _header(lines: list[str], delimiter: str) -> list[str]:
    return [name.strip().lower() for name in next(csv.reader(lines, delimiter=delimiter), [])]


def _rows(lines: list[str], header: list[str], delimiter: str, columns: tuple[str, ...]) -> Iterator[Line]:
    rows = csv.reader(lines, delimiter=delimiter)
    next(rows)
    before = rows.line_num
    for row in rows:
        at, before = before + 1, rows.line_num
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        if any(cells.values()):
            message = {"text": cells.get("text", "")}
            message |= {name: _as_said(name, cells[name]) for name in columns if cells.get(name)}
            yield Line(at, message, cells.get("theme", ""), "".join(lines[at - 1 : before]))


def _as_said(name: str, cell: str) -> str:
    return cell if name in ("table", "name") else cell.lower()
