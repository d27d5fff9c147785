"""One actor's turn: what an action may read, and the only way it writes.

A facet is one thing about one subject: `17.places`, `17.status`, `B.name_id`, `B.rank`. An action
changes facets; the turn notes what each was before and after. That note is the change's detail,
and undoing a change means no more than giving its facets what they were before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from app.flags import SHIPPED, Flags
from app.forms.reading import Refused
from app.ledger import Entry
from app.locales import Sentence, _
from app.models import (
    ASIDE,
    Ballot,
    Carrier,
    Role,
    Status,
    answers,
    choices,
    concerns,
    contests,
    contributions,
    passages,
    placements,
    prompts,
    proposals,
    sessions,
    themes,
    votes,
    wordings,
)
from app.prepared import Prepared
from app.roles import sorts

SESSION = "session"

Places = list[tuple[str, float]]
"""Where a card stands: [("B", 2.0), …]; nothing means unsorted."""


Contests = list[list[Any]]
"""What a card's author objected to: [place, wording or None, is answered, wording or None], …"""


def name_subject(number: int) -> str:
    """The subject that a proposed name is in the log."""
    return f"name {number}"


def concern_subject(number: int) -> str:
    """The subject that a concern is in the log."""
    return f"concern {number}"


def prompt_subject(number: int) -> str:
    """The subject that a prompt is in the log."""
    return f"prompt {number}"


def passage_subject(part: str) -> str:
    """The subject that a part of the summary is in the log."""
    return f"summary {part}"


def vote_subject(number: int) -> str:
    """The subject that a vote is in the log."""
    return f"vote {number}"


