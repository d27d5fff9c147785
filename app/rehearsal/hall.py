"""What is known of a rehearsal while it runs: which posts were made, who was told of them, and when.

To ask of ten thousand phones for every post whether they have it would be most of the work. So only
the cursor of each phone is kept, and how many phones stand at which: a post has reached everybody
when nobody's cursor is below it any more.
"""

import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Post:
    """One post: its words, and what became of it."""

    serial: int
    key: str
    text: str
    sent_at: float
    was_repeated: bool = False
    """Sent again, because the phone lost its connection or was told to wait: that wait is none of
    the server's slowness, so it is not timed."""
    acknowledged_at: float = 0.0
    seq: int = 0


class Levels:
    """How many phones stand at which seq, and when the last of them came past each."""

    def __init__(self) -> None:
        self._at: Counter[int] = Counter()
        self.lowest = 0
        self.passed_at: dict[int, float] = {}

    def enter(self, seq: int) -> None:
        """One more phone is counted."""
        self._at[seq] += 1
        if len(self._at) == 1:
            self.lowest = max(self.lowest, seq)

    def move(self, before: int, after: int) -> None:
        """A phone came forward."""
        self._at[after] += 1
        self.leave(before)

    def leave(self, seq: int) -> None:
        """A phone is not counted any more."""
        self._at[seq] -= 1
        if not self._at[seq]:
            del self._at[seq]
            if seq == self.lowest and self._at:
                self._rise()

    def _rise(self) -> None:
        now, before = time.perf_counter(), self.lowest
        self.lowest = min(self._at)
        for seq in range(before + 1, self.lowest + 1):
            self.passed_at[seq] = now


@dataclass(slots=True)
class Hall:
    """The room that a rehearsal fills."""

    wanted: int
    """How many phones are to come."""
    joined: int = 0
    join_seconds: float = 0.0
    levels: Levels = field(default_factory=Levels)
    posts: list[Post] = field(default_factory=list)
    acknowledged: int = 0
    refused: int = 0
    reconnects: int = 0
    cut_off: int = 0
    """Connections that ended though nobody here cut them."""
    frames: int = 0
    received: int = 0
    """Bytes."""
    behind: list[float] = field(default_factory=list)
    """How many seconds late each post was made: by this side, not by the server."""
    ended: str = ""
    """Why the server ended it, if it did."""

    @property
    def newest(self) -> int:
        """The seq of the newest post that was acknowledged."""
        return max((post.seq for post in self.posts), default=0)

    def is_settled(self) -> bool:
        """Whether every post has its receipt, and has reached everybody who is there."""
        answered = self.acknowledged + self.refused
        return answered == len(self.posts) and self.levels.lowest >= self.newest

    def saved(self) -> list[Post]:
        """The posts that were acknowledged."""
        return [post for post in self.posts if post.seq]

    def acknowledgements(self) -> list[float]:
        """Seconds from each post to its receipt."""
        return [post.acknowledged_at - post.sent_at for post in self.saved() if not post.was_repeated]

    def deliveries(self) -> list[float]:
        """Seconds from each post to the last phone that was told of it."""
        passed_at = self.levels.passed_at
        timed = [post for post in self.saved() if not post.was_repeated and post.seq in passed_at]
        return [passed_at[post.seq] - post.sent_at for post in timed]
