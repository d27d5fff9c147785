"""What becomes of an action, as whoever asked for it is told."""

from typing import NamedTuple

from app.locales import Sentence
from app.screens import shapes


class Receipt(NamedTuple):
    """What became of an action. `key` is None for a message that gave none. `after` is in how many
    seconds to ask again."""

    key: str | None
    status: str
    seq: int | None = None
    subjects: tuple[str, ...] = ()
    reason: Sentence | None = None
    after: float | None = None

    def message(self, language: str) -> shapes.Receipt:
        """The receipt as programs and phones get it, with its reason in their language."""
        said: shapes.Receipt = {"receipt": self.key, "status": self.status}
        first = self.subjects[0] if self.subjects else ""
        if first.isdigit():
            said["number"] = int(first)
        elif first.isalpha() and first.isupper():
            said["theme"] = first
        elif first.startswith("vote "):
            said["vote"] = int(first.removeprefix("vote "))
        if self.seq is not None:
            said["seq"] = self.seq
        if self.reason is not None:
            said["reason"] = self.reason.said_in(language)
        if self.after is not None:
            said["after"] = self.after
        return said
