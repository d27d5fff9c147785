"""`check` finds what would lose words or shut people out, and says so in one sentence."""

import json
from contextlib import closing
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from app import checking, lease
from app.checking import file_system
from app.database import FIXED_SQLITE
from app.settings import Settings
from tests.conftest import Command, Server
from tests.test_backup import damage

Env = pytest.MonkeyPatch

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
nas:/hall /srv/the\\040hall nfs4 rw 0 0
/dev/sdb1 /srv/the\\040hall/local xfs rw 0 0
//nas/more /srv/the\\040hall/local cifs rw 0 0
"""


def wrong(command: Command) -> list[str]:
    """What `check` calls wrong; its status says the same."""
    ran = command("check")
    found = [line.removeprefix("Wrong").strip() for line in ran.out.splitlines() if line.startswith("Wrong")]
    assert ran.status == bool(found)
    assert ran.err == ""
    return found


def test_a_new_database_is_in_order(command: Command) -> None:
    assert wrong(command) == []


def test_a_place_where_nothing_is_yet_is_in_order_and_left_so(
    command: Command, tmp_path: Path, monkeypatch: Env
) -> None:
    monkeypatch.setenv("SHEAF_DATA_DIR", str(tmp_path / "new"))
    assert wrong(command) == []
    assert not (tmp_path / "new").exists()


@pytest.mark.only_sqlite
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE alembic_version SET version_num = '9999'",
            "from a newer Sheaf. Please run that one, or restore",
        ),
        ("DELETE FROM change WHERE seq = 2", "its log is not 1, 2, 3 … up to 2."),
        ("UPDATE live_session SET head = 9", "its log is not 1, 2, 3 … up to 9."),
        ("UPDATE live_session SET mark = 'x'", "its newest change is not the one it names."),
        ("DELETE FROM wording", "refer to what is not there."),
    ],
)
def test_a_database_that_is_not_whole_is_told(
    command: Command, settings: Settings, statement: str, said: str
) -> None:
    code = json.loads(command("new", "What next?", "--json").out)["code"]
    command("import", code, "-", given=b"One card")
    with closing(sqlite.connect(settings.data_dir / "sheaf.db")) as db:
        db.execute(statement)
        db.commit()
    assert all(said in one for one in wrong(command))
    assert wrong(command)


@pytest.mark.only_sqlite
def test_a_damaged_file_is_told(command: Command, settings: Settings) -> None:
    damage(settings.data_dir / "sheaf.db")
    [said] = wrong(command)
    assert said.startswith("The database file is damaged: ")
    (settings.data_dir / "sheaf.db").write_bytes(b"no database at all" * 1000)
    assert wrong(command) == ["The database can’t be used: file is not a database."]


@pytest.mark.only_sqlite
def test_an_unsafe_sqlite_is_told(command: Command, monkeypatch: Env) -> None:
    monkeypatch.setattr("app.database.FIXED_SQLITE", (99, 0, 0))
    [said] = wrong(command)
    assert "can damage its file" in said
    assert FIXED_SQLITE < (99, 0, 0)


@pytest.mark.only_sqlite
def test_several_servers_on_one_file_are_told(command: Command, server: Server, settings: Settings) -> None:
    assert server.data_dir == settings.data_dir
    assert wrong(command) == []
    second = Server(server.data_dir).start()
    try:
        assert wrong(command) == ["2 servers run on this SQLite file. For several, use PostgreSQL."]
        assert "another server runs on" in second.log()
    finally:
        second.stop()
    server.kill()
    assert lease.servers(settings.data_dir / "sheaf.db") == 0


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/ann", "ext4"),
        ("/tmp/x", "tmpfs"),
        ("/tmpx", "ext4"),
        ("/srv/the hall", "nfs4"),
        ("/srv/the hall/local/data", "cifs"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(folder: str, kind: str) -> None:
    assert file_system(Path(folder), MOUNTS) == kind


@pytest.mark.only_sqlite
def test_a_network_file_system_is_told(command: Command, monkeypatch: Env) -> None:
    monkeypatch.setattr(checking, "_mounts", lambda: "nas:/hall / nfs4 rw 0 0\n")
    assert wrong(command) == ["The database is on a network file system (nfs4), where SQLite loses data."]


@pytest.mark.only_sqlite
def test_a_disk_that_is_nearly_full_is_told(command: Command, monkeypatch: Env) -> None:
    monkeypatch.setattr(checking, "ENOUGH_SPACE", 2**60)
    [said] = wrong(command)
    assert said.endswith(" MB of its disk are free.")


def test_a_secret_that_others_can_read_or_guess_is_told(
    command: Command, settings: Settings, monkeypatch: Env
) -> None:
    monkeypatch.setenv("SHEAF_SECRET", "short")
    assert wrong(command) == ["SHEAF_SECRET is not 32 characters or more."]
    monkeypatch.delenv("SHEAF_SECRET")
    file = settings.data_dir / "secret"
    file.write_text("x" * 40)
    file.chmod(0o640)
    assert wrong(command) == [f"{file} is open to others: chmod 600."]
    file.chmod(0o600)
    assert wrong(command) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sheaf.example", "must begin with https:// or http:// and name a host"),
        ("https://sheaf.example/hall", "must be a host alone, with nothing after it"),
        ("https://Sheaf.example", "must be written in lower case, without :443: browsers write it so"),
        ("https://sheaf.example:443", "must be written in lower case, without :443: browsers write it so"),
        ("http://sheaf.example", "is plain http, so anybody on the way can read along; please use https"),
    ],
)
def test_an_address_that_shuts_people_out_is_told(
    command: Command, monkeypatch: Env, url: str, said: str
) -> None:
    monkeypatch.setenv("SHEAF_PUBLIC_URL", url)
    assert wrong(command) == [f"SHEAF_PUBLIC_URL {said}."]


@pytest.mark.parametrize(
    "url", ["https://sheaf.example", "https://sheaf.example/", "http://192.168.1.5:8000", "http://hall.local"]
)
def test_an_address_that_people_can_use_is_in_order(command: Command, monkeypatch: Env, url: str) -> None:
    monkeypatch.setenv("SHEAF_PUBLIC_URL", url)
    assert wrong(command) == []


def test_suggestions_without_what_they_need_are_told(command: Command, monkeypatch: Env) -> None:
    monkeypatch.setenv("SHEAF_SUGGEST", "true")
    assert wrong(command) == []
    monkeypatch.setattr(checking, "is_installed", lambda: False)
    [said] = wrong(command)
    assert "start with bin/run" in said


def test_a_folder_that_cannot_be_made_is_told(command: Command, settings: Settings, monkeypatch: Env) -> None:
    (settings.data_dir / "a file").touch()
    monkeypatch.setenv("SHEAF_DATA_DIR", str(settings.data_dir / "a file" / "data"))
    assert any("can’t be made: Not a directory." in one for one in wrong(command))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SHEAF_PUBLIC_URI", "x", "SHEAF_PUBLIC_URI is no setting of this Sheaf, so it does nothing."),
        ("SHEAF_METRICS", "letmein", "SHEAF_METRICS is a token that can be guessed: "),
        ("SHEAF_TRUSTED_PROXIES", "me.example", "SHEAF_TRUSTED_PROXIES: me.example is no address"),
        ("SHEAF_TRUSTED_PROXIES", "*", "SHEAF_TRUSTED_PROXIES is *: anybody may say that they are"),
        ("SHEAF_TRUSTED_PROXIES", "10.0.0.1", checking.UNKNOWN_BEHIND_PROXY),
    ],
)
def test_a_setting_that_does_not_do_what_was_meant_is_told(
    command: Command, monkeypatch: Env, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert any(one.startswith(said) for one in wrong(command))


def test_own_words_that_are_no_text_are_told(command: Command, settings: Settings) -> None:
    settings.own_words.write_bytes("Öl".encode("latin-1"))
    assert wrong(command) == [f"{settings.own_words} can’t be read: is it UTF-8?"]
