"""What must be true after any fault, asked of the real server by a process that is not it.

acknowledged ⊆ in the database ⊆ sent; one row per key; the log without a gap; an old page and
what a socket brings = a fresh page, for every screen; and SQLite finds its file whole.
The phones live in the test's process, which keeps the ledger: what was sent, under which key, and
what was acknowledged. (kill -9 does not test fsync: the machine's page cache survives it.)
"""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

from sqlalchemy import Connection, Table, select, true
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from app.database import connect as open_database
from app.database import reading
from app.models import changes, contributions, sessions, wordings
from app.passes import Signer, new_actor, new_key
from app.queries.sessions import session_by_id
from app.screens import Screen
from app.screens.update import cursor
from tests.conftest import SECRET, Server, received
from tests.screens import Viewer, assert_same

AGAIN = 0.05
"""Seconds until a phone tries to come back. Short, so that the server meets them early."""


@dataclass
class Ledger:
    """What the phones know."""

    sent: dict[str, str] = field(default_factory=dict)
    """Texts by key, also those whose fate is unknown."""
    saved: dict[str, int] = field(default_factory=dict)
    """Numbers by key, of what was acknowledged."""
    later: int = 0
    """How often somebody was told to try again."""
    breaks: Counter[int] = field(default_factory=Counter)
    """How often a connection ended, by the code that it was closed with: 1006 where it broke off
    without a word, 0 where there was none to be had, or no answer on it."""
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, receipt: dict[str, Any]) -> bool:
        """An answer came; whether it was an acknowledgement. One that comes again must say the
        same, and nobody is refused."""
        self.heard.set()
        if receipt["status"] == "later":
            self.later += 1
            return False
        assert receipt["status"] == "saved", receipt
        number = self.saved.setdefault(receipt["receipt"], receipt["number"])
        assert number == receipt["number"]
        return True

    def note_break(self, end: Exception) -> None:
        """A connection ended, or there was none to be had."""
        self.breaks[_code(end)] += 1
        self.heard.set()

    async def until(self, is_so: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for something that the phones are told."""
        async with asyncio.timeout(seconds):
            while not is_so():
                self.heard.clear()
                await self.heard.wait()

    async def grown(self, by: int, seconds: float = 60) -> None:
        """Wait for so many more acknowledgements."""
        goal = len(self.saved) + by
        await self.until(lambda: len(self.saved) >= goal, seconds)


def _code(end: Exception) -> int:
    if not isinstance(end, ConnectionClosed):
        return 0
    return end.rcvd.code if end.rcvd else 1006


@dataclass
class Phone:
    """Posts one thing after another, and comes back whenever its connection breaks. What has no
    receipt yet goes out again with the same key."""

    addresses: Iterator[str]
    """Where to try next: whoever comes back may be led to another server."""
    token: str
    ledger: Ledger
    texts: Iterator[str]
    patience: float = 30
    """Seconds without a word after which a connection is given up."""
    pause: float = 0
    """Seconds that it thinks before it posts again."""
    is_writing: bool = True
    unanswered: dict[str, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Post until told to stop; then only until everything has its receipt."""
        while self.is_writing or self.unanswered:
            try:
                async with self._connected() as socket:
                    await self._talk(socket)
            except (ConnectionClosed, InvalidHandshake, OSError) as end:  # a timeout is an OSError
                self.ledger.note_break(end)
                await asyncio.sleep(AGAIN)

    async def _talk(self, socket: ClientConnection) -> None:
        for key, text in self.unanswered.items():
            await self._send(socket, key, text)
        while self.is_writing or self.unanswered:
            while self.is_writing and len(self.unanswered) < 3:
                await self._post(socket)
            await self._hear(socket)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientConnection]:
        bearer = {"Authorization": f"Bearer {self.token}"}
        options: dict[str, Any] = {"proxy": None, "ping_interval": None, "close_timeout": 1, "max_size": None}
        async with connect(
            next(self.addresses), additional_headers=bearer, open_timeout=self.patience, **options
        ) as socket:
            yield socket

    async def _post(self, socket: ClientConnection) -> None:
        key, text = new_key(), next(self.texts)
        self.ledger.sent[key] = self.unanswered[key] = text
        await self._send(socket, key, text)

    async def _send(self, socket: ClientConnection, key: str, text: str) -> None:
        await socket.send(json.dumps({"action": "post", "key": key, "text": text}))

    async def _hear(self, socket: ClientConnection) -> None:
        async with asyncio.timeout(self.patience):
            message = received(await socket.recv())
        key = message.get("receipt")
        if key is None:
            return
        if self.ledger.note(message):
            self.unanswered.pop(key, None)
            await asyncio.sleep(self.pause)
        elif key in self.unanswered:
            await asyncio.sleep(min(message["after"], AGAIN))
            await self._send(socket, key, self.unanswered[key])


