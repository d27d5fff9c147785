"""A receipt is the truth: saved is on disk and there once, refused and later left nothing."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from app import actions
from app.database import reading
from app.forms.reading import parse
from app.live import limits, writer
from app.live.limits import Limits
from app.live.pace import Pace
from app.live.receipt import Receipt
from app.passes import new_key
from app.roles import Pass
from tests.conftest import Room

pytestmark = [pytest.mark.anyio, pytest.mark.every_database]

KEY = "a-key-of-my-device"


async def send(room: Room, who: Pass, key: str = KEY, **fields: Any) -> Receipt:
    message = {"action": "post", "text": "Who pays?", "key": key} | fields
    return await room.house.writer.perform(parse(message), who)


def count(room: Room, table: str = "contribution") -> int:
    with reading(room.house.engine) as db:
        return int(db.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


async def test_the_same_message_again_gets_the_same_receipt_and_no_second_card(room: Room) -> None:
    me = room.participant()
    first = await send(room, me)
    assert await send(room, me) == first
    assert count(room) == 1


async def test_two_at_once_are_one(room: Room) -> None:
    me = room.participant()
    receipts = await asyncio.gather(*(send(room, me) for _ in range(10)))
    assert len(set(receipts)) == 1
    assert count(room) == 1


async def test_a_field_at_its_default_is_the_same_message(room: Room) -> None:
    me = room.participant()
    assert await send(room, me) == await send(room, me, quote=True)


@pytest.mark.parametrize("other", [{"text": "Who decides?"}, {"kind": "idea"}, {"quote": False}])
async def test_the_same_key_for_something_else_is_refused(room: Room, other: dict[str, Any]) -> None:
    me = room.participant()
    await send(room, me)
    refused = await send(room, me, **other)
    assert (refused.status, refused.reason) == ("refused", "This key was used for something else.")
    assert count(room) == 1


async def test_a_key_is_its_senders_own(room: Room) -> None:
    numbers = {(await send(room, room.participant())).subjects for _ in range(2)}
    assert numbers == {("1",), ("2",)}


async def test_what_was_refused_is_not_remembered(room: Room) -> None:
    me = room.participant()
    await room.do(room.organiser, "close_session")
    assert (await send(room, me)).status == "refused"
    await room.do(room.organiser, "open_session")
    assert (await send(room, me)).status == "saved"


async def test_what_was_refused_leaves_no_trace(room: Room) -> None:
    head = (await room.do(room.organiser, "create_theme")).seq
    tables = ("contribution", "wording", "change", "actor")
    before = [count(room, table) for table in tables]
    refused = await send(room, room.participant(), text="x" * 501)
    assert refused.reason == "This is 501 characters long. 500 is the most."
    assert [count(room, table) for table in tables] == before
    assert (await room.do(room.organiser, "create_theme")).seq == (head or 0) + 1


async def test_a_post_says_its_number(room: Room) -> None:
    receipt = await send(room, room.participant())
    assert receipt.message("en") == {"receipt": KEY, "status": "saved", "number": 1, "seq": 2}


async def test_a_new_theme_says_its_letter(room: Room) -> None:
    receipt = await room.do(room.organiser, "create_theme", name="New")
    assert receipt.message("en") == {
        "receipt": receipt.key,
        "status": "saved",
        "theme": "C",
        "seq": 2,
    }


async def test_numbers_and_letters_are_never_used_again(room: Room) -> None:
    me = room.participant()
    number = await room.post(me)
    await room.do(me, "withdraw", number=number)
    await room.do(room.organiser, "remove_theme", theme="B")
    assert await room.post(me) == number + 1
    assert (await room.do(room.organiser, "create_theme")).subjects == ("C",)


# Too fast


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(limits.time, "monotonic", lambda: self.now)


def test_sixty_at_once_then_two_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, limit = Clock(monkeypatch), Limits(60, 2.0)
    assert [limit.take("me") for _ in range(60)] == [0.0] * 60
    assert limit.take("me") == 0.5
    assert limit.take("somebody else") == 0.0
    clock.now += 0.5
    assert [limit.take("me") for _ in range(2)] == [0.0, 0.5]
    clock.now += 30
    assert [limit.take("me") for _ in range(61)].count(0.0) == 60


def test_waiting_as_long_as_was_said_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, limit = Clock(monkeypatch), Limits(1, 0.3)
    for _ in range(20):
        assert limit.take("me") == 0.0
        clock.now += limit.take("me")


def test_those_who_rest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, limit = Clock(monkeypatch), Limits(60, 2.0)
    for nth in range(100):
        limit.take(str(nth))
    clock.now += 31
    limit.take("me")
    assert len(limit._buckets) == 1


async def test_too_fast_is_told_when_to_come_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room.house.writer, "_pace", Pace(2, 0.001))
    me = room.participant()
    receipts = [await send(room, me, new_key()) for _ in range(3)]
    assert [receipt.status for receipt in receipts] == ["saved", "saved", "later"]
    assert receipts[2].message("en")["reason"] == "That was a lot at once."
    assert receipts[2].message("en")["after"] > 1
    assert count(room) == 2
    assert (await room.act(room.organiser, "create_theme")).status == "saved"


# When it fails


async def test_a_commit_that_fails_saves_nothing_and_says_later(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = room.participant()
    with monkeypatch.context() as broken:
        broken.setattr(Connection, "_commit_impl", _disk_full)
        receipts = await asyncio.gather(*(send(room, me, new_key(), text=f"Voice {n}") for n in range(3)))
    assert [(r.status, r.after) for r in receipts] == [("later", 1.0)] * 3
    assert count(room) == 0
    assert (await send(room, me)).subjects == ("1",)


def _disk_full(*_: object) -> None:
    raise OperationalError("COMMIT", {}, Exception("database or disk is full"))


async def test_no_fault_of_ours_ends_the_writer(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    me = room.participant()
    monkeypatch.setattr(writer, "hold", fail)
    async with asyncio.timeout(60):
        assert (await send(room, me)).status == "later"
        monkeypatch.undo()
        assert (await send(room, me)).status == "saved"


async def test_a_full_disk_within_an_action_is_later_for_its_whole_group(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(actions._DOES, "create_theme", _disk_full)
    receipts = await together(room, {"action": "post", "text": "Fine"}, {"action": "create_theme"})
    assert {receipt.status for receipt in receipts} == {"later"}
    assert count(room) == 0


async def test_a_broken_action_does_not_hurt_its_group(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(turn: Any, _form: object) -> None:
        turn.word("1", "text", "half done")
        raise ZeroDivisionError

    monkeypatch.setitem(actions._DOES, "create_theme", broken)
    words = count(room, "wording")
    post = {"action": "post", "text": "Fine"}
    receipts = await together(room, post, {"action": "create_theme"}, post)
    assert [receipt.status for receipt in receipts] == ["saved", "refused", "saved"]
    assert receipts[1].reason == "Sheaf could not do this. Sorry."
    assert (count(room), count(room, "wording")) == (2, words + 2)
    assert [receipt.seq for receipt in receipts] == [2, None, 3]


async def together(room: Room, *messages: dict[str, Any]) -> list[Receipt]:
    """Let actions share one commit: they gather while the writer is busy with something else."""
    desk = room.house.writer
    busy = asyncio.Event()
    loop = asyncio.get_running_loop()
    go = writer.threading.Event()

    def wait(_db: Connection, _now: int) -> None:
        loop.call_soon_threadsafe(busy.set)
        go.wait(60)

    waiting = desk.do(wait)
    await busy.wait()
    answers = [desk.perform(parse({"key": new_key(), **one}), room.organiser) for one in messages]
    go.set()
    await waiting
    return list(await asyncio.gather(*answers))