@dataclass(slots=True)
class Turn:
    """`seq` is the seq that this turn's change will have. `live_session` is its row as it stood
    when the turn began, with this seq as its head, and as its last number the one that a new card
    of this turn has."""

    db: Connection
    live_session: Row[Any]
    actor_id: str
    role: Role
    now: int
    seq: int
    carrier: Carrier = Carrier.PHONE
    flags: Flags = SHIPPED
    undoes: int | None = None
    subjects: list[str] = field(default_factory=list)
    detail: dict[str, list[Any]] = field(default_factory=dict)
    gone: list[Entry] = field(default_factory=list)
    """What no backup may bring back. The writer notes it in the ledger before its commit."""

    @property
    def session_id(self) -> int:
        """The session this turn is taken in."""
        return int(self.live_session.id)

    # Reading

    def contribution(self, number: int) -> Row[Any]:
        """The contribution with this number. Refuses when there is none."""
        missing = _("There is no card %(number)s.", number=number)
        return self._row(contributions, missing, contributions.c.number == number)

    def theme(self, letter: str) -> Row[Any]:
        """The theme with this letter. Refuses when there is none, or it was removed."""
        there = themes.c.letter == letter, themes.c.is_removed.is_(False)
        return self._row(themes, _("There is no theme %(letter)s.", letter=letter), *there)

    def prompt(self, number: int) -> Row[Any]:
        """The prompt with this number. Refuses when there is none."""
        missing = _("There is no prompt %(number)s.", number=number)
        return self._row(prompts, missing, prompts.c.number == number)

    def places(self, number: int) -> Places:
        """Where a card stands now, in a steady order."""
        found = self.db.execute(
            select(placements.c.place, placements.c.rank)
            .where(placements.c.session_id == self.session_id, placements.c.number == number)
            .order_by(placements.c.place)
        )
        return [(place, rank) for place, rank in found]

    def numbers_in(self, place: str) -> list[int]:
        """The cards in a theme or aside, in their order."""
        return list(
            self.db.scalars(
                select(placements.c.number)
                .where(placements.c.session_id == self.session_id, placements.c.place == place)
                .order_by(placements.c.rank, placements.c.number)
            )
        )

    def merged_into(self, number: int) -> list[int]:
        """The cards that this one stands for, by number, whoever may see them."""
        mine = contributions.c.session_id == self.session_id, contributions.c.merged_into == number
        return list(self.db.scalars(select(contributions.c.number).where(*mine).order_by("number")))

    def contests(self, number: int) -> Contests:
        """The places that a card's author objected to, in a steady order."""
        found = self.db.execute(
            select(contests.c.place, contests.c.text_id, contests.c.is_answered, contests.c.answer_id)
            .where(contests.c.session_id == self.session_id, contests.c.number == number)
            .order_by(contests.c.place)
        )
        return [[*row] for row in found]

    def proposal(self, number: int) -> Row[Any]:
        """The proposed name with this number. Refuses when there is none."""
        return self._row(proposals, _("There is no such name."), proposals.c.number == number)

    def concern(self, number: int) -> Row[Any]:
        """The concern with this number. Refuses when there is none."""
        return self._row(concerns, _("There is no such message."), concerns.c.number == number)

    def vote(self, number: int) -> Row[Any]:
        """The vote with this number. Refuses when there is none, or it was taken away."""
        there = votes.c.number == number, votes.c.state != Ballot.DROPPED
        return self._row(votes, _("There is no such vote."), *there)

    def require_open(self) -> None:
        """Refuses while the session is closed, but for those who sort."""
        if not self.live_session.is_open and not sorts(self.role):
            raise Refused(_("The session is closed."))

    def _row(self, table: Table, missing: Sentence, *where: ColumnElement[bool]) -> Row[Any]:
        here = table.c.session_id == self.session_id
        row = self.db.execute(select(table).where(here, *where)).first()
        if row is None:
            raise Refused(missing)
        return row

    # Writing

    def word(self, subject: str, facet: str, text: str) -> int:
        """Keep a text as a new wording of `subject`. Answers its id."""
        kept = {"session_id": self.session_id, "subject": subject, "facet": facet, "text": text}
        return int(_KEEP.scalar(self.db, kept))

    def speak_of(self, subject: str) -> None:
        """Note that this turn was about `subject`."""
        if subject not in self.subjects:
            self.subjects.append(subject)

    def change(self, subject: str, facet: str, after: Any) -> None:
        """Give a facet a new value, note it, and mark the row as touched."""
        before = self._value(subject, facet)
        self.speak_of(subject)
        if before == after:
            return
        noted = self.detail.setdefault(f"{subject}.{facet}", [before, after])
        noted[1] = after
        if facet == "places":
            self._put(int(subject), before, after)
        elif facet == "contests":
            self._object(int(subject), after)
        else:
            self._set(subject, {facet: after}, is_seen=facet != "quotable")
        if facet in _SEEN_IN_VOTES and self.live_session.last_vote:
            _TOUCH_VOTES.run(self.db, {"session": self.session_id, "of": subject, "seq": self.seq})
        if facet == "merged_into":
            self._touch_standing([before, after])
        elif subject.startswith("name "):
            self.touch_themes([self.proposal(int(subject.removeprefix("name "))).theme])
        elif subject.isdigit():
            _TOUCH_STANDING.run(
                self.db, {"session": self.session_id, "merged": int(subject), "seq": self.seq}
            )

    def _value(self, subject: str, facet: str) -> Any:
        if facet == "places":
            return self.places(int(subject))
        if facet == "contests":
            return self.contests(int(subject))
        table, where = _whose(self.session_id, subject)
        return self.db.scalar(select(table.c[facet]).where(*where))

    def _set(self, subject: str, values: dict[str, Any], *, is_seen: bool = True) -> None:
        """`is_seen` tells whether the room reads something else of a card now."""
        table, where = _whose(self.session_id, subject)
        if table is contributions and is_seen:
            values = {**values, "seen": self.seq}
        self.db.execute(update(table).where(*where).values(touched=self.seq, **values))

    def _put(self, number: int, before: Places, after: Places) -> None:
        mine = placements.c.session_id == self.session_id, placements.c.number == number
        self.db.execute(delete(placements).where(*mine))
        rows = [
            {"session_id": self.session_id, "number": number, "place": place, "rank": rank}
            for place, rank in after
        ]
        if rows:
            self.db.execute(insert(placements), rows)
        self._set(str(number), {"placed": bool(rows)}, is_seen=False)
        # What is merged into it has moved too, and its authors see that.
        _TOUCH_MERGED.run(self.db, {"session": self.session_id, "into": number, "seq": self.seq})
        self.touch_themes(place for place, _ in [*before, *after])

    def touch_themes(self, places: Iterable[str]) -> None:
        """Mark the themes among these places as touched."""
        letters = [place for place in set(places) if place not in ASIDE]
        if letters:
            self.db.execute(
                update(themes)
                .where(themes.c.session_id == self.session_id, themes.c.letter.in_(letters))
                .values(touched=self.seq)
            )

    def _object(self, number: int, after: Contests) -> None:
        mine = contests.c.session_id == self.session_id, contests.c.number == number
        self.db.execute(delete(contests).where(*mine))
        columns = ("place", "text_id", "is_answered", "answer_id")
        here = {"session_id": self.session_id, "number": number}
        rows = [here | dict(zip(columns, one, strict=True)) for one in after]
        if rows:
            self.db.execute(insert(contests), rows)
        self._set(str(number), {}, is_seen=False)

    def _touch_standing(self, numbers: Iterable[int | None]) -> None:
        """A card that stands for others shows them, and its themes count them."""
        for number in numbers:
            if number is not None:
                self._set(str(number), {})
                self.touch_themes(place for place, _ in self.places(number))

    def rewrite_session(self, said: dict[str, Any]) -> None:
        """Say anew what the session is. The log holds no words, so it notes only that this was
        done; pages load themselves anew."""
        self.speak_of(SESSION)
        self._set(SESSION, {**said, "anew_at": self.seq})

    def show(self, number: int, status: Status) -> None:
        """Change who sees a card, and note the moment it first becomes visible."""
        self.change(str(number), "status", status)
        if status == Status.VISIBLE:
            self.db.execute(
                update(contributions)
                .where(*_whose(self.session_id, str(number))[1], contributions.c.shown_at == 0)
                .values(shown_at=self.seq)
            )
        standing = self.contribution(number).merged_into or number
        self.touch_themes(place for place, _ in self.places(standing))

    def count_moves(self, number: int, times: dict[str, int]) -> None:
        """Keep how often a card was moved between which places. No undo takes that back."""
        self._set(str(number), {"moves": times}, is_seen=False)

    def last_rank(self, place: str) -> float:
        """The rank of the last card in a place; 0 when it is empty."""
        return float(
            self.db.scalar(
                select(func.max(placements.c.rank)).where(
                    placements.c.session_id == self.session_id, placements.c.place == place
                )
            )
            or 0.0
        )


