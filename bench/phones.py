"""Many screens in one cheap process: plain sockets, an epoll loop, and no more of each frame read
than its length and its cursor. Run as a program, it does one job given as JSON and answers JSON.

It is Python, so reading one frame on each of 1,000 sockets takes it some milliseconds, which
are part of every figure of delivery, the floor's too.
"""

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from bench import machine
from bench.figures import percentile

HEAD = b'{"head": "'
RECEIPT = b'{"receipt"'
PATIENCE = 30.0
"""Seconds without anything arriving after which a run is given up."""

Job = dict[str, Any]


def set_off(job: Job) -> dict[str, float]:
    """Run a job in a process of its own, on the last core."""
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "bench.phones"],
        input=json.dumps(job),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    figures: dict[str, float] = json.loads(ran.stdout)
    return figures


def post_in_turn(job: Job) -> dict[str, float]:
    """Every phone posts, waits for its receipt, and posts again, until there are `posts` of them
    in all. The first post of each makes a participant, and is not counted."""
    room = Room(job)
    room.say_all()
    room.wait_until(lambda: room.saved == len(room.phones))
    room.saved, room.unsaid = 0, job["posts"] - len(room.phones)
    started, cpu = time.perf_counter(), machine.cpu_seconds(job["pid"])
    room.say_all()
    room.wait_until(lambda: room.saved >= job["posts"])
    took, cpu = time.perf_counter() - started, machine.cpu_seconds(job["pid"]) - cpu
    return {"posts_per_second": room.saved / took, "cpu_ms_per_post": 1000 * cpu / room.saved}


def deliver(job: Job) -> dict[str, float]:
    """One more phone posts `posts` times, every `every` seconds (0: as soon as the last post is
    on every screen). A post counts as delivered when the last screen has it."""
    room = Room(job)
    speaker = room.enter("phone", job["speaker"], shows=False)
    warm_up = 3
    for _ in range(warm_up):
        room.say(speaker)
        room.wait_until(room.has_reached_all)
    room.sent_at, room.done_at = {}, {}
    first, due = room.last_said + 1, time.perf_counter()
    cpu, frames = machine.cpu_seconds(job["pid"]), room.frames
    for _ in range(job["posts"]):
        if job["every"]:
            due += job["every"]
            while (left := due - time.perf_counter()) > 0:
                room.read(left)
        else:
            room.wait_until(room.has_reached_all)
        room.say(speaker)
    room.wait_until(room.has_reached_all)
    cpu = machine.cpu_seconds(job["pid"]) - cpu
    took = [1000 * (room.done_at[seq] - room.sent_at[seq]) for seq in range(first, room.last_said + 1)]
    return {
        "p50": percentile(took, 0.5),
        "p99": percentile(took, 0.99),
        "frames_per_cpu_second": (room.frames - frames) / cpu,
        "deliveries_per_cpu_second": len(took) * len(room.phones) / cpu,
        "cpu_ms_per_post": 1000 * cpu / len(took),
    }


class Phone:
    """One socket. `seq` is the newest change that it has been told of."""

    def __init__(self, sock: socket.socket, seq: int, shows: bool) -> None:
        self.sock = sock
        self.seq = seq
        self.shows = shows
        self.rest = b""
        self.posted = 0


