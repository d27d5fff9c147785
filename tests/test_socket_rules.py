"""The rules of WebSockets hold whatever pieces the bytes come in, though a socket that only listens
keeps no parser."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from app.live import protocol
from app.live.doorstep import Doorstep, usual_handshake
from app.live.lobby import Lobby
from app.live.protocol import UNREAD, SocketProtocol
from app.live.seam import Knock, NoSeat, Seat

pytestmark = pytest.mark.anyio

REQUEST = (
    b"GET /s/ABCD/live?screen=phone HTTP/1.1\r\nHost: sheaf.example\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Wire(asyncio.Transport):
    """A transport that keeps what it was given."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 8000)})
        self.sent = b""
        self.is_closed = False
        self.is_read = True
        self.protocol: asyncio.BaseProtocol | None = None

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def write(self, data: Any) -> None:
        self.sent += bytes(data)

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.is_closed

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...
    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True


class Guest:
    """A seat that repeats what it hears, and may have something to say first."""

    def __init__(self, first: bytes | None = None) -> None:
        self.heard: list[str] = []
        self._first = first

    def opened(self, connection: SocketProtocol) -> bytes | None:
        return self._first

    def drained(self) -> None: ...
    def closed(self) -> None: ...

    def received(self, text: str, reply: Callable[[str], None]) -> None:
        self.heard.append(text)
        reply(text)


class Line:
    """A socket between a test and a guest."""

    def __init__(self, answer: "Seat | NoSeat | asyncio.Future[Seat | NoSeat]") -> None:
        self.wire = Wire()
        self.knocks: list[Knock] = []

        def admit(knock: Knock) -> Any:
            self.knocks.append(knock)
            return answer

        self.socket = SocketProtocol(None, SimpleNamespace(connections=set()), {"admit": admit})
        self.socket.connection_made(self.wire)

    def say(self, *frames: Frame) -> None:
        self.socket.data_received(b"".join(frame.serialize(mask=True) for frame in frames))

    def hear(self) -> bytes:
        sent, self.wire.sent = self.wire.sent, b""
        return sent


def opened() -> tuple[Line, Guest]:
    guest = Guest()
    line = Line(guest)
    line.socket.data_received(REQUEST)
    assert line.hear().startswith(b"HTTP/1.1 101 ")
    return line, guest


def text(said: str, *, fin: bool = True, opcode: Opcode = Opcode.TEXT) -> Frame:
    return Frame(opcode, said.encode(), fin)


async def turns(count: int) -> None:
    """Let the loop go round."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_socket_that_listens_has_no_parser() -> None:
    line, _guest = opened()
    assert line.socket._protocol is None
    line.say(text("hello"))
    assert line.socket._protocol is None


@pytest.mark.parametrize("size", [1_000, 50_000])
async def test_the_cookies_of_many_sessions_open_a_socket_in_whatever_pieces(size: int) -> None:
    cookies = b"; ".join(b"__Host-sheaf-CDFG%04d=%s" % (nth, b"x" * 124) for nth in range(180))
    request = REQUEST[:-2] + b"Cookie: " + cookies + b"\r\n\r\n"
    line = Line(Guest())
    for start in range(0, len(request), size):
        line.socket.data_received(request[start : start + size])
    await turns(20)
    assert line.hear().startswith(b"HTTP/1.1 101 ")
    assert line.knocks[0].headers["cookie"] == cookies.decode()


async def test_a_message_is_understood_byte_by_byte() -> None:
    line, guest = opened()
    for byte in text("slowly").serialize(mask=True) + text("again").serialize(mask=True):
        line.socket.data_received(bytes([byte]))
    assert guest.heard == ["slowly", "again"]
    assert line.socket._protocol is None


async def test_a_message_that_has_begun_is_nobody_elses() -> None:
    """Parsers are passed on. One that waits for the rest of a message would end another's socket."""
    other, elsewhere = opened()
    for begun in (text("whole"), Frame(Opcode.PING, b"there?")):
        line, guest = opened()
        line.say(begun, text("one ", fin=False))
        other.say(text("mine"))
        assert elsewhere.heard.pop() == "mine"
        line.say(text("whole", opcode=Opcode.CONT))
        assert guest.heard[-1] == "one whole"
    assert not other.wire.is_closed


