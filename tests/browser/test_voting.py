"""Agreeing, voting and keeping a link, on a live phone and on one without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Hall, card, post, same_as_fresh
from tests.browser.test_offline import act

pytestmark = pytest.mark.browser

WAITING = "Waiting for signal. Your dots are kept on this phone."


def test_two_phones_agree_vote_and_keep_their_link(hall: Hall) -> None:
    ann, board, projector = hall.phone(), hall.board(), hall.projector()
    ben = hall.phone(java_script_enabled=False)
    post(ann, "Who pays?", 1)
    ask_for_a_vote(board)
    give_by_taps(ann)
    ben.reload()
    give_by_form(ben)
    expect(board.get_by_role("button", name="Vote: 2 people so far")).to_be_visible()
    expect(projector.locator("#votes-v1")).to_contain_text("What first?")
    expect(projector.locator("#votes-v1")).not_to_contain_text("by hand")
    ann = change_ones_mind(ann)
    agree(ben, ann)
    same_as_fresh(ann, board, projector)
    close_it(board)
    expect(ann.locator("#votes-v1")).to_contain_text("4 dots")
    expect(ann.locator("#ballots > li")).to_have_count(0)
    expect(projector.locator("#votes-v1")).to_contain_text("2 people voted on a phone.")
    same_as_fresh(ann, board, projector)
    keep_the_link(ann)


def ask_for_a_vote(board: Page) -> None:
    board.get_by_role("button", name="Session…").click()
    board.get_by_role("button", name="Votes…").click()
    board.get_by_label("The question").fill("What first?")
    board.get_by_role("button", name="Open the vote").click()
    button = board.get_by_role("button", name="Vote: 0 people so far")
    button.click()
    board.get_by_role("button", name="Show on the big screen").click()


def give_by_taps(phone: Page) -> None:
    ballot = phone.locator("#votes-v1")
    for name in ("One more for A", "One more for A", "One more for B"):
        ballot.get_by_role("button", name=name).click()
    expect(ballot.get_by_role("status")).to_have_text("0 of 3 dots left.")
    expect(ballot.get_by_role("button", name="One more for B")).to_be_disabled()
    ballot.get_by_role("button", name="Give these dots").click()
    expect(phone.locator("#ballots")).to_contain_text("You gave: A 2, B 1.")


def change_ones_mind(phone: Page) -> Page:
    """Without signal, twice, and then the browser is closed: only the newest goes out, and once."""
    ballot = phone.locator("#votes-v1")
    phone.context.set_offline(True)
    expect(phone.locator("#line")).not_to_have_text("")
    ballot.get_by_role("button", name="One less for B").click()
    ballot.get_by_role("button", name="Give these dots").click()
    expect(phone.locator("#said")).to_have_text(WAITING)
    expect(phone.locator("#unsent > li")).to_have_text(f"Your dots in a vote{WAITING}")
    ballot.get_by_role("button", name="One more for A").click()
    ballot.get_by_role("button", name="Give these dots").click()
    expect(phone.locator("#unsent > li")).to_have_count(1)
    pocket, address = phone.context, phone.url
    phone.close()
    pocket.set_offline(False)
    phone = pocket.new_page()
    phone.goto(address)
    expect(phone.locator("#ballots")).to_contain_text("You gave: A 3.")
    expect(phone.locator("#votes-v1").get_by_label("A Pay")).to_have_value("3")
    expect(phone.locator("#unsent")).to_be_hidden()
    return phone


def test_dots_that_come_too_late_are_shown_as_such_and_sent_no_more(hall: Hall) -> None:
    ann = hall.phone()
    act(hall, "open_vote", question="What first?", themes=["A", "B"])
    ann.locator("#votes-v1").get_by_role("button", name="One more for A").click()
    ann.context.set_offline(True)
    ann.locator("#votes-v1").get_by_role("button", name="Give these dots").click()
    expect(ann.locator("#unsent > li")).to_contain_text(WAITING)
    act(hall, "count_votes", vote=1, hands=1, dots={"B": 1})
    act(hall, "close_vote", vote=1)
    pocket, address = ann.context, ann.url
    ann.close()
    pocket.set_offline(False)
    ann = pocket.new_page()
    for _visit in range(2):
        ann.goto(address)
        expect(ann.locator("#unsent > li")).to_contain_text("This vote is closed.")
    ann.get_by_role("button", name="Take it away").click()
    expect(ann.locator("#unsent")).to_be_hidden()


def give_by_form(phone: Page) -> None:
    phone.get_by_label("A Pay").fill("1")
    phone.get_by_label("B Power").fill("4")
    phone.get_by_role("button", name="Give these dots").click()
    expect(phone.get_by_role("alert")).to_have_text("You have 3 dots. Please give no more.")
    phone.get_by_label("A Pay").fill("1")
    phone.get_by_role("button", name="Give these dots").click()
    expect(phone.locator("#ballots")).to_contain_text("You gave: A 1.")
    expect(phone.get_by_label("A Pay")).to_have_value("1")


def agree(plain: Page, author: Page) -> None:
    card(plain, "room", 1).get_by_role("button", name="Me too").click()
    expect(card(author, "mine", 1)).to_contain_text("1 agrees")
    post(plain, "Who decides?", 2)
    button = card(author, "room", 2).get_by_role("button", name="Me too")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(card(author, "room", 2)).to_contain_text("1 agrees")
    button.click()
    expect(card(author, "room", 2)).not_to_contain_text("1 agrees")
    expect(button).not_to_have_attribute("aria-pressed", "true")


def close_it(board: Page) -> None:
    board.get_by_role("button", name="Vote: 2 people so far").click()
    board.get_by_role("button", name="Close it and show the counts").click()
    expect(board.locator("#voting")).to_be_hidden()


def keep_the_link(phone: Page) -> None:
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.get_by_role("link", name="Keep a link to your cards").click()
    expect(phone.locator("li.card")).to_have_count(1)
    expect(phone.locator("li.card")).to_contain_text("Who pays?")
    phone.get_by_role("button", name="Copy the link").click()
    expect(phone.get_by_role("button", name="Copied")).to_be_visible()
    assert re.search(r"/r/\w{8}-1-[\w-]{24}$", phone.evaluate("navigator.clipboard.readText()"))
