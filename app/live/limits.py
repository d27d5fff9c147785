"""How fast people may act: each by themselves, then all of a session together. A network address is
only a high ceiling, for a whole venue shares one."""

import math
import time
from collections import OrderedDict


class Limits:
    """A token bucket for whoever is named: `burst` at once, then `rate` a second. Buckets that are
    full again are forgotten, and beyond `most` the one that was used longest ago."""

    def __init__(self, burst: int, rate: float, most: int = 100_000) -> None:
        self._burst = burst
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, whose: str) -> float:
        """Take one. Answers 0, or how many seconds to wait before trying again."""
        now = time.monotonic()
        left = self._left(whose, now)
        allowed = left >= 1
        self._buckets[whose] = (left - 1 if allowed else left, now)
        self._buckets.move_to_end(whose)
        self._forget(now)
        # Rounded up: who waits as long as told is let in.
        return 0.0 if allowed else math.ceil((1 - left) / self._rate * 10) / 10

    def has(self, whose: str) -> bool:
        """Whether one could be taken now."""
        return self._left(whose, time.monotonic()) >= 1

    def _left(self, whose: str, now: float) -> float:
        left, since = self._buckets.get(whose, (float(self._burst), now))
        return min(self._burst, left + (now - since) * self._rate)

    def _forget(self, now: float) -> None:
        full_after = self._burst / self._rate
        while self._buckets:
            oldest, (_left, since) = next(iter(self._buckets.items()))
            if now - since < full_after and len(self._buckets) <= self._most:
                return
            del self._buckets[oldest]
