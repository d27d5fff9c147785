"""Contributions with their words and places.

The statements of every update are built once: building one takes longer than SQLite needs to run it.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from app import words
from app.models import UNSORTED, Status, contests, contributions, placements, wordings
from app.prepared import Prepared
from app.queries.counting import HERE, OTHERS

TORN = 3
"""A card moved so often between the same two places is a sign that it should be talked about."""

ALL = 2**62
"""As many as there are."""


class Contested(NamedTuple):
    """An author's objection to where their card is, and whether facilitators have answered."""

    place: str
    text: str | None
    is_answered: bool
    answer: str | None


class Card(NamedTuple):
    """A contribution with its words and places."""

    number: int
    kind: str | None
    text: str
    name: str | None
    status: str
    prompt: int
    agreements: int
    quotable: bool
    author_id: str
    carrier: str
    table: str | None
    """What the table is called that a scribe or a paper card entered it for."""
    is_paraphrased: bool
    shown_at: int
    touched: int
    seen: int
    """The seq of the change that last altered what the room reads of it."""
    created_at: int
    is_answered: bool
    answer: str | None
    merged_into: int | None
    said: int
    """How many visible cards it speaks for: itself, and those that were merged into it."""
    objects: int
    """How many places its author has objected to, there or not."""
    moves: dict[str, int] | None
    """Between which two places it was moved how often."""
    wording: int
    """Which of the words kept of it these are."""
    places: list[tuple[str, float]]
    at: list[str]
    """Where it is: its places, or those of the card that stands for it."""
    contests: list[Contested]
    """What its author objects to of where it is."""
    originals: tuple["Card", ...]
    """The visible cards that it stands for, by number."""

    def __hash__(self) -> int:
        """By what is another number whenever something of it is: what was drawn of it is found by it."""
        return hash((self.wording, self.touched))

    @property
    def is_visible(self) -> bool:
        """Whether everybody may see it."""
        return self.status == Status.VISIBLE

    @property
    def stands(self) -> bool:
        """Whether it is on the screens by itself."""
        return self.is_visible and self.merged_into is None

    @property
    def torn(self) -> tuple[str, str] | None:
        """Two places between which it goes to and fro. To stand in both, or in neither, is an answer."""
        at = set(self.at) or {UNSORTED}
        for between, times in (self.moves or {}).items():
            one, other = between.split()
            if times >= TORN and (one in at) != (other in at):
                return one, other
        return None

    @property
    def is_contested(self) -> bool:
        """Whether its author, or that of a card it stands for, waits for an answer."""
        return any(not one.is_answered for card in (self, *self.originals) for one in card.contests)


def cards_where(db: Connection, session_id: int, *where: Any) -> list[Card]:
    """Contributions with their words and places, by number."""
    found = db.execute(CARDS.where(*where).order_by(contributions.c.number), {"session": session_id})
    return with_places(db, session_id, found.all())


def cards_since(db: Connection, session_id: int, since: int, most: int = ALL) -> list[Card]:
    """The contributions touched by changes after seq `since`, `most` of them at the most."""
    bounds = {"session": session_id, "since": since, "most": most}
    return with_places(db, session_id, _CARDS_SINCE.all(db, bounds))


def cards_held(db: Connection, session_id: int, first: int, before: int = ALL) -> list[Card]:
    """The visible contributions that stand by themselves, from number `first` on, below `before`."""
    bounds = {"session": session_id, "first": first, "before": before}
    return with_places(db, session_id, _CARDS_HELD.all(db, bounds))


def cards_standing(db: Connection, session_id: int, numbers: list[int]) -> list[Card]:
    """Those of these contributions that are on the board by themselves."""
    found = cards_where(db, session_id, contributions.c.number.in_(numbers))
    return [card for card in found if card.stands]


