"""What is asked of a provider, and whether an ID token proves what it says. Nothing is sent from here.

This module alone imports what the extra `oidc` brings, so it is imported when it is first needed.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet
from joserfc.jws import JWSRegistry

from app.openid.metadata import Metadata, NotTrusted
from app.passes import Handshake
from app.settings import Settings

SCOPE = "openid email profile"

ALGORITHMS = [
    *(f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512)),
    "EdDSA",
    "Ed25519",
]
"""Signatures by a key that the provider alone has. Not `none`, and not `HS…`: those are made with a
secret, and what is public must not be taken for one."""

LEEWAY = 60
"""Seconds by which two clocks may differ."""

_KINDS = ("RSA", "EC", "OKP")


def address(provider: Metadata, settings: Settings, back: str, sent: Handshake, language: str) -> str:
    """Where a browser goes to sign in."""
    found: str = prepare_grant_uri(
        provider.authorization,
        settings.oidc_client_id,
        "code",
        back,
        SCOPE,
        sent.state,
        nonce=sent.nonce,
        code_challenge=create_s256_code_challenge(sent.verifier),
        code_challenge_method="S256",
        ui_locales=language,
    )
    return found


def purchase(
    provider: Metadata, settings: Settings, back: str, sent: Handshake, code: str
) -> tuple[str, dict[str, str], bytes]:
    """The request that buys tokens for a code: address, headers and body."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    asked = prepare_token_request("authorization_code", "", back, code=code, code_verifier=sent.verifier)
    client = _client(provider, settings.oidc_client_id, settings.oidc_client_secret)
    address, headers, body = client.prepare("POST", provider.token, headers, asked)
    return address, headers, body.encode()


def _client(provider: Metadata, name: str, secret: str) -> Any:
    """Who is asking. In a header odd characters are to be written as in a form, which not everybody
    does; so what has any goes in the body, where it can."""
    coded = quote_plus(name), quote_plus(secret)
    takes_post = "client_secret_post" in provider.takes
    if takes_post and (coded != (name, secret) or "client_secret_basic" not in provider.takes):
        return ClientAuth(name, secret, "client_secret_post")
    return ClientAuth(*coded, "client_secret_basic")


def proven(
    provider: Metadata, client_id: str, keys: Mapping[str, Any], bought: Mapping[str, Any], nonce: str
) -> dict[str, Any]:
    """What an ID token says, once it has proven it. `bought` is what the code was exchanged for.
    Raises NotTrusted."""
    given = {"nonce": nonce, "client_id": client_id, "access_token": bought.get("access_token")}
    asked = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": client_id},
    }
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        token = jwt.decode(str(bought.get("id_token", "")), _usable(keys), registry=registry)
        claims = CodeIDToken(token.claims, token.header, asked, given)
        claims.validate(leeway=LEEWAY)
    except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError) as fault:
        raise NotTrusted(f"its ID token was refused: {type(fault).__name__}") from None
    return dict(claims)


def _usable(keys: Mapping[str, Any]) -> KeySet:
    """Those that verify signatures. A provider may have others, of kinds that nobody here knows."""
    listed = keys.get("keys")
    found = []
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("kty") in _KINDS and one.get("use", "sig") == "sig":
            try:
                found.append(JWKRegistry.import_key(one))
            except (JoseError, ValueError, TypeError, KeyError):
                continue
    return KeySet(found)
