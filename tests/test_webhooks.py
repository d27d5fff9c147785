"""An address that an organiser names is told of changes: signed, in order, and at its own pace."""

import asyncio
import base64
import hmac
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, NamedTuple

import httpx2
import pytest
from sqlalchemy import select, update

from app import outside
from app.actions import programs
from app.database import connect, reading, writing
from app.forms.reading import Refused
from app.live import Live, herald
from app.models import webhooks
from app.routes.programs import _reachable
from tests.conftest import Arrive, Room, Server
from tests.test_descriptions import hold
from tests.test_programs import Office
from tests.waiting import until

DAY = 24 * 3600 * 1000


class Delivery(NamedTuple):
    headers: dict[str, str]
    body: bytes

    @property
    def moved(self) -> dict[str, str]:
        return dict(json.loads(self.body)["data"])


class Receiver:
    """Another program's web server. It answers with `statuses` in turn, and then with 204."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[Delivery] = asyncio.Queue()
        self.statuses: list[int] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.port = 0
        self.visits: set[asyncio.Task[Any]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits.add(asyncio.current_task())  # type: ignore[arg-type]
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("POST /hook?of=sheaf HTTP/1.1\r\n")
        lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:-2])
        self.taken.put_nowait(Delivery(lines, await reader.readexactly(int(lines["Content-Length"]))))
        await self.may_answer.wait()
        status = self.statuses.pop(0) if self.statuses else 204
        location = f"Location: {self.address}\r\n" if status in (301, 302, 307) else ""
        writer.write(f"HTTP/1.1 {status} So\r\n{location}Content-Length: 0\r\n\r\n".encode())
        await hang_up(writer)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?of=sheaf"


@pytest.fixture
async def receiver(anyio_backend: str) -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    made.may_answer.set()
    await asyncio.gather(*made.visits)
    server.close()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that have no hours."""
    monkeypatch.setattr(herald, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(programs, "PACE", 0)
    monkeypatch.setattr(programs, "WAITS", (0,))


def telling(house: Live, *, may_go_inside: bool = True) -> Any:
    return herald.telling(house.engine, house.writer, house.signer, may_go_inside=may_go_inside)


async def add(room: Room, address: str) -> int:
    def make(db: Any, now: int) -> int:
        live_session = db.execute(select(programs.sessions).where(programs.sessions.c.id == room.session_id))
        return programs.add_webhook(db, live_session.one(), address, now)

    return await room.house.writer.do(make)


def row(room: Room) -> Any:
    with reading(room.house.engine) as db:
        return db.execute(select(webhooks)).one()


@pytest.mark.anyio
async def test_an_address_is_told_that_something_changed_and_no_words(
    room: Room, receiver: Receiver, shared_server: Server
) -> None:
    webhook_id = await add(room, receiver.address)
    async with telling(room.house):
        await room.post(text="Planted words")
        told = await receiver.taken.get()
    assert "Planted" not in repr(told)
    assert told.moved["code"] == room.code
    assert [told.moved[at].partition(".")[0] for at in ("since", "head")] == ["1", "2"]
    described = httpx2.get(f"{shared_server.url}/api/v1/openapi.json").json()
    body = described["webhooks"]["session-changed"]["post"]["requestBody"]["content"]["application/json"]
    hold(described, body["schema"], json.loads(told.body))
    secret = room.house.signer.webhook_secret(webhook_id)
    assert proof(secret, told) == told.headers["webhook-signature"]


def proof(secret: str, told: Delivery) -> str:
    """As any library for Standard Webhooks makes it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{told.headers['webhook-id']}.{told.headers['webhook-timestamp']}.".encode() + told.body
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()


@pytest.mark.anyio
async def test_what_changes_meanwhile_is_told_together_and_holds_nobody_up(
    room: Room, receiver: Receiver
) -> None:
    await add(room, receiver.address)
    receiver.may_answer.clear()
    async with telling(room.house):
        await room.post()
        first = await receiver.taken.get()
        for _nth in range(20):
            await room.post()  # each has its receipt while the address does not answer
        receiver.may_answer.set()
        second = await receiver.taken.get()
        await until(lambda: row(room).told == 22)
    assert second.moved["since"] == first.moved["head"]
    assert second.moved["head"].startswith("22.")
    assert receiver.taken.empty()


@pytest.mark.anyio
async def test_what_was_not_taken_is_told_again_and_nothing_overtakes_it(
    room: Room, receiver: Receiver
) -> None:
    await add(room, receiver.address)
    receiver.statuses = [500, 302, 404]  # nobody is followed elsewhere
    async with telling(room.house):
        await room.post()
        told = [await receiver.taken.get() for _nth in range(2)]
        await room.post()
        told += [await receiver.taken.get() for _nth in range(2)]
        await until(lambda: row(room).told == 3)
    assert {one.moved["since"] for one in told} == {told[0].moved["since"]}
    heads = [int(one.moved["head"].partition(".")[0]) for one in told]
    assert heads == sorted(heads)
    assert (row(room).tries, row(room).failing_since) == (0, None)


@pytest.mark.anyio
@pytest.mark.every_database
async def test_what_is_owed_when_a_server_stops_is_told_by_the_next(
    room: Room, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "TAKEN_OVER_AFTER", 0)
    await add(room, receiver.address)
    receiver.may_answer.clear()
    async with telling(room.house):
        await room.post()
        first = await receiver.taken.get()
    receiver.may_answer.set()
    async with telling(room.house):
        second = await receiver.taken.get()
        await until(lambda: row(room).told == 2)
    assert second.moved == first.moved
    assert second.headers["webhook-id"] == first.headers["webhook-id"]


@pytest.mark.anyio
@pytest.mark.every_database
async def test_of_several_servers_one_tells_each_change(room: Room, receiver: Receiver) -> None:
    await add(room, receiver.address)
    async with telling(room.house), telling(room.house), telling(room.house):
        for seq in range(2, 12):
            await room.post()
            await until(lambda seq=seq: row(room).told == seq)
    heads = [receiver.taken.get_nowait().moved["head"] for _nth in range(receiver.taken.qsize())]
    assert len(heads) == len({*heads}) == 10


@pytest.mark.anyio
async def test_nothing_is_sent_to_an_address_inside(room: Room, receiver: Receiver) -> None:
    await add(room, receiver.address)
    async with telling(room.house, may_go_inside=False):
        await room.post()
        await until(lambda: row(room).tries > 2)
    assert receiver.taken.empty()


@pytest.mark.anyio
async def test_an_address_that_says_it_is_gone_is_left_alone(room: Room, receiver: Receiver) -> None:
    await add(room, receiver.address)
    receiver.statuses = [410]
    async with telling(room.house):
        await room.post()
        await until(lambda: row(room).due_at is None)
    assert receiver.taken.qsize() == 1


@pytest.mark.anyio
async def test_an_address_that_is_away_is_tried_later_and_later_and_after_days_no_more(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "WAITS", (5, 30, 3600))
    await add(room, "https://example.org/")
    await room.post()
    waits, now = [], 1
    while True:
        with writing(room.house.engine) as db:
            [owed] = programs.take_owed(db, now, 8)
            programs.failed(db, now, owed)
        due_at = row(room).due_at
        if due_at is None:
            break
        assert not programs_owed(room, due_at - 1)
        waits.append((due_at - now) // 1000)
        now = due_at
    assert waits[:4] == [5, 30, 3600, 3600]
    assert 3 * DAY <= now < 3 * DAY + 3600 * 1000 + 40_000


def programs_owed(room: Room, now: int) -> bool:
    with reading(room.house.engine) as db:
        return programs.is_any_owed(db, now)


# Which addresses


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        *((number, False) for number in (
            *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254"),
            *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
            *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
            *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:7f00:1::"),
            *("::127.0.0.1", "::10.0.0.1", "::ffff:0:7f00:1", "64:ff9b:1::a00:1", "fec0::1", "5f00::1"),
        )),
    ],
)  # fmt: skip
def test_only_what_everybody_reaches_is_public(number: str, public: bool) -> None:
    assert outside.is_public(number) is public


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" https://example.org ", "https://example.org/"),
        ("https://EXAMPLE.org:8443/a b?c=d e#f", "https://example.org:8443/a%20b?c=d%20e"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://[2606:2800::1]/x", "https://[2606:2800::1]/x"),
        *((typed, None) for typed in (
            *("", "example.org", "ftp://example.org", "https://", "https://me:secret@example.org"),
            *("https://ex ample.org", "https://example.org:99999", "https://[", "https://a\r\nHost: b/"),
            *("https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1:8080/x"),
            *("https://hall.local/", "http://example.org/"),
        )),
    ],
)  # fmt: skip
def test_an_address_is_kept_as_it_goes_on_the_line_or_refused(typed: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(Refused):
            _reachable(typed, only_https=True, may_go_inside=False)
    else:
        assert _reachable(typed, only_https=True, may_go_inside=False) == kept


def test_plain_http_is_taken_where_the_house_itself_is_plain_http() -> None:
    assert _reachable("http://example.org/x", only_https=False, may_go_inside=False) == "http://example.org/x"
    assert _reachable("http://10.0.0.7/", only_https=False, may_go_inside=True) == "http://10.0.0.7/"


@pytest.mark.anyio
@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 2000\r\n", b"x" * 40_000])
async def test_what_is_no_web_server_is_not_reached(answer: bytes, anyio_backend: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(answer)
        await hang_up(writer)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for scheme in ("http", "https"):
            with pytest.raises(outside.Unreachable):
                await outside.post(f"{scheme}://127.0.0.1:{port}/", {}, b"", may_go_inside=True)


# The people page


AWAY = {"address": "https://unknown.invalid/x"}


@pytest.fixture
def kept(shared_server: Server, arrive: Arrive) -> Office:
    """An office with an address that nobody answers at."""
    office = Office(shared_server, arrive)
    assert "whsec_" in office.host.post(f"/s/{office.code}/webhooks", data=AWAY).text
    return office


def test_the_secret_is_shown_once(kept: Office) -> None:
    page = kept.host.get(kept.people).text
    assert "whsec_" not in page
    assert "https://unknown.invalid/x" in page
    assert "It is told of each change." in page


def test_the_page_says_plainly_what_became_of_an_address(kept: Office) -> None:
    for noted, sentence in (
        ({"failing_since": 1_760_000_000_000, "tries": 3}, "Sheaf tries again."),
        ({"failing_since": 1_760_000_000_000, "due_at": None}, "Sheaf has stopped trying."),
    ):
        change(kept, **noted)
        assert sentence in kept.host.get(kept.people).text
    [again] = [path for path in forms(kept) if path.endswith("/again")]
    assert "It is told of each change." in kept.host.post(again).text
    [remove] = [path for path in forms(kept) if path.endswith("/remove")]
    assert "unknown.invalid" not in kept.host.post(remove).text


def forms(kept: Office) -> list[str]:
    return re.findall(r'action="([^"]+)"', kept.host.get(kept.people).text)


def change(kept: Office, **noted: Any) -> None:
    engine = connect(kept.server.database)
    mine = select(programs.sessions.c.id).where(programs.sessions.c.code == kept.code).scalar_subquery()
    with writing(engine) as db:
        db.execute(update(webhooks).where(webhooks.c.session_id == mine).values(noted))
    engine.dispose()


def test_an_address_of_another_session_is_out_of_reach(kept: Office, arrive: Arrive) -> None:
    other = Office(kept.server, arrive)
    for path in forms(kept):
        if "/webhooks/" in path:
            other.host.post(path.replace(kept.code, other.code))
    assert "unknown.invalid" in kept.host.get(kept.people).text


def test_some_addresses_are_enough(kept: Office) -> None:
    for _nth in range(4):
        kept.host.post(f"/s/{kept.code}/webhooks", data=AWAY)
    answer = kept.host.post(f"/s/{kept.code}/webhooks", data=AWAY)
    assert answer.status_code == 422
    assert "These are enough addresses." in answer.text
