"""Themes with their names and sizes, and the names that people proposed for them."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from app.models import Proposed, Status, contributions, placements, proposals, themes, tint, wordings
from app.prepared import Prepared
from app.queries.counting import HERE, cards_in, merged_in

CROWDED = 15
"""More cards than this in a theme are a sign that it should be split."""


class ThemeRow(NamedTuple):
    """A theme with its name and how many visible cards are in it."""

    letter: str
    name: str
    rank: float
    is_removed: bool
    cards: int
    """How many cards stand in it, each with what is merged into it."""
    merged: int
    """How many were merged into those."""
    description: str
    colour: int | None
    proposed: int
    """How many names somebody proposed that wait for an answer."""

    @property
    def size(self) -> int:
        """How many voices are in it."""
        return self.cards + self.merged

    @property
    def is_crowded(self) -> bool:
        """Whether it has more cards than a theme can well hold together."""
        return self.cards > CROWDED

    @property
    def tint(self) -> int:
        """Which of the theme colours it has: its letter's, unless it was given another."""
        return self.colour or tint(self.letter)


class ProposalRow(NamedTuple):
    """A name that somebody proposed for a theme, and that waits for an answer."""

    number: int
    theme: str
    name: str


class OwnName(NamedTuple):
    """A name that somebody proposed, and what became of it: for themselves."""

    number: int
    theme: str
    name: str
    state: str
    actor_id: str


def all_themes(db: Connection, session_id: int, since: int = -1) -> list[ThemeRow]:
    """Themes touched after `since` (by default all), removed ones too, in their order."""
    found = _THEMES_SINCE.all(db, {"session": session_id, "since": since})
    return [ThemeRow(*row) for row in found]


def standing_themes(db: Connection, session_id: int) -> list[ThemeRow]:
    """The themes there are, in their order."""
    return [row for row in all_themes(db, session_id) if not row.is_removed]


def standing_theme(db: Connection, session_id: int, letter: str) -> ThemeRow | None:
    """The theme with this letter, where there is one."""
    return next((row for row in standing_themes(db, session_id) if row.letter == letter), None)


def numbers_in(db: Connection, session_id: int, rows: Iterable[ThemeRow]) -> dict[str, list[int]]:
    """Letter to the numbers of the visible cards in that theme, in their order."""
    inside: dict[str, list[int]] = {row.letter: [] for row in rows}
    if inside:
        here = {"session": session_id, "letters": list(inside)}
        for place, number in db.execute(_IN_THEMES, here):
            inside[place].append(number)
    return inside


def proposed_names(db: Connection, session_id: int) -> dict[str, list[ProposalRow]]:
    """The names that wait for an answer, by theme."""
    waiting: dict[str, list[ProposalRow]] = {}
    for row in db.execute(_PROPOSALS, {"session": session_id}):
        waiting.setdefault(row.theme, []).append(ProposalRow(*row))
    return waiting


def own_names(db: Connection, session_id: int, actor_id: str) -> list[OwnName]:
    """The names that somebody proposed, and what became of them."""
    return [OwnName(*row) for row in _OWN_NAMES.all(db, {"session": session_id, "actor": actor_id})]


def names_since(db: Connection, session_id: int, since: int) -> list[OwnName]:
    """The proposed names touched by changes after seq `since`, answered or not."""
    return [OwnName(*row) for row in _NAMES_SINCE.all(db, {"session": session_id, "since": since})]


_NAMING = wordings.alias("naming")
_PLACED_CARD = (contributions.c.session_id == placements.c.session_id) & (
    contributions.c.number == placements.c.number
)

_PROPOSED = (
    select(func.count())
    .where(
        proposals.c.session_id == themes.c.session_id,
        proposals.c.theme == themes.c.letter,
        proposals.c.state == Proposed.OPEN,
    )
    .correlate(themes)
    .scalar_subquery()
)

_PROPOSALS = (
    select(proposals.c.number, proposals.c.theme, wordings.c.text.label("name"))
    .join(wordings, wordings.c.id == proposals.c.name_id)
    .where(proposals.c.session_id == HERE, proposals.c.state == Proposed.OPEN)
    .order_by(proposals.c.number)
)

_NAMES = (
    select(
        proposals.c.number,
        proposals.c.theme,
        wordings.c.text.label("name"),
        proposals.c.state,
        proposals.c.actor_id,
    )
    .join(wordings, wordings.c.id == proposals.c.name_id)
    .where(proposals.c.session_id == HERE)
    .order_by(proposals.c.number)
)

_OWN_NAMES = Prepared(_NAMES.where(proposals.c.actor_id == bindparam("actor")))

_NAMES_SINCE = Prepared(_NAMES.where(proposals.c.touched > bindparam("since")))

_THEMES_SINCE = Prepared(
    select(
        themes.c.letter,
        func.coalesce(_NAMING.c.text, "").label("name"),
        themes.c.rank,
        themes.c.is_removed,
        cards_in(themes.c.session_id, themes.c.letter).label("cards"),
        merged_in(themes.c.session_id, themes.c.letter).label("merged"),
        func.coalesce(wordings.c.text, "").label("description"),
        themes.c.colour,
        _PROPOSED.label("proposed"),
    )
    .outerjoin(_NAMING, _NAMING.c.id == themes.c.name_id)
    .outerjoin(wordings, wordings.c.id == themes.c.description_id)
    .where(themes.c.session_id == HERE, themes.c.touched > bindparam("since"))
    .order_by(themes.c.rank, themes.c.letter)
)

_IN_THEMES = (
    select(placements.c.place, placements.c.number)
    .join(contributions, _PLACED_CARD)
    .where(
        placements.c.session_id == HERE,
        placements.c.place.in_(bindparam("letters", expanding=True)),
        contributions.c.status == Status.VISIBLE,
    )
    .order_by(placements.c.rank, placements.c.number)
)
