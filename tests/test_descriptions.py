"""The descriptions for programs say what the server does: what it answers, tells and takes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from websockets.asyncio.client import connect

from app.forms.reading import FORMS
from app.live.receipt import Receipt
from app.locales import _
from app.passes import new_key
from app.roles import MAY
from tests.conftest import Room, Server, received
from tests.test_api import Place
from tests.test_roles import MESSAGES
from tests.test_slow_phone import Served, quick_heart, served  # noqa: F401  (fixtures)

Check = Callable[[str, Any], None]


@pytest.fixture(scope="module")
def openapi(shared_server: Server) -> dict[str, Any]:
    return dict(httpx2.get(f"{shared_server.url}/api/v1/openapi.json").json())


@pytest.fixture(scope="module")
def asyncapi(shared_server: Server) -> dict[str, Any]:
    return dict(httpx2.get(f"{shared_server.url}/api/v1/asyncapi.json").json())


@pytest.fixture(scope="module")
def check(asyncapi: dict[str, Any]) -> Check:
    """Holds a message to what the socket's description says of a message of that name."""
    return lambda name, said: hold(asyncapi, asyncapi["components"]["messages"][name]["payload"], said)


def hold(document: dict[str, Any], schema: dict[str, Any], said: Any) -> None:
    """It fits, and has no field that the description does not name: programs may, so we don't."""
    Draft202012Validator(strict({**schema, "components": document["components"]})).validate(said)


def strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {name: strict(one) for name, one in schema.items()}
    is_object = schema.get("type") == "object" and isinstance(schema.get("properties"), dict)
    return {"additionalProperties": False, **inside} if is_object else inside


@pytest.fixture
def place(shared_server: Server) -> Place:
    return Place(shared_server, themes=["Pay", "Power"], asks_names=True)


# The socket


def test_every_frame_of_a_session_is_as_described(place: Place, check: Check) -> None:
    """The first one, those of all that can happen to a card, a theme and a vote, and what is gone."""
    kinds: set[str] = set()
    for who in (place.facilitator, place.participant):
        with who.socket() as first:
            check("Frame", received(first.recv()))
        with who.socket(who.board()["head"]) as socket:
            end = everything_happens(place)
            while (frame := received(socket.recv(timeout=60))) and int(frame["head"].split(".")[0]) < end:
                check("Frame", frame)
                kinds |= {*kinds_of(frame)}
            check("Frame", frame)
            kinds |= {*kinds_of(frame)}
    assert kinds == {"contributions", "themes", "prompts", "votes", "title", "open"} | {
        f"gone {what}" for what in ("contributions", "themes", "votes")
    }


def kinds_of(frame: dict[str, Any]) -> Iterator[str]:
    yield from (what for what, some in frame["touched"].items() if some)
    yield from (f"gone {what}" for what, some in frame["gone"].items() if some)
    yield from (name for name in ("title", "open") if name in frame)


def everything_happens(place: Place) -> int:
    """Answers the seq of its end."""
    desk, somebody = place.facilitator, place.participant
    first = somebody.send("post", text="Who pays?", kind="question", name="Mairi")["number"]
    other = somebody.send("post", text="Who pays?", quote=False)["number"]
    table = desk.send("write_down", text="When?", table="4", paraphrased=True)["number"]
    desk.send("place", contributions=[first, table], theme="A")
    desk.send("merge", contributions=[other], into=first)
    somebody.send("contest", number=first, theme="A", text="Not about money")
    somebody.send("contest", number=first, theme="A")
    desk.send("answer_contest", number=first, theme="A", text="It is paid work")
    desk.send("mark_answered", number=table, text="In October")
    somebody.send("propose_name", theme="A", name="Fair pay")
    for again in range(2):
        vote = desk.send("open_vote", question="What first?", themes=["A", "B"])["vote"]
        somebody.send("vote", vote=vote, dots={"A": 2})
        desk.send("count_votes", vote=vote, hands=3, dots={"B": 4})
        desk.send("close_vote" if again else "drop_vote", vote=vote)
    letter = desk.send("create_theme", name="Gone")["theme"]
    desk.send("remove_theme", theme=letter)
    desk.send("hide", contributions=[table])
    desk.send("add_prompt", text="And then?")
    desk.send("change_session", title=f"What next, {first}?")
    desk.send("close_session")
    return int(desk.send("open_session")["seq"])


@pytest.mark.anyio
@pytest.mark.usefixtures("quick_heart")
async def test_a_sign_of_life_is_as_described(served: Served, check: Check) -> None:  # noqa: F811
    room = await Room.open(served.house)
    bearer = {"Authorization": f"Bearer {served.house.signer.token(room.participant())}"}
    address = f"ws://127.0.0.1:{served.port}/s/{room.code}/live?screen=json"
    async with connect(address, proxy=None, additional_headers=bearer) as socket:
        for _nth in range(3):
            frame = received(await socket.recv())
            check("Frame", frame)
    assert frame["since"] == frame["head"]


def test_every_receipt_is_as_described(place: Place, check: Check) -> None:
    statuses = set()
    with place.facilitator.socket() as socket:
        socket.recv()
        for said in (*wishes(), {"action": "dance"}, {}, [], "x", {"action": "post", "key": new_key()}):
            socket.send(json.dumps(said))
            while "receipt" not in (receipt := received(socket.recv(timeout=60))):
                check("Frame", receipt)
            check("Receipt", receipt)
            statuses.add(receipt["status"])
    assert statuses == {"saved", "refused"}
    later = Receipt(new_key(), "later", reason=_("That was a lot at once."), after=0.5)
    check("Receipt", later.message("en"))


