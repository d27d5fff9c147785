"""A program has a token of its own, which reaches as far as the organiser says."""

import json
import re
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from websockets.sync.client import connect

from app.actions import programs
from app.database import reading
from app.models import Hold, Scope, changes
from app.passes import new_key
from app.roles import MAY, SCOPES, Pass
from tests.conftest import Arrive, Room, Server, received
from tests.test_people import last_words
from tests.test_roles import DENIED, MESSAGES, make_possible, say

NOTHING = {Scope.READ, Scope.WATCH}


async def token_of(room: Room, scope: Scope) -> Pass:
    return await room.house.writer.do(
        lambda db, now: programs.make_token(db, room.session_id, scope, now, "Captions")
    )


@pytest.mark.anyio
@pytest.mark.parametrize("action", MAY)
@pytest.mark.parametrize("scope", Scope)
async def test_each_token_may_do_its_own(room: Room, scope: Scope, action: str) -> None:
    who = await token_of(room, scope)
    if action in ("edit", "withdraw", "erase", "contest", "uncontest", "undo", "redo") and scope in NOTHING:
        assert (await room.act(who, action, **MESSAGES[action])).reason == DENIED
        return
    await make_possible(room, action, who)
    receipt = await room.act(who, action, **MESSAGES[action])
    expected = ("saved", None) if SCOPES[scope] in MAY[action] else ("refused", DENIED)
    assert (receipt.status, receipt.reason) == expected


@pytest.mark.anyio
@pytest.mark.parametrize("action", ["place", "unplace", "create_theme", "undo", "redo"])
async def test_where_everybody_sorts_a_token_that_only_reads_does_not(room: Room, action: str) -> None:
    await room.post()
    await room.do(room.organiser, "change_session", all_sort=True)
    for scope in NOTHING:
        assert (await room.act(await token_of(room, scope), action, **MESSAGES[action])).reason == DENIED
    writer = await token_of(room, Scope.WRITE)
    await room.do(writer, "create_theme", name="Mine")


@pytest.mark.anyio
async def test_what_a_program_does_is_in_the_log_under_an_actor_of_its_own(room: Room) -> None:
    one, other = [await token_of(room, Scope.WRITE) for _ in range(2)]
    for who in (one, other, one):
        await room.do(who, "write_down", text="Who pays?")
    with reading(room.house.engine) as db:
        wrote = db.scalars(select(changes.c.actor_id).where(changes.c.action == "write_down"))
        assert [*wrote] == [one.actor_id, other.actor_id, one.actor_id]
    assert room.organiser.actor_id not in (one.actor_id, other.actor_id)


# By the people page, over the network


