"""Passes made into cookies and tokens, and back; codes and invitation links."""

import hashlib
import hmac
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from typing import NamedTuple

from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer

from app.roles import Pass

# Nothing that is mistaken for another when read aloud or written down, and no vowels, so that
# no code is a word.
CODE_LETTERS = "CDFGHJKMNPQRTVWXYZ234679"

ERRAND_HOLDS = 600
"""Seconds in which somebody must be back from the provider with whose account they sign in."""


class Errand(NamedTuple):
    """Why somebody goes to the provider, for when they are back."""

    state: str
    """Random: they bring it back, and only this browser has it."""
    to: str = ""
    """Where they wanted to be."""
    account_id: int = 0
    """Whose account is to be linked with the provider's; 0 for none."""
    is_invited: bool = False
    """Whether they go from a link to sign up."""


class Offer(NamedTuple):
    """To link an account here with one at the provider, which is its issuer's subject."""

    account_id: int
    issuer: str
    subject: str


class Handshake(NamedTuple):
    """What goes to the provider with a state, and what shows later that it went from here."""

    state: str
    nonce: str
    verifier: str


class Signer:
    """Makes passes that cannot be forged without the server's secret."""

    def __init__(self, secret: str, https: bool) -> None:
        self._passes = URLSafeSerializer(secret, salt="sheaf-pass")
        self._pass_signer = self._passes.make_signer()
        self._sign_ins = URLSafeSerializer(secret, salt="sheaf-sign-in")
        self._errands = URLSafeTimedSerializer(secret, salt="sheaf-errand")
        self._digests = secret.encode()
        self._prefix = "__Host-sheaf-" if https else "sheaf-"

    def token(self, holder: Pass) -> str:
        """A pass as text, for a cookie or an Authorization header."""
        return self._passes.dumps(list(holder if holder.sign_in else holder[:3]))

    def holder(self, token: str) -> Pass | None:
        """The pass that a token stands for; None for one that we did not make."""
        try:
            return Pass(*self._passes.load_payload(self._pass_signer.unsign(token)))
        except (BadData, ValueError, TypeError):
            return None

    def cookie_name(self, code: str) -> str:
        """One cookie per session, so that one browser can be in several."""
        return self._prefix + code

    def shared_cookie(self, code: str) -> str:
        """Says that a device goes from hand to hand in a session."""
        return f"{self.cookie_name(code)}-shared"

    @property
    def sign_in_cookie(self) -> str:
        """The cookie of those who signed in. No code has small letters."""
        return self._prefix + "account"

    @property
    def sign_up_cookie(self) -> str:
        """The cookie that a sign-up link is exchanged for."""
        return self._prefix + "sign-up"

    @property
    def errand_cookie(self) -> str:
        """The cookie of those who have gone to the provider."""
        return self._prefix + "errand"

    @property
    def language_cookie(self) -> str:
        """The cookie of those who chose a language, for all sessions of a browser."""
        return self._prefix + "language"

    def sign_in_token(self, sign_in: str) -> str:
        """A sign-in as text, for a cookie."""
        return self._sign_ins.dumps(sign_in)

    def sign_in(self, cookies: Mapping[str, str]) -> str:
        """The sign-in that a request came with; empty for none of ours."""
        try:
            return str(self._sign_ins.loads(cookies.get(self.sign_in_cookie, "")))
        except BadData:
            return ""

    def errand_token(self, errand: Errand) -> str:
        """An errand as text, for a cookie."""
        return self._errands.dumps(list(errand))

    def errand(self, cookies: Mapping[str, str]) -> Errand | None:
        """The errand that a request came with; None for none of ours, and one that is too old."""
        try:
            return Errand(*self._errands.loads(cookies.get(self.errand_cookie, ""), max_age=ERRAND_HOLDS))
        except (BadData, TypeError):
            return None

    def offer(self, offered: Offer) -> str:
        """What somebody may agree to, as text for a form."""
        return self._errands.dumps(list(offered), salt="sheaf-offer")

    def offered(self, token: str) -> Offer | None:
        """What somebody agreed to; None for what we did not offer, or too long ago."""
        try:
            return Offer(*self._errands.loads(token, max_age=ERRAND_HOLDS, salt="sheaf-offer"))
        except (BadData, TypeError):
            return None

    def handshake(self, state: str) -> Handshake:
        """What goes with a state. It is kept nowhere: this server's secret and the state make it."""
        made = (hmac.digest(self._digests, f"sheaf-{what} {state}".encode(), "sha256") for what in _SHOWN)
        return Handshake(state, *(urlsafe_b64encode(one).decode().rstrip("=") for one in made))

    def find(self, code: str, cookies: Mapping[str, str], authorization: str | None) -> Pass | None:
        """Who a request comes from: its Bearer token, else its cookie for this session."""
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            return self.holder(token.strip()) if scheme.lower() == "bearer" else None
        token = cookies.get(self.cookie_name(code), "")
        return self.holder(token) if token else None

    def receipt(self, code: str, session_id: int, number: int) -> str:
        """What a private link to the cards of one author ends with: one of them, and a proof that
        the link was made here. It is no pass, and opens nothing else."""
        return f"{code}-{number}-{self._proof(session_id, number)}"

    def _proof(self, session_id: int, number: int) -> str:
        said = f"sheaf-receipt {session_id} {number}".encode()
        return urlsafe_b64encode(hmac.digest(self._digests, said, "sha256")[:18]).decode()

    def is_receipt(self, proof: str, session_id: int, number: int) -> bool:
        """Whether a link with this proof was made here for this card."""
        return hmac.compare_digest(proof.encode(), self._proof(session_id, number).encode())

    def webhook_key(self, webhook_id: int) -> bytes:
        """What deliveries to one address are signed with. It is kept nowhere: this server's secret
        and the webhook's id make it."""
        return hmac.digest(self._digests, f"sheaf-webhook {webhook_id}".encode(), "sha256")

    def webhook_secret(self, webhook_id: int) -> str:
        """The same as text, for whoever checks them."""
        return f"whsec_{b64encode(self.webhook_key(webhook_id)).decode()}"

    def digest(self, content: bytes) -> bytes:
        """A keyed digest: without the secret it says nothing about the content."""
        return hmac.digest(self._digests, content, "sha256")[:16]


_SHOWN = ("nonce", "verifier")


def new_actor(session_id: int, invitation_id: int = 0, sign_in: str = "") -> Pass:
    """A pass for somebody who has done nothing yet; the first action writes them down."""
    return Pass(session_id, secrets.token_urlsafe(16), invitation_id, sign_in)


def new_code() -> str:
    """Eight characters to say aloud."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(8))


def plain_code(typed: str) -> str:
    """A code as it is kept, from however somebody typed it."""
    return "".join(character for character in typed.upper() if character.isalnum())[:32]


def spoken_code(code: str) -> str:
    """A code in two groups, as it is shown."""
    return f"{code[:4]} {code[4:]}"


def new_key() -> str:
    """A key for one action, where the sender brought none."""
    return secrets.token_urlsafe(16)


def link_digest(secret: str) -> bytes:
    """What is kept of the secret in an invitation or sign-up link, which itself is never stored."""
    return hashlib.sha256(secret.encode()).digest()
