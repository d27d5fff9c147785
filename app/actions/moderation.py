"""Letting cards be seen or not, and noting what was answered."""

from app.actions import merging
from app.actions.turn import Turn
from app.forms import MarkAnswered, Moderate, Refused
from app.locales import _
from app.models import Status


def approve(turn: Turn, form: Moderate) -> None:
    """Let held cards be seen."""
    for number in form.contributions:
        if turn.contribution(number).status != Status.HELD:
            raise Refused(_("Card %(number)s is not waiting for review.", number=number))
        merging.show(turn, number, Status.VISIBLE)


def hide(turn: Turn, form: Moderate) -> None:
    """Take cards off every screen."""
    for number in form.contributions:
        if turn.contribution(number).status == Status.WITHDRAWN:
            raise Refused(_("Card %(number)s was taken back.", number=number))
        merging.show(turn, number, Status.HIDDEN)


def restore(turn: Turn, form: Moderate) -> None:
    """Let hidden cards be seen again."""
    for number in form.contributions:
        if turn.contribution(number).status != Status.HIDDEN:
            raise Refused(_("Card %(number)s is not hidden.", number=number))
        merging.show(turn, number, Status.VISIBLE)


def mark_answered(turn: Turn, form: MarkAnswered) -> None:
    """Note that a question was answered in the room, with the answer's words if there are any."""
    if turn.contribution(form.number).status == Status.WITHDRAWN:
        raise Refused(_("Card %(number)s was taken back.", number=form.number))
    subject = str(form.number)
    turn.change(subject, "is_answered", True)
    if form.text:
        turn.change(subject, "answer_id", turn.word(subject, "answer", form.text))
