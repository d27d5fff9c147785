"""What was erased stays erased, also when an older database takes the place of a newer one."""

import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app import live
from app.actions import erasing
from app.actions.again import do_again, outstanding
from app.database import reading, writing
from app.forms.reading import parse
from app.ledger import Deed, Entry, Ledger
from app.live import Live, clock
from app.live.clock import _Clock
from app.live.turns import Wish
from app.models import Carrier, sessions
from app.passes import new_key
from app.queries.cards import cards_where
from app.queries.sessions import session_by_id
from app.settings import Settings
from app.soundness import faults
from app.summaries import WRITERS, build
from tests.conftest import Command, Room
from tests.desk import Desk
from tests.files import text_of
from tests.waiting import until

pytestmark = pytest.mark.anyio

PLANTED = ("Plantedvisible", "Plantederased", "Plantedearlier", "Plantedname", "Plantedwhole")


async def say_and_back_up(settings: Settings, command: Command) -> tuple[Room, Room, Path]:
    """Two sessions with words that are taken away again, once there is a backup of them."""
    file = settings.data_dir / "sheaf.backup"
    async with live.start(settings) as house:
        room, other = await Room.open(house, asks_names=True), await Room.open(house, title="Plantedwhole")
        author = room.participant()
        await room.post(author, "Plantedvisible")
        await room.post(author, "Plantedearlier", name="Plantedname")
        await room.do(author, "edit", number=2, text="Plantederased")
        await room.post(author, "It stays")
        await room.post(author, "It merges")
        await room.do(room.organiser, "create_theme", name="Pay")
        await room.do(room.organiser, "place", contributions=[2], theme="A")
        await room.do(room.organiser, "merge", contributions=[4], into=2)
        await other.post(text="Plantedwhole too")
        assert command("backup", str(file)).status == 0
        for number in (1, 2):
            await room.do(author, "withdraw", number=number)
        await room.do(author, "erase", number=2)
        with writing(house.engine) as db:
            db.execute(sessions.update().where(sessions.c.id == other.session_id).values(kept_until=1))
        await _Clock(house.engine, house.writer, house.ledger)._forget()
    return room, other, file


@pytest.mark.only_sqlite
async def test_nothing_erased_comes_back_with_a_backup(settings: Settings, command: Command) -> None:
    room, other, file = await say_and_back_up(settings, command)
    before = settings.erased.read_text()
    ran = command("restore", str(file), "--replace")
    assert (ran.status, ran.err.splitlines()[-1]) == (0, "Erased again: 2 cards, 1 sessions.")
    assert settings.erased.read_text() == before
    [aside] = settings.data_dir.glob("*.before-*")
    for one in (file, aside):
        one.unlink()
    require_gone(settings, "Plantederased", "Plantedearlier", "Plantedname", "Plantedwhole")
    async with live.start(settings) as house:
        with reading(house.engine) as db:
            cards = cards_where(db, room.session_id)
            assert [(card.status, card.text) for card in cards] == [
                ("withdrawn", "Plantedvisible"),
                ("withdrawn", ""),
                ("visible", "It stays"),
                ("visible", "It merges"),
            ]
            assert cards[3].at == ["A"]
            assert not [*faults(db)]
            assert not db.execute(sessions.select().where(sessions.c.id == other.session_id)).first()
        require_in_no_summary(house, room)
    require_gone(settings, "Plantederased", "Plantedearlier", "Plantedname", "Plantedwhole")
    assert "Wrong" not in command("check").out


def require_in_no_summary(house: Live, room: Room) -> None:
    with reading(house.engine) as db:
        live_session = session_by_id(db, room.session_id)
        assert live_session is not None
        for restricted in (True, False):
            document = build(db, live_session, 1, is_restricted=restricted)
            for name, writer in WRITERS.items():
                told = text_of(name, writer.write(document))
                assert "It stays" in told
                assert "Planted" not in told, name


def require_gone(settings: Settings, *words: str) -> None:
    """In the database, in its log, and in whatever else lies there."""
    for file in settings.data_dir.iterdir():
        content = file.read_bytes()
        assert not [word for word in words if word.encode() in content], file


@pytest.mark.only_sqlite
async def test_a_file_that_is_copied_back_is_gone_through_before_it_is_served(
    settings: Settings, command: Command
) -> None:
    _room, _other, file = await say_and_back_up(settings, command)
    shutil.copy(file, settings.data_dir / "sheaf.db")
    told = "3 of the lines of the erasure ledger are not followed: start the server, which does them again."
    assert told in command("check").out
    file.unlink()
    async with live.start(settings):
        require_gone(settings, "Plantederased", "Plantedearlier", "Plantedname", "Plantedwhole")
    assert "lines of the erasure ledger are followed." in command("check").out


@pytest.mark.only_sqlite
async def test_whoever_restores_without_a_ledger_is_told(settings: Settings, command: Command) -> None:
    _room, _other, file = await say_and_back_up(settings, command)
    settings.erased.unlink()
    ran = command("restore", str(file), "--replace")
    told = f"There is no {settings.erased}. What was erased since the backup, if anything, is back."
    assert ran.err.splitlines()[-1] == told


