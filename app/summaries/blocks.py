"""What the readable summary is made of: chapters, and in them a few kinds of blocks.

A block holds what is said and not how it looks; each format's writer knows how to set each kind.
Sentences of ours are `Sentence`s, said in the document's language; words of people are plain
strings, which every writer escapes and gives a direction of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from app.locales import Sentence
from app.summaries.tree import Answer, Disagreement, Voice

Cell = Sentence | str | int
"""A sentence of ours, somebody's words, or how many."""


@dataclass(frozen=True, slots=True)
class Says:
    """A paragraph of ours."""

    kind: ClassVar[str] = "says"
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Somebody's own words, perhaps with a sentence of ours before them."""

    kind: ClassVar[str] = "words"
    text: str
    label: Sentence | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """What only the organiser knows, in their words; empty until somebody writes it."""

    kind: ClassVar[str] = "own"
    part: str
    title: Sentence
    text: str


@dataclass(frozen=True, slots=True)
class Voices:
    """What people said, verbatim. `quotes` are chosen from a longer list and stand without what
    was merged into them."""

    kind: ClassVar[str] = "voices"
    voices: Sequence[Voice]
    quotes: bool = False
    unquoted: int = 0
    """How many more there are whose words are not shown."""


@dataclass(frozen=True, slots=True)
class Objection:
    """An author's disagreement with a theme, and its answer."""

    kind: ClassVar[str] = "objection"
    number: int
    said: Disagreement


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads. `folded` ones are long, and a screen may fold them."""

    kind: ClassVar[str] = "table"
    id: str
    caption: Sentence
    head: Sequence[Sentence]
    rows: Sequence[Sequence[Cell]]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a figure. `short` stands beside it, or else `name`, which the table has too."""

    short: str
    name: Sentence | str
    value: int
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """Bars, drawn once for every format, and said in a table for whoever does not see them."""

    kind: ClassVar[str] = "figure"
    id: str
    caption: Sentence
    bars: Sequence[Bar]
    heads: tuple[Sentence, Sentence]

    @property
    def table(self) -> Table:
        """The same as a table."""
        return Table(
            f"{self.id}-table", self.caption, self.heads, [(bar.name, bar.value) for bar in self.bars]
        )


@dataclass(frozen=True, slots=True)
class Topic:
    """A part of a chapter under a heading of its own: a theme, or a place outside of them."""

    kind: ClassVar[str] = "topic"
    id: str
    name: Sentence | str
    letter: str = ""
    count: int | None = None
    colour: int = 0
    blocks: Sequence["Block"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reply:
    """What people said, as a theme, and what is done about it. On the server's own page those who run
    the session write it in place; everywhere else it is a topic of these `blocks`."""

    kind: ClassVar[str] = "reply"
    letter: str
    name: Sentence | str
    count: int
    colour: int
    answer: Answer | None
    read: int
    """The seq of the last change of this answer; 0 where there was none."""
    blocks: Sequence["Block"]

    @property
    def id(self) -> str:
        """Where it stands on a page."""
        return f"answer{self.letter}"

    @property
    def fields(self) -> dict[str, str]:
        """The answer as it stands in the fields of its form."""
        of = self.answer or Answer(None, "", "", None, None)
        days = {"day": of.day, "review_day": of.review_day}
        typed = {name: day.isoformat() if day else "" for name, day in days.items()}
        return {"outcome": of.outcome or "", "text": of.text, "owner": of.owner, **typed}

    @property
    def topic(self) -> Topic:
        """The same as a topic."""
        return Topic(self.id, self.name, self.letter, self.count, self.colour, self.blocks)


Block = Says | Words | Own | Voices | Objection | Table | Figure | Topic | Reply


@dataclass(frozen=True, slots=True)
class Chapter:
    """One of the ten sections of a summary."""

    id: str
    title: Sentence
    blocks: Sequence[Block]

    def walk(self) -> Iterator[Block]:
        """All blocks, those within topics too, in their order."""
        for block in self.blocks:
            yield block
            if isinstance(block, Topic):
                yield from block.blocks


def says(*sentences: Sentence) -> Says:
    """A paragraph of these sentences."""
    return Says(sentences)
