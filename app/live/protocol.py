"""One WebSocket, from handshake to close, as uvicorn hands it over. Knows nothing of Sheaf.

The product sits behind one seam: `admit(knock) -> Seat | NoSeat`, found in the state that the
lifespan yields. There is no task per socket: a frame meant for thousands is encoded once and
written straight to each transport. The WebSocket rules (handshake, masking, fragments, sizes,
closing) are kept by websockets' Sans-I/O `ServerProtocol`.
"""

import asyncio
import http
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl, urlsplit

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

LARGEST_MESSAGE = 64 * 1024
UNANSWERED = 32
"""How many messages of one socket may wait for their reply before we stop reading it."""

CLOSING = 5.0
"""Seconds that the other side has to close after us."""


@dataclass(slots=True)
class Knock:
    """A request for a socket. `server` is the address on which it arrived."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    server: tuple[str, int]


@dataclass(slots=True)
class NoSeat:
    """A socket refused. A browser can't tell a refused handshake from a broken network and would
    try for ever, so the socket is opened, gets no frame, and is closed with `code` and a sentence.
    With code 403 it is refused before that."""

    code: int
    reason: str


class Seat(Protocol):
    """What the product does with an open socket."""

    def opened(self, connection: "SocketProtocol") -> None:
        """It is open, and may be written to."""

    def received(self, text: str, reply: Callable[[str], None]) -> None:
        """A message came. `reply` must be called once."""

    def drained(self) -> None:
        """It was full, and can take frames again."""

    def closed(self) -> None:
        """It is gone."""


Admit = Callable[[Knock], Awaitable[Seat | NoSeat]]


def encode(text: str) -> bytes:
    """A text frame, ready to be written to any number of sockets."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class SocketProtocol(asyncio.Protocol):
    """uvicorn makes one for each socket, from its `ws` option."""

    actor_id = ""
    seq = 0

    def __init__(self, config: Any, server_state: Any, app_state: dict[str, Any]) -> None:
        self._open_sockets: set[asyncio.Protocol] = server_state.connections
        self._admit: Admit = app_state["admit"]
        self._protocol = ServerProtocol(max_size=LARGEST_MESSAGE)
        self._seat: Seat | None = None
        self._knocking: asyncio.Task[None] | None = None
        self._fragments: list[bytes] = []
        self._unanswered = 0
        self._closing: asyncio.TimerHandle | None = None
        self.is_full = False

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn passes its transport on."""
        self._transport = cast(asyncio.Transport, transport)
        self._open_sockets.add(self)
        # Any unsent byte counts as full: what a slow phone lacks is not queued, it is read anew
        # when the phone can take it.
        self._transport.set_write_buffer_limits(high=0)
        _keep_little_under_way(self._transport.get_extra_info("socket"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The network is done with it."""
        self._open_sockets.discard(self)
        if self._closing:
            self._closing.cancel()
        if self._knocking:
            self._knocking.cancel()
        if self._seat:
            self._seat.closed()
            self._seat = None

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._protocol.receive_data(data)
        self._handle()

    def eof_received(self) -> None:
        """The other side will send no more."""
        self._protocol.receive_eof()
        self._handle()

    def pause_writing(self) -> None:
        """The kernel takes no more for now."""
        self.is_full = True

    def resume_writing(self) -> None:
        """All that was written has gone out."""
        self.is_full = False
        if self._seat:
            self._seat.drained()

    # The product's side

    def write(self, frame: bytes) -> None:
        """Send a frame made by `encode`, unless the socket is closing."""
        if self._protocol.state is State.OPEN:
            self._transport.write(frame)

    def close(self, code: int, reason: str) -> None:
        """Close, with a sentence that the other side can show."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, _short(reason))
            self._flush()

    def shutdown(self) -> None:
        """uvicorn's word that the server is stopping. 1012 asks them to come back."""
        if self._protocol.state is State.OPEN:
            self.close(1012, "Sheaf is starting again.")
        else:
            self._transport.close()

    # Between the two

    def _handle(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._knocking = asyncio.ensure_future(self._knock(event))
            elif isinstance(event, Frame) and event.opcode in _DATA:
                self._gather(event)
        self._flush()

    async def _knock(self, request: Request) -> None:
        response = self._protocol.accept(request)
        seat: Seat | NoSeat | None = None
        if response.status_code == http.HTTPStatus.SWITCHING_PROTOCOLS:
            address = urlsplit(request.path)
            host, port, *_ = self._transport.get_extra_info("sockname")
            seat = await self._admit(
                Knock(address.path, dict(parse_qsl(address.query)), request.headers, (host, port))
            )
            if isinstance(seat, NoSeat) and seat.code == http.HTTPStatus.FORBIDDEN:
                response = self._protocol.reject(http.HTTPStatus.FORBIDDEN, seat.reason + "\n")
        self._protocol.send_response(response)
        if self._protocol.state is State.OPEN:
            if isinstance(seat, NoSeat):
                self._protocol.send_close(seat.code, _short(seat.reason))
            elif seat is not None:
                self._flush()
                self._seat = seat
                seat.opened(self)
        self._flush()

    def _gather(self, frame: Frame) -> None:
        self._fragments.append(bytes(frame.data))
        if not frame.fin or self._seat is None:
            return
        message = b"".join(self._fragments)
        self._fragments.clear()
        try:
            text = message.decode()
        except UnicodeDecodeError:
            self._protocol.fail(1007, "This is not UTF-8.")
            return
        self._unanswered += 1
        if self._unanswered == UNANSWERED:
            self._transport.pause_reading()
        self._seat.received(text, self._reply)

    def _reply(self, text: str) -> None:
        self._unanswered -= 1
        if self._unanswered == UNANSWERED - 1 and not self._transport.is_closing():
            self._transport.resume_reading()
        self.write(encode(text))

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
        if self._protocol.close_expected() and self._closing is None:
            loop = asyncio.get_running_loop()
            self._closing = loop.call_later(CLOSING, self._transport.abort)


def _short(reason: str) -> str:
    """A close frame has room for 123 bytes."""
    return reason.encode()[:123].decode(errors="ignore")


_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


def _keep_little_under_way(sock: socket.socket | None) -> None:
    """Small kernel buffers: what a slow phone gets next is then never long out of date. And a
    peer that vanished without a word is given up after a minute."""
    if sock is None:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32 * 1024)
    for name, value in (("TCP_NOTSENT_LOWAT", 16 * 1024), ("TCP_USER_TIMEOUT", 60_000)):
        if (option := getattr(socket, name, None)) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
