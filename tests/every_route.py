"""Every route that the application has, found by walking it: one that is added cannot be forgotten.

`Place` is the application in this process, with a session and somebody of each kind in it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

import httpx2
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.actions import accounts, sessions
from app.database import connect, reading, writing
from app.forms.reading import read
from app.forms.sheets import NewAccount, NewSession
from app.main import create_app
from app.models import Role
from app.moments import now
from app.passes import Errand, Signer, new_actor, new_key
from app.settings import Settings
from tests.conftest import SECRET

HERE = "http://localhost"
SAFE = {"GET", "HEAD", "OPTIONS"}
EMAIL = "ailsa@example.org"
STATE = "what somebody brings back from the provider"


class Way(NamedTuple):
    """A method and a path with names in it: `POST /s/{code}`."""

    method: str
    path: str

    def filled(self, **names: object) -> str:
        """The path with these instead of the names, and `A` for any other."""
        return re.sub(r"\{(\w+)[^}]*\}", lambda name: str(names.get(name[1], "A")), self.path)


def ways() -> list[Way]:
    """All of them, the gallery's too."""
    app = create_app(Settings(gallery=True))
    return sorted({Way(method, path) for path, methods in _walk(app.routes) for method in methods})


def _walk(routes: Iterable[Any]) -> Iterator[tuple[str, set[str]]]:
    for route in routes:
        if hasattr(route, "original_router"):  # FastAPI's stand-in for a router that was included
            yield from _walk(route.original_router.routes)
        elif getattr(route, "methods", None):
            yield route.path, route.methods


WAYS = ways()
WRITES = [way for way in WAYS if way.method not in SAFE]
READS = [way for way in WAYS if way.method == "GET"]


class Place:
    """A running application, its session, and the cookies of those who are in it."""

    def __init__(self, settings: Settings, client: TestClient) -> None:
        self.client = client
        self._asks = _asking(client)
        self.engine = connect(settings.address_of_database)
        signer = Signer(SECRET, settings.https)
        with writing(self.engine) as db:
            wish = read(NewSession, {"title": "What next?", "themes": ["Pay", "Power"]})
            self.code, organiser, self.invitation = sessions.start(db, now(), wish)
            _secret, helps = sessions.invite(db, organiser.session_id, Role.SCRIBE, now())
            sheet = NewAccount(email=EMAIL, name="Ailsa", password="a long and secret one")
            mine = accounts.sign_up(db, now(), accounts.invite_organiser(db, now()), sheet, "no hash")
            accounts.keep(db, db.scalar(text("SELECT id FROM account")), organiser.invitation_id)
            self.sign_up = accounts.invite_organiser(db, now())
        self.organiser = organiser._replace(sign_in=mine)
        here = signer.cookie_name(self.code)
        self.cookies: dict[str, dict[str, str]] = {
            "stranger": {},
            "participant": {here: signer.token(new_actor(organiser.session_id))},
            "scribe": {here: signer.token(new_actor(organiser.session_id, helps))},
            "organiser": {
                here: signer.token(self.organiser),
                signer.sign_in_cookie: signer.sign_in_token(mine),
                signer.sign_up_cookie: self.sign_up,
                signer.errand_cookie: signer.errand_token(Errand(STATE, "/sessions")),
            },
        }

    def ask(self, way: Way, who: str = "stranger", path: str = "", **asked: Any) -> Any:
        """An answer. What is sent comes from a page of ours, unless `headers` say otherwise."""
        said = {"Origin": HERE} | asked.pop("headers", {})
        jar = self.cookies[who]
        if jar:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        kept = {name: value for name, value in said.items() if value is not None}
        self._asks.cookies.clear()
        request = partial(self._asks.request, way.method, path or self.usual(way), headers=kept, **asked)
        assert self.client.portal is not None
        return self.client.portal.call(request)

    def usual(self, way: Way) -> str:
        """Where somebody who means well would go."""
        return way.filled(code=self.code, number=1, suffix="json", nth=1, numbers="1", letter="A")

    def act(self, action: str, **fields: Any) -> None:
        """The organiser does something."""
        way = Way("POST", "/s/{code}/actions")
        answer = self.ask(way, "organiser", json={"action": action, "key": new_key(), **fields})
        assert answer.json()["status"] == "saved", answer.text

    def everything(self) -> dict[str, list[Any]]:
        """All rows of all tables."""
        return everything(self.engine)


def everything(engine: Engine) -> dict[str, list[Any]]:
    """All rows of all tables of a database."""
    listed = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if engine.name == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    with reading(engine) as db:
        names = db.scalars(text(listed)).all()
        return {name: sorted(map(repr, db.execute(text(f'SELECT * FROM "{name}"')))) for name in names}


def _asking(client: TestClient) -> httpx2.AsyncClient:
    """What asks the same application in its own loop: the test client goes there and back eight times
    for each request, which takes longer than the answer."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        host, port = scope["server"]
        scope["server"] = host, port or {"http": 80, "https": 443}[scope["scheme"]]
        scope["state"] = client.app_state.copy()
        await client.app(scope, receive, send)

    are_raised = client._transport.raise_server_exceptions  # type: ignore[attr-defined]
    transport = httpx2.ASGITransport(app, raise_app_exceptions=are_raised)
    return httpx2.AsyncClient(transport=transport, base_url=client.base_url)
