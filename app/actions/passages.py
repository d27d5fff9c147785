"""What organisers write in the summary, where only they know: a passage for each part."""

from sqlalchemy import insert, select

from app.actions.turn import Turn, passage_subject
from app.forms.summary import WriteSummary
from app.models import passages


def write(turn: Turn, form: WriteSummary) -> None:
    """Write a passage anew, or take it away with a blank text."""
    subject = passage_subject(form.part)
    here = {"session_id": turn.session_id, "part": form.part}
    mine = passages.c.session_id == turn.session_id, passages.c.part == form.part
    if turn.db.execute(select(passages.c.part).where(*mine)).first() is None:
        turn.db.execute(insert(passages), {**here, "touched": turn.seq})
    turn.change(subject, "wording_id", turn.word(subject, "text", form.text) if form.text else None)