async def test_what_begins_with_the_handshake_is_nobody_elses() -> None:
    other, elsewhere = opened()
    begun = text("one ", fin=False).serialize(mask=True)
    guest = Guest()
    promise: asyncio.Future[Seat | NoSeat] = asyncio.get_running_loop().create_future()
    let_in, waiting = Line(guest), Line(promise)
    for line in (let_in, waiting):
        line.socket.data_received(REQUEST + begun)
    promise.set_result(Guest())
    await asyncio.sleep(0)
    let_in.say(text("whole", opcode=Opcode.CONT))
    assert guest.heard == ["one whole"]
    assert waiting.wire.is_closed  # whoever speaks before the answer is not let in
    other.say(text("mine"))
    assert (elsewhere.heard, other.wire.is_closed) == (["mine"], False)


async def test_who_says_thousands_of_things_at_once_waits_while_others_are_heard() -> None:
    """They are heard in slices, and after a thousand of them no faster than a server can bear."""
    line, guest = opened()
    said = [f"{nth}" for nth in range(3_000)]
    line.say(*map(text, said))
    other, elsewhere = opened()
    other.say(text("me too"))
    assert elsewhere.heard == ["me too"]
    assert len(guest.heard) < 700
    assert not line.wire.is_read
    await turns(50)
    assert 1_000 <= len(guest.heard) < 2_000
    assert guest.heard == said[: len(guest.heard)]
    assert not line.wire.is_read


@pytest.mark.parametrize("count", [1, 100, 800])
async def test_who_had_to_wait_is_read_again(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "A_SECOND", 10**6)
    line, guest = opened()
    line.say(*[text("x" * 120)] * count)
    await turns(200)
    assert line.wire.is_read
    assert len(guest.heard) == count
    assert line.socket._protocol is None


async def test_a_ping_between_fragments_is_answered() -> None:
    line, guest = opened()
    line.say(text("one ", fin=False))
    line.say(Frame(Opcode.PING, b"there?"))
    line.say(text("whole", opcode=Opcode.CONT))
    assert guest.heard == ["one whole"]
    assert Frame(Opcode.PONG, b"there?").serialize(mask=False) in line.hear()


async def test_fragments_that_begin_nowhere_end_the_socket() -> None:
    line, _guest = opened()
    line.say(text("of what?", opcode=Opcode.CONT))
    assert (1002).to_bytes(2, "big") in line.hear()
    assert line.wire.is_closed


async def test_a_frame_without_a_mask_ends_the_socket() -> None:
    line, _guest = opened()
    line.socket.data_received(text("bare").serialize(mask=False))
    assert (1002).to_bytes(2, "big") in line.hear()
    assert line.wire.is_closed


async def test_a_message_that_is_too_long_ends_the_socket() -> None:
    line, _guest = opened()
    line.say(text("x" * 70_000))
    assert (1009).to_bytes(2, "big") in line.hear()
    assert not line.socket.write(b"more")


async def test_closing_is_answered_and_nothing_is_sent_after_it() -> None:
    line, _guest = opened()
    line.say(Frame(Opcode.CLOSE, (1000).to_bytes(2, "big")))
    assert line.hear() == Frame(Opcode.CLOSE, (1000).to_bytes(2, "big")).serialize(mask=False)
    assert not line.socket.write(b"more")
    assert line.wire.is_closed


async def test_a_full_socket_takes_no_frame_but_its_receipts() -> None:
    line, _guest = opened()
    line.socket.pause_writing()
    assert not line.socket.write(b"frame")
    line.say(text("mine"))
    assert line.hear() == text("mine").serialize(mask=False)


async def test_who_has_to_wait_is_let_in_later() -> None:
    promise: asyncio.Future[Seat | NoSeat] = asyncio.get_running_loop().create_future()
    line = Line(promise)
    line.socket.data_received(REQUEST[:40])
    line.socket.data_received(REQUEST[40:])
    assert (len(line.knocks), line.hear()) == (1, b"")
    promise.set_result(Guest())
    await asyncio.sleep(0)
    assert line.hear().startswith(b"HTTP/1.1 101 ")


async def test_who_speaks_before_the_answer_is_not_let_in() -> None:
    line = Line(asyncio.get_running_loop().create_future())
    line.socket.data_received(REQUEST)
    line.say(text("me"))
    assert (line.wire.is_closed, line.hear()) == (True, b"")


async def test_what_is_said_first_comes_with_the_answer() -> None:
    line = Line(Guest(b"frame"))
    line.socket.data_received(REQUEST)
    assert line.hear().endswith(b"\r\n\r\nframe")


async def test_who_has_gone_before_the_answer_is_not_let_in() -> None:
    promise: asyncio.Future[Seat | NoSeat] = asyncio.get_running_loop().create_future()
    line = Line(promise)
    line.socket.data_received(REQUEST)
    line.socket.connection_lost(None)
    assert promise.cancelled()


