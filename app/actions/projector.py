"""What the big screen shows."""

from app.actions.turn import SESSION, Turn
from app.forms import Blank, Show
from app.models import ASIDE, UNSORTED


def blank(turn: Turn, form: Blank) -> None:
    """Show nothing, at once."""
    turn.change(SESSION, "is_blank", True)


def unblank(turn: Turn, form: Blank) -> None:
    """Show again what was shown."""
    turn.change(SESSION, "is_blank", False)


def show(turn: Turn, form: Show) -> None:
    """Bring a theme, a place or a vote to the screen, or the way to join."""
    if form.vote:
        turn.vote(form.vote)
    if form.theme and form.theme not in (UNSORTED, *ASIDE):
        turn.theme(form.theme)
    turn.change(SESSION, "shown", f"vote{form.vote}" if form.vote else form.theme or "")
    turn.change(SESSION, "shown_page", form.page)
