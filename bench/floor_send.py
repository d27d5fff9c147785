"""The floor for sending where there is no C compiler: floor_send.c, in Python.

python -m bench.floor_send SCREENS
"""

import socket
import sys


def send_to_all(screens: int) -> None:
    """Whatever the newest socket says is sent to all the others."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(listening.getsockname()[1], flush=True)
    socks = [listening.accept()[0] for _ in range(screens)]
    speaker = listening.accept()[0]
    while frame := speaker.recv(1 << 16):
        for sock in socks:
            sock.send(frame)


if __name__ == "__main__":
    send_to_all(int(sys.argv[1]))
