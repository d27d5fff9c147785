"""A vote counts what each person last gave, exactly, and tells nobody before it is closed."""

import asyncio
import json
import random
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from app import restoring
from app.database import reading
from app.forms.reading import Refused, parse
from app.live.receipt import Receipt
from app.models import Role
from app.passes import new_key, spoken_code
from app.queries.sessions import session_by_id
from app.queries.votes import VoteRow, standing_votes
from app.roles import Pass
from app.screens import Screen
from app.summaries import WRITERS, build
from app.summaries.json import read_json
from tests.conftest import NOW, Room
from tests.screens import Viewer

pytestmark = pytest.mark.anyio


async def ask(room: Room, **fields: Any) -> None:
    said = {"question": "What first?", "themes": ["A", "B"], **fields}
    await room.do(room.organiser, "open_vote", **said)


async def give(room: Room, who: Pass, **dots: int) -> Receipt:
    return await room.do(who, "vote", vote=1, dots=dots)


def vote(room: Room) -> VoteRow:
    with reading(room.house.engine) as db:
        live_session = session_by_id(db, room.session_id)
        assert live_session is not None
        return standing_votes(db, live_session)[0]


def counted(room: Room) -> dict[str, int]:
    return {one.subject: one.dots for one in vote(room).choices}


@pytest.mark.every_database
async def test_the_last_ballot_of_each_person_counts(room: Room) -> None:
    me, friend = room.participant(), room.participant()
    await ask(room)
    await give(room, me, A=3)
    await give(room, friend, A=1, B=1)
    await give(room, me, B=2)
    await room.do(room.organiser, "close_vote", vote=1)
    assert (counted(room), vote(room).voters) == ({"B": 3, "A": 1}, 2)


async def test_dots_taken_back_are_no_vote(room: Room) -> None:
    me = room.participant()
    await ask(room)
    await give(room, room.participant(), A=1)
    await give(room, me, B=3)
    await give(room, me)
    await room.do(room.organiser, "close_vote", vote=1)
    assert (counted(room), vote(room).voters) == ({"A": 1, "B": 0}, 1)


REFUSED = [
    ({"A": 2, "B": 2}, "You have 3 dots. Please give no more."),
    ({"C": 1}, "C is not part of this vote."),
    ({"1": 1}, "1 is not part of this vote."),
]


@pytest.mark.parametrize(("dots", "reason"), REFUSED)
async def test_what_goes_beyond_the_vote_is_refused(room: Room, dots: dict[str, int], reason: str) -> None:
    await ask(room)
    receipt = await room.act(room.participant(), "vote", vote=1, dots=dots)
    assert receipt.reason == reason


async def test_nobody_gives_less_than_nothing(room: Room) -> None:
    await ask(room)
    with pytest.raises(Refused, match="The field “A” is not right"):
        await give(room, room.participant(), A=-1, B=4)


async def test_a_form_gives_a_field_for_each_choice(room: Room) -> None:
    await ask(room)
    said = {"action": "vote", "key": new_key(), "vote": "1", "dots-A": "2", "dots-B": ""}
    assert (await room.house.writer.perform(parse(said), room.participant())).status == "saved"
    await room.do(room.organiser, "close_vote", vote=1)
    assert counted(room) == {"A": 2, "B": 0}


@pytest.mark.every_database
async def test_a_closed_vote_takes_nothing_and_stays_closed(room: Room) -> None:
    me = room.participant()
    await ask(room)
    first = {"action": "vote", "key": new_key(), "vote": 1, "dots": {"A": 1}}
    saved = await room.house.writer.perform(parse(first), me)
    await room.do(room.organiser, "close_vote", vote=1)
    assert (await room.act(me, "vote", vote=1, dots={"B": 1})).reason == "This vote is closed."
    assert (await room.act(room.organiser, "close_vote", vote=1)).reason == "This vote is closed."
    refused = await room.act(room.organiser, "undo")
    assert refused.reason == "There is nothing of yours to undo."
    assert await room.house.writer.perform(parse(first), me) == saved, "a retry gets its receipt"
    assert counted(room) == {"A": 1, "B": 0}


async def test_a_vote_that_was_taken_away_was_never_counted(room: Room) -> None:
    await ask(room)
    await give(room, room.participant(), A=1)
    await room.do(room.organiser, "drop_vote", vote=1)
    with reading(room.house.engine) as db:
        live_session = session_by_id(db, room.session_id)
        assert live_session is not None
        assert standing_votes(db, live_session) == []
    await ask(room)


async def test_one_vote_is_open_at_a_time_and_about_something(room: Room) -> None:
    few = await room.act(room.organiser, "open_vote", question="What first?", themes=["A"])
    assert few.reason == "Please choose at least two things to vote on."
    await ask(room)
    second = await room.act(room.organiser, "open_vote", question="And?", themes=["A", "B"])
    assert second.reason == "Another vote is open. Please close it first."
    empty = await room.act(room.organiser, "close_vote", vote=1)
    assert empty.reason == "Nobody has voted yet. You can take the vote away."


