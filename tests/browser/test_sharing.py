"""One device for several people: the next finds nothing, and nothing that was written is lost."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Hall, card, post, say
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


def test_what_was_not_sent_goes_out_under_its_own_author(hall: Hall) -> None:
    tablet, ben = hall.phone(), hall.phone()
    post(tablet, "First of Ann.", 1)
    offline(tablet)
    say(tablet, "Second of Ann.")
    expect(tablet.locator("#unsent")).to_contain_text(WAITING)
    pass_on(tablet)
    expect(card(tablet, "mine", 1)).to_be_hidden()
    expect(tablet.locator("#unsent")).not_to_contain_text("Second of Ann.")
    expect(tablet.locator("#unsent")).to_contain_text("From somebody before you. It is not shown here.")
    say(tablet, "First of Bea.")
    expect(tablet.locator("#unsent > li")).to_have_count(2)
    online(tablet)
    expect(tablet.locator("#unsent")).to_be_hidden()
    expect(tablet.locator("#mine > li")).to_have_count(1)
    expect(card(tablet, "mine", 3)).to_contain_text("First of Bea.")
    expect(card(ben, "room", 2)).to_contain_text("Second of Ann.")
    expect(ben.locator("#room > li")).to_have_count(3)


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
