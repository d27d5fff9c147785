"""Which origin is ours. A page of somebody else's must not act with a visitor's cookie."""

from urllib.parse import urlsplit

LOCAL = {"localhost", "127.0.0.1", "::1"}


def is_ours(origin: str, server: tuple[str, int], public_url: str) -> bool:
    """Whether an Origin header names this server: the public address, or, where none is set,
    http on this port at localhost or at the very address that the request came to (a name that
    merely points here is not ours: it could be anybody's)."""
    try:
        asked = _origin(origin)
        if public_url:
            return asked == _origin(public_url)
    except ValueError:  # what is no address is nobody's
        return False
    scheme, host, port = asked
    return scheme == "http" and port == server[1] and host in {*LOCAL, server[0].removeprefix("::ffff:")}


def _origin(address: str) -> tuple[str, str, int | None]:
    """As browsers compare them: without case, and with the port that goes without saying."""
    said = urlsplit(address)
    return said.scheme, said.hostname or "", said.port or _PORTS.get(said.scheme)


_PORTS = {"http": 80, "https": 443}


def may_act(headers: dict[str, str], server: tuple[str, int], public_url: str, *, has_cookie: bool) -> bool:
    """Whether a request or socket that could change something may go on. `headers` are in lower
    case. With a cookie it must say that it comes from us; without one it may say nothing."""
    site = headers.get("sec-fetch-site")
    if site == "cross-site":
        return False
    # Older browsers say where a form stands in Referer only.
    origin = headers.get("origin", headers.get("referer"))
    if origin is None:
        return not has_cookie or site == "same-origin"
    return is_ours(origin, server, public_url)
