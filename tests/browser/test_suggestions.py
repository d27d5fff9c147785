"""Suggestions on the board: asked for, looked at, and acted on by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.passes import new_key
from tests.browser.conftest import Hall, card
from tests.browser.test_access import accessible
from tests.conftest import Lend, Server

pytestmark = pytest.mark.browser

PARTS = "/board/likely/5", "/board/alike"
SAID = [
    "The last bus leaves at six.",
    "Where can I park my car?",
    "The soup was cold.",
    "More bread at lunch, please.",
    "Could there be a vegetarian meal?",
    "Please could we have a vegetarian meal?",
]


@pytest.fixture
def hall(tmp_path: Path, lend: Lend, new_context: Callable[..., BrowserContext]) -> Iterator[Hall]:
    """A session on a server that makes suggestions."""
    with lend(tmp_path) as database:
        server = Server(tmp_path, database, SHEAF_SUGGEST="true").start()
        opened = Hall(server, new_context, server.new(themes=["Getting there", "Food"]))
        for text in SAID:
            do(opened, "post", text=text)
        do(opened, "place", contributions=[1, 2], theme="A")
        do(opened, "place", contributions=[3, 4], theme="B")
        yield opened
        server.stop()
    assert opened.faults == []


def do(hall: Hall, action: str, **fields: object) -> None:
    address = f"{hall.server.url}/api/v1/sessions/{hall.links['code']}/actions"
    bearer = {"Authorization": f"Bearer {hall.links['facilitator_token']}"}
    said = httpx2.post(address, headers=bearer, json={"action": action, "key": new_key(), **fields}).json()
    assert said["status"] == "saved", said


def look_alike(hall: Hall, board: Page) -> None:
    """Ask for cards that look alike, once they are read: each answer waits for that a while."""
    while "Look again" in asked(hall, PARTS[1], "facilitator_token").text:
        pass
    board.get_by_role("button", name="Which look alike?").click()
    expect(board.locator("#sheet [data-quotes]")).to_have_count(2)


def test_suggestions_are_offered_and_acted_on_by_hand(hall: Hall) -> None:
    board = hall.board()
    look_alike(hall, board)
    accessible(board)
    board.get_by_role("button", name="Pick them").click()
    expect(board.locator("#picked")).to_have_text("2 picked")

    # Their place is suggested, with what makes it so; the focus is where it would be without.
    board.get_by_role("button", name="Move to…").click()
    likely = board.locator("#likely")
    expect(likely.locator("button").first).to_have_attribute("value", "B")
    expect(likely.locator("[data-quotes='3']")).to_have_count(1)
    expect(board.locator("#choices button").first).to_be_focused()
    accessible(board)

    # What is hidden meanwhile is quoted no longer.
    do(hall, "hide", contributions=[3])
    expect(likely.locator("[data-quotes='3']")).to_have_count(0)
    assert SAID[2] not in asked(hall, PARTS[0], "facilitator_token").text
    likely.locator("button").first.click()
    expect(card(board, "B", 5)).to_be_visible()
    expect(card(board, "B", 6)).to_be_visible()

    # Nothing is suggested for what has its place.
    card(board, "A", 1).locator("input.pick").check()
    board.get_by_role("button", name="Move to…").click()
    expect(likely).to_be_hidden()
    board.keyboard.press("Escape")

    # Cards that look alike lead to merging.
    do(hall, "place", contributions=[5, 6], theme="unsorted")
    board.reload()
    look_alike(hall, board)
    board.get_by_role("button", name="Merge them…").click()
    expect(board.get_by_role("heading", name="Merge these cards")).to_be_visible()
    expect(board.locator("#sheet input[name=into]").first).to_be_focused()
    board.get_by_role("button", name="Merge them", exact=True).click()
    expect(card(board, "unsorted", 5)).to_contain_text("Said 2 times")

    only_facilitators_are_answered(hall)
    do(hall, "change_session", suggests=False)
    expect(board.get_by_role("button", name="Which look alike?")).to_have_count(0)
    nobody_is_answered(hall)


def only_facilitators_are_answered(hall: Hall) -> None:
    for part in PARTS:
        assert status(hall, part) == 401
        assert status(hall, part, "participant_token") == 403
        assert status(hall, part, "facilitator_token") == 200


def nobody_is_answered(hall: Hall) -> None:
    assert {status(hall, part, "facilitator_token") for part in PARTS} == {404}


def status(hall: Hall, part: str, token: str = "") -> int:
    return asked(hall, part, token).status_code


def asked(hall: Hall, part: str, token: str) -> httpx2.Response:
    bearer = {"Authorization": f"Bearer {hall.links[token]}"} if token else {}
    return httpx2.get(hall.links["phone"] + part, headers=bearer)
