"""From an empty environment: the wheel is installed, `sheaf serve` runs, and nothing is missing.

What Sheaf depends on is lent by the environment of these tests, which has no Sheaf in it. The long
form has pip fetch all of it, as on a new machine.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

import app
from app.database import MIGRATIONS
from app.passes import new_key
from tests.conftest import ROOT

WORDS = "What does a wheel know of roads?"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [made] = folder.glob("*.whl")
    return made


def test_it_has_everything_that_the_repository_has(wheel: Path) -> None:
    ours = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "app", "migrations"]
    listed = subprocess.run(ours, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    expected = {name.replace("migrations/", "app/migrations/") for name in listed if (ROOT / name).exists()}
    with zipfile.ZipFile(wheel) as packed:
        found = {name for name in packed.namelist() if name.startswith("app/")}
    assert found == expected


def test_its_name_has_the_version(wheel: Path) -> None:
    assert wheel.name == f"sheaf-{app.__version__}-py3-none-any.whl"


class Installed:
    """An environment of its own with the wheel in it, away from the repository."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.here = folder, folder / "elsewhere"
        self.here.mkdir()
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)

    def borrow(self, wheel: Path) -> "Installed":
        """With what Sheaf needs from the environment of the tests."""
        uv = next(filter(None, (shutil.which("uv"), ROOT / ".uv/bin/uv")))
        install = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--offline",
            "--no-deps",
            "--python",
            self.program("python"),
        ]
        subprocess.run([*install, wheel], check=True, cwd=self.here)
        [site] = self.folder.glob("venv/lib/python*/site-packages")
        (site / "lent.pth").write_text(sysconfig.get_path("purelib"))
        return self

    def fetch(self, wheel: Path) -> "Installed":
        """With what pip brings."""
        python = self.program("python")
        subprocess.run([python, "-m", "ensurepip"], check=True, capture_output=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True, cwd=self.here)
        return self

    def program(self, name: str) -> str:
        return str(self.folder / "venv" / "bin" / name)

    def run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        sheaf = [self.program("sheaf"), *command]
        return subprocess.run(sheaf, cwd=self.here, env=self.environment, capture_output=True, timeout=60)

    @property
    def environment(self) -> dict[str, str]:
        """Nothing that leads back to the repository."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        compiled = {"PYTHONPYCACHEPREFIX": str(self.folder / "bytecode")}  # once, not by each command
        return {**kept, **compiled, "SHEAF_DATA_DIR": str(self.folder / "data")}


@pytest.fixture(scope="module", params=["lent", pytest.param("fetched", marks=pytest.mark.long)])
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: Any) -> Installed:
    made = Installed(tmp_path_factory.mktemp("installed"))
    return made.borrow(wheel) if request.param == "lent" else made.fetch(wheel)


@pytest.fixture(scope="module")
def served(installed: Installed) -> Iterator[str]:
    """The address at which the installed server says it is."""
    log = (installed.folder / "log").open("w")
    command = [installed.program("sheaf"), "serve", "--port", "0"]
    server = subprocess.Popen(
        command, cwd=installed.here, env=installed.environment, stdout=subprocess.PIPE, stderr=log, text=True
    )
    assert server.stdout is not None
    said = server.stdout.readline()
    assert said.startswith("Sheaf is at "), (installed.folder / "log").read_text()
    yield said.split()[3]
    server.terminate()
    server.wait(timeout=60)
    server.stdout.close()
    log.close()


@pytest.fixture(scope="module")
def made(installed: Installed, served: str) -> dict[str, str]:
    """A session with one card, posted by a program."""
    session: dict[str, str] = json.loads(installed.run("new", "What next?", "--json").stdout)
    api = f"{served}/api/v1/sessions/{session['code']}"
    token = httpx2.post(f"{api}/participants", json={}).json()["token"]
    card = {"action": "post", "key": new_key(), "text": WORDS}
    receipt = httpx2.post(f"{api}/actions", json=card, headers={"Authorization": f"Bearer {token}"})
    assert receipt.json()["status"] == "saved"
    return session


def test_the_code_is_the_wheels(installed: Installed, served: str) -> None:
    asked = "import app, app.database as d; print(app.__file__, d.MIGRATIONS)"
    said = subprocess.run(
        [installed.program("python"), "-c", asked], cwd=installed.here, capture_output=True, text=True
    )
    assert said.stdout.count(str(installed.folder)) == 2, said
    assert str(MIGRATIONS) not in said.stdout


@pytest.mark.parametrize("path", ["", "/projector"])
def test_pages_and_what_they_need_are_there(served: str, made: dict[str, str], path: str) -> None:
    answer = httpx2.get(f"{served}/s/{made['code']}{path}")
    assert answer.status_code == 200
    needed = {part.partition('"')[0] for part in answer.text.split('="/static/')[1:]}
    assert needed
    for name in needed:
        assert httpx2.get(f"{served}/static/{name}").status_code == 200, name


@pytest.mark.parametrize(("suffix", "begins"), [("html", b"<!doctype html>"), ("pdf", b"%PDF-1.")])
def test_summaries_are_written(
    installed: Installed, made: dict[str, str], suffix: str, begins: bytes
) -> None:
    out = installed.run("export", made["code"], "--format", suffix)
    assert out.stdout.lower().startswith(begins.lower()), out.stderr
    assert suffix == "pdf" or WORDS.encode() in out.stdout


def test_everything_is_in_order(installed: Installed, made: dict[str, str]) -> None:
    assert made
    assert installed.run("check").returncode == 0
    assert not list(installed.here.iterdir())
