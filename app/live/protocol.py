"""One WebSocket, from handshake to close, as uvicorn hands it over. Knows nothing of Sheaf.

The product sits behind one seam, `app.live.seam`; its `admit` is in the state that the lifespan
yields. There is no task per socket: a frame meant for thousands is encoded once and written
straight to each transport. The WebSocket rules (handshake, masking, fragments, sizes,
closing) are kept by websockets' Sans-I/O `ServerProtocol`.
"""

import asyncio
import http
import os
import socket
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from app.live import parsers
from app.live.parsers import Fragments, joined, speaks_another_version
from app.live.seam import Admit, Answer, Knock, NoSeat, Seat

UNANSWERED = 32
"""How many messages of one socket may wait for their reply before we stop reading it."""

UNREAD = 64 * 1024
"""How many bytes of replies and pongs may wait to be read before we stop reading too: whoever asks
and asks and never reads would fill our memory."""

SLICE = 4096
"""How many bytes of one socket are heard before the others have their turn: up to 700 messages."""

AT_ONCE, A_SECOND = 1_000, 250
"""How much one socket may say, and how fast it goes on after that: a message is one, and so is a
KiB. A phone says a few things a minute. Whoever says more is read later, and loses nothing."""

COME_BACK = 1012, "Sheaf is starting again."
"""How a socket is closed when the server stops: the other side comes back at a random moment."""

CLOSING = 5.0
"""Seconds that the other side has to close after us."""


