"""Reads the facts of a summary: the same for every format.

Every publishable contribution is in it, in its own words and with its number. In the public
document a card that must not be quoted is counted, and its words are not there.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from app.models import LONE, PARKED, UNSORTED, Carrier, Status
from app.queries.answers import AnswerRow, answers_given
from app.queries.cards import Card, cards_where
from app.queries.sessions import all_prompts
from app.queries.themes import ThemeRow, all_themes, numbers_in, standing_themes
from app.queries.threads import Strand, grown_from, origin
from app.queries.votes import ChoiceRow, VoteRow, standing_votes
from app.summaries import history
from app.summaries.making import making
from app.summaries.tree import (
    Answer,
    Counted,
    Disagreement,
    Document,
    Growth,
    Section,
    Settings,
    Voice,
    Vote,
)


class _Reading(NamedTuple):
    """What is read once, and looked at from many sides."""

    db: Connection
    live_session: Row[Any]
    is_restricted: bool
    cards: list[Card]
    people: history.People

    @property
    def visible(self) -> list[Card]:
        return [card for card in self.cards if card.is_visible]

    @property
    def spoken(self) -> list[Card]:
        """What was said in this session, and not brought along from another."""
        return [card for card in self.visible if card.carrier != Carrier.EARLIER]


def build(db: Connection, live_session: Row[Any], now: int, *, is_restricted: bool = False) -> Document:
    """The summary as things are now."""
    cards = cards_where(db, live_session.id)
    people = history.people(db, live_session.id)
    read = _Reading(db, live_session, is_restricted, cards, people)
    visible = read.visible
    return Document(
        code=live_session.code,
        title=live_session.title,
        purpose=live_session.purpose,
        language=live_session.language,
        second_language=live_session.second_language,
        is_open=live_session.is_open,
        is_restricted=is_restricted,
        made_at=_moment(now),
        prompts=[row.text for row in all_prompts(db, live_session.id)],
        **_sections(read),
        kinds=_kinds(visible),
        count=len(visible),
        authors=len({card.author_id for card in read.spoken}),
        merged=sum(not card.stands for card in visible),
        runs_it=live_session.runs_it,
        notice=live_session.notice,
        kept_until=live_session.kept_until,
        **_days(read.spoken),
        unpublished=_unpublished(cards),
        **_history(read),
        settings=_settings(read) if is_restricted else None,
        votes=_votes(read),
        **_threads(read),
        brought=len(visible) - len(read.spoken),
    )


def _sections(read: _Reading) -> dict[str, Any]:
    themes = standing_themes(read.db, read.live_session.id)
    inside = numbers_in(read.db, read.live_session.id, themes)
    by_number = {card.number: card for card in read.visible}
    answers = answers_given(read.db, read.live_session.id)

    def theme(row: ThemeRow) -> Section:
        here = _section(read, row.letter, row.name, [by_number[number] for number in inside[row.letter]])
        own = row.colour if read.is_restricted else None
        told = replace(here, colour=row.tint, description=row.description, own_colour=own)
        return replace(told, answer=answer_of(answers.get(row.letter)))

    def aside(place: str) -> Section:
        return _section(read, place, "", [c for c in read.visible if c.stands and _is_in(c, place)])

    found: dict[str, Any] = {place: aside(place) for place in (LONE, UNSORTED, PARKED)}
    unseen = [_voice(read, card) for card in read.cards if card.status in _UNSEEN]
    found["unseen"] = Section("unseen", "", unseen) if read.is_restricted else None
    return {"themes": [theme(row) for row in themes], **found}


def answer_of(row: AnswerRow | None) -> Answer | None:
    """What is answered, as documents tell it."""
    if row is None or row.is_blank:
        return None
    return Answer(row.outcome, row.text, row.owner, row.day, row.review_day)


_UNSEEN = (Status.HELD, Status.HIDDEN)


def _section(read: _Reading, place: str, name: str, inside: list[Card]) -> Section:
    groups = [[one for one in _said_alike(card) if read.is_restricted or one.quotable] for card in inside]
    unquoted = sum(card.said for card in inside) - sum(map(len, groups))
    return Section(place, name, [_voices(read, group) for group in groups if group], unquoted)


def _is_in(card: Card, place: str) -> bool:
    return [at for at, _ in card.places] == ([] if place == UNSORTED else [place])


def _said_alike(card: Card) -> list[Card]:
    """A card and what was merged into it: where it stands, they all do."""
    return [card, *(one._replace(places=card.places) for one in card.originals)]


def _voices(read: _Reading, alike: list[Card]) -> Voice:
    first, *others = alike
    return _voice(read, first, [_voice(read, one) for one in others])


def _voice(read: _Reading, card: Card, originals: Sequence[Voice] = ()) -> Voice:
    tells = read.is_restricted
    return Voice(
        number=card.number,
        text=card.text,
        kind=card.kind,
        prompt=card.prompt,
        name=card.name,
        agreements=card.agreements,
        quotable=card.quotable,
        status=card.status,
        places=[place for place, _ in card.places],
        carrier=card.carrier if tells else "",
        said_at=_moment(card.created_at) if tells else _day(card.created_at),
        merged_into=card.merged_into,
        disagreements=[
            Disagreement(
                one.place, one.text if one.is_answered or tells else None, one.answer, one.is_answered
            )
            for one in card.contests
        ],
        originals=[*originals],
        is_answered=card.is_answered,
        answer=card.answer,
        author=read.people.number(card.author_id) if tells else None,
        table=card.table,
        is_paraphrased=card.is_paraphrased,
    )


def _votes(read: _Reading) -> list[Vote]:
    """Words that must not be quoted are not there in a vote either: the number tells."""
    unquoted = {str(card.number) for card in read.visible if not (read.is_restricted or card.quotable)}

    def counted(one: ChoiceRow) -> Counted:
        return Counted(one.subject, "" if one.subject in unquoted else one.words, one.dots, one.by_hand)

    def vote(row: VoteRow) -> Vote:
        result = [counted(one) for one in row.choices]
        return Vote(row.number, row.question, row.dots, row.voters, row.hands, result)

    standing = standing_votes(read.db, read.live_session)
    return [vote(row) for row in reversed(standing) if row.is_closed]


def _threads(read: _Reading) -> dict[str, Any]:
    def growth(strand: Strand, title: str | None) -> Growth:
        return Growth(strand.letter, strand.name, strand.voices, _day(strand.at), title)

    before = origin(read.db, read.live_session.id)
    after = grown_from(read.db, read.live_session.id)
    return {
        "grew_from": growth(before, before.earlier_title) if before else None,
        "grown": [growth(strand, strand.title) for strand in after],
    }


def _kinds(cards: list[Card]) -> dict[str, int]:
    counted = {"question": 0, "statement": 0, "idea": 0, "": 0}
    for card in cards:
        counted[card.kind or ""] += 1
    return counted


def _unpublished(cards: list[Card]) -> dict[str, int]:
    return {
        status.value: sum(card.status == status for card in cards)
        for status in (Status.HELD, Status.HIDDEN, Status.WITHDRAWN)
    }


def _days(visible: list[Card]) -> dict[str, Any]:
    said = [card.created_at for card in visible]
    return {"first_at": _day(min(said)), "last_at": _day(max(said))} if said else {}


def _history(read: _Reading) -> dict[str, Any]:
    log = history.log(read.db, read.live_session.id, read.people)
    names = history.names(read.db, read.live_session.id, read.people)
    themes = all_themes(read.db, read.live_session.id)
    played = making(read.cards, themes, log, is_open=not read.is_restricted)
    told = {"sorters": history.sorters(log), "log": log, "names": names, "making": played}
    told |= {"changed_at": history.changed(log)}
    if not read.is_restricted:
        told |= {
            "log": history.open_to_all(log),
            "names": [replace(n, name=None, author=None) for n in names],
        }
    return {
        **told,
        "own": history.own_words(read.db, read.live_session.id),
        "ways": history.ways(read.spoken, read.people, is_exact=read.is_restricted),
        "timeline": history.timeline([card.created_at for card in read.spoken], is_exact=read.is_restricted),
    }


def _settings(read: _Reading) -> Settings:
    row = read.live_session
    return Settings(
        hold=row.hold,
        asks_names=row.asks_names,
        all_sort=row.all_sort,
        longest=row.longest,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        created_at=row.created_at,
        last_number=row.last_number,
        last_letter=row.last_letter,
        prompts_open=[one.is_open for one in all_prompts(read.db, row.id)],
        people=read.people.roles,
        concerns_to=row.concerns_to,
        suggests=row.suggests,
        gathers=row.gathers,
        distance=row.distance,
        ground=row.ground,
        join_panel=row.join_panel,
        zone=row.zone,
    )


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat()


def _day(milliseconds: int) -> str:
    return _moment(milliseconds)[:10]
