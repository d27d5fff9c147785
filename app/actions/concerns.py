"""What people tell in private, and that somebody sees to it. It is on no screen but those of the people
who run the session, and in no summary."""

from sqlalchemy import func, insert, select

from app.actions.turn import Turn, concern_subject
from app.forms.reading import Refused
from app.forms.sessions import RaiseConcern, SeeConcern
from app.locales import _
from app.models import concerns


def tell(turn: Turn, form: RaiseConcern) -> None:
    """Tell whoever hears of concerns; also while the session is closed."""
    if not turn.live_session.concerns_to:
        raise Refused(_("Nobody is named here who hears of concerns."))
    number = _last_number(turn) + 1
    subject = concern_subject(number)
    turn.speak_of(subject)
    turn.db.execute(
        insert(concerns),
        {
            "session_id": turn.session_id,
            "number": number,
            "actor_id": turn.actor_id,
            "wording_id": turn.word(subject, "text", form.text),
            "is_seen": False,
            "touched": turn.seq,
            "created_at": turn.now,
        },
    )


def see(turn: Turn, form: SeeConcern) -> None:
    """Say that somebody sees to it."""
    turn.change(concern_subject(turn.concern(form.concern).number), "is_seen", True)


def _last_number(turn: Turn) -> int:
    """Concerns are few, and are deleted only with their session."""
    newest = select(func.max(concerns.c.number)).where(concerns.c.session_id == turn.session_id)
    return int(turn.db.scalar(newest) or 0)
