"""What an organiser finds in sessions of their own: only what the room reads, too.

Each look is a scan of the words as they are now. There is no index that would have to forget what
is edited, hidden, taken back, erased or deleted: what is gone from the rows can't be found.

The database reads them first, and hands out only what may have the longest of the words looked for:
so most of a look is no work of ours. It folds the letters of ASCII alone, as `words.folded` does
where a text has no others; whatever has others is handed out.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from app import words
from app.models import Status, contributions, prompts, themes, wordings

MOST = 20
"""Voices of one session that are shown in full; the others are counted."""


class FoundTheme(NamedTuple):
    """A theme by its name."""

    letter: str
    name: str


class FoundVoice(NamedTuple):
    """A card by its words."""

    number: int
    text: str


class Found(NamedTuple):
    """What was found in one session. `more` are voices beyond those that are shown."""

    session: Row[Any]
    has_title: bool
    prompts: list[str]
    themes: list[FoundTheme]
    voices: list[FoundVoice]
    more: int

    @property
    def is_something(self) -> bool:
        """Whether anything was found in it."""
        return self.has_title or bool(self.prompts or self.themes or self.voices)


def find(db: Connection, among: Iterable[Row[Any]], query: str) -> list[Found]:
    """What has all words of a query, in the order of the sessions. Case, accents and vowel points
    make no difference; a part of a word is enough."""
    rows, asked = [*among], words.terms(query)
    if not asked or not rows:
        return []
    ids = [row.id for row in rows]
    of_prompts, of_themes, of_cards = (_having(db, one, ids, asked) for one in (_PROMPTS, _THEMES, _CARDS))

    def found(row: Row[Any]) -> Found:
        voices = [FoundVoice(*one) for one in of_cards[row.id]]
        return Found(
            session=row,
            has_title=_has(row.title, asked),
            prompts=[text for _number, text in of_prompts[row.id]],
            themes=[FoundTheme(*one) for one in of_themes[row.id]],
            voices=voices[:MOST],
            more=max(0, len(voices) - MOST),
        )

    return [one for one in map(found, rows) if one.is_something]


def _having(
    db: Connection, said: Select[Any], ids: list[int], asked: list[str]
) -> defaultdict[int, list[tuple[Any, str]]]:
    """By session, how what has these words is called, and its words."""
    kept: defaultdict[int, list[tuple[Any, str]]] = defaultdict(list)
    longest = max(asked, key=len)
    looked_at = said.where(_HAS_OTHER_LETTERS | _HAS_LONGEST if longest.isascii() else _HAS_OTHER_LETTERS)
    for session_id, called, text in db.execute(looked_at, {"sessions": ids, "longest": f"%{longest}%"}):
        if _has(text, asked):
            kept[session_id].append((called, text))
    return kept


def _has(text: str, asked: list[str]) -> bool:
    said = words.folded(text)
    return all(term in said for term in asked)


_HAS_OTHER_LETTERS = func.octet_length(wordings.c.text) > func.length(wordings.c.text)
# No word that is looked for has a sign that LIKE would take for any letter: those divide words.
_HAS_LONGEST = func.lower(wordings.c.text).like(bindparam("longest"))
_AMONG = wordings.c.session_id.in_(bindparam("sessions", expanding=True))

_PROMPTS: Select[Any] = (
    select(prompts.c.session_id, prompts.c.number, wordings.c.text)
    .join(wordings, wordings.c.id == prompts.c.wording_id)
    .where(_AMONG)
    .order_by(prompts.c.session_id, prompts.c.number)
)
_THEMES: Select[Any] = (
    select(themes.c.session_id, themes.c.letter, wordings.c.text)
    .join(wordings, wordings.c.id == themes.c.name_id)
    .where(_AMONG, themes.c.is_removed.is_(False))
    .order_by(themes.c.session_id, themes.c.rank)
)
_CARDS: Select[Any] = (
    select(contributions.c.session_id, contributions.c.number, wordings.c.text)
    .join(wordings, wordings.c.id == contributions.c.wording_id)
    .where(_AMONG, contributions.c.status == Status.VISIBLE)
    .order_by(contributions.c.session_id, contributions.c.number)
)
