"""The examples in docs/examples do what they say, against the real server."""

import csv
import io
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from app.models import Scope
from tests.conftest import ROOT, Arrive, Server
from tests.test_api import Place
from tests.test_programs import Office

EXAMPLES = ROOT / "docs" / "examples"
HERE = "127.0.0.1"


class Screen:
    """The caption screen, running. What it writes comes block by block: a block is all that it shows."""

    def __init__(self, address: str, code: str, token: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(EXAMPLES / "captions.py"), address, code],
            env={**os.environ, "SHEAF_TOKEN": token},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.patience = threading.Timer(60, self.process.kill)
        self.patience.start()

    def shows(self, words: str, *, gone: str = "") -> bool:
        """Waits for a line with these words, with none before it that has the others."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            assert not gone or gone not in line
            if words in line:
                return True
        return False

    def end(self) -> str:
        """Waits for it to end by itself. Answers what it said."""
        _out, said = self.process.communicate(timeout=60)
        return str(said)


@pytest.fixture
def running() -> Iterator[list[Screen]]:
    screens: list[Screen] = []
    yield screens
    for one in screens:
        one.patience.cancel()
        one.process.kill()
        one.process.communicate()


def test_the_caption_screen_shows_what_is_said_until_its_token_is_taken_back(
    shared_server: Server,
    arrive: Arrive,
    running: list[Screen],
) -> None:
    place = Place(shared_server)
    office = Office(shared_server, arrive, place.made)
    place.participant.send("post", text="Who pays?")
    screen = Screen(shared_server.url, place.code, office.token(Scope.READ))
    running.append(screen)
    assert screen.shows("1  Who pays?")
    place.participant.send("post", text="Who comes?")
    assert screen.shows("2  Who comes?")
    place.facilitator.send("hide", contributions=[2])
    place.participant.send("post", text="Who stays?")
    assert screen.shows("3  Who stays?")
    place.facilitator.send("edit", number=3, text="Not mine to edit")
    place.participant.send("edit", number=3, text="Who stays longer?")
    assert screen.shows("3  Who stays longer?", gone="Who comes?")
    office.revoke()
    assert "Your link was taken back" in screen.end()


@contextmanager
def standing_in(
    handler: Callable[[ServerConnection], None], find: Callable[..., Response | None] | None = None
) -> Iterator[str]:
    """The address of a server that does as it is told."""
    with serve(handler, HERE, 0, process_request=find) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://{HERE}:{server.socket.getsockname()[1]}"


def test_the_caption_screen_comes_back_where_a_proxy_finds_no_server(running: list[Screen]) -> None:
    asked = itertools.count()

    def find(socket: ServerConnection, _request: Request) -> Response | None:
        return None if next(asked) else socket.respond(502, "Bad gateway")

    with standing_in(lambda socket: socket.close(4403, "All was said."), find) as address:
        running.append(Screen(address, "CDFG2346", "token"))
        assert running[0].end() == "All was said.\n"


def test_the_caption_screen_is_told_a_long_session_at_once(running: list[Screen]) -> None:
    cards = [{"number": nth, "status": "visible", "text": "Who pays? " * 20} for nth in range(10_000)]
    told = {"since": "", "head": "1.a", "gone": {"contributions": []}, "touched": {"contributions": cards}}

    def tell(socket: ServerConnection) -> None:
        socket.send(json.dumps(told))
        socket.close(4403, "All was said.")

    with standing_in(tell) as address:
        running.append(Screen(address, "CDFG2346", "token"))
        assert running[0].shows("9999  Who pays?")
        assert running[0].end() == "All was said.\n"


def test_the_table_of_themes_counts_every_voice(
    shared_server: Server, arrive: Arrive, tmp_path: Path
) -> None:
    place = Place(shared_server, themes=["＝Pay", "Power"])
    somebody, desk = place.participant, place.facilitator
    for text, kind in (("Who pays?", "question"), ("Who pays!", "statement"), ("=Alone", "idea")):
        somebody.send("post", text=text, kind=kind)
    somebody.send("post", text="Between us", quote=False)
    desk.send("place", contributions=[1, 2, 4], theme="A")
    desk.send("merge", contributions=[2], into=1)
    desk.send("place", contributions=[3], theme="lone")
    place.another().send("agree", number=1)
    token = Office(shared_server, arrive, place.made).token(Scope.WATCH)
    bearer = {"Authorization": f"Bearer {token}"}
    summary = httpx2.get(f"{shared_server.url}/s/{place.code}/summary.json", headers=bearer)
    (tmp_path / "summary.json").write_bytes(summary.content)
    ran = subprocess.run(
        [sys.executable, str(EXAMPLES / "themes.py"), str(tmp_path / "summary.json")],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = {row["theme"]: row for row in csv.DictReader(io.StringIO(ran.stdout))}
    assert list(rows) == ["A", "B", "lone", "unsorted", "parked"]
    assert rows["A"] == {
        "theme": "A",
        "name": "'＝Pay",
        "voices": "3",
        "questions": "1",
        "statements": "1",
        "ideas": "0",
        "agreements": "1",
        "only here": "1",
        "objections": "0",
        "not quoted": "1",
        "most agreed with": "Who pays?",
    }
    assert (rows["lone"]["voices"], rows["lone"]["most agreed with"]) == ("1", "'=Alone")
    assert sum(int(row["voices"]) for row in rows.values()) == json.loads(summary.content)["count"]
