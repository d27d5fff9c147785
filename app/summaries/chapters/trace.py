"""How a theme was made, and how all of it was: the log in sentences.

Steps of one kind that follow each other are told in one row, so that sorting 40 cards one by one
is a line and not a page.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from app.locales import Sentence, _
from app.models import LONE, PARKED, UNSORTED
from app.summaries.blocks import Cell, Table
from app.summaries.chapters.numbers import run
from app.summaries.making import BEGAN, CAME, goals
from app.summaries.tree import Document, Section, Step


class _Told(NamedTuple):
    """A step, or a part of one: what was done, to which cards."""

    at: str
    seq: int
    what: Sentence
    numbers: list[int]


def trace(document: Document, theme: Section) -> list[Table]:
    """From a theme to the voices, merges and moves that made it."""
    told = [*_of_theme(document.log, theme)]
    return [_table(f"trace{theme.place}", _("How this theme was made (UTC)"), told)] if told else []


def whole(document: Document) -> list[Table]:
    """All that was done at the board."""
    told = [one for step in document.log for one in _anywhere(step)]
    return [_table("log", _("What was done, step by step (UTC)"), told)] if told else []


def _table(id_: str, caption: Sentence, told: Iterable[_Told]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for what, group in groupby(told, key=lambda one: one.what):
        steps = [*group]
        rows.append((steps[0].at[:16].replace("T", " "), what, _numbers(what, steps)))
    return Table(id_, caption, (_("When"), _("What"), _("Cards")), rows, folded=True)


def _numbers(what: Sentence, steps: Sequence[_Told]) -> str:
    """The cards of steps that are told in one row. Those of two merges do not say the same."""
    if what == said("merge"):
        return "; ".join(run(step.numbers) for step in steps)
    return run(number for step in steps for number in step.numbers)


def _of_theme(log: Iterable[Step], theme: Section) -> Iterator[_Told]:
    """A merge made the theme if one of its cards stood there then, or they stand there together now.
    What it does to the places of cards whose new one stands there is no move: they are there still."""
    now = {one.number for voice in theme.voices for one in voice.all}
    then = set[int]()
    for step in log:
        merged, into = _merged(step)
        came, went = _moves(step, theme.place)
        if not into & then:
            yield from _moved(step, came, went)
        cards = {*_cards(step), *into}
        if merged and (cards & then or len(cards & now) > 1):
            yield _told(step, said(merged), _cards(step))
        if step.action in _OF_THEMES and theme.place in step.subjects:
            yield _told(step, said(step.action, _themes(step)), [])
        then.update(came)
        then.difference_update(went)


def _merged(step: Step) -> tuple[str, set[int]]:
    """Whether cards were merged, or taken apart, and which card stands or stood for them; undone,
    too, and done again."""
    if step.action not in ("merge", "unmerge", "undo", "redo"):
        return "", set()
    pairs = [pair for facet, pair in step.facts.items() if facet.endswith(".merged_into")]
    action = "merge" if any(after for _before, after in pairs) else "unmerge"
    return action if pairs else "", {number for pair in pairs for number in pair if number}


def _moved(step: Step, came: list[int], went: list[int]) -> Iterator[_Told]:
    if came:
        yield _told(step, _BACK_IN if step.undoes else _PUT_IN, came)
    if went:
        yield _told(step, _BACK_OUT if step.undoes else _TAKEN_OUT, went)


_PUT_IN, _TAKEN_OUT = _("Put in this theme"), _("Taken out of this theme")
_BACK_IN, _BACK_OUT = _("Put back, as something was undone"), _("Taken out, as something was undone")


def _moves(step: Step, letter: str) -> tuple[list[int], list[int]]:
    """The cards that came to a place, and those that left it."""
    came, went = [], []
    for facet, pair in step.facts.items():
        subject, _dot, name = facet.rpartition(".")
        if name == "places":
            before, after = pair
            if letter in after and letter not in before:
                came.append(int(subject))
            elif letter in before and letter not in after:
                went.append(int(subject))
    return came, went


def _anywhere(step: Step) -> Iterator[_Told]:
    if step.action == "place":
        for place in goals(step):
            yield _told(step, said("place", [place]), _moves(step, place)[0] or _cards(step))
    elif step.action in _OF_CARDS:
        yield _told(step, said(step.action), _cards(step))
    elif step.action in _OF_THEMES or step.action in _OF_ALL:
        yield _told(step, said(step.action, _themes(step)), [])


def said(action: str, places: Sequence[str] = ()) -> Sentence:
    """What was done, as a sentence, with the letters or the place it is about."""
    listed = ", ".join(places)
    if action == "place":
        return _ASIDE.get(listed) or _("Put in %(letter)s", letter=listed)
    if action in _OF_THEMES:
        return _OF_THEMES[action](listed)
    return _OF_CARDS.get(action) or _OF_ALL.get(action) or _("Others stand for cards that said the same")


_ASIDE = {
    LONE: _("Put among the lone voices"),
    PARKED: _("Parked"),
    UNSORTED: _("Put back among what is not sorted"),
}


def _told(step: Step, what: Sentence, numbers: list[int]) -> _Told:
    return _Told(step.at, step.seq, what, numbers)


def _cards(step: Step) -> list[int]:
    return [int(subject) for subject in step.subjects if subject.isdigit()]


def _themes(step: Step) -> list[str]:
    return [subject for subject in step.subjects if subject.isupper()]


_OF_CARDS: dict[str, Sentence] = {
    CAME: _("Came in"),
    "unplace": _("Taken out of a theme"),
    "merge": _("Merged, as they say the same"),
    "unmerge": _("Taken apart again"),
    "approve": _("Approved"),
    "hide": _("Hidden"),
    "restore": _("Shown again"),
    "mark_answered": _("Marked as answered in the room"),
    "answer_contest": _("Kept in place, though its author disagrees"),
}
_OF_THEMES: dict[str, Callable[[str], Sentence]] = {
    "create_theme": lambda themes: _("Theme %(letters)s opened", letters=themes),
    "rename_theme": lambda themes: _("Theme %(letters)s named", letters=themes),
    "describe_theme": lambda themes: _("Theme %(letters)s described", letters=themes),
    "merge_themes": lambda themes: _("Themes %(letters)s put together", letters=themes),
    "split_theme": lambda themes: _("Theme %(letters)s opened for a part of another", letters=themes),
    "remove_theme": lambda themes: _("Theme %(letters)s taken away", letters=themes),
    "accept_name": lambda themes: _("Theme %(letters)s given a proposed name", letters=themes),
    "answer_theme": lambda themes: _("Theme %(letters)s answered", letters=themes),
}
_OF_ALL: dict[str, Sentence] = {
    BEGAN: _("The session began"),
    "decline_name": _("A proposed name not taken"),
    "undo": _("Something undone"),
    "redo": _("Something done again"),
    "open_session": _("Session opened"),
    "close_session": _("Session closed"),
    "keep_time": _("Session opened or closed at its time"),
    "add_prompt": _("A further question asked"),
    "open_prompt": _("A prompt opened"),
    "close_prompt": _("A prompt closed"),
    "publish_summary": _("This summary made public"),
    "unpublish_summary": _("This summary no longer public"),
}
