"""Many screens in one cheap process: plain sockets, an epoll loop, and no more of each frame read
than its length and its cursor. Run as a program, it does one job given as JSON and answers JSON.

It is Python, so reading one frame on each of 1,000 sockets takes it some milliseconds, which
are part of every figure of delivery, the floor's too.
"""

import itertools
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench import machine
from bench.figures import percentile

HEAD = b'{"head": "'
RECEIPT = b'{"receipt"'
IP_BIND_ADDRESS_NO_PORT = 24
"""Linux gives out the port when we connect, so that addresses with many sockets find one."""

AT_ONCE = 1_000
"""Sockets that may wait for their answer."""

AT_A_TIME = 256
"""Sockets that are read before anything else is seen to."""

PATIENCE = 30.0
"""Seconds without anything arriving after which a run is given up."""

WARM_UP = 5.0
"""Seconds of posting before anything is measured: everybody who posts is then known, and phones
that do not read are full."""

SETTLING = 1.0
SPEAKERS = 200

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
    [speaker] = room.enter([["phone", job["speaker"]]], shows=False)
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
        room.sent_at[room.last_said + 1] = time.perf_counter()
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


def come_back(job: Job) -> dict[str, float]:
    """All phones come at once, each with the same gap, and wait until it is filled."""
    cpu, memory, started = machine.cpu_seconds(job["pid"]), machine.memory_kb(job["pid"]), time.perf_counter()
    room = Room(job)
    head = job["head"]
    room.wait_until(lambda: all(phone.seq >= head for phone in room.phones))
    took, cpu = time.perf_counter() - started, machine.cpu_seconds(job["pid"]) - cpu
    time.sleep(SETTLING)
    grown = machine.memory_kb(job["pid"]) - memory
    count = len(room.phones)
    return {"seconds": took, "phones_per_cpu_second": count / cpu, "kb_per_phone": grown / count}


def follow(job: Job) -> dict[str, float]:
    """A few of the phones take turns to post, `rate` times a second whatever comes of it, for some
    seconds. Every phone that reads is asked when it was shown every post. Some never read."""
    hall = Hall(job)
    hall.enter([["phone", token] for token in job["stalled"]], reads=False)
    hall.run(WARM_UP, job["rate"])
    hall.forget()
    cpu, memory = machine.cpu_seconds(job["pid"]), machine.memory_kb(job["pid"])
    mine = time.process_time()
    hall.run(job["seconds"], job["rate"])
    mine = time.process_time() - mine
    cpu = machine.cpu_seconds(job["pid"]) - cpu
    return {
        **hall.delays(),
        "cores": cpu / job["seconds"],
        "frames_per_cpu_second": hall.frames / cpu,
        "mb_grown": (machine.memory_kb(job["pid"]) - memory) / 1000,
        "acknowledged_p50": percentile(hall.acknowledged, 0.5),
        "acknowledged_p99": percentile(hall.acknowledged, 0.99),
        "client_cores": mine / job["seconds"],
        "posts": len(hall.sent_at),
    }


