"""What we ship of others' work is exactly what its manifest says, with version and licence."""

import hashlib
import json
from pathlib import Path

import pytest

VENDOR = Path(__file__).parent.parent / "app" / "static" / "vendor"
ENTRIES = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))["files"]


def test_every_vendored_file_is_in_the_manifest_and_the_other_way_round():
    present = sorted(path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file())
    listed = sorted(entry["file"] for entry in ENTRIES)

    assert present == sorted([*listed, "vendor.json"])


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_a_vendored_file_is_unaltered(entry):
    digest = hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest()

    assert digest == entry["sha256"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_a_vendored_file_says_where_it_came_from(entry):
    assert set(entry) == {"file", "name", "version", "package", "path", "licence", "sha256"}
    assert all(entry.values())


@pytest.mark.parametrize("name", sorted({entry["name"] for entry in ENTRIES}))
def test_every_vendored_work_ships_its_licence(name):
    assert any(entry["path"] == "LICENSE" for entry in ENTRIES if entry["name"] == name)
