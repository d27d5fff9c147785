"""Putting cards in themes, aside, or back among the unsorted."""

from typing import Any

from sqlalchemy import Row, select, update

from app.actions import merging
from app.actions.turn import Places, Turn
from app.forms.cards import Place, Unplace
from app.forms.reading import Refused
from app.locales import _
from app.models import ASIDE, UNSORTED, Status, contributions, placements
from app.roles import sorts


def place(turn: Turn, form: Place) -> None:
    """Put cards somewhere. With `from` they leave that place, without it they keep the others.
    Unsorted and the places aside are exclusive: a card there stands nowhere else."""
    if form.theme not in (UNSORTED, *ASIDE):
        turn.theme(form.theme)
    ranks = _ranks(turn, form)
    for number, rank in zip(form.contributions, ranks, strict=True):
        card, before = _sortable(turn, number), turn.places(number)
        after = _moved(before, form, rank)
        turn.change(str(number), "places", after)
        _count_move(turn, card, before, after)


def unplace(turn: Turn, form: Unplace) -> None:
    """Take cards out of one theme; they keep their other places."""
    for number in form.contributions:
        _sortable(turn, number)
        turn.change(str(number), "places", [at for at in turn.places(number) if at[0] != form.theme])


def _moved(places: Places, form: Place, rank: float) -> Places:
    if form.theme == UNSORTED:
        return []
    if form.theme in ASIDE:
        return [(form.theme, rank)]
    leaving = {form.from_, form.theme, *ASIDE}
    stayed = [at for at in places if at[0] not in leaving]
    there = next((at for at in places if at[0] == form.theme), None)
    # Who moves a card within a theme and says before none, wants it last.
    if there is None or form.before is not None or form.from_ == form.theme:
        there = (form.theme, rank)
    return sorted([*stayed, there])


def _count_move(turn: Turn, card: Row[Any], before: Places, after: Places) -> None:
    """Boards tell of cards that go to and fro. A card that left one place and came to another has
    moved between the two, whichever way."""
    old, new = ({place for place, _ in places} or {UNSORTED} for places in (before, after))
    left, entered = old - new, new - old
    if len(left) == len(entered) == 1:
        between = " ".join(sorted([*left, *entered]))
        times: dict[str, int] = card.moves or {}
        turn.count_moves(card.number, {**times, between: times.get(between, 0) + 1})


def _sortable(turn: Turn, number: int) -> Row[Any]:
    card = turn.contribution(number)
    if card.status != Status.VISIBLE and not sorts(turn.role):
        raise Refused(_("There is no card %(number)s.", number=number))
    if card.status == Status.WITHDRAWN:
        raise Refused(_("Card %(number)s was taken back.", number=number))
    merging.require_standing(card)
    return card


def _ranks(turn: Turn, form: Place) -> list[float]:
    """A rank for each card: after the last one, or between `before` and its neighbour."""
    count = len(form.contributions)
    if form.before is None:
        last = turn.last_rank(form.theme)
        return [last + step for step in range(1, count + 1)]
    others = [n for n in turn.numbers_in(form.theme) if n not in form.contributions]
    if form.before not in others:
        raise Refused(_("Card %(number)s is not in this place.", number=form.before))
    for _try in range(2):
        known = _rank_by_number(turn, form.theme)
        at = others.index(form.before)
        high = known[form.before]
        low = known[others[at - 1]] if at else high - count - 1
        step = (high - low) / (count + 1)
        if low + step > low and high - step < high and step > 1e-6:
            break
        _renumber(turn, form.theme)  # no room left between two ranks
    return [low + step * nth for nth in range(1, count + 1)]


def _rank_by_number(turn: Turn, place: str) -> dict[int, float]:
    found = turn.db.execute(
        select(placements.c.number, placements.c.rank).where(
            placements.c.session_id == turn.session_id, placements.c.place == place
        )
    )
    return {number: rank for number, rank in found}


def _renumber(turn: Turn, place: str) -> None:
    for rank, number in enumerate(turn.numbers_in(place), start=1):
        mine = placements.c.session_id == turn.session_id, placements.c.number == number
        turn.db.execute(update(placements).where(*mine, placements.c.place == place).values(rank=float(rank)))
        turn.db.execute(
            update(contributions)
            .where(contributions.c.session_id == turn.session_id, contributions.c.number == number)
            .values(touched=turn.seq)
        )
