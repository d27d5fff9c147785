"""The summary as a page, which is also the exported file: it needs nothing beside it.

The time-lapse of the exported file will be the one script that stands inline; `styles` shows how
what a file needs comes into it.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from app.locales import Sentence, nearest
from app.models import Part
from app.summaries.blocks import Figure
from app.summaries.chapters import chapters
from app.summaries.chapters.own import own
from app.summaries.figures import svg
from app.summaries.tree import Document
from app.templating import Speech, direction, fragment, render

_CSS = Path(__file__).resolve().parent.parent / "static" / "css"


def write_html(document: Document) -> bytes:
    """One file. It carries its styles with it, and opens without a network."""
    styles = "".join((_CSS / name).read_text() for name in ("base.css", "summary.css"))
    return page(document, styles=styles).encode()


class Unsaved(NamedTuple):
    """What an organiser tried to write, and why it was refused."""

    part: str
    text: str
    why: Sentence


def page(
    document: Document,
    *,
    styles: str = "",
    may_write: bool = False,
    unsaved: Unsaved | None = None,
    is_blank: bool = False,
) -> str:
    """The page: with styles of its own, or else as one of the server's, where an organiser may
    write the parts that only they know, and the big screen can be blanked, unless it is."""
    is_rtl = direction(nearest(document.language)) == "rtl"

    def drawn(figure: Figure) -> Markup:
        # It escapes what it holds itself.
        return Markup(svg(figure, document.language, is_rtl=is_rtl))

    return render(
        "summary/page.html",
        document.language,
        document=document,
        chapters=chapters(document),
        made_at=datetime.fromisoformat(document.made_at),
        styles=Markup(styles),
        may_write=may_write,
        drawn=drawn,
        unsaved=unsaved,
        is_blank=is_blank,
    )


def own_part(
    speech: Speech, code: str, part: Part, written: Mapping[str, str], unsaved: Unsaved | None = None
) -> str:
    """One part that the organiser writes, for the page that holds it."""
    return fragment(
        speech, "summary/_blocks.html", "own", own(part, written), code, True, unsaved, unsaved is None
    )
