"""One WebSocket, from handshake to close, as uvicorn hands it over. Knows nothing of Sheaf.

The product sits behind one seam, `app.live.seam`; its `admit` is in the state that the lifespan
yields. There is no task per socket: a frame meant for thousands is encoded once and written
straight to each transport. The WebSocket rules (handshake, masking, fragments, sizes,
closing) are kept by websockets' Sans-I/O `ServerProtocol`.
"""

import asyncio
import codecs
import http
import logging
import os
import socket
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

from app.live.seam import Admit, Answer, Knock, NoSeat, Seat

LARGEST_MESSAGE = 64 * 1024
MOST_SPARE = 64
"""Parsers kept for the next message, whoever sends it."""
UNANSWERED = 32
"""How many messages of one socket may wait for their reply before we stop reading it."""

UNREAD = 64 * 1024
"""How many bytes of replies and pongs may wait to be read before we stop reading too: whoever asks
and asks and never reads would fill our memory."""

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
        "_seat",
        "_transport",
        "_unanswered",
        "_unread",
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
        self._fragments: _Fragments | None = None
        self._unanswered = self._unread = 0
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
        if self._closing:
            self._closing.cancel()
        if self._knocking:
            self._knocking.cancel()
        if self._seat:
            self._seat.closed()
            self._seat = None

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._knocking is not None:  # nobody may speak before they are let in
            self._transport.abort()
            return
        self._rules().receive_data(data)
        self._handle()

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
        if was > UNREAD and self._unanswered < UNANSWERED and not self._transport.is_closing():
            self._transport.resume_reading()
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
            self._protocol = _SPARE.pop() if is_open and _SPARE else _parser(_STATE[is_open])
        return self._protocol

    def _handle(self) -> None:
        for event in self._rules().events_received():
            if isinstance(event, Request):
                self._knock(event)
            elif self._knocking is not None:  # nobody may speak before they are let in
                self._transport.abort()
                return
            elif isinstance(event, Frame) and event.opcode in _DATA and not self._gather(event):
                break  # what follows a broken message is not heard
        self._flush()
        self._pass_on_rules()

    def _knock(self, request: Request) -> None:
        response = self._rules().accept(request)
        if response.status_code != http.HTTPStatus.SWITCHING_PROTOCOLS:
            if _speaks_another_version(request):
                response = self._rules().reject(http.HTTPStatus.UPGRADE_REQUIRED, "Version 13, please.\n")
                response.headers["Sec-WebSocket-Version"] = "13"
            self._rules().send_response(response)
            return
        whole = urlsplit(request.path)._replace(scheme="", netloc="")
        self.knock(whole.geturl(), _joined(request.headers), response)

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
            self._fragments = _Fragments()
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
        is_read = self._unread <= UNREAD
        if self._unanswered == UNANSWERED - 1 and is_read and not self._transport.is_closing():
            self._transport.resume_reading()
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
        if rules and self._is_open and self._fragments is None and _is_between_frames(rules):
            self._protocol = None
            if len(_SPARE) < MOST_SPARE:
                _SPARE.append(rules)


def _speaks_another_version(request: Request) -> bool:
    said = request.headers.get_all("Sec-WebSocket-Version")
    return bool(said) and said != ["13"]


def _joined(headers: Headers) -> dict[str, str]:
    """By names in small letters. One that is given twice is one with both values: websockets would
    raise, and a proxy may well have cut the cookies in two."""
    return {
        name: ("; " if name == "cookie" else ", ").join(headers.get_all(name))
        for name in map(str.lower, headers)
    }


def _short(reason: str) -> str:
    """A close frame has room for 123 bytes."""
    return reason.encode()[:123].decode(errors="ignore")


class _Fragments:
    """A message that comes in pieces; a character may lie across two of them."""

    __slots__ = ("_decoder", "_pieces")

    def __init__(self) -> None:
        self._decoder = _Utf8()
        self._pieces: list[str] = []

    def add(self, frame: Frame) -> str | None:
        """The message, when this is its end. Raises UnicodeDecodeError."""
        if piece := self._decoder.decode(frame.data, frame.fin):  # there may be any number of empty ones
            self._pieces.append(piece)
        return "".join(self._pieces) if frame.fin else None


_Utf8 = codecs.getincrementaldecoder("utf-8")


_log = logging.getLogger("websockets.server")
_STATE = {False: State.CONNECTING, True: State.OPEN}
_SPARE: list[ServerProtocol] = []
"""Parsers between two frames, which know nothing of the sockets they served: making one costs as much
as reading a post."""


def _parser(state: State) -> ServerProtocol:
    return ServerProtocol(state=state, max_size=LARGEST_MESSAGE, logger=_log)


def _is_between_frames(rules: ServerProtocol) -> bool:
    """Whether the parser waits for the first byte of a frame, so that a new one would be as good.
    Where a later release of websockets waits elsewhere, sockets merely keep their parsers."""
    waits: Any = rules.parser
    while (inner := getattr(waits, "gi_yieldfrom", None)) is not None:
        waits = inner
    return waits.gi_code is StreamReader.at_eof.__code__


_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


def _refusal(no: NoSeat) -> bytes:
    return _parser(State.CONNECTING).reject(http.HTTPStatus(no.code), no.reason + "\n").serialize()


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
