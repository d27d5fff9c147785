"""How fast one participant may act. Never by address: a whole venue shares one."""

import math
import time
from collections import OrderedDict


class Limits:
    """A token bucket per actor: `burst` actions at once, then `rate` a second. Buckets that are
    full again are forgotten, so memory follows the people who are acting now."""

    def __init__(self, burst: int, rate: float) -> None:
        self._burst = burst
        self._rate = rate
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, actor_id: str) -> float:
        """Take one action. Answers 0, or how many seconds to wait before trying again."""
        now = time.monotonic()
        left, since = self._buckets.pop(actor_id, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._rate)
        allowed = left >= 1
        self._buckets[actor_id] = (left - 1 if allowed else left, now)
        self._forget(now)
        # Rounded up: who waits as long as told is let in.
        return 0.0 if allowed else math.ceil((1 - left) / self._rate * 10) / 10

    def _forget(self, now: float) -> None:
        full_after = self._burst / self._rate
        while self._buckets:
            oldest, (_left, since) = next(iter(self._buckets.items()))
            if now - since < full_after:
                return
            del self._buckets[oldest]
