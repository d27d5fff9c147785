"""A backup beside a running server, and the way back: nothing half, nothing twice, nothing stale."""

import asyncio
import random
import shutil
from contextlib import closing
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from app.settings import Settings
from tests.conftest import Command, Room, Server
from tests.oracle import Crowd, Ledger, require_kept

pytestmark = [pytest.mark.anyio, pytest.mark.only_sqlite]


def run(database: Path, statement: str) -> None:
    with closing(sqlite.connect(database)) as db:
        db.execute(statement)
        db.commit()


def cards(database: Path) -> int:
    with closing(sqlite.connect(database)) as db:
        return int(db.execute("SELECT count(*) FROM contribution").fetchone()[0])


# Backing up


async def test_a_backup_in_the_midst_of_posts_has_all_that_was_acknowledged_before(
    server: Server, tmp_path: Path
) -> None:
    crowd = Crowd(server, phones=5, pause=0.05)
    async with crowd.posting() as ledger:
        for turn in range(3):
            await ledger.grown(random.randint(10, 60))
            known = dict(ledger.saved)
            file = tmp_path / f"{turn}.backup"
            ran = await asyncio.to_thread(server.run, "backup", str(file))
            assert (ran.returncode, ran.stdout) == (0, "")
            require_kept(f"sqlite:///{file}", Ledger(ledger.sent, known), crowd.session_id)


