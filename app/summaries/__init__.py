"""What organisers take home: one document tree, and a small writer for each format.

`build` reads the facts, `chapters` says them in sentences, and a writer sets either in its format.
Those that need a library of their own bring it when they are first used: together they are 27 MB,
and a server that makes its summaries in another process need not hold them.
"""

from collections.abc import Callable
from typing import NamedTuple

from app.summaries.csv import write_csv
from app.summaries.document import build
from app.summaries.html import write_html
from app.summaries.json import write_json
from app.summaries.markdown import write_markdown
from app.summaries.tree import Document


class Format(NamedTuple):
    """How a document becomes a file."""

    write: Callable[[Document], bytes]
    media_type: str
    is_packed: bool = False
    """Whether it is compressed already."""


def _write_pdf(document: Document) -> bytes:
    from app.summaries.pdf import write_pdf

    return write_pdf(document)


def _write_docx(document: Document) -> bytes:
    from app.summaries.docx import write_docx

    return write_docx(document)


def _write_xlsx(document: Document) -> bytes:
    from app.summaries.xlsx import write_xlsx

    return write_xlsx(document)


_OFFICE = "application/vnd.openxmlformats-officedocument"

WRITERS = {
    "html": Format(write_html, "text/html"),
    "pdf": Format(_write_pdf, "application/pdf", is_packed=True),
    "docx": Format(_write_docx, f"{_OFFICE}.wordprocessingml.document", is_packed=True),
    "xlsx": Format(_write_xlsx, f"{_OFFICE}.spreadsheetml.sheet", is_packed=True),
    "json": Format(write_json, "application/json"),
    "csv": Format(write_csv, "text/csv"),
    "md": Format(write_markdown, "text/markdown"),
}
"""What a summary can be written as, by the end of the file's name."""

__all__ = ["WRITERS", "Document", "Format", "build"]
