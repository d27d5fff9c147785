"""What facilitators and authors do besides sorting: the queue, the big screen, own words."""

import pytest
from playwright.sync_api import Page, expect

from app.models import Hold
from tests.browser.conftest import Hall, card, post, same_as_fresh

pytestmark = pytest.mark.browser


def queue(hall: Hall) -> Page:
    page = hall.board()
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_role("heading", name="Waiting for review")).to_be_visible()
    return page


def test_held_cards_are_let_in_and_kept_out_by_key(hall: Hall) -> None:
    hall.links = hall.server.new(hold=Hold.ALL)
    ann, ben, review = hall.phone(), hall.phone(), queue(hall)
    post(ann, "Let me in.", 1)
    post(ann, "Keep me out.", 2)
    expect(card(ann, "mine", 1)).to_contain_text("Waiting for review")
    expect(card(review, "held", 2)).to_be_visible()
    review.keyboard.press("s")
    expect(card(ben, "room", 1)).to_be_visible()
    review.keyboard.press("h")
    expect(card(review, "hidden", 2)).to_be_visible()
    expect(card(ann, "mine", 2)).to_contain_text("Not on the screen")
    expect(card(ben, "room", 2)).to_have_count(0)
    same_as_fresh(ann, ben, review)


def test_single_keys_can_be_turned_off(hall: Hall) -> None:
    hall.links = hall.server.new(hold=Hold.ALL)
    ann, review = hall.phone(), queue(hall)
    post(ann, "Still waiting.", 1)
    review.get_by_label("Keys for the first card").uncheck()
    review.keyboard.press("s")
    post(ann, "Later.", 2)
    expect(card(review, "held", 2)).to_be_visible()
    expect(card(review, "held", 1)).to_be_visible()


def test_the_big_screen_is_blanked_and_shows_what_is_asked(hall: Hall) -> None:
    board, projector = hall.board(), hall.projector()
    post(hall.phone(), "Pay people.", 1)
    board.locator("main input.pick").first.check()
    board.get_by_role("button", name="Move to…").click()
    board.get_by_role("dialog").locator("button[value='A']").click()
    expect(card(projector, "A", 1)).to_be_attached()
    board.get_by_role("button", name="Change theme A").click()
    board.get_by_role("button", name="Show on the big screen").click()
    expect(card(projector, "A", 1)).to_be_visible()
    board.get_by_role("button", name="Blank screen").click()
    expect(projector.locator("main")).to_be_hidden()
    expect(card(projector, "A", 1)).to_be_hidden()
    board.get_by_role("button", name="Show the screen").click()
    expect(card(projector, "A", 1)).to_be_visible()
    same_as_fresh(board, projector)


def test_a_hidden_card_leaves_every_screen_and_undo_brings_it_back(hall: Hall) -> None:
    ann, ben, board = hall.phone(), hall.phone(), hall.board()
    post(ann, "Not this.", 1)
    expect(card(ben, "room", 1)).to_be_visible()
    board.locator("main input.pick").first.check()
    board.get_by_role("button", name="Hide").click()
    expect(card(ben, "room", 1)).to_have_count(0)
    expect(card(board, "unsorted", 1)).to_have_count(0)
    board.get_by_role("button", name="Undo").click()
    expect(card(ben, "room", 1)).to_be_visible()
    same_as_fresh(ann, ben, board)


def test_authors_say_it_in_other_words_and_take_it_back(hall: Hall) -> None:
    ann, ben = hall.phone(), hall.phone()
    post(ann, "Pay us.", 1)
    mine = card(ann, "mine", 1)
    mine.get_by_text("Change", exact=True).click()
    mine.get_by_label("Your words").fill("Pay us on time.")
    mine.get_by_role("button", name="Keep these words").click()
    expect(card(ben, "room", 1)).to_contain_text("Pay us on time.")
    mine.get_by_text("Change", exact=True).click()
    mine.get_by_role("button", name="Take this card back").click()
    expect(card(ben, "room", 1)).to_have_count(0)
    expect(mine).to_contain_text("You took this card back.")
    same_as_fresh(ann, ben)


def test_a_change_being_written_survives_what_others_do(hall: Hall) -> None:
    ann, board = hall.phone(), hall.board()
    post(ann, "Pay us.", 1)
    mine = card(ann, "mine", 1)
    mine.get_by_text("Change", exact=True).click()
    mine.get_by_label("Your words").fill("Pay us, and")
    board.locator("main input.pick").first.check()
    board.get_by_role("button", name="Answered").click()
    expect(mine).to_contain_text("Answered")
    expect(mine.get_by_label("Your words")).to_have_value("Pay us, and")


def test_a_closed_session_is_read_and_not_written_to(hall: Hall) -> None:
    ann, board = hall.phone(), hall.board()
    post(ann, "Before.", 1)
    ann.get_by_label("What do you want to say?").fill("Half a thou")
    board.get_by_role("button", name="Session…").click()
    board.get_by_role("button", name="Close the session").click()
    expect(ann.locator("#state")).to_contain_text("The session is closed.")
    expect(ann.get_by_role("button", name="Post it")).to_be_hidden()
    expect(ann.get_by_label("What do you want to say?")).to_have_value("Half a thou")
    board.get_by_role("button", name="Session…").click()
    board.get_by_role("button", name="Open the session again").click()
    expect(ann.locator("#state")).to_have_text("")
    same_as_fresh(ann, board)
