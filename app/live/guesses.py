"""Codes can be read aloud, so they can be guessed at: this slows those who guess, and nobody else.

There are 24⁸ codes, 110,000 million. Where a thousand sessions are live, one guess in 110 million
is right. So what counts is how many guesses are looked at: from one place 300, and then one every
two seconds. That is 43,500 in a day, and one day in 2,500 in which one of them is right.

A whole venue shares one address, so a guesser in the hall must not keep the others out. Whoever
has a pass for a session is always told, and so is whoever brings a code with which somebody came in
from the same place before: a guesser learns nothing from that which the place does not know.

Somebody who guesses from thousands of places is slowed where all wrong codes together are too many.
Then each place has five, and one a minute. A place from which no wrong code came is never slowed.
"""

from collections import OrderedDict
from threading import Lock

from app.live.limits import Limits

KNOWN = 20_000
"""Codes that are remembered, each with a place in which it is known."""


class Guesses:
    """Decides who is told whether a code is right. May be asked from any thread."""

    def __init__(self) -> None:
        self._from_there = Limits(300, 1 / 2)
        self._sparingly = Limits(5, 1 / 60)
        self._everywhere = Limits(3_000, 5)
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = Lock()

    def may_be_told(self, code: str, there: str, is_right: bool, *, is_in: bool) -> bool:
        """Whether somebody from this place on the network may be told what a code opens, or that it
        opens nothing. `is_in`: they hold a pass of the session that it opens."""
        with self._lock:
            if is_right and (is_in or (there, code) in self._known):
                self._remember(code, there)
                return True
            if not self._may_guess(there):
                return False
            if is_right:
                self._remember(code, there)
            else:
                self._miss(there)
            return True

    def _may_guess(self, there: str) -> bool:
        return self._from_there.has(there) and (self._everywhere.has("") or self._sparingly.has(there))

    def _miss(self, there: str) -> None:
        for limits, whose in ((self._from_there, there), (self._sparingly, there), (self._everywhere, "")):
            limits.take(whose)

    def _remember(self, code: str, there: str) -> None:
        self._known[there, code] = None
        self._known.move_to_end((there, code))
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
