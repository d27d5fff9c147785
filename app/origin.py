"""Which origin is ours. A page of somebody else's must not act with a visitor's cookie."""

from urllib.parse import urlsplit

LOCAL = {"localhost", "127.0.0.1", "::1"}


def is_ours(origin: str, server: tuple[str, int], public_url: str) -> bool:
    """Whether an Origin header names this server: the public address, or, where none is set,
    http on this port at localhost or at the very address that the request came to (a name that
    merely points here is not ours: it could be anybody's)."""
    asked = urlsplit(origin)
    if public_url:
        ours = urlsplit(public_url)
        return (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc)
    try:
        port = asked.port or 80
    except ValueError:
        return False
    host = (asked.hostname or "").removeprefix("[").removesuffix("]")
    arrived = server[0].removeprefix("::ffff:")
    return asked.scheme == "http" and port == server[1] and host in {*LOCAL, arrived}


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
