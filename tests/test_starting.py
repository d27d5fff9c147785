"""What keeps the server from starting is said in one sentence, and nothing is touched."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
import pytest

from app import cli, logs
from tests.conftest import ROOT, Server


@pytest.mark.only_sqlite
def test_an_older_sheaf_does_not_touch_a_newer_database(tmp_path: Path, database: str) -> None:
    with closing(sqlite.connect(tmp_path / "sheaf.db")) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
    before = (tmp_path / "sheaf.db").read_bytes()
    for command in (["serve", "--port", "0"], ["new", "What next?"]):
        ran = Server(tmp_path, database).run(*command)
        said = "This database is from a newer Sheaf. Please run that one, or restore a backup from before.\n"
        assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", said)
    assert (tmp_path / "sheaf.db").read_bytes() == before


def refusals(folder: Path) -> dict[str, tuple[dict[str, str], str]]:
    (folder / "a file").touch()
    (folder / "damaged.db").write_bytes(b"no database at all" * 1000)
    nowhere = "postgresql://sheaf:qwordqword@127.0.0.1:1/sheaf"
    return {
        "no PostgreSQL": ({"SHEAF_DATABASE_URL": nowhere}, "The database can’t be used: connection failed"),
        "damaged": (
            {"SHEAF_DATABASE_URL": f"sqlite:///{folder}/damaged.db"},
            "The database can’t be used: file is not a database.",
        ),
        "no such kind": ({"SHEAF_DATABASE_URL": "mysql://x/y"}, "Sheaf keeps its data in SQLite or Post"),
        "no number": ({"SHEAF_PORT": "many"}, "SHEAF_PORT: Input should be a valid integer"),
        "no such form": ({"SHEAF_LOGS": "loud"}, "SHEAF_LOGS: Input should be 'text' or 'json'."),
        "no folder": (
            {"SHEAF_DATA_DIR": f"{folder}/a file/x", "SHEAF_DATABASE_URL": ""},
            "a file/x: Not a dir",
        ),
    }


@pytest.mark.parametrize(
    "what", ["no PostgreSQL", "damaged", "no such kind", "no number", "no such form", "no folder"]
)
def test_what_keeps_it_from_starting_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any, what: str
) -> None:
    given, says = refusals(tmp_path)[what]
    for name, value in {"SHEAF_DATA_DIR": str(tmp_path), "SHEAF_PORT": "0", **given}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["sheaf", "serve"])
    monkeypatch.setattr(logs, "begin", lambda _kind: None)  # the log is the tests' own
    with pytest.raises(SystemExit) as end:
        cli.run()
    told = capfd.readouterr()
    assert (end.value.code, told.out, told.err.count("\n")) == (1, "", 1)
    assert says in told.err
    assert "qword" not in told.err


def test_garbage_is_looked_for_once_the_program_is_read_in() -> None:
    asked = "import gc, app.__main__ as it; it.run = lambda: print(gc.isenabled()); it.main()"
    ran = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout == "True\n", ran.stderr
