"""Names that people propose for themes: one for each person and theme, and facilitators answer."""

from typing import Any

from sqlalchemy import Row, func, insert, select

from app.actions.turn import Turn, name_subject
from app.forms.reading import Refused
from app.forms.themes import AnswerProposal, ProposeName
from app.locales import _
from app.models import Proposed, proposals, wordings


def propose(turn: Turn, form: ProposeName) -> None:
    """Propose a name, instead of what one proposed before."""
    turn.require_open()
    theme = turn.theme(form.theme)
    mine = proposals.c.theme == theme.letter, proposals.c.actor_id == turn.actor_id
    here = proposals.c.session_id == turn.session_id
    before = turn.db.scalar(select(proposals.c.number).where(here, *mine))
    if before is not None:
        subject = name_subject(before)
        turn.change(subject, "name_id", turn.word(subject, "name", form.name))
        turn.change(subject, "state", Proposed.OPEN)
        return
    number = (turn.db.scalar(select(func.max(proposals.c.number)).where(here)) or 0) + 1
    subject = name_subject(number)
    turn.speak_of(subject)
    turn.db.execute(
        insert(proposals),
        {
            "session_id": turn.session_id,
            "number": number,
            "theme": theme.letter,
            "actor_id": turn.actor_id,
            "name_id": turn.word(subject, "name", form.name),
            "state": Proposed.OPEN,
            "touched": turn.seq,
        },
    )
    turn.touch_themes([theme.letter])


def accept(turn: Turn, form: AnswerProposal) -> None:
    """Call a theme what somebody proposed."""
    proposal = _open(turn, form)
    theme = turn.theme(proposal.theme)
    name = turn.db.scalar(select(wordings.c.text).where(wordings.c.id == proposal.name_id))
    turn.change(theme.letter, "name_id", turn.word(theme.letter, "name", str(name)))
    turn.change(name_subject(proposal.number), "state", Proposed.ACCEPTED)


def decline(turn: Turn, form: AnswerProposal) -> None:
    """Leave a theme's name as it is."""
    turn.change(name_subject(_open(turn, form).number), "state", Proposed.DECLINED)


def _open(turn: Turn, form: AnswerProposal) -> Row[Any]:
    proposal = turn.proposal(form.proposal)
    if proposal.state != Proposed.OPEN:
        raise Refused(_("This name was answered already."))
    return proposal
