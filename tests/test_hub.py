"""The hub brings every connection to the head, and queues nothing for those that can't keep up."""

from app.live.hub import Group


class Socket:
    """A connection that keeps what it was sent."""

    def __init__(self, seq: int = 0, actor_id: str = "") -> None:
        self.seq = seq
        self.actor_id = actor_id
        self.is_full = False
        self.got: list[bytes] = []

    def write(self, frame: bytes) -> bool:
        if not self.is_full:
            self.got.append(frame)
        return not self.is_full


def group(*sockets: Socket) -> Group:
    made = Group(lambda: None)
    for socket in sockets:
        made.join(socket)
    return made


def test_who_is_late_becomes_level() -> None:
    socket = Socket()
    room = group(socket)
    room.send({socket}, b"all of it", 7)
    room.settle(7)
    assert (socket.got, socket.seq, room.at) == ([b"all of it"], 7, 7)
    assert (room.level, room.late) == ({socket}, set())


def test_who_comes_during_a_round_still_gets_a_first_frame() -> None:
    early, later = Socket(), Socket(seq=7)
    room = group(early)
    room.join(later)
    room.send({early}, b"all of it", 7)
    room.settle(7)
    assert (room.level, room.late) == ({early}, {later})


def test_a_full_socket_is_passed_over_and_then_late() -> None:
    slow, quick = Socket(), Socket()
    room = group(slow, quick)
    slow.is_full = True
    room.send({slow, quick}, b"one", 1)
    room.settle(1)
    assert (slow.got, slow.seq, quick.got) == ([], 0, [b"one"])
    slow.is_full = False
    room.drained(slow)
    assert room.late == {slow}


def test_an_author_gets_their_own_frame() -> None:
    author, other = Socket(actor_id="ann"), Socket(actor_id="ben")
    room = group(author, other)
    room.send({author, other}, None, 3, {"ann": b"yours"})
    assert (author.got, other.got, other.seq) == ([b"yours"], [], 3)


def test_nothing_is_kept_of_who_has_gone() -> None:
    socket = Socket(actor_id="ann")
    room = group(socket)
    room.leave(socket)
    assert (len(room), room.actors) == (0, {})
