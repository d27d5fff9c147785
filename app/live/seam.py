"""The seam between sockets and the product: `admit(knock) -> Seat | NoSeat`.

On this side are the rules of WebSockets, which know nothing of Sheaf; on the other, who may see
and do what.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.live.protocol import SocketProtocol


@dataclass(slots=True)
class Knock:
    """A request for a socket. Its headers have names in small letters. `server` is the address on
    which it arrived, and `peer` the one that it came from."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    server: tuple[str, int]
    peer: str = ""


@dataclass(slots=True)
class NoSeat:
    """A socket refused. A browser can't tell a refused handshake from a broken network and would
    try for ever, so the socket is opened, gets no frame, and is closed with `code` and a sentence.
    With a code of HTTP, such as 403, it is refused before that."""

    code: int
    reason: str


UNAVAILABLE = NoSeat(503, "")


class Seat(Protocol):
    """What the product does with an open socket."""

    def opened(self, connection: "SocketProtocol") -> bytes | None:
        """It is open, and may be written to from now on. Answers the frame that it should begin
        with, if there is one already."""

    def received(self, text: str, reply: Callable[[str], None]) -> None:
        """A message came. `reply` must be called once."""

    def drained(self) -> None:
        """It was full, and can take frames again."""

    def closed(self) -> None:
        """It is gone."""


Answer = Seat | NoSeat
Admit = Callable[[Knock], "Answer | asyncio.Future[Answer]"]
"""The answer, or a promise of it."""