class Room:
    """All phones of one run. `bare` is for the floor, which knows no handshake and no posts: it
    takes a finished frame and sends it to everybody."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._bare = bool(job.get("bare"))
        self._epoll = select.epoll()
        self._by_fd: dict[int, Phone] = {}
        self._buffer = bytearray(1 << 18)
        self._view = memoryview(self._buffer)
        self._reached: dict[int, int] = {}
        self.last_said = int(job["since"].partition(".")[0])
        self.sent_at: dict[int, float] = {}
        self.done_at: dict[int, float] = {}
        self.frames = self.saved = self.unsaid = 0
        self.phones = [self.enter(screen, token) for screen, token in job["screens"]]

    def enter(self, screen: str, token: str, *, shows: bool = True) -> Phone:
        """Open a socket, and shake hands."""
        sock = socket.create_connection(("127.0.0.1", self._job["port"]), timeout=PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rest = b"" if self._bare else self._shake_hands(sock, screen, token)
        sock.setblocking(False)
        phone = Phone(sock, self.last_said, shows)
        self._by_fd[sock.fileno()] = phone
        self._epoll.register(sock, select.EPOLLIN)
        if rest:
            self._take(phone, rest)
        return phone

    def say_all(self) -> None:
        """Everybody posts at once."""
        for phone in self.phones:
            self.say(phone)

    def say(self, phone: Phone) -> None:
        """Post."""
        self.last_said += 1
        self.sent_at[self.last_said] = time.perf_counter()
        if self._bare:
            said = b'{"head": "%d.0000", "content": "%s"}' % (self.last_said, b"." * self._job["bare"])
            phone.sock.send(_frame(said, masked=False))
            return
        phone.posted += 1
        key = f"{id(phone):x}-{phone.posted:08d}-bench"
        post = {"action": "post", "key": key, "kind": "question", "text": self._job["text"]}
        phone.sock.send(_frame(json.dumps(post).encode(), masked=True))

    def has_reached_all(self) -> bool:
        """Whether the last post is on every screen."""
        return self._reached.get(self.last_said, 0) >= len(self.phones)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Read until something is so."""
        while not is_so():
            if not self.read(PATIENCE):
                raise SystemExit("Nothing came for a long time.")

    def read(self, seconds: float) -> int:
        """Take what has come. Answers how many sockets it came on."""
        ready = self._epoll.poll(seconds, 4096)
        for fd, _ in ready:
            phone = self._by_fd[fd]
            size = phone.sock.recv_into(self._buffer)
            if not size:
                raise SystemExit("The server closed a socket.")
            if phone.rest:
                self._take(phone, phone.rest + self._view[:size])
            else:
                self._take(phone, bytes(self._view[:size]))
        return len(ready)

    def _shake_hands(self, sock: socket.socket, screen: str, token: str) -> bytes:
        job = self._job
        sock.sendall(
            f"GET /s/{job['code']}/live?screen={screen}&since={job['since']} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{job['port']}\r\nAuthorization: Bearer {token}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += sock.recv(65536)
        if not answer.startswith(b"HTTP/1.1 101"):
            raise SystemExit(f"The server would not have us: {answer[:60]!r}")
        return answer.partition(b"\r\n\r\n")[2]

    def _take(self, phone: Phone, data: bytes) -> None:
        at, end = 0, len(data)
        while end - at >= 4:
            length, body = data[at + 1], at + 2
            if length == 126:
                length, body = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, body = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if end < body + length:
                break
            if data[at] == 0x81:
                self._understand(phone, data, body, length)
            elif data[at] == 0x88:
                raise SystemExit(f"The server closed a socket: {data[body + 2 : body + length]!r}")
            at = body + length
        phone.rest = data[at:]

    def _understand(self, phone: Phone, data: bytes, body: int, length: int) -> None:
        if data.startswith(HEAD, body):
            dot = data.index(b".", body)
            self._show(phone, int(data[body + len(HEAD) : dot]))
        elif data.startswith(RECEIPT, body):
            if b'"saved"' not in data[body : body + length]:
                raise SystemExit(f"Not saved: {data[body : body + length]!r}")
            self.saved += 1
            if self.unsaid > 0:
                self.unsaid -= 1
                self.say(phone)

    def _show(self, phone: Phone, head: int) -> None:
        if not phone.shows or head <= phone.seq:
            return
        self.frames += 1
        for seq in range(phone.seq + 1, head + 1):
            reached = self._reached[seq] = self._reached.get(seq, 0) + 1
            if reached == len(self.phones):
                self.done_at[seq] = time.perf_counter()
        phone.seq = head


def _frame(payload: bytes, *, masked: bool) -> bytes:
    mask = b"\x80\0\0\0\0"[: 5 if masked else 0]  # masked with zeros: as valid, and cheaper
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        return bytes([0x81, bit | len(payload)]) + mask[1:] + payload
    return bytes([0x81, bit | 126]) + len(payload).to_bytes(2, "big") + mask[1:] + payload


JOBS = {"post_in_turn": post_in_turn, "deliver": deliver}

if __name__ == "__main__":
    machine.run_on_last_core()
    machine.allow_many_sockets()
    asked: Job = json.load(sys.stdin)
    print(json.dumps(JOBS[asked["job"]](asked)))
