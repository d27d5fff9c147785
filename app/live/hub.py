"""The way out, last step: writing one frame to every connection of an audience.

A connection remembers the seq it has. One whose socket is still full is passed over and keeps its
seq; when it drains it is late, exactly as one that has just joined, and the next frame for the
late ones starts from there. So there is no queue per phone, and a slow phone slows nobody.
"""

import time
from collections.abc import Callable, Hashable, Mapping, Set
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar

Audience = TypeVar("Audience", bound=Hashable)


NOTHING: Mapping[str, bytes] = MappingProxyType({})


class Connection(Protocol):
    """What the hub needs of a socket."""

    actor_id: str
    seq: int

    def write(self, frame: bytes) -> bool:
        """Send an encoded frame. False, and nothing is sent, while bytes written earlier are
        still waiting for the network."""

    def close(self, code: int, reason: str) -> None:
        """Close, with a sentence that the other side can show."""


class Group:
    """The connections of one audience. `level` have the seq `at`; `late` have one of their own.
    `actors` says how many each actor has, `spoke_at` when all who are level were last told something."""

    def __init__(self, stir: Callable[[], None]) -> None:
        self.at = 0
        self.spoke_at = time.monotonic()  # whoever comes is told something at once
        self.level: set[Connection] = set()
        self.late: set[Connection] = set()
        self.actors: dict[str, int] = {}
        self._full: set[Connection] = set()
        self._stir = stir

    def __len__(self) -> int:
        return len(self.level) + len(self.late) + len(self._full)

    def join(self, connection: Connection) -> None:
        """A new connection, which has everything up to its own seq. It is late."""
        self.actors[connection.actor_id] = self.actors.get(connection.actor_id, 0) + 1
        self.late.add(connection)

    def settle_in(self, connection: Connection, head: int) -> None:
        """A late connection is brought to `head` by somebody else."""
        self.late.discard(connection)
        self.level.add(connection)
        connection.seq = head

    def leave(self, connection: Connection) -> None:
        """A connection is gone."""
        for members in (self.level, self.late, self._full):
            members.discard(connection)
        self.actors[connection.actor_id] -= 1
        if not self.actors[connection.actor_id]:
            del self.actors[connection.actor_id]

    def drained(self, connection: Connection) -> None:
        """A connection that was full can take a frame again."""
        if connection in self._full:
            self._full.discard(connection)
            self.late.add(connection)
            self._stir()

    def send(
        self,
        to: Set[Connection],
        frame: bytes | None,
        head: int,
        personal: Mapping[str, bytes] = NOTHING,
    ) -> None:
        """Bring connections to `head` with one frame, or with the one meant for their actor;
        None where nothing changed for them. Those that cannot take it now are kept aside until
        they drain. Those that have left meanwhile are no longer among them."""
        there = (to & self.level) | (to & self.late)
        full = []
        for connection in there:
            what = personal.get(connection.actor_id, frame) if personal else frame
            if what is None or connection.write(what):
                connection.seq = head
            else:
                full.append(connection)
        self.late -= there
        self.level |= there
        self.level.difference_update(full)
        self._full.update(full)

    def settle(self, head: int) -> None:
        """Everybody who was level or late when the round began has been sent what they lacked up
        to `head`. Who has come since is late, and gets a frame of their own."""
        self.at = head

    def close(self, code: int, reason: str) -> None:
        """Close every connection."""
        for connection in [*self.level, *self.late, *self._full]:
            connection.close(code, reason)


class Hub(Generic[Audience]):
    """All groups of one live session."""

    def __init__(self, stir: Callable[[], None]) -> None:
        self.groups: dict[Audience, Group] = {}
        self._stir = stir

    def join(self, audience: Audience, connection: Connection) -> Group:
        """Add a connection to its audience."""
        group = self.groups.get(audience)
        if group is None:
            group = self.groups[audience] = Group(self._stir)
        group.join(connection)
        return group

    def leave(self, audience: Audience, connection: Connection) -> None:
        """Take a connection out, and its audience with the last one."""
        group = self.groups.get(audience)
        if group is None:
            return
        group.leave(connection)
        if not len(group):
            del self.groups[audience]

    def __len__(self) -> int:
        return sum(len(group) for group in self.groups.values())