class Crowd:
    """Phones that post to one session, and screens of it that were opened before. With `others`
    they are spread over several servers, and some screens on each follow what happens."""

    def __init__(
        self,
        server: Server,
        phones: int = 20,
        address: str = "",
        others: Sequence[Server] = (),
        **habits: Any,
    ) -> None:
        servers = [server, *others]
        self.server, self.links, self.ledger = server, server.new(), Ledger()
        self.database = server.database
        code, texts = self.links["code"], map("Post {}".format, itertools.count(1))
        ways = [
            f"{(address or one.url).replace('http', 'ws', 1)}/s/{code}/live?screen=phone" for one in servers
        ]
        self.phones = [
            Phone(_from(ways, nth), self._participant(), self.ledger, texts, **habits)
            for nth in range(phones)
        ]
        self.watchers = [Watcher(self, screen, one) for screen, one in zip(Screen, itertools.cycle(servers))]
        followed = itertools.product((Screen.PHONE, Screen.BOARD), servers if others else ())
        self.followers = [Watcher(self, screen, one) for screen, one in followed]

    @asynccontextmanager
    async def posting(self, *, anew: bool = True) -> AsyncIterator[Ledger]:
        """They post meanwhile. At the end everything has its receipt, and the oracle is asked:
        of screens opened at the beginning, or, unless `anew`, earlier."""
        if anew:
            for watcher in (*self.watchers, *self.followers):
                watcher.open()
        async with asyncio.TaskGroup() as screens:
            following = [screens.create_task(follower.follow()) for follower in self.followers]
            async with asyncio.TaskGroup() as phones:
                for phone in self.phones:
                    phone.is_writing = True
                    phones.create_task(phone.run())
                try:
                    yield self.ledger
                finally:
                    for phone in self.phones:
                        phone.is_writing = False
            self.require_kept()
            assert self.ledger.saved.keys() == self.ledger.sent.keys()
            for follower, task in zip(self.followers, following, strict=True):
                await follower.has_everything()
                task.cancel()
        for watcher in self.watchers:
            await watcher.catch_up()

    @property
    def head(self) -> int:
        """The seq of the session's newest change."""
        return int(self.cursor.partition(".")[0])

    @property
    def cursor(self) -> str:
        """Where a screen is that has everything."""
        with looking(self.database) as db:
            found = session_by_id(db, self.session_id)
        assert found is not None
        return cursor(found)

    def require_kept(self) -> None:
        """What must be true at any moment."""
        require_kept(self.database, self.ledger, self.session_id)

    def _participant(self) -> str:
        return Signer(SECRET, https=False).token(new_actor(self.session_id))

    @property
    def session_id(self) -> int:
        """The session's number."""
        holder = Signer(SECRET, https=False).holder(self.links["facilitator_token"])
        assert holder is not None
        return holder.session_id


def _from(ways: list[str], nth: int) -> Iterator[str]:
    at = nth % len(ways)
    return itertools.cycle(ways[at:] + ways[:at])


