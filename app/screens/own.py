"""What is a person's own, and nobody else is shown: the state of their cards, their names, their ballot."""

from typing import NamedTuple

from sqlalchemy import Connection

from app.queries.cards import Card
from app.queries.themes import OwnName, names_since
from app.queries.votes import GivenRow, given_since
from app.screens.audience import Audience, Screen
from app.screens.delta import Delta


class Own(NamedTuple):
    """Somebody's own cards, newest first; the names they proposed; what they give in a vote that is open."""

    cards: list[Card]
    names: list[OwnName]
    given: list[GivenRow]


def by_person(db: Connection, delta: Delta, audience: Audience) -> dict[str, Own]:
    """Of what was touched, each person's own."""
    own: dict[str, Own] = {}
    for card in reversed(delta.cards):
        _of(own, card.author_id).cards.append(card)
    # Whatever becomes of a proposed name touches its theme.
    if delta.themes and audience.screen == Screen.PHONE:
        for name in names_since(db, delta.live_session.id, delta.since):
            _of(own, name.actor_id).names.append(name)
    for ballot in given_since(db, delta.live_session, delta.since):
        _of(own, ballot.actor_id).given.append(ballot)
    return own


def _of(own: dict[str, Own], person: str) -> Own:
    return own.setdefault(person, Own([], [], []))
