"""Authors change and take back their own cards, with scripts or without."""

import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.conftest import Server


@pytest.fixture
def phone(shared_server: Server) -> Iterator[httpx2.Client]:
    """A phone whose owner has posted one card."""
    links = shared_server.new()
    with httpx2.Client(follow_redirects=True, headers={"Origin": shared_server.url}) as client:
        client.base_url = httpx2.URL(links["phone"])
        key = re.search(r'name="key" value="([^"]+)"', client.get("").text)
        assert key
        page = client.post("", data={"key": key[1], "text": "Who pays?"}).text
        assert "Saved, number 1." in page
        yield client


def voices(page: str) -> list[str]:
    return re.findall(r'<p class="voice"[^>]*>([^<]*)</p>', page)


def test_other_words_take_the_place_of_the_first(phone: httpx2.Client) -> None:
    page = phone.post("", data={"action": "edit", "number": "1", "text": "Who pays carers?"}).text
    assert set(voices(page)) == {"Who pays carers?"}


def test_a_card_taken_back_is_gone_but_for_its_number(phone: httpx2.Client) -> None:
    page = phone.post("", data={"action": "withdraw", "number": "1"}).text
    assert "Who pays?" not in page
    assert voices(page) == ["You took this card back."]


def test_refused_words_are_not_lost(phone: httpx2.Client) -> None:
    long = "x" * 501
    page = phone.post("", data={"action": "edit", "number": "1", "text": long}).text
    assert long in page
    assert "This is 501 characters long. 500 is the most." in page
