"""You said, we did: what is done about each theme. It is written during the event or weeks after it,
so it asks neither for an open session nor for a screen."""

from typing import Any

from sqlalchemy import Row, insert, select

from app.actions.turn import Turn
from app.forms.reading import Refused
from app.forms.summary import AnswerTheme
from app.locales import _
from app.models import answers, wordings
from app.queries.answers import answer_subject


def answer(turn: Turn, form: AnswerTheme) -> None:
    """Say what is done about a theme, in place of what was said before. Blank takes it away."""
    letter = turn.theme(form.theme).letter
    subject, before = answer_subject(letter), _as_it_is(turn, letter)
    if form.read is not None and before.touched > form.read:
        raise Refused(_("Somebody has changed this answer meanwhile. Please read theirs first."))
    turn.speak_of(letter)
    turn.change(subject, "outcome", form.outcome)
    turn.change(subject, "text_id", _worded(turn, subject, "text", before.text_id, form.text))
    turn.change(subject, "owner_id", _worded(turn, subject, "owner", before.owner_id, form.owner))
    turn.change(subject, "day", form.day)
    turn.change(subject, "review_day", form.review_day)


def _as_it_is(turn: Turn, letter: str) -> Row[Any]:
    """The theme's answer; an empty one where nobody has given any."""
    here = {"session_id": turn.session_id, "theme": letter}
    mine = select(answers).where(*(answers.c[name] == value for name, value in here.items()))
    if turn.db.execute(mine).first() is None:
        turn.db.execute(insert(answers), {**here, "day": "", "review_day": "", "touched": 0})
    return turn.db.execute(mine).one()


def _worded(turn: Turn, subject: str, facet: str, before: int | None, text: str) -> int | None:
    """Only other words are kept anew: a changed date is no change of what was said."""
    if before and turn.db.scalar(select(wordings.c.text).where(wordings.c.id == before)) == text:
        return before
    return turn.word(subject, facet, text) if text else None