def cards_numbered(db: Connection, session_id: int, numbers: Iterable[int | None]) -> list[Card]:
    """These contributions, in every state, by number."""
    asked = sorted(number for number in numbers if number is not None)
    return with_places(db, session_id, _in_parts(db, _NUMBERED, session_id, asked))


def own_cards(db: Connection, session_id: int, author_id: str, since: int = -1) -> list[Card]:
    """Somebody's own contributions, in every state, newest first."""
    bounds = {"session": session_id, "author": author_id, "since": since}
    return with_places(db, session_id, _OWN_CARDS.all(db, bounds))


def first_card_of(db: Connection, session_id: int, author_id: str) -> int | None:
    """The number of the first card that somebody wrote."""
    mine = contributions.c.author_id == author_id, contributions.c.session_id == session_id
    first: int | None = db.scalar(select(func.min(contributions.c.number)).where(*mine))
    return first


def author_of(db: Connection, session_id: int, number: int) -> str:
    """Who wrote a card; empty where there is none."""
    this = contributions.c.session_id == session_id, contributions.c.number == number
    return db.scalar(select(contributions.c.author_id).where(*this)) or ""


def saying_the_same(
    db: Connection, session_id: int, numbers: Container[int], among: Container[str]
) -> list[int]:
    """The cards of these states whose words are those of one of the numbers, by number."""
    said = db.execute(_SAID, {"session": session_id}).all()
    named = {words.gist(row.text) for row in said if row.number in numbers}
    return [row.number for row in said if row.status in among and words.gist(row.text) in named]


def with_places(db: Connection, session_id: int, found: Sequence[Any]) -> list[Card]:
    """Rows of CARDS with where they stand, what their authors object to, and what was merged into them."""
    places = _places(db, session_id, [row.merged_into or row.number for row in found])
    merged = _in_parts(db, _ORIGINALS, session_id, [row.number for row in found if row.said > 1])
    objecting = [row.number for row in [*found, *merged] if row.objects]
    contests = _in_parts(db, _CONTESTS, session_id, objecting)

    def card(row: Any, originals: tuple[Card, ...] = ()) -> Card:
        there = places[row.merged_into or row.number]
        at = [place for place, _ in there]
        live = [Contested._make(one[1:]) for one in contests if one.number == row.number and one.place in at]
        return Card._make((*row, [] if row.merged_into else there, at, live, originals))

    by_standing: dict[int, tuple[Card, ...]] = {}
    for row in merged:
        by_standing[row.merged_into] = (*by_standing.get(row.merged_into, ()), card(row))
    return [card(row, by_standing.get(row.number, ())) for row in found]


def _in_parts(db: Connection, rows: Select[Any], session_id: int, numbers: list[int]) -> list[Row[Any]]:
    """What is said of these cards, so many at a time that the statement stays short."""
    parts = (numbers[at : at + 50] for at in range(0, len(numbers), 50))
    return [row for part in parts for row in db.execute(rows, {"session": session_id, "numbers": part})]


def _places(db: Connection, session_id: int, numbers: list[int]) -> defaultdict[int, list[tuple[str, float]]]:
    """Where these cards stand. Asked for by range, so that the statement stays short; only of a few
    that lie far apart one by one."""
    places: defaultdict[int, list[tuple[str, float]]] = defaultdict(list)
    if not numbers:
        return places
    first, last = min(numbers), max(numbers)
    if len(numbers) <= 50 < last - first:
        found = db.execute(_PLACES_OF, {"session": session_id, "numbers": numbers}).all()
    else:
        found = _PLACES_BETWEEN.all(db, {"session": session_id, "first": first, "last": last})
    for number, place, rank in found:
        places[number].append((place, rank))
    return places


_ANSWER, _NAMING, _TABLE = map(wordings.alias, ("answer", "naming", "at_table"))

STANDS: Any = contributions.c.merged_into.is_(None)

