"""The summary as a tree, the same for every format: sections, each with its voices.

Every publishable contribution is in it, in its own words and with its number. In the public
document a card that must not be quoted is counted, and its words are not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row

from app import queries
from app.models import LONE, PARKED, UNSORTED, Status
from app.queries import Card, ThemeRow


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An author did not mean what their card's place says of it."""

    place: str
    text: str | None
    """In the author's words, where facilitators have read them, or the document is restricted."""
    answer: str | None
    """Why facilitators kept it there."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One contribution, verbatim."""

    number: int
    text: str
    kind: str | None
    prompt: int
    name: str | None
    agreements: int
    quotable: bool
    status: str
    places: list[str]
    carrier: str
    table: str | None
    """What the table is called that it was entered for."""
    is_paraphrased: bool
    said_at: str
    merged_into: int | None = None
    """The card that stood for it on the wall, in whose places it is."""
    disagreements: list[Disagreement] = field(default_factory=list)
    originals: list["Voice"] = field(default_factory=list)
    """The others that said the same: they were merged with this one."""

    @property
    def all(self) -> list["Voice"]:
        """This voice, and the others that said the same."""
        return [self, *self.originals]


@dataclass(frozen=True, slots=True)
class Section:
    """A theme, or one of the places outside the themes. `unquoted` counts the voices whose
    authors did not want their words quoted, where the document leaves those out."""

    place: str
    name: str
    voices: list[Voice]
    unquoted: int = 0
    colour: int = 0
    """Which of the tints it has; 0 outside the themes."""
    description: str = ""
    """What the theme means, as facilitators put it."""

    @property
    def count(self) -> int:
        """How many voices stand here, quoted or not."""
        return sum(len(voice.all) for voice in self.voices) + self.unquoted


@dataclass(frozen=True, slots=True)
class Document:
    """The whole summary."""

    code: str
    title: str
    purpose: str
    language: str
    is_open: bool
    is_restricted: bool
    made_at: str
    prompts: list[str]
    themes: list[Section]
    lone: Section
    unsorted: Section
    parked: Section
    unseen: Section | None = None
    """Held and hidden voices: in a restricted document only."""
    kinds: dict[str, int] = field(default_factory=dict)
    """How many voices are questions, statements, ideas, or of no kind ("")."""
    count: int = 0
    """How many different contributions are in it; one that stands in two themes counts once."""
    authors: int = 0
    """How many people or devices they came from."""
    merged: int = 0
    """How many of them stand under another that says the same."""

    @property
    def sections(self) -> list[Section]:
        """All sections in the order in which they are read."""
        return [*self.themes, self.lone, self.unsorted, self.parked]


def build(db: Connection, live_session: Row[Any], now: int, *, is_restricted: bool = False) -> Document:
    """The summary as things are now."""
    cards = queries.cards(db, live_session.id)
    visible = [card for card in cards if card.is_visible]
    themes = queries.standing_themes(db, live_session.id)
    inside = queries.numbers_in(db, live_session.id, themes)
    by_number = {card.number: card for card in visible}

    def section(place: str, name: str, inside: list[Card]) -> Section:
        groups = [[one for one in _said_alike(card) if is_restricted or one.quotable] for card in inside]
        unquoted = sum(card.said for card in inside) - sum(map(len, groups))
        voices = [_voices(group, is_restricted) for group in groups if group]
        return Section(place, name, voices, unquoted)

    def theme(row: ThemeRow) -> Section:
        here = section(row.letter, row.name, [by_number[number] for number in inside[row.letter]])
        return replace(here, colour=row.tint, description=row.description)

    def aside(place: str) -> Section:
        return section(place, "", [c for c in visible if c.stands and _is_in(c, place)])

    return Document(
        code=live_session.code,
        title=live_session.title,
        purpose=live_session.purpose,
        language=live_session.language,
        is_open=live_session.is_open,
        is_restricted=is_restricted,
        made_at=_moment(now),
        prompts=[row.text for row in queries.all_prompts(db, live_session.id)],
        themes=[theme(row) for row in themes],
        lone=aside(LONE),
        unsorted=aside(UNSORTED),
        parked=aside(PARKED),
        unseen=Section("unseen", "", [_voice(c, True) for c in cards if c.status in _UNSEEN])
        if is_restricted
        else None,
        kinds=_kinds(visible),
        count=len(visible),
        authors=len({card.author_id for card in visible}),
        merged=sum(not card.stands for card in visible),
    )


_UNSEEN = (Status.HELD, Status.HIDDEN)


def _is_in(card: Card, place: str) -> bool:
    return [at for at, _ in card.places] == ([] if place == UNSORTED else [place])


def _said_alike(card: Card) -> list[Card]:
    """A card and what was merged into it: where it stands, they all do."""
    return [card, *(one._replace(places=card.places) for one in card.originals)]


def _voices(alike: list[Card], is_restricted: bool) -> Voice:
    first, *others = alike
    return _voice(first, is_restricted, [_voice(one, is_restricted) for one in others])


def _voice(card: Card, is_restricted: bool, originals: Sequence[Voice] = ()) -> Voice:
    return Voice(
        number=card.number,
        text=card.text,
        kind=card.kind,
        prompt=card.prompt,
        name=card.name,
        agreements=card.agreements,
        quotable=card.quotable,
        status=card.status,
        places=[place for place, _ in card.places],
        carrier=card.carrier,
        table=card.table,
        is_paraphrased=card.is_paraphrased,
        said_at=_moment(card.created_at),
        merged_into=card.merged_into,
        disagreements=[
            Disagreement(one.place, one.text if one.is_answered or is_restricted else None, one.answer)
            for one in card.contests
        ],
        originals=[*originals],
    )


def _kinds(cards: list[Card]) -> dict[str, int]:
    counted = {"question": 0, "statement": 0, "idea": 0, "": 0}
    for card in cards:
        counted[card.kind or ""] += 1
    return counted


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat()
