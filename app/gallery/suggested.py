"""Suggestions as somebody may be answered. Nothing is compared."""

from collections.abc import Iterable

from app.suggestions import Likely, Suggestions

THEMES = [Likely("B", [2, 6]), Likely("A", [1, 3]), Likely("D", [])]
GROUPS = [[11, 17], [1, 2, 3]]


class Invented(Suggestions):
    """Answers at once, and the same to everybody."""

    def __init__(self) -> None:
        pass

    def warm(self, session_id: int) -> None:
        """There is nothing to read."""

    async def themes_for(self, session_id: int, numbers: Iterable[int]) -> list[Likely] | None:
        """The same themes for every card."""
        return THEMES

    async def alike(self, session_id: int) -> list[list[int]] | None:
        """The same groups in every room."""
        return GROUPS