class Watcher:
    """One screen: what it holds, and how a server brings it up to date."""

    def __init__(self, crowd: Crowd, screen: Screen, server: Server) -> None:
        self._crowd, self._screen, self.server = crowd, screen, server
        self.turned_away: list[int] = []
        """The codes with which its connections were closed."""
        self._heard = asyncio.Event()
        token = crowd.links["participant_token" if screen is Screen.PHONE else "facilitator_token"]
        self._bearer = {"Authorization": f"Bearer {token}"}
        holder = Signer(SECRET, https=False).holder(token)
        assert holder is not None
        self._viewer = Viewer(screen, holder)

    def open(self) -> None:
        """Load the page."""
        with looking(self._crowd.database) as db:
            self._held = self._viewer.fresh(db)

    async def catch_up(self) -> None:
        """Take what the server sends from where this screen is, and compare."""
        head = self._head()
        if self._screen is Screen.QUEUE:
            self._take(await asyncio.to_thread(self._ask))  # nothing is held: no frame would come
        elif self._held.cursor != head:
            async with asyncio.timeout(60):
                await self._listen(lambda: self._held.cursor == head)
        self._compare()

    async def follow(self) -> None:
        """Take whatever the server sends, for as long as it may, and come back when it breaks."""
        while True:
            try:
                await self._listen(lambda: False)
            except ConnectionClosed as end:
                self.turned_away.append(end.rcvd.code if end.rcvd else 1006)
            except (InvalidHandshake, OSError):
                pass  # it is starting again
            self._heard.set()
            await asyncio.sleep(AGAIN)

    async def has_everything(self) -> None:
        """Wait until what it followed is all there is, and compare."""
        head = self._head()
        await self.until(lambda: self._held.cursor == head)
        self._compare()

    async def until(self, is_so: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for something that this screen is told."""
        async with asyncio.timeout(seconds):
            while not is_so():
                self._heard.clear()
                await self._heard.wait()

    def _head(self) -> str:
        with looking(self._crowd.database) as db:
            return cursor(self._viewer.live_session(db))

    def _compare(self) -> None:
        with looking(self._crowd.database) as db:
            assert_same(db, self._viewer, self._held)

    def _ask(self) -> str:
        address = f"{self._path('updates').replace('ws', 'http', 1)}"
        with urlopen(Request(address, headers=self._bearer), timeout=60) as answer:
            return str(answer.read().decode())

    async def _listen(self, is_enough: Callable[[], bool]) -> None:
        async with connect(
            self._path("live"), additional_headers=self._bearer, proxy=None, max_size=None
        ) as line:
            while not is_enough():
                self._take(str(await line.recv()))
                await asyncio.sleep(0)  # what has come is taken without a pause, and others wait too

    def _take(self, frame: str) -> None:
        self._held.take(frame, self._load)
        self._heard.set()

    def _load(self) -> Any:
        with looking(self._crowd.database) as db:
            return self._viewer.load(db)

    def _path(self, end: str) -> str:
        way = self.server.url.replace("http", "ws", 1)
        return f"{way}/s/{self._crowd.links['code']}/{end}?screen={self._screen}&since={self._held.cursor}"


def require_kept(database: str, ledger: Ledger, session_id: int = 0) -> None:
    """acknowledged ⊆ in the database ⊆ sent; one row per key; the log without a gap. Of one
    session; 0 is the only one that there is."""
    told, cards, kept = (_of(session_id, table) for table in (changes, contributions, sessions))
    with looking(database) as db:
        if db.dialect.name == "sqlite":
            assert db.exec_driver_sql("PRAGMA integrity_check").all() == [("ok",)]
            assert db.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        log = db.execute(
            select(changes.c.key, changes.c.subjects).where(told, changes.c.action == "post")
        ).all()
        voices = contributions.join(wordings, wordings.c.id == contributions.c.wording_id)
        said = db.execute(
            select(contributions.c.number, wordings.c.text).select_from(voices).where(cards)
        ).all()
        seqs = db.scalars(select(changes.c.seq).where(told).order_by(changes.c.seq)).all()
        head = db.scalar(select(sessions.c.head).where(kept))
    texts = {number: text for number, text in said}
    numbers = {key: int(subjects[0]) for key, subjects in log}
    assert seqs == list(range(1, len(seqs) + 1))
    assert head == len(seqs)
    assert len(numbers) == len(log) == len(texts)
    assert ledger.saved.items() <= numbers.items()
    assert {key: texts[number] for key, number in numbers.items()}.items() <= ledger.sent.items()
    assert Counter(texts.values()).most_common(1)[0][1] == 1


def _of(session_id: int, table: Table) -> Any:
    column = table.c.id if table is sessions else table.c.session_id
    return column == session_id if session_id else true()


@contextmanager
def looking(database: str) -> Iterator[Connection]:
    """A database, from outside the server."""
    engine = open_database(database)
    try:
        with reading(engine) as db:
            if engine.name != "sqlite":  # whoever draws a page here may take their time
                db.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield db
    finally:
        engine.dispose()
