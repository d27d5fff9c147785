"""Letting cards be seen or not, and noting what was answered."""

from app.actions import merging
from app.actions.turn import Turn
from app.forms.cards import MarkAnswered, Moderate
from app.forms.reading import Refused
from app.locales import _
from app.models import Status
from app.queries.cards import saying_the_same


def approve(turn: Turn, form: Moderate) -> None:
    """Let held cards be seen."""
    _require_as_read(turn, form)
    for number in form.contributions:
        if turn.contribution(number).status != Status.HELD:
            raise Refused(_("Card %(number)s is not waiting for review.", number=number))
    for number in _meant(turn, form, Status.HELD):
        merging.show(turn, number, Status.VISIBLE)


def hide(turn: Turn, form: Moderate) -> None:
    """Take cards off every screen."""
    _require_as_read(turn, form)
    for number in form.contributions:
        if turn.contribution(number).status == Status.WITHDRAWN:
            raise Refused(_("Card %(number)s was taken back.", number=number))
    for number in _meant(turn, form, Status.VISIBLE, Status.HELD):
        merging.show(turn, number, Status.HIDDEN)


def restore(turn: Turn, form: Moderate) -> None:
    """Let hidden cards be seen again."""
    _require_as_read(turn, form)
    for number in form.contributions:
        if turn.contribution(number).status != Status.HIDDEN:
            raise Refused(_("Card %(number)s is not hidden.", number=number))
    for number in _meant(turn, form, Status.HIDDEN):
        merging.show(turn, number, Status.VISIBLE)


def _require_as_read(turn: Turn, form: Moderate) -> None:
    """An author may say it in other words between the look and the click."""
    if form.wordings is None:
        return
    if len(form.wordings) != len(form.contributions):
        raise Refused(_("There must be one wording for each card."))
    for number, wording in zip(form.contributions, form.wordings, strict=True):
        if turn.contribution(number).wording_id != wording:
            raise Refused(_("Card %(number)s has other words now. Please read it again.", number=number))


def _meant(turn: Turn, form: Moderate, *among: Status) -> list[int]:
    """The cards that were named and, where that was asked for, all of these states that say the
    same."""
    if not form.alike:
        return form.contributions
    return saying_the_same(turn.db, turn.session_id, form.contributions, among)


def mark_answered(turn: Turn, form: MarkAnswered) -> None:
    """Note that a question was answered in the room, with the answer's words if there are any."""
    if turn.contribution(form.number).status == Status.WITHDRAWN:
        raise Refused(_("Card %(number)s was taken back.", number=form.number))
    subject = str(form.number)
    turn.change(subject, "is_answered", True)
    if form.text:
        turn.change(subject, "answer_id", turn.word(subject, "answer", form.text))
