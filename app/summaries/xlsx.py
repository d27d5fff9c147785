"""The summary as a workbook: a sheet for each kind of fact, with typed columns.

Nothing in it is a formula or a link, whatever people wrote.
"""

import io
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.locales import nearest
from app.summaries.legal import legal
from app.summaries.rows import Sheet, Value, sheets
from app.summaries.tree import Document
from app.templating import direction

LONGEST = 16_000
"""Characters that a cell surely holds, be they emoji; a longer text goes on at the end of its row."""

LINE, HIGHEST = 15, 400
"""Points: of a line, and of the highest row that programs can show."""

_PLAIN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_WIDTHS = {"text": 70, "meaning": 50, "answer": 40, "themes": 30, "name": 30, "theme": 30, "cards": 40}
_WIDTHS |= {"owner": 30, "answer to its themes": 40}


def write_xlsx(document: Document) -> bytes:
    """The whole workbook."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _PLAIN) as book:
        book.set_properties({"title": legal(document.title), "comments": document.code})
        looks = _looks(book)
        for sheet in sheets(document):
            page = book.add_worksheet(sheet.name)
            if direction(nearest(document.language)) == "rtl":
                page.right_to_left()
            _fill(page, sheet, looks)
    return out.getvalue()


class _Looks(NamedTuple):
    """How the cells of a workbook look."""

    head: Format
    text: Format
    moment: Format
    day: Format


def _looks(book: xlsxwriter.Workbook) -> _Looks:
    first = {"valign": "top", "align": "left"}
    return _Looks(
        book.add_format({"bold": True, "bg_color": "#e3dbcd", "bottom": 1, "valign": "top"}),
        book.add_format({"text_wrap": True, "valign": "top"}),
        book.add_format({"num_format": "yyyy-mm-dd hh:mm", **first}),
        book.add_format({"num_format": "yyyy-mm-dd", **first}),
    )


def _fill(page: Worksheet, sheet: Sheet, looks: _Looks) -> None:
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(1, len(sheet.rows)), len(sheet.columns) - 1)
    page.repeat_rows(0)
    page.set_landscape()
    widths = [_WIDTHS.get(name, 18 if name.endswith(("at", "date")) else 12) for name in sheet.columns]
    for column, name in enumerate(sheet.columns):
        page.write_string(0, column, name, looks.head)
        page.set_column(column, column, widths[column])
    for row, values in enumerate(sheet.rows, start=1):
        if (lines := _lines(values, widths)) > 1:
            page.set_row(row, min(HIGHEST, LINE * lines))
        for column, value in enumerate(values):
            _write(page, row, column, value, looks, len(sheet.columns))


def _lines(values: Sequence[Value], widths: Sequence[int]) -> int:
    """How many lines a row needs, about. Some programs make no room for them by themselves."""
    texts = [(value, wide) for value, wide in zip(values, widths, strict=True) if isinstance(value, str)]
    return max(
        (sum(1 + _width(line) // wide for line in text.split("\n")) for text, wide in texts), default=1
    )


def _width(line: str) -> int:
    return (
        len(line) if line.isascii() else sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in line)
    )


def _write(page: Worksheet, row: int, column: int, value: Value, looks: _Looks, end: int) -> None:
    match value:
        case None | "":
            return
        case bool():
            page.write_boolean(row, column, value, looks.text)
        case int():
            page.write_number(row, column, value, looks.text)
        case datetime():
            page.write_datetime(row, column, value, looks.moment)
        case date():
            page.write_datetime(row, column, value, looks.day)
        case _:
            first, *more = _parts(legal(value))
            page.write_string(row, column, first, looks.text)
            for nth, part in enumerate(more):
                page.write_string(row, end + nth, part, looks.text)


def _parts(said: str) -> list[str]:
    return [said[at : at + LONGEST] for at in range(0, len(said), LONGEST)] or [""]
