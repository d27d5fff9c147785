"""What reads the bytes of a socket by the rules of WebSockets: websockets' own parser, which goes from
socket to socket. Between two messages it knows nothing of the one that it served, and making one costs as
much as reading a post.
"""

import codecs
import logging
from typing import Any

from websockets import http11
from websockets.datastructures import Headers
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

http11.MAX_LINE_LENGTH = 32 * 1024
"""Of a request for a socket, as of one for a page: the cookies of many sessions are one line."""

LARGEST_MESSAGE = 64 * 1024
MOST_SPARE = 64
"""Parsers kept for the next message, whoever sends it."""

_log = logging.getLogger("websockets.server")
_SPARE: list[ServerProtocol] = []


def take(state: State) -> ServerProtocol:
    """A parser for a socket that is open, or still to be asked for."""
    if state is State.OPEN and _SPARE:
        return _SPARE.pop()
    return ServerProtocol(state=state, max_size=LARGEST_MESSAGE, logger=_log)


def give_back(parser: ServerProtocol) -> bool:
    """Let go of a parser between two messages. Whether it could be: not within a frame. Whether a
    message of several frames has begun, its socket knows."""
    if not _is_between_frames(parser):
        return False
    if len(_SPARE) < MOST_SPARE:
        _SPARE.append(parser)
    return True


def _is_between_frames(parser: ServerProtocol) -> bool:
    """Whether it waits for the first byte of a frame, so that a new one would be as good.
    Where a later release of websockets waits elsewhere, sockets merely keep their parsers."""
    waits: Any = parser.parser
    while (inner := getattr(waits, "gi_yieldfrom", None)) is not None:
        waits = inner
    return waits.gi_code is StreamReader.at_eof.__code__


def speaks_another_version(request: Request) -> bool:
    """Whether somebody asks for a version of WebSockets that is not the one there is."""
    said = request.headers.get_all("Sec-WebSocket-Version")
    return bool(said) and said != ["13"]


def joined(headers: Headers) -> dict[str, str]:
    """Headers by names in small letters. One that is given twice is one with both values: websockets would
    raise, and a proxy may well have cut the cookies in two."""
    return {
        name: ("; " if name == "cookie" else ", ").join(headers.get_all(name))
        for name in map(str.lower, headers)
    }


class Fragments:
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
