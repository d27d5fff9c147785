"""What a provider says of itself, and what it says of people, as far as it is needed here."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from app import words
from app.forms.fields import LONGEST_NAME, Email
from app.openid import is_safe
from app.outside import written

_email: TypeAdapter[str] = TypeAdapter(Email)


class NotTrusted(Exception):
    """The provider said something that must not be believed. What, is for the log: nothing of what it
    said is in it."""


class Metadata(NamedTuple):
    """A provider, by its discovery document."""

    issuer: str
    authorization: str
    token: str
    keys: str
    people: str
    """Where more is said about somebody than the ID token has; empty for nowhere."""
    takes: tuple[str, ...]
    """The ways in which it takes a client's secret: client_secret_basic, client_secret_post …"""
    names_itself: bool
    """Whether each answer through the browser says who gives it."""


class Person(NamedTuple):
    """Somebody, as their provider says."""

    issuer: str
    subject: str
    email: str
    """Empty where it says none."""
    is_sure: bool
    """Whether the provider has checked that the address is theirs."""
    name: str


def discovered(issuer: str, said: Mapping[str, Any]) -> Metadata:
    """What the issuer says of itself. Raises NotTrusted."""
    if str(said.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        raise NotTrusted("it calls itself by another name than SHEAF_OIDC_ISSUER")
    methods = said.get("token_endpoint_auth_methods_supported")
    return Metadata(
        issuer=said["issuer"],
        authorization=_address(said, "authorization_endpoint"),
        token=_address(said, "token_endpoint"),
        keys=_address(said, "jwks_uri"),
        people=_address(said, "userinfo_endpoint") if said.get("userinfo_endpoint") else "",
        takes=tuple(map(str, methods)) if isinstance(methods, list) else ("client_secret_basic",),
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(said: Mapping[str, Any], name: str) -> str:
    address = said.get(name)
    if not isinstance(address, str) or not is_safe(address):
        raise NotTrusted(f"its {name} is no https address")
    return written(address)


def an_object(document: bytes) -> dict[str, Any]:
    """What a document in JSON says. Raises NotTrusted."""
    try:
        said = json.loads(document)
    except (ValueError, RecursionError):
        raise NotTrusted("it did not answer in JSON") from None
    if not isinstance(said, dict):
        raise NotTrusted("it did not answer with an object")
    return said


def person(issuer: str, claims: Mapping[str, Any]) -> Person:
    """Who somebody is, by claims that were proven. Raises NotTrusted."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not re.fullmatch(r"[\x20-\x7e]{1,255}", subject):
        raise NotTrusted("its subject is not one")
    email = _address_of(claims.get("email"))
    # Some say it as a text.
    is_sure = bool(email) and claims.get("email_verified") in (True, "true")
    return Person(issuer, subject, email, is_sure, _name(claims.get("name")) or email.partition("@")[0])


def _address_of(claim: object) -> str:
    try:
        return _email.validate_python(claim, strict=True)
    except ValidationError:
        return ""


def _name(claim: object) -> str:
    name = words.clean_line(claim)[:LONGEST_NAME] if isinstance(claim, str) else ""
    return "" if words.is_blank(name) else name
