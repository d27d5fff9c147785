"""The summary as a page, which is also the exported file: it needs nothing beside it."""

from datetime import datetime
from pathlib import Path

from markupsafe import Markup

from app.summaries.document import Document
from app.templating import render

_CSS = Path(__file__).resolve().parent.parent / "static" / "css"


def write_html(document: Document, *, is_file: bool = True) -> str:
    """One page. As a file it carries its styles with it and opens without a network."""
    styles = ""
    if is_file:
        styles = "".join((_CSS / name).read_text() for name in ("base.css", "summary.css"))
    return render(
        "summary/page.html",
        document.language,
        document=document,
        made_at=datetime.fromisoformat(document.made_at),
        styles=Markup(styles),
    )
