"""Addresses of the network: this machine's own, and those that requests come from."""

import socket
from ipaddress import IPv6Address
from typing import Any, cast

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


def network_address() -> str | None:
    """The address that other devices on the network reach this machine at; None without one.
    Nothing is sent: connecting a datagram socket only chooses the way out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address


def place_of(address: str) -> str:
    """What counts as one place on the network: an address, or, of IPv6, the half of it that one
    home or one telephone has all to itself."""
    if ":" not in address:
        return address
    try:
        whole = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(whole.ipv4_mapped or IPv6Address(int(whole) >> 64 << 64))


class Proxies:
    """The proxies whose word is taken for where somebody comes from, as uvicorn takes it for pages:
    addresses or networks, separated by commas."""

    def __init__(self, trusted: str) -> None:
        self._trusted = ProxyHeadersMiddleware(cast(Any, None), trusted).trusted_hosts

    def place(self, peer: str, forwarded_for: str) -> str:
        """The place on the network that somebody comes from, by their X-Forwarded-For if `peer`, to
        whom the line leads, is such a proxy."""
        if forwarded_for and peer in self._trusted:
            return place_of(self._trusted.get_trusted_client_address(forwarded_for)[0] or peer)
        return place_of(peer)
