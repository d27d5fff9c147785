"""Taking back, erasing, and deleting a session whole.

Whatever goes is noted in the ledger first (`app.ledger` says why). The writer does that for what a
turn lists in `gone`, before its commit.
"""

from typing import Any

from sqlalchemy import Connection, Row, String, cast, update

from app.actions import contributions as contributions_
from app.actions import merging
from app.actions import sessions as sessions_
from app.actions.turn import Turn
from app.forms.cards import OneCard
from app.forms.reading import Refused
from app.ledger import Deed, Entry, Ledger
from app.locales import _
from app.models import Status, changes, wordings


def withdraw(turn: Turn, form: OneCard) -> None:
    """Take one's own contribution back, also once the session is over: what was said may be published
    weeks later. Its number stays its own."""
    take_back(turn, contributions_.kept_card(turn, form.number))


def erase(turn: Turn, form: OneCard) -> None:
    """Let nothing stay of the words of a card of one's own that was taken back, and of all that was
    ever said with it; nor of the digests by which another try is known. Also once the session is over."""
    card = turn.contribution(form.number)
    contributions_.require_author(turn, card)
    if card.status != Status.WITHDRAWN:
        raise Refused(_("Please take this card back first."))
    wipe(turn, card)


def take_back(turn: Turn, card: Row[Any]) -> None:
    """Let nobody see a card any more."""
    merging.show(turn, card.number, Status.WITHDRAWN)
    turn.gone.append(_entry(turn, Deed.WITHDRAWN, card))


def wipe(turn: Turn, card: Row[Any]) -> None:
    """Blank every word of a card, and what could confirm a guess at them."""
    subject = str(card.number)
    said = wordings.c.session_id == turn.session_id, wordings.c.subject == subject
    turn.db.execute(update(wordings).where(*said).values(text=""))
    spoken = cast(changes.c.subjects, String).like(f'%"{subject}"%')
    mine = changes.c.session_id == turn.session_id, changes.c.actor_id == turn.actor_id
    turn.db.execute(update(changes).where(*mine, spoken).values(digest=b""))
    turn.change(subject, "wording_id", turn.word(subject, "text", ""))
    turn.gone.append(_entry(turn, Deed.ERASED, card))


def _entry(turn: Turn, deed: Deed, card: Row[Any]) -> Entry:
    return Entry(turn.now, deed, turn.session_id, card.number, card.created_at)


def delete_session(db: Connection, ledger: Ledger, now: int, session_id: int) -> None:
    """Delete a session whole, and let no backup bring it back."""
    ledger.note([Entry(now, Deed.DELETED, session_id)])
    sessions_.delete(db, session_id)
