"""How a summary came about: who took part, when, and what was done at the board, step by step.

The log has no words, and here it has no people either: each is a number that tells no more, and in
public documents not even that.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, union

from app.models import (
    Carrier,
    Role,
    actors,
    changes,
    contributions,
    invitations,
    passages,
    proposals,
    wordings,
)
from app.queries.cards import Card
from app.summaries.tree import Name, Step, Way

FEWEST = 5
"""Fewer people or voices than this might point to somebody."""

BARS = 24
"""Into how many stretches a timeline is cut, about, at the most."""

SORTING = frozenset(
    {"place", "unplace", "merge", "unmerge", "create_theme", "rename_theme", "describe_theme"}
    | {"merge_themes", "split_theme", "remove_theme", "order_theme", "accept_name", "decline_name"}
)
"""What makes themes out of voices."""

TOLD = SORTING | {"approve", "hide", "restore", "undo", "redo", "mark_answered", "answer_contest"}
TOLD |= {"open_session", "close_session", "keep_time", "open_prompt", "close_prompt", "add_prompt"}
TOLD |= {"answer_theme", "publish_summary", "unpublish_summary"}
"""What public documents tell of: what was done at the board, and not what people said there or
when."""

UNTOLD = frozenset({"raise_concern", "see_concern", "vote", "count_votes", "open_vote", "drop_vote"})
UNTOLD |= {"blank", "unblank", "show", "let_in", "arrange_screen"}
"""What alters no document, and is told by none, not even that it happened."""

SECRET = frozenset({"vote"})
"""Of these nobody is told who did them, and who did nothing else is in no list."""

FACTS = frozenset({"places", "status", "merged_into", "is_removed", "rank", "colour", "is_open"})
FACTS |= {"outcome", "is_published"}
"""The facets that are no words, and point to none."""


class People:
    """Whoever did something, by numbers in an order that tells nothing."""

    def __init__(self, roles: dict[str, str]) -> None:
        self._numbers = {actor_id: number for number, actor_id in enumerate(sorted(roles))}
        self._roles = roles

    @property
    def roles(self) -> list[str]:
        """What each of them is."""
        return [self._roles[actor_id] for actor_id in self._numbers]

    def number(self, actor_id: str) -> int:
        """The number of one of them."""
        return self._numbers[actor_id]

    def role(self, actor_id: str) -> str:
        """What one of them is."""
        return self._roles[actor_id]


def people(db: Connection, session_id: int) -> People:
    """Everybody who did something. Ids of actors are random, and so is their order."""
    did = union(
        select(changes.c.actor_id).where(changes.c.session_id == session_id, changes.c.action.not_in(SECRET)),
        select(contributions.c.author_id).where(contributions.c.session_id == session_id),
        select(proposals.c.actor_id).where(proposals.c.session_id == session_id),
    )
    found = db.execute(
        select(actors.c.id, invitations.c.role)
        .outerjoin(invitations, invitations.c.id == actors.c.invitation_id)
        .where(actors.c.session_id == session_id, actors.c.id.in_(did))
    )
    return People({actor_id: role or Role.PARTICIPANT.value for actor_id, role in found})


def log(db: Connection, session_id: int, known: People) -> list[Step]:
    """Every change, without words."""
    log = changes.c
    found = db.execute(
        select(log.seq, log.at, log.actor_id, log.action, log.undoes, log.subjects, log.detail)
        .where(log.session_id == session_id)
        .order_by(log.seq)
    )
    return [
        Step(
            seq=row.seq,
            at=moment(row.at),
            role=Role.PARTICIPANT.value if row.action in SECRET else known.role(row.actor_id),
            action=row.action,
            subjects=row.subjects,
            facts=_facts(row.detail),
            undoes=row.undoes,
            person=None if row.action in SECRET else known.number(row.actor_id),
        )
        for row in found
    ]


def _facts(detail: dict[str, Any]) -> dict[str, list[Any]]:
    found = {}
    for facet, pair in detail.items():
        name = facet.rpartition(".")[2]
        if name in FACTS:
            found[facet] = [[place for place, _ in one] for one in pair] if name == "places" else [*pair]
    return found


def open_to_all(log: Iterable[Step]) -> list[Step]:
    """What public documents tell of it: no people, and times to the minute."""
    return [replace(step, person=None, at=step.at[:16]) for step in log if step.action in TOLD]


def changed(log: Iterable[Step]) -> str:
    """The day on which something that documents tell of last changed; empty where nothing did."""
    return max((step.at[:10] for step in log if step.action not in UNTOLD), default="")


def sorters(log: Iterable[Step]) -> dict[str, int]:
    """How many people of each role sorted."""
    who = {(step.person, step.role) for step in log if step.action in SORTING}
    return dict(sorted(Counter(role for _, role in who).items()))


def names(db: Connection, session_id: int, known: People) -> list[Name]:
    """The names that people proposed for themes, and what became of them."""
    found = db.execute(
        select(proposals.c.theme, wordings.c.text, proposals.c.state, proposals.c.actor_id)
        .join(wordings, wordings.c.id == proposals.c.name_id)
        .where(proposals.c.session_id == session_id)
        .order_by(proposals.c.number)
    )
    return [Name(row.theme, row.text, row.state, known.number(row.actor_id)) for row in found]


def own_words(db: Connection, session_id: int) -> dict[str, str]:
    """What the organiser wrote, by part."""
    found = db.execute(
        select(passages.c.part, wordings.c.text)
        .join(wordings, wordings.c.id == passages.c.wording_id)
        .where(passages.c.session_id == session_id)
        .order_by(passages.c.part)
    )
    return {part: text for part, text in found}


def ways(visible: list[Card], known: People, *, is_exact: bool) -> list[Way]:
    """By which ways voices came, and from how many people. Unless told to be exact, small numbers
    are left out, and one more with them where the rest would give a single one away."""
    voices: Counter[str] = Counter()
    authors: dict[str, set[str]] = {}
    for card in visible:
        way = _way(card, known)
        voices[way] += 1
        authors.setdefault(way, set()).add(card.author_id)
    counted = [Way(way, count, len(authors[way])) for way, count in voices.most_common()]
    return counted if is_exact else _blurred(counted)


def _way(card: Card, known: People) -> str:
    if card.carrier in (Carrier.PHONE, Carrier.PROGRAM):
        role = known.role(card.author_id)
        if role == Role.SCRIBE:
            return Role.SCRIBE.value
        if role in (Role.FACILITATOR, Role.ORGANISER):
            return "desk"
    return card.carrier


def _blurred(counted: list[Way]) -> list[Way]:
    small = [way for way in counted if min(way.voices or 0, way.people or 0) < FEWEST]
    if len(small) == 1 and len(counted) > 1:
        small.append(min((way for way in counted if way not in small), key=lambda way: way.people or 0))
    return [Way(way.way, None, None) if way in small else way for way in counted]


class Stretches:
    """The time in which voices came, cut into stretches of minutes, hours or days, so that there are
    never many. Voices that are fewer than `fewest` in theirs are counted with the next, the last of
    all with those before: who saw somebody write shall not find their card by its time."""

    def __init__(self, moments: list[int], fewest: int) -> None:
        self.long = _long(moments)
        counted = Counter(self._grid(one) for one in moments)
        self._began, together = list[int](), 0
        for start in sorted(counted):
            together += counted[start]
            if together >= fewest:
                self._began.append(start)
                together = 0
        if not self._began:
            self._began = [min(counted)]

    def of(self, moment: int) -> int:
        """When the stretch begins in which a voice is counted."""
        nth = bisect_left(self._began, self._grid(moment))
        return self._began[min(nth, len(self._began) - 1)]

    def _grid(self, moment: int) -> int:
        return moment // self.long * self.long


def timeline(moments: list[int], *, is_exact: bool) -> list[tuple[str, int]]:
    """How many voices came in one stretch after another. `is_exact` leaves small numbers as they are."""
    if not moments:
        return []
    stretches = Stretches(moments, 1 if is_exact else FEWEST)
    counted = Counter(map(stretches.of, moments))
    whole = range(min(counted), max(counted) + 1, stretches.long)
    return [(moment(at)[:16], counted[at]) for at in whole]


def _long(moments: list[int]) -> int:
    """How long a stretch is, in milliseconds."""
    span = max(moments) - min(moments)
    long = next((one for one in _STRETCHES if span // one < BARS), _STRETCHES[-1])
    while span // long >= BARS:
        long *= 2
    return long


_MINUTE = 60_000
_STRETCHES = [minutes * _MINUTE for minutes in (1, 5, 15, 60, 6 * 60, 24 * 60, 7 * 24 * 60)]


def moment(milliseconds: int) -> str:
    """A time as documents write it, in UTC."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat()
