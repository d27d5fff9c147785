"""The making of the themes, step by step: what the player plays (`static/js/making.js`).

The log is played once more over the cards and themes that there are, and each change that is seen
becomes a step. A step says what is so since then, never what is different: so any moment is
reached by playing all before it, and the last one is the board of the summary.

    17  "A C"   where a card stands; "" is not sorted yet
    17  ">5"    card 5 stands for it
    17  "-"     it is not on the board
    B   "+"     a theme is there, "=" under its name, "-" no more

Nothing is played of a card that the summary doesn't have now: not held, not hidden, not taken back.
Words are not here at all. A theme goes by its letter until it got the name it has now, so that no
earlier name comes back. Public documents do not tell when somebody spoke, so there cards come in by
their numbers, with the stretch of the timeline in which they came.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from app.models import UNSORTED, Status
from app.queries.cards import Card
from app.queries.themes import ThemeRow
from app.summaries.history import FEWEST, TOLD, Stretches, moment
from app.summaries.tree import Column, Making, Moment, Step

BEGAN, CAME = "began", "came"
"""What happened before the first step, and what happens when cards come in."""

_NAMING = ("rename_theme", "accept_name")


class _Seen(NamedTuple):
    """One change, as it is seen."""

    at: str
    action: str
    places: tuple[str, ...]
    change: dict[str, str]


def making(cards: Sequence[Card], themes: Sequence[ThemeRow], log: list[Step], *, is_open: bool) -> Making:
    """What is played of a log that is whole. `is_open` tells whether everybody may read it."""
    board = _Board(cards, themes, log)
    waiting = _Waiting([card for card in cards if card.is_visible], is_open=is_open)
    seen = [*_timed(_played(board, waiting, log, is_open))]
    opened = {subject for one in seen for subject in one.change}
    columns = [_column(one) for one in themes if one.letter in opened]
    return Making(columns, [*_gathered(seen)])


def _column(theme: ThemeRow) -> Column:
    """A theme that was taken away went with its name."""
    return Column(theme.letter, "" if theme.is_removed else theme.name, theme.tint)


def _played(board: "_Board", waiting: "_Waiting", log: list[Step], is_open: bool) -> Iterator[_Seen]:
    yield _Seen("", BEGAN, (), board.look(board.themes))
    for step in log:
        is_told = step.action in TOLD or not is_open
        for at, number in waiting.until(step, is_told=is_told):
            yield _Seen(at, CAME, (), board.let_in(number))
        change = board.play(step, is_told=is_told)
        yield _Seen(step.at[:16], step.action, _about(step), change) if is_told else _Seen("", "", (), change)
    for at, number in waiting.rest():
        yield _Seen(at, CAME, (), board.let_in(number))


def _about(step: Step) -> tuple[str, ...]:
    if step.action == "place":
        return tuple(goals(step))
    return tuple(subject for subject in step.subjects if subject.isupper())


def goals(step: Step) -> list[str]:
    """The places that cards came to; those that left all of theirs are not sorted. Who moves a card
    within a place brings it nowhere."""
    pairs = [pair for facet, pair in step.facts.items() if facet.endswith(".places")]
    came = {place for before, after in pairs for place in after if place not in before}
    left = any(before and not after for before, after in pairs)
    return sorted(came) or ([UNSORTED] if left else [])


def _timed(seen: Iterable[_Seen]) -> Iterator[_Seen]:
    """What has no time of its own has that of what was told before, or else after it. Where nothing
    was ever told, there is nothing to play."""
    early, last = list[_Seen](), ""
    for one in (one for one in seen if one.change):
        last = one.at or last
        if last:
            yield from (first._replace(at=last) for first in early)
            yield one._replace(at=last)
            early = []
        else:
            early.append(one)


def _gathered(seen: Iterable[_Seen]) -> Iterator[Moment]:
    for (at, action, places), alike in groupby(seen, key=lambda one: one[:3]):
        yield Moment(at, action, [*places], [one.change for one in alike])


class _Waiting:
    """The cards that have not come yet."""

    def __init__(self, visible: list[Card], *, is_open: bool) -> None:
        self._numbers = {card.number for card in visible}
        self._by_time = list[tuple[int, int]]()
        if visible and is_open:
            stretches = Stretches([card.created_at for card in visible], FEWEST)
            came = [(stretches.of(card.created_at), card.number) for card in visible]
            self._by_time = sorted(came, reverse=True)
        self._last = ""

    def until(self, step: Step, *, is_told: bool) -> Iterator[tuple[str, int]]:
        """Those that came before a step, or with it: when, and their numbers."""
        while self._by_time and moment(self._by_time[-1][0]) <= step.at:
            yield from self._next()
        if is_told:
            for number in [int(one) for one in step.subjects if one.isdigit()]:
                yield from self._one(step.at[:16], number)

    def rest(self) -> Iterator[tuple[str, int]]:
        """All others."""
        while self._by_time:
            yield from self._next()
        for number in sorted(self._numbers):
            yield from self._one(self._last, number)

    def _next(self) -> Iterator[tuple[str, int]]:
        came, number = self._by_time.pop()
        yield from self._one(moment(came)[:16], number)

    def _one(self, at: str, number: int) -> Iterator[tuple[str, int]]:
        if number in self._numbers:
            self._numbers.remove(number)
            self._last = at
            yield at, number


class _Board:
    """Who stands where while the log is played."""

    def __init__(self, cards: Sequence[Card], themes: Sequence[ThemeRow], log: list[Step]) -> None:
        self.themes = [one.letter for one in themes]
        self._shown = {card.number for card in cards if card.is_visible}
        self._here: set[int] = set()
        self._facts = _at_first(cards, themes, log)
        self._groups: defaultdict[int, set[int]] = defaultdict(set)
        for card in cards:
            self._groups[self._standing(card.number)].add(card.number)
        self._unnamed = _named_at(log)
        self._named = {one.letter for one in themes if one.name and not one.is_removed}
        self._seen: dict[str, str] = {}

    def let_in(self, number: int) -> dict[str, str]:
        """A card has come."""
        self._here.add(number)
        return self.look([str(number)])

    def play(self, step: Step, *, is_told: bool) -> dict[str, str]:
        """What is seen to be different after a step. Where nobody is told of it, that a card was
        taken from the board for a while is not told either."""
        touched = [one for one in step.subjects if one in self.themes]
        for facet, (_before, after) in step.facts.items():
            subject, _dot, name = facet.rpartition(".")
            if facet in self._facts and (is_told or name != "status"):
                touched += [subject, *self._with(subject)]
                self._set(subject, name, after)
                touched += self._with(subject)
        for letter in touched:
            if self._unnamed.get(letter, step.seq + 1) <= step.seq:
                del self._unnamed[letter]
        return self.look(dict.fromkeys(touched))

    def look(self, subjects: Iterable[str]) -> dict[str, str]:
        """What is seen of these now, where it is something else than before."""
        now = {one: self._card(int(one)) if one.isdigit() else self._theme(one) for one in subjects}
        fresh = {one: where for one, where in now.items() if self._seen.get(one, "-") != where}
        self._seen.update(fresh)
        return fresh

    def _set(self, subject: str, name: str, after: Any) -> None:
        if name == "merged_into":
            self._groups[self._standing(int(subject))].discard(int(subject))
            self._groups[after or int(subject)].add(int(subject))
        self._facts[f"{subject}.{name}"] = after

    def _with(self, subject: str) -> list[str]:
        """Those that say the same."""
        if not subject.isdigit():
            return []
        return [str(one) for one in sorted(self._groups[self._standing(int(subject))])]

    def _standing(self, number: int) -> int:
        return int(self._facts[f"{number}.merged_into"] or number)

    def _theme(self, letter: str) -> str:
        if self._facts[f"{letter}.is_removed"]:
            return "-"
        return "=" if letter in self._named and letter not in self._unnamed else "+"

    def _card(self, number: int) -> str:
        if not self._is_seen(number):
            return "-"
        standing = self._standing(number)
        if not self._is_seen(standing):  # the first of the others stands for them
            first = min(one for one in self._groups[standing] if self._is_seen(one))
            return f">{first}" if first != number else self._places(standing)
        return f">{standing}" if standing != number else self._places(number)

    def _is_seen(self, number: int) -> bool:
        is_here = number in self._here and number in self._shown
        return is_here and bool(self._facts[f"{number}.status"] == Status.VISIBLE)

    def _places(self, number: int) -> str:
        return " ".join(sorted(self._facts[f"{number}.places"]))


def _at_first(cards: Sequence[Card], themes: Sequence[ThemeRow], log: list[Step]) -> dict[str, Any]:
    """How things were before the first change: as they are, where no change speaks of them."""
    facts: dict[str, Any] = {f"{one.letter}.is_removed": one.is_removed for one in themes}
    for card in cards:
        facts[f"{card.number}.status"] = card.status
        facts[f"{card.number}.merged_into"] = card.merged_into
        facts[f"{card.number}.places"] = [place for place, _ in card.places]
    for step in reversed(log):
        facts |= {facet: before for facet, (before, _after) in step.facts.items() if facet in facts}
    return facts


def _named_at(log: list[Step]) -> dict[str, int]:
    """At which step a theme got the name it has now, if it ever was named anew."""
    actions: dict[int, str] = {}
    named: dict[str, int] = {}
    for step in log:
        actions[step.seq] = actions.get(step.undoes or 0, step.action)
        if actions[step.seq] in _NAMING:
            named |= {one: step.seq for one in step.subjects if one.isupper()}
    return named
