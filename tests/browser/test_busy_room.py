"""A room in which twenty people post every second: whoever writes or sorts is left in peace."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Hall, card
from tests.browser.test_languages import COUNT_ANNOUNCEMENTS, box
from tests.browser.test_offline import act

pytestmark = pytest.mark.browser

A_SECOND = 20
"""Posts."""
EVERY = 15
"""Seconds between two announcements, at least."""
A_MINUTE = 60_000 - 500
"""Milliseconds: four announcements in it, and no fifth. A timer may come a little early or late."""


@contextmanager
def posting(hall: Hall, seconds: int) -> Iterator[None]:
    """Posts in real time, in a thread beside the browser. All of them are saved when it ends."""
    begun, pace = time.monotonic(), threading.Event()

    def post() -> None:
        for number in range(seconds * A_SECOND):
            pace.wait(begun + number / A_SECOND - time.monotonic())
            act(hall, "post", text=f"One of many, and it says {number}.")

    thread = threading.Thread(target=post)
    thread.start()
    yield
    thread.join()


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.long)])
def test_twenty_posts_a_second_leave_writer_and_sorter_in_peace(hall: Hall, seconds: int) -> None:
    ann, board = hall.phone(), hall.board()
    for page in (ann, board):
        page.evaluate(COUNT_ANNOUNCEMENTS)
    board.get_by_label("New theme").fill("Half a na")
    box(ann).focus()
    ann.evaluate("scrollTo(0, 60)")
    scrolled, begun = ann.evaluate("scrollY"), time.monotonic()
    with posting(hall, seconds):
        for _ in range(seconds):
            box(ann).press_sequentially("We walk. ", delay=100)
    expect(box(ann)).to_be_focused()
    expect(box(ann)).to_have_value("We walk. " * seconds)
    expect(board.get_by_label("New theme")).to_be_focused()
    expect(board.get_by_label("New theme")).to_have_value("Half a na")
    took = time.monotonic() - begun  # typing is slower than it should be where others use the machine
    for page in (ann, board):
        assert page.evaluate("window.announced") <= 1 + took // EVERY
        at = page.evaluate("window.announcedAt")
        assert [
            fifth - first for first, fifth in zip(at, at[4:], strict=False) if fifth - first < A_MINUTE
        ] == []
    assert ann.evaluate("scrollY") == scrolled
    expect(card(ann, "room", seconds * A_SECOND)).to_be_attached()
    expect(card(board, "unsorted", seconds * A_SECOND)).to_be_attached()
