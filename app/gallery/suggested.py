"""Suggestions as somebody may be answered. Which answer it is goes by the room: nothing is compared."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from app.database import reading
from app.live import Live
from app.queries import session_by_code
from app.suggestions import Likely, Suggestions
from app.suggestions.companion import Unavailable

T = TypeVar("T")

THEMES = [Likely("B", [2, 6]), Likely("A", [1, 3]), Likely("D", [])]
GROUPS = [[11, 17], [1, 2, 3]]
STATES = {"closed": "down", "early": "reading", "empty": "nothing"}
"""Rooms that are not answered with themes and groups."""


def invented(live: Live, codes: Mapping[str, str]) -> "Invented":
    """What stands in for suggestions, in these rooms."""
    with reading(live.engine) as db:
        rows = {name: session_by_code(db, codes[name]) for name in STATES}
    return Invented({row.id: STATES[name] for name, row in rows.items() if row is not None})


class Invented(Suggestions):
    """Answers at once, with the same in every room that has no state of its own."""

    def __init__(self, states: Mapping[int, str]) -> None:
        self._states = states

    def warm(self, session_id: int) -> None:
        """There is nothing to read."""

    async def themes_for(self, session_id: int, numbers: Iterable[int]) -> list[Likely] | None:
        """The same themes for every card."""
        return self._in_state(session_id, THEMES)

    async def alike(self, session_id: int) -> list[list[int]] | None:
        """The same groups in every room."""
        return self._in_state(session_id, GROUPS)

    def _in_state(self, session_id: int, said: list[T]) -> list[T] | None:
        state = self._states.get(session_id, "")
        if state == "down":
            raise Unavailable
        return {"": said, "reading": None, "nothing": []}[state]
