"""Undo is an action like any other: it gives facets what they were before."""

from typing import Any

from sqlalchemy import Row, select

from app.actions.turn import Turn
from app.forms import Refused, Undo
from app.locales import _
from app.models import ASIDE, Status, changes
from app.roles import UNDOABLE

LATER = _("Changed by someone else; not undone.")


def undo(turn: Turn, form: Undo) -> None:
    """Take back one of one's own changes, unless somebody else has since changed the same."""
    target = _named(turn, form.seq) if form.seq else _last_own(turn)
    _require_untouched(turn, target)
    turn.undoes = target.seq
    for facet, (before, _after) in reversed(target.detail.items()):
        subject, _, name = facet.rpartition(".")
        _give_back(turn, subject, name, before)


def _give_back(turn: Turn, subject: str, facet: str, before: Any) -> None:
    if facet == "places":
        places = [(place, rank) for place, rank in before]
        _require_themes(turn, [place for place, _ in places])
        turn.change(subject, facet, places)
    elif facet == "status":
        turn.show(int(subject), Status(before))
    else:
        if facet == "is_removed" and before and turn.numbers_in(subject):
            raise Refused(LATER)  # somebody has put cards into this new theme
        turn.change(subject, facet, before)


def _require_themes(turn: Turn, places: list[str]) -> None:
    for place in places:
        if place not in ASIDE:
            try:
                turn.theme(place)
            except Refused:
                raise Refused(LATER) from None  # somebody has removed the theme it stood in


def _named(turn: Turn, seq: int) -> Row[Any]:
    target = turn.db.execute(_own(turn).where(changes.c.seq == seq)).first()
    if target is None:
        raise Refused(_("There is no such change of yours to undo."))
    if turn.db.scalar(_undone(turn, seq)) is not None:
        raise Refused(_("This was undone already."))
    return target


def _last_own(turn: Turn) -> Row[Any]:
    undoing = changes.alias("undoing")
    still_stands = ~(
        select(undoing.c.seq)
        .where(undoing.c.session_id == turn.session_id, undoing.c.undoes == changes.c.seq)
        .exists()
    )
    newest = _own(turn).where(still_stands).order_by(changes.c.seq.desc()).limit(1)
    target = turn.db.execute(newest).first()
    if target is None:
        raise Refused(_("There is nothing of yours to undo."))
    return target


def _own(turn: Turn) -> Any:
    return select(changes.c.seq, changes.c.detail).where(
        changes.c.session_id == turn.session_id,
        changes.c.actor_id == turn.actor_id,
        changes.c.action.in_(UNDOABLE),
    )


def _undone(turn: Turn, seq: int) -> Any:
    return select(changes.c.seq).where(changes.c.session_id == turn.session_id, changes.c.undoes == seq)


def _require_untouched(turn: Turn, target: Row[Any]) -> None:
    """Posts and agreements have no facets in common with sorting, so only the log of what was
    sorted and shown since then is read."""
    since = turn.db.execute(
        select(changes.c.seq, changes.c.actor_id, changes.c.detail, changes.c.undoes).where(
            changes.c.session_id == turn.session_id,
            changes.c.seq > target.seq,
            changes.c.action.not_in(["post", "agree", "unagree"]),
        )
    ).all()
    undone = {later.undoes for later in since if later.undoes}
    for later in since:
        if not target.detail.keys() & later.detail.keys():
            continue
        if later.actor_id != turn.actor_id:
            raise Refused(LATER)
        if later.undoes is None and later.seq not in undone:
            raise Refused(_("Undo your later change first."))
