"""The way out, last step: writing one frame to every connection of an audience.

A connection remembers the seq it has. One whose socket is still full is passed over and keeps its
seq; when it drains it is late, exactly as one that has just joined, and the next frame for the
late ones starts from there. So there is no queue per phone, and a slow phone slows nobody.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, Protocol, TypeVar

Audience = TypeVar("Audience", bound=Hashable)


class Connection(Protocol):
    """What the hub needs of a socket."""

    actor_id: str
    seq: int

    @property
    def is_full(self) -> bool:
        """Whether bytes written earlier are still waiting for the network."""

    def write(self, frame: bytes) -> None:
        """Send an encoded frame."""

    def close(self, code: int, reason: str) -> None:
        """Close, with a sentence that the other side can show."""


class Group:
    """The connections of one audience. `level` have the seq `at`; `late` have one of their own."""

    def __init__(self, stir: Callable[[], None]) -> None:
        self.at = 0
        self.level: set[Connection] = set()
        self.late: set[Connection] = set()
        self.by_actor: dict[str, set[Connection]] = {}
        self._full: set[Connection] = set()
        self._stir = stir

    def __len__(self) -> int:
        return len(self.level) + len(self.late) + len(self._full)

    def join(self, connection: Connection) -> None:
        """A new connection, which has everything up to its own seq."""
        self.by_actor.setdefault(connection.actor_id, set()).add(connection)
        self.late.add(connection)
        self._stir()

    def leave(self, connection: Connection) -> None:
        """A connection is gone."""
        for members in (self.level, self.late, self._full):
            members.discard(connection)
        same_actor = self.by_actor.get(connection.actor_id, set())
        same_actor.discard(connection)
        if not same_actor:
            self.by_actor.pop(connection.actor_id, None)

    def drained(self, connection: Connection) -> None:
        """A connection that was full can take a frame again."""
        if connection in self._full:
            self._full.discard(connection)
            self.late.add(connection)
            self._stir()

    def send(
        self,
        to: Iterable[Connection],
        frame: bytes | None,
        head: int,
        personal: dict[str, bytes] | None = None,
    ) -> None:
        """Bring connections to `head` with one frame, or with the one meant for their actor;
        None where nothing changed for them. Those that cannot take it now are kept aside until
        they drain."""
        for connection in tuple(to):
            if connection.is_full:
                self.level.discard(connection)
                self.late.discard(connection)
                self._full.add(connection)
                continue
            what = personal.get(connection.actor_id, frame) if personal else frame
            if what is not None:
                connection.write(what)
            connection.seq = head
            self.late.discard(connection)
            self.level.add(connection)

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
