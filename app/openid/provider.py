"""The provider, asked. Whatever goes wrong is one sentence for whoever wanted to sign in, and one line
in the log for whoever runs Sheaf; in neither is anything of what was sent or answered."""

import asyncio
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

from app import openid, outside
from app.forms.reading import Refused
from app.locales import Sentence, _
from app.openid.metadata import Metadata, NotTrusted, Person, an_object, discovered, person
from app.outside import Answer, Unreachable, host_of, written
from app.passes import Handshake
from app.settings import Settings

log = logging.getLogger("sheaf.openid")

BACK = "/sign-in/back"
"""Where people come back to: what the provider must be told."""

KNOWN_FOR = 600
"""Seconds for which it is remembered what a provider says of itself."""

MOST_AT_ONCE = 50
"""Requests that are under way. More come from an attack."""

LONGEST_CODE = 4096

STALE = _("That was begun elsewhere, or too long ago. Please start again.")


def away(name: str) -> Sentence:
    """What is said where a provider of this name does not answer."""
    return _("%(name)s does not answer. Please use your password, or try later.", name=name)


def provider(settings: Settings) -> "Provider | None":
    """The one that the settings name, if they name one and nothing is amiss with them."""
    if not openid.is_wanted(settings):
        return None
    amiss = next(openid.problems(settings), None)
    if amiss is not None:
        log.warning("nobody can sign in through a provider: %s", amiss)
    return None if amiss else Provider(settings)


class Provider:
    """An OpenID provider, with whose accounts organisers sign in."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._issuer = written(settings.oidc_issuer)
        self._back = settings.public_url.rstrip("/") + BACK
        self._known: tuple[float, Metadata] | None = None
        self._under_way = 0
        self.name = settings.oidc_name.strip() or host_of(self._issuer)
        self.domains = settings.admitted_domains

    async def address(self, sent: Handshake, language: str) -> str:
        """Where a browser goes to sign in. Raises Refused."""
        with self._plainly():
            about = await self.metadata()
            await _imported()
            from app.openid import tokens

            return tokens.address(about, self._settings, self._back, sent, language)

    async def person(self, sent: Handshake, said: Mapping[str, str]) -> Person:
        """Who came back. `said` is what they brought in the address. Raises Refused."""
        with self._plainly():
            about = await self.metadata()
            code = self._code(about, said)
            await _imported()
            from app.openid import tokens

            order = tokens.purchase(about, self._settings, self._back, sent, code)
            answers = await asyncio.gather(self._ask(*order), self._ask(about.keys))
            bought, keys = _bought(answers[0]), _found(answers[1])
            claims = tokens.proven(about, self._settings.oidc_client_id, keys, bought, sent.nonce)
            return person(about.issuer, claims | await self._more(about, claims, bought))

    async def metadata(self) -> Metadata:
        """What the provider says of itself. Raises Unreachable, NotTrusted."""
        if self._known is None or self._known[0] < time.monotonic():
            issuer = self._issuer.rstrip("/")
            said = _found(await self._ask(f"{issuer}/.well-known/openid-configuration"))
            self._known = time.monotonic() + KNOWN_FOR, discovered(issuer, said)
        return self._known[1]

    def _code(self, about: Metadata, said: Mapping[str, str]) -> str:
        """The code that was brought. It is sent only to whoever gave it."""
        if error := said.get("error"):
            self._refuse(error)
        if (about.names_itself or "iss" in said) and said.get("iss") != about.issuer:
            raise NotTrusted("somebody else answered in its name")
        code = said.get("code", "")
        if not 0 < len(code) <= LONGEST_CODE:
            raise Refused(STALE)
        return code

    def _refuse(self, error: str) -> NoReturn:
        if error == "access_denied":
            raise Refused(_("You did not sign in with %(name)s. Nothing has changed here.", name=self.name))
        raise NotTrusted(f"it did not let them sign in: {_plain(error)}")

    async def _more(
        self, about: Metadata, claims: Mapping[str, Any], bought: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What is said elsewhere of somebody whose address is not in their ID token."""
        if "email" in claims or not about.people or not isinstance(bought.get("access_token"), str):
            return {}
        bearer = {"Authorization": f"Bearer {bought['access_token']}", "Accept": "application/json"}
        said = _found(await self._ask(about.people, bearer))
        if said.get("sub") != claims["sub"]:
            raise NotTrusted("it told of somebody else")
        return {name: said[name] for name in ("email", "email_verified", "name") if name in said}

    async def _ask(
        self, address: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        if self._under_way >= MOST_AT_ONCE:
            raise Unreachable("too many at once")
        self._under_way += 1
        try:
            is_its_own = host_of(address) == host_of(self._issuer)
            return await outside.ask(address, headers or _PLAIN, body, may_go_inside=is_its_own)
        finally:
            self._under_way -= 1

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except Unreachable as fault:
            log.warning("the provider can’t be reached: %s", fault)
            raise Refused(away(self.name)) from None
        except NotTrusted as fault:
            log.warning("nobody was signed in by the provider: %s", fault)
            raise Refused(
                _("%(name)s could not sign you in. Please tell whoever runs Sheaf.", name=self.name)
            ) from None


_PLAIN = {"Accept": "application/json"}


async def _imported() -> None:
    """What verifies tokens takes a moment to import, and a room may be typing."""
    await asyncio.to_thread(import_module, "app.openid.tokens")


def _found(answer: Answer) -> dict[str, Any]:
    _look(answer)
    if answer.status != 200:
        raise NotTrusted(f"it answered with status {answer.status}")
    return an_object(answer.body)


def _bought(answer: Answer) -> dict[str, Any]:
    """What a code was exchanged for. One that is used, or too old, is nobody's fault."""
    _look(answer)
    said = an_object(answer.body)
    if said.get("error") == "invalid_grant":
        raise Refused(STALE)
    if answer.status != 200:
        raise NotTrusted(f"it did not take the code: {_plain(said.get('error'))}")
    return said


def _look(answer: Answer) -> None:
    if answer.status >= 500 or answer.status == 429:
        raise Unreachable(f"status {answer.status}")


def _plain(error: object) -> str:
    """One of the errors that the standard has, such as invalid_client: they are for whoever runs Sheaf."""
    is_one = isinstance(error, str) and re.fullmatch(r"[a-z_]{3,40}", error)
    return str(error) if is_one else "it did not say why"
