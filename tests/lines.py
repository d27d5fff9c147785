"""Screens that only listen: thousands of them in a test's own process, and no more of each frame
read than its length and its cursor."""

import asyncio
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from tests.conftest import Server

HEAD = b'{"head": "'


class Line(asyncio.Protocol):
    """One socket. `head` is the newest change that it was told of."""

    def __init__(self, ask: bytes) -> None:
        self._ask = ask
        self._rest = b""
        self._is_open = False
        self.head = self.frames = self.bytes = 0
        self.heard = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._ask)

    def data_received(self, data: bytes) -> None:
        self.bytes += len(data)
        self._rest += data
        if not self._is_open and b"\r\n\r\n" in self._rest:
            answer, _, self._rest = self._rest.partition(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 101"), answer
            self._is_open = True
        while self._is_open and (size := _whole(self._rest)):
            self._take(self._rest[:size])
            self._rest = self._rest[size:]
        self.heard.set()

    async def until(self, is_so: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for something that this screen is told."""
        async with asyncio.timeout(seconds):
            while not is_so():
                self.heard.clear()
                await self.heard.wait()

    def _take(self, frame: bytes) -> None:
        if frame[0] == 0x81 and (at := frame.find(HEAD, 0, 32)) > 0:
            self.frames += 1
            self.head = int(frame[at + len(HEAD) : frame.index(b".", at)])


def _whole(data: bytes) -> int:
    """The length of the frame at the beginning; 0 until all of it is there."""
    if len(data) < 4:
        return 0
    length, body = data[1], 2
    if length == 126:
        length, body = int.from_bytes(data[2:4], "big"), 4
    elif length == 127:
        length, body = int.from_bytes(data[2:10], "big"), 10
    return body + length if len(data) >= body + length else 0


async def listen(
    server: Server, links: dict[str, str], since: str, *, url: str = "", narrow: bool = False
) -> Line:
    """A phone that has everything up to a cursor. A `narrow` one can hold little that is unread."""
    port = urlsplit(url or server.url).port
    ask = (
        f"GET /s/{links['code']}/live?screen=phone&since={since} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {links['participant_token']}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    sock = socket.socket()
    if narrow:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", port))
    _, line = await loop.create_connection(lambda: Line(ask.encode()), sock=sock)
    return line
