"""One device for several people: the next finds nothing, and nothing that was written is lost."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, Hall, card, post, same_as_fresh, say
from tests.browser.test_offline import WAITING, offline, online

pytestmark = pytest.mark.browser


def pass_on(page: Page) -> None:
    page.get_by_text("Pass to the next person").click()
    page.get_by_role("button", name="Clear it for the next person").click()


def test_the_next_person_finds_nothing_also_by_going_back(hall: Hall) -> None:
    tablet, ben = hall.phone(), hall.phone()
    post(tablet, "Mine.", 1)
    box = tablet.get_by_label("What do you want to say?")
    box.fill("Half a sent")
    pass_on(tablet)
    expect(tablet.locator("#next")).to_have_attribute("open", "")
    expect(tablet.locator("#mine > li")).to_have_count(0)
    expect(box).to_have_value("")
    tablet.go_back()
    tablet.go_forward()
    expect(tablet.locator("#mine > li")).to_have_count(0)
    expect(box).to_have_value("")
    post(tablet, "The next one's.", 2)
    expect(tablet.locator("#mine > li")).to_have_count(1)
    expect(ben.locator("#room > li")).to_have_count(2)


def test_the_next_person_finds_no_language_and_no_draft_in_another_tab(hall: Hall) -> None:
    tablet = hall.phone()
    tablet.get_by_role("button", name="Polski").click()
    expect(tablet.locator("html")).to_have_attribute("lang", "pl")
    second = tablet.context.new_page()
    second.goto(hall.links["phone"])
    second.locator("#post textarea").fill("Half a sent")
    tablet.locator("#next summary").click()
    tablet.locator("#next button").click()
    for page in (tablet, second):
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.get_by_label("What do you want to say?")).to_have_value("")
    assert kept(tablet) == {}


def test_a_tab_asked_for_while_the_device_is_passed_on_is_not_of_the_person_before(hall: Hall) -> None:
    tablet = hall.phone()
    post(tablet, "Mine alone.", 1)
    second = tablet.context.new_page()
    second.goto(hall.links["phone"])
    expect(second.locator("#mine > li")).to_have_count(1)
    to_next: list[Route] = []
    its_script: list[Route] = []
    tablet.route("**/next", lambda route: to_next.append(route))
    second.route("**/passing.js*", lambda route: its_script.append(route), times=1)
    with second.expect_request("**/passing.js*"):
        tablet.locator("#next summary").click()
        tablet.locator("#next button").click()
    to_next[0].continue_()
    expect(tablet.locator("#mine > li")).to_have_count(0)
    its_script[0].continue_()
    expect(second.locator("#mine > li")).to_have_count(0)
    expect(second.locator("body")).to_be_visible()


def test_a_device_that_nobody_answers_asks_for_the_next_pass_again(hall: Hall) -> None:
    tablet = hall.phone()
    asked: list[Route] = []
    tablet.clock.install()
    tablet.route("**/next", lambda route: route.continue_() if asked else asked.append(route))
    with tablet.expect_request("**/next"):
        pass_on(tablet)
    say(tablet, "The next one's.")
    tablet.clock.run_for(24_000)
    expect(tablet.locator("#mine > li")).to_have_count(1)


def kept(page: Page) -> dict[str, str]:
    """What the device keeps, but for the numbers of whoever had it."""
    found: dict[str, str] = page.evaluate("({ ...localStorage })")
    return {name: value for name, value in found.items() if value and not value.isdigit()}


def test_what_is_refused_later_is_put_into_nobody_elses_box(hall: Hall) -> None:
    tablet = hall.phone()
    offline(tablet)
    say(tablet, "long " * 120)
    expect(tablet.locator("#unsent > li")).to_contain_text(WAITING)
    pass_on(tablet)
    online(tablet)
    expect(tablet.locator("#unsent > li")).to_contain_text("500 is the most.")
    expect(tablet.locator("#next")).to_have_attribute("open", "")
    expect(tablet.get_by_role("button", name="Put it back in the box")).to_have_count(0)
    assert "long long" not in tablet.content()
    tablet.get_by_role("button", name="Take it away").click()
    expect(tablet.locator("#unsent")).to_be_hidden()
    assert kept(tablet) == {}


def test_what_was_not_sent_goes_out_under_its_own_author(hall: Hall) -> None:
    tablet, ben = hall.phone(), hall.phone()
    post(tablet, "First of Ann.", 1)
    post(ben, "From the room.", 2)
    expect(card(tablet, "room", 2)).to_be_visible()
    offline(tablet)
    say(tablet, "Second of Ann.")
    expect(tablet.locator("#unsent")).to_contain_text(WAITING)
    pass_on(tablet)
    card(tablet, "room", 2).get_by_role("button", name="Me too").click()
    expect(tablet.locator("#refused")).to_have_text("What was said here before must go out first.")
    assert "Second of Ann." not in tablet.content()
    expect(card(tablet, "mine", 1)).to_be_hidden()
    expect(tablet.locator("#unsent")).not_to_contain_text("Second of Ann.")
    expect(tablet.locator("#unsent")).to_contain_text("From somebody before you. It is not shown here.")
    say(tablet, "First of Bea.")
    expect(tablet.locator("#unsent > li")).to_have_count(2)
    online(tablet)
    expect(tablet.locator("#unsent")).to_be_hidden()
    expect(tablet.locator("#mine > li")).to_have_count(1)
    expect(card(tablet, "mine", 4)).to_contain_text("First of Bea.")
    expect(card(ben, "room", 3)).to_contain_text("Second of Ann.")
    expect(ben.locator("#room > li:visible")).to_have_count(3)
    assert kept(tablet) == {}


def test_without_scripts_the_next_person_finds_nothing_either(hall: Hall) -> None:
    tablet = hall.phone(java_script_enabled=False)
    box = tablet.get_by_label("What do you want to say?")
    say(tablet, "Mine.")
    expect(tablet.locator("#mine > li")).to_have_count(1)
    box.fill("Half a sent")
    pass_on(tablet)
    expect(tablet.locator("#mine > li")).to_have_count(0)
    for _step in range(2):
        tablet.go_back()
        if "/s/" in tablet.url:
            expect(tablet.locator("#mine > li")).to_have_count(0)


def test_a_concern_waits_for_signal_and_is_not_read_over_a_shoulder(hall: Hall) -> None:
    hall.links |= hall.server.new(concerns_to="Mairi, by the door")
    ann = hall.phone()
    mairi = hall.device(**PHONE).new_page()
    mairi.goto(hall.links["board"] + "?to=concerns")
    offline(ann)
    ann.get_by_text("I need help, or have a concern").click()
    ann.get_by_label("What should they know?").fill("Please come to the window.")
    ann.get_by_role("button", name="Tell them").click()
    expect(ann.locator("#unsent")).to_contain_text("A private message, not shown here.")
    online(ann)
    expect(ann.locator("#told")).to_have_text("They have it now.")
    expect(ann.locator("#unsent")).to_be_hidden()
    expect(mairi.locator("#concerns")).to_contain_text("Please come to the window.")
    mairi.get_by_role("button", name="I see to it").click()
    expect(mairi.locator("#concerns")).to_contain_text("Seen to")


def test_a_scribe_writes_twenty_cards_by_keyboard_alone(hall: Hall) -> None:
    """Words aside, a card takes one key, and three with its kind. What has no signal waits."""
    scribe, board = hall.board(), hall.board()
    scribe.goto(hall.links["phone"] + "/scribe")
    keys = 0

    def press(*names: str) -> None:
        nonlocal keys
        for name in names:
            scribe.keyboard.press(name)
            keys += 1

    expect(scribe.get_by_label("Table")).to_be_focused()
    scribe.keyboard.type("4")
    press("Tab", "Tab")
    for number in range(1, 21):
        if number == 10:
            offline(scribe)
        scribe.keyboard.type(f"Voice {number} of table four.")
        press(*(["Tab", "Space", "Enter"] if number % 5 == 0 else ["Enter"]))
        if number == 12:
            expect(scribe.locator("#unsent > li")).to_have_count(3)
            online(scribe)
            expect(scribe.locator("#unsent")).to_be_hidden()
        if not 10 <= number < 12:
            expect(scribe.locator("#said")).to_have_text(
                f"Saved, number {number}. Voice {number} of table four."
            )
    assert keys == 2 + 20 + 4 * 2
    expect(card(scribe, "mine", 20)).to_be_visible()
    press("ArrowUp")
    scribe.keyboard.type(" Indeed.")
    press("Enter")
    expect(scribe.locator("#said")).to_have_text("Saved, number 20. Voice 20 of table four. Indeed.")
    expect(scribe.get_by_label("What do they say?")).to_be_focused()
    expect(board.locator("#unsorted > li")).to_have_count(20)
    expect(card(board, "unsorted", 15)).to_contain_text("Question Entered for table 4")
    same_as_fresh(scribe, board)


def test_cards_are_printed_four_to_a_sheet(hall: Hall) -> None:
    hall.links |= hall.server.new(
        prompts=["First?", "Second?"], asks_names=True, concerns_to="Mairi, by the door"
    )
    desk = hall.board()
    desk.goto(hall.links["phone"] + "/cards")
    desk.emulate_media(media="print")
    printed = desk.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 2
    sheets = [sheet.bounding_box() for sheet in desk.locator(".cut").all()]
    assert all(sheet and abs(sheet["width"] - 105 * 96 / 25.4) < 1 for sheet in sheets)
    end = "(one) => one.getBoundingClientRect().bottom"
    for sheet in desk.locator(".cut").all():
        assert sheet.locator(".small").evaluate(end) < sheet.evaluate(end)
