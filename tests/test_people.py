"""Those who help come by links that the organiser makes, and can take back."""

import re

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.conftest import Arrive, Links, Server

pytestmark = pytest.mark.every_database


def invited(host: httpx2.Client, links: Links, role: str) -> str:
    page = host.post(f"/s/{links['code']}/people", data={"role": role, "label": "Mairi"}).text
    found = re.search(r'class="link">([^<]+)<', page)
    assert found
    return found[1]


def board_socket(server: Server, guest: httpx2.Client, code: str) -> ClientConnection:
    cookie = "; ".join(f"{name}={value}" for name, value in guest.cookies.items())
    address = f"{server.url.replace('http', 'ws', 1)}/s/{code}/live?screen=board"
    return connect(address, origin=Origin(server.url), additional_headers={"Cookie": cookie})


def last_words(socket: ClientConnection) -> tuple[int, str]:
    """What a socket is told when it is closed."""
    try:
        for _frame in socket:
            pass
    except ConnectionClosed:
        pass
    return socket.close_code or 0, socket.close_reason or ""


def test_a_facilitator_works_on_the_board_until_the_link_is_taken_back(
    shared_server: Server, arrive: Arrive
) -> None:
    links = shared_server.new()
    host = arrive(links["board"])
    guest = arrive(invited(host, links, "facilitator"))
    board = f"/s/{links['code']}/board"
    assert guest.get(board).status_code == 200

    with board_socket(shared_server, guest, links["code"]) as socket:
        [revoke] = re.findall(r'action="([^"]+/revoke)"', host.get(f"/s/{links['code']}/people").text)
        assert host.post(revoke).status_code == 200
        assert last_words(socket) == (4403, "Your link was taken back, or you signed out.")
    assert guest.get(board).status_code == 401


def test_a_scribe_comes_to_the_phone_and_not_to_the_board(shared_server: Server, arrive: Arrive) -> None:
    links = shared_server.new()
    guest = arrive(invited(arrive(links["board"]), links, "scribe"))
    assert guest.get(f"/s/{links['code']}").status_code == 200
    assert guest.get(f"/s/{links['code']}/board").status_code == 403


def test_only_organisers_make_links(shared_server: Server, arrive: Arrive) -> None:
    links = shared_server.new()
    guest = arrive(invited(arrive(links["board"]), links, "facilitator"))
    assert guest.get(f"/s/{links['code']}/people").status_code == 403
    refused = guest.post(f"/s/{links['code']}/people", data={"role": "organiser"})
    assert refused.status_code == 403


def test_nobody_takes_back_their_own_link(shared_server: Server, arrive: Arrive) -> None:
    links = shared_server.new()
    page = arrive(links["board"]).get(f"/s/{links['code']}/people").text
    assert "This one is yours." in page
    assert "/revoke" not in page
