"""What a rehearsal found, in figures and in one or two sentences."""

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from app.locales import Amount, Sentence, _, ngettext

SOON = 2.0
"""Seconds within which a room takes a post for immediate."""

ON_TIME = 1.0
"""By how many seconds our own posts may be late, before this side is the slow one."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds: in the middle, for all but one in a hundred, at most."""

    p50: float
    p99: float
    max: float

    @classmethod
    def of(cls, took: Iterable[float]) -> "Spread":
        """The spread of some times; of none, nothing but zeros."""
        ordered = sorted(took) or [0.0]
        middle, most = (ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.99))
        return cls(*(round(at, 4) for at in (middle, most, ordered[-1])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a rehearsal found. Times are in seconds."""

    phones: int
    joined: int
    join_seconds: float
    posts_sent: int
    posts_acknowledged: int
    posts_refused: int
    acknowledged_within: Spread
    on_every_phone_within: Spread
    behind: Spread
    """How late the phones posted: more than a little means that this machine was the slow one."""
    lost: int
    """Posts that were acknowledged, and were missing at the end on a phone that read everything."""
    double: int
    """Posts that were there twice."""
    reading_phones: int
    """How many phones read everything; the others follow the cursor."""
    not_caught_up: int
    """Phones that did not have everything at the end."""
    reconnects: int
    """Connections cut on purpose that came back."""
    cut_off: int
    """Connections that ended and were not cut on purpose."""
    frames_per_phone: float
    bytes_per_phone: int
    same_machine: bool
    """Whether the phones took part of the server's own machine, and made it slower."""

    @property
    def is_ready(self) -> bool:
        """Whether such a room would notice nothing but itself."""
        return _fault(self) is None

    def told(self) -> dict[str, Any]:
        """The figures as an object, with the verdict."""
        return {"ready": self.is_ready, "verdict": " ".join(verdict(self)), **asdict(self)}


def verdict(figures: Figures) -> list[Sentence]:
    """What an organiser needs to know."""
    fault = _fault(figures)
    if fault is None:
        return [
            ngettext(
                "%(num)s phone: every post reached it within %(seconds)s s. Ready.",
                "%(num)s phones: every post reached every phone within %(seconds)s s. Ready.",
                figures.joined,
                seconds=_tenths(figures.on_every_phone_within.max),
            )
        ]
    shared = [_("Phones and server shared one machine, so both were slower.")] if figures.same_machine else []
    return [fault, *shared]


def _fault(figures: Figures) -> Sentence | None:
    return next((said for look in _FAULTS if (said := look(figures))), None)


def _not_once(figures: Figures) -> Sentence | None:
    wrong = figures.lost + figures.double
    return (
        ngettext(
            "%(num)s post was lost or doubled. Please do not use this server yet.",
            "%(num)s posts were lost or doubled. Please do not use this server yet.",
            wrong,
        )
        if wrong
        else None
    )


def _not_joined(figures: Figures) -> Sentence | None:
    if figures.joined == figures.phones:
        return None
    return _(
        "Only %(joined)s of %(phones)s phones could join. A smaller room or a faster machine would help.",
        joined=Amount(figures.joined),
        phones=Amount(figures.phones),
    )


def _not_saved(figures: Figures) -> Sentence | None:
    unsaved = figures.posts_sent - figures.posts_acknowledged
    return (
        ngettext(
            "%(num)s post was not saved. A smaller room or a faster machine would help.",
            "%(num)s posts were not saved. A smaller room or a faster machine would help.",
            unsaved,
        )
        if unsaved
        else None
    )


def _not_caught_up(figures: Figures) -> Sentence | None:
    missing = figures.not_caught_up
    return (
        ngettext(
            "%(num)s phone did not get every post. A smaller room or a faster machine would help.",
            "%(num)s phones did not get every post. A smaller room or a faster machine would help.",
            missing,
        )
        if missing
        else None
    )


def _too_busy_here(figures: Figures) -> Sentence | None:
    if figures.behind.p99 <= ON_TIME:
        return None
    return _("This machine was too busy to play so many phones. Please rehearse from another one.")


def _slow(figures: Figures) -> Sentence | None:
    if figures.on_every_phone_within.max <= SOON:
        return None
    return _(
        "Some phones waited %(seconds)s s. A smaller room or a faster machine would help.",
        seconds=_tenths(figures.on_every_phone_within.max),
    )


def _slow_to_save(figures: Figures) -> Sentence | None:
    if figures.acknowledged_within.max <= SOON:
        return None
    return _(
        "Some posts took %(seconds)s s to be saved. A smaller room or a faster machine would help.",
        seconds=_tenths(figures.acknowledged_within.max),
    )


# The worst comes first.
_FAULTS: tuple[Callable[[Figures], Sentence | None], ...] = (
    _not_once,
    _not_joined,
    _not_saved,
    _not_caught_up,
    _too_busy_here,
    _slow,
    _slow_to_save,
)


def _tenths(seconds: float) -> str:
    """Rounded up: what is promised is kept."""
    return f"{math.ceil(seconds * 10) / 10:g}"