def test_a_backup_takes_the_place_of_an_earlier_one_and_of_nothing_else(
    command: Command, settings: Settings
) -> None:
    letter = settings.data_dir / "letter.txt"
    letter.write_text("Dear all")
    file = settings.data_dir / "sheaf.backup"
    assert [command("backup", str(file)).status for _ in range(2)] == [0, 0]
    assert [one.name for one in settings.data_dir.glob("sheaf.backup*")] == ["sheaf.backup"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert command("backup", str(letter)).err == f"{letter} is no backup. It was left as it is.\n"
    assert letter.read_text() == "Dear all"
    assert command("backup", str(settings.data_dir / "sheaf.db")).status == 1


def test_a_damaged_database_does_not_replace_a_good_backup(command: Command, settings: Settings) -> None:
    file = settings.data_dir / "sheaf.backup"
    command("backup", str(file))
    good = file.read_bytes()
    damage(settings.data_dir / "sheaf.db")
    ran = command("backup", str(file))
    assert ran.status == 1
    assert ran.err.count("\n") == 1
    assert file.read_bytes() == good
    assert [one.name for one in settings.data_dir.glob("sheaf.backup*")] == ["sheaf.backup"]


def damage(database: Path) -> None:
    """The page at which people's words begin is not what was written there."""
    with closing(sqlite.connect(database)) as db:
        [(page,)] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'wording'")
    with database.open("r+b") as file:
        file.seek(4096 * (page - 1))
        file.write(b"\xa5" * 4096)


# Restoring


@pytest.fixture
async def backup(command: Command, room: Room, settings: Settings) -> Path:
    """Of a session with one card."""
    await room.post()
    file = settings.data_dir / "sheaf.backup"
    assert command("backup", str(file)).status == 0
    return file


@pytest.fixture
def elsewhere(backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The database's place in another data directory, which is empty."""
    monkeypatch.setenv("SHEAF_DATA_DIR", str(tmp_path / "other"))
    return tmp_path / "other" / "sheaf.db"


def test_a_backup_is_restored_into_an_empty_place(backup: Path, elsewhere: Path, command: Command) -> None:
    ran = command("restore", str(backup))
    assert (ran.status, ran.err.splitlines()[0]) == (
        0,
        "The database is restored. The server can be started.",
    )
    assert cards(elsewhere) == 1
    assert sorted(one.name for one in elsewhere.parent.iterdir()) == ["sheaf.db", "sheaf.db-servers"]


def test_data_that_are_there_are_refused_or_kept_aside(
    backup: Path, elsewhere: Path, command: Command
) -> None:
    command("restore", str(backup))
    run(elsewhere, "DELETE FROM contribution")
    refused = command("restore", str(backup))
    assert (refused.status, cards(elsewhere)) == (1, 0)
    assert command("restore", str(backup), "--replace").status == 0
    [aside] = elsewhere.parent.glob("sheaf.db.before-*")
    assert (cards(elsewhere), cards(aside)) == (1, 0)


def test_what_belongs_to_the_old_file_does_not_meet_the_new_one(
    backup: Path, elsewhere: Path, command: Command
) -> None:
    """As after a crash: changes that stand beside the file, in its write-ahead log."""
    command("restore", str(backup))
    crashed = elsewhere.with_name("crashed.db")
    shutil.copy(elsewhere, crashed)
    with closing(sqlite.connect(crashed)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("DELETE FROM contribution")
        db.commit()
        for part in ("", "-wal"):
            shutil.copy(f"{crashed}{part}", f"{elsewhere}{part}")
    assert command("restore", str(backup), "--replace").status == 0
    assert cards(elsewhere) == 1
    [aside] = elsewhere.parent.glob("sheaf.db.before-*")
    assert cards(aside) == 0


def test_a_damaged_database_is_replaced(backup: Path, elsewhere: Path, command: Command) -> None:
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(b"no database at all" * 1000)
    assert command("restore", str(backup)).status == 1
    assert command("restore", str(backup), "--replace").status == 0
    assert cards(elsewhere) == 1


FAULTY = {
    "UPDATE alembic_version SET version_num = '9999'": "This backup is from a newer Sheaf.",
    "DROP TABLE change": " is no backup of Sheaf.",
    "DELETE FROM change WHERE seq = 1": "This backup is damaged. Session ",
    "UPDATE live_session SET head = head + 1": "This backup is damaged. Session ",
    "UPDATE live_session SET mark = 'other'": "This backup is damaged. Session ",
    "UPDATE contribution SET author_id = 'nobody'": "This backup is damaged. Rows of “contribution” ",
}


@pytest.mark.parametrize("statement", FAULTY)
def test_what_is_no_sound_backup_is_refused(
    backup: Path, elsewhere: Path, command: Command, statement: str
) -> None:
    run(backup, statement)
    ran = command("restore", str(backup))
    assert ran.status == 1
    assert FAULTY[statement] in ran.err
    assert not list(elsewhere.parent.glob("sheaf.db*[!s]"))


def test_a_damaged_file_is_refused(backup: Path, elsewhere: Path, command: Command) -> None:
    damage(backup)
    assert command("restore", str(backup)).status == 1
    assert not elsewhere.exists()


def test_nothing_is_restored_under_somebody_who_has_it_open(backup: Path, command: Command) -> None:
    ran = command("restore", str(backup), "--replace")
    assert (ran.status, ran.err) == (1, "Something has this database open. Please stop it first.\n")


def test_nothing_is_restored_under_a_running_server(server: Server, tmp_path: Path) -> None:
    server.new()
    file = str(tmp_path / "sheaf.backup")
    assert server.run("backup", file).returncode == 0
    ran = server.run("restore", file, "--replace")
    assert (ran.returncode, ran.stderr) == (1, "A server runs on this database. Please stop it first.\n")
    server.kill()
    assert server.run("restore", file, "--replace").returncode == 0
    server.start()


# After a restore


def test_no_cursor_from_before_a_restore_is_known_afterwards(
    backup: Path, elsewhere: Path, command: Command, settings: Settings
) -> None:
    command("restore", str(backup))
    marks = []
    for file in (settings.data_dir / "sheaf.db", elsewhere):
        with closing(sqlite.connect(file)) as db:
            marks.append(set(db.execute("SELECT session_id, seq, mark FROM change")))
    assert len(marks[0]) == len(marks[1])
    assert not marks[0] & marks[1]


async def test_programs_from_before_a_restore_start_again_from_nothing(
    server: Server, tmp_path: Path
) -> None:
    """Also when the restored session has come as far as they were, by other changes."""
    crowd, file = Crowd(server), str(tmp_path / "sheaf.backup")
    async with crowd.posting() as ledger:
        await ledger.grown(20)
    await asyncio.to_thread(server.run, "backup", file)
    kept = Ledger(dict(ledger.sent), dict(ledger.saved))
    async with crowd.posting():
        await ledger.grown(20)
    furthest = crowd.head
    server.stop()
    assert (await asyncio.to_thread(server.run, "restore", file, "--replace")).returncode == 0
    server.start()
    crowd.ledger = kept
    for phone in crowd.phones:
        phone.ledger = kept
    async with crowd.posting(anew=False):
        while crowd.head <= furthest:
            await kept.grown(10)
