"""What has changed for an audience since a seq."""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from app import queries
from app.flags import SHIPPED, Flags
from app.models import changes
from app.queries import Card
from app.screens import fragments, objects
from app.screens.audience import HEARING, Audience, Screen
from app.screens.delta import Delta

MOST = 500
"""Touched cards above which a page is told to load itself anew: that is shorter."""


@dataclass(slots=True)
class Update:
    """What brings a screen of this audience from seq `since` to `head`. Values are absolute, so
    an update does no harm to a screen that has some of it already."""

    audience: Audience
    live_session: Row[Any]
    since: str
    head: str
    message: dict[str, Any] | None
    """What the frame says; None where nothing changed that this audience sees."""
    own: dict[str, list[Card]] = field(default_factory=dict)
    """The touched cards by author, newest first: an author's frame tells of them too."""
    frame: str | None = field(init=False)
    """The frame for everybody in the audience."""

    def __post_init__(self) -> None:
        self.frame = None if self.message is None else json.dumps(self.message, ensure_ascii=False)

    def frame_for(self, actor_id: str) -> str | None:
        """The frame for one actor: the same, with the state of their own cards."""
        own = self.own.get(actor_id)
        if not own:
            return self.frame
        if self.audience.screen == Screen.JSON:
            return json.dumps(objects.with_own(self.message or {}, own), ensure_ascii=False)
        return fragments.with_own(self.frame, self.head, own, self.audience.language)


def update(
    db: Connection, live_session: Row[Any], audience: Audience, since: int, flags: Flags = SHIPPED
) -> Update:
    """Everything that changed after seq `since` for an audience, read in the caller's snapshot.
    `since` 0 means from nothing. A page always brings a cursor, so one that comes to nothing was
    given out by a database that is no more: its reader is told that the board was restored."""
    head = cursor(live_session)
    before = _cursor_at(db, live_session.id, since)
    is_old = since < live_session.anew_at or not since
    if is_old and audience.screen != Screen.JSON:
        return _anew(live_session, audience, before)
    delta = _delta(db, live_session, audience, since, flags)
    if audience.screen == Screen.JSON:
        message: dict[str, Any] | None = objects.message(delta, audience, before, head)
    elif len(delta.cards) > MOST:
        return _anew(live_session, audience, before)
    elif delta.is_empty:
        message = None
    else:
        message = fragments.message(db, delta, audience, head)
    own = {} if _is_alike_for_all(audience) else _by_author(delta.cards)
    return Update(audience, live_session, before, head, message, own)


def board(db: Connection, live_session: Row[Any], audience: Audience, actor_id: str) -> dict[str, Any]:
    """The whole session as objects, for a program that will follow it from `head` on."""
    whole = objects.board(_delta(db, live_session, audience, 0), audience, cursor(live_session))
    if not audience.sorts:
        own = queries.own_cards(db, live_session.id, actor_id)
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


def _anew(live_session: Row[Any], audience: Audience, before: str) -> Update:
    head = cursor(live_session)
    message = {"head": head, "anew": True} | ({} if before else {"restored": True})
    return Update(audience, live_session, before, head, message)


def _delta(
    db: Connection, live_session: Row[Any], audience: Audience, since: int, flags: Flags = SHIPPED
) -> Delta:
    """Programs are told everything, pages at most a little more than they take."""
    is_program = audience.screen == Screen.JSON
    most = queries.ALL if is_program else MOST + 1
    themes = queries.all_themes(db, live_session.id, since)
    return Delta(
        live_session,
        since,
        queries.cards_since(db, live_session.id, since, most),
        themes,
        queries.all_prompts(db, live_session.id, since),
        queries.numbers_in(db, live_session.id, themes) if is_program else {},
        queries.proposed_names(db, live_session.id) if is_program and audience.sorts else {},
        flags,
        queries.concerns_told(db, live_session.id, since) if audience.screen in HEARING else [],
    )


def _cursor_at(db: Connection, session_id: int, seq: int) -> str:
    mark = db.scalar(_MARK, {"session": session_id, "seq": seq})
    return f"{seq}.{mark}" if mark else ""


def _by_author(cards: list[Card]) -> dict[str, list[Card]]:
    by_author: dict[str, list[Card]] = {}
    for card in reversed(cards):
        by_author.setdefault(card.author_id, []).append(card)
    return by_author


def _is_alike_for_all(audience: Audience) -> bool:
    return audience.screen not in (Screen.PHONE, Screen.JSON) or audience.sorts


_MARK = select(changes.c.mark).where(
    changes.c.session_id == bindparam("session"), changes.c.seq == bindparam("seq")
)
