"""Making, naming, ordering and removing themes."""

from sqlalchemy import func, insert, select, update

from app.actions.turn import Turn
from app.forms import CreateTheme, OrderTheme, Refused, RemoveTheme, RenameTheme
from app.locales import _
from app.models import letters, sessions, themes


def create(turn: Turn, form: CreateTheme) -> None:
    """Open a theme after the others, under the next letter, which is never used again."""
    letter = letters(
        turn.db.execute(
            update(sessions)
            .where(sessions.c.id == turn.session_id)
            .values(last_letter=sessions.c.last_letter + 1)
            .returning(sessions.c.last_letter)
        ).scalar_one()
    )
    turn.db.execute(
        insert(themes),
        {
            "session_id": turn.session_id,
            "letter": letter,
            "name_id": turn.word(letter, "name", form.name) if form.name else None,
            "rank": _last_rank(turn) + 1,
            "is_removed": True,  # until the change below, which undo can take back
            "touched": turn.seq,
        },
    )
    turn.change(letter, "is_removed", False)


def rename(turn: Turn, form: RenameTheme) -> None:
    """Give a theme a name, or take it away with a blank one."""
    theme = turn.theme(form.theme)
    name = turn.word(theme.letter, "name", form.name) if form.name else None
    turn.change(theme.letter, "name_id", name)


def order(turn: Turn, form: OrderTheme) -> None:
    """Put a theme before another, or last."""
    theme = turn.theme(form.theme)
    if form.before is None:
        turn.change(theme.letter, "rank", _last_rank(turn) + 1)
        return
    other = turn.theme(form.before)
    if other.letter == theme.letter:
        raise Refused(_("A theme cannot stand before itself."))
    before = [one for one in _in_order(turn) if one != theme.letter]
    before.insert(before.index(other.letter), theme.letter)
    for rank, letter in enumerate(before, start=1):
        turn.change(letter, "rank", float(rank))


def remove(turn: Turn, form: RemoveTheme) -> None:
    """Take a theme away. Its cards lose this place and keep their others."""
    theme = turn.theme(form.theme)
    for number in turn.numbers_in(theme.letter):
        turn.change(str(number), "places", [at for at in turn.places(number) if at[0] != theme.letter])
    turn.change(theme.letter, "is_removed", True)


def _in_order(turn: Turn) -> list[str]:
    return list(
        turn.db.scalars(
            select(themes.c.letter)
            .where(themes.c.session_id == turn.session_id, themes.c.is_removed.is_(False))
            .order_by(themes.c.rank, themes.c.letter)
        )
    )


def _last_rank(turn: Turn) -> float:
    return float(
        turn.db.scalar(select(func.max(themes.c.rank)).where(themes.c.session_id == turn.session_id)) or 0.0
    )
