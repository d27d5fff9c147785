"""The summary as Markdown. What people said is escaped, so that it reads as they wrote it."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from babel.dates import format_date, format_time

from app.locales import Sentence, _, amount, locale
from app.summaries.blocks import Block, Cell, Figure, Objection, Own, Reply, Says, Table, Topic, Voices, Words
from app.summaries.chapters import chapters
from app.summaries.chapters.about import about, disagreement, more_unquoted, said_times
from app.summaries.tree import Disagreement, Document, Voice

_INLINE = re.compile(r"([\\`*_{}\[\]<>|~&$^@#!])")
# What makes a heading, a rule or a definition where a line begins; or spaces, a block of code.
_AT_START = re.compile(r"^[ \t]*([+\-=:]?)", re.MULTILINE)
# A list may have numbers, letters or Roman numbers: 1. a) (iv)
_OF_A_LIST = re.compile(r"^(\(?(?:\d+|[a-z]|[ivxlcdm]+))(?=[.)])", re.MULTILINE | re.IGNORECASE)
# Some readers make links of what looks like an address.
_ADDRESS = re.compile(r"(?<=\w)(?=://)|(?<=\bwww)(?=\.)|(?<=\bmailto)(?=:)", re.IGNORECASE)


def write_markdown(document: Document) -> bytes:
    """The whole document."""
    return ("\n".join(_Writer(document.language).lines(document)).rstrip() + "\n").encode()


class _Writer:
    """Sets blocks as lines, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def lines(self, document: Document) -> Iterator[str]:
        """The title, and every chapter."""
        if document.is_restricted:
            yield from self.paragraph(_("Restricted: not for publication."))
        yield from (f"# {_plain(document.title)}", "")
        made, here = datetime.fromisoformat(document.made_at), locale(self.language)
        when = {
            "date": format_date(made, "long", locale=here),
            "time": format_time(made, "short", locale=here),
        }
        yield from self.paragraph(_("Made on %(date)s at %(time)s (UTC).", **when))
        for chapter in chapters(document):
            yield from (f"## {self.say(chapter.title)}", "")
            for block in chapter.blocks:
                yield from self.block(block)

    def say(self, said: Sentence | str) -> str:
        """A sentence of ours in the language, or anybody's words; on one line, and escaped."""
        text = said.said_in(self.language) if isinstance(said, Sentence) else said
        return _plain(" ".join(text.split()))

    def paragraph(self, *sentences: Sentence) -> Iterator[str]:
        """Sentences of ours."""
        yield from (" ".join(map(self.say, sentences)), "")

    def block(self, block: Block) -> Iterator[str]:
        """The lines of a block, and an empty one after them."""
        match block:
            case Says():
                yield from self.paragraph(*block.sentences)
            case Words():
                if block.label:
                    yield from self.paragraph(block.label)
                yield from _quoted(block.text)
            case Own():
                yield from (f"### {self.say(block.title)}", "")
                missing = self.paragraph(_("Nobody has written this yet."))
                yield from _quoted(block.text) if block.text else missing
            case Voices():
                yield from self.voices(block)
            case Objection():
                card = self.say(_("Card %(number)s:", number=block.number))
                yield from (f"{card} {self.disagreement(block.said)}", "")
            case Table():
                yield from self.table(block)
            case Figure():
                yield from self.table(block.table)
            case Reply():
                yield from self.block(block.topic)
            case Topic():
                count = "" if block.count is None else f" ({amount(block.count, self.language)})"
                letter = f"{block.letter}. " if block.letter else ""
                yield from (f"### {letter}{self.say(block.name)}{count}", "")
                for inner in block.blocks:
                    yield from self.block(inner)

    def voices(self, block: Voices) -> Iterator[str]:
        """A list of voices, each with what was merged into it."""
        for voice in block.voices:
            yield from (*self.voice(voice, quotes=block.quotes), "")
            if voice.originals and not block.quotes:
                yield from (f"  {self.say(said_times(voice))}:", "")
                for other in voice.originals:
                    yield from (*(f"  {line}" for line in self.voice(other)), "")
        if block.unquoted:
            yield from self.paragraph(more_unquoted(block.unquoted))

    def voice(self, voice: Voice, *, quotes: bool = False) -> list[str]:
        """A voice as an item of a list."""
        first, *more = voice.text.split("\n")
        objections = () if quotes else map(self.disagreement, voice.disagreements)
        said = ", ".join([*map(self.say, about(voice, quotes=quotes)), *objections])
        ending = f" ({said})" if said else ""
        # Two spaces at a line's end keep the author's own line break.
        lines = [f"- **{voice.number}** {_plain(first)}", *(f"  {_plain(line)}" for line in more)]
        return [*(f"{line}  " for line in lines[:-1]), lines[-1] + ending]

    def disagreement(self, one: Disagreement) -> str:
        """An author's objection and its answer, on one line."""
        return " ".join(map(self.say, disagreement(one)))

    def table(self, block: Table) -> Iterator[str]:
        """A table, its caption before it."""
        yield from (f"**{self.say(block.caption)}**", "")
        yield self.row(block.head)
        yield "|" + " --- |" * len(block.head)
        yield from map(self.row, block.rows)
        yield ""

    def row(self, cells: Sequence[Cell]) -> str:
        """A row of a table."""
        said = (amount(one, self.language) if isinstance(one, int) else self.say(one) for one in cells)
        return "| " + " | ".join(said) + " |"


def _quoted(text: str) -> Iterator[str]:
    lines = [f"> {_plain(line)}" for line in text.split("\n")]
    yield from (*(f"{line}  " for line in lines[:-1]), lines[-1], "")


def _plain(text: str) -> str:
    text = _ADDRESS.sub(r"\\", _INLINE.sub(r"\\\1", text))
    return _OF_A_LIST.sub(r"\1\\", _AT_START.sub(_guarded, text))


def _guarded(found: re.Match[str]) -> str:
    return f"\\{found[1]}" if found[1] else ""
