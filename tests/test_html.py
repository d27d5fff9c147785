"""Every page is correct HTML, and no id stands on it twice."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import html5lib
import httpx2
import pytest

from app.passes import new_key
from tests.conftest import Server

PAGES = {
    "join": "/",
    "unknown code": "/?code=CCCCCCCC",
    "nothing here": "/nothing",
    "phone": "/s/{code}",
    "phone, saved": "/s/{code}?saved=1",
    "board": "/s/{code}/board",
    "queue": "/s/{code}/queue",
    "people": "/s/{code}/people",
    "projector": "/s/{code}/projector",
    "earlier on the phone": "/s/{code}/earlier?screen=phone&before=9",
    "earlier on the board": "/s/{code}/earlier?screen=board&before=9",
    "earlier on the projector": "/s/{code}/earlier?screen=projector&before=9",
    "summary": "/s/{code}/summary",
    "summary as a file": "/s/{code}/summary.html",
}
FRAGMENTS = {
    "theme sheet": "/s/{code}/board/themes/A",
    "session sheet": "/s/{code}/board/session",
    "unnamed theme sheet": "/s/{code}/board/themes/C",
}


# What people say stands in «…», which tells it from sentences of ours.
ROOM: dict[str, Any] = {
    "title": "«What next? <b>&»",
    "prompts": ["«One?»", "«Two?»"],
    "themes": ["«Pay & more»", "«Power»"],
}
SAID = "«Who pays? <b>&amp;\n\nmore»"


def furnish(client: Any, made: dict[str, str]) -> None:
    """Make the client a facilitator's browser, and give the room something of everything."""
    client.get(made["board"])
    actions = f"/s/{made['code']}/actions"

    def do(action: str, **fields: object) -> None:
        said = client.post(actions, json={"action": action, "key": new_key(), **fields}).json()
        assert said["status"] == "saved", said

    for kind in ("question", "statement", "idea", None, None, None, None):
        do("post", text=SAID, kind=kind, quote=kind != "idea")
    do("create_theme")
    do("place", contributions=[1, 2], theme="A")
    do("place", contributions=[1], theme="C")
    do("place", contributions=[3], theme="lone")
    do("place", contributions=[4], theme="parked")
    do("hide", contributions=[5])
    do("withdraw", number=6)
    do("close_prompt", prompt=1)
    client.headers["Sheaf-Test-Code"] = made["code"]


@pytest.fixture(scope="module")
def client(shared_server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=shared_server.url, headers={"Origin": shared_server.url}) as client:
        furnish(client, shared_server.new(**ROOM))
        yield client


def get(client: Any, path: str) -> str:
    return client.get(path.format(code=client.headers["Sheaf-Test-Code"])).text


def assert_correct(page: str) -> None:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    ids = Counter(one.get("id") for one in parser.parse(page).iter() if one.get("id"))
    assert [id_ for id_, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_correct(client: httpx2.Client, name: str) -> None:
    page = get(client, PAGES[name])
    assert page.startswith("<!doctype html>\n<html lang=")
    assert_correct(page)


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_is_correct_in_a_page(client: httpx2.Client, name: str) -> None:
    part = get(client, FRAGMENTS[name])
    assert "Who pays?" in part or "</form>" in part
    wrapped = f"<ol>{part}</ol>" if "<li" in part else part
    assert_correct(f'<!doctype html><html lang="en"><title>x</title><body>{wrapped}</body></html>')


@pytest.mark.parametrize("screen", ["phone", "board", "projector"])
def test_a_frame_is_correct_in_a_page(client: httpx2.Client, screen: str) -> None:
    page = get(client, PAGES[screen])
    since = page.partition('data-head="')[2].partition('"')[0]
    code = client.headers["Sheaf-Test-Code"]
    for said in (
        {"action": "rename_theme", "theme": "B", "name": f"For {screen}"},
        {"action": "post", "text": "<i>"},
    ):
        client.post(f"/s/{code}/actions", json={"key": new_key(), **said})
    frame = client.get(f"/s/{code}/updates?screen={screen}&since={since}").json()
    assert "&lt;i&gt;" in frame["content"]
    assert_correct(
        f'<!doctype html><html lang="en"><title>x</title><body><ol>{frame["content"]}</ol></body></html>'
    )


def test_a_post_that_is_refused_is_a_correct_page(client: httpx2.Client) -> None:
    code = client.headers["Sheaf-Test-Code"]
    assert_correct(client.post(f"/s/{code}", data={"key": new_key(), "text": "x" * 600}).text)