@pytest.mark.only_sqlite
async def test_the_ledger_has_ids_and_times_alone_and_only_its_owner_reads_it(
    settings: Settings, command: Command
) -> None:
    await say_and_back_up(settings, command)
    lines = settings.erased.read_text().splitlines()
    assert [line.split()[1] for line in lines] == ["withdrawn", "withdrawn", "erased", "deleted"]
    assert all(re.fullmatch(r"\d+ [a-z]+ \d+ \d+ \d+", line) for line in lines)
    assert settings.erased.stat().st_mode & 0o777 == 0o600


@pytest.mark.every_database
def test_it_is_done_again_once_and_no_more(engine: Engine) -> None:
    desk = Desk(engine)
    author = desk.participant()
    number, kept = desk.post(author, "Planted words"), desk.post(author, "It stays")
    with reading(engine) as db:
        [first, other] = cards_where(db, desk.session_id)
    desk.ledger.note(
        [
            Entry(1, Deed.WITHDRAWN, desk.session_id, number, first.created_at),
            Entry(2, Deed.ERASED, desk.session_id, number, first.created_at),
            Entry(3, Deed.ERASED, desk.session_id, kept, other.created_at + 1),  # its number was another's
            Entry(4, Deed.DELETED, desk.session_id + 1),
        ]
    )
    assert do_again(engine, desk.ledger, 5) == (1, 0)
    with reading(engine) as db:
        assert [card.text for card in cards_where(db, desk.session_id)] == ["", "It stays"]
        head = db.execute(sessions.select()).one().head
        assert not [*faults(db)]
    assert do_again(engine, desk.ledger, 6) == (0, 0)
    with reading(engine) as db:
        assert db.execute(sessions.select()).one().head == head
    desk.ledger.note([Entry(5, Deed.DELETED, desk.session_id)])
    assert do_again(engine, desk.ledger, 7) == (0, 1)
    assert do_again(engine, desk.ledger, 8) == (0, 0)


# A crash in between


class Crash(Exception):
    pass


def test_what_a_crash_kept_from_the_database_is_erased_at_the_next_start(engine: Engine) -> None:
    """The line is written first: a crash before the commit leaves one too many, never one too few."""
    desk = Desk(engine)
    author = desk.participant()
    number = desk.post(author, "Planted words")
    desk.do(author, "withdraw", number=number)
    form = parse({"action": "erase", "key": new_key(), "number": number})
    with suppress(Crash), writing(engine) as db:
        assert desk.turns.take(db, Wish(form, author, Carrier.PHONE)).status == "saved"
        raise Crash
    with reading(engine) as db:
        assert [card.text for card in cards_where(db, desk.session_id)] == ["Planted words"]
        assert [entry.deed for entry in outstanding(db, desk.ledger.entries())] == [Deed.ERASED]
    assert do_again(engine, desk.ledger, 1) == (1, 0)
    with reading(engine) as db:
        assert [card.text for card in cards_where(db, desk.session_id)] == [""]


def test_a_line_that_a_crash_cut_short_spoils_no_other(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "erased.txt")
    first, last = Entry(1, Deed.WITHDRAWN, 17, 4, 100), Entry(3, Deed.DELETED, 18)
    ledger.note([first])
    with ledger.file.open("a") as file:
        file.write("2 erased 17 4")
    ledger.note([last])
    assert ledger.entries() == [first, last]
    assert ledger.unread() == 1


async def test_nothing_is_called_erased_that_the_ledger_could_not_take(house: Live, room: Room) -> None:
    author = room.participant()
    number = await room.post(author)
    house.settings.erased.mkdir()
    assert (await room.act(author, "withdraw", number=number)).status == "refused"
    with reading(house.engine) as db:
        assert [card.status for card in cards_where(db, room.session_id)] == ["visible"]
    with pytest.raises(OSError, match="directory"):
        await house.writer.do(lambda db, now: erasing.delete_session(db, house.ledger, now, room.session_id))
    with reading(house.engine) as db:
        assert db.execute(sessions.select()).first()


@pytest.mark.only_sqlite
async def test_time_goes_on_where_a_line_cannot_be_written(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house, expired = room.house, await Room.open(room.house)
    monkeypatch.setattr(clock, "LOOK_EVERY", 0.01)
    house.ledger.file.mkdir()  # as good as a full disk
    await expired.do(expired.organiser, "change_session", kept_until=1)
    async with clock.keeping_time(house.engine, house.writer, house.ledger):
        await until(lambda: "could not look at the times" in caplog.text)
        await room.do(room.organiser, "change_session", closes_at=1)
        await until(lambda: not as_it_is(room).is_open)
        assert as_it_is(expired)
        house.ledger.file.rmdir()
        await until(lambda: as_it_is(expired) is None)


def as_it_is(room: Room) -> Any:
    with reading(room.house.engine) as db:
        return session_by_id(db, room.session_id)