def wishes() -> list[dict[str, Any]]:
    return [{"action": action, "key": new_key(), **fields} for action, fields in MESSAGES.items()]


def test_every_action_is_as_described(asyncapi: dict[str, Any], openapi: dict[str, Any]) -> None:
    """Each fits one message of the socket's description, and one body of the API's."""
    takes = [one["$ref"].rpartition("/")[2] for one in asyncapi["operations"]["act"]["messages"]]
    assert takes == [form.__name__ for form in FORMS]
    payloads = [{"$ref": f"#/components/schemas/{name}"} for name in takes]
    acting = openapi["paths"]["/api/v1/sessions/{code}/actions"]["post"]["requestBody"]
    for wish in wishes():
        hold(asyncapi, {"oneOf": payloads}, wish)
        hold(openapi, acting["content"]["application/json"]["schema"], wish)
    named = {name for payload in takes for name in actions_of(asyncapi["components"]["schemas"][payload])}
    assert named == MAY.keys()


def actions_of(schema: dict[str, Any]) -> list[str]:
    action = schema["properties"]["action"]
    return list(action["enum"]) if "enum" in action else [action["const"]]


@pytest.mark.parametrize("which", ["openapi", "asyncapi"])
def test_a_description_points_to_nothing_that_is_not_there(
    which: str, openapi: dict[str, Any], asyncapi: dict[str, Any]
) -> None:
    document = {"openapi": openapi, "asyncapi": asyncapi}[which]
    pointers = list(pointers_in(document))
    assert len(pointers) > 10
    for pointer in pointers:
        found = document
        for step in pointer.removeprefix("#/").split("/"):
            found = found[step]


def pointers_in(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from pointers_in(one)


def test_the_socket_is_described_at_this_servers_address(
    asyncapi: dict[str, Any], shared_server: Server
) -> None:
    assert asyncapi["servers"]["here"].items() >= {"protocol": "ws"}.items()
    assert asyncapi["servers"]["here"]["host"] == shared_server.url.removeprefix("http://")
    closes = asyncapi["channels"]["live"]["x-close-codes"]
    assert closes.keys() == {"1012", "1013", "4401", "4403", "4404", "4410"}


# The API


def test_every_answer_of_the_api_is_as_described(place: Place, openapi: dict[str, Any]) -> None:
    everything_happens(place)
    board, told = f"/api/v1/sessions/{place.code}", set()
    desk, somebody, forged = place.facilitator.bearer, place.participant.bearer, {"Authorization": "Bearer x"}
    post = {"action": "post", "key": new_key(), "text": "Who pays?"}

    def ask(method: str, path: str, bearer: dict[str, str], **body: Any) -> Any:
        answer = httpx2.request(method, place.server.url + path, headers=bearer, **body)
        described = path.replace(place.code, "{code}").replace("CCCCCCCC", "{code}").partition("?")[0]
        says = openapi["paths"][described][method.lower()]["responses"][str(answer.status_code)]
        if answer.status_code != 204:
            hold(openapi, says["content"]["application/json"]["schema"], answer.json())
        told.add((method, described.rpartition("}")[2], answer.status_code))
        return answer.json() if answer.content else None

    for bearer in (desk, somebody):
        ask("GET", board, bearer)
        ask("GET", f"{board}/updates", bearer)
        ask("GET", f"{board}/updates?since={ask('GET', board, bearer)['head']}", bearer)
        ask("POST", f"{board}/actions", bearer, json=post | {"key": new_key()})
    ask("POST", f"{board}/actions", desk, json={})
    ask("POST", f"{board}/participants", {})
    copy = ask("POST", f"{board}/rehearsals", desk, json={})
    ask("POST", f"{board}/rehearsals", desk, json={})
    ask("POST", f"{board}/rehearsals", desk, json={"seconds": 0})
    ask("POST", f"{board}/rehearsals", somebody, json={})
    ask("DELETE", board, desk)
    ask("DELETE", board, somebody)
    for path, method in ((board, "GET"), (f"{board}/updates", "GET"), (board, "DELETE")):
        ask(method, path, forged)
        ask(method, path.replace(place.code, "CCCCCCCC"), desk)
    for name in ("actions", "rehearsals"):
        ask("POST", f"{board}/{name}", forged, json={})
        ask("POST", f"/api/v1/sessions/CCCCCCCC/{name}", desk, json={})
    ask("POST", "/api/v1/sessions/CCCCCCCC/participants", {})
    httpx2.delete(
        f"{place.server.url}/api/v1/sessions/{copy['code']}",
        headers={"Authorization": f"Bearer {copy['token']}"},
    ).raise_for_status()
    described = {
        (method.upper(), path.rpartition("}")[2], int(status))
        for path, methods in openapi["paths"].items()
        for method, one in methods.items()
        for status in one["responses"]
    }
    # A token that is asked for without one is never wrong, a path has no code that can't be read, and
    # the deletion that is allowed is the one above.
    never = {("POST", "/participants", 401), ("DELETE", "", 204)}
    assert {one for one in described - told - never if one[2] != 422} == set()