_KEEP = Prepared(insert(wordings).returning(wordings.c.id))
_MERGED = contributions.alias("merged")
_TOUCH_STANDING = Prepared(
    update(contributions)
    .where(
        contributions.c.session_id == bindparam("session"),
        contributions.c.number
        == select(_MERGED.c.merged_into)
        .where(_MERGED.c.session_id == bindparam("session"), _MERGED.c.number == bindparam("merged"))
        .scalar_subquery(),
    )
    .values(touched=bindparam("seq"), seen=bindparam("seq"))
)
"""Whatever changes about a merged card shows on the one that stands for it."""

_TOUCH_MERGED = Prepared(
    update(contributions)
    .where(
        contributions.c.session_id == bindparam("session"), contributions.c.merged_into == bindparam("into")
    )
    .values(touched=bindparam("seq"))
)


_SEEN_IN_VOTES = ("wording_id", "status", "name_id", "is_removed", "colour")
_TOUCH_VOTES = Prepared(
    update(votes)
    .where(
        votes.c.session_id == bindparam("session"),
        votes.c.number.in_(
            select(choices.c.vote).where(
                choices.c.session_id == bindparam("session"), choices.c.subject == bindparam("of")
            )
        ),
    )
    .values(touched=bindparam("seq"))
)
"""A vote shows its choices as they are now, and none that may not be seen."""


def _whose(session_id: int, subject: str) -> tuple[Table, list[ColumnElement[bool]]]:
    if subject == SESSION:
        return sessions, [sessions.c.id == session_id]
    kind, _, rest = subject.partition(" ")
    if kind == "summary":
        return passages, [passages.c.session_id == session_id, passages.c.part == rest]
    if kind == "answer":
        return answers, [answers.c.session_id == session_id, answers.c.theme == rest]
    if rest:
        table = {"prompt": prompts, "name": proposals, "concern": concerns, "vote": votes}[kind]
        return table, [table.c.session_id == session_id, table.c.number == int(rest)]
    if kind.isdigit():
        return contributions, [
            contributions.c.session_id == session_id,
            contributions.c.number == int(kind),
        ]
    return themes, [themes.c.session_id == session_id, themes.c.letter == kind]
