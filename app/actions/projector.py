"""What the big screen shows."""

from app.actions.turn import SESSION, Turn
from app.forms.projector import ArrangeScreen, Blank, LetIn, Show
from app.models import ASIDE, UNSORTED


def blank(turn: Turn, form: Blank) -> None:
    """Show nothing, at once."""
    turn.change(SESSION, "is_blank", True)


def unblank(turn: Turn, form: Blank) -> None:
    """Show again what was shown."""
    turn.change(SESSION, "is_blank", False)


def show(turn: Turn, form: Show) -> None:
    """Bring a theme, a place or a vote to the screen, as it is now, or the way to join. While something
    is shown, what changes gathers, also while its pages are turned; while there is nothing to read but
    the way to join, all of it comes in."""
    if form.vote:
        turn.vote(form.vote)
    if form.theme and form.theme not in (UNSORTED, *ASIDE):
        turn.theme(form.theme)
    shown = f"vote{form.vote}" if form.vote else form.theme or ""
    turn.change(SESSION, "shown", shown)
    turn.change(SESSION, "shown_page", form.page)
    _gather(turn, bool(shown) and turn.live_session.gathers, anew=shown != turn.live_session.shown)


def let_in(turn: Turn, form: LetIn) -> None:
    """Let what gathers before the screen onto it, and say whether later changes gather."""
    if form.at_once is not None:
        turn.change(SESSION, "gathers", not form.at_once)
        _gather(turn, bool(turn.live_session.shown) and not form.at_once)
    elif (before := turn.live_session.shown_upto) is not None:
        upto = turn.seq if form.upto is None else min(form.upto, turn.seq)
        turn.change(SESSION, "shown_upto", max(upto, before))


def _gather(turn: Turn, gathers: bool, *, anew: bool = False) -> None:
    """From now on, or no more. `anew`: all that has gathered is let in."""
    if not gathers:
        turn.change(SESSION, "shown_upto", None)
    elif anew or turn.live_session.shown_upto is None:
        turn.change(SESSION, "shown_upto", turn.seq)


def arrange(turn: Turn, form: ArrangeScreen) -> None:
    """Set the screen up: for the last row, for the light in the room, for an interpreter."""
    for facet, value in form.model_dump(exclude={"action", "key"}, exclude_none=True).items():
        turn.change(SESSION, facet, value)