def encode(text: str) -> bytes:
    """A text frame, ready to be written to any number of sockets."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class SocketProtocol(asyncio.Protocol):
    """uvicorn makes one for each socket, from its `ws` option, or `Doorstep` does.

    Between two messages there is nothing to remember about the WebSocket rules, so a phone that
    only listens has no parser: one is made when bytes come, and let go after the last of them.
    """

    __slots__ = (
        "_admit",
        "_closing",
        "_fd",
        "_fragments",
        "_has_knocked",
        "_is_open",
        "_knocking",
        "_open_sockets",
        "_protocol",
        "_rest",
        "_said_until",
        "_seat",
        "_transport",
        "_unanswered",
        "_unread",
        "_waits",
        "actor_id",
        "is_full",
        "seq",
    )

    def __init__(self, config: Any, server_state: Any, app_state: dict[str, Any]) -> None:
        self._open_sockets: set[asyncio.Protocol] = server_state.connections
        self._admit: Admit = app_state["admit"]
        self._protocol: ServerProtocol | None = None
        self._seat: Seat | None = None
        self._knocking: asyncio.Future[Answer] | None = None
        self._fragments: Fragments | None = None
        self._unanswered = self._unread = 0
        self._rest = b""
        self._said_until = 0.0
        self._waits: asyncio.Handle | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._fd = -1
        self._has_knocked = self._is_open = False
        self.is_full = False
        self.actor_id = ""
        self.seq = 0

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn passes its transport on."""
        self._transport = cast(asyncio.Transport, transport)
        self._open_sockets.add(self)
        # Any unsent byte counts as full: what a slow phone lacks is not queued, it is read anew
        # when the phone can take it.
        self._transport.set_write_buffer_limits(high=0)

    def connection_lost(self, exc: Exception | None) -> None:
        """The network is done with it."""
        self._is_open, self._fd = False, -1
        self._open_sockets.discard(self)
        for later in (self._closing, self._waits):
            if later:
                later.cancel()
        if self._knocking:
            self._knocking.cancel()
        if self._seat:
            self._seat.closed()
            self._seat = None

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._rest += data
        if self._waits is None:
            self._listen()

    def eof_received(self) -> None:
        """The other side will send no more."""
        self._rules().receive_eof()
        self._handle()

    def pause_writing(self) -> None:
        """The kernel takes no more for now."""
        self.is_full = True

    def resume_writing(self) -> None:
        """All that was written has gone out."""
        self.is_full = False
        self._unread, was = 0, self._unread
        if was > UNREAD:
            self._read_on()
        if self._seat:
            self._seat.drained()

    def knock(self, target: str, headers: Mapping[str, str], yes: "bytes | Response") -> None:
        """Somebody asks for a socket, as it should be asked. `yes` opens it: as bytes, or where a
        parser has read the request, as a response that it still has to send."""
        self._has_knocked = True
        path, _, query = target.partition("?")
        asked = dict(parse_qsl(query))
        answer = self._admit(Knock(path, asked, headers, self._prepare(), self._peer()))
        if isinstance(answer, asyncio.Future):
            self._knocking = answer
            answer.add_done_callback(lambda kept: self._hear(kept, yes))
        else:
            self._answer(answer, yes)

    # The product's side

    def write(self, frame: bytes) -> bool:
        """Send a frame made by `encode`. False, and nothing is sent, while bytes written earlier
        still wait for the network, and when the socket is closing."""
        if self.is_full or not self._is_open:
            return False
        # The transport would do the same, for a fifth more of the core's time: nothing waits in
        # its buffer, so the kernel is asked directly. Whatever it doesn't take, and whatever
        # goes wrong, is the transport's.
        try:
            sent = os.write(self._fd, frame)
        except OSError:
            sent = 0
        if sent != len(frame):
            self._transport.write(frame[sent:])
        return True

    def close(self, code: int, reason: str) -> None:
        """Close, with a sentence that the other side can show."""
        if self._is_open:
            self._rules().send_close(code, _short(reason))
            self._flush()

    def shutdown(self) -> None:
        """uvicorn's word that the server is stopping. Whoever still knocks is asked to come back
        by their seat: a browser can't tell a handshake broken off from a broken network."""
        if self._is_open:
            self.close(*COME_BACK)
        elif self._knocking is None:
            self._transport.close()

    # Between the two

    def _rules(self) -> ServerProtocol:
        if self._protocol is None:
            is_open = self._has_knocked
            self._protocol = parsers.take(State.OPEN if is_open else State.CONNECTING)
        return self._protocol

    def _listen(self) -> None:
        """Hear the next slice of what came. The others have their turn before the rest, and whoever
        says too much waits as well: the shortest message costs as much as any."""
        if self._knocking is not None:  # nobody may speak before they are let in
            self._transport.abort()
            return
        some, self._rest = self._rest[:SLICE], self._rest[SLICE:]
        self._rules().receive_data(some)
        wait = self._wait(self._handle() + len(some) // 1024)
        if (self._rest or wait) and not self._transport.is_closing():
            self._transport.pause_reading()
            self._waits = asyncio.get_running_loop().call_later(wait, self._turn)

    def _wait(self, said: int) -> float:
        """Note that so much was said. Answers how many seconds pass before more is heard."""
        now = asyncio.get_running_loop().time()
        self._said_until = max(self._said_until, now) + said / A_SECOND
        return max(0.0, self._said_until - now - AT_ONCE / A_SECOND)

    def _turn(self) -> None:
        self._waits = None
        if self._rest and not self._is_behind():
            self._listen()
        self._read_on()

    def _read_on(self) -> None:
        """Go on where reading was paused, unless there is another reason to wait."""
        if self._waits is not None or self._is_behind() or self._transport.is_closing():
            return
        if self._rest:
            self._waits = asyncio.get_running_loop().call_soon(self._turn)
        else:
            self._transport.resume_reading()

    def _is_behind(self) -> bool:
        return self._unanswered >= UNANSWERED or self._unread > UNREAD

    def _handle(self) -> int:
        """Answers how many events there were."""
        events = self._rules().events_received()
        for event in events:
            if isinstance(event, Request):
                self._knock(event)
            elif self._knocking is not None:  # nor before they are let in, with the same bytes
                self._transport.abort()
                return len(events)
            elif isinstance(event, Frame) and event.opcode in _DATA and not self._gather(event):
                break  # what follows a broken message is not heard
        self._flush()
        self._pass_on_rules()
        return len(events)

    def _knock(self, request: Request) -> None:
        response = self._rules().accept(request)
        if response.status_code != http.HTTPStatus.SWITCHING_PROTOCOLS:
            if speaks_another_version(request):
                response = self._rules().reject(http.HTTPStatus.UPGRADE_REQUIRED, "Version 13, please.\n")
                response.headers["Sec-WebSocket-Version"] = "13"
            self._rules().send_response(response)
            return
        whole = urlsplit(request.path)._replace(scheme="", netloc="")
        self.knock(whole.geturl(), joined(request.headers), response)

    def _prepare(self) -> tuple[str, int]:
        """Answers the address at which somebody came."""
        sock = self._transport.get_extra_info("socket")
        if sock is None:
            host, port, *_ = self._transport.get_extra_info("sockname")
            return host, port
        if self._transport.get_extra_info("sslcontext") is None:
            self._fd = sock.fileno()
        return _keep_little_under_way(sock.fileno())

    def _peer(self) -> str:
        address = self._transport.get_extra_info("peername")
        return str(address[0]) if isinstance(address, tuple) else ""

    def _hear(self, promise: "asyncio.Future[Answer]", yes: "bytes | Response") -> None:
        self._knocking = None
        if not promise.cancelled() and not self._transport.is_closing():
            self._answer(promise.result(), yes)
            self._pass_on_rules()

    def _answer(self, answer: Answer, yes: "bytes | Response") -> None:
        if isinstance(answer, NoSeat) and answer.code < 1000:
            self._transport.write(_refusal(answer))
            self._transport.close()
            return
        if isinstance(yes, Response):
            self._rules().send_response(yes)
            yes = b"".join(self._rules().data_to_send())
        if isinstance(answer, NoSeat):
            self._transport.write(yes)
            self._rules().send_close(answer.code, _short(answer.reason))
        else:
            self._seat, self._is_open = answer, True
            first = answer.opened(self)
            self.write(yes + first if first else yes)
        self._flush()

    def _gather(self, frame: Frame) -> bool:
        """Whether the socket may go on. What is not UTF-8 ends it with the first wrong fragment."""
        if self._seat is None:  # they were refused
            return True
        if frame.opcode is Opcode.BINARY:
            self._rules().fail(1003, "Please send text.")
            return False
        if self._fragments is None:
            self._fragments = Fragments()
        try:
            text = self._fragments.add(frame)
        except UnicodeDecodeError:
            self._rules().fail(1007, "This is not UTF-8.")
            return False
        if text is not None:
            self._fragments = None
            self._hear_out(self._seat, text)
        return True

    def _hear_out(self, seat: Seat, text: str) -> None:
        if self._rules().state is State.OPEN:
            self._flush()  # pongs that were asked for earlier go before the reply
        self._unanswered += 1
        if self._unanswered == UNANSWERED:
            self._transport.pause_reading()
        seat.received(text, self._reply)

    def _reply(self, text: str) -> None:
        self._unanswered -= 1
        if self._unanswered == UNANSWERED - 1:
            self._read_on()
        frame = encode(text)
        if not self.write(frame) and self._is_open:
            self._owe(frame)  # never passed over: it waits its turn

    def _owe(self, data: bytes) -> None:
        self._transport.write(data)
        if self.is_full:
            self._unread += len(data)
            if self._unread > UNREAD and not self._transport.is_closing():
                self._transport.pause_reading()

    def _flush(self) -> None:
        rules = self._protocol
        if rules is None:
            return
        for data in rules.data_to_send():
            if data:
                self._owe(data)
            else:
                self._transport.close()
        if rules.close_expected() and self._closing is None:
            loop = asyncio.get_running_loop()
            self._closing = loop.call_later(CLOSING, self._transport.abort)
        self._is_open = self._seat is not None and rules.state is State.OPEN

    def _pass_on_rules(self) -> None:
        """Let go of the parser, once all that came is gathered and it is between two messages: not
        before, for the next message may have begun with the same bytes."""
        rules = self._protocol
        if rules and self._is_open and self._fragments is None and parsers.give_back(rules):
            self._protocol = None


def _short(reason: str) -> str:
    """A close frame has room for 123 bytes."""
    return reason.encode()[:123].decode(errors="ignore")


_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


def _refusal(no: NoSeat) -> bytes:
    return parsers.take(State.CONNECTING).reject(http.HTTPStatus(no.code), no.reason + "\n").serialize()


def _keep_little_under_way(fd: int) -> tuple[str, int]:
    """Small kernel buffers: what a slow phone gets next is then never long out of date. And a
    peer that vanished without a word is given up after a minute. Answers the address on which
    this socket arrived."""
    # uvloop's own stand-in for a socket opens and closes a copy for each option.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=fd)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32 * 1024)
        for option, value in _TCP:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
        host, port, *_ = sock.getsockname()
        return host, port
    finally:
        sock.detach()


_TCP = [
    (getattr(socket, name), value)
    for name, value in (("TCP_NOTSENT_LOWAT", 16 * 1024), ("TCP_USER_TIMEOUT", 60_000))
    if hasattr(socket, name)
]
