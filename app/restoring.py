"""A session made again from its restricted JSON: the same cards under the same numbers, the same
themes, and the same log.

It is another session: it has a code of its own, and nobody who was in the old one has any right in
it. The people of the file become actors whom nobody is.
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from app import words
from app.actions import sessions as starting
from app.actions.threads import THREAD
from app.actions.turn import name_subject, passage_subject, prompt_subject, vote_subject
from app.forms.reading import Refused, read
from app.forms.sheets import NewSession
from app.locales import _
from app.models import (
    ASIDE,
    Ballot,
    Part,
    Role,
    Status,
    actors,
    agreements,
    answers,
    changes,
    choices,
    contests,
    contributions,
    invitations,
    letters,
    passages,
    placements,
    prompts,
    proposals,
    sessions,
    themes,
    threads,
    votes,
    wordings,
)
from app.passes import new_actor, new_key
from app.queries.answers import answer_subject
from app.roles import Pass
from app.summaries.tree import Document, Settings, Voice

MOST = 200_000
"""Contributions that a session has at the most: more are no session, but an attack."""


def start(db: Connection, now: int, told: Document) -> tuple[str, Pass, str]:
    """Make the session. Answers its code, an organiser's pass and an invitation's secret. Raises
    Refused for a file that contradicts itself."""
    settings = told.settings
    if settings is None or not _is_possible(told, settings):
        raise Refused(_CONTRADICTS)
    made = starting.start(db, now, _wish(told, settings))
    try:
        _Remaking(db, made[1], told, settings).run()
    except (IntegrityError, KeyError, IndexError, ValueError):
        raise Refused(_CONTRADICTS) from None
    return made


_CONTRADICTS = _("This summary contradicts itself, so it can’t be taken in.")


def _is_possible(told: Document, settings: Settings) -> bool:
    numbers = [voice.number for voice in told.voices]
    standing = {one.place for one in told.themes}
    places = {place for voice in told.voices for place in voice.places}
    return (
        settings.last_number <= MOST
        and standing <= {letters(nth) for nth in range(1, min(settings.last_letter, MOST) + 1)}
        and places <= {*standing, *ASIDE}
        and all(0 < number <= settings.last_number for number in numbers)
        and all(0 <= (voice.author or 0) < len(settings.people) for voice in told.voices)
        and [step.seq for step in told.log] == [*range(1, len(told.log) + 1)]
    )


def _wish(told: Document, settings: Settings) -> NewSession:
    """What is checked as in any new session."""
    names = ("title", "purpose", "runs_it", "notice", "language", "second_language", "kept_until")
    asked = {name: getattr(told, name) for name in names}
    return read(NewSession, {**asked, "concerns_to": settings.concerns_to, "suggests": settings.suggests})


@dataclass
class _Remaking:
    """One session being made again."""

    db: Connection
    organiser: Pass
    told: Document
    settings: Settings
    people: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Write all rows. The log that `start` began is the file's own from its first row on."""
        here = {"session_id": self.organiser.session_id}
        for table in (changes, prompts):
            self.db.execute(table.delete().where(table.c.session_id == here["session_id"]))
        self._people()
        for table, rows in (
            (prompts, self._prompts()),
            (themes, self._themes()),
            (contributions, self._contributions()),
            (placements, self._placements()),
            (contests, self._contests()),
            (proposals, self._proposals()),
            (passages, self._passages()),
            (answers, self._answers()),
            (agreements, self._agreements()),
            (votes, self._votes()),
            (choices, self._choices()),
            (changes, self._log()),
            (threads, self._thread()),
        ):
            self._put(table, rows)
        self._merge()
        self._say_what_it_is()

    def _put(self, table: Table, rows: Iterable[dict[str, Any]]) -> None:
        if filled := [{"session_id": self.organiser.session_id, **row} for row in rows]:
            self.db.execute(insert(table), filled)

    def _word(self, subject: str, facet: str, text: str | None) -> int | None:
        if text is None:
            return None
        kept = {"subject": subject, "facet": facet, "text": words.clean(text)}
        row = insert(wordings).values(session_id=self.organiser.session_id, **kept)
        return int(self.db.execute(row.returning(wordings.c.id)).scalar_one())

    def _people(self) -> None:
        """Actors whom nobody is. Those who were more than participants rest on invitations that
        nobody has a link for."""
        made_at = self.settings.created_at
        rests = {role: self._invitation(role) for role in Role if role in self.settings.people}
        ids = (new_actor(self.organiser.session_id).actor_id for _one in self.settings.people)
        self.people = sorted(ids)  # in the order in which an export numbers them
        known = zip(self.people, self.settings.people, strict=True)
        told = [
            {"id": id_, "invitation_id": rests.get(Role(role)), "created_at": made_at} for id_, role in known
        ]
        self._put(actors, told)

    def _invitation(self, role: Role) -> int | None:
        if role == Role.PARTICIPANT:
            return None
        made = {"session_id": self.organiser.session_id, "role": role, "created_at": self.settings.created_at}
        row = insert(invitations).values(**made, digest=secrets.token_bytes(32), revoked_at=None)
        return int(self.db.execute(row.returning(invitations.c.id)).scalar_one())

    def _prompts(self) -> Iterator[dict[str, Any]]:
        asked = zip(self.told.prompts, self.settings.prompts_open, strict=True)
        for number, (text, is_open) in enumerate(asked, start=1):
            wording = self._word(prompt_subject(number), "text", text)
            yield {"number": number, "wording_id": wording, "is_open": is_open, "touched": 1}

    def _themes(self) -> Iterator[dict[str, Any]]:
        """Letters are never used again, so those of removed themes are taken too."""
        standing = {one.place: one for one in self.told.themes}
        for nth in range(1, self.settings.last_letter + 1):
            letter = letters(nth)
            one = standing.get(letter)
            rank = float([*standing].index(letter) + 1) if one else float(nth)
            yield {
                "letter": letter,
                "name_id": self._word(letter, "name", (one and one.name) or None),
                "description_id": self._word(letter, "description", (one and one.description) or None),
                "colour": one.own_colour if one else None,
                "rank": rank,
                "is_removed": one is None,
                "touched": 1,
            }

    def _contributions(self) -> Iterator[dict[str, Any]]:
        """What was taken back has its number still, and no words."""
        said = {voice.number: voice for voice in self.told.voices}
        for number in range(1, self.settings.last_number + 1):
            voice = said.get(number)
            row = self._contribution(voice) if voice else self._withdrawn(number)
            yield {"number": number, **row, "shown_at": int(row["status"] == Status.VISIBLE), "touched": 1}

    def _contribution(self, voice: Voice) -> dict[str, Any]:
        subject = str(voice.number)
        return {
            "prompt": voice.prompt,
            "author_id": self.people[voice.author or 0],
            "carrier": voice.carrier,
            "kind": voice.kind,
            "wording_id": self._word(subject, "text", voice.text),
            "name_id": self._word(subject, "name", voice.name),
            "table_id": self._word(subject, "table", voice.table),
            "is_paraphrased": voice.is_paraphrased,
            "quotable": voice.quotable,
            "status": voice.status,
            "is_answered": voice.is_answered,
            "answer_id": self._word(subject, "answer", voice.answer),
            "placed": bool(voice.places) and voice.merged_into is None,
            "merged_into": None,
            "agreements": voice.agreements,
            "created_at": _milliseconds(voice.said_at),
        }

    def _withdrawn(self, number: int) -> dict[str, Any]:
        return {
            "prompt": 1,
            "author_id": self.people[0],
            "carrier": "phone",
            "kind": None,
            "wording_id": self._word(str(number), "text", ""),
            "name_id": None,
            "table_id": None,
            "is_paraphrased": False,
            "quotable": False,
            "status": Status.WITHDRAWN,
            "is_answered": False,
            "answer_id": None,
            "placed": False,
            "merged_into": None,
            "agreements": 0,
            "created_at": self.settings.created_at,
        }

    def _merge(self) -> None:
        """Once all of them are there, since one points to another."""
        of = contributions.c
        for voice in self.told.voices:
            if voice.merged_into is not None:
                mine = of.session_id == self.organiser.session_id, of.number == voice.number
                self.db.execute(update(contributions).where(*mine).values(merged_into=voice.merged_into))

    def _placements(self) -> Iterator[dict[str, Any]]:
        ranks = {
            (section.place, voice.number): float(rank)
            for section in self.told.themes
            for rank, voice in enumerate(section.voices, start=1)
        }
        for voice in self.told.voices:
            for place in voice.places if voice.merged_into is None else ():
                rank = ranks.get((place, voice.number), float(voice.number))
                yield {"number": voice.number, "place": place, "rank": rank}

    def _contests(self) -> Iterator[dict[str, Any]]:
        for voice in self.told.voices:
            for one in voice.disagreements:
                yield {
                    "number": voice.number,
                    "place": one.place,
                    "text_id": self._word(str(voice.number), "contest", one.text),
                    "is_answered": one.is_answered,
                    "answer_id": self._word(str(voice.number), "contest answer", one.answer),
                }

    def _proposals(self) -> Iterator[dict[str, Any]]:
        for number, one in enumerate(self.told.names, start=1):
            yield {
                "number": number,
                "theme": one.theme,
                "actor_id": self.people[one.author or 0],
                "name_id": self._word(name_subject(number), "name", one.name or ""),
                "state": one.state,
                "touched": 1,
            }

    def _passages(self) -> Iterator[dict[str, Any]]:
        for part, text in self.told.own.items():
            wording = self._word(passage_subject(part), "text", text)
            yield {"part": Part(part), "wording_id": wording, "touched": 1}

    def _answers(self) -> Iterator[dict[str, Any]]:
        for theme in self.told.themes:
            if one := theme.answer:
                subject = answer_subject(theme.place)
                yield {
                    "theme": theme.place,
                    "outcome": one.outcome,
                    "text_id": self._word(subject, "text", one.text or None),
                    "owner_id": self._word(subject, "owner", one.owner or None),
                    "day": one.day.isoformat() if one.day else "",
                    "review_day": one.review_day.isoformat() if one.review_day else "",
                    "touched": 1,
                }

    def _votes(self) -> Iterator[dict[str, Any]]:
        """Those that were closed: what was given in one that was open is in no file."""
        for one in self.told.votes:
            question = self._word(vote_subject(one.number), "question", one.question)
            asked = {"number": one.number, "question_id": question, "dots": one.dots, "touched": 1}
            yield {**asked, "state": Ballot.CLOSED, "voters": one.voters, "hands": one.hands}

    def _choices(self) -> Iterator[dict[str, Any]]:
        for vote in self.told.votes:
            for rank, one in enumerate(vote.result):
                card = int(one.choice) if one.choice.isdigit() else None
                counted = {"dots": one.dots, "by_hand": one.by_hand}
                yield {"vote": vote.number, "subject": one.choice, "card": card, "rank": rank, **counted}

    def _last_vote(self) -> int:
        """No number is used again, be it that of a vote that was taken away."""
        asked = [one for step in self.told.log for one in step.subjects if one.startswith("vote ")]
        return max([0, *(int(one.split()[1]) for one in asked), *(one.number for one in self.told.votes)])

    def _agreements(self) -> Iterator[dict[str, Any]]:
        """Who agreed is not in the file, so some who are nobody do."""
        most = max((voice.agreements for voice in self.told.voices), default=0)
        if most > MOST:
            raise Refused(_CONTRADICTS)
        crowd = [new_actor(self.organiser.session_id).actor_id for _one in range(most)]
        self._put(actors, ({"id": id_, "created_at": self.settings.created_at} for id_ in crowd))
        for voice in self.told.voices:
            yield from ({"number": voice.number, "actor_id": id_} for id_ in crowd[: voice.agreements])

    def _log(self) -> Iterator[dict[str, Any]]:
        for step in self.told.log:
            yield {
                "seq": step.seq,
                "mark": secrets.token_hex(4),
                "at": _milliseconds(step.at),
                "actor_id": self.people[step.person or 0],
                "action": step.action,
                "undoes": step.undoes,
                "subjects": step.subjects,
                "detail": {name: _with_ranks(name, pair) for name, pair in step.facts.items()},
                "key": new_key(),
                "digest": b"",
            }

    def _thread(self) -> Iterator[dict[str, Any]]:
        """What it grew from, as it was called: the file does not say which session that is here."""
        if told := self.told.grew_from:
            named = self._word(THREAD, "name", told.name or None)
            yield {"of_session": 0, "theme": told.theme, "name_id": named, "voices": told.voices}

    def _say_what_it_is(self) -> None:
        """The session's own row, its head where the log ends."""
        of, settings = changes.c, self.settings
        head = len(self.told.log)
        newest = of.session_id == self.organiser.session_id, of.seq == head
        mark = self.db.execute(select(of.mark).where(*newest)).scalar_one()
        said = {
            "hold": settings.hold,
            "asks_names": settings.asks_names,
            "all_sort": settings.all_sort,
            "longest": settings.longest,
            "gathers": settings.gathers,
            "distance": settings.distance,
            "ground": settings.ground,
            "join_panel": settings.join_panel,
            "zone": settings.zone,
            "is_open": self.told.is_open,
            "opens_at": settings.opens_at,
            "closes_at": settings.closes_at,
            "created_at": settings.created_at,
            "last_number": settings.last_number,
            "last_letter": settings.last_letter,
            "last_prompt": len(self.told.prompts),
            "last_vote": self._last_vote(),
            "head": head,
            "touched": head,
            "mark": mark,
        }
        mine = sessions.c.id == self.organiser.session_id
        self.db.execute(update(sessions).where(mine).values(**said))


def _with_ranks(facet: str, pair: list[Any]) -> list[Any]:
    return [[[place, 0.0] for place in one] for one in pair] if facet.endswith(".places") else pair


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp()) * 1000
