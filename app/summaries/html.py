"""The summary as a page, which is also the exported file: it needs nothing beside it.

What a file needs comes into it: its styles, and the one script of ours that ever stands inline, the
player of the time-lapse. A policy of its own lets that script run and no other, and lets the file
ask nobody for anything.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from app.locales import Sentence, nearest
from app.models import Part, Role
from app.roles import sorts
from app.summaries.blocks import Chapter, Figure, Own, Reply
from app.summaries.chapters import chapters
from app.summaries.chapters.numbers import run
from app.summaries.chapters.own import own
from app.summaries.chapters.trace import said
from app.summaries.figures import svg
from app.summaries.tree import Document, Moment
from app.templating import Speech, direction, fragment, render

_STATIC = Path(__file__).resolve().parent.parent / "static"
_STYLES = ("base.css", "summary.css", "making.css")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}';"
    " base-uri 'none'; form-action 'none'"
)


class Carried(NamedTuple):
    """What a file has within itself, where a page of the server asks for it."""

    styles: Markup
    script: Markup
    policy: str


def write_html(document: Document) -> bytes:
    """One file. It carries its styles and its script with it, and opens without a network."""
    return page(document, carried=_carried()).encode()


@cache
def _carried() -> Carried:
    styles = "".join((_STATIC / "css" / name).read_text() for name in _STYLES)
    script = (_STATIC / "js" / "making.js").read_text()
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return Carried(Markup(styles), Markup(script), _POLICY.format(digest=digest))


class Unsaved(NamedTuple):
    """What somebody tried to write in a section of the page, and why it was refused."""

    section: str
    given: Mapping[str, str]
    """Every field as it was typed."""
    why: Sentence


def page(
    document: Document,
    *,
    carried: Carried | None = None,
    reader: Role | None = None,
    is_published: bool = False,
    is_blank: bool = False,
    may_start: bool = False,
    unsaved: Unsaved | None = None,
) -> str:
    """The page: with all that it needs, or else as one of the server's. There, those who run the
    session answer the themes and can blank the big screen, unless it is, and organisers write the
    parts that only they know. `may_start`: whether the reader may start a session from a theme."""
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
        carried=carried,
        lines=lines(document) if carried else [],
        may_write=reader == Role.ORGANISER,
        may_answer=sorts(reader),
        may_start=may_start,
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


def making_page(document: Document) -> str:
    """The page on which the making of the themes is played, with every voice beneath."""
    return render("summary/making.html", document.language, document=document, lines=lines(document))


class Line(NamedTuple):
    """A line of the list of steps, which the player reads too."""

    at: datetime
    what: Sentence
    cards: str
    does: str
    """The changes one after the other, such as `17:A C;B:+|18:A`."""


def lines(document: Document) -> list[Line]:
    """What was done, moment by moment."""
    return [_line(one) for one in document.making.moments]


def _line(one: Moment) -> Line:
    cards = run(int(subject) for change in one.changes for subject in change if subject.isdigit())
    does = "|".join(
        ";".join(f"{subject}:{where}" for subject, where in change.items()) for change in one.changes
    )
    return Line(datetime.fromisoformat(one.at), said(one.action, one.places), cards, does)


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
