"""Several servers on one PostgreSQL, in processes of their own, with phones on each of them.

Whatever happens to one of them, to the database or to what lies between, the oracle holds: nothing
that was acknowledged is lost, nothing is there twice, and every screen on every server ends as a
fresh page. A phone whose connection breaks is led to the next server, as a balancer would.
"""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import psycopg
import pytest

from tests.conftest import Server
from tests.oracle import Crowd
from tests.postgres import Cluster
from tests.proxy import Proxy

pytestmark = pytest.mark.anyio


def long(*values: Any) -> Any:
    return pytest.param(*values, marks=pytest.mark.long)


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> Iterator[str]:
    lent = cluster.borrow()
    yield lent
    cluster.give_back(lent)


@pytest.fixture(scope="module")
def cable(cluster: Cluster) -> Iterator[Proxy]:
    """What lies between the last server and the database."""
    proxy = Proxy(cluster.socket_file)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def servers(
    cluster: Cluster, url: str, cable: Proxy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Server]]:
    """Three of them."""
    ways = url, url, cluster.through(cable.port, url)
    three = [Server(tmp_path_factory.mktemp("server"), way) for way in ways]
    with ThreadPoolExecutor() as together:
        list(together.map(Server.start, three))
    yield three
    for one in three:
        one.stop()


PAUSE = 0.2
"""Seconds that each phone thinks, where posting goes on for minutes: each screen is told of every post."""


def crowd_of(servers: Sequence[Server], phones: int = 9, **habits: Any) -> Crowd:
    first, *others = servers
    return Crowd(first, phones, others=others, **habits)


async def test_all_show_the_same_board(servers: list[Server]) -> None:
    async with crowd_of(servers).posting() as ledger:
        await ledger.grown(60)


# 5: all connections to the database end


@pytest.mark.parametrize("rounds", [2, long(50)])
async def test_connections_that_end_cost_nothing(servers: list[Server], url: str, rounds: int) -> None:
    async with crowd_of(servers, pause=PAUSE if rounds > 2 else 0).posting() as ledger:
        for _ in range(rounds):
            await ledger.grown(20)
            with psycopg.connect(url) as db:
                db.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid != pg_backend_pid()"
                )
        await ledger.grown(20)


# 6 and 7: PostgreSQL stops for a while, or crashes


@pytest.mark.parametrize(
    ("how", "rounds", "seconds"),
    [("fast", 1, 0), ("immediate", 2, 0), long("fast", 1, 30), long("immediate", 50, 0)],
)
async def test_a_database_that_stops_loses_nothing(
    servers: list[Server], cluster: Cluster, how: str, rounds: int, seconds: float
) -> None:
    async with crowd_of(servers, pause=PAUSE if rounds > 2 else 0).posting() as ledger:
        for _ in range(rounds):
            await ledger.grown(20)
            later = ledger.later
            await asyncio.to_thread(cluster.halt, how)
            await ledger.until(lambda later=later: ledger.later > later)
            await asyncio.sleep(seconds)
            await asyncio.to_thread(cluster.go_on)
        await ledger.grown(40)


# 8: one server is cut off from the database


@pytest.mark.parametrize("seconds", [0, long(60)])
async def test_a_server_without_its_database_sends_everybody_away(
    servers: list[Server], cable: Proxy, seconds: float
) -> None:
    crowd = crowd_of(servers, pause=PAUSE if seconds else 0)
    there = [follower for follower in crowd.followers if follower.server is servers[2]]
    async with crowd.posting() as ledger:
        await ledger.grown(20)
        cable.cut()
        for follower in there:
            await follower.until(lambda follower=follower: 1013 in follower.turned_away)
        assert (await asyncio.to_thread(httpx2.get, servers[2].url + "/readyz")).status_code == 503
        await ledger.grown(40)
        await asyncio.sleep(seconds)
        cable.heal()


# 9: one server is frozen


@pytest.mark.parametrize("seconds", [0, long(45)])
async def test_a_frozen_server_acknowledges_nothing_that_is_not_so(
    servers: list[Server], seconds: float
) -> None:
    crowd = crowd_of(servers, patience=2, pause=PAUSE if seconds else 0)
    for phone in crowd.phones[:5]:
        phone.patience = 90  # these are still there to hear what it says afterwards
    frozen = servers[1].process
    assert frozen is not None
    async with crowd.posting() as ledger:
        await ledger.grown(20)
        frozen.send_signal(signal.SIGSTOP)
        try:
            await ledger.grown(60, 60)
            await asyncio.sleep(seconds)
        finally:
            frozen.send_signal(signal.SIGCONT)
        await ledger.grown(40)


# 10: one after the other is replaced


@pytest.mark.parametrize("rounds", [1, long(10)])
async def test_restarting_one_after_the_other_loses_nothing(servers: list[Server], rounds: int) -> None:
    async with crowd_of(servers, pause=PAUSE if rounds > 1 else 0).posting() as ledger:
        for one in servers * rounds:
            await ledger.grown(20)
            await asyncio.to_thread(one.stop)
            await asyncio.to_thread(one.start)


# 20: some commits are slow

OF_A_SESSION = 100
"""Posts, after which others begin: what screens hold would grow on, and with it every comparison."""


@pytest.mark.parametrize(("goal", "seconds"), [(60, 0.3), long(10_000, 0.3), long(200, 2)])
async def test_a_slow_commit_skips_nothing(
    servers: list[Server], url: str, goal: int, seconds: float
) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(slow_commits(seconds, one_in=50 if goal > 1000 else 10).encode())
        try:
            while goal > 0:
                goal -= await post_in_two_sessions(servers, min(goal, OF_A_SESSION))
        finally:
            db.execute("DROP TRIGGER dawdle ON wording; DROP FUNCTION dawdle()")


async def post_in_two_sessions(servers: list[Server], goal: int) -> int:
    """Answers how many posts were acknowledged: at least the goal."""
    crowd, quick = crowd_of(servers), crowd_of(servers, phones=3)
    async with crowd.posting() as ledger, quick.posting() as others:
        await others.grown(goal // 4, 120)
        await ledger.grown(goal, 120)
    return len(ledger.saved) + len(others.saved)


def slow_commits(seconds: float, one_in: int) -> str:
    """What is deferred to the end is done while committing."""
    return f"""
        CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON wording DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.id % {one_in} = 0) EXECUTE FUNCTION dawdle();
    """
