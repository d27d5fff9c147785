"""The facts as tables, for programs and spreadsheets. Their names are the same in every language."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from app.summaries.tree import Answer, Document, Voice

Value = str | int | bool | datetime | date | None


class Sheet(NamedTuple):
    """A table: its name, its columns, and its rows of typed values."""

    name: str
    columns: Sequence[str]
    rows: list[list[Value]]


CONTRIBUTIONS = (
    "number",
    "text",
    "kind",
    "prompt",
    "places",
    "themes",
    "name",
    "agreements",
    "quote",
    "status",
    "came by",
    "said at",
    "merged into",
    "disagrees with",
    "answered",
    "answer",
    "table",
    "paraphrased",
    "answer to its themes",
)
ACTIONS = ("theme", "name", "answer", "text", "owner", "date", "review date")


def sheets(document: Document) -> list[Sheet]:
    """All tables. `actions` is what is done about each theme."""
    return [
        contributions(document),
        Sheet("themes", ("letter", "name", "meaning", "voices", "asked not to be quoted"), _themes(document)),
        Sheet("placements", ("number", "place", "theme"), _placements(document)),
        Sheet("agreements", ("number", "agreements"), _agreements(document)),
        Sheet("votes", ("vote", "question", "choice", "words", "dots", "by hand"), _votes(document)),
        Sheet("changes", ("seq", "at", "role", "action", "cards", "themes", "undoes"), _changes(document)),
        Sheet("actions", ACTIONS, _actions(document)),
    ]


def _votes(document: Document) -> list[list[Value]]:
    return [
        [vote.number, vote.question, one.choice, one.words, one.dots, one.by_hand]
        for vote in document.votes
        for one in vote.result
    ]


def contributions(document: Document) -> Sheet:
    """Every voice once, by number."""
    names, answers = _names(document), _answers(document)
    rows = [[*_contribution(voice, names), _answered(voice, answers)] for voice in document.voices]
    return Sheet("contributions", CONTRIBUTIONS, rows)


def _names(document: Document) -> dict[str, str]:
    return {theme.place: theme.name for theme in document.themes}


def _answers(document: Document) -> dict[str, str]:
    given = {one.place: one.answer for one in document.themes}
    return {place: f"{one.outcome}: {one.text}" for place, one in given.items() if one and one.outcome}


def _answered(voice: Voice, answers: dict[str, str]) -> str:
    """What is done about the themes that a voice stands in."""
    return "; ".join(answers[place] for place in voice.places if place in answers)


def _contribution(voice: Voice, names: dict[str, str]) -> list[Value]:
    return [
        voice.number,
        voice.text,
        voice.kind or "",
        voice.prompt,
        " ".join(voice.places),
        "; ".join(names[place] for place in voice.places if names.get(place)),
        voice.name or "",
        voice.agreements,
        voice.quotable,
        voice.status,
        voice.carrier,
        _moment(voice.said_at),
        voice.merged_into,
        " ".join(one.place for one in voice.disagreements),
        voice.is_answered,
        voice.answer or "",
        voice.table or "",
        voice.is_paraphrased,
    ]


def _themes(document: Document) -> list[list[Value]]:
    return [[one.place, one.name, one.description, one.count, one.unquoted] for one in document.themes]


def _placements(document: Document) -> list[list[Value]]:
    names = _names(document)
    return [
        [voice.number, place, names.get(place, "")]
        for voice in document.voices
        for place in voice.places or ["unsorted"]
    ]


def _agreements(document: Document) -> list[list[Value]]:
    return [[voice.number, voice.agreements] for voice in document.voices if voice.agreements]


def _changes(document: Document) -> list[list[Value]]:
    return [
        [
            step.seq,
            _moment(step.at),
            step.role,
            step.action,
            " ".join(_cards(step.subjects)),
            " ".join(subject for subject in step.subjects if subject.isupper()),
            step.undoes,
        ]
        for step in document.log
    ]


def _cards(subjects: list[str]) -> Iterator[str]:
    return (subject for subject in subjects if subject.isdigit())


def _actions(document: Document) -> list[list[Value]]:
    return [[one.place, one.name, *_action(one.answer)] for one in document.themes]


def _action(answer: Answer | None) -> list[Value]:
    if answer is None:
        return ["", "", "", None, None]
    return [answer.outcome or "", answer.text, answer.owner, answer.day, answer.review_day]


def _moment(said: str) -> datetime:
    """In UTC, without saying so: spreadsheets know no time zones."""
    return datetime.fromisoformat(said).replace(tzinfo=None)
