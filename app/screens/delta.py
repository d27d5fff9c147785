"""What changes after a seq have touched, before it is told to an audience."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from app.flags import SHIPPED, Flags
from app.queries.cards import Card
from app.queries.gathered import Standstill
from app.queries.sessions import ConcernRow, PromptRow
from app.queries.themes import ProposalRow, ThemeRow
from app.queries.votes import VoteRow


@dataclass(slots=True)
class Delta:
    """The rows that changes after `since` have touched, as they are now."""

    live_session: Row[Any]
    since: int
    cards: list[Card]
    themes: list[ThemeRow]
    prompts: list[PromptRow]
    inside: dict[str, list[int]]
    """The numbers of the visible cards in these themes, by letter: for programs only."""
    proposed: dict[str, list[ProposalRow]] = field(default_factory=dict)
    """The names that wait for an answer, by letter: for programs that sort."""
    flags: Flags = SHIPPED
    """What says why a card waits, in the queue."""
    votes: list[VoteRow] = field(default_factory=list)
    """Those that were changed, and those in which somebody has voted, which only boards are told."""
    concerns: list[ConcernRow] = field(default_factory=list)
    """What was told in private: for those who run the session, and not on the board."""
    wall: Standstill | None = None
    """The wall as the big screen has it."""

    @property
    def changed_votes(self) -> list[VoteRow]:
        """The votes that everybody sees something new of."""
        return [vote for vote in self.votes if vote.touched > self.since]

    @property
    def session_touched(self) -> bool:
        """Whether the session's own row has changed: its title, or whether it is open."""
        return bool(self.live_session.touched > self.since)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was touched."""
        told = self.cards, self.themes, self.prompts, self.votes, self.concerns
        return not (any(told) or self.session_touched)
