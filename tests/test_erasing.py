"""What is deleted is gone from the files too."""

import gc
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import live
from app.actions import sessions
from app.database import connect, reading, scrub, writing
from app.live import Live
from app.live.clock import _Clock
from app.models import changes
from app.queries.cards import Card, cards_where
from app.queries.finding import find
from app.queries.sessions import session_by_id
from app.screens import pages
from app.settings import Settings
from app.summaries import WRITERS, build
from tests.conftest import NOW, Room
from tests.desk import Desk
from tests.files import text_of


def test_nothing_deleted_stays_in_the_file_or_its_log(tmp_path: Path, empty_database: Path) -> None:
    file = tmp_path / "sheaf.db"
    file.write_bytes(empty_database.read_bytes())
    engine = connect(f"sqlite:///{file}")
    desk = Desk(engine, themes=["Pay"])
    for nth in range(50):
        desk.post(desk.participant(), f"Planted words {nth}")
    for text in ("Planted answer", "Planted afterthought"):
        told = {"outcome": "did", "text": text, "owner": "Planted name"}
        desk.do(desk.organiser, "answer_theme", theme="A", **told)
    with writing(engine) as db:
        sessions.delete(db, desk.session_id)
    scrub(engine)
    assert all(b"Planted" not in one.read_bytes() for one in tmp_path.iterdir())
    engine.dispose()


def test_nothing_stays_of_a_card_that_its_author_erases(tmp_path: Path, empty_database: Path) -> None:
    file = tmp_path / "sheaf.db"
    file.write_bytes(empty_database.read_bytes())
    engine = connect(f"sqlite:///{file}")
    desk = Desk(engine, themes=["Pay"], asks_names=True)
    author, other = desk.participant(), desk.participant()
    number = desk.post(author, "Planted words", name="Planted name")
    kept = desk.post(author, "Other words")
    desk.do(author, "edit", number=number, text="Planted later")
    desk.do(desk.organiser, "place", contributions=[number], theme="A")
    desk.do(author, "contest", number=number, theme="A", text="Planted objection")
    assert desk.act(author, "erase", number=number).reason == "Please take this card back first."
    desk.do(desk.organiser, "close_session")
    desk.do(author, "withdraw", number=number)
    assert desk.act(other, "erase", number=number).reason == "Only its author may do this."
    desk.do(author, "erase", number=number)
    scrub(engine)
    assert all(b"Planted" not in one.read_bytes() for one in tmp_path.iterdir())
    with reading(engine) as db:
        live_session = session_by_id(db, desk.session_id)
        assert live_session is not None
        later = build(db, live_session, NOW, is_restricted=True)
        assert [one for one in WRITERS if "Planted" in text_of(one, WRITERS[one].write(later))] == []
        assert find(db, [live_session], "Planted") == []
        assert [card.text for card in cards_where(db, desk.session_id)] == ["", "Other words"]
        digests = dict(
            db.execute(
                select(changes.c.action, func.min(func.length(changes.c.digest)))
                .where(changes.c.actor_id == author.actor_id, changes.c.action.in_(("edit", "contest")))
                .group_by(changes.c.action)
            ).all()
        )
    assert digests == {"edit": 0, "contest": 0}
    desk.do(desk.organiser, "open_session")
    assert desk.do(author, "edit", number=kept, text="Other words still")
    engine.dispose()


@pytest.mark.anyio
@pytest.mark.only_sqlite
async def test_what_somebody_read_while_it_was_erased_goes_from_the_log_later(
    room: Room, settings: Settings
) -> None:
    with reading(room.house.engine) as db:
        db.execute(select(changes.c.seq)).all()
        await plant_and_erase(room)
        await scrubbed(room.house)
    assert has_planted(settings)
    await scrubbed(room.house)
    assert not has_planted(settings)


@pytest.mark.anyio
@pytest.mark.only_sqlite
async def test_what_a_killed_server_left_in_the_log_goes_with_the_next(
    room: Room, settings: Settings
) -> None:
    await plant_and_erase(room)
    async with live.start(settings) as after:  # the one before has not ended well
        await scrubbed(after)
        assert not has_planted(settings)


@pytest.mark.anyio
async def test_what_was_drawn_of_erased_words_is_forgotten(room: Room) -> None:
    await plant_and_erase(room)
    assert "Planted words" in words_in_memory()
    await scrubbed(room.house)
    assert "Planted words" not in words_in_memory()


def words_in_memory() -> set[str]:
    gc.collect()  # what other tests have left is nobody's any more
    return {one.text for one in gc.get_objects() if type(one) is Card}


async def plant_and_erase(room: Room) -> None:
    author = room.participant()
    number = await room.post(author, "Planted words")
    with reading(room.house.engine) as db:
        live_session = session_by_id(db, room.session_id)
        assert live_session is not None
        assert "Planted words" in pages.phone(db, live_session, "en", "", key="k" * 16)
    for action in ("withdraw", "erase"):
        await room.do(author, action, number=number)


async def scrubbed(house: Live) -> None:
    await _Clock(house.engine, house.writer, house.ledger)._forget()


def has_planted(settings: Settings) -> bool:
    return any(b"Planted" in one.read_bytes() for one in settings.data_dir.iterdir() if one.is_file())
