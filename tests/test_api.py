"""What other programs rely on: docs/contract, against the real server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.passes import new_key
from app.roles import MAY
from tests.conftest import Command, Server, received
from tests.screens import Program


class Program_:
    """A program with a token."""

    def __init__(self, server: Server, made: dict[str, str], token: str) -> None:
        self.code, self.server = made["code"], server
        self.bearer = {"Authorization": f"Bearer {token}"}
        self.address = f"/api/v1/sessions/{self.code}"

    def board(self) -> dict[str, Any]:
        answer = httpx2.get(self.server.url + self.address, headers=self.bearer)
        assert answer.status_code == 200
        return dict(answer.json())

    def send(self, action: str, **fields: Any) -> dict[str, Any]:
        said = {"action": action, "key": new_key()} | fields
        answer = httpx2.post(f"{self.server.url}{self.address}/actions", json=said, headers=self.bearer)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @contextmanager
    def socket(self, since: str = "", screen: str = "json", **options: Any) -> Iterator[ClientConnection]:
        address = (
            f"{self.server.url.replace('http', 'ws', 1)}/s/{self.code}/live?screen={screen}&since={since}"
        )
        options.setdefault("additional_headers", self.bearer)
        with connect(address, proxy=None, **options) as socket:
            yield socket


class Place:
    """A session on the shared server, with a facilitator's and a participant's program."""

    def __init__(self, server: Server, **options: Any) -> None:
        self.server = server
        self.made = server.new(**options)
        self.code = self.made["code"]
        self.facilitator = Program_(server, self.made, self.made["facilitator_token"])
        self.participant = self.another()

    def another(self) -> Program_:
        joined = httpx2.post(f"{self.server.url}/api/v1/sessions/{self.code}/participants")
        assert joined.status_code == 200
        assert joined.json().keys() == {"token"}
        return Program_(self.server, self.made, joined.json()["token"])


@pytest.fixture
def place(shared_server: Server) -> Place:
    return Place(shared_server, themes=["Pay"])


# Requests


def test_a_program_joins_posts_and_reads_the_board(place: Place) -> None:
    receipt = place.participant.send("post", text="Who pays expenses?", kind="question", key="4b3f" * 4)
    assert receipt == {"receipt": "4b3f" * 4, "status": "saved", "number": 1, "seq": 2}
    board = place.participant.board()
    assert board["head"].startswith("2.")
    assert (board["code"], board["title"]) == (place.code, "What next?")
    [card] = board["contributions"]
    said = {"number": 1, "kind": "question", "text": "Who pays expenses?", "status": "visible", "prompt": 1}
    assert card.items() >= {**said, "places": [], "agreements": 0}.items()
    theme = {"letter": "A", "name": "Pay", "rank": 1, "contributions": []}
    assert board["themes"] == [{**theme, "colour": 1, "description": ""}]
    assert board["prompts"] == [{"number": 1, "text": "What next?", "open": True}]


def test_what_the_facilitator_sorts_the_participant_reads(place: Place) -> None:
    place.participant.send("post", text="Who pays?")
    place.facilitator.send("place", contributions=[1], theme="A")
    board = place.participant.board()
    assert board["contributions"][0]["places"] == ["A"]
    assert board["themes"][0]["contributions"] == [1]
    place.facilitator.send("place", contributions=[1], theme="parked")
    assert place.participant.board()["contributions"][0]["places"] == ["parked"]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"action": "post", "text": "x", "colour": "red"}, "This action has no field “colour”."),
        ({"action": "post", "text": "x", "\ud800": 1}, "The field “post” is not right."),
        ({"action": "post"}, "Please write something first."),
        ({"action": "post", "text": " \u200b"}, "Please write something first."),
        ({"action": "post", "text": 7}, "The field “text” is not right."),
        ({"action": "post", "text": "x", "kind": "rant"}, "The field “kind” is not right."),
        ({"action": "post", "text": "x", "prompt": 9}, "There is no prompt 9."),
        ({"action": "post", "text": "x", "name": "Me"}, "This session does not ask for names."),
        ({"action": "dance"}, "Sheaf does not know this action."),
        ({}, "Sheaf does not know this action."),
        ([], "This is not a message that Sheaf can read."),
        ({"action": "agree"}, "The field “number” is missing."),
        ({"action": "agree", "number": 99}, "There is no card 99."),
        ({"action": "agree", "number": 2**70}, "The field “number” is not right."),
        (
            {"action": "post", "text": "x", "key": "short"},
            "The key must be 16 to 64 letters, digits, “_” or “-”.",
        ),
        (
            {"action": "post", "text": "x", "key": "\ud800" * 16},
            "The key must be 16 to 64 letters, digits, “_” or “-”.",
        ),
    ],
)
def test_a_refusal_is_an_answer_with_one_clear_line(place: Place, message: Any, reason: str) -> None:
    if isinstance(message, dict):
        message = {"key": new_key()} | message
    answer = httpx2.post(
        f"{place.server.url}/api/v1/sessions/{place.code}/actions",
        content=json.dumps(message),
        headers=place.participant.bearer,
    )
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["reason"]) == ("refused", reason)
    with place.participant.socket() as socket:
        socket.recv()
        socket.send(json.dumps(message))
        assert received(socket.recv())["reason"] == reason


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b'"post"', b"NaN"])
def test_a_body_that_is_no_message_is_refused(place: Place, body: bytes) -> None:
    answer = httpx2.post(
        f"{place.server.url}/api/v1/sessions/{place.code}/actions",
        content=body,
        headers=place.participant.bearer,
    )
    assert answer.status_code == 200
    assert answer.json()["reason"] == "This is not a message that Sheaf can read."


def test_a_body_that_is_too_large_is_turned_away(place: Place) -> None:
    address = f"{place.server.url}/api/v1/sessions/{place.code}/actions"
    assert httpx2.post(address, content=b"x" * 200_000, headers=place.participant.bearer).status_code == 413


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer x", "Basic x", "Bearer W10.x"])
def test_a_bad_token_is_401(place: Place, token: str) -> None:
    address = f"{place.server.url}/api/v1/sessions/{place.code}"
    headers = {"Authorization": token} if token else {}
    assert httpx2.get(address, headers=headers).status_code == 401
    assert httpx2.post(f"{address}/actions", json={}, headers=headers).status_code == 401


def test_an_unknown_code_is_404(place: Place) -> None:
    address = f"{place.server.url}/api/v1/sessions/CCCCCCCC"
    bearer = place.participant.bearer
    assert httpx2.get(address, headers=bearer).status_code == 404
    assert httpx2.post(f"{address}/actions", json={}, headers=bearer).status_code == 404
    assert httpx2.post(f"{address}/participants").status_code == 404
    assert httpx2.get(f"{place.server.url}/api/v1/nothing").json()["detail"]


def test_the_code_may_be_typed_in_any_way(place: Place) -> None:
    spoken = f"{place.code[:4].lower()}-{place.code[4:]}"
    for typed in (spoken, spoken.replace("-", "%20"), spoken.replace("-", "")):
        address = f"{place.server.url}/api/v1/sessions/{typed}"
        assert httpx2.get(address, headers=place.participant.bearer).json()["code"] == place.code
        assert httpx2.get(f"{place.server.url}/j/{typed}").headers["location"] == f"/s/{place.code}"
    answer = httpx2.get(f"{place.server.url}/", params={"code": f" {spoken} "})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/j/{place.code}")


def test_the_description_names_every_action(place: Place) -> None:
    described = httpx2.get(f"{place.server.url}/api/v1/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/v1/sessions/{code}",
        "/api/v1/sessions/{code}/actions",
        "/api/v1/sessions/{code}/participants",
        "/api/v1/sessions/{code}/rehearsals",
        "/api/v1/sessions/{code}/updates",
    }
    assert not [action for action in MAY if f'"{action}"' not in json.dumps(described)]


def test_every_answer_carries_the_same_protection(place: Place) -> None:
    for path in ("/", f"/s/{place.code}", "/nothing", f"/api/v1/sessions/{place.code}", "/static/icon.svg"):
        headers = httpx2.get(place.server.url + path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "script-src 'self';" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "server" not in headers


# The socket


def test_a_program_keeps_a_board_by_starting_from_one_and_applying_the_other(place: Place) -> None:
    for who in (place.facilitator, place.participant):
        kept = Program(who.board())
        with who.socket(kept.cursor) as socket:
            empty = received(socket.recv())
            assert (empty["since"], empty["head"]) == (kept.cursor, kept.cursor)
            assert not any(empty["touched"].values())
            assert not any(empty["gone"].values())
            number = place.participant.send("post", text="Who pays?")["number"]
            letter = place.facilitator.send("create_theme", name="New")["theme"]
            place.facilitator.send("place", contributions=[number], theme=letter)
            place.facilitator.send("hide", contributions=[number])
            place.facilitator.send("remove_theme", theme=letter)
            end = place.facilitator.send("rename_theme", theme="A", name=f"Fair {number}")["seq"]
            while int(kept.cursor.split(".")[0]) < end:
                kept.take(str(socket.recv(timeout=60)))
        assert kept.seen == Program(who.board()).seen


def test_what_stops_being_visible_is_gone_for_those_who_may_not_see_it(place: Place) -> None:
    number = place.participant.send("post", text="Who pays?")["number"]
    head = place.facilitator.board()["head"]
    place.facilitator.send("hide", contributions=[number])
    seen = {}
    programs = {"stranger": place.another(), "author": place.participant, "facilitator": place.facilitator}
    for name, who in programs.items():
        with who.socket(head) as socket:
            frame = received(socket.recv())
            cards = [one["status"] for one in frame["touched"]["contributions"]]
            seen[name] = (cards, frame["gone"]["contributions"])
    assert seen == {
        "stranger": ([], [number]),
        "author": (["hidden"], []),
        "facilitator": (["hidden"], []),
    }


@pytest.mark.parametrize("since", ["", "1.zzzz", "99.ab12", "nonsense", "1.%00", "-1", "1" * 400])
def test_an_unknown_cursor_means_from_nothing(place: Place, since: str) -> None:
    place.participant.send("post", text="Who pays?")
    with place.participant.socket(since) as socket:
        frame = received(socket.recv())
    assert frame["since"] == ""
    assert [one["number"] for one in frame["touched"]["contributions"]] == [1]


def test_the_socket_takes_actions_and_gives_the_same_receipts(place: Place) -> None:
    key = new_key()
    with place.participant.socket() as socket:
        socket.recv()
        socket.send(json.dumps({"action": "post", "key": key, "text": "Who pays?"}))
        messages = [received(socket.recv()) for _ in range(2)]
    [receipt] = [one for one in messages if "receipt" in one]
    assert receipt == place.participant.send("post", key=key, text="Who pays?")


def closes(who: Program_, **options: Any) -> tuple[int, str]:
    with who.socket(**options) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=60)
    frame = closed.value.rcvd
    assert frame is not None
    return frame.code, frame.reason


def test_a_refused_seat_says_why(place: Place) -> None:
    nobody = {"additional_headers": {}}
    assert closes(place.participant, **nobody) == (4401, "Please open the session's link first.")
    forged = {"additional_headers": {"Authorization": "Bearer forged"}}
    assert closes(place.participant, **forged)[0] == 4401
    assert closes(place.participant, screen="board") == (4403, "You may not see this screen.")
    assert closes(place.participant, screen="cinema")[0] == 4404
    place.participant.code = "CCCCCCCC"
    assert closes(place.participant) == (4404, "There is no such session.")


def test_the_projector_needs_no_more_than_the_code(place: Place) -> None:
    with place.participant.socket(screen="projector", additional_headers={}) as socket:
        assert received(socket.recv())["anew"]


def test_a_socket_from_a_foreign_page_is_refused_before_the_upgrade(place: Place) -> None:
    with pytest.raises(InvalidStatus) as refused, place.participant.socket(origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == 403


def cookie(place: Place) -> dict[str, str]:
    [(name, value)] = httpx2.get(f"{place.server.url}/s/{place.code}").cookies.items()
    return {"Cookie": f"{name}={value}"}


def test_a_socket_with_a_cookie_must_say_where_it_comes_from(place: Place) -> None:
    headers = cookie(place)
    with pytest.raises(InvalidStatus), place.participant.socket(additional_headers=headers):
        pass
    for origin in (place.server.url, f"http://127.0.0.1:{place.server.port}"):
        with place.participant.socket(additional_headers=headers, origin=origin) as socket:
            assert received(socket.recv())["head"]
    wrong = f"http://localhost:{place.server.port + 1}"
    with pytest.raises(InvalidStatus), place.participant.socket(additional_headers=headers, origin=wrong):
        pass


@pytest.mark.parametrize(
    ("origin", "with_cookie", "status"),
    [
        (None, False, 303),
        (None, True, 403),
        ("ours", True, 303),
        ("ours", False, 303),
        ("https://evil.example", True, 403),
        ("https://evil.example", False, 403),
        ("null", True, 403),
    ],
)
def test_a_form_from_a_foreign_page_is_refused(
    place: Place, origin: str | None, with_cookie: bool, status: int
) -> None:
    headers = cookie(place) if with_cookie else {}
    if origin:
        headers["Origin"] = place.server.url if origin == "ours" else origin
    form = {"key": new_key(), "text": "Who pays?"}
    answer = httpx2.post(f"{place.server.url}/s/{place.code}", data=form, headers=headers)
    assert answer.status_code == status


def test_a_frame_that_is_too_large_closes_1009(place: Place) -> None:
    with place.participant.socket() as socket:
        socket.recv()
        socket.send("x" * (64 * 1024))
        assert received(socket.recv())["status"] == "refused"
        socket.send("x" * (64 * 1024 + 1))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=60)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_a_frame_that_is_not_utf_8_closes_1007(place: Place) -> None:
    with place.participant.socket() as socket:
        socket.recv()
        socket.send(b"\xff\xfe", text=True)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=60)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007


# Links


def test_the_board_link_can_be_used_again_and_leaves_the_address_bar(place: Place) -> None:
    for _ in range(2):
        answer = httpx2.get(place.made["board"])
        assert (answer.status_code, answer.headers["location"]) == (303, f"/s/{place.code}/board")
        set_cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in set_cookie
        assert "samesite=lax" in set_cookie
        page = httpx2.get(f"{place.server.url}/s/{place.code}/board", cookies=dict(answer.cookies))
        assert page.status_code == 200


def test_pages_of_facilitators_are_closed_to_others(place: Place) -> None:
    mine = {"headers": cookie(place)}
    for page in ("board", "summary", "summary.json", "board/themes/A"):
        address = f"{place.server.url}/s/{place.code}/{page}"
        assert (httpx2.get(address).status_code, httpx2.get(address, **mine).status_code) == (401, 403)


def test_new_prints_one_object_with_absolute_links(shared_server: Server) -> None:
    ran = shared_server.run("new", "What next?", "--prompt", "And then?", "--theme", "Pay", "--json")
    assert ran.returncode == 0, ran.stderr
    made = json.loads(ran.stdout)
    assert list(made) == ["code", "join", "phone", "board", "projector", "summary", "facilitator_token"]
    assert all(made[name].startswith(f"{shared_server.url}/") for name in list(made)[1:6])
    board = Program_(shared_server, made, made["facilitator_token"]).board()
    assert (board["prompts"][0]["text"], board["themes"][0]["name"]) == ("And then?", "Pay")
    assert httpx2.get(made["board"]).headers["location"] == f"/s/{made['code']}/board"
    assert httpx2.get(made["join"]).headers["location"] == f"/s/{made['code']}"


def test_links_are_under_the_public_address(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_PUBLIC_URL", "https://sheaf.example/")
    ran = command("new", "What next?", "--json")
    assert json.loads(ran.out)["board"].startswith("https://sheaf.example/i/")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("new", ""), 1),
        (("export", "CCCCCCCC"), 1),
        (("import", "CCCCCCCC", "nowhere.txt"), 1),
        (("new",), 2),
        (("dance",), 2),
    ],
)
def test_commands_say_how_they_ended(command: Command, arguments: tuple[str, ...], status: int) -> None:
    ran = command(*arguments)
    assert (ran.status, ran.out) == (status, "")
    if status == 1:
        assert len(ran.err.splitlines()) == 1
