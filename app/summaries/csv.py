"""The summary as CSV: one row for each contribution, safe to open in a spreadsheet."""

import csv
import io
from datetime import date, datetime

from app.summaries.rows import Value, contributions
from app.summaries.tree import Document

# A cell that begins like a formula would be run by some spreadsheets, in its full-width form too.
_FORMULA = tuple("=+-@\t\r\0＝＋－＠")


def write_csv(document: Document) -> bytes:
    """Rows by number. A byte order mark comes first, or some spreadsheets take UTF-8 for
    something else."""
    out = io.StringIO()
    rows, sheet = csv.writer(out), contributions(document)
    rows.writerow(sheet.columns)
    rows.writerows([_safe(_said(value)) for value in row] for row in sheet.rows)
    return ("\ufeff" + out.getvalue()).encode()


def _said(value: Value) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case _:
            return "" if value is None else str(value)


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
