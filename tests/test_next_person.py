"""A device goes from hand to hand, and whoever is next finds nothing of those before."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.conftest import Server


@pytest.fixture
def links(shared_server: Server) -> dict[str, str]:
    return shared_server.new()


@pytest.fixture
def tablet(shared_server: Server, links: dict[str, str]) -> Iterator[httpx2.Client]:
    """A tablet on which somebody has posted, without scripts."""
    with httpx2.Client(follow_redirects=True, headers={"Origin": shared_server.url}) as client:
        client.base_url = httpx2.URL(links["phone"])
        client.get("")
        client.post("", data={"text": "Mine", "quote": "false"})
        yield client


def own(page: str) -> str:
    return page.partition('id="mine"')[2].partition("</ol>")[0]


def test_the_next_person_is_somebody_else(tablet: httpx2.Client) -> None:
    assert "Mine" in own(tablet.get("").text)
    assert "Counted, not quoted" in own(tablet.get("").text)
    page = tablet.post("/next").text
    assert own(page).count("<li") == 0
    refused = tablet.post("/actions", json={"action": "withdraw", "number": 1, "key": "k" * 16}).json()
    assert refused["reason"] == "Only its author may do this."


def test_no_browser_keeps_pages_of_a_shared_device(
    tablet: httpx2.Client, links: dict[str, str], shared_server: Server
) -> None:
    assert tablet.get("").headers["Cache-Control"] == "private, no-cache"
    saved = tablet.post("", data={"text": "Saved by form"})
    assert saved.headers["Cache-Control"] == "no-store"
    assert tablet.post("/next").headers["Cache-Control"] == "no-store"
    assert tablet.get("").headers["Cache-Control"] == "no-store"
    with httpx2.Client(follow_redirects=True) as other:
        page = other.get(links["join"] + "?shared=1")
        assert page.headers["Cache-Control"] == "no-store"
        assert '<details class="changing" id="next" open>' in page.text


def test_whoever_came_by_an_invitation_keeps_it(shared_server: Server, links: dict[str, str]) -> None:
    with httpx2.Client(follow_redirects=True, headers={"Origin": shared_server.url}) as laptop:
        board = laptop.get(links["board"]).url
        assert 'id="next"' not in laptop.get(links["phone"]).text
        assert laptop.post(links["phone"] + "/next").status_code == 403
        assert laptop.get(board).status_code == 200


def test_a_browser_finds_what_it_needs_for_an_app(tablet: httpx2.Client) -> None:
    told = tablet.get("/app.webmanifest").json()
    assert told["name"] == "What next?"
    assert tablet.base_url.path.rstrip("/") == told["start_url"]
    for icon in told["icons"]:
        answer = tablet.get(str(tablet.base_url.join(icon["src"])))
        assert answer.headers["Content-Type"] == "image/png"
