"""What has changed for an audience since a seq."""

import json
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, select

from app.flags import SHIPPED, Flags
from app.models import changes
from app.prepared import Prepared
from app.queries.cards import ALL, Card, cards_since, own_cards
from app.queries.gathered import Standstill, stood_at
from app.queries.sessions import all_prompts, concerns_told
from app.queries.themes import ThemeRow, all_themes, numbers_in, proposed_names
from app.queries.votes import votes_since
from app.screens import fragments, objects, shapes
from app.screens.audience import HEARING, Audience, Screen
from app.screens.delta import Delta
from app.screens.own import Own, by_person

MOST = 500
"""Touched cards above which a page is told to load itself anew: that is shorter."""

PAGES_A_SECOND = 100
"""How many pages a server makes beside all else; with nothing else it makes twice as many. A hall that is
told to load them asks for so many."""


@dataclass(slots=True)
class Update:
    """What brings a screen of this audience from seq `since` to `head`. Values are absolute, so
    an update does no harm to a screen that has some of it already."""

    audience: Audience
    live_session: Row[Any]
    since: str
    head: str
    message: shapes.Frame | dict[str, Any] | None
    """What the frame says; None where nothing changed that this audience sees."""
    own: dict[str, Own] = field(default_factory=dict)
    """What was touched of each person's own: their frame tells of it too."""
    frame: str | None = field(init=False)
    """The frame for everybody in the audience."""

    def __post_init__(self) -> None:
        self.frame = None if self.message is None else json.dumps(self.message, ensure_ascii=False)

    def frame_for(self, actor_id: str) -> str | None:
        """The frame for one actor: the same, with the state of what is their own."""
        own = self.own.get(actor_id)
        if not own:
            return self.frame
        if self.audience.screen == Screen.JSON:
            frame = cast(shapes.Frame, self.message)
            return json.dumps(objects.with_own(frame, own.cards), ensure_ascii=False)
        language = fragments.speech(self.audience, self.live_session)
        return fragments.with_own(self.frame, self.head, own, language)


class Snapshot:
    """One moment of a session, as the caller's transaction sees it. What changed since a seq is
    read once for all audiences that ask."""

    def __init__(self, db: Connection, live_session: Row[Any], flags: Flags = SHIPPED) -> None:
        self._db = db
        self._live_session = live_session
        self._flags = flags
        self._deltas: dict[tuple[int, bool, bool, bool, bool], Delta] = {}
        self._cursors: dict[int, str] = {}
        self._wall = Standstill(db, live_session)

    def update(self, audience: Audience, since: int, crowd: int = 1) -> Update:
        """Everything that changed after seq `since` for an audience. `since` 0 means from nothing. A
        page always brings a cursor, so one that comes to nothing was given out by a database that
        is no more: its reader is told that the board was restored. `crowd` is how many will read it."""
        live_session, before = self._live_session, self._cursor_at(since)
        is_old = since < live_session.anew_at or not since
        if is_old and audience.screen != Screen.JSON:
            return _anew(live_session, audience, before, crowd)
        delta, head = self._delta(audience, since), cursor(live_session)
        if audience.screen == Screen.JSON:
            message: shapes.Frame | dict[str, Any] | None = objects.message(delta, audience, before, head)
        elif len(delta.cards) > MOST:
            return _anew(live_session, audience, before, crowd)
        elif delta.is_empty:
            message = None
        else:
            message = fragments.message(self._db, delta, audience, head)
        own = {} if _is_alike_for_all(audience) else by_person(self._db, delta, audience)
        return Update(audience, live_session, before, head, message, own)

    def _delta(self, audience: Audience, since: int) -> Delta:
        is_program = audience.screen == Screen.JSON
        is_projector, hears = audience.screen == Screen.PROJECTOR, audience.screen in HEARING
        asked = since, is_projector, is_program, is_program and audience.sorts, hears
        if asked not in self._deltas:
            self._deltas[asked] = _delta(
                self._db, self._live_session, audience, since, self._flags, self._wall
            )
        return self._deltas[asked]

    def _cursor_at(self, seq: int) -> str:
        if seq not in self._cursors:
            self._cursors[seq] = _cursor_at(self._db, self._live_session.id, seq)
        return self._cursors[seq]


