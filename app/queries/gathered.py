"""The wall as the big screen has it: still while people read.

While something is shown and changes gather, `shown_upto` is the seq as of which cards stand there. The
log tells what every place was before, so the wall of then is the wall of now with what was done since
taken back. That goes for where cards stand, and no further: what was hidden or taken back is gone at
once, and other words of an author, a name for a theme and an answer are read at once.
"""

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, select

from app.models import UNSORTED, Status, changes, contributions
from app.prepared import Prepared
from app.queries.cards import ALL, Card, cards_numbered
from app.queries.counting import HERE, count
from app.queries.themes import ThemeRow


class Gathered(NamedTuple):
    """What the big screen has not let in yet."""

    cards: int
    """How many cards are new."""
    changes: int
    """How many others would come, go or move on what it shows."""
    newest: int
    """The seq of the newest of all that."""


class Standstill:
    """The wall as the big screen has it. The log is read when somebody first asks."""

    def __init__(self, db: Connection, live_session: Row[Any]) -> None:
        self._db = db
        self._live_session = live_session
        upto = live_session.shown_upto
        self._upto: int = ALL if upto is None else upto

    @property
    def gathered(self) -> Gathered:
        """What waits to be let in."""
        if self._upto == ALL:
            return Gathered(0, 0, 0)
        new = _NEW.first(self._db, {"session": self._live_session.id, "upto": self._upto})
        moved = sum(self._has_moved(card) for card in self._known.values())
        return Gathered(new.seen - new.merged, moved, max(new.newest or 0, self._newest))

    def _has_moved(self, card: Card) -> bool:
        """Whether somebody who reads would see it come, go or move. What is new is counted apart."""
        standing = self._known[card.merged_into] if card.merged_into else card
        if not card.is_visible or standing.shown_at > self._upto:
            return False
        then, shown = self._then[card.number], self._live_session.shown
        is_there = shown in (card.at or [UNSORTED])
        was_there = then.is_visible and shown in (self._at(then) or [UNSORTED])
        return (is_there or was_there) and _spot(card, shown) != _spot(then, shown)

    def cards(self, touched: Iterable[Card]) -> list[Card]:
        """These cards as the big screen has them, with those that stand for them there."""
        then = [self.card(card) for card in touched]
        standing = [self._then[card.merged_into] for card in then if card.merged_into in self._then]
        return list({card.number: card for card in [*then, *standing]}.values())

    def card(self, card: Card) -> Card:
        """A card as the big screen has it. One that is new is seen by nobody there."""
        if card.shown_at > self._upto:
            return card._replace(status=Status.HELD, shown_at=0)
        return self._then.get(card.number, card)

    def held(self, cards: Iterable[Card], first: int, before: int = ALL) -> list[Card]:
        """What stands there of a block, by number: `cards` are those that stand on the wall now."""
        others = {number: card for number, card in self._known.items() if first <= number < before}
        there = others | {card.number: card for card in cards}
        then = [self.card(there[number]) for number in sorted(there)]
        return [card for card in then if card.stands]

    def themes(self, rows: Iterable[ThemeRow]) -> list[ThemeRow]:
        """Themes with as many voices as they have there. One that was taken away stays for now."""
        return [self._theme(row) for row in rows]

    def letters(self, cards: Iterable[Card]) -> set[str]:
        """The places in which these cards stand there."""
        known = (self._then[card.number] for card in cards if card.number in self._then)
        return {place for card in known for place in self._at(card)}

    def _theme(self, row: ThemeRow) -> ThemeRow:
        stood = not self._before.get(f"{row.letter}.is_removed", True)
        more = self._sizes[row.letter]
        return row._replace(cards=row.cards + more, is_removed=row.is_removed and not stood)

    @cached_property
    def _log(self) -> list[Any]:
        if self._upto == ALL:
            return []
        return _SORTED_SINCE.all(self._db, {"session": self._live_session.id, "upto": self._upto})

    @cached_property
    def _before(self) -> dict[str, Any]:
        """Each facet that was changed since, as it was."""
        before: dict[str, Any] = {}
        for _seq, detail in self._log:
            for facet, (was, _is) in detail.items():
                if facet.endswith(_FACETS):
                    before.setdefault(facet, was)
        return before

    @property
    def _newest(self) -> int:
        moved = (seq for seq, detail in reversed(self._log) if any(one.endswith(_OF_CARDS) for one in detail))
        return next(moved, 0)

    @cached_property
    def _known(self) -> dict[int, Card]:
        """Every card that something was done with, as it is now; with those that stand or stood for
        it, and that it stands or stood for."""
        subjects = {facet.rpartition(".")[0] for facet in self._before if facet.endswith(_OF_CARDS)}
        numbers = {int(subject) for subject in subjects}
        found = cards_numbered(self._db, self._live_session.id, numbers)
        standing = {card.merged_into for card in found} | {self._was(card, "merged_into") for card in found}
        found += cards_numbered(self._db, self._live_session.id, standing - numbers - {None})
        return {one.number: one for card in found for one in (card, *card.originals)}

    @cached_property
    def _then(self) -> dict[int, Card]:
        alone = {number: self._alone(card) for number, card in self._known.items()}
        merged = [card for card in alone.values() if card.merged_into and card.is_visible]
        for one in sorted(merged):
            standing = alone.get(one.merged_into or 0)
            if standing:
                originals = (*standing.originals, one)
                alone[standing.number] = standing._replace(originals=originals, said=len(originals) + 1)
        return alone

    def _alone(self, card: Card) -> Card:
        """As it was then, before it is said what it stands for."""
        return card._replace(
            status=self._status(card),
            shown_at=0 if card.shown_at > self._upto else card.shown_at,
            merged_into=self._was(card, "merged_into"),
            places=[(place, rank) for place, rank in self._was(card, "places")],
            originals=(),
            said=1,
        )

    def _status(self, card: Card) -> str:
        if card.shown_at > self._upto:
            return Status.HELD
        return self._was(card, "status") if card.is_visible else card.status

    def _was(self, card: Card, facet: str) -> Any:
        return self._before.get(f"{card.number}.{facet}", getattr(card, facet))

    @cached_property
    def _sizes(self) -> Counter[str]:
        """How many voices more a theme has there than on the wall."""
        more: Counter[str] = Counter()
        for number, card in self._known.items():
            more.subtract(card.at if card.is_visible else [])
            more.update(self._at(self._then[number]))
        return more

    def _at(self, card: Card) -> list[str]:
        standing = self._then.get(card.merged_into) if card.merged_into else card
        if standing is None or not (card.is_visible and standing.is_visible):
            return []
        return [place for place, _ in standing.places]


