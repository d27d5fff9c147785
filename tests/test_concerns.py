"""Somebody tells in private, with scripts or without, whoever hears of concerns; and nobody else."""

import re
from collections.abc import Iterator

import httpx2
import pytest

from app.passes import new_key
from tests.conftest import Server

ASKED = {"concerns_to": "Mairi, by the door"}


@pytest.fixture
def links(shared_server: Server) -> dict[str, str]:
    return shared_server.new(**ASKED)


@pytest.fixture
def phone(shared_server: Server, links: dict[str, str]) -> Iterator[httpx2.Client]:
    with httpx2.Client(follow_redirects=True, headers={"Origin": shared_server.url}) as client:
        client.base_url = httpx2.URL(links["phone"])
        client.get("")
        yield client


@pytest.fixture
def desk(shared_server: Server, links: dict[str, str]) -> Iterator[httpx2.Client]:
    with httpx2.Client(follow_redirects=True, headers={"Origin": shared_server.url}) as client:
        client.get(links["board"])
        client.base_url = httpx2.URL(links["phone"])
        yield client


def tell(phone: httpx2.Client, text: str, key: str = "") -> httpx2.Response:
    return phone.post("", data={"action": "raise_concern", "text": text, "key": key or new_key()})


def told(desk: httpx2.Client) -> list[str]:
    return re.findall(r'class="voice" dir="auto">([^<]*)<', desk.get("/concerns").text)


def test_it_says_to_whom_it_goes_and_reaches_them(phone: httpx2.Client, desk: httpx2.Client) -> None:
    assert "Mairi, by the door" in phone.get("").text
    assert "They have it now." in tell(phone, "It is too loud here").text
    assert told(desk) == ["It is too loud here"]
    assert "1 concern waits" in desk.get("/queue").text
    assert "1 concern waits" in desk.get("/people").text
    assert "concern" not in desk.get("/board").text.partition('id="words"')[0]


def test_a_second_try_tells_it_once(phone: httpx2.Client, desk: httpx2.Client) -> None:
    key = new_key()
    for _try in range(2):
        assert tell(phone, "Once", key).status_code == 200
    assert told(desk) == ["Once"]


def test_somebody_sees_to_it_without_scripts(phone: httpx2.Client, desk: httpx2.Client) -> None:
    tell(phone, "Please come")
    page = desk.post("/concerns", data={"action": "see_concern", "concern": "1"}).text
    assert "Seen to" in page
    assert "I see to it" not in page
    assert "1 concern waits" not in desk.get("/queue").text


def test_it_can_be_told_after_the_session_has_closed(phone: httpx2.Client, desk: httpx2.Client) -> None:
    desk.post("/actions", json={"action": "close_session", "key": new_key()})
    tell(phone, "I was asked for my name")
    assert told(desk) == ["I was asked for my name"]


def test_what_is_refused_never_comes_near_the_box_that_posts(phone: httpx2.Client) -> None:
    page = tell(phone, "Private " * 600)
    assert page.status_code == 422
    post, private = page.text.partition('id="tell"')[::2]
    assert "Private" not in post
    assert "Private Private" in private


def test_where_nobody_is_named_nobody_is_asked(shared_server: Server, desk: httpx2.Client) -> None:
    desk.post("/actions", json={"action": "change_session", "key": new_key(), "concerns_to": ""})
    assert '<details class="notice" id="concern" hidden>' in desk.get("").text
    refused = tell(desk, "Hello?")
    assert "Nobody is named here who hears of concerns." in refused.text


def test_no_participant_reads_it(phone: httpx2.Client) -> None:
    tell(phone, "Only for Mairi")
    assert phone.get("/concerns").status_code == 403
    assert phone.get("/updates?screen=concerns").status_code == 403
    assert "Only for Mairi" not in phone.get("").text
