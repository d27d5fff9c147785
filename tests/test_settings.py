"""The page about settings names exactly the settings there are, and what they are unless set."""

import re

import pytest

from app.settings import Settings
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(SHEAF_\w+)` \| (.*?) \|", PAGE, re.MULTILINE))


def test_the_page_lists_every_setting_and_no_other() -> None:
    assert list(ROWS) == [f"SHEAF_{name.upper()}" for name in Settings.model_fields]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_page_knows_what_it_is_unless_set(name: str) -> None:
    default = Settings.model_fields[name].default
    assert ROWS[f"SHEAF_{name.upper()}"] == (f"`{default}`" if str(default) else "")


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_ACTION_BURST", "7")
    monkeypatch.setenv("SHEAF_PUBLIC_URL", "https://sheaf.example")
    settings = Settings()
    assert (settings.action_burst, settings.https) == (7, True)


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: object) -> None:
    first, second = (Settings(data_dir=tmp_path) for _ in range(2))
    assert first.signing_key == second.signing_key
    assert len(first.signing_key) >= 32
    assert (first.data_dir / "secret").stat().st_mode & 0o077 == 0
