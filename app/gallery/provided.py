"""A provider that is nowhere, with whose accounts people sign in here."""

from app.forms.reading import Refused
from app.openid.provider import away
from app.passes import Handshake


class Provided:
    """As `app.openid.provider.Provider`, as far as the gallery goes."""

    name = "Strathmore Community Trust"
    domains: frozenset[str] = frozenset()

    def __init__(self, is_away: bool) -> None:
        self._is_away = is_away

    async def address(self, _sent: Handshake, _language: str) -> str:
        """Where nobody is."""
        if self._is_away:
            raise Refused(away(self.name))
        return "https://id.example/authorize"
