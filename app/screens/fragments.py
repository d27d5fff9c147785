"""The pieces of a page that an update carries.

A fragment's id says where it belongs: `B-17` is card 17 in the list `B`, `themes-B` is theme B in
the list `themes`; an id without a hyphen stands once on the page. A frame names the new whole of
each subject: any older fragment of the same subject goes.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row

from app.flags import Flag, Flags
from app.models import UNSORTED, Ballot, Status
from app.queries.cards import Card
from app.queries.counting import tally_of, voices_in
from app.queries.sessions import concerns_waiting
from app.queries.votes import open_vote, people_voted
from app.screens.audience import Audience, Screen
from app.screens.delta import Delta
from app.screens.own import Own
from app.templating import Speech, fragment
from app.tongues import room_of

CARD, THEME, SESSION = "contributions/_card.html", "themes/_theme.html", "sessions/_session.html"
CONCERN, VOTE = "concerns/_concern.html", "votes/_vote.html"
_OF_WALL = (Screen.PHONE, Screen.BOARD, Screen.WALL, Screen.PROJECTOR)


def message(db: Connection, delta: Delta, audience: Audience, head: str) -> dict[str, Any] | None:
    """The frame for a page."""
    content = list(_SCREENS[audience.screen](db, delta, speech(audience, delta.live_session)))
    gone = [str(card.number) for card in delta.cards if _is_gone(card, audience)]
    if audience.screen in _OF_WALL:
        gone += [row.letter for row in delta.themes if row.is_removed]
    gone += [f"v{row.number}" for row in delta.changed_votes if row.state == Ballot.DROPPED]
    gone += [f"b{row.number}" for row in delta.changed_votes if not row.is_open]
    if not content and not gone:
        return None
    said: dict[str, Any] = {"head": head, "gone": gone} if gone else {"head": head}
    return {**said, "content": "".join(content)}


def with_own(frame: str | None, head: str, own: Own, language: Speech) -> str:
    """The frame of a message, for one person: with the state of what is their own. It is added to
    the finished frame, at whose end the content stands: in a busy room there is one such frame
    for nearly everybody."""
    parts = [fragment(language, CARD, "own", card) for card in own.cards]
    parts += [fragment(language, THEME, "own_name", name) for name in own.names]
    parts += [fragment(language, VOTE, "own", ballot) for ballot in own.given]
    strip = json.dumps("".join(parts), ensure_ascii=False)
    return f"{frame[:-2]}{strip[1:]}}}" if frame else f'{{"head": "{head}", "content": {strip}}}'


def speech(audience: Audience, live_session: Row[Any]) -> Speech:
    """In which language this audience is told what people said in those of the room."""
    return Speech(audience.language, room_of(live_session))


def second_language(live_session: Row[Any]) -> str:
    """The language that stands beside the first on the big screen; empty for none."""
    return "".join(room_of(live_session)[1:])


def _is_gone(card: Card, audience: Audience) -> bool:
    """Only what this audience may have seen is gone: a number never shown is not spoken of. What
    was first shown after `since` counts too, for somebody later may share this update."""
    if audience.screen == Screen.CONCERNS:
        return False
    if audience.screen == Screen.QUEUE:
        return card.status not in (Status.HELD, Status.HIDDEN)
    return not card.stands and card.shown_at > 0


def _phone(db: Connection, delta: Delta, language: Speech) -> Iterator[str]:
    for row in delta.themes:
        if not row.is_removed:
            yield fragment(language, THEME, "on_phone", row)
    for card in delta.cards:
        # Where a card stands is not shown on others' phones, and most of what is done is sorting.
        if card.stands and card.seen > delta.since:
            yield fragment(language, CARD, "in_room", card)
    for prompt in delta.prompts:
        yield fragment(language, SESSION, "prompt_to_answer", prompt, False)
    yield from _votes(delta, language, "on_phone")
    if delta.changed_votes:
        yield fragment(language, VOTE, "now", open_vote(db, delta.live_session))
    yield from _state(delta, language)


def _board(db: Connection, delta: Delta, language: Speech) -> Iterator[str]:
    yield from _to_sort(db, delta, language, "on_board")
    if delta.votes:
        vote = open_vote(db, delta.live_session)
        people = people_voted(db, delta.live_session.id, vote.number) if vote else 0
        yield fragment(language, VOTE, "voting", vote, people)
    yield from _state(delta, language)
    yield from _gathered(delta, language, "letting_in")
    yield from _control(delta, language, "blanking")


def _wall(db: Connection, delta: Delta, language: Speech) -> Iterator[str]:
    yield from _to_sort(db, delta, language, "on_wall")
    yield from _state(delta, language)


def _to_sort(db: Connection, delta: Delta, language: Speech, macro: str) -> Iterator[str]:
    for row in delta.themes:
        if not row.is_removed:
            yield fragment(language, THEME, macro, row)
            yield fragment(language, THEME, "choice", row)
    yield from _placed(delta.cards, language, macro)
    if delta.cards:
        yield fragment(language, SESSION, "tally", tally_of(db, delta.live_session))


def _projector(db: Connection, delta: Delta, language: Speech) -> Iterator[str]:
    for row in delta.themes:
        if not row.is_removed:
            yield fragment(language, THEME, "on_projector", row)
    yield from _placed(delta.cards, language, "on_projector")
    if delta.cards:
        voices = voices_in(db, delta.live_session)
        yield fragment(language, SESSION, "voices", voices, second_language(delta.live_session))
    for prompt in delta.prompts:
        yield fragment(language, SESSION, "prompt_to_read", prompt)
    yield from _votes(delta, language, "on_projector")
    yield from _state(delta, language, second_language(delta.live_session))
    yield from _gathered(delta, language, "gathered")
    yield from _control(delta, language, "shown")


def _queue(db: Connection, delta: Delta, language: Speech) -> Iterator[str]:
    for card in delta.cards:
        if card.status in (Status.HELD, Status.HIDDEN):
            yield fragment(language, CARD, "in_queue", card, flag_of(card, delta.live_session, delta.flags))
    if delta.concerns:
        waiting = concerns_waiting(db, delta.live_session.id)
        yield fragment(language, CONCERN, "count", delta.live_session, waiting)
    yield from _control(delta, language, "blanking")


def _concerns(_db: Connection, delta: Delta, language: Speech) -> Iterator[str]:
    for row in delta.concerns:
        yield fragment(language, CONCERN, "told", row, delta.live_session)
    yield from _control(delta, language, "blanking")


def flag_of(card: Card, live_session: Row[Any], flags: Flags) -> Flag | None:
    """Why a card that waits should be looked at first, if its words say so."""
    if card.status != Status.HELD:
        return None
    return flags.find(f"{card.text}\n{card.name or ''}", live_session.language)


def _placed(cards: list[Card], language: Speech, macro: str) -> Iterator[str]:
    for card in cards:
        if card.stands:
            for place, rank in card.places or [(UNSORTED, card.number)]:
                yield fragment(language, CARD, macro, card, place, rank)


def _votes(delta: Delta, language: Speech, macro: str) -> Iterator[str]:
    for vote in delta.changed_votes:
        if vote.state != Ballot.DROPPED:
            yield fragment(language, VOTE, macro, vote)


def _state(delta: Delta, language: Speech, second: str = "") -> Iterator[str]:
    if delta.session_touched:
        yield fragment(language, SESSION, "state", delta.live_session, second)


def _gathered(delta: Delta, language: Speech, macro: str) -> Iterator[str]:
    if delta.wall and (delta.cards or delta.session_touched):
        yield fragment(language, SESSION, macro, delta.wall.gathered)


def _control(delta: Delta, language: Speech, macro: str) -> Iterator[str]:
    if delta.session_touched:
        yield fragment(language, SESSION, macro, delta.live_session)


_SCREENS = {
    Screen.PHONE: _phone,
    Screen.BOARD: _board,
    Screen.WALL: _wall,
    Screen.PROJECTOR: _projector,
    Screen.QUEUE: _queue,
    Screen.CONCERNS: _concerns,
}
