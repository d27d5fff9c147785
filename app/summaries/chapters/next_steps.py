"""Sections 8 and 9: what worked, what was hard, and what happens next."""

from collections.abc import Iterator
from datetime import date

from app.locales import Sentence, _
from app.models import Outcome, Part
from app.queries.answers import answer_subject
from app.summaries.blocks import Block, Chapter, Reply, Words, says
from app.summaries.chapters.names import as_date, named
from app.summaries.chapters.own import own
from app.summaries.tree import Answer, Document, Growth, Section


def worked(document: Document) -> Chapter:
    """The organiser's own look back."""
    parts = [own(Part.WORKED, document.own), own(Part.HARD, document.own)]
    return Chapter("worked", _("What worked, and what was hard"), parts)


def following(document: Document) -> Chapter:
    """What people said, what is done about it, and the next steps."""
    last = {subject: step.seq for step in document.log for subject in step.subjects}
    replies: list[Block] = [
        reply(one, one.count, last.get(answer_subject(one.place), 0), document.language)
        for one in document.themes
    ]
    grown = [Words(one.title or "", _grew(one, document.language)) for one in document.grown]
    return Chapter("next", _("You said, we did"), [*replies, *grown, own(Part.NEXT, document.own)])


def reply(theme: Section, count: int, read: int, language: str) -> Reply:
    """A theme with its answer. `count` is how many voices it has, and `read` the seq of the last change
    of the answer."""
    told = theme.place, named(theme), count, theme.colour, theme.answer, read
    return Reply(*told, [*_blocks(theme.answer, language)])


def _blocks(answer: Answer | None, language: str) -> Iterator[Block]:
    if answer is None or answer.outcome is None:
        yield says(_("No answer yet"))
    else:
        yield Words(answer.text, _OUTCOMES[answer.outcome])
    if answer and (facts := [*_facts(answer, language)]):
        yield says(*facts)


_OUTCOMES: dict[str, Sentence] = {
    Outcome.DID: _("We did:"),
    Outcome.WILL: _("We will:"),
    Outcome.CANNOT: _("We can’t, because:"),
}


def _facts(answer: Answer, language: str) -> Iterator[Sentence]:
    def said(day: date) -> str:
        return as_date(day, language)

    if answer.owner:
        yield _("Who sees to it: %(owner)s.", owner=answer.owner)
    if answer.day:
        yield _on(answer.outcome, said(answer.day))
    if answer.review_day:
        yield _("We look at it again on %(day)s.", day=said(answer.review_day))


def _on(outcome: str | None, day: str) -> Sentence:
    match outcome:
        case Outcome.DID:
            return _("Done on %(day)s.", day=day)
        case Outcome.WILL:
            return _("To be done by %(day)s.", day=day)
        case Outcome.CANNOT:
            return _("Decided on %(day)s.", day=day)
        case _:
            return _("The answer should come by %(day)s.", day=day)


def _grew(growth: Growth, language: str) -> Sentence:
    day = as_date(date.fromisoformat(growth.day), language)
    return _("From theme %(letter)s grew a session on %(day)s:", letter=growth.theme, day=day)
