"""Our protocol and our hub without Sheaf behind them: what one phone says is sent to all as it
is. So what is left is the cost of the last step alone.

python -m bench.hub_server
"""

import asyncio
import socket
from collections.abc import Callable
from types import SimpleNamespace

import uvloop

from app.live.doorstep import Doorstep
from app.live.hub import Group
from app.live.lobby import Lobby
from app.live.protocol import SocketProtocol, encode
from app.live.seam import Knock, Seat


class Everybody:
    """A seat from which one speaks to all. The bench posts, so the text stands in the message."""

    def __init__(self, room: Group) -> None:
        self._room = room
        self._said = 0

    def opened(self, connection: SocketProtocol) -> None:
        self._connection = connection
        self._room.join(connection)

    def received(self, text: str, reply: Callable[[str], None]) -> None:
        reply("{}")
        self._said += 1
        self._room.send(
            self._room.level | self._room.late,
            encode(f'{{"head": "{self._said}.0000", "content": {text}}}'),
            0,
        )

    def drained(self) -> None:
        self._room.drained(self._connection)

    def closed(self) -> None:
        self._room.leave(self._connection)


async def serve() -> None:
    """Print the port, then go on until ended."""
    room = Group(lambda: None)

    def admit(knock: Knock) -> Seat:
        return Everybody(room)

    of_uvicorn = {
        "config": None,
        "server_state": SimpleNamespace(connections=set()),
        "app_state": {"admit": admit, "lobby": Lobby()},
    }
    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(listening.getsockname()[1], flush=True)
    server = await asyncio.get_running_loop().create_server(
        lambda: Doorstep(**of_uvicorn), sock=listening, backlog=4096
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