def update(
    db: Connection, live_session: Row[Any], audience: Audience, since: int, flags: Flags = SHIPPED
) -> Update:
    """The same for one audience alone."""
    return Snapshot(db, live_session, flags).update(audience, since)


def board(db: Connection, live_session: Row[Any], audience: Audience, actor_id: str) -> shapes.Board:
    """The whole session as objects, for a program that will follow it from `head` on."""
    everything = _delta(db, live_session, audience, 0, SHIPPED, Standstill(db, live_session))
    whole = objects.board(everything, audience, cursor(live_session))
    if not audience.sorts:
        own = own_cards(db, live_session.id, actor_id)
        whole["contributions"] = objects.with_unseen(whole["contributions"], own)
    return whole


def heartbeat(audience: Audience, head: str) -> str:
    """A frame that says: still here, and you have everything."""
    if audience.screen == Screen.JSON:
        return json.dumps(objects.nothing(head))
    return json.dumps({"head": head})


def cursor(live_session: Row[Any]) -> str:
    """Where a screen is that shows this session as it stands: `seq.mark`."""
    return f"{live_session.head}.{live_session.mark}"


def known_seq(db: Connection, session_id: int, text: str) -> int:
    """The seq of a cursor; 0, from nothing, when this database never gave it out. A restored
    copy may have other changes under the same numbers, which the mark tells apart."""
    seq, _, mark = text.partition(".")
    if not seq.isascii() or not seq.isdigit() or len(seq) > 15:
        return 0
    return int(seq) if _cursor_at(db, session_id, int(seq)) == f"{seq}.{mark}" else 0


def _anew(live_session: Row[Any], audience: Audience, before: str, crowd: int) -> Update:
    """Each page asks at a moment of its own `within` so many seconds."""
    head = cursor(live_session)
    message = {"head": head, "anew": True} | ({} if before else {"restored": True})
    if crowd > PAGES_A_SECOND:
        message["within"] = crowd // PAGES_A_SECOND
    return Update(audience, live_session, before, head, message)


def _delta(
    db: Connection, live_session: Row[Any], audience: Audience, since: int, flags: Flags, wall: Standstill
) -> Delta:
    """Programs are told everything, pages at most a little more than they take."""
    is_program = audience.screen == Screen.JSON
    most = ALL if is_program else MOST + 1
    if audience.screen == Screen.PROJECTOR:
        cards, themes = _still(db, live_session, since, most, wall)
    else:
        cards, themes = cards_since(db, live_session.id, since, most), all_themes(db, live_session.id, since)
    return Delta(
        live_session,
        since,
        cards,
        themes,
        all_prompts(db, live_session.id, since),
        numbers_in(db, live_session.id, themes) if is_program else {},
        proposed_names(db, live_session.id) if is_program and audience.sorts else {},
        flags,
        votes_since(db, live_session, since),
        concerns_told(db, live_session.id, since) if audience.screen in HEARING else [],
        wall,
    )


def _still(
    db: Connection, live_session: Row[Any], since: int, most: int, wall: Standstill
) -> tuple[list[Card], list[ThemeRow]]:
    """What the big screen shows otherwise than at seq `since`: cards and themes as they stand there."""
    since = stood_at(db, live_session, since)
    touched = cards_since(db, live_session.id, since, most)
    if len(touched) > MOST:
        return touched, []
    letters = wall.letters(touched)
    themes = all_themes(db, live_session.id, since)
    themes += [row for row in all_themes(db, live_session.id) if letters and row.letter in letters]
    return wall.cards(touched), wall.themes({row.letter: row for row in themes}.values())


def _cursor_at(db: Connection, session_id: int, seq: int) -> str:
    mark = _MARK.scalar(db, {"session": session_id, "seq": seq})
    return f"{seq}.{mark}" if mark else ""


def _is_alike_for_all(audience: Audience) -> bool:
    return audience.screen not in (Screen.PHONE, Screen.JSON) or audience.sorts


_MARK = Prepared(
    select(changes.c.mark).where(
        changes.c.session_id == bindparam("session"), changes.c.seq == bindparam("seq")
    )
)
