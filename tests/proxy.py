"""A network between a server and its database that a test can cut.

Cut, it takes every byte and hands on none, as when a cable is pulled far away: no side is told.
"""

import socket
import threading
from contextlib import suppress


class Proxy:
    """Passes bytes on from a port of its own to a Unix socket, until it is cut."""

    def __init__(self, socket_file: str) -> None:
        self._socket_file = socket_file
        self._passes = threading.Event()
        self._passes.set()
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut(self) -> None:
        """From now on nothing comes through."""
        self._passes.clear()

    def heal(self) -> None:
        """New connections come through. Those that were cut have lost bytes, so they end."""
        for one in tuple(self._open):
            _end(one)
        self._passes.set()

    def close(self) -> None:
        """End it, with all connections."""
        _end(self._listening)
        self._accepting.join()
        self.heal()

    def _accept(self) -> None:
        with self._listening, suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.socket(socket.AF_UNIX)
                try:
                    far.connect(self._socket_file)
                except OSError:  # PostgreSQL is not there just now
                    near.close()
                    far.close()
                    continue
                self._open |= {near, far}
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self._passes.is_set():
                    target.sendall(data)
        if self._passes.is_set():
            _end(target)
        self._open.discard(source)
        source.close()


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
