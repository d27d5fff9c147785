"""How fast people may act, how often a password may be tried, and the provider asked.

Each participant has a pace of their own, and a session has one for all of them, so that no session
takes a server from the others. Who drops their cookie is somebody new each time; so newcomers, who
have done nothing here yet, also share a ceiling with all newcomers from the same place on the
network. It is high, for the place may be a hall: 3,000 phones may say their first word in one
moment, and 100 more each second. Those who open no socket are few in any hall, and a program that
floods usually opens none: for them it is 300, and 5 a second. Whoever is told to wait is not
refused: a phone sends it again by itself. Whoever has acted before is never held up by newcomers.
"""

from collections import OrderedDict

from app.live.limits import Limits
from app.roles import Pass

REMEMBERED = 50_000
"""How many people are known to have acted, and errands to be over."""


class Pace:
    """The pace of participants: `burst` actions at once each, then `rate` a second. Where each may do
    more, so may all of them."""

    def __init__(self, burst: int, rate: float) -> None:
        self._each = Limits(burst, rate)
        self._session = Limits(max(burst, 20_000), 1_000)
        self._arriving = Limits(max(burst, 3_000), 100)
        self._plainly = Limits(max(burst, 300), 5)
        self._acted: OrderedDict[str, None] = OrderedDict()

    def wait(self, holder: Pass, there: str, *, has_socket: bool) -> float:
        """Take one action. Answers 0, or how many seconds to wait. `there` is the place on the network
        that it came from; empty where it came from nowhere. Those who were invited never wait."""
        if holder.invitation_id:
            return 0.0
        wait = self._each.take(holder.actor_id) or self._session.take(str(holder.session_id))
        if wait or not there:
            return wait
        return self._wait_at_first(holder, there, has_socket)

    def wait_to_be_heard(self, holder: Pass) -> float:
        """How many seconds to wait before a message is as much as read; 0 where there is no need."""
        if holder.invitation_id or self._each.has(holder.actor_id):
            return 0.0
        return self._each.take(holder.actor_id)

    def stumble(self, holder: Pass) -> None:
        """A message could not be read: that costs as much as an action."""
        if not holder.invitation_id:
            self._each.take(holder.actor_id)

    def _wait_at_first(self, holder: Pass, there: str, has_socket: bool) -> float:
        newcomers = self._arriving if has_socket else self._plainly
        if holder.actor_id not in self._acted and (wait := newcomers.take(f"{holder.session_id} {there}")):
            return wait
        self._acted[holder.actor_id] = None
        self._acted.move_to_end(holder.actor_id)
        if len(self._acted) > REMEMBERED:
            self._acted.popitem(last=False)
        return 0.0


class Tries:
    """How often a password may be tried: for one account from one place, `few` times, and then twice
    a minute. An account and a place have a ceiling each, ten times as high: who guesses elsewhere
    does not keep its owner out, and a venue shares its address."""

    def __init__(self, few: int = 10) -> None:
        self._here = Limits(few, 1 / 30)
        self._account = Limits(10 * few, 1 / 10)
        self._place = Limits(10 * few, 1 / 2)

    def wait(self, email: str, there: str) -> float:
        """Take one try. Answers 0, or how many seconds to wait."""
        who = email[:200]
        return self._place.take(there) or self._here.take(f"{there} {who}") or self._account.take(who)


class Errands:
    """How often somebody goes to the provider, by the place they go from; and that nobody is back twice
    from one errand, for each time we ask the provider."""

    def __init__(self, few: int = 100) -> None:
        self._there = Limits(few, 1 / 2)
        self._over: OrderedDict[str, None] = OrderedDict()

    def wait(self, there: str) -> float:
        """Set out once. Answers 0, or how many seconds to wait."""
        return self._there.take(there)

    def end(self, state: str) -> bool:
        """Be back from an errand. Answers whether it was under way: False for the second time."""
        was_over = state in self._over
        self._over[state] = None
        if len(self._over) > REMEMBERED:
            self._over.popitem(last=False)
        return not was_over
