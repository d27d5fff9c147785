"""Every screen in every state, for people who can't see, can't point or need it large."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Hall, card, post, same_as_fresh, say
from tests.browser.test_offline import act

pytestmark = pytest.mark.browser

SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
WHOLE: dict[str, Any] = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WHOLE |= {"resultTypes": ["violations"]}  # to tell of what is right takes axe several times as long


def accessible(page: Page) -> None:
    """axe finds nothing to say against the page as it stands."""
    page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")
    results = Axe().run(page, options=WHOLE)
    assert results.violations_count == 0, results.generate_report()


def fill(hall: Hall) -> None:
    """A session with something in every place."""
    phone = hall.phone()
    for number, kind in enumerate(("Question", "Statement", "Idea", "", "", ""), start=1):
        post(phone, f"Voice {number}.", number, kind)
    for number, place in [(1, "A"), (2, "A"), (3, "B"), (4, "lone"), (5, "parked")]:
        act(hall, "place", contributions=[number], theme=place)
    act(hall, "create_theme")


@SCHEMES
def test_the_front_door(hall: Hall, scheme: str) -> None:
    page = hall.device(color_scheme=scheme).new_page()
    page.goto(hall.server.url)
    accessible(page)
    page.get_by_label("Code").fill("NOSUCHCODE")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    accessible(page)
    page.goto(f"{hall.server.url}/j/NOSUCHCODE")
    accessible(page)


@SCHEMES
def test_the_phone(hall: Hall, scheme: str) -> None:
    phone = hall.phone(color_scheme=scheme)
    accessible(phone)
    fill(hall)
    post(phone, "My own.", 7, "Idea")
    expect(phone.locator("#room > li")).to_have_count(7)
    accessible(phone)
    say(phone, "long " * 120)
    expect(phone.locator("#refused")).not_to_be_empty()
    accessible(phone)
    phone.context.set_offline(True)
    say(phone, "Without signal.")
    expect(phone.locator("#unsent > li")).to_have_count(1)
    accessible(phone)
    act(hall, "close_session")
    phone.context.set_offline(False)
    expect(phone.locator("#state")).not_to_be_empty()
    expect(phone.locator("#refused")).to_have_text("The session is closed.")
    accessible(phone)


@SCHEMES
def test_the_board(hall: Hall, scheme: str) -> None:
    board = hall.board(color_scheme=scheme)
    accessible(board)
    fill(hall)
    expect(card(board, "parked", 5)).to_be_visible()
    accessible(board)
    card(board, "unsorted", 6).get_by_role("checkbox").check()
    board.get_by_role("button", name="Move to…").click()
    expect(board.get_by_role("dialog")).to_be_visible()
    accessible(board)
    board.get_by_role("button", name="Cancel").click()
    board.get_by_role("button", name="Change theme B").click()
    expect(board.get_by_role("dialog", name="Change")).to_be_visible()
    accessible(board)


@SCHEMES
def test_the_projector(hall: Hall, scheme: str) -> None:
    projector = hall.projector(color_scheme=scheme, viewport={"width": 1280, "height": 720})
    accessible(projector)
    fill(hall)
    expect(card(projector, "B", 3)).to_be_attached()
    projector.get_by_role("button", name="Next page").click()
    expect(card(projector, "A", 1)).to_be_visible()
    accessible(projector)


@SCHEMES
def test_the_summary(hall: Hall, scheme: str) -> None:
    fill(hall)
    page = hall.board(color_scheme=scheme)
    page.goto(hall.links["summary"])
    expect(page.get_by_role("heading", name="Parked").first).to_be_visible()
    accessible(page)


# Large print, small screens


def join_page(hall: Hall) -> Page:
    page = hall.device(viewport={"width": 320, "height": 640}).new_page()
    page.goto(hall.server.url)
    return page


def phone_page(hall: Hall) -> Page:
    phone = hall.phone(viewport={"width": 320, "height": 640})
    post(phone, "Donaudampfschifffahrtsgesellschaftskapitän" * 5, 7)
    return phone


def summary_page(hall: Hall) -> Page:
    page = hall.board(viewport={"width": 320, "height": 640})
    page.goto(hall.links["summary"])
    return page


@pytest.mark.parametrize("opened", [join_page, phone_page, summary_page])
def test_nothing_needs_scrolling_sideways_at_320_pixels(hall: Hall, opened: Callable[[Hall], Page]) -> None:
    fill(hall)
    page = opened(hall)
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    assert wide <= 320


# Without pointing


def reach(page: Page, name: str) -> None:
    """Press Tab until the focus stands on what is called so."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"Tab never reaches “{name}”.")


FOCUSED = """() => {
  const one = document.activeElement;
  const called = one.ariaLabel || one.labels?.[0]?.textContent || one.textContent;
  return called.replace(/\\s+/g, " ").trim();
}"""


def test_a_phone_works_by_keyboard_alone(hall: Hall) -> None:
    phone = hall.device().new_page()
    phone.goto(hall.server.url)
    expect(phone.get_by_label("Code")).to_be_focused()
    phone.keyboard.type(hall.links["code"])
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/s/*")
    reach(phone, "What do you want to say?")
    phone.keyboard.type("By keyboard.")
    reach(phone, "Question")
    phone.keyboard.press("Space")
    reach(phone, "Post it")
    phone.keyboard.press("Enter")
    expect(phone.locator("#said")).to_have_text("Saved, number 1.")
    expect(phone.get_by_label("What do you want to say?")).to_be_focused()
    expect(card(phone, "mine", 1)).to_contain_text("Question")


def test_a_board_works_by_keyboard_alone(hall: Hall) -> None:
    post(hall.phone(), "Pay people.", 1)
    board = hall.board()
    card(board, "unsorted", 1).get_by_role("checkbox").focus()
    board.keyboard.press("Space")
    reach(board, "Move to…")
    board.keyboard.press("Enter")
    expect(board.get_by_role("dialog")).to_be_visible()
    if board.evaluate(FOCUSED) != "B Power":
        reach(board, "B Power")
    board.keyboard.press("Enter")
    expect(card(board, "B", 1)).to_be_visible()
    expect(card(board, "B", 1).get_by_role("checkbox")).to_be_focused()

    board.get_by_role("button", name="Undo").focus()
    board.keyboard.press("Enter")
    expect(card(board, "unsorted", 1)).to_be_visible()

    board.get_by_role("button", name="Change theme B").focus()
    board.keyboard.press("Enter")
    name = board.get_by_role("dialog").get_by_label("Name")
    expect(name).to_be_focused()
    board.keyboard.press("ControlOrMeta+A")
    board.keyboard.type("Power shared")
    board.keyboard.press("Enter")
    expect(board.get_by_role("heading", name="Power shared")).to_be_visible()
    expect(board.get_by_role("button", name="Change theme B")).to_be_focused()

    board.keyboard.press("Enter")
    expect(board.get_by_role("dialog")).to_be_visible()
    board.keyboard.press("Escape")
    expect(board.get_by_role("dialog")).to_have_count(0)

    board.get_by_label("New theme").focus()
    board.keyboard.type("Culture")
    board.keyboard.press("Enter")
    expect(board.get_by_role("heading", name="Culture")).to_be_visible()
    same_as_fresh(board)


def test_a_projector_turns_its_pages_by_keyboard(hall: Hall) -> None:
    fill(hall)
    projector = hall.projector()
    projector.keyboard.press("ArrowRight")
    expect(projector.locator("#themes-A")).to_have_class("leaf theme tint1 shown")
    projector.keyboard.press("ArrowLeft")
    expect(projector.locator("#joining")).to_have_class("leaf join shown")
