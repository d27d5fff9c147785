"""Ports that a test keeps while what listens at them comes and goes.

A port that was found free and let go may be somebody else's a moment later: another worker's server,
or one end of any connection. A socket that is bound to it, and never listens, keeps it: the system
gives it to nobody who asks for any port, and whoever names it may listen there.
"""

import os
import socket
import weakref


def kept_for(owner: object) -> int:
    """A port of this machine that is nobody else's for as long as `owner` is there."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", 0))
    port = int(place.getsockname()[1])
    weakref.finalize(owner, os.close, place.detach())
    return port
