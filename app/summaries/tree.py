"""What a summary is made of: the facts, as small frozen things.

The facts are read once (`document`), and everything else is made of them: the readable chapters
(`chapters`), and the tables of programs. In a public document nothing stands that must not be
published, so no writer has to know what that is.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.models import Distance, Ground, JoinPanel, Zone


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An author did not mean what their card's place says of it."""

    place: str
    text: str | None
    """In the author's words, where facilitators have read them, or the document is restricted."""
    answer: str | None
    """Why facilitators kept it there."""
    is_answered: bool = False


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
    """How it came in; empty in public documents, where it could tell who said it."""
    said_at: str
    """When; in public documents the day alone."""
    merged_into: int | None = None
    """The card that stood for it on the wall, in whose places it is."""
    disagreements: list[Disagreement] = field(default_factory=list)
    originals: list["Voice"] = field(default_factory=list)
    """The others that said the same: they were merged with this one."""
    is_answered: bool = False
    """Whether it was answered in the room."""
    answer: str | None = None
    """What was answered, in the facilitators' words."""
    author: int | None = None
    """Whose it is, by a number that tells no more; in restricted documents only."""
    table: str | None = None
    """What the table is called that a scribe or a paper card entered it for."""
    is_paraphrased: bool = False
    """Whether a scribe put it in other words than the speaker's."""

    @property
    def all(self) -> list["Voice"]:
        """This voice, and the others that said the same."""
        return [self, *self.originals]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is done about a theme, in the words of those who run the session. Without an `outcome`
    (did, will, cannot) the answer is still to come."""

    outcome: str | None
    text: str
    owner: str
    """Who sees to it; empty where nobody is named."""
    day: date | None
    """When it was or will be done."""
    review_day: date | None
    """When somebody looks at it again."""


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
    own_colour: int | None = None
    """The tint it was given instead of its letter's; in restricted documents only."""
    answer: Answer | None = None
    """What is done about the theme; None where nobody has said anything of that yet."""

    @property
    def count(self) -> int:
        """How many voices stand here, quoted or not."""
        return sum(len(voice.all) for voice in self.voices) + self.unquoted


@dataclass(frozen=True, slots=True)
class Name:
    """A name that somebody proposed for a theme."""

    theme: str
    name: str | None
    """In restricted documents only: nobody could hide it."""
    state: str
    author: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """A way of taking part: how many voices and people came by it. None where the number is so
    small that it might point to somebody."""

    way: str
    voices: int | None
    people: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the log, without words. In public documents only what was done to many or at
    the board, and to the minute."""

    seq: int
    at: str
    role: str
    action: str
    subjects: list[str]
    facts: dict[str, list[Any]]
    """Facet to what it was before and after, such as {"17.places": [[], ["B"]]}."""
    undoes: int | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A theme that was there at some time, by its letter, and under the name that it has now."""

    place: str
    name: str
    colour: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Changes of one kind that followed each other within a minute."""

    at: str
    action: str
    """What was done; empty where public documents don't tell."""
    places: list[str]
    """The letters or the place that it is about."""
    changes: list[dict[str, str]]
    """One change after the other: what is seen to be different since, as in `making`."""


@dataclass(frozen=True, slots=True)
class Making:
    """How the themes were made, from the first card to the last move."""

    columns: list[Column] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one choice of a vote got. `by_hand` comes on top of `dots`."""

    choice: str
    """A theme's letter or a card's number."""
    words: str
    """What it is called now; empty where that may not be published."""
    dots: int
    by_hand: int

    @property
    def sum(self) -> int:
        """All its dots."""
        return self.dots + self.by_hand


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote that was closed; what got most dots comes first. Who gave what is nowhere."""

    number: int
    question: str
    dots: int
    """How many each person had."""
    voters: int
    hands: int
    """How many people's votes were counted by hand."""
    result: list[Counted]


@dataclass(frozen=True, slots=True)
class Settings:
    """What it takes to make the session again; in restricted documents only."""

    hold: str
    asks_names: bool
    all_sort: bool
    longest: int
    opens_at: int | None
    closes_at: int | None
    created_at: int
    last_number: int
    last_letter: int
    prompts_open: list[bool]
    people: list[str]
    """What each person is, in the order of their numbers."""
    # Files that are older than one of these have none of it.
    concerns_to: str = ""
    suggests: bool = True
    gathers: bool = True
    distance: str = Distance.MIDDLE
    ground: str = Ground.LIGHT
    join_panel: str = JoinPanel.FOOT
    zone: str = Zone.NONE


@dataclass(frozen=True, slots=True)
class Growth:
    """A session that grew from a theme of an earlier one, as that was then: seen from either."""

    theme: str
    """The theme's letter."""
    name: str
    voices: int
    day: str
    title: str | None
    """What the other session is called; None where it was deleted."""


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
    second_language: str = ""
    runs_it: str = ""
    notice: str = ""
    kept_until: int | None = None
    """When the session is deleted, in milliseconds since 1970."""
    first_at: str = ""
    """The day of the first voice, and `last_at` that of the last; empty where there is none."""
    last_at: str = ""
    changed_at: str = ""
    """The day on which something in it last changed."""
    unpublished: dict[str, int] = field(default_factory=dict)
    """How many contributions are held, hidden and withdrawn."""
    own: dict[str, str] = field(default_factory=dict)
    """What the organiser wrote, by part."""
    ways: list[Way] = field(default_factory=list)
    timeline: list[tuple[str, int]] = field(default_factory=list)
    """How many voices came in one stretch of time after another, by its beginning. In public documents
    a stretch of few is counted with the next."""
    sorters: dict[str, int] = field(default_factory=dict)
    """How many people of each role sorted."""
    names: list[Name] = field(default_factory=list)
    log: list[Step] = field(default_factory=list)
    making: Making = field(default_factory=Making)
    """The log once more, as it is played. It has nothing that the rest does not tell."""
    settings: Settings | None = None
    votes: list[Vote] = field(default_factory=list)
    grew_from: Growth | None = None
    """The theme of an earlier session that this one grew from."""
    grown: list[Growth] = field(default_factory=list)
    """The sessions that grew from its themes."""
    brought: int = 0
    """How many of the voices were brought along from that theme. They are in no figure of who took
    part, or when."""

    @property
    def sections(self) -> list[Section]:
        """All sections in the order in which they are read."""
        return [*self.themes, self.lone, self.unsorted, self.parked]

    @property
    def voices(self) -> list[Voice]:
        """Every voice once, by number; with those of a restricted document that nobody saw."""
        places = [*self.sections, *([self.unseen] if self.unseen else [])]
        found = {one.number: one for place in places for voice in place.voices for one in voice.all}
        return [voice for _number, voice in sorted(found.items())]
