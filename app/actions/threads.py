"""A session that grows from a theme of an earlier one, and keeps faith with those who spoke there.

Voices that are brought along become cards of the new session, in their own words, by a way of their
own (`Carrier.EARLIER`) and by nobody: who said them stays where it was said. What their authors do
there afterwards still counts: who takes a card back, erases it or asks not to be quoted is followed
here.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, insert, select, update

from app.actions import erasing
from app.actions.turn import SESSION, Turn
from app.forms.reading import Refused
from app.forms.sessions import FollowThread
from app.locales import _
from app.models import Carrier, Status, actors, changes, contributions, sessions, threads, wordings
from app.passes import new_actor
from app.queries.cards import Card, cards_standing
from app.queries.themes import ThemeRow, numbers_in, standing_theme

THREAD = "thread"
"""The subject of the words that say what a session grew from."""


def grow(
    db: Connection, now: int, session_id: int, earlier: Row[Any], letter: str, *, brings_voices: bool
) -> None:
    """Note that a session which has just been made grew from a theme, and bring the voices along
    that stand in it. Raises Refused where there is no such theme."""
    theme = standing_theme(db, earlier.id, letter)
    if theme is None:
        raise Refused(_("There is no theme %(letter)s.", letter=letter))
    name_id = _word(db, session_id, theme.name) if theme.name else None
    link = {"session_id": session_id, "of_session": earlier.id, "theme": letter}
    db.execute(insert(threads), {**link, "name_id": name_id, "voices": theme.size})
    if brings_voices:
        _bring(db, now, session_id, voices_in(db, earlier.id, theme))


def voices_in(db: Connection, session_id: int, theme: ThemeRow) -> list[Card]:
    """The voices in a theme that everybody sees: each card, and after it those it stands for."""
    numbers = numbers_in(db, session_id, [theme])[theme.letter]
    by_number = {card.number: card for card in cards_standing(db, session_id, numbers)}
    standing = [by_number[number] for number in numbers if number in by_number]
    return [voice for card in standing for voice in (card, *card.originals)]


def _word(db: Connection, session_id: int, name: str) -> int:
    kept = {"session_id": session_id, "subject": THREAD, "facet": "name", "text": name}
    return int(db.execute(insert(wordings).returning(wordings.c.id), kept).scalar_one())


def _bring(db: Connection, now: int, session_id: int, voices: list[Card]) -> None:
    """As part of the session's first change: they are there from the start."""
    if not voices:
        return
    nobody = new_actor(session_id).actor_id
    db.execute(insert(actors), {"id": nobody, "session_id": session_id, "created_at": now})
    numbers = {voice.number: nth for nth, voice in enumerate(voices, start=1)}
    said = {"session_id": session_id, "facet": "text"}
    rows = [{**said, "subject": str(numbers[voice.number]), "text": voice.text} for voice in voices]
    db.execute(insert(wordings), rows)
    kept = select(wordings.c.subject, wordings.c.id).where(wordings.c.session_id == session_id)
    wording = {subject: id_ for subject, id_ in db.execute(kept.where(wordings.c.facet == "text"))}
    here = {"session_id": session_id, "author_id": nobody, "created_at": now}
    db.execute(
        insert(contributions),
        [{**here, **_card(voice, numbers, wording)} for voice in voices],
    )
    this = sessions.c.id == session_id
    db.execute(update(sessions).where(this).values(last_number=len(voices)))
    spoken = [SESSION, *map(str, numbers.values())]
    first = changes.c.session_id == session_id, changes.c.seq == 1
    db.execute(update(changes).where(*first).values(subjects=spoken))


def _card(voice: Card, numbers: dict[int, int], wording: dict[str, int]) -> dict[str, Any]:
    number = numbers[voice.number]
    return {
        "number": number,
        "prompt": 1,
        "carrier": Carrier.EARLIER,
        "kind": voice.kind,
        "wording_id": wording[str(number)],
        "is_paraphrased": voice.is_paraphrased,
        "quotable": voice.quotable,
        "status": Status.VISIBLE,
        "shown_at": 1,
        "merged_into": numbers.get(voice.merged_into or 0),
        "earlier": voice.number,
        "touched": 1,
        "seen": 1,
    }


# What their authors do afterwards


class _Due(NamedTuple):
    """A card that was brought along, and what became of it where it was said."""

    number: int
    is_withdrawn: bool
    is_erased: bool


def follow(turn: Turn, form: FollowThread) -> None:
    """Do with cards that were brought along what their authors have done with them since. What is
    right is decided by that, not by who points it out."""
    due = [*_due(turn)]
    if not due:
        raise Refused(_("There is nothing to follow."))
    for one in due:
        card = turn.contribution(one.number)
        turn.change(str(one.number), "quotable", False)
        if one.is_withdrawn and card.status != Status.WITHDRAWN:
            erasing.take_back(turn, card)
        if one.is_erased:
            erasing.wipe(turn, card)


def sessions_to_follow(db: Connection) -> list[int]:
    """The sessions in which something is to be followed."""
    return [*db.scalars(_DUE.with_only_columns(_HERE.c.session_id).distinct())]


def _due(turn: Turn) -> Iterator[_Due]:
    for number, status, text in turn.db.execute(_DUE.where(_HERE.c.session_id == turn.session_id)):
        is_withdrawn = status == Status.WITHDRAWN
        yield _Due(number, is_withdrawn, is_withdrawn and not text)


_HERE, _THERE = contributions.alias("here"), contributions.alias("there")
_SAID_HERE, _SAID_THERE = wordings.alias("said_here"), wordings.alias("said_there")
_WITHDRAWN = _THERE.c.status == Status.WITHDRAWN
_DUE: Select[Any] = (
    select(_HERE.c.number, _THERE.c.status, _SAID_THERE.c.text)
    .join(threads, threads.c.session_id == _HERE.c.session_id)
    .join(
        _THERE,
        (_THERE.c.session_id == threads.c.of_session) & (_THERE.c.number == _HERE.c.earlier),
    )
    .join(_SAID_HERE, _SAID_HERE.c.id == _HERE.c.wording_id)
    .join(_SAID_THERE, _SAID_THERE.c.id == _THERE.c.wording_id)
    .where(
        _HERE.c.earlier.is_not(None),
        (_WITHDRAWN & (_HERE.c.status != Status.WITHDRAWN))
        | (_WITHDRAWN & (_SAID_THERE.c.text == "") & (_SAID_HERE.c.text != ""))
        | (_THERE.c.quotable.is_(False) & _HERE.c.quotable.is_(True)),
    )
)
