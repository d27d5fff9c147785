"""Sockets on which nonsense is said harm nobody: what was acknowledged is there, what waits for review
is told to nobody, and the server goes on.

Broken frames go to a session in which people post meanwhile, and messages that are nearly right to
another one. `--long` does it for minutes.
"""

import asyncio
import json
import random
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.passes import new_key
from app.roles import MAY
from tests.conftest import Server, received
from tests.oracle import Crowd, looking
from tests.test_rfc6455 import HEADERS, asking, spoilt
from tests.test_roles import MESSAGES

pytestmark = pytest.mark.anyio

PLANTED = "Planted words"

JUNK: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**31, 2**70, 0.5, "", " ", "\x00", "\ud800", "\u202e", "x" * 30_000, "é" * 5_000),
    *(
        [],
        [[]],
        [None],
        [1] * 2_000,
        {},
        {"": {}},
        {"A": 2**70},
        ["A", "A"],
        "A" * 200,
        "1",
        "-",
        "__proto__",
    ),
)


async def test_nonsense_on_sockets_harms_nobody(shared_server: Server) -> None:
    await nonsense(shared_server, broken=60, nearly_right=400)


@pytest.mark.long
async def test_minutes_of_nonsense_on_sockets_harm_nobody(shared_server: Server) -> None:
    before = memory(shared_server)
    await nonsense(shared_server, broken=3_000, nearly_right=12_000)
    assert memory(shared_server) < before + 60_000_000


async def nonsense(server: Server, broken: int, nearly_right: int) -> None:
    # They think between two posts: in minutes it would be a room of 50,000 cards, whose own size is all
    # that one would see.
    crowd = Crowd(server, phones=3, pause=0.2)
    async with crowd.posting() as ledger:
        await asyncio.gather(
            break_frames(server, crowd.links, random.Random(6455), broken),
            talk_nonsense(server, random.Random(20261123), nearly_right),
        )
        await ledger.grown(3)
    await asyncio.to_thread(server.until_ready)
    assert "Traceback" not in server.log()
    assert "action failed" not in server.log()


def memory(server: Server) -> int:
    lines = httpx2.get(f"{server.url}/metrics").text.splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("process_resident_memory"))


async def break_frames(server: Server, links: dict[str, str], chance: random.Random, rounds: int) -> None:
    headers = {**HEADERS, "Authorization": f"Bearer {links['participant_token']}"}
    knock = asking(f"/s/{links['code']}/live?screen=phone", headers)
    for _ in range(rounds):
        reads, writes = await asyncio.open_connection("127.0.0.1", server.port)
        spoilt_knock = bytearray(knock)
        if chance.random() < 0.2:
            spoilt_knock[chance.randrange(len(knock))] = chance.randrange(256)
        writes.write(bytes(spoilt_knock) + b"".join(spoilt(chance) for _ in range(chance.randrange(4))))
        if chance.random() < 0.5:
            writes.transport.abort()
        else:
            writes.write_eof()
            await asyncio.wait_for(_heard(reads), 60)
            writes.close()


async def _heard(reads: asyncio.StreamReader) -> bytes:
    try:
        return await reads.read()
    except ConnectionResetError:
        return b""


async def talk_nonsense(server: Server, chance: random.Random, rounds: int) -> None:
    """Each message gets one answer, and none has what its sender must not see."""
    for token in ("facilitator_token", "participant_token"):
        links = server.new(hold="all", themes=["Pay", "Power"])
        act = f"{server.url}/api/v1/sessions/{links['code']}"
        said = {"action": "post", "key": new_key(), "text": PLANTED}
        other = httpx2.post(f"{act}/participants").json()["token"]
        bearer = {"Authorization": f"Bearer {other}"}
        httpx2.post(f"{act}/actions", json=said, headers=bearer).raise_for_status()
        await _talk(server, links, links[token], chance, rounds // 2, token == "participant_token")
        require_gapless(server, links["code"])


def require_gapless(server: Server, code: str) -> None:
    log = (
        "SELECT seq FROM change JOIN live_session ON session_id = live_session.id"
        " WHERE code = '{}' ORDER BY seq"
    )
    with looking(server.database) as db:
        seqs = db.exec_driver_sql(log.format(code)).scalars().all()
    assert seqs == list(range(1, len(seqs) + 1))


async def _talk(
    server: Server, links: dict[str, str], token: str, chance: random.Random, rounds: int, is_anybody: bool
) -> None:
    address = f"{server.url.replace('http', 'ws', 1)}/s/{links['code']}/live?screen="
    bearer = {"Authorization": f"Bearer {token}"}
    options: dict[str, Any] = {"proxy": None, "max_size": None, "additional_headers": bearer}
    for screen in ("json", "phone"):
        async with connect(address + screen, **options) as socket:
            for _ in range(rounds // 2):
                await socket.send(nearly(chance))
                await _answered(socket, is_anybody)


async def _answered(socket: ClientConnection, is_anybody: bool) -> None:
    try:
        while True:
            raw = await asyncio.wait_for(socket.recv(), 60)
            assert not (is_anybody and PLANTED in str(raw))
            message = received(raw)
            if "receipt" in message:
                assert message["status"] in ("saved", "refused", "later")
                return
    except ConnectionClosed as closed:
        raise AssertionError(f"closed: {closed.rcvd}") from closed


def nearly(chance: random.Random) -> str:
    """A message that is nearly right, or far from it."""
    action = chance.choice(sorted(MAY.keys() - {"close_session"}))
    message: Any = {"action": action, "key": new_key(), **MESSAGES[action]}
    for _ in range(chance.randrange(3)):
        name = chance.choice([*message, "number", "theme", "from", "x"])
        if chance.random() < 0.3:
            message.pop(name, None)
        else:
            message[name] = chance.choice(JUNK)
    if chance.random() < 0.05:
        message = chance.choice(JUNK)
    text = json.dumps(message)
    if chance.random() < 0.1:
        at = chance.randrange(len(text))
        text = (
            text[:at]
            + chance.choice(("", "\x00", "[" * 9_000, "NaN", "9" * 5_000, "\ud7ff"))
            + text[at + 1 :]
        )
    return text[:60_000]