def stood_at(db: Connection, live_session: Row[Any], since: int) -> int:
    """As of which seq cards stood on a big screen that had everything up to `since`. What was touched
    after it may stand elsewhere there now."""
    if live_session.touched <= since:
        return since
    noted = _LETTING_IN.all(db, {"session": live_session.id, "since": since})
    upto = next((detail[_SHOWN_UPTO][0] for (detail,) in noted if _SHOWN_UPTO in detail), None)
    return since if upto is None else min(since, upto)


def _spot(card: Card, place: str) -> tuple[int | None, float | None] | None:
    """Which card stands for it, or at which rank it stands in a place itself."""
    if not card.is_visible:
        return None
    ranks = dict(card.places or [(UNSORTED, float(card.number))])
    return card.merged_into, None if card.merged_into else ranks.get(place)


_OF_CARDS = (".places", ".merged_into", ".status")
_FACETS = (*_OF_CARDS, ".is_removed")
_SHOWN_UPTO = "session.shown_upto"

# Nearly everything that is done in a busy room, and nothing of it moves a card.
_SAYING = ("post", "write_down", "agree", "unagree", "vote")

_GATHERS = (
    contributions.c.session_id == HERE,
    contributions.c.status == Status.VISIBLE,
    contributions.c.shown_at > bindparam("upto"),
)

_NEW = Prepared(
    select(
        count(*_GATHERS).label("seen"),
        count(*_GATHERS, contributions.c.merged_into.is_not(None)).label("merged"),
        select(func.max(contributions.c.shown_at)).where(*_GATHERS).scalar_subquery().label("newest"),
    )
)

_SORTED_SINCE = Prepared(
    select(changes.c.seq, changes.c.detail)
    .where(
        changes.c.session_id == HERE,
        changes.c.seq > bindparam("upto"),
        *(changes.c.action != action for action in _SAYING),
    )
    .order_by(changes.c.seq)
)

_LETTING_IN = Prepared(
    select(changes.c.detail)
    .where(
        changes.c.session_id == HERE,
        changes.c.seq > bindparam("since"),
        (changes.c.action == "let_in") | (changes.c.action == "show"),
    )
    .order_by(changes.c.seq)
)
