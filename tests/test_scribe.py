"""A scribe writes down what others say, for a table, with scripts or without."""

import csv
import re
from collections.abc import Iterator

import httpx2
import pytest

from app.passes import new_key
from tests.conftest import Server


@pytest.fixture
def links(shared_server: Server) -> dict[str, str]:
    return shared_server.new()


@pytest.fixture
def desk(shared_server: Server, links: dict[str, str]) -> Iterator[httpx2.Client]:
    """The organiser's browser."""
    with httpx2.Client(follow_redirects=True, headers={"Origin": shared_server.url}) as client:
        client.get(links["board"])
        client.base_url = httpx2.URL(links["phone"])
        yield client


@pytest.fixture
def scribe(shared_server: Server, desk: httpx2.Client) -> Iterator[httpx2.Client]:
    """Somebody who has just opened the link that the organiser made."""
    page = desk.post("/people", data={"role": "scribe", "label": "Ewan"}).text
    link = re.search(r'class="link">([^<]+)<', page)
    assert link
    with httpx2.Client(follow_redirects=True, headers={"Origin": shared_server.url}) as client:
        assert client.get(link[1]).url.path.endswith("/scribe")
        client.base_url = desk.base_url
        yield client


def write(scribe: httpx2.Client, text: str, **said: str) -> httpx2.Response:
    return scribe.post("/scribe", data={"action": "write_down", "key": new_key(), "text": text, **said})


def test_a_card_is_read_back_and_the_table_stays(scribe: httpx2.Client) -> None:
    page = write(scribe, "We walk here", table="4", paraphrased="1").text
    assert "Saved, number 1. We walk here" in page
    assert 'name="table" dir="auto" autocomplete="off" value="4"' in page
    assert 'name="paraphrased" value="1" checked' in page


def test_it_is_fixed_or_taken_back_straight_away(scribe: httpx2.Client) -> None:
    write(scribe, "We wlak here", table="4")
    page = scribe.post("/scribe", data={"action": "edit", "number": "1", "text": "We walk here"}).text
    assert "Saved, number 1. We walk here" in page
    page = scribe.post("/scribe", data={"action": "withdraw", "number": "1"})
    assert page.url.path.endswith("/scribe")
    assert "We walk here" not in page.text


def test_refused_words_stay_in_the_box(scribe: httpx2.Client) -> None:
    page = write(scribe, "x" * 501, table="Garden", paraphrased="1").text
    assert "x" * 501 in page
    assert 'value="Garden"' in page
    assert "500 is the most." in page


def test_the_board_and_the_summary_say_for_which_table(scribe: httpx2.Client, desk: httpx2.Client) -> None:
    write(scribe, "We walk here", table="4", paraphrased="1")
    for path in ("/board", "/summary", "/summary.md"):
        page = desk.get(path).text
        assert "Entered for table 4" in page, path
        assert "Paraphrased" in page, path
    [row] = csv.DictReader(desk.get("/summary.csv").text.splitlines())
    assert (row["table"], row["paraphrased"]) == ("4", "yes")


def test_participants_write_for_themselves_only(shared_server: Server, links: dict[str, str]) -> None:
    with httpx2.Client(follow_redirects=True, headers={"Origin": shared_server.url}) as phone:
        phone.get(links["join"])
        phone.base_url = httpx2.URL(links["phone"])
        assert phone.get("/scribe").status_code == 403
        assert write(phone, "For others").status_code == 403
        said = {"action": "write_down", "key": new_key(), "text": "For others"}
        assert phone.post("/actions", json=said).json()["reason"] == "You may not do this here."
