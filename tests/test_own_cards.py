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


def test_each_card_may_be_quoted_or_only_counted(phone: httpx2.Client) -> None:
    page = phone.post("", data={"text": "Only between us.", "quote": "false"}).text
    assert page.count("Counted, not quoted") == 1
    page = phone.post("", data={"action": "edit", "number": "2", "text": "Said aloud.", "quote": "true"}).text
    assert page.count("Counted, not quoted") == 0
    page = phone.post("", data={"action": "edit", "number": "1", "text": "Who pays?", "quote": "false"}).text
    assert page.count("Counted, not quoted") == 1


def test_somebody_agrees_with_a_card_and_changes_their_mind(phone: httpx2.Client) -> None:
    """By the buttons of the page, without scripts."""
    with httpx2.Client(follow_redirects=True, headers=phone.headers, base_url=phone.base_url) as friend:
        page = friend.get("").text
        assert '<button class="quiet too" form="agree" name="number" value="1">' in page
        answer = friend.post("", data={"action": "agree", "number": "1"})
        assert str(answer.url).endswith("#room-1")
        assert "1 agrees" in answer.text
        assert (
            '<button class="quiet too" form="unagree" name="number" value="1" aria-pressed="true">'
            in answer.text
        )
        assert "1 agrees" not in friend.post("", data={"action": "unagree", "number": "1"}).text
    assert "This card is your own." in phone.post("", data={"action": "agree", "number": "1"}).text
