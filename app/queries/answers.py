"""What is answered to themes."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from app.models import answers, wordings
from app.queries.counting import HERE


class AnswerRow(NamedTuple):
    """What is answered to a theme, with its words. Without an `outcome` that is still to come."""

    theme: str
    outcome: str | None
    text: str
    owner: str
    """Who sees to it; empty where nobody is named."""
    day: date | None
    """When it was or will be done."""
    review_day: date | None
    """When somebody looks at it again."""
    touched: int

    @property
    def is_blank(self) -> bool:
        """Whether nothing is said in it: whatever was, was taken away again."""
        return not (self.outcome or self.owner or self.day or self.review_day)


def answer_subject(letter: str) -> str:
    """The subject that the answer to a theme is in the log."""
    return f"answer {letter}"


def answers_given(db: Connection, session_id: int) -> dict[str, AnswerRow]:
    """What is answered to themes, standing or removed, by letter."""
    rows = (_row(*found) for found in db.execute(_ANSWERS, {"session": session_id}))
    return {row.theme: row for row in rows}


def _row(
    theme: str, outcome: str | None, text: str | None, owner: str | None, day: str, review: str, touched: int
) -> AnswerRow:
    return AnswerRow(theme, outcome, text or "", owner or "", _day(day), _day(review), touched)


def _day(kept: str) -> date | None:
    return date.fromisoformat(kept) if kept else None


_OWNER = wordings.alias("owner")

_ANSWERS = (
    select(
        answers.c.theme,
        answers.c.outcome,
        wordings.c.text,
        _OWNER.c.text.label("owner"),
        answers.c.day,
        answers.c.review_day,
        answers.c.touched,
    )
    .outerjoin(wordings, wordings.c.id == answers.c.text_id)
    .outerjoin(_OWNER, _OWNER.c.id == answers.c.owner_id)
    .where(answers.c.session_id == HERE)
)
