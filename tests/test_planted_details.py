"""PostgreSQL says more than SQLite when something fails: its DETAIL quotes the row. No log has it."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import psycopg
import pytest

from app.passes import new_key
from tests.conftest import Server

pytestmark = pytest.mark.only_postgres

BROKEN = """
    ALTER TABLE wording ADD CONSTRAINT broken CHECK (text NOT LIKE '%planted%') NOT VALID;
    ALTER TABLE account ADD CONSTRAINT broken CHECK (name NOT LIKE '%planted%') NOT VALID;
"""


@pytest.fixture
def broken(server: Server) -> Iterator[Server]:
    """A server whose database refuses certain rows, as it would after a mistake of ours."""
    with psycopg.connect(server.database, autocommit=True) as db:
        db.execute(BROKEN.encode())
        yield server
        for table in ("wording", "account"):
            db.execute(f"ALTER TABLE {table} DROP CONSTRAINT broken".encode())


def test_what_fails_is_logged_without_the_row(broken: Server, tmp_path: Path) -> None:
    made = broken.new()
    api = f"{broken.url}/api/v1/sessions/{made['code']}/actions"
    bearer = {"Authorization": f"Bearer {made['facilitator_token']}"}
    said = {"action": "post", "key": new_key(), "text": "planted words"}
    assert httpx2.post(api, json=said, headers=bearer).json()["status"] == "refused"
    assert broken.process is not None
    assert broken.process.stdout is not None
    sign_up = broken.process.stdout.readline().split()[-1]
    with httpx2.Client(headers={"Origin": broken.url}, base_url=broken.url, follow_redirects=True) as browser:
        browser.get(sign_up)
        person = {"name": "planted name", "email": "planted@example.org", "password": "planted password"}
        assert browser.post("/sign-up", data=person).status_code == 500
    broken.stop()
    log = broken.log()
    assert "violates check constraint" in log
    assert "planted" not in log
    assert "DETAIL" not in log
