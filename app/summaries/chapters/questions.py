"""Section 7: the questions, answered in the room and not."""

from app.locales import _, ngettext
from app.summaries.blocks import Block, Chapter, Topic, Voices, Words, says
from app.summaries.chapters.numbers import run
from app.summaries.chapters.themes import chosen
from app.summaries.tree import Document, Voice


def questions(document: Document) -> Chapter:
    """What was answered, by whom and how, and what was not."""
    each = [one for one in document.voices if one.kind == "question" or one.is_answered]
    answered = [one for one in each if one.is_answered]
    blocks: list[Block] = [_answered(answered), _open([one for one in each if not one.is_answered])]
    return Chapter("questions", _("Questions"), blocks if each else [says(_("Nobody asked a question."))])


def _answered(voices: list[Voice]) -> Topic:
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
