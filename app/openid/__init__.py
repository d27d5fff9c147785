"""Signing in with an account that somebody has elsewhere, by OpenID Connect.

A browser is sent to the provider with a state, a nonce and a challenge (`address`), comes back with
a code, and the code buys an ID token that says who they are (`person`). What is believed of it:

- that they are `issuer` and `subject`, once the signature, the audience, the times and the nonce are
  right. These two are kept, and nothing else leads to an account that there is;
- their e-mail address, only where the provider says that it has checked it, and only to let somebody
  new in whose domain the operator named. Addresses change hands, and there are providers at which
  people write into their own whatever they like.

The operator named the issuer, so it may be within their own network. Another host that it names must
be one that everybody reaches. Requests go out through `app.outside`. What the extra brings is imported
when somebody signs in, not before (`app.openid.tokens`).
"""

import ipaddress
from collections.abc import Iterator
from importlib.util import find_spec
from urllib.parse import urlsplit

from app.outside import NoAddress, host_of, written
from app.settings import Settings

HOW_TO_INSTALL = "start with bin/run, or install the wheel with [oidc]"


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("authlib") is not None and find_spec("joserfc") is not None


def is_wanted(settings: Settings) -> bool:
    """Whether any setting speaks of a provider."""
    return any(value for _name, value in _named(settings)) or bool(
        settings.oidc_name or settings.oidc_domains
    )


def problems(settings: Settings) -> Iterator[str]:
    """Why nobody can sign in through the provider that the settings speak of, a sentence each."""
    for name, value in _named(settings):
        if not value:
            yield f"SHEAF_OIDC_… speaks of a provider, but {name} is not set."
    if not settings.public_url:
        yield "SHEAF_OIDC_ISSUER needs SHEAF_PUBLIC_URL: the provider must know where people come back to."
    if settings.oidc_issuer and not is_safe(settings.oidc_issuer):
        yield "SHEAF_OIDC_ISSUER must begin with https:// (or be this machine’s own http://localhost)."
    for domain in sorted(settings.admitted_domains):
        if "." not in domain or "@" in domain or "*" in domain:
            yield f"SHEAF_OIDC_DOMAINS: {domain} is no domain, such as example.org."
    if not is_installed():
        yield f"What SHEAF_OIDC_ISSUER needs is not installed: {HOW_TO_INSTALL}."


def _named(settings: Settings) -> list[tuple[str, str]]:
    return [
        ("SHEAF_OIDC_ISSUER", settings.oidc_issuer),
        ("SHEAF_OIDC_CLIENT_ID", settings.oidc_client_id),
        ("SHEAF_OIDC_CLIENT_SECRET", settings.oidc_client_secret),
    ]


def is_safe(address: str) -> bool:
    """Whether nobody on the way can change what is said there: https, or this very machine."""
    try:
        host = host_of(written(address))
    except NoAddress:
        return False
    return urlsplit(address).scheme == "https" or _is_here(host)


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
