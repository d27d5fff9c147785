"""A session on a real server, and the screens that people open on it in a real browser."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import Server

expect.set_options(timeout=60_000)

STATE = (Path(__file__).parent / "state.js").read_text()
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

# What a browser reports when a test takes its server or network away is no fault of the page.
OF_THE_NETWORK = re.compile(r"WebSocket|ERR_|Failed to load resource|status of \d+")


@dataclass
class Hall:
    """One live session with two themes, and whoever has come."""

    server: Server
    new_context: Callable[..., BrowserContext]
    links: dict[str, str]
    faults: list[str] = field(default_factory=list)

    def open(self, screen: str, **context: Any) -> Page:
        """A screen on a device of its own."""
        page = self.device(**context).new_page()
        page.goto(self.links[screen])
        return page

    def device(self, **context: Any) -> BrowserContext:
        """A browser that nobody has used before. What its scripts complain about is kept."""
        opened = self.new_context(**context)
        opened.on("weberror", lambda fault: self.faults.append(str(fault.error)))
        opened.on("console", lambda said: self._note(said.type, said.text))
        return opened

    def phone(self, **context: Any) -> Page:
        """Somebody comes in by the link that the QR code holds."""
        return self.open("join", **PHONE | context)

    def board(self, **context: Any) -> Page:
        """The facilitator comes in by the invitation."""
        return self.open("board", **context)

    def projector(self, **context: Any) -> Page:
        return self.open("projector", **context)

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not OF_THE_NETWORK.search(text):
            self.faults.append(text)


@pytest.fixture
def new_context(new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Makes a browser that nobody has used before, and that waits for as long as `expect` does."""

    def patient(**options: Any) -> BrowserContext:
        opened = new_context(**options)
        opened.set_default_timeout(60_000)
        return opened

    return patient


@pytest.fixture
def hall(shared_server: Server, new_context: Callable[..., BrowserContext]) -> Iterator[Hall]:
    """A session of its own on the server that tests share."""
    opened = Hall(shared_server, new_context, shared_server.new(themes=["Pay", "Power"]))
    yield opened
    assert opened.faults == []


@pytest.fixture
def own_hall(server: Server, new_context: Callable[..., BrowserContext]) -> Iterator[Hall]:
    """A session on a server that a test may stop."""
    opened = Hall(server, new_context, server.new(themes=["Pay", "Power"]))
    yield opened
    assert opened.faults == []


def say(page: Page, text: str, kind: str = "") -> None:
    """Write something on a phone, and post it."""
    page.get_by_label("What do you want to say?").fill(text)
    if kind:
        page.get_by_role("radio", name=kind, exact=True).check()
    page.get_by_role("button", name="Post it").click()


def post(page: Page, text: str, number: int, kind: str = "") -> None:
    """Post something, and wait until it is seen that it is saved under this number."""
    say(page, text, kind)
    expect(page.locator("#said")).to_have_text(f"Saved, number {number}.")
    expect(page.locator("#said")).to_be_in_viewport(ratio=1)


def same_as_fresh(*pages: Page) -> None:
    """Each screen comes to show what a freshly loaded page would show."""
    for page in pages:
        shown, fresh = page.evaluate(STATE)
        assert shown == fresh


def card(page: Page, place: str, number: int) -> Any:
    """A card in a place."""
    return page.locator(f"#{place}-{number}")
