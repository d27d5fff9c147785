"""Two phones, a board and a projector in one room: the main job, and every screen agrees."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Hall, card, post, same_as_fresh

pytestmark = pytest.mark.browser


@pytest.fixture
def screens(hall: Hall) -> list[Page]:
    """Two phones, a board and a projector."""
    return [hall.phone(), hall.phone(), hall.board(), hall.projector()]


def move(board: Page, number: int, to: str, *, button: str = "Move to…") -> None:
    """Pick a card, and say where it goes, with a mouse."""
    board.locator(f"main input.pick[value='{number}']").first.check()
    board.get_by_role("button", name=button).click()
    board.get_by_role("dialog").locator(f"button[value='{to}']").click()


def sheet(board: Page, letter: str) -> None:
    """Open what can be done with a theme."""
    board.get_by_role("button", name=f"Change theme {letter}").click()


def test_a_post_reaches_every_screen(screens: list[Page]) -> None:
    ann, ben, board, projector = screens
    post(ann, "Who pays the people we ask?", 1, kind="Question")
    expect(card(ann, "mine", 1)).to_contain_text("Who pays the people we ask?")
    expect(card(ann, "room", 1)).to_be_hidden()
    for page, place in [(ben, "room"), (board, "unsorted"), (projector, "unsorted")]:
        expect(card(page, place, 1)).to_contain_text("Who pays the people we ask?")
        expect(card(page, place, 1)).to_contain_text("Question")
    same_as_fresh(*screens)
    post(ben, "Give us time.", 2)
    expect(card(ann, "room", 2)).to_be_visible()
    same_as_fresh(*screens)


def test_a_card_is_moved_added_and_put_aside(screens: list[Page]) -> None:
    ann, _ben, board, projector = screens
    post(ann, "Pay people.", 1)
    move(board, 1, "A")
    expect(card(board, "A", 1)).to_be_visible()
    expect(board.locator("#said")).to_have_text("Card 1 moved to A, 1 of 1.")
    expect(card(projector, "A", 1)).to_be_attached()
    expect(card(ann, "mine", 1)).to_contain_text("On the screen, in A")
    same_as_fresh(*screens)
    move(board, 1, "B", button="Put in a second theme…")
    expect(card(board, "B", 1)).to_be_visible()
    expect(card(board, "A", 1)).to_be_visible()
    same_as_fresh(*screens)
    move(board, 1, "parked")
    expect(card(board, "parked", 1)).to_be_visible()
    expect(card(board, "A", 1)).to_have_count(0)
    expect(card(projector, "B", 1)).to_have_count(0)
    same_as_fresh(*screens)
    move(board, 1, "lone")
    expect(card(projector, "lone", 1)).to_be_attached()
    same_as_fresh(*screens)
    move(board, 1, "unsorted")
    expect(card(board, "unsorted", 1)).to_be_visible()
    same_as_fresh(*screens)


def test_undo_takes_back_the_last_move(screens: list[Page]) -> None:
    ann, _ben, board, _projector = screens
    post(ann, "Pay people.", 1)
    move(board, 1, "A")
    move(board, 1, "parked")
    board.get_by_role("button", name="Undo").click()
    expect(card(board, "A", 1)).to_be_visible()
    expect(board.locator("#said")).to_have_text("Undone.")
    board.get_by_role("button", name="Undo").click()
    expect(card(board, "unsorted", 1)).to_be_visible()
    same_as_fresh(*screens)
    board.get_by_role("button", name="Undo").click()
    expect(board.get_by_role("alert")).to_have_text("There is nothing of yours to undo.")


def test_several_cards_move_at_once_and_leave_the_place_they_were_picked_in(screens: list[Page]) -> None:
    ann, ben, board, _projector = screens
    post(ann, "One.", 1)
    post(ben, "Two.", 2)
    move(board, 1, "B")
    expect(card(board, "B", 1)).to_be_visible()
    card(board, "B", 1).get_by_role("checkbox").check()
    card(board, "unsorted", 2).get_by_role("checkbox").check()
    expect(board.locator("#picked")).to_have_text("2 picked")
    board.get_by_role("button", name="Move to…").click()
    board.get_by_role("dialog").locator("button[value='A']").click()
    expect(board.locator("#A > li")).to_have_count(2)
    expect(board.locator("#B > li")).to_have_count(0)
    expect(board.get_by_role("button", name="Move to…")).to_be_hidden()
    same_as_fresh(*screens)


def test_themes_are_made_named_ordered_and_removed(screens: list[Page]) -> None:
    ann, _ben, board, projector = screens
    post(ann, "Pay people.", 1)
    board.get_by_label("New theme").fill("Culture")
    board.get_by_role("button", name="Add theme").click()
    expect(board.get_by_role("heading", name="Culture")).to_be_visible()
    expect(board.get_by_label("New theme")).to_have_value("")
    same_as_fresh(*screens)
    board.get_by_role("button", name="Add theme").click()
    expect(board.locator("#themes-D")).to_contain_text("Not named yet")
    same_as_fresh(*screens)

    move(board, 1, "C")
    sheet(board, "C")
    board.get_by_role("dialog").get_by_label("Name").fill("Culture shift")
    board.get_by_role("button", name="Keep this name").click()
    expect(board.get_by_role("dialog")).to_have_count(0)
    expect(board.get_by_role("heading", name="Culture shift")).to_be_visible()
    expect(projector.locator("#themes-C")).to_contain_text("Culture shift")
    expect(card(board, "C", 1)).to_be_visible()
    same_as_fresh(*screens)

    sheet(board, "C")
    board.get_by_role("button", name="Move earlier").click()
    expect(board.locator("#themes > section").nth(1)).to_have_id("themes-C")
    same_as_fresh(*screens)
    sheet(board, "A")
    board.get_by_role("button", name="Move later").click()
    expect(board.locator("#themes > section").first).to_have_id("themes-C")
    same_as_fresh(*screens)

    sheet(board, "C")
    board.get_by_role("button", name="Remove theme").click()
    expect(board.locator("#themes-C")).to_have_count(0)
    expect(card(board, "unsorted", 1)).to_be_visible()
    same_as_fresh(*screens)
    board.get_by_role("button", name="Undo").click()
    expect(card(board, "C", 1)).to_be_visible()
    same_as_fresh(*screens)


def test_a_name_that_is_too_long_is_refused_in_words(screens: list[Page]) -> None:
    board = screens[2]
    board.get_by_label("New theme").fill("long " * 40)
    board.get_by_role("button", name="Add theme").click()
    expect(board.get_by_role("alert")).to_contain_text("This name is too long.")
    expect(board.get_by_label("New theme")).not_to_have_value("")


def test_the_summary_says_what_the_board_shows(screens: list[Page], hall: Hall) -> None:
    ann, ben, board, _projector = screens
    post(ann, "Pay people.", 1, kind="Idea")
    post(ben, "Nobody asked us.", 2)
    move(board, 1, "A")
    expect(card(board, "A", 1)).to_be_visible()
    board.get_by_role("link", name="Summary").click()
    expect(board.locator("#themeA")).to_contain_text("Pay people.")
    expect(board.locator("#unsorted")).to_contain_text("Nobody asked us.")


def test_a_card_is_moved_by_touch(hall: Hall) -> None:
    ann = hall.phone()
    board = hall.board(has_touch=True, viewport={"width": 820, "height": 1180})
    post(ann, "Pay people.", 1)
    card(board, "unsorted", 1).locator("label").tap()
    board.get_by_role("button", name="Move to…").tap()
    board.get_by_role("dialog").locator("button[value='A']").tap()
    expect(card(board, "A", 1)).to_be_visible()
    same_as_fresh(ann, board)


def test_another_facilitators_move_leaves_what_i_am_doing_alone(screens: list[Page], hall: Hall) -> None:
    ann, _ben, board, _projector = screens
    other = hall.board()
    post(ann, "One.", 1)
    post(ann, "Two.", 2)
    card(board, "unsorted", 1).get_by_role("checkbox").check()
    board.get_by_label("New theme").fill("half a na")
    move(other, 2, "A")
    expect(card(board, "A", 2)).to_be_visible()
    expect(card(board, "unsorted", 1).get_by_role("checkbox")).to_be_checked()
    expect(board.get_by_label("New theme")).to_be_focused()
    expect(board.get_by_label("New theme")).to_have_value("half a na")
    move(other, 1, "A")
    expect(card(board, "A", 1)).to_be_visible()
    same_as_fresh(*screens, other)


def test_focus_stays_on_a_card_that_somebody_else_moves(screens: list[Page], hall: Hall) -> None:
    ann, _ben, board, _projector = screens
    other = hall.board()
    post(ann, "One.", 1)
    card(board, "unsorted", 1).get_by_role("checkbox").focus()
    move(other, 1, "B")
    expect(card(board, "B", 1).get_by_role("checkbox")).to_be_focused()
