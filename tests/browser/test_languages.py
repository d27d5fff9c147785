"""Reading in a language of one's own, also from right to left, and at one's own pace."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PHONE, Hall, card, post, same_as_fresh
from tests.browser.test_access import accessible, reach
from tests.browser.test_looks import SPACED
from tests.browser.test_offline import act
from tests.conftest import Server

pytestmark = pytest.mark.browser

LOOK = (Path(__file__).parent / "look.js").read_text()
ARABIC = "العربية"
HALF = "Half a\nthou"


def box(page: Page) -> Any:
    return page.locator("#post textarea")


# Switching


def test_another_language_on_the_phone_keeps_the_draft_and_goes_on_live(hall: Hall) -> None:
    ann, ben = hall.phone(), hall.phone()
    box(ann).fill(HALF)
    ann.get_by_role("radio", name="Idea").check()
    ann.get_by_role("button", name=ARABIC).click()
    expect(ann.locator("html")).to_have_attribute("lang", "ar")
    expect(ann.locator("html")).to_have_attribute("dir", "rtl")
    expect(box(ann)).to_have_value(HALF)
    expect(ann.get_by_role("radio", name="فكرة")).to_be_checked()
    post(ben, "Who pays?", 1, kind="Question")
    expect(card(ann, "room", 1)).to_contain_text("سؤال")
    expect(card(ann, "room", 1).locator(".voice")).to_have_attribute("lang", "en")
    ann.reload()
    expect(box(ann)).to_have_value(HALF)
    ann.locator("#post .act").click()
    expect(ann.locator("#said")).to_have_text("حُفظت برقم 2.")
    expect(card(ben, "room", 2)).to_contain_text("Half a")
    same_as_fresh(ann, ben)


def test_without_scripts_another_language_keeps_the_draft(hall: Hall) -> None:
    ann = hall.phone(java_script_enabled=False)
    box(ann).fill(HALF)
    ann.get_by_role("button", name="polski").click()
    expect(box(ann)).to_have_value(HALF)
    ann.get_by_role("button", name="Wyślij").click()
    expect(ann.locator("#said")).to_have_text("Zapisano, numer 1.")


def test_enter_in_a_line_posts_and_switches_no_language(
    shared_server: Server, new_context: Callable[..., BrowserContext]
) -> None:
    links = shared_server.new(asks_names=True)
    for scripts in (True, False):
        ann = new_context(**PHONE, java_script_enabled=scripts).new_page()
        ann.goto(links["join"])
        box(ann).fill("By Enter.")
        ann.get_by_label("Your name, if you like").fill("Ann")
        ann.keyboard.press("Enter")
        expect(ann.locator("#said")).to_contain_text("Saved, number")
        expect(ann.locator("html")).to_have_attribute("lang", "en")


# From right to left, for people who need it large, spaced, in their own colours or by keyboard


def test_a_phone_in_arabic_is_for_everybody(
    shared_server: Server, new_context: Callable[..., BrowserContext]
) -> None:
    links = shared_server.new(title="ما الذي يجعلك تعود؟", language="ar", themes=["الدفء"])
    context = new_context(viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    context.add_init_script(LOOK)
    ann = context.new_page()
    ann.goto(links["join"])
    reach(ann, "ماذا تريد أن تقول؟")
    ann.keyboard.type("من يملك المفتاح؟")
    reach(ann, "سؤال")
    ann.keyboard.press("Space")
    reach(ann, "أرسلها")
    ann.keyboard.press("Enter")
    expect(ann.locator("#said")).to_have_text("حُفظت برقم 1.")
    expect(ann.locator("#mine > li")).to_have_count(1)
    ann.locator(".pace summary").click()
    accessible(ann)
    looks_right(ann)


def looks_right(page: Page) -> None:
    """Reflow, fingertips, focus, the spacing of WCAG 1.4.12, letters twice as large, forced colours."""

    def look(question: str, *given: Any) -> Any:
        return page.evaluate("([name, given]) => look[name](...given)", [question, given])

    assert look("wider") == []
    assert look("small", 44) == []
    assert look("unfocused") == []
    look("dress", SPACED)
    assert look("cut") == []
    look("dress", "")
    page.set_viewport_size({"width": 640, "height": 800})
    look("enlarge", 2)
    assert look("cut") == []
    look("enlarge", 1)
    page.emulate_media(forced_colors="active")
    assert look("edgeless") == []


def test_code_and_address_keep_their_order_from_right_to_left(
    shared_server: Server, new_context: Callable[..., BrowserContext]
) -> None:
    links = shared_server.new(language="ur")
    wall = new_context().new_page()
    wall.goto(links["projector"])
    for part in ("#joining .code", "#joining .there"):
        assert wall.locator(part).evaluate("(one) => getComputedStyle(one).direction") == "ltr"
    assert wall.locator("#joining .way").evaluate("(one) => getComputedStyle(one).direction") == "rtl"
    line, letter = wall.locator("#joining .way").evaluate(
        "(one) => ['lineHeight', 'fontSize'].map((name) => parseFloat(getComputedStyle(one)[name]))"
    )
    assert line > 2 * letter, "Nastaliq needs so much"


# At one's own pace


def test_what_comes_is_announced_at_most_four_times_a_minute_or_never(hall: Hall) -> None:
    ann = hall.device(**PHONE).new_page()
    ann.clock.install()
    ann.goto(hall.links["join"])
    ann.clock.pause_at(datetime.now() + timedelta(seconds=5))
    ann.evaluate(COUNT_ANNOUNCEMENTS)
    box(ann).fill("Still typing")
    number = 0

    def a_minute_of_posts() -> int:
        nonlocal number
        before = int(ann.evaluate("window.announced"))
        for _ in range(12):
            for _ in range(4):
                number += 1
                act(hall, "post", text=f"Number {number}.")
            expect(card(ann, "room", number)).to_be_attached()
            ann.clock.run_for(5_000)
        return int(ann.evaluate("window.announced")) - before

    assert 3 <= a_minute_of_posts() <= 4
    expect(ann.locator("#news")).to_contain_text("New cards: 1")
    expect(box(ann)).to_be_focused()
    expect(box(ann)).to_have_value("Still typing")
    ann.get_by_text("When new cards come").click()
    ann.get_by_label("Say how many cards are new").select_option("never")
    assert a_minute_of_posts() == 0


# Whatever a screen reader would say of the page by itself, but for how the line is.
COUNT_ANNOUNCEMENTS = """() => {
  window.announced = 0;
  window.announcedAt = [];
  const note = () => { window.announced += 1; window.announcedAt.push(performance.now()); };
  const live = document.querySelectorAll("[role=status]:not(#line), [role=alert], [aria-live]");
  const changes = { childList: true, subtree: true, characterData: true };
  for (const one of live) new MutationObserver(note).observe(one, changes);
}"""


def test_new_cards_wait_while_a_reader_wants_them_to(hall: Hall) -> None:
    ann, ben = hall.phone(), hall.phone()
    post(ben, "Before.", 1)
    expect(card(ann, "room", 1)).to_be_visible()
    ann.get_by_text("When new cards come").click()
    wait = ann.get_by_role("button", name="Let new cards wait")
    wait.click()
    post(ben, "Meanwhile.", 2)
    post(ann, "My own.", 3)
    expect(ann.locator("#waiting")).to_have_text("New cards: 1.")
    expect(card(ann, "room", 2)).to_be_hidden()
    expect(card(ann, "mine", 3)).to_be_visible()
    act(hall, "hide", contributions=[1])
    expect(card(ann, "room", 1)).to_have_count(0)
    wait.click()
    expect(card(ann, "room", 2)).to_be_visible()
    expect(ann.locator("#waiting")).to_have_text("")
    same_as_fresh(ann, ben)
