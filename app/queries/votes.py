"""The reads about agreeing and voting.

While a vote is open, nothing here knows what anybody gave, but for the one who asks for their own.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, or_, select

from app.models import (
    Ballot,
    Status,
    agreements,
    choices,
    contributions,
    given,
    themes,
    tint,
    votes,
    wordings,
)


class ChoiceRow(NamedTuple):
    """Something that dots can be given to, as it is called now."""

    subject: str
    letter: str
    """A theme's letter; empty for a card."""
    tint: int
    words: str
    """A theme's name, or a card's text; empty where it may not be seen."""
    is_offered: bool
    """Whether the theme stands, or the card can be seen."""
    dots: int
    by_hand: int

    @property
    def sum(self) -> int:
        """All its dots; 0 while the vote is open."""
        return self.dots + self.by_hand


class VoteRow(NamedTuple):
    """A vote with its choices in the order in which they were put; with those that got most first
    once it is closed."""

    number: int
    question: str
    dots: int
    state: str
    voters: int
    hands: int
    touched: int
    choices: list[ChoiceRow]

    @property
    def is_open(self) -> bool:
        """Whether dots can be given."""
        return self.state == Ballot.OPEN

    @property
    def is_closed(self) -> bool:
        """Whether there is a result."""
        return self.state == Ballot.CLOSED


class GivenRow(NamedTuple):
    """Somebody's own ballot, for their own eyes."""

    vote: int
    actor_id: str
    dots: dict[str, int]


def agreed(db: Connection, session_id: int, actor_id: str) -> set[int]:
    """The cards that somebody agrees with, by number."""
    mine = agreements.c.actor_id == actor_id, agreements.c.session_id == session_id
    return set(db.scalars(select(agreements.c.number).where(*mine))) if actor_id else set()


def votes_since(db: Connection, live_session: Row[Any], since: int = -1) -> list[VoteRow]:
    """Votes that were touched after `since` (by default all), dropped ones too, and those in which
    somebody voted after it; newest first."""
    if not live_session.last_vote:
        return []
    found = db.execute(_VOTES, {"session": live_session.id, "since": since}).all()
    offered = _choices(db, live_session.id, [row.number for row in found])
    return [VoteRow(*row, _in_order(row.state, offered[row.number])) for row in found]


def standing_votes(db: Connection, live_session: Row[Any]) -> list[VoteRow]:
    """The votes that are open or closed, newest first."""
    return [row for row in votes_since(db, live_session) if row.state != Ballot.DROPPED]


def open_vote(db: Connection, live_session: Row[Any]) -> VoteRow | None:
    """The vote that is open, if any."""
    return next((row for row in votes_since(db, live_session) if row.is_open), None)


def people_voted(db: Connection, session_id: int, vote: int) -> int:
    """How many people have voted so far on devices of their own: for facilitators."""
    mine = given.c.session_id == session_id, given.c.vote == vote
    return db.scalar(select(func.count()).where(*mine, given.c.hands == 0, given.c.spent > 0)) or 0


def given_since(db: Connection, live_session: Row[Any], since: int, actor_id: str = "") -> list[GivenRow]:
    """The ballots given after `since` in a vote that is open, or only those of one person."""
    if not live_session.last_vote:
        return []
    rows = _GIVEN.where(given.c.actor_id == actor_id) if actor_id else _GIVEN
    found = db.execute(rows, {"session": live_session.id, "since": since})
    return [GivenRow(*row) for row in found]


def hands_counted(db: Connection, session_id: int, vote: int, actor_id: str) -> Any:
    """What somebody has entered of hands counted in the room: a row of `hands` and `dots`, or None."""
    mine = given.c.session_id == session_id, given.c.vote == vote, given.c.actor_id == actor_id
    return db.execute(select(given.c.hands, given.c.dots).where(*mine)).first()


def _choices(db: Connection, session_id: int, numbers: list[int]) -> dict[int, list[ChoiceRow]]:
    offered: dict[int, list[ChoiceRow]] = {number: [] for number in numbers}
    for vote, subject, letter, colour, name, text, dots, by_hand in db.execute(
        _CHOICES, {"session": session_id, "votes": numbers}
    ):
        shade = colour or tint(letter) if letter else 0
        words, is_offered = (name or "", True) if letter else (text or "", text is not None)
        offered[vote].append(ChoiceRow(subject, letter or "", shade, words, is_offered, dots, by_hand))
    return offered


def _in_order(state: str, offered: list[ChoiceRow]) -> list[ChoiceRow]:
    return sorted(offered, key=lambda one: -one.sum) if state == Ballot.CLOSED else offered


_NAMING = wordings.alias("naming")
_VOTES = (
    select(
        votes.c.number,
        wordings.c.text,
        votes.c.dots,
        votes.c.state,
        votes.c.voters,
        votes.c.hands,
        votes.c.touched,
    )
    .join(wordings, wordings.c.id == votes.c.question_id)
    .where(
        votes.c.session_id == bindparam("session"),
        or_(votes.c.touched > bindparam("since"), votes.c.heard > bindparam("since")),
    )
    .order_by(votes.c.number.desc())
)
_CHOICES = (
    select(
        choices.c.vote,
        choices.c.subject,
        themes.c.letter,
        themes.c.colour,
        _NAMING.c.text.label("name"),
        wordings.c.text,
        choices.c.dots,
        choices.c.by_hand,
    )
    .outerjoin(
        themes,
        (themes.c.session_id == choices.c.session_id)
        & (themes.c.letter == choices.c.subject)
        & themes.c.is_removed.is_(False),
    )
    .outerjoin(_NAMING, _NAMING.c.id == themes.c.name_id)
    .outerjoin(
        contributions,
        (contributions.c.session_id == choices.c.session_id)
        & (contributions.c.number == choices.c.card)
        & (contributions.c.status == Status.VISIBLE),
    )
    .outerjoin(wordings, wordings.c.id == contributions.c.wording_id)
    .where(
        choices.c.session_id == bindparam("session"),
        choices.c.vote.in_(bindparam("votes", expanding=True)),
    )
    .order_by(choices.c.vote, choices.c.rank)
)
_GIVEN = (
    select(given.c.vote, given.c.actor_id, given.c.dots)
    .where(
        given.c.session_id == bindparam("session"),
        given.c.touched > bindparam("since"),
        given.c.hands == 0,
    )
    .order_by(given.c.actor_id)
)