async def test_a_session_that_is_closed_can_still_vote(room: Room) -> None:
    await ask(room)
    await room.do(room.organiser, "close_session")
    await give(room, room.participant(), A=1)


async def test_what_is_taken_off_the_screens_is_not_voted_on(room: Room) -> None:
    author = room.participant()
    numbers = [await room.post(author, f"Voice {nth}") for nth in range(3)]
    await ask(room, themes=[], contributions=numbers)
    await give(room, room.participant(), **{"1": 1, "2": 1})
    await room.do(author, "withdraw", number=1)
    refused = await room.act(room.participant(), "vote", vote=1, dots={"1": 1})
    assert refused.reason == "1 is not part of this vote."
    await room.do(room.organiser, "close_vote", vote=1)
    assert [(one.subject, one.words, one.sum) for one in vote(room).choices] == [
        ("1", "", 1),
        ("2", "Voice 1", 1),
        ("3", "Voice 2", 0),
    ]


# By hand


@pytest.mark.every_database
async def test_hands_counted_in_the_room_stand_apart(room: Room) -> None:
    scribe, other = await room.invite(Role.SCRIBE), await room.invite(Role.SCRIBE)
    await ask(room)
    await give(room, room.participant(), A=3)
    await room.do(scribe, "count_votes", vote=1, hands=9, dots={"A": 20, "B": 1})
    await room.do(scribe, "count_votes", vote=1, hands=8, dots={"A": 2, "B": 20})
    await room.do(other, "count_votes", vote=1, hands=4, dots={"A": 4})
    await room.do(room.organiser, "close_vote", vote=1)
    [first, second] = vote(room).choices
    assert [(one.subject, one.dots, one.by_hand) for one in (first, second)] == [("B", 0, 20), ("A", 3, 6)]
    assert (vote(room).voters, vote(room).hands) == (1, 12)


async def test_more_dots_than_hands_can_give_are_refused(room: Room) -> None:
    await ask(room)
    refused = await room.act(room.organiser, "count_votes", vote=1, hands=2, dots={"A": 7})
    assert refused.reason == "So many people have 6 dots. Please count again."


# Secret


async def test_nothing_tells_what_is_given_before_a_vote_is_closed(room: Room) -> None:
    """Two days that differ in nothing but who gave what look the same to everybody else."""
    other = await Room.open(room.house, themes=["Pay", "Power"])
    heard = [await hear(one, dots) for one, dots in ((room, {"A": 3}), (other, {"B": 2}))]
    assert heard[0] == heard[1]
    await room.do(room.organiser, "close_vote", vote=1)
    assert "3 dots" in look(room, Screen.PHONE, room.participant())


async def hear(room: Room, dots: dict[str, int]) -> list[str]:
    me = room.participant()
    await ask(room)
    await give(room, me, **dots)
    await give(room, me, **dots)
    seen = [look(room, screen, room.organiser) for screen in Screen if screen != Screen.PHONE]
    seen += [look(room, screen, room.participant()) for screen in (Screen.PHONE, Screen.JSON)]
    with reading(room.house.engine) as db:
        live_session = session_by_id(db, room.session_id)
        assert live_session is not None
        document = build(db, live_session, NOW, is_restricted=True)
        log = db.exec_driver_sql(
            "SELECT action, subjects, detail FROM change WHERE session_id = "
            f"{room.session_id} AND action = 'vote' ORDER BY seq"
        ).all()
    # When it was, and the codes of two sessions, differ in what is packed.
    exported = [
        re.sub(r"\d{13}|\d\d:\d\d:\d\d", "", as_bytes(WRITERS[name][0](document)).decode())
        for name in ("html", "md", "json", "csv")
    ]
    everything = (*seen, *exported, str(log))
    return [one.replace(room.code, "CODE").replace(spoken_code(room.code), "CODE") for one in everything]


def look(room: Room, screen: Screen, who: Pass) -> str:
    viewer = Viewer(screen, who)
    with reading(room.house.engine) as db:
        marks = db.exec_driver_sql(
            f"SELECT seq, mark FROM change WHERE session_id = {room.session_id} ORDER BY seq"
        ).all()
        seen = [json.dumps(viewer.fresh(db).seen, default=str)]
        seen += [str(viewer.frame(db, f"{seq}.{mark}")[0]) for seq, mark in marks]
        for seq, mark in marks:
            seen = [one.replace(f"{seq}.{mark}", f"{seq}") for one in seen]
    return "\n".join(seen)


