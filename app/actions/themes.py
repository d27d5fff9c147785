"""Making, naming, describing, ordering, merging, splitting and removing themes."""

from sqlalchemy import func, insert, select, update

from app.actions.turn import Turn
from app.forms.reading import Refused
from app.forms.themes import (
    ColourTheme,
    CreateTheme,
    DescribeTheme,
    MergeThemes,
    OrderTheme,
    RemoveTheme,
    RenameTheme,
    SplitTheme,
)
from app.locales import _
from app.models import letters, sessions, themes


def create(turn: Turn, form: CreateTheme) -> None:
    """Open a theme after the others, under the next letter, which is never used again."""
    _open(turn, form.name, _last_rank(turn) + 1)


def _open(turn: Turn, name: str | None, rank: float) -> str:
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
            "name_id": turn.word(letter, "name", name) if name else None,
            "rank": rank,
            "is_removed": True,  # until the change below, which undo can take back
            "touched": turn.seq,
        },
    )
    turn.change(letter, "is_removed", False)
    return letter


def rename(turn: Turn, form: RenameTheme) -> None:
    """Give a theme a name, or take it away with a blank one."""
    theme = turn.theme(form.theme)
    name = turn.word(theme.letter, "name", form.name) if form.name else None
    turn.change(theme.letter, "name_id", name)


def describe(turn: Turn, form: DescribeTheme) -> None:
    """Say what a theme means, or take that away with a blank text."""
    theme = turn.theme(form.theme)
    text = turn.word(theme.letter, "description", form.text) if form.text else None
    turn.change(theme.letter, "description_id", text)


def colour(turn: Turn, form: ColourTheme) -> None:
    """Give a theme a colour, or that of its letter again."""
    turn.change(turn.theme(form.theme).letter, "colour", form.colour)


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


def merge(turn: Turn, form: MergeThemes) -> None:
    """Put a theme's cards behind those of another, in their order, and take the theme away."""
    theme, into = turn.theme(form.theme), turn.theme(form.into)
    if theme.letter == into.letter:
        raise Refused(_("A theme cannot be merged with itself."))
    turn.speak_of(into.letter)
    _move(turn, turn.numbers_in(theme.letter), theme.letter, into.letter)
    turn.change(theme.letter, "is_removed", True)


def split(turn: Turn, form: SplitTheme) -> None:
    """Move some of a theme's cards to a new theme, right after it."""
    theme = turn.theme(form.theme)
    inside = turn.numbers_in(theme.letter)
    for number in form.contributions:
        if number not in inside:
            raise Refused(_("Card %(number)s is not in this place.", number=number))
    letter = _open(turn, form.name, _rank_after(turn, theme.rank))
    _move(turn, [number for number in inside if number in form.contributions], theme.letter, letter)


def _move(turn: Turn, numbers: list[int], leaving: str, to: str) -> None:
    last = turn.last_rank(to)
    for step, number in enumerate(numbers, start=1):
        places = turn.places(number)
        stayed = [at for at in places if at[0] != leaving]
        if to not in [place for place, _ in stayed]:
            stayed.append((to, last + step))
        turn.change(str(number), "places", sorted(stayed))


def _rank_after(turn: Turn, rank: float) -> float:
    """Half way to the next theme, or just after where there is no room."""
    later = themes.c.session_id == turn.session_id, themes.c.rank > rank
    following = turn.db.scalar(select(func.min(themes.c.rank)).where(*later))
    return (rank + (following or rank + 2)) / 2


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