class Phone:
    """One socket. `seq` is the newest change that it has been told of."""

    __slots__ = ("is_in", "posted", "rest", "seq", "shows", "sock")

    def __init__(self, sock: socket.socket, seq: int, shows: bool, is_in: bool) -> None:
        self.sock = sock
        self.is_in = is_in
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
        self._outside = 0
        self._floor = 1 + os.getpid() % 250
        self.phones: list[Phone] = []
        self.phones = self.enter(job["screens"])

    def enter(self, screens: list[list[str]], *, shows: bool = True, reads: bool = True) -> list[Phone]:
        """Open sockets, as many at a time as a server's queue takes, and shake hands. Those that
        do not read never do, and have little room for what they are sent."""
        entered = []
        for screen, token in screens:
            phone = self._knock(screen, token, shows=shows, reads=reads)
            self._by_fd[phone.sock.fileno()] = phone
            if reads:
                self._epoll.register(phone.sock, select.EPOLLIN)
                self._outside += not phone.is_in
            entered.append(phone)
            self.wait_until(lambda: self._outside < AT_ONCE)
        self.wait_until(lambda: not self._outside)
        return entered

    def _knock(self, screen: str, token: str, *, shows: bool, reads: bool) -> Phone:
        sock = socket.socket()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        if not reads:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        # Each address has ports for some ten thousand sockets, and those of the last run linger.
        sock.bind((f"127.0.{self._floor}.{1 + len(self._by_fd) // 8192}", 0))
        sock.settimeout(PATIENCE)
        sock.connect(("127.0.0.1", self._job["port"]))
        if not self._bare:
            sock.sendall(self._request(screen, token))
        sock.setblocking(False)
        return Phone(sock, self.last_said, shows, is_in=self._bare)

    def _request(self, screen: str, token: str) -> bytes:
        """As a browser asks, with all its lines."""
        job, here = self._job, f"127.0.0.1:{self._job['port']}"
        lines = {
            "Host": here,
            "Connection": "Upgrade",
            "Pragma": "no-cache",
            "Cache-Control": "no-cache",
            "User-Agent": "Mozilla/5.0 (Linux; Android 14) Mobile",
            "Upgrade": "websocket",
            "Origin": f"http://{here}",
            "Sec-WebSocket-Version": "13",
            "Accept-Encoding": "gzip, deflate, br",
            "Accept-Language": "en-GB,en;q=0.9",
            "Cookie": f"sheaf-{job['code']}={token}",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
        }
        start = f"GET /s/{job['code']}/live?screen={screen}&since={job['since']} HTTP/1.1\r\n"
        return (start + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode()

    def say_all(self) -> None:
        """Everybody posts at once."""
        for phone in self.phones:
            self.say(phone)

    def say(self, phone: Phone) -> None:
        """Post."""
        self.last_said += 1
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
        ready = self._epoll.poll(seconds, AT_A_TIME)
        self._hear(ready)
        return len(ready)

    def _hear(self, ready: list[tuple[int, int]]) -> None:
        for phone in filter(None, (self._by_fd.get(fd) for fd, _ in ready)):
            size = phone.sock.recv_into(self._buffer)
            if not size:
                raise SystemExit("The server closed a socket.")
            if phone.rest:
                self._take(phone, phone.rest + self._view[:size])
            else:
                self._take(phone, bytes(self._view[:size]))

    def _come_in(self, phone: Phone, data: bytes) -> None:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"[: len(head)]):
            raise SystemExit(f"The server would not have us: {head[:60]!r}")
        if not end:
            phone.rest = data
            return
        phone.is_in = True
        self._outside -= 1
        self._take(phone, rest)

    def _take(self, phone: Phone, data: bytes) -> None:
        if not phone.is_in:
            self._come_in(phone, data)
            return
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
            self._received(data[body : body + length])
            self.saved += 1
            if self.unsaid > 0:
                self.unsaid -= 1
                self.say(phone)

    def _received(self, receipt: bytes) -> None:
        """A post was saved."""

    def _show(self, phone: Phone, head: int) -> None:
        if not phone.shows or head <= phone.seq:
            return
        self.frames += 1
        for seq in range(phone.seq + 1, head + 1):
            reached = self._reached[seq] = self._reached.get(seq, 0) + 1
            if reached == len(self.phones):
                self.done_at[seq] = time.perf_counter()
        phone.seq = head


class Hall(Room):
    """A room in which many speak, so that only the receipt tells the seq of a post. Times are kept
    as a tally: of so many phones that went from one seq to another in the same millisecond."""

    def __init__(self, job: Job) -> None:
        self._tally: Counter[tuple[int, int, int]] = Counter()
        self._said: dict[str, float] = {}
        self.acknowledged: list[float] = []
        self._first = select.epoll()
        super().__init__(job)
        self._newest = self.last_said
        speakers = self.phones[:SPEAKERS]
        self._speakers = itertools.cycle(speakers)
        for phone in speakers:
            self._epoll.unregister(phone.sock)
            self._first.register(phone.sock, select.EPOLLIN)
        self._epoll.register(self._first, select.EPOLLIN)

    def read(self, seconds: float) -> int:
        """The same, but those who wait for a receipt are heard first: what they wait for should
        be the server, not us."""
        came = super().read(seconds)
        self._hear(self._first.poll(0, AT_A_TIME))
        return came

    def run(self, seconds: float, rate: float) -> None:
        """Post at a steady pace, then wait until everybody has everything."""
        due = time.perf_counter()
        for _ in range(round(seconds * rate)):
            due += 1 / rate
            while (left := due - time.perf_counter()) > 0:
                self.read(left)
            self.say(next(self._speakers))
        self.wait_until(lambda: not self._said)
        self.wait_until(lambda: all(phone.seq >= self._newest for phone in self.phones))

    def say(self, phone: Phone) -> None:
        """Post, and remember when."""
        super().say(phone)
        self._said[f"{id(phone):x}-{phone.posted:08d}-bench"] = time.perf_counter()

    def forget(self) -> None:
        """Begin to measure."""
        self._tally.clear()
        self.acknowledged.clear()
        self.sent_at.clear()
        self.frames = 0

    def delays(self) -> dict[str, float]:
        """In ms, from each post to each phone."""
        took: Counter[int] = Counter()
        for (before, head, at), phones in self._tally.items():
            for seq in range(before + 1, head + 1):
                took[max(0, at - round(1000 * self.sent_at[seq]))] += phones
        expected = len(self.sent_at) * len(self.phones)
        if took.total() != expected:
            raise SystemExit(f"{took.total()} were shown of {expected}.")
        return {f"p{100 * share:g}": _share(took, share) for share in (0.5, 0.99, 1.0)}

    def _received(self, receipt: bytes) -> None:
        said, now = json.loads(receipt), time.perf_counter()
        sent = self._said.pop(said["receipt"])
        self.sent_at[said["seq"]] = sent
        self.acknowledged.append(1000 * (now - sent))
        self._newest = max(self._newest, said["seq"])

    def _show(self, phone: Phone, head: int) -> None:
        if head > phone.seq:
            self.frames += 1
            self._tally[phone.seq, head, round(1000 * time.perf_counter())] += 1
            phone.seq = head


def _share(took: Counter[int], share: float) -> float:
    wanted = share * took.total()
    for value, count in sorted(took.items()):
        wanted -= count
        if wanted <= 0:
            return float(value)
    return 0.0


def _frame(payload: bytes, *, masked: bool) -> bytes:
    mask = b"\x80\0\0\0\0"[: 5 if masked else 0]  # masked with zeros: as valid, and cheaper
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        return bytes([0x81, bit | len(payload)]) + mask[1:] + payload
    return bytes([0x81, bit | 126]) + len(payload).to_bytes(2, "big") + mask[1:] + payload


JOBS = {"post_in_turn": post_in_turn, "deliver": deliver, "come_back": come_back, "follow": follow}

if __name__ == "__main__":
    machine.run_on_last_core()
    machine.allow_many_sockets()
    asked: Job = json.load(sys.stdin)
    print(json.dumps(JOBS[asked["job"]](asked)))