class Office:
    """A session on the shared server, and its organiser's browser. Some cards wait for review."""

    def __init__(self, server: Server, arrive: Arrive, made: dict[str, str] | None = None) -> None:
        self.server = server
        self.made = made or server.new(hold=Hold.ALL, themes=["Pay"])
        self.code = self.made["code"]
        self.host = arrive(self.made["board"])
        self.people = f"/s/{self.code}/people"

    def token(self, scope: Scope, name: str = "Captions") -> str:
        page = self.host.post(f"/s/{self.code}/programs", data={"scope": scope, "label": name})
        [token] = re.findall(r'class="link">([^<]+)<', page.text)
        return str(token)

    def revoke(self) -> None:
        [path] = re.findall(r'action="([^"]+/revoke)"', self.host.get(self.people).text)
        assert self.host.post(path).status_code == 200

    def ask(self, token: str, path: str, method: str = "GET", **said: Any) -> httpx2.Response:
        bearer = {"Authorization": f"Bearer {token}"}
        return httpx2.request(method, self.server.url + path, headers=bearer, **said)

    def socket(self, token: str, screen: str = "json") -> Any:
        address = f"{self.server.url.replace('http', 'ws', 1)}/s/{self.code}/live?screen={screen}"
        return connect(address, proxy=None, additional_headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def office(shared_server: Server, arrive: Arrive) -> Office:
    return Office(shared_server, arrive)


@pytest.mark.parametrize("scope", Scope)
def test_the_scope_holds_for_every_action_on_the_api_and_the_socket(office: Office, scope: Scope) -> None:
    token, allowed = office.token(scope), {one for one in MAY if SCOPES[scope] in MAY[one]}
    denied = {"api": set[str](), "socket": set[str]()}
    with httpx2.Client(base_url=office.server.url) as client, office.socket(token) as socket:
        for action, fields in MESSAGES.items():
            receipt = say(client, office.code, token, action, **fields).json()
            denied["api"] |= {action} if receipt.get("reason") == DENIED else set()
            socket.send(json.dumps({"action": action, "key": new_key(), **fields}))
            while "receipt" not in (receipt := received(socket.recv(timeout=60))):
                pass
            denied["socket"] |= {action} if receipt.get("reason") == DENIED else set()
    assert denied == dict.fromkeys(denied, MAY.keys() - allowed)


PAGES = {
    "": 200,
    "/board": 403,
    "/queue": 403,
    "/concerns": 403,
    "/scribe": 403,
    "/people": 403,
    "/about": 403,
    "/summary.json": 403,
    "/summary.json?restricted=1": 403,
    "/updates?screen=board": 403,
    "/updates?screen=queue": 403,
    "/updates?screen=json": 200,
}
OPENED: dict[Scope, list[str]] = {
    Scope.READ: [],
    Scope.WATCH: ["/summary.json"],
    Scope.WRITE: ["/scribe"],
    Scope.SORT: ["/board", "/queue", "/concerns", "/scribe", "/summary.json"],
}


@pytest.mark.parametrize("scope", Scope)
def test_a_token_opens_no_page_beyond_its_scope(office: Office, scope: Scope) -> None:
    token = office.token(scope)
    seen = {page: office.ask(token, f"/s/{office.code}{page}").status_code for page in PAGES}
    updates = ["/updates?screen=board", "/updates?screen=queue"] if scope == Scope.SORT else []
    assert seen == PAGES | dict.fromkeys([*OPENED[scope], *updates], 200)
    posted = {path: office.ask(token, f"/s/{office.code}{path}", "POST", data={}) for path in POSTED}
    assert {path: answer.status_code for path, answer in posted.items()} == POSTED
    copied = office.ask(token, f"/api/v1/sessions/{office.code}/rehearsals", "POST", json={})
    assert copied.status_code == (201 if scope == Scope.SORT else 403)
    if scope == Scope.SORT:
        office.ask(copied.json()["token"], f"/api/v1/sessions/{copied.json()['code']}", "DELETE")


POSTED = {"/programs": 422, "/webhooks": 403, "/people/1/revoke": 403, "/next": 403, "/webhooks/1/again": 403}
"""What an organiser may, and no program: the first is a form that lacks what it needs."""


def test_only_some_tokens_see_what_is_held(office: Office) -> None:
    author = office.made["participant_token"]
    with httpx2.Client(base_url=office.server.url) as client:
        say(client, office.code, author, "post", text="Who pays?")
    for scope in Scope:
        token, sees = office.token(scope), scope in (Scope.WATCH, Scope.SORT)
        board = office.ask(token, f"/api/v1/sessions/{office.code}").json()
        update = office.ask(token, f"/api/v1/sessions/{office.code}/updates").json()
        with office.socket(token) as socket:
            frame = received(socket.recv(timeout=60))
        for cards in (
            board["contributions"],
            update["touched"]["contributions"],
            frame["touched"]["contributions"],
        ):
            assert [one["status"] for one in cards] == (["held"] if sees else [])


def test_a_token_is_shown_once_and_closes_its_sockets_when_it_is_taken_back(office: Office) -> None:
    token = office.token(Scope.READ, "«Captions»")
    page = office.host.get(office.people).text
    assert token not in page
    assert "«Captions»" in page
    with office.socket(token) as socket:
        socket.recv()
        office.revoke()
        assert last_words(socket) == (4403, "Your link was taken back, or you signed out.")
    assert office.ask(token, f"/api/v1/sessions/{office.code}").status_code == 401
    assert "«Captions»" not in office.host.get(office.people).text


def test_only_organisers_make_tokens_and_each_has_a_name(office: Office, arrive: Arrive) -> None:
    sorts = office.token(Scope.SORT)
    programs_ = f"/s/{office.code}/programs"
    assert office.ask(sorts, programs_, "POST", data={"scope": "read", "label": "x"}).status_code == 403
    refused = office.host.post(programs_, data={"scope": "read", "label": " "})
    assert refused.status_code == 422
    assert "Please give the program a name." in refused.text
    assert office.host.post(programs_, data={"scope": "own", "label": "x"}).status_code == 403
