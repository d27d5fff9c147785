"""Sections 8 and 9: what worked, what was hard, and what happens next."""

from app.locales import Sentence, _
from app.models import Part
from app.summaries.blocks import Block, Chapter, Table, Words, says
from app.summaries.chapters.names import as_date, named
from app.summaries.chapters.own import own
from app.summaries.tree import Document, Growth


def worked(document: Document) -> Chapter:
    """The organiser's own look back."""
    parts = [own(Part.WORKED, document.own), own(Part.HARD, document.own)]
    return Chapter("worked", _("What worked, and what was hard"), parts)


def following(document: Document) -> Chapter:
    """What people said, what is done about it, and the next steps."""
    blocks: list[Block] = [_answers(document)] if document.themes else []
    blocks += [Words(one.title or "", _grew(one, document.language)) for one in document.grown]
    return Chapter("next", _("You said, we did"), [*blocks, own(Part.NEXT, document.own)])


def _grew(growth: Growth, language: str) -> Sentence:
    day = as_date(growth.day, language)
    return _("From theme %(letter)s grew a session on %(day)s:", letter=growth.theme, day=day)


def _answers(document: Document) -> Table | Block:
    """Each theme with its answer. Until answers can be given, all of them are still to come."""
    rows = [(one.place, named(one), _("No answer yet")) for one in document.themes]
    heads = (_("Theme"), _("You said"), _("We did"))
    return Table("answers", _("Answers to each theme"), heads, rows) if rows else says(_("None."))