@pytest.mark.parametrize(("code", "status"), [(4404, b"101"), (403, b"403"), (503, b"503")])
async def test_a_refusal_is_said_where_a_browser_can_hear_it(code: int, status: bytes) -> None:
    line = Line(NoSeat(code, "No."))
    line.socket.data_received(REQUEST)
    assert line.hear().startswith(b"HTTP/1.1 " + status)


# On the doorstep


def asking(**headers: str | None) -> bytes:
    """The request of a browser, with some headers changed, added or left out (None)."""
    usual: dict[str, str | None] = {
        "Host": "sheaf.example",
        "Connection": "keep-alive, Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Extensions": "permessage-deflate",
    }
    given = usual | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}\r\n" for name, value in given.items() if value is not None]
    return f"GET /s/ABCD/live?screen=phone HTTP/1.1\r\n{''.join(lines)}\r\n".encode()


def test_a_usual_handshake_is_read_whole() -> None:
    handshake = usual_handshake(asking(Cookie="a=1; b=2", **{"X-Spaced": " \t out "}))
    assert handshake is not None
    assert handshake.target == "/s/ABCD/live?screen=phone"
    assert (handshake.headers["cookie"], handshake.headers["x-spaced"]) == ("a=1; b=2", "out")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in handshake.answer


@pytest.mark.parametrize(
    "request_",
    [
        asking()[:-1],
        asking() + b"\x81",
        asking().replace(b"GET", b"POST"),
        asking().replace(b"HTTP/1.1", b"HTTP/1.0"),
        asking().replace(b"/s/", b"http://sheaf.example/s/"),
        asking().replace(b"\r\n", b"\n"),
        asking().replace(b"Upgrade: ", b"Upgrade : "),
        asking(X_Folded="one\r\n two"),
        asking(X_Long="x" * 9_000),
        asking(X_Name="Zoë"),
        asking(host="twice"),
        asking(Host=None),
        asking(Upgrade="h2c"),
        asking(Connection="keep-alive, not-upgrade"),
        asking(Sec_WebSocket_Key="dG9vIHNob3J0"),
        asking(Sec_WebSocket_Key=None),
        asking(Sec_WebSocket_Version="8"),
        asking(Content_Length="5"),
        asking(Transfer_Encoding="chunked"),
    ],
)
def test_anything_unusual_about_a_handshake_is_left_to_others(request_: bytes) -> None:
    assert usual_handshake(request_) is None


async def test_a_usual_handshake_opens_a_socket_without_a_parser() -> None:
    wire, guest = Wire(), Guest()
    app_state = {"admit": lambda knock: guest, "lobby": Lobby()}
    step = Doorstep(config=None, server_state=SimpleNamespace(connections=set()), app_state=app_state)
    step.connection_made(wire)
    step.data_received(asking())
    socket = wire.protocol
    assert isinstance(socket, SocketProtocol)
    assert (wire.sent[:13], socket._protocol) == (b"HTTP/1.1 101 ", None)
    socket.data_received(text("hello").serialize(mask=True))
    assert guest.heard == ["hello"]


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much somebody says, it is heard at once."""
    monkeypatch.setattr(protocol, "SLICE", 10**6)
    monkeypatch.setattr(protocol, "AT_ONCE", 10**6)


@pytest.mark.usefixtures("patience")
async def test_who_asks_and_never_reads_is_not_listened_to() -> None:
    line, guest = opened()
    line.socket.pause_writing()
    for said in (Frame(Opcode.PING, b"x" * 125), text("x" * 120)):
        for _ in range(2_000):
            if line.wire.is_read:
                line.say(said)
        assert not line.wire.is_read
        assert len(line.hear()) < 2 * UNREAD
        line.socket.resume_writing()
        assert line.wire.is_read
        line.socket.pause_writing()
    line.socket.resume_writing()
    line.say(text("hello"))
    assert guest.heard[-1] == "hello"


@pytest.mark.usefixtures("patience")
async def test_fragments_of_nothing_cost_nothing() -> None:
    line, guest = opened()
    line.say(Frame(Opcode.TEXT, b"", fin=False), *[Frame(Opcode.CONT, b"", fin=False)] * 5_000)
    fragments = line.socket._fragments
    assert fragments is not None
    assert fragments._pieces == []
    line.say(Frame(Opcode.CONT, b"hello"))
    assert guest.heard == ["hello"]
