"""The real server keeps RFC 6455, case by case.

The cases have the order of the Autobahn test suite's groups, in our own words. That suite needs
Python 2, so it is no part of this run; docs/house.md says how it ends when run by hand. Here a raw
TCP client says what no client library would. A text that arrived whole is answered with a receipt.
"""

import random
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise

import pytest

from tests.conftest import Server, received

TEXT, BINARY, PING, PONG, CLOSE, CONT = 1, 2, 9, 10, 8, 0
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
LIMIT = 64 * 1024
HELLO = "κόσμε 🌾".encode()
HEADERS = {
    "Host": "sheaf.example",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}


def frame(opcode: int, data: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bool = True) -> bytes:
    """A frame as a client sends it, right or wrong."""
    length = len(data)
    if length < 126:
        size, extended = length, b""
    elif length < 65536:
        size, extended = 126, struct.pack("!H", length)
    else:
        size, extended = 127, struct.pack("!Q", length)
    head = bytes([fin << 7 | rsv << 4 | opcode, mask << 7 | size]) + extended
    return head + (b"\x0e\x21\x37\x4a" + masked(data) if mask else data)


def masked(data: bytes) -> bytes:
    key = (b"\x0e\x21\x37\x4a" * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(len(data), "big")


def closing(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


class Raw:
    """A client that may break every rule."""

    def __init__(self, port: int, request: bytes) -> None:
        self.tcp = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tcp.sendall(request)
        self._stream = self.tcp.makefile("rb")

    def head(self) -> tuple[int, dict[str, str]]:
        """The answer to the handshake."""
        status = int(self._stream.readline().split()[1])
        headers = {}
        while (line := self._stream.readline().decode().strip()) != "":
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        return status, headers

    def send(self, *frames: bytes) -> None:
        self.tcp.sendall(b"".join(frames))

    def send_by_byte(self, data: bytes) -> None:
        for byte in data:
            self.tcp.sendall(bytes([byte]))

    def next(self) -> tuple[int, bytes] | None:
        """The next frame, or None at the end of the connection. A server masks nothing, sends no
        fragments, and sets no reserved bits."""
        try:
            head = self._stream.read(2)
        except ConnectionResetError:
            head = b""
        if not head:
            return None
        assert head[0] & 0xF0 == 0x80, head
        assert head[1] < 128, head
        length = head[1]
        if length > 125:
            length = int.from_bytes(self._stream.read(2 if length == 126 else 8), "big")
        return head[0] & 0xF, self._stream.read(length)

    def heard(self) -> list[tuple[int, bytes]]:
        """What comes until the other side has gone, but for the board's frames."""
        return [one for one in iter(self.next, None) if not is_frame_of_board(one)]

    def next_said(self) -> tuple[int, bytes] | None:
        """The next of what the server says to this client alone."""
        while (one := self.next()) is not None and is_frame_of_board(one):
            pass
        return one

    def is_answered(self) -> bool:
        """Whether the next is a receipt."""
        said = self.next_said()
        return said is not None and said[0] == TEXT

    def close(self) -> None:
        self._stream.close()
        self.tcp.close()


def is_frame_of_board(one: tuple[int, bytes]) -> bool:
    return one[0] == TEXT and "receipt" not in received(one[1])


@pytest.fixture(scope="module")
def new_session(shared_server: Server) -> dict[str, str]:
    return shared_server.new()


@pytest.fixture
def request_for_socket(new_session: dict[str, str]) -> dict[str, str]:
    return {**HEADERS, "Authorization": f"Bearer {new_session['participant_token']}"}


def asking(path: str, headers: dict[str, str], start: str = "GET {} HTTP/1.1") -> bytes:
    lines = [start.format(path), *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.fixture
def path(new_session: dict[str, str]) -> str:
    return f"/s/{new_session['code']}/live?screen=phone"


Dial = Callable[[bytes], Raw]


@pytest.fixture
def dial(shared_server: Server) -> Iterator[Dial]:
    """Opens connections whose first words are given, and closes them at the end."""
    clients: list[Raw] = []

    def dialled(words: bytes) -> Raw:
        clients.append(Raw(shared_server.port, words))
        return clients[-1]

    yield dialled
    for client in clients:
        client.close()


@pytest.fixture
def raw(dial: Dial, request_for_socket: dict[str, str], path: str) -> Raw:
    client = dial(asking(path, request_for_socket))
    assert client.head()[0] == 101
    return client


# 1: framing


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 128, 65535, LIMIT])
def test_a_text_of_any_length_arrives(raw: Raw, length: int) -> None:
    raw.send(frame(TEXT, b"*" * length))
    assert raw.is_answered()


def test_a_text_arrives_byte_by_byte(raw: Raw) -> None:
    raw.send_by_byte(frame(TEXT, HELLO * 10))
    assert raw.is_answered()


# What ends a socket, and how. After the close frame nothing comes.

FAILS: dict[str, tuple[int, list[bytes]]] = {
    # 1 and 9: what we do not take
    "too long": (1009, [frame(TEXT, b"*" * (LIMIT + 1))]),
    "too long in fragments": (
        1009,
        [frame(TEXT, b"*" * LIMIT, fin=False), frame(CONT, b"*")],
    ),
    "said to be too long": (1009, [b"\x81\xff" + (2**62).to_bytes(8, "big")]),
    "binary": (1003, [frame(BINARY, b"\xfe")]),
    "not masked": (1002, [frame(TEXT, HELLO, mask=False)]),
    "ping not masked": (1002, [frame(PING, mask=False)]),
    # 2: pings
    "ping of 126": (1002, [frame(PING, b"*" * 126)]),
    "pong of 126": (1002, [frame(PONG, b"*" * 126)]),
    "ping in fragments": (1002, [frame(PING, b"*", fin=False)]),
    "pong in fragments": (1002, [frame(PONG, b"*", fin=False)]),
    # 3: reserved bits
    **{f"reserved bits {rsv}": (1002, [frame(TEXT, HELLO, rsv=rsv)]) for rsv in range(1, 8)},
    "reserved bit of a ping": (1002, [frame(PING, rsv=4)]),
    "reserved bit of a close": (1002, [frame(CLOSE, rsv=1)]),
    # 4: reserved opcodes
    **{f"opcode {opcode}": (1002, [frame(opcode, HELLO)]) for opcode in (3, 4, 5, 6, 7, *range(11, 16))},
    # 5: fragments
    "end of nothing": (1002, [frame(CONT, b"*")]),
    "middle of nothing": (1002, [frame(CONT, b"*", fin=False), frame(TEXT, b"*")]),
    "text within a text": (1002, [frame(TEXT, b"*", fin=False), frame(TEXT, b"*")]),
    "two ends": (1002, [frame(TEXT, b"*", fin=False), frame(CONT, b"*"), frame(CONT, b"*")]),
    # 7: closing
    "close of one byte": (1002, [frame(CLOSE, b"\x03")]),
    "close of 126": (1002, [closing(1000, b"*" * 124)]),
    "close in fragments": (1002, [frame(CLOSE, fin=False)]),
    "close for no known reason": (1007, [closing(1000, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80")]),
    **{
        f"close with {code}": (1002, [closing(code)])
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    },
}


@pytest.mark.parametrize("case", FAILS)
def test_a_fault_ends_the_socket(raw: Raw, case: str) -> None:
    code, wrong = FAILS[case]
    raw.send(*wrong)
    said = raw.heard()
    assert [opcode for opcode, _ in said if opcode != TEXT] == [CLOSE]
    assert int.from_bytes(said[-1][1][:2], "big") == code


def test_nothing_is_heard_after_a_fault(raw: Raw) -> None:
    raw.send(frame(TEXT, b"\xff"), frame(TEXT, HELLO))
    assert [opcode for opcode, _ in raw.heard()] == [CLOSE]


# 2: pings


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00\xff\xfe\xfd", b"*" * 125])
def test_a_ping_is_answered_with_its_data(raw: Raw, data: bytes) -> None:
    raw.send(frame(PING, data))
    assert raw.next_said() == (PONG, data)


def test_ten_pings_are_answered_in_turn_however_they_come(raw: Raw) -> None:
    raw.send_by_byte(b"".join(frame(PING, b"%d" % nth) for nth in range(10)))
    assert [raw.next_said() for _ in range(10)] == [(PONG, b"%d" % nth) for nth in range(10)]


def test_a_pong_nobody_asked_for_is_passed_over(raw: Raw) -> None:
    raw.send(frame(PONG), frame(PONG, b"why"), frame(PING, b"there?"))
    assert raw.next_said() == (PONG, b"there?")


# 5: fragments


@pytest.mark.parametrize("by_byte", [False, True])
@pytest.mark.parametrize("count", [2, 5, 200])
def test_pings_between_fragments_are_answered_first(raw: Raw, count: int, by_byte: bool) -> None:
    pieces = [frame(CONT, b"*", fin=nth == count - 1) for nth in range(count)]
    pieces[0] = frame(TEXT, fin=False)
    whole = frame(PING, b"there?").join(pieces)
    (raw.send_by_byte if by_byte and count < 10 else raw.send)(whole)
    assert [raw.next_said() for _ in range(count - 1)] == [(PONG, b"there?")] * (count - 1)
    assert raw.is_answered()


def test_empty_fragments_are_a_text(raw: Raw) -> None:
    raw.send(frame(TEXT, fin=False), frame(CONT, fin=False), frame(CONT))
    assert raw.is_answered()


# 6: UTF-8

VALID = {
    "empty": b"",
    "two bytes": b"\xc2\x80\xdf\xbf",
    "three bytes": b"\xe0\xa0\x80\xef\xbf\xbf",
    "around surrogates": b"\xed\x9f\xbf\xee\x80\x80",
    "four bytes": b"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
    "no characters": b"\xef\xbf\xbe\xf0\x9f\xbf\xbe",
    "NUL and DEL": b"\x00\x7f",
    "words": HELLO,
}
INVALID = {
    "continuation alone": b"\x80",
    "continuations alone": b"\xbf\x80\xbf",
    "two bytes cut": b"\xc2",
    "three bytes cut": b"\xe1\x80",
    "four bytes cut": b"\xf1\x80\x80",
    "starts only": b"\xc3 \xe3 \xf3 ",
    "never used": b"\xfe\xff",
    "slash in two": b"\xc0\xaf",
    "slash in three": b"\xe0\x80\xaf",
    "slash in four": b"\xf0\x80\x80\xaf",
    "NUL in two": b"\xc0\x80",
    "longest in two": b"\xc1\xbf",
    "longest in three": b"\xe0\x9f\xbf",
    "longest in four": b"\xf0\x8f\xbf\xbf",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "first surrogate": b"\xed\xa0\x80",
    "last surrogate": b"\xed\xbf\xbf",
    "pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "past the last": b"\xf4\x90\x80\x80",
}


def in_fragments(data: bytes) -> list[bytes]:
    """One byte in each."""
    cuts = [data[at : at + 1] for at in range(len(data))] or [b""]
    last = len(cuts) - 1
    return [frame(CONT if at else TEXT, cut, fin=at == last) for at, cut in enumerate(cuts)]


@pytest.mark.parametrize("case", VALID)
def test_utf8_arrives_whole_and_cut_anywhere(raw: Raw, case: str) -> None:
    said = HELLO + VALID[case] + HELLO
    raw.send(frame(TEXT, said))
    raw.send(*in_fragments(said))
    raw.send_by_byte(frame(TEXT, VALID[case]))
    assert all(raw.is_answered() for _ in range(3))


@pytest.mark.parametrize("is_cut", [False, True])
@pytest.mark.parametrize("case", INVALID)
def test_what_is_not_utf8_ends_the_socket(raw: Raw, case: str, is_cut: bool) -> None:
    wrong = HELLO + INVALID[case]
    raw.send(*(in_fragments(wrong) if is_cut else [frame(TEXT, wrong)]))
    assert [(opcode, said[:2]) for opcode, said in raw.heard()] == [(CLOSE, b"\x03\xef")]


def test_utf8_fails_with_the_first_wrong_fragment(raw: Raw) -> None:
    raw.send(frame(TEXT, HELLO + b"\xf4", fin=False), frame(PING, b"so far?"))
    assert raw.next_said() == (PONG, b"so far?")
    raw.send(frame(CONT, b"\x90", fin=False))
    assert [opcode for opcode, _ in raw.heard()] == [CLOSE]


# 7: closing


@pytest.mark.parametrize(
    "code", [*range(1000, 1004), *range(1007, 1012), 1012, 1013, 1014, 3000, 3999, 4000, 4999]
)
def test_a_close_is_answered_with_its_code(raw: Raw, code: int) -> None:
    raw.send(closing(code, b"*" * 123))
    assert [(opcode, said[:2]) for opcode, said in raw.heard()] == [(CLOSE, struct.pack("!H", code))]


def test_a_close_without_a_code_is_answered_so(raw: Raw) -> None:
    raw.send(frame(CLOSE))
    assert raw.heard() == [(CLOSE, b"")]


def test_nothing_is_heard_after_a_close(raw: Raw) -> None:
    raw.send(closing(1000), frame(PING), frame(TEXT, HELLO), closing(1001))
    assert raw.heard() == [(CLOSE, struct.pack("!H", 1000))]


def test_a_close_within_a_text_ends_the_socket(raw: Raw) -> None:
    """websockets calls it a fault, which nothing in the RFC forbids. Autobahn would have 1000."""
    raw.send(frame(TEXT, HELLO, fin=False), closing(1000), frame(CONT, HELLO))
    assert [opcode for opcode, _ in raw.heard()] == [CLOSE]


def test_a_line_cut_within_a_frame_is_let_go(raw: Raw) -> None:
    raw.send(frame(TEXT, HELLO)[:-1])
    raw.tcp.shutdown(socket.SHUT_WR)
    assert all(opcode == CLOSE for opcode, _ in raw.heard())


# 9 and 10: much


def test_a_thousand_texts_in_one_go_are_all_answered(raw: Raw) -> None:
    raw.send(*[frame(TEXT, HELLO)] * 1000)
    assert all(raw.is_answered() for _ in range(1000))


@pytest.mark.parametrize("piece", [64, 1024])
def test_a_long_text_arrives_in_many_fragments(raw: Raw, piece: int) -> None:
    count = LIMIT // piece
    raw.send(frame(TEXT, b"*" * piece, fin=False))
    raw.send(*(frame(CONT, b"*" * piece, fin=nth == count - 1) for nth in range(1, count)))
    assert raw.is_answered()


@pytest.mark.parametrize("chop", [64, 997, 1460])
def test_a_long_text_arrives_in_many_segments(raw: Raw, chop: int) -> None:
    whole = frame(TEXT, b"*" * LIMIT)
    for start, end in pairwise([*range(0, len(whole), chop), len(whole)]):
        raw.tcp.sendall(whole[start:end])
    assert raw.is_answered()


# 12 and 13: compression


@pytest.mark.parametrize(
    "offer",
    [
        "permessage-deflate",
        "permessage-deflate; client_no_context_takeover; server_max_window_bits=9",
        "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame",
    ],
)
def test_compression_may_be_offered(
    dial: Dial, request_for_socket: dict[str, str], path: str, offer: str
) -> None:
    headers = {**request_for_socket, "Sec-WebSocket-Extensions": offer}
    client = dial(asking(path, headers))
    status, answer = client.head()
    assert (status, answer.get("sec-websocket-extensions")) == (101, None)
    client.send(frame(TEXT, HELLO))
    assert client.is_answered()
    client.send(frame(TEXT, HELLO, rsv=4))
    assert client.heard()[-1][1][:2] == struct.pack("!H", 1002)


# The handshake


def test_the_handshake_is_answered_as_the_rfc_has_it(
    dial: Dial, request_for_socket: dict[str, str], path: str
) -> None:
    client = dial(asking(path, request_for_socket))
    status, answer = client.head()
    assert status == 101
    assert answer["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert answer["upgrade"].lower() == "websocket"
    assert answer["connection"].lower() == "upgrade"


@pytest.mark.parametrize(
    "said",
    [
        {"Upgrade": "WebSocket"},
        {"Connection": "keep-alive, Upgrade"},
        {"Connection": "upgrade"},
    ],
)
def test_a_handshake_may_be_spelt_otherwise(
    dial: Dial, request_for_socket: dict[str, str], path: str, said: dict[str, str]
) -> None:
    client = dial(asking(path, {**request_for_socket, **said}))
    assert client.head()[0] == 101


def test_a_handshake_may_come_byte_by_byte(dial: Dial, request_for_socket: dict[str, str], path: str) -> None:
    client = dial(b"")
    client.send_by_byte(asking(path, request_for_socket))
    assert client.head()[0] == 101
    client.send(frame(TEXT, HELLO))
    assert client.is_answered()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Authorization", 101), ("Accept-Language", 101), ("Origin", 400), ("Cookie", 403)],
)
def test_a_header_given_twice_is_judged_like_any_other(
    dial: Dial, request_for_socket: dict[str, str], path: str, name: str, expected: int
) -> None:
    headers = {name: "a=1", name.lower(): "b=2", **request_for_socket}
    status, _headers = dial(asking(path, headers)).head()
    assert status == expected


@pytest.mark.parametrize(
    ("said", "start", "status"),
    [
        ({"Sec-WebSocket-Key": None}, "GET {} HTTP/1.1", 400),
        ({"Sec-WebSocket-Key": "c2hvcnQ="}, "GET {} HTTP/1.1", 400),
        ({"Sec-WebSocket-Key": "no base 64!"}, "GET {} HTTP/1.1", 400),
        ({"Sec-WebSocket-Version": None}, "GET {} HTTP/1.1", 400),
        ({"Sec-WebSocket-Version": "8"}, "GET {} HTTP/1.1", 426),
        ({"Sec-WebSocket-Version": "14"}, "GET {} HTTP/1.1", 426),
        ({"Upgrade": "h2c"}, "GET {} HTTP/1.1", None),
        ({"Upgrade": None}, "GET {} HTTP/1.1", None),
        ({"Connection": "close"}, "GET {} HTTP/1.1", None),
        ({}, "GET {} HTTP/1.0", None),
        ({}, "POST {} HTTP/1.1", None),
    ],
)
def test_a_wrong_handshake_opens_nothing(
    dial: Dial,
    request_for_socket: dict[str, str],
    path: str,
    said: dict[str, str | None],
    start: str,
    status: int | None,
) -> None:
    headers = {name: value for name, value in {**request_for_socket, **said}.items() if value}
    client = dial(asking(path, headers, start))
    answered, answer = client.head()
    assert 400 <= answered < 600
    assert status in (None, answered)
    if status == 426:
        assert answer["sec-websocket-version"] == "13"


# Whatever comes


def test_random_bytes_harm_nobody_else(
    dial: Dial, shared_server: Server, raw: Raw, request_for_socket: dict[str, str], path: str
) -> None:
    chance = random.Random(6455)
    for _ in range(150):
        client = dial(asking(path, request_for_socket))
        assert client.head()[0] == 101
        with suppress(ConnectionError):
            client.send(spoilt(chance))
            client.tcp.shutdown(socket.SHUT_WR)
        client.heard()
        client.close()
        raw.send(frame(TEXT, HELLO))
        assert raw.is_answered()
    shared_server.until_ready()
    assert "Traceback" not in shared_server.log()


def spoilt(chance: random.Random) -> bytes:
    """A few frames of which some bytes are others, or no frames at all."""
    if chance.random() < 0.3:
        return chance.randbytes(chance.randrange(1, 300))
    frames = [
        frame(chance.choice((CONT, TEXT, TEXT, PING, PONG)), HELLO, fin=chance.random() < 0.8)
        for _ in range(chance.randrange(1, 6))
    ]
    data = bytearray(b"".join(frames))
    for _ in range(chance.randrange(5)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)
