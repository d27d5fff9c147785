"""A network between phones and the server that a test can spoil.

It passes bytes on from a port of its own, one thread for each direction. What it can do: swallow
(take every byte, hand on none, tell nobody), trickle (so many bytes a second), and refuse sockets or
leave them without an answer, as some companies' proxies do.
"""

import socket
import threading
import time
from contextlib import suppress

PIECE = 512
"""Bytes that a narrow line passes on at once."""


class Wire:
    """Passes on to `target`, a port of this machine. `rate` is in bytes a second to the phone; 0 is
    no bound."""

    def __init__(self, target: int = 0, *, rate: int = 0) -> None:
        self.target = target
        self.refuses_sockets = False
        self.ignores_sockets = False
        self._rate = rate
        self._open: set[socket.socket] = set()
        self._swallowed: set[socket.socket] = set()
        self._swallows_all = False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self, *, new_ones_too: bool = True) -> None:
        """From now on nothing comes through on what is open, nor on what is opened later."""
        self._swallowed |= self._open
        self._swallows_all = new_ones_too

    def heal(self) -> None:
        """What is opened from now on comes through. What was open stays dead, and nobody is told."""
        self._swallows_all = self.refuses_sockets = self.ignores_sockets = False

    def close(self) -> None:
        """End all connections, and take no more."""
        for one in (self._listening, *self._open):
            _end(one)

    def _accept(self) -> None:
        with self._listening, suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        far = socket.socket()
        if self._rate:  # what lies in a buffer on the way is not throttled
            near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            far.connect(("127.0.0.1", self.target))
        except OSError:
            near.close()
            return
        self._open |= {near, far}
        if self._swallows_all:
            self._swallowed |= {near, far}
        threading.Thread(target=self._pass_on, args=(far, near, self._rate), daemon=True).start()
        self._pass_on(near, far, 0)

    def _pass_on(self, source: socket.socket, target: socket.socket, rate: int) -> None:
        with suppress(OSError):
            while data := source.recv(PIECE if rate else 65536):
                if source in self._swallowed:
                    continue
                is_knock = b"\r\nupgrade: websocket\r\n" in data.lower()
                if self.ignores_sockets and is_knock:
                    continue
                if self.refuses_sockets and is_knock:
                    source.sendall(
                        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )
                    break
                target.sendall(data)
                if rate:
                    time.sleep(len(data) / rate)
        if source not in self._swallowed:
            _end(target)
            _end(source)
        self._open.discard(source)
        source.close()


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
