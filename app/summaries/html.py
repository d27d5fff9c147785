"""The summary as a page, which is also the exported file: it needs nothing beside it.

The time-lapse of the exported file will be the one script that stands inline; `styles` shows how
what a file needs comes into it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from app.locales import Sentence, nearest
from app.models import Part, Role
from app.roles import sorts
from app.summaries.blocks import Chapter, Figure, Own, Reply
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
    """What somebody tried to write in a section of the page, and why it was refused."""

    section: str
    given: Mapping[str, str]
    """Every field as it was typed."""
    why: Sentence


def page(
    document: Document,
    *,
    styles: str = "",
    reader: Role | None = None,
    is_published: bool = False,
    is_blank: bool = False,
    unsaved: Unsaved | None = None,
) -> str:
    """The page: with styles of its own, or else as one of the server's. There, those who run the
    session answer the themes and can blank the big screen, unless it is, and organisers write the
    parts that only they know."""
    is_rtl = direction(nearest(document.language)) == "rtl"

    def drawn(figure: Figure) -> Markup:
        # It escapes what it holds itself.
        return Markup(svg(figure, document.language, is_rtl=is_rtl))

    told = chapters(document)
    return render(
        "summary/page.html",
        document.language,
        document=document,
        chapters=told,
        made_at=datetime.fromisoformat(document.made_at),
        changed_at=date.fromisoformat(document.changed_at) if document.changed_at else None,
        styles=Markup(styles),
        may_write=reader == Role.ORGANISER,
        may_answer=sorts(reader),
        is_published=is_published,
        drawn=drawn,
        unsaved=unsaved,
        is_blank=is_blank,
        homeless=unsaved if unsaved and not _has_place(unsaved, told) else None,
    )


def _has_place(unsaved: Unsaved, told: Sequence[Chapter]) -> bool:
    """Whether the section is on the page: somebody may have removed a theme while another wrote."""
    blocks = [block for chapter in told for block in chapter.blocks]
    replies = [block.id for block in blocks if isinstance(block, Reply)]
    return unsaved.section in [*replies, *(f"own-{part}" for part in Part)]


def own_part(
    speech: Speech, code: str, part: Part, written: Mapping[str, str], unsaved: Unsaved | None = None
) -> str:
    """One part that the organiser writes, for the page that holds it."""
    return _anew(speech, "own", own(part, written), code, unsaved)


def answered_theme(speech: Speech, code: str, reply: Reply, unsaved: Unsaved | None = None) -> str:
    """One theme with its answer, for the page that holds it."""
    return _anew(speech, "reply", reply, code, unsaved)


def _anew(speech: Speech, macro: str, block: Own | Reply, code: str, unsaved: Unsaved | None) -> str:
    return fragment(speech, "summary/_blocks.html", macro, block, code, True, unsaved, unsaved is None)
