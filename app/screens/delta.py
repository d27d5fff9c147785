"""What changes after a seq have touched, before it is told to an audience."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Row

from app.flags import SHIPPED, Flags
from app.queries import Card, OwnName, PromptRow, ProposalRow, ThemeRow


class Own(NamedTuple):
    """What is somebody's own among what was touched: their cards, newest first, in every state, and
    the names they proposed."""

    cards: list[Card]
    names: list[OwnName]


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

    @property
    def session_touched(self) -> bool:
        """Whether the session's own row has changed: its title, or whether it is open."""
        return bool(self.live_session.touched > self.since)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was touched."""
        return not (self.cards or self.themes or self.prompts or self.session_touched)
