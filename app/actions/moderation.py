"""Letting cards be seen or not, and noting what was answered."""

from app.actions.turn import Turn
from app.forms import MarkAnswered, Moderate, Refused
from app.models import Status


def approve(turn: Turn, form: Moderate) -> None:
    """Let held cards be seen."""
    _all(turn, form, Status.HELD, Status.VISIBLE, "Card {} is not waiting for review.")


def hide(turn: Turn, form: Moderate) -> None:
    """Take cards off every screen."""
    for number in form.contributions:
        if turn.contribution(number).status == Status.WITHDRAWN:
            raise Refused(f"Card {number} was taken back.")
        turn.show(number, Status.HIDDEN)


def restore(turn: Turn, form: Moderate) -> None:
    """Let hidden cards be seen again."""
    _all(turn, form, Status.HIDDEN, Status.VISIBLE, "Card {} is not hidden.")


def mark_answered(turn: Turn, form: MarkAnswered) -> None:
    """Note that a question was answered in the room, with the answer's words if there are any."""
    if turn.contribution(form.number).status == Status.WITHDRAWN:
        raise Refused(f"Card {form.number} was taken back.")
    subject = str(form.number)
    turn.change(subject, "is_answered", True)
    if form.text:
        turn.change(subject, "answer_id", turn.word(subject, "answer", form.text))


def _all(turn: Turn, form: Moderate, before: Status, after: Status, sentence: str) -> None:
    for number in form.contributions:
        if turn.contribution(number).status != before:
            raise Refused(sentence.format(number))
        turn.show(number, after)
