"""What is a person's own, and nobody else is shown: the state of their cards, and their ballot."""

from typing import NamedTuple

from sqlalchemy import Connection

from app.queries import Card
from app.queries_votes import GivenRow, given_since
from app.screens.delta import Delta


class Own(NamedTuple):
    """Somebody's own cards, newest first, and what they give in a vote that is open."""

    cards: list[Card]
    given: list[GivenRow]


def by_person(db: Connection, delta: Delta) -> dict[str, Own]:
    """Of the cards and ballots that were touched, each person's own."""
    own: dict[str, Own] = {}
    for card in reversed(delta.cards):
        own.setdefault(card.author_id, Own([], [])).cards.append(card)
    for ballot in given_since(db, delta.live_session, delta.since):
        own.setdefault(ballot.actor_id, Own([], [])).given.append(ballot)
    return own