@pytest.mark.every_database
async def test_who_gave_what_is_forgotten_when_it_is_counted(room: Room) -> None:
    me = room.participant()
    await ask(room)
    await give(room, me, A=3)
    await room.do(room.organiser, "close_vote", vote=1)
    with reading(room.house.engine) as db:
        assert db.exec_driver_sql("SELECT count(*) FROM given").scalar() == 0
        digests = db.exec_driver_sql("SELECT digest FROM change WHERE action = 'vote'").scalars().all()
        assert {bytes(digest) for digest in digests} == {b""}


async def test_only_the_one_who_gave_them_sees_their_dots(room: Room) -> None:
    me, friend = room.participant(), room.participant()
    await ask(room)
    await give(room, me, A=2)
    assert "You gave: <b>A</b> 2." in look(room, Screen.PHONE, me)
    assert "data-given" not in look(room, Screen.PHONE, friend)


async def test_the_summary_has_the_counts_and_quotes_nobody_who_asked_not_to_be(room: Room) -> None:
    await room.post(text="Said aloud")
    await room.post(text="Only between us", quote=False)
    await ask(room, themes=["A"], contributions=[1, 2])
    await give(room, room.participant(), **{"2": 2, "A": 1})
    await room.do(room.organiser, "count_votes", vote=1, hands=4, dots={"1": 5})
    await room.do(room.organiser, "close_vote", vote=1)
    with reading(room.house.engine) as db:
        live_session = session_by_id(db, room.session_id)
        assert live_session is not None
        public, restricted = (build(db, live_session, NOW, is_restricted=one) for one in (False, True))
    for name in ("html", "md", "json"):
        write = WRITERS[name][0]
        assert b"What first?" in as_bytes(write(public))
        assert b"Only between us" not in as_bytes(write(public))
        assert b"Only between us" in as_bytes(write(restricted))
    [counted] = json.loads(WRITERS["json"][0](public))["votes"]
    assert counted["result"][0] == {"choice": "1", "words": "Said aloud", "dots": 0, "by_hand": 5}
    page = as_bytes(WRITERS["html"][0](public)).decode()
    assert '<td dir="auto">2</td><td dir="auto">Not shown here</td><td class="amount">2</td>' in page


def as_bytes(written: str | bytes) -> bytes:
    return written.encode() if isinstance(written, str) else written


async def test_a_vote_is_there_again_in_a_session_made_from_its_file(room: Room) -> None:
    await ask(room)
    await give(room, room.participant(), A=2)
    await room.do(room.organiser, "close_vote", vote=1)
    with reading(room.house.engine) as db:
        told = build(db, require(session_by_id(db, room.session_id)), NOW, is_restricted=True)
    again = read_json(as_bytes(WRITERS["json"][0](told)))
    _code, organiser, _secret = await room.house.writer.do(lambda db, now: restoring.start(db, now, again))
    with reading(room.house.engine) as db:
        same = build(db, require(session_by_id(db, organiser.session_id)), NOW, is_restricted=True)
    assert replace(same, code=told.code) == told
    assert [step.person for step in same.log if step.action == "vote"] == [None]


def require(row: Any) -> Any:
    assert row is not None
    return row


# Fault 22


async def storm(house: Any, people: int, votes: int) -> None:
    """Everybody changes their mind again and again, sends each wish up to three times, sometimes
    at once, and now and then an earlier one after a later one."""
    room = await Room.open(house, themes=["Pay", "Power", "Place"])
    await ask(room, themes=["A", "B", "C"])
    chance = random.Random(22)
    last: dict[int, dict[str, int]] = {}

    async def one(nth: int) -> None:
        who, sent = room.participant(), []
        for _ in range(votes // people):
            dots = Counter(chance.choices("ABC", k=chance.randint(0, 3)))
            wish = parse({"action": "vote", "key": new_key(), "vote": 1, "dots": dict(dots)})
            sent.append(wish)
            answers = [house.writer.perform(wish, who) for _ in range(chance.randint(1, 3))]
            if chance.random() < 0.2:
                answers.append(house.writer.perform(chance.choice(sent[:-1] or sent), who))
            receipts = await asyncio.gather(*answers)
            assert {receipt.status for receipt in receipts} == {"saved"}
            last[nth] = dict(dots)

    await asyncio.gather(*(one(nth) for nth in range(people)))
    await room.do(room.organiser, "close_vote", vote=1)
    exact = Counter({subject: 0 for subject in "ABC"})
    for dots in last.values():
        exact.update(dots)
    assert counted(room) == dict(exact)
    assert vote(room).voters == sum(bool(dots) for dots in last.values())


@pytest.mark.every_database
async def test_changes_of_mind_and_retries_count_exactly(house: Any) -> None:
    await storm(house, people=60, votes=600)


@pytest.mark.long
async def test_ten_thousand_votes_count_exactly(house: Any) -> None:
    await storm(house, people=1000, votes=10_000)
