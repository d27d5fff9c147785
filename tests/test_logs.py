"""What is logged: one line for each thing, with no words, no token, and no address of a page."""

import json
import logging
import socket
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx2
import pysqlite3.dbapi2 as sqlite
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from app.logs import AsObject, AsText
from app.passes import new_key
from tests.conftest import Server

TOKEN = "qt0ken0ken0ken0ken0ken"
WORD = "qwordqwordqword"


def record(message: str, fault: BaseException | None = None) -> logging.LogRecord:
    why: Any = (type(fault), fault, fault.__traceback__) if fault else None
    return logging.LogRecord("sheaf.writer", logging.ERROR, __file__, 1, message, None, why)


@pytest.fixture
def fault() -> BaseException:
    """One that another had caused."""
    try:
        try:
            json.loads("{\n")
        except ValueError as cause:
            raise RuntimeError("it\nfailed") from cause
    except RuntimeError as raised:
        return raised


def test_an_error_is_one_line_that_says_why_and_where(fault: BaseException) -> None:
    line = AsText().format(record("an action failed", fault))
    assert "ERROR   an action failed; RuntimeError: it failed (tests/test_logs.py" in line.replace(
        str(Path(__file__).parent.parent.name) + "/tests", "tests"
    )
    assert "; JSONDecodeError: Expecting property name" in line
    assert line.isprintable()


def test_nothing_in_a_line_looks_like_another_or_steers_a_terminal() -> None:
    line = AsText().format(record("one\n2026-11-23 00:00:00 ERROR two \x1b[2J"))
    assert line.isprintable()


def test_as_json_it_is_an_object_with_the_same_in_it(fault: BaseException) -> None:
    line = AsObject().format(record("an action\nfailed", fault))
    said = json.loads(line)
    assert "\n" not in line
    assert (said["level"], said["logger"], said["message"]) == ("error", "sheaf.writer", "an action\nfailed")
    assert [one["error"].partition(":")[0] for one in said["faults"]] == ["RuntimeError", "JSONDecodeError"]
    assert "test_logs.py" in said["faults"][0]["where"]


@pytest.fixture(params=["text", "json"])
def log(request: pytest.FixtureRequest, tmp_path: Path, database: str) -> list[str]:
    """What a server has logged by its end, after all sorts of things went wrong."""
    server = Server(tmp_path, database, SHEAF_LOGS=request.param).start()
    try:
        break_things(server)
    finally:
        server.stop()
    lines = server.log().splitlines()
    assert any("an action failed: change_session" in line for line in lines)
    if request.param == "json":
        assert {json.loads(line)["level"] for line in lines} >= {"error"}
    return lines


def break_things(server: Server) -> None:
    made = server.new()
    with closing(sqlite.connect(server.data_dir / "sheaf.db")) as db:
        broken = "BEGIN SELECT RAISE(ABORT, 'broken'); END"
        for table, doing in (("live_session", "UPDATE OF title"), ("account", "INSERT")):
            db.execute(f"CREATE TRIGGER no_{table} BEFORE {doing} ON {table} {broken}")
    api = f"{server.url}/api/v1/sessions/{made['code']}/actions"
    desk = {"Authorization": f"Bearer {made['facilitator_token']}"}
    wish = {"action": "change_session", "key": new_key(), "title": WORD}
    assert httpx2.post(api, json=wish, headers=desk).json()["status"] == "refused"
    person = {"email": f"{WORD}@example.org", "password": WORD, "to": f"/i/{TOKEN}"}
    assert httpx2.post(f"{server.url}/sign-in", data=person).status_code == 422
    for path in (f"/i/{TOKEN}", f"/sign-up/{TOKEN}", f"/s/{made['code']}?token={TOKEN}", f"/static/{TOKEN}"):
        httpx2.get(server.url + path, headers={"Authorization": f"Bearer {TOKEN}"})
    live = f"{server.url.replace('http', 'ws', 1)}/s/{made['code']}/live?screen=board&token={TOKEN}"
    with pytest.raises(InvalidStatus):
        connect(live, origin=f"https://{TOKEN}.example", proxy=None)
    for request in (
        f"GET /i/{TOKEN} HTTP/7.7\r\n\r\n",
        f"GET {live} HTTP/1.1\r\nUpgrade: websocket\r\n{TOKEN}",
    ):
        with socket.create_connection(("localhost", server.port)) as line:
            line.sendall(request.encode())
            line.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                while line.recv(4096):
                    pass


@pytest.mark.only_sqlite
def test_what_goes_wrong_is_logged_a_line_each_without_words_or_tokens(log: list[str]) -> None:
    for line in log:
        assert TOKEN not in line
        assert WORD not in line
        assert line.startswith("{") or line[:4].isdigit(), "a line that begins in the midst of something"
