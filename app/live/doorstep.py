"""The first word of a connection, as uvicorn hands it over: who asks for a socket, who for a page.

After a restart thousands of phones knock within seconds, and each brings a request of some ten
lines. A usual one, whole and plain, is read here in one go. One that is unusual in any way is
websockets' to read, with all the rules, and to refuse; so nothing here needs to know how a
handshake may fail. All else, and what comes in pieces, is HTTP, and uvicorn's own,
but for bounds that it has not: on the head of a request, on requests sent before the first is
answered, and on how long either side may take.
"""

import asyncio
import re
from typing import Any, NamedTuple, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.utils import accept_key

from app.live.lobby import Lobby
from app.live.protocol import SocketProtocol

LARGEST_HEAD = 8 * 1024
LARGEST_HTTP_HEAD = 32 * 1024
"""With the cookies of many sessions."""

MOST_HEADERS = 100

MOST_TOLD = 2 * 1024 * 1024
"""How large a request may say it is, to be given time for it. The house refuses smaller ones."""

MOST_AT_ONCE = 8
"""How many requests may come before the first of them is answered."""

FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nSheaf: 1\r\nRetry-After: 10\r\n"
    b"Connection: close\r\nContent-Length: 0\r\n\r\n"
)


class Doorstep(asyncio.Protocol):
    """What uvicorn makes for each connection, from its `http` option. Whoever asks for a socket
    with their first word gets one straight away, and leaves no HTTP parser behind."""

    __slots__ = ("_lobby", "_of_uvicorn", "_open_connections", "_transport")

    def __init__(self, **of_uvicorn: Any) -> None:
        self._of_uvicorn = of_uvicorn
        self._open_connections: set[asyncio.Protocol] = of_uvicorn["server_state"].connections
        self._lobby: Lobby = of_uvicorn["app_state"]["lobby"]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there, and has ten seconds to say why."""
        self._transport = cast(asyncio.Transport, transport)
        if len(self._open_connections) >= self._lobby.most and not self._lobby.make_room():
            self._transport.write(FULL)
            self._transport.close()
            return
        self._open_connections.add(self)
        self._lobby.wait(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """They went without a word."""
        self._open_connections.discard(self)
        self._lobby.done(self._transport)

    def data_received(self, data: bytes) -> None:
        """The first word: from here on, somebody else listens."""
        self._open_connections.discard(self)
        self._lobby.done(self._transport)
        handshake = usual_handshake(data)
        if handshake is not None:
            socket = self._socket()
            self._pass_on_to(socket)
            socket.knock(handshake.target, handshake.headers, handshake.answer)
            return
        listener = self._socket() if _means_a_socket(data) else Requests(**self._of_uvicorn)
        self._pass_on_to(listener)
        listener.data_received(data)

    def shutdown(self) -> None:
        """uvicorn's word that the server is stopping."""
        self._transport.close()

    def _socket(self) -> SocketProtocol:
        of = self._of_uvicorn
        return SocketProtocol(of["config"], of["server_state"], of["app_state"])

    def _pass_on_to(self, listener: asyncio.Protocol) -> None:
        self._transport.set_protocol(listener)
        listener.connection_made(self._transport)


class Requests(HttpToolsProtocol):
    """uvicorn's own, with bounds. What oversteps them is answered with 400, and the line closed."""

    def __init__(self, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._lobby: Lobby = of_uvicorn["app_state"]["lobby"]
        self._head = 0
        self._is_in_head = self._is_coming = False

    def connection_lost(self, exc: Exception | None) -> None:
        """The network is done with it."""
        self._lobby.done(self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        super().data_received(data)
        if self._is_in_head:
            self._head += len(data)
            if self._head > LARGEST_HTTP_HEAD and not self.transport.is_closing():
                self.send_400_response("This is too long.")
        if self.transport.get_protocol() is not self:
            return  # it became a socket
        if self._is_coming:
            self._lobby.wait(self.transport)
        else:
            self._lobby.done(self.transport)

    def on_message_begin(self) -> None:
        """The first byte of a request. What is raised here, uvicorn answers."""
        if len(self.pipeline) >= MOST_AT_ONCE:
            raise ValueError
        self._head, self._is_in_head, self._is_coming = 0, True, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """All but its body is here; that may take as long as it is large."""
        self._is_in_head = False
        if len(self.headers) > MOST_HEADERS:
            raise ValueError
        self._lobby.done(self.transport)
        self._lobby.wait(self.transport, _told(self.headers))
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """And now that too."""
        self._is_coming = False
        self._lobby.done(self.transport)
        super().on_message_complete()

    def pause_writing(self) -> None:
        """An answer waits to be read."""
        self._lobby.wait(self.transport, self.transport.get_write_buffer_size())
        super().pause_writing()

    def resume_writing(self) -> None:
        """It was."""
        self._lobby.done(self.transport)
        super().resume_writing()


def _told(headers: list[tuple[bytes, bytes]]) -> int:
    """How long a request says that it is."""
    said = next((value for name, value in headers if name == b"content-length"), b"0")
    return min(int(said), MOST_TOLD) if said.isdigit() and len(said) < 20 else 0


class Handshake(NamedTuple):
    """A valid request for a socket. Its headers have names in small letters."""

    target: str
    headers: dict[str, str]
    answer: bytes
    """What opens the socket (RFC 6455, 4.2.2)."""


def usual_handshake(data: bytes) -> Handshake | None:
    """The request for a socket that these bytes are, if they are nothing else, and if nothing
    about it is unusual: no header twice, no fold, no body, nothing but ASCII."""
    request = _REQUEST.fullmatch(data) if len(data) <= LARGEST_HEAD else None
    if request is None:
        return None
    target, lines = request.group(1).decode(), request.group(2).decode().split("\r\n")[:-1]
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip(" \t")
    if len(headers) < len(lines) or not _asks_for_socket(headers):
        return None
    return Handshake(target, headers, _ANSWER % accept_key(headers["sec-websocket-key"]).encode())


def _asks_for_socket(headers: dict[str, str]) -> bool:
    """All that a server has to see (RFC 6455, 4.2.1), and no sign of a body."""
    connection = headers.get("connection", "").lower().split(",")
    return (
        headers.get("upgrade", "").lower() == "websocket"
        and "upgrade" in [option.strip(" \t") for option in connection]
        and _KEY.fullmatch(headers.get("sec-websocket-key", "")) is not None
        and headers.get("sec-websocket-version") == "13"
        and "host" in headers
        and headers.keys().isdisjoint(_BODY)
    )


def _means_a_socket(data: bytes) -> bool:
    """Whether this is the whole of a request for a socket, right or wrong."""
    end = data.find(b"\r\n\r\n")
    head = data[: end + 2].lower()
    return end > 0 and head.startswith(b"get ") and all(line in head for line in _UPGRADE)


_REQUEST = re.compile(rb"GET (/[!-~]*) HTTP/1\.1\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n)+)\r\n")
_KEY = re.compile("[A-Za-z0-9+/]{22}==")  # 16 bytes
_BODY = ("content-length", "transfer-encoding")
_ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
)
_UPGRADE = b"\r\nupgrade: websocket", b"\r\nconnection: ", b"upgrade\r\n"
