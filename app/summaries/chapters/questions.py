"""Section 7: the questions, answered in the room and not."""

from app.locales import Sentence, _, ngettext
from app.summaries.blocks import Block, Chapter, Topic, Voices, Words, says
from app.summaries.chapters.numbers import run
from app.summaries.chapters.themes import chosen
from app.summaries.tree import Document, Voice


def questions(document: Document) -> Chapter:
    """What was answered, by whom and how, and what was not."""
    seen = _seen(document)
    answered = [one for one in document.voices if one.is_answered]
    waiting = [one for one in seen if one.kind == "question" and not one.is_answered]
    blocks: list[Block] = [_answered(answered), _open(waiting)]
    if unquoted := document.kinds["question"] - sum(one.kind == "question" for one in seen):
        blocks.append(says(_more(unquoted)))
    none = [says(_("Nobody asked a question."))]
    return Chapter("questions", _("Questions"), blocks if answered or waiting or unquoted else none)


def _seen(document: Document) -> list[Voice]:
    """What the room sees: what is held or hidden waits for no answer."""
    unseen = {one.number for one in document.unseen.voices} if document.unseen else set()
    return [one for one in document.voices if one.number not in unseen]


def _more(unquoted: int) -> Sentence:
    return ngettext(
        "%(num)s more question asked not to be quoted.",
        "%(num)s more questions asked not to be quoted.",
        unquoted,
    )


def _answered(voices: list[Voice]) -> Topic:
    if not voices:
        return Topic("answered", _("Answered in the room"), count=0, blocks=[says(_("None."))])
    blocks: list[Block] = [
        says(
            ngettext(
                "Facilitators marked %(num)s voice as answered in the room.",
                "Facilitators marked %(num)s voices as answered in the room.",
                len(voices),
            )
        )
    ]
    for voice in voices:
        blocks.append(Voices([voice], quotes=True))
        if voice.answer:
            blocks.append(Words(voice.answer, _("The answer:")))
    return Topic("answered", _("Answered in the room"), count=len(voices), blocks=blocks)


def _open(voices: list[Voice]) -> Topic:
    """A few in full, all by their numbers: in full they stand in the appendix."""
    blocks: list[Block] = []
    if quotes := chosen(voices):
        blocks.append(Voices(quotes, quotes=True))
    if len(voices) > len(quotes):
        blocks.append(
            says(_("All of them, by number: %(numbers)s.", numbers=run(one.number for one in voices)))
        )
    return Topic("open", _("Not answered yet"), count=len(voices), blocks=blocks or [says(_("None."))])
