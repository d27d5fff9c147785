"""SQLite and PostgreSQL keep the same promises, and one that is gone is an error and not a hang."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import IntegrityError

from app import postgresql
from app.actions import accounts
from app.database import UNAVAILABLE, UnsafeDatabase, connect, migrate, reading, writing
from app.forms.reading import Refused
from app.live.writer import HELD_FOR
from app.models import sessions, themes, wordings
from tests.desk import Desk
from tests.postgres import Cluster
from tests.proxy import Proxy

pytestmark = pytest.mark.every_database


@pytest.mark.parametrize("address", ["mysql://me:secret@host/name", "me:secret@host", "oracle://", "x"])
def test_anything_else_is_refused_without_repeating_a_password(address: str) -> None:
    with pytest.raises(UnsafeDatabase) as refusal:
        connect(address)
    assert "secret" not in str(refusal.value)


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the umask says. What SQLite puts beside it has the rights of the file itself."""
    engine = connect(f"sqlite:///{tmp_path}/folder/sheaf.db")
    with writing(engine) as db:
        db.exec_driver_sql("CREATE TABLE one (word)")
        found = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "folder").iterdir()}
    engine.dispose()
    assert found == dict.fromkeys(("sheaf.db", "sheaf.db-shm", "sheaf.db-wal"), 0o600)


# Transactions


def test_what_is_read_belongs_to_one_moment(engine: Engine) -> None:
    desk = Desk(engine, themes=["Pay"])
    titles = select(sessions.c.title)
    with reading(engine) as db:
        before = db.scalar(titles)
        with writing(engine) as other:
            other.execute(sessions.update().values(title="Another title"))
        assert db.scalar(titles) == before == "What next?"
    with reading(engine) as db:
        assert db.scalar(titles.where(sessions.c.id == desk.session_id)) == "Another title"


def test_what_fails_inside_is_taken_back(engine: Engine) -> None:
    Desk(engine)
    with pytest.raises(ZeroDivisionError), writing(engine) as db:  # noqa: PT012
        db.execute(sessions.update().values(title="Half done"))
        raise ZeroDivisionError
    with reading(engine) as db:
        assert db.scalar(select(sessions.c.title)) == "What next?"


def test_of_two_servers_that_read_a_link_at_once_one_uses_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    Desk(engine)
    with writing(engine) as db:
        secret = accounts.invite_organiser(db, now=0)
        found = accounts.sign_up_by_secret(db, secret, 0)
        accounts.use_link(db, 0, secret)
        monkeypatch.setattr(accounts, "sign_up_by_secret", lambda *_: found)
        with pytest.raises(Refused):
            accounts.use_link(db, 0, secret)


def test_a_time_and_a_very_large_number_fit(engine: Engine) -> None:
    Desk(engine)
    with writing(engine) as db:
        db.execute(sessions.update().values(created_at=1_760_000_000_000, head=2**40))
    with reading(engine) as db:
        found = db.execute(select(sessions.c.created_at, sessions.c.head)).first()
    assert found == (1_760_000_000_000, 2**40)


def test_texts_sort_by_code_point(engine: Engine) -> None:
    letters = ["parked", "B", "lone", "AA", "Z", "a", "É", "A", "é", "_"]
    desk = Desk(engine)
    with writing(engine) as db:
        for letter in letters:
            row = {"session_id": desk.session_id, "letter": letter, "rank": 1.0, "touched": 1}
            db.execute(themes.insert(), row)
    with reading(engine) as db:
        assert list(db.scalars(select(themes.c.letter).order_by(themes.c.letter))) == sorted(letters)


# PostgreSQL


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    """A database with all tables."""
    lent = cluster.borrow()
    yield lent
    cluster.give_back(lent)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_an_address_of_postgresql_is_enough(url: str, scheme: str) -> None:
    engine = connect(url.replace("postgresql", scheme))
    with reading(engine) as db:
        assert db.dialect.driver == "psycopg"
    engine.dispose()


def test_saved_means_on_disk_whatever_else_the_database_is_for(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("ALTER ROLE postgres SET synchronous_commit = off")
        engine = connect(url)
        with reading(engine) as ours:
            assert ours.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        engine.dispose()
        db.execute("ALTER ROLE postgres RESET synchronous_commit")


def test_servers_that_start_together_make_the_tables_in_turn(cluster: Cluster) -> None:
    url = cluster.new()
    engine = connect(url)
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"SELECT pg_advisory_lock({postgresql._MIGRATING})".encode())
        starting = threading.Thread(target=migrate, args=[engine])
        starting.start()
        while not db.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            assert starting.is_alive(), "it did not wait for its turn"
        assert not inspect(engine).get_table_names()
        db.execute("SELECT pg_advisory_unlock_all()")
        starting.join()
    assert "live_session" in inspect(engine).get_table_names()
    engine.dispose()


def test_a_frozen_server_is_thrown_out_before_others_give_up(url: str) -> None:
    limits = postgresql._LIMITS
    assert limits["idle_in_transaction_session_timeout"] < HELD_FOR * 1000
    assert limits["statement_timeout"] < postgresql.PATIENCE * 1000


def test_a_fault_repeats_nobodys_words(url: str) -> None:
    engine = connect(url)
    row = {"session_id": 1, "subject": None, "facet": "text", "text": "My words"}
    with pytest.raises(IntegrityError) as fault, writing(engine) as db:
        db.execute(wordings.insert(), row)
    engine.dispose()
    assert "My words" not in str(fault.value)


@pytest.fixture
def cable(cluster: Cluster) -> Iterator[Proxy]:
    """What lies between us and PostgreSQL."""
    proxy = Proxy(cluster.socket_file)
    yield proxy
    proxy.close()


@pytest.mark.parametrize("at", ["connecting", "asking", "committing"])
def test_a_database_that_falls_silent_is_an_error(
    cluster: Cluster, url: str, cable: Proxy, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = connect(cluster.through(cable.port, url))
    if at != "connecting":
        Desk(engine)
    monkeypatch.setattr(postgresql._Bounded, "patience", 0.5)
    monkeypatch.setitem(postgresql._SIGNS_OF_LIFE, "connect_timeout", 1)
    with pytest.raises(UNAVAILABLE):  # noqa: PT012
        if at == "connecting":
            cable.cut()
        with writing(engine) as db:
            if at == "asking":
                cable.cut()
            db.execute(sessions.update().values(title="Lost"))
            cable.cut()
    cable.heal()
    monkeypatch.undo()  # a database that answers may take its time
    with reading(engine) as db:
        assert db.scalar(select(sessions.c.title)) != "Lost"
    engine.dispose()


def test_a_database_whose_lines_are_all_taken_is_unavailable(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.pool, "_timeout", 0.01)
    with ExitStack() as taken, pytest.raises(UNAVAILABLE):  # noqa: PT012
        for _ in range(100):
            taken.enter_context(engine.connect())
