"""What the environment may set. Nothing else in the house reads it."""

import os
import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SHEAF_"


def unknown() -> list[str]:
    """Names in the environment that look like settings and are none: misspelt, or of another version."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    return sorted(
        name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known
    )


class Settings(BaseSettings):
    """Every setting, with the prefix `SHEAF_` in the environment. docs/settings.md lists them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    data_dir: Path = Path("data")
    """Where the database file, the secret and the server's address are kept."""
    database_url: str = ""
    """SQLAlchemy address of the database; empty means a SQLite file in the data directory."""
    secret: str = ""
    """Signs cookies and tokens; empty means one is made and kept in the data directory."""
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    """The address people type, such as https://sheaf.example; empty means this machine's own."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses whose X-Forwarded-* headers are believed, separated by commas."""
    metrics: str = "local"
    """Who may read /metrics: `local` is programs on this machine, `off` nobody; anything else is a
    token that they must bring."""
    logs: Literal["text", "json"] = "text"
    """How the server's log is written: lines for people, or a JSON object on each."""
    action_burst: int = 60
    """How many actions a participant may do at once."""
    action_rate: float = 2.0
    """How many actions a second a participant may do after that."""
    suggest: bool = False
    """Whether facilitators may be shown what a card is like. Needs the extra of that name."""
    webhooks_inside: bool = False
    """Whether webhooks may go to addresses that only this machine or its network reaches."""
    oidc_issuer: str = ""
    """The OpenID provider with whose accounts organisers may sign in, such as https://id.example; empty
    means none. Needs the extra `oidc`, and `public_url`."""
    oidc_client_id: str = ""
    """What the provider calls this Sheaf."""
    oidc_client_secret: str = ""
    """What the provider knows this Sheaf by."""
    oidc_name: str = ""
    """What people call the provider; empty means the host of its address."""
    oidc_domains: str = ""
    """Domains, separated by commas, of e-mail addresses for which the provider vouches and whose owners
    may sign up without a link."""
    gallery: bool = False
    """Whether /gallery shows every screen in every state, for development."""

    @cached_property
    def address_of_database(self) -> str:
        """The database's SQLAlchemy address, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'sheaf.db'}"

    @cached_property
    def signing_key(self) -> str:
        """The secret, made on first use and then kept in a file that only its owner may read."""
        if self.secret:
            return self.secret
        file = self.data_dir / "secret"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            made = self.data_dir / f"secret.{os.getpid()}"
            made.touch(0o600)
            made.write_text(secrets.token_urlsafe(32))
            # Whole or not at all, and only the first of two that start together.
            with suppress(FileExistsError):
                os.link(made, file)
            made.unlink()
        return file.read_text().strip()

    @property
    def own_words(self) -> Path:
        """The operator's list of words that make a card wait, where there is one."""
        return self.data_dir / "words.txt"

    @property
    def erased(self) -> Path:
        """The erasure ledger, once something was erased."""
        return self.data_dir / "erased.txt"

    @property
    def admitted_domains(self) -> frozenset[str]:
        """`oidc_domains`, in lower case."""
        named = (one.strip().lower().removeprefix("@") for one in self.oidc_domains.split(","))
        return frozenset(one for one in named if one)

    @property
    def https(self) -> bool:
        """Whether people reach Sheaf over https, so that cookies may be bound to it."""
        return self.public_url.startswith("https://")
