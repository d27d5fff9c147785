"""Section 10: every voice verbatim, what was done, and privacy."""

from collections.abc import Iterator
from datetime import UTC, datetime

from babel.dates import format_date

from app.locales import Sentence, _, locale
from app.summaries.blocks import Block, Chapter, Topic, Voices, Words, says
from app.summaries.chapters.names import PLACES, named
from app.summaries.chapters.trace import whole
from app.summaries.tree import Document, Section


def appendix(document: Document) -> Chapter:
    """Everything that may be published, in people's own words."""
    places = [one for one in document.sections if one.count]
    unseen = [document.unseen] if document.unseen and document.unseen.voices else []
    return Chapter(
        "appendix",
        _("Appendix: every voice, and how it was done"),
        [
            says(_("A voice that stands in several themes is in each of them.")),
            *(_all_of(section) for section in (*places, *unseen)),
            Topic("steps", _("What was done"), blocks=_steps(document)),
            Topic("privacy", _("Privacy"), blocks=[*_privacy(document)]),
        ],
    )


def _all_of(section: Section) -> Topic:
    is_theme = section.place not in PLACES
    blocks: list[Block] = [Voices(section.voices, unquoted=section.unquoted)]
    if section.place == "unseen":
        blocks.insert(0, says(_("These are on no screen now.")))
    letter = section.place if is_theme else ""
    return Topic(f"all-{section.place}", named(section), letter, section.count, section.colour, blocks)


def _steps(document: Document) -> list[Block]:
    explained = says(
        _("Steps of one kind that follow each other are in one row."),
        _("Nobody is named, and what was undone stays in the list."),
    )
    return [explained, *whole(document)] if document.log else [says(_("None."))]


def _privacy(document: Document) -> Iterator[Block]:
    if document.notice:
        yield Words(document.notice, _("People were told:"))
    yield says(
        _("No address of any device is kept."),
        _("Whoever asked not to be quoted is counted, and their words are not here.")
        if not document.is_restricted
        else _("This document also has words that must not be published."),
    )
    yield says(_kept(document))


def _kept(document: Document) -> Sentence:
    if document.kept_until is None:
        return _("No day is set on which the session is deleted.")
    day = datetime.fromtimestamp(document.kept_until / 1000, UTC)
    return _(
        "The session is deleted on %(day)s.", day=format_date(day, "long", locale=locale(document.language))
    )
