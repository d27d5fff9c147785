"""What operators ask: is it alive, is it ready, and how is it doing."""

import itertools
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx2
import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from app import main
from app.main import create_app
from app.routes import health, join
from app.settings import Settings
from tests.conftest import Server, received
from tests.test_api import Place

HERE = ("127.0.0.1", 50_000)
LINE = re.compile(r'[a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? [0-9.e+-]+')


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Somebody who waits for an answer for as long as a busy machine takes."""
    for patience in ("PATIENCE", "FEED_WITHIN"):
        monkeypatch.setattr(health, patience, 60.0)
    with TestClient(create_app(settings), client=HERE) as asking:
        yield asking


# Alive and ready


def test_a_server_that_runs_is_alive_and_ready(client: TestClient) -> None:
    for path in ("/healthz", "/readyz"):
        answer = client.get(path)
        assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_crowd_that_asks_for_pages_keeps_nothing_else_waiting(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are made a few at a time: each takes its turn of the core from posts and frames."""
    let_go, are_in, inside = threading.Event(), threading.Semaphore(0), itertools.count()

    def slow_page(*_: object, **__: object) -> str:
        next(inside)
        are_in.release()
        let_go.wait()
        return ""

    monkeypatch.setattr(join, "render", slow_page)
    with ThreadPoolExecutor(20) as crowd:
        pages = [crowd.submit(client.get, "/") for _ in range(20)]
        try:
            for _ in range(main.PAGES_AT_ONCE):
                are_in.acquire()
            ready = [client.get("/readyz").status_code for _ in range(5)]
            assert (ready, next(inside)) == ([200] * 5, main.PAGES_AT_ONCE)
        finally:
            let_go.set()
        assert {page.result().status_code for page in pages} == {200}


@pytest.mark.only_sqlite
def test_it_is_not_ready_while_another_program_holds_the_database(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite.connect(settings.data_dir / "sheaf.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with monkeypatch.context() as hurried:
            hurried.setattr(health, "PATIENCE", 0.1)
            answer = client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "not ready: writer\n")
        assert client.get("/healthz").status_code == 200
        other.rollback()
    assert client.get("/readyz").status_code == 200


def test_it_is_not_ready_when_the_database_fails(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_live: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("disk I/O error"))

    monkeypatch.setattr(health, "_read", fail)
    assert client.get("/readyz").text == "not ready: database\n"


def test_it_is_not_ready_when_the_feeds_stand_still(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FEED_WITHIN", 0)
    assert client.get("/readyz").text == "not ready: feed\n"


# Figures


def figures(server: Server) -> dict[str, float]:
    """All of them, by name and labels."""
    answer = httpx2.get(f"{server.url}/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    for line in lines:
        assert LINE.fullmatch(line), line
    assert len(lines) == len({line.rpartition(" ")[0] for line in lines})
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_every_figure_is_described_once(client: TestClient) -> None:
    lines = client.get("/metrics").text.splitlines()
    described = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert described == [line.split()[2] for line in lines if line.startswith("# HELP")]
    assert len(described) == len(set(described))
    for line in lines:
        if not line.startswith("#"):
            name = re.split(r"[{ ]", line)[0]
            assert name in described or re.sub("_(bucket|sum|count)$", "", name) in described


def test_phones_posts_and_how_soon_they_were_there_are_counted(server: Server) -> None:
    place = Place(server)
    before = figures(server)
    with place.participant.socket(screen="phone") as phone, place.facilitator.socket():
        received(phone.recv())
        for text, status in [("Hello", "saved"), ("x" * 600, "refused")]:
            assert place.participant.send("post", text=text)["status"] == status
        while "Hello" not in phone.recv():
            pass
        while not (after := figures(server))["sheaf_delivery_seconds_count"]:
            pass  # every screen has it by then, and this one may be the first
        assert after['sheaf_connections{screen="phone"}'] == 1
        assert after['sheaf_connections{screen="json"}'] == 1
        assert after['sheaf_connections{screen="board"}'] == 0
    assert after['sheaf_actions_total{action="post",status="saved"}'] == 1
    assert after['sheaf_actions_total{action="post",status="refused"}'] == 1
    for name in ("sheaf_acknowledgement_seconds", "sheaf_delivery_seconds"):
        assert before[f"{name}_count"] == 0
        assert after[f"{name}_count"] == after[f'{name}_bucket{{le="+Inf"}}'] == 1
        assert after[f"{name}_sum"] > 0
        buckets = [after[key] for key in after if key.startswith(f"{name}_bucket")]
        assert buckets == sorted(buckets)
    assert after["process_resident_memory_bytes"] > 1_000_000


def test_no_figure_names_a_session_or_a_person(server: Server) -> None:
    place = Place(server, title="Very private")
    place.participant.send("post", text="In my own words")
    told = httpx2.get(f"{server.url}/metrics").text
    for word in ("private", "words", place.code):
        assert word not in told


# Who may read them


@pytest.mark.parametrize(
    ("setting", "client_host", "headers", "may"),
    [
        ("local", "127.0.0.1", {}, True),
        ("local", "::1", {}, True),
        ("local", "192.168.1.7", {}, False),
        ("local", "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, False),
        ("local", "127.0.0.1", {"Via": "1.1 proxy"}, False),
        ("off", "127.0.0.1", {}, False),
        ("a long token", "192.168.1.7", {"Authorization": "Bearer a long token"}, True),
        ("a long token", "127.0.0.1", {"Authorization": "Bearer another"}, False),
        ("a long token", "127.0.0.1", {}, False),
        ("", "127.0.0.1", {"Authorization": "Bearer "}, False),
    ],
)
def test_figures_are_not_public(
    settings: Settings, setting: str, client_host: str, headers: dict[str, str], may: bool
) -> None:
    settings.metrics = setting
    with TestClient(create_app(settings), client=(client_host, 1)) as client:
        assert client.get("/metrics", headers=headers).status_code == (200 if may else 404)
