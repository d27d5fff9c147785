"""Undo is an action like any other: it gives facets what they were before. Redo is an undo of an
undo."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Exists, FromClause, Row, Select, select

from app.actions import merging
from app.actions.turn import Turn
from app.forms.reading import Refused
from app.forms.sessions import Undo
from app.locales import _
from app.models import ASIDE, Status, changes
from app.roles import UNDOABLE

LATER = _("Changed by someone else; not undone.")


def undo(turn: Turn, form: Undo) -> None:
    """Take back one of one's own changes, unless somebody else has since changed the same."""
    _take_back(turn, _named(turn, form.seq) if form.seq else _last_own(turn))


def redo(turn: Turn, form: Undo) -> None:
    """Take back one of one's own undos. Who has done something else since then has nothing to
    redo any more."""
    _take_back(turn, _last_undo(turn, form.seq))


def _take_back(turn: Turn, target: Row[Any]) -> None:
    _require_untouched(turn, target)
    turn.undoes = target.seq
    for facet, (before, _after) in reversed(target.detail.items()):
        subject, _dot, name = facet.rpartition(".")
        _give_back(turn, subject, name, before)
    _require_whole_groups(turn, target)


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


def _require_whole_groups(turn: Turn, target: Row[Any]) -> None:
    """Somebody may have merged what this would part or move, and that says nothing of the same
    facets. Or they have hidden the card that would stand for others again."""
    subjects = (facet.rpartition(".")[0] for facet in target.detail)
    numbers = [int(subject) for subject in dict.fromkeys(subjects) if subject.isdigit()]
    if not all(merging.is_whole(turn, number) for number in numbers):
        raise Refused(LATER)
    for number in numbers:
        merging.settle(turn, number)


def _require_themes(turn: Turn, places: list[str]) -> None:
    for place in places:
        if place not in ASIDE:
            try:
                turn.theme(place)
            except Refused:
                raise Refused(LATER) from None  # somebody has removed the theme it stood in


def _named(turn: Turn, seq: int) -> Row[Any]:
    target = turn.db.execute(_own(turn, UNDOABLE).where(changes.c.seq == seq)).first()
    if target is None:
        raise Refused(_("There is no such change of yours to undo."))
    if turn.db.execute(_own(turn, UNDOABLE).where(changes.c.seq == seq, _STANDS)).first() is None:
        raise Refused(_("This was undone already."))
    return target


def _last_own(turn: Turn) -> Row[Any]:
    target = turn.db.execute(_newest(_own(turn, UNDOABLE).where(_STANDS))).first()
    if target is None:
        raise Refused(_("There is nothing of yours to undo."))
    return target


def _last_undo(turn: Turn, seq: int | None) -> Row[Any]:
    done = turn.db.execute(_newest(_own(turn, UNDOABLE))).first()
    undone = _own(turn, {"undo"}).where(_IS_NOT_TAKEN_BACK, changes.c.seq > (done.seq if done else 0))
    target = turn.db.execute(_newest(undone.where(changes.c.seq == seq) if seq else undone)).first()
    if target is None:
        raise Refused(_("There is nothing of yours to redo."))
    return target


def _own(turn: Turn, actions: Iterable[str]) -> Select[Any]:
    return select(changes.c.seq, changes.c.detail).where(
        changes.c.session_id == turn.session_id,
        changes.c.actor_id == turn.actor_id,
        changes.c.action.in_(actions),
    )


def _newest(found: Select[Any]) -> Select[Any]:
    return found.order_by(changes.c.seq.desc()).limit(1)


def _is_taken_back(change: FromClause, by: FromClause) -> Exists:
    """Whether `by` holds a change that undoes or redoes this one."""
    return (
        select(by.c.seq)
        .where(by.c.session_id == change.c.session_id, by.c.undoes == change.c.seq)
        .correlate(change)
        .exists()
    )


# An undo that was redone counts for nothing: what it undid stands again.
_UNDOING, _REDOING = changes.alias("undoing"), changes.alias("redoing")
_IS_NOT_TAKEN_BACK = ~_is_taken_back(changes, _UNDOING)
_STANDS = ~(
    select(_UNDOING.c.seq)
    .where(
        _UNDOING.c.session_id == changes.c.session_id,
        _UNDOING.c.undoes == changes.c.seq,
        ~_is_taken_back(_UNDOING, _REDOING),
    )
    .correlate(changes)
    .exists()
)


def _require_untouched(turn: Turn, target: Row[Any]) -> None:
    """Posts, agreements and votes have no facets in common with sorting, so only the log of what was
    sorted and shown since then is read."""
    log = changes.c
    since = turn.db.execute(
        select(log.actor_id, log.detail, log.undoes, _STANDS.label("stands")).where(
            log.session_id == turn.session_id,
            log.seq > target.seq,
            log.action.not_in(["post", "agree", "unagree", "vote"]),
        )
    ).all()
    concerned = target.detail.keys() | _words_to_be_seen(target)
    for later in since:
        if later.actor_id != turn.actor_id:
            if concerned & later.detail.keys():
                raise Refused(LATER)
        elif target.detail.keys() & later.detail.keys() and later.undoes is None and later.stands:
            raise Refused(_("Undo your later change first."))


def _words_to_be_seen(target: Row[Any]) -> set[str]:
    """The words of cards that would be seen again. Who took a card away has not read what its author
    says now."""
    statuses = (facet for facet in target.detail if facet.endswith(".status"))
    shown = (facet for facet in statuses if target.detail[facet][0] == Status.VISIBLE)
    return {facet.replace(".status", ".wording_id") for facet in shown}
