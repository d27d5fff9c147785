"""kill -9 of the real server while 20 phones post: what was acknowledged is there, once.

The phones live in this process, which keeps the ledger: what was sent, under which key, and what
was acknowledged. (kill -9 does not test fsync: the machine's page cache survives it.)
"""

import asyncio
import itertools
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

import pysqlite3.dbapi2 as sqlite
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from app.passes import new_key
from tests.conftest import Server, received

pytestmark = pytest.mark.anyio

PHONES = 20
BEFORE_A_KILL = 100
"""Acknowledgements after which, or a little later, the server dies."""


@dataclass
class Ledger:
    """What the phones know."""

    sent: dict[str, str] = field(default_factory=dict)
    """Texts by key, also those whose fate is unknown."""
    saved: dict[str, int] = field(default_factory=dict)
    """Numbers by key, of what was acknowledged."""
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    target: int = BEFORE_A_KILL

    def open(self, key: str, text: str) -> None:
        self.sent[key] = text

    def note(self, receipt: dict[str, Any]) -> None:
        """An acknowledgement came. One that comes again must say the same."""
        assert receipt["status"] == "saved", receipt
        known = self.saved.setdefault(receipt["receipt"], receipt["number"])
        assert known == receipt["number"]
        if len(self.saved) >= self.target:
            self.enough.set()


@dataclass
class Phone:
    """Posts one thing after another; what has no receipt yet goes out again with the same key."""

    address: str
    token: str
    ledger: Ledger
    texts: Iterator[str]
    unanswered: dict[str, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Post until the connection breaks."""
        try:
            async with self._connected() as socket:
                for key, text in self.unanswered.items():
                    await self._send(socket, key, text)
                while True:
                    while len(self.unanswered) < 3:
                        await self._post(socket)
                    await self._hear(socket)
        except (ConnectionClosed, InvalidHandshake, OSError):
            return

    async def settle(self) -> None:
        """Send again what is unanswered, until everything has its receipt."""
        async with self._connected() as socket:
            for key, text in self.unanswered.items():
                await self._send(socket, key, text)
            while self.unanswered:
                await self._hear(socket)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientConnection]:
        bearer = {"Authorization": f"Bearer {self.token}"}
        async with connect(self.address, additional_headers=bearer, proxy=None, ping_interval=None) as socket:
            yield socket

    async def _post(self, socket: ClientConnection) -> None:
        key, text = new_key(), next(self.texts)
        self.ledger.open(key, text)
        self.unanswered[key] = text
        await self._send(socket, key, text)

    async def _send(self, socket: ClientConnection, key: str, text: str) -> None:
        await socket.send(json.dumps({"action": "post", "key": key, "text": text}))

    async def _hear(self, socket: ClientConnection) -> None:
        message = received(await socket.recv())
        if "receipt" in message:
            self.ledger.note(message)
            self.unanswered.pop(message["receipt"], None)


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.long)])
async def test_what_was_acknowledged_is_there_once(server: Server, rounds: int) -> None:
    links, ledger = server.new(), Ledger()
    texts = map("Post {}".format, itertools.count(1))
    address = f"{server.url.replace('http', 'ws')}/s/{links['code']}/live?screen=phone"
    phones = [Phone(address, join(server, links["code"]), ledger, texts) for _ in range(PHONES)]
    old = board(server, links)
    for _ in range(rounds):
        ledger.enough.clear()
        ledger.target = len(ledger.saved) + random.randint(PHONES, BEFORE_A_KILL)
        posting = [asyncio.create_task(phone.run()) for phone in phones]
        async with asyncio.timeout(30):
            await ledger.enough.wait()
        server.kill()
        await asyncio.gather(*posting)
        require_kept(server, ledger)
        server.start()
        fresh = board(server, links)
        assert await caught_up(server, links, old) == fresh
        old = fresh
    await asyncio.gather(*(phone.settle() for phone in phones))
    require_kept(server, ledger)
    assert ledger.saved.keys() == ledger.sent.keys()
    assert len(board(server, links)["contributions"]) == len(ledger.sent)


def require_kept(server: Server, ledger: Ledger) -> None:
    """acknowledged ⊆ in the database ⊆ sent; one row per key; the log without a gap."""
    db = sqlite.connect(f"file:{server.data_dir / 'sheaf.db'}", uri=True)
    try:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        log = db.execute(
            "SELECT seq, key, subjects FROM change WHERE action = 'post' ORDER BY seq"
        ).fetchall()
        texts = dict(
            db.execute(
                "SELECT number, text FROM contribution JOIN wording ON wording.id = wording_id"
            ).fetchall()
        )
        seqs = [seq for (seq,) in db.execute("SELECT seq FROM change ORDER BY seq")]
        head = db.execute("SELECT head FROM live_session").fetchone()
    finally:
        db.close()
    numbers = {key: int(json.loads(subjects)[0]) for _seq, key, subjects in log}
    assert seqs == list(range(1, len(seqs) + 1))
    assert head == (len(seqs),)
    assert len(numbers) == len(log) == len(texts)
    assert ledger.saved.items() <= numbers.items()
    assert {key: texts[number] for key, number in numbers.items()}.items() <= ledger.sent.items()
    assert Counter(texts.values()).most_common(1)[0][1] == 1


def join(server: Server, code: str) -> str:
    """A new participant's token."""
    with urlopen(Request(f"{server.url}/api/v1/sessions/{code}/participants", method="POST")) as answer:
        return str(json.load(answer)["token"])


def board(server: Server, links: dict[str, str]) -> dict[str, Any]:
    """The session as the facilitator's program sees it."""
    bearer = {"Authorization": f"Bearer {links['facilitator_token']}"}
    with urlopen(Request(f"{server.url}/api/v1/sessions/{links['code']}", headers=bearer)) as answer:
        whole: dict[str, Any] = json.load(answer)
    return whole


async def caught_up(server: Server, links: dict[str, str], old: dict[str, Any]) -> dict[str, Any]:
    """An old board, and what a socket brings from its cursor on."""
    address = f"{server.url.replace('http', 'ws')}/s/{links['code']}/live?screen=json&since={old['head']}"
    bearer = {"Authorization": f"Bearer {links['facilitator_token']}"}
    async with connect(address, additional_headers=bearer, proxy=None) as socket:
        frame = received(await socket.recv())
    assert frame["since"] == old["head"]
    contributions = {one["number"]: one for one in old["contributions"] + frame["touched"]["contributions"]}
    return old | {"head": frame["head"], "contributions": [contributions[n] for n in sorted(contributions)]}
