"""Two servers on one database act as one: whoever asks which of them, and when."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app import live
from app.database import reading
from app.forms.reading import parse
from app.live import Live
from app.live.receipt import Receipt
from app.models import changes
from app.passes import new_actor, new_key
from app.roles import Pass
from app.settings import Settings
from tests.conftest import Lend, Room

pytestmark = [pytest.mark.anyio, pytest.mark.every_database]


@pytest.fixture
async def other_house(settings: Settings, anyio_backend: str) -> AsyncIterator[Live]:
    async with live.start(settings) as started:
        yield started


async def act(house: Live, who: Pass, **message: Any) -> Receipt:
    return await house.writer.perform(parse({"key": new_key(), **message}), who)


async def post(house: Live, who: Pass, **fields: Any) -> Receipt:
    return await act(house, who, action="post", text="Who pays?", **fields)


def seqs(room: Room) -> list[int]:
    with reading(room.house.engine) as db:
        here = changes.c.session_id == room.session_id
        return [*db.scalars(select(changes.c.seq).where(here).order_by(changes.c.seq))]


async def test_the_same_message_at_both_at_once_is_one_card(room: Room, other_house: Live) -> None:
    """A phone that lost its connection sends again elsewhere, while the first is still at it."""
    both = (room.house, other_house)
    for _ in range(20):
        who, key = room.participant(), new_key()
        first, second = await asyncio.gather(*(post(house, who, key=key) for house in both))
        assert first == second
        assert first.status == "saved"
    assert seqs(room) == list(range(1, 22))


async def test_somebodys_first_actions_at_both_at_once_are_all_saved(room: Room, other_house: Live) -> None:
    both = (room.house, other_house)
    for _ in range(20):
        who = room.participant()
        receipts = await asyncio.gather(*(post(house, who) for house in both))
        assert [receipt.status for receipt in receipts] == ["saved", "saved"]


async def test_both_number_without_a_gap(room: Room, other_house: Live) -> None:
    who = [room.participant() for _ in range(10)]
    receipts = await asyncio.gather(
        *(post((room.house, other_house)[nth % 2], who[nth % 10]) for nth in range(200))
    )
    assert sorted(int(receipt.subjects[0]) for receipt in receipts) == list(range(1, 201))
    assert seqs(room) == list(range(1, 202))


async def test_both_give_out_letters_once(room: Room, other_house: Live) -> None:
    receipts = await asyncio.gather(
        *(act((room.house, other_house)[nth % 2], room.organiser, action="create_theme") for nth in range(20))
    )
    assert len({receipt.subjects for receipt in receipts}) == 20


async def test_they_know_each_others_passes_though_no_secret_was_set(lend: Lend, tmp_path: Path) -> None:
    with lend(tmp_path) as url:
        folders = [tmp_path, tmp_path if url.startswith("sqlite") else tmp_path / "another machine"]
        ours, theirs = (Settings(data_dir=folder, database_url=url, secret="") for folder in folders)
        async with live.start(ours) as one, live.start(theirs) as two:
            somebody = new_actor(7)
            assert two.signer.holder(one.signer.token(somebody)) == somebody