_MERGED_HERE = (
    select(func.count())
    .where(
        OTHERS.c.session_id == contributions.c.session_id,
        OTHERS.c.merged_into == contributions.c.number,
        OTHERS.c.status == Status.VISIBLE,
    )
    .correlate(contributions)
    .scalar_subquery()
)

_OBJECTS = (
    select(func.count())
    .where(
        contests.c.session_id == contributions.c.session_id,
        contests.c.number == contributions.c.number,
    )
    .correlate(contributions)
    .scalar_subquery()
)

CARDS = (
    select(
        contributions.c.number,
        contributions.c.kind,
        wordings.c.text,
        _NAMING.c.text.label("name"),
        contributions.c.status,
        contributions.c.prompt,
        contributions.c.agreements,
        contributions.c.quotable,
        contributions.c.author_id,
        contributions.c.carrier,
        _TABLE.c.text.label("table"),
        contributions.c.is_paraphrased,
        contributions.c.shown_at,
        contributions.c.touched,
        contributions.c.seen,
        contributions.c.created_at,
        contributions.c.is_answered,
        _ANSWER.c.text.label("answer"),
        contributions.c.merged_into,
        (_MERGED_HERE + 1).label("said"),
        _OBJECTS.label("objects"),
        contributions.c.moves,
        contributions.c.wording_id,
    )
    .join(wordings, wordings.c.id == contributions.c.wording_id)
    .outerjoin(_NAMING, _NAMING.c.id == contributions.c.name_id)
    .outerjoin(_TABLE, _TABLE.c.id == contributions.c.table_id)
    .outerjoin(_ANSWER, _ANSWER.c.id == contributions.c.answer_id)
    .where(contributions.c.session_id == HERE)
)

_NUMBERED = CARDS.where(contributions.c.number.in_(bindparam("numbers", expanding=True))).order_by(
    contributions.c.number
)

_CARDS_SINCE = Prepared(
    CARDS.where(contributions.c.touched > bindparam("since"))
    .order_by(contributions.c.number)
    .limit(bindparam("most"))
)

_CARDS_HELD = Prepared(
    CARDS.where(
        contributions.c.number >= bindparam("first"),
        contributions.c.number < bindparam("before"),
        contributions.c.status == Status.VISIBLE,
        STANDS,
    ).order_by(contributions.c.number)
)

_OWN_CARDS = Prepared(
    CARDS.where(
        contributions.c.author_id == bindparam("author"),
        contributions.c.touched > bindparam("since"),
    ).order_by(contributions.c.number.desc())
)

_SAID = (
    select(contributions.c.number, contributions.c.status, wordings.c.text)
    .join(wordings, wordings.c.id == contributions.c.wording_id)
    .where(contributions.c.session_id == HERE)
    .order_by(contributions.c.number)
)

_ORIGINALS = CARDS.where(
    contributions.c.merged_into.in_(bindparam("numbers", expanding=True)),
    contributions.c.status == Status.VISIBLE,
).order_by(contributions.c.number)

_CONTESTS = (
    select(
        contests.c.number,
        contests.c.place,
        wordings.c.text,
        contests.c.is_answered,
        _ANSWER.c.text.label("answer"),
    )
    .outerjoin(wordings, wordings.c.id == contests.c.text_id)
    .outerjoin(_ANSWER, _ANSWER.c.id == contests.c.answer_id)
    .where(
        contests.c.session_id == HERE,
        contests.c.number.in_(bindparam("numbers", expanding=True)),
    )
    .order_by(contests.c.number, contests.c.place)
)

_PLACES = (
    select(placements.c.number, placements.c.place, placements.c.rank)
    .where(placements.c.session_id == HERE)
    .order_by(placements.c.number, placements.c.place)
)

_PLACES_OF = _PLACES.where(placements.c.number.in_(bindparam("numbers", expanding=True)))

_PLACES_BETWEEN = Prepared(_PLACES.where(placements.c.number.between(bindparam("first"), bindparam("last"))))
