"""Letting one card stand for others that say the same.

A merged card keeps its number, its words, its author and those who agree; only its place is that of
the card that stands for it, which is never merged itself. A card that cannot be seen stands for
nobody: when one is hidden or taken back, the first of the others stands for them all.
"""

from typing import Any

from sqlalchemy import Row

from app.actions.turn import Turn
from app.forms.cards import Merge, Unmerge
from app.forms.reading import Refused
from app.locales import _
from app.models import Status


def merge(turn: Turn, form: Merge) -> None:
    """Let one card stand for others, and for all that those stood for."""
    into = _visible(turn, form.into)
    require_standing(into)
    joining = [number for number in form.contributions if number != into.number]
    if not joining:
        raise Refused(_("Please pick at least two cards."))
    turn.speak_of(str(into.number))
    for number in joining:
        _visible(turn, number)
        for one in [*turn.merged_into(number), number]:
            turn.change(str(one), "places", [])
            turn.change(str(one), "merged_into", into.number)


def unmerge(turn: Turn, form: Unmerge) -> None:
    """Let a merged card, or all that a card stands for, stand by themselves: where they stood
    together until now."""
    card = turn.contribution(form.number)
    apart = turn.merged_into(card.number) if card.merged_into is None else [card.number]
    if not apart:
        raise Refused(_("Card %(number)s is not merged.", number=card.number))
    places = turn.places(card.merged_into or card.number)
    for number in apart:
        turn.change(str(number), "merged_into", None)
        turn.change(str(number), "places", places)


def show(turn: Turn, number: int, status: Status) -> None:
    """Change who sees a card, so that those it stood for are still seen."""
    turn.show(number, status)
    settle(turn, number)


def settle(turn: Turn, number: int) -> None:
    """See to it that those of a card's group who can be seen are."""
    card = turn.contribution(number)
    standing = turn.contribution(card.merged_into) if card.merged_into else card
    if standing.status != Status.VISIBLE:
        others = (turn.contribution(other) for other in turn.merged_into(standing.number))
        first = next((other.number for other in others if other.status == Status.VISIBLE), None)
        if first is not None:
            _take_over(turn, standing.number, first)


def _take_over(turn: Turn, old: int, new: int) -> None:
    places = turn.places(old)
    turn.change(str(old), "places", [])
    turn.change(str(new), "merged_into", None)
    turn.change(str(new), "places", places)
    for number in [*turn.merged_into(old), old]:
        turn.change(str(number), "merged_into", new)


def is_whole(turn: Turn, number: int) -> bool:
    """Whether a card is not merged, or has no place and stands for nobody, and the card that stands
    for it is not merged itself."""
    into = turn.contribution(number).merged_into
    if into is None:
        return True
    stands = turn.places(number) or turn.merged_into(number)
    return not stands and turn.contribution(into).merged_into is None


def require_standing(card: Row[Any]) -> None:
    """Refuses when another card stands for this one."""
    if card.merged_into is not None:
        raise Refused(
            _("Card %(number)s is part of card %(into)s.", number=card.number, into=card.merged_into)
        )


def _visible(turn: Turn, number: int) -> Row[Any]:
    card = turn.contribution(number)
    if card.status != Status.VISIBLE:
        raise Refused(_("Card %(number)s is not on the board.", number=number))
    return card
