"""An author says "that isn't what I meant" of a place, and facilitators answer.

To move the card elsewhere is an answer: an objection counts while the card is where its author did
not want it. To keep it there is another, and is recorded for the summary.
"""

from app.actions.contributions import own_card, require_length
from app.actions.turn import Turn
from app.forms.cards import AnswerContest, Contest, Uncontest
from app.forms.reading import Refused
from app.locales import _


def contest(turn: Turn, form: Contest) -> None:
    """Object to where one's own card stands, by itself or merged into another."""
    card = own_card(turn, form.number)
    places = [place for place, _ in turn.places(card.merged_into or card.number)]
    if form.theme not in places:
        raise Refused(_("Card %(number)s is not in this place.", number=form.number))
    if form.text:
        require_length(turn, form.text)
    text = turn.word(str(form.number), "contest", form.text) if form.text else None
    others = [one for one in turn.contests(form.number) if one[0] != form.theme]
    turn.change(str(form.number), "contests", sorted([*others, [form.theme, text, False, None]]))


def uncontest(turn: Turn, form: Uncontest) -> None:
    """Take one's objection back, whether it was answered or not."""
    card = own_card(turn, form.number)
    said = turn.contests(card.number)
    others = [one for one in said if one[0] != form.theme]
    if others == said:
        raise Refused(_NONE)
    turn.change(str(card.number), "contests", others)


def answer(turn: Turn, form: AnswerContest) -> None:
    """Keep a card where its author did not want it, and say why."""
    card = turn.contribution(form.number)
    places = [place for place, _ in turn.places(card.merged_into or card.number)]
    said = {one[0]: one for one in turn.contests(form.number)}
    if form.theme not in said or form.theme not in places:
        raise Refused(_NONE)
    text = turn.word(str(form.number), "contest answer", form.text) if form.text else None
    said[form.theme] = [form.theme, said[form.theme][1], True, text]
    turn.change(str(form.number), "contests", list(said.values()))


_NONE = _("Nobody objects to this place.")
