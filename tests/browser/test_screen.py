"""The big screen as facilitators set it up from the board, as it is read on a phone, and blanked by
one key from wherever they are."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app.models import Hold
from tests.browser.conftest import Hall, card, post, same_as_fresh
from tests.browser.test_access import accessible
from tests.browser.test_offline import act, import_cards

pytestmark = pytest.mark.browser

SCREEN = {"viewport": {"width": 1280, "height": 720}}
DESK = ("queue", "people", "summary", "summary/easy", "concerns", "paper", "cards", "count", "about")
"""The pages of a facilitator or an organiser, besides the board."""


def sheet(board: Page) -> Any:
    """What can be done with the big screen."""
    if not board.get_by_role("dialog").is_visible():
        board.get_by_role("button", name="Screen…").click()
    return board.get_by_role("dialog", name="Change")


def test_nothing_moves_while_people_read_until_new_cards_are_let_in(hall: Hall) -> None:
    import_cards(hall, 2)
    board, projector, reader = hall.board(), hall.projector(**SCREEN), hall.phone()
    reader.get_by_role("link", name="What the big screen shows").click()
    expect(reader.locator("#follows")).to_contain_text("how to join")
    sheet(board).get_by_label("What it shows").select_option("unsorted")
    sheet(board).get_by_role("button", name="Show it").click()
    expect(card(projector, "unsorted", 1)).to_be_visible()
    expect(sheet(board).get_by_text("Page 1")).to_be_visible()
    sheet(board).get_by_role("button", name="Close").click()
    at = card(projector, "unsorted", 2).bounding_box()
    ann = hall.phone()
    for number in (3, 4):
        post(ann, "New.", number)
    expect(projector.locator("#gathered")).to_have_text("2 new")
    assert card(projector, "unsorted", 2).bounding_box() == at
    for page in (projector, reader):
        expect(card(page, "unsorted", 2)).to_be_visible()
        expect(card(page, "unsorted", 3)).to_have_count(0)
    same_as_fresh(board, projector, reader)
    let_in = board.get_by_role("button", name="Let 2 new cards in")
    let_in.focus()
    act(hall, "place", contributions=[4, 1], theme="A")
    expect(board.locator("#lettingin")).to_have_text("Let in: 2 new, 1 change")
    expect(board.locator("#lettingin")).to_be_focused()
    expect(projector.locator("#gathered")).to_have_text("2 new, 1 change")
    assert card(projector, "unsorted", 2).bounding_box() == at
    projector.reload()
    expect(card(projector, "unsorted", 1)).to_be_visible()
    expect(projector.locator("#gathered")).to_have_text("2 new, 1 change")
    same_as_fresh(board, projector, reader)
    board.keyboard.press(",")
    for page in (projector, reader):
        expect(card(page, "unsorted", 3)).to_be_visible()
        expect(card(page, "unsorted", 1)).to_have_count(0)
    expect(projector.locator("#gathered")).to_be_empty()
    expect(board.locator("#lettingin")).to_be_hidden()
    same_as_fresh(board, projector, reader)
    sheet(board).get_by_role("button", name="Let every card in at once").click()
    expect(sheet(board).get_by_text("New cards and moves come onto it")).to_be_visible()
    post(ann, "At once.", 5)
    expect(card(projector, "unsorted", 5)).to_be_visible()


def test_the_board_turns_pages_and_sets_the_screen_up(hall: Hall) -> None:
    import_cards(hall, 12)
    act(hall, "place", contributions=list(range(1, 13)), theme="A")
    board, projector = hall.board(), hall.projector(**SCREEN)
    expect(projector.locator("#beside")).to_be_hidden()
    sheet(board).get_by_label("What it shows").select_option("A")
    sheet(board).get_by_role("button", name="Show it").click()
    expect(projector.locator("#where")).to_have_text("1 of 3")
    sheet(board).get_by_role("button", name="Next page").click()
    expect(projector.locator("#where")).to_have_text("2 of 3")
    expect(sheet(board).get_by_role("button", name="Next page")).to_be_focused()
    same_as_fresh(projector)
    size = letters(projector)
    sheet(board).get_by_label("The last row sits").select_option("far")
    sheet(board).get_by_label("Letters are").select_option("dark")
    sheet(board).get_by_label("How to join stands").select_option("beside")
    sheet(board).get_by_label("Kept empty").select_option("left")
    sheet(board).get_by_role("button", name="Set it up so").click()
    expect(projector.locator("#beside")).to_be_visible()
    expect(projector.locator("html")).to_have_attribute("data-theme", "dark")
    assert letters(projector) == pytest.approx(size * 8 / 6)
    left = projector.locator("#A").bounding_box()
    assert left is not None
    assert left["x"] > 0.25 * 1280
    accessible(projector)
    # This computer has a will of its own, until the facilitators say something else.
    projector.get_by_role("button", name="Light or dark").click()
    expect(projector.locator("html")).to_have_attribute("data-theme", "light")
    projector.reload()
    expect(projector.locator("html")).to_have_attribute("data-theme", "light")
    act(hall, "arrange_screen", ground="light", zone="bottom", distance="near")
    expect(projector.locator("body")).to_have_attribute("data-zone", "bottom")
    assert letters(projector) == pytest.approx(size * 4 / 6)
    act(hall, "arrange_screen", ground="dark")
    expect(projector.locator("html")).to_have_attribute("data-theme", "dark")
    board.goto(f"{hall.links['phone']}/about")
    for language, seen in (("gd", True), ("", False)):
        board.get_by_label("A second language beside it").select_option(language)
        board.get_by_role("button", name="Keep these changes").click()
        expect(board.locator("#said")).to_have_text("Saved.")
        for part in ("#how", "#joinline", "#lonehead"):
            expect(projector.locator(f"{part} [lang=gd]").first).to_be_attached(attached=seen)
    same_as_fresh(projector)


def letters(projector: Page) -> float:
    size: float = projector.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('.leaf.shown .voice')).fontSize)"
    )
    return size


def test_one_key_blanks_every_screen_from_every_page_of_a_facilitator(hall: Hall) -> None:
    projector, other, reader = hall.projector(**SCREEN), hall.projector(), hall.phone()
    import_cards(hall, 1)
    reader.goto(hall.links["phone"] + "/shown")
    desk = hall.board()
    expect(desk.locator("#unsorted > li")).to_have_count(1)

    def press(page: Page) -> None:
        for is_blank in (True, False):
            page.keyboard.press(".")
            for screen, shown in ((projector, "#leaves"), (other, "#leaves"), (reader, "#unsorted-1")):
                expect(screen.locator(shown)).to_be_visible(visible=not is_blank)

    press(desk)
    desk.get_by_role("button", name="List").click()
    desk.get_by_label("Move card 1 to…").focus()
    press(desk)
    sheet(desk)
    press(desk)
    for page in DESK:
        desk.goto(f"{hall.links['phone']}/{page}")
        press(desk)
    desk.locator("[name=title]").focus()
    desk.keyboard.press(".")
    expect(desk.get_by_role("button", name="Blank screen")).to_be_visible()
    # A clicker in somebody's hand blanks the screen it belongs to.
    projector.keyboard.press("b")
    expect(projector.locator("main")).to_be_hidden()
    expect(other.locator("main")).to_be_visible()
    act(hall, "blank")
    expect(other.locator("main")).to_be_hidden()
    act(hall, "unblank")
    expect(other.locator("main")).to_be_visible()
    expect(projector.locator("main")).to_be_visible()


def test_a_second_press_shows_again_what_the_first_one_blanks(hall: Hall) -> None:
    """Also where no answer has come in between."""
    desk, held = hall.board(), list[Route]()
    desk.goto(hall.links["phone"] + "/people")
    desk.route("**/actions", lambda route: route.continue_() if held else held.append(route))
    with desk.expect_request("**/actions"):
        desk.keyboard.press(".")
        desk.keyboard.press(".")
    expect(desk.locator("#blanking")).to_have_attribute("value", "blank")
    with desk.expect_response(lambda answer: "unblank" in (answer.request.post_data or "")):
        held[0].continue_()
    expect(desk.get_by_role("button", name="Blank screen")).to_be_visible()


def test_a_sheet_that_is_open_loses_words_that_are_hidden_meanwhile(hall: Hall) -> None:
    import_cards(hall, 4)
    act(hall, "place", contributions=[1, 2, 3], theme="A")
    board = hall.board()
    dialog = board.get_by_role("dialog", name="Change")
    board.get_by_role("button", name="Change theme A").click()
    dialog.get_by_text("Split this theme").click()
    expect(dialog.get_by_text("Card 1", exact=True)).to_be_visible()
    act(hall, "hide", contributions=[1])
    expect(dialog.get_by_text("Card 1", exact=True)).to_have_count(0)
    expect(dialog.get_by_text("Card 2", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    for number in (2, 3):
        card(board, "A", number).get_by_role("checkbox").check()
    board.get_by_role("button", name="Look closer…").click()
    expect(dialog.get_by_text("Card 2", exact=True)).to_be_visible()
    act(hall, "hide", contributions=[2])
    expect(dialog.get_by_text("Card 2", exact=True)).to_have_count(0)
    expect(dialog.get_by_text("Card 3", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    board.get_by_role("button", name="Look closer…").click()
    expect(dialog.get_by_role("heading", name="Card 3")).to_be_visible()
    act(hall, "hide", contributions=[3])
    expect(dialog.get_by_text("Card 3")).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_words_that_nobody_has_read_are_not_let_in(hall: Hall) -> None:
    hall.links = hall.server.new(hold=Hold.ALL)
    ann, review = hall.phone(), hall.board()
    review.goto(hall.links["phone"] + "/queue")
    for number, text in ((1, "Let me in."), (2, "Save our hall!"), (3, "save our hall")):
        post(ann, text, number)
    expect(card(review, "held", 3)).to_be_visible()
    review.context.set_offline(True)
    ann.locator("#mine-1").get_by_text("Change", exact=True).click()
    ann.locator("#mine-1").get_by_label("Your words").fill("Let us in.")
    ann.locator("#mine-1").get_by_role("button", name="Keep these words").click()
    expect(ann.locator("#mine-1 > .voice")).to_have_text("Let us in.")
    review.keyboard.press("s")
    review.context.set_offline(False)
    expect(review.get_by_role("alert")).to_have_text("Card 1 has other words now. Please read it again.")
    expect(card(review, "held", 1)).to_contain_text("Let us in.")
    card(review, "held", 2).get_by_role("button", name="Hide all that say the same").click()
    expect(review.locator("#hidden > li")).to_have_count(2)
    same_as_fresh(review)


def test_those_who_take_part_sort_with_undo_of_their_own(hall: Hall) -> None:
    hall.links = hall.server.new(themes=["Pay", "Power"], all_sort=True)
    import_cards(hall, 4)
    phone, board = hall.phone(viewport={"width": 1024, "height": 768}, is_mobile=False), hall.board()
    phone.get_by_role("link", name="Sort the cards").click()
    phone.wait_for_load_state()
    expect(card(phone, "unsorted", 4)).to_be_visible()
    for key in ("ArrowDown", "a"):
        phone.keyboard.press(key)
    card(phone, "unsorted", 3).get_by_role("checkbox").check()
    phone.get_by_role("button", name="Move to…").click()
    phone.get_by_role("dialog").locator("button[value='B']").click()
    expect(card(board, "A", 1)).to_be_visible()
    expect(card(board, "B", 3)).to_be_visible()
    same_as_fresh(phone, board)
    phone.keyboard.press("-")
    expect(card(board, "unsorted", 3)).to_be_visible()
    phone.keyboard.press("+")
    expect(card(board, "B", 3)).to_be_visible()
    act(hall, "place", contributions=[1], theme="B", **{"from": "A"})
    act(hall, "place", contributions=[3], theme="A", **{"from": "B"})
    expect(card(phone, "A", 3)).to_be_visible()
    phone.keyboard.press("-")
    expect(phone.get_by_role("alert")).to_have_text("Changed by someone else; not undone.")
    phone.get_by_label("New theme").fill("Time")
    phone.get_by_role("button", name="Add theme").click()
    expect(board.locator("#themes-C")).to_contain_text("Time")
    for page in (board, phone):
        card(page, "A", 3).get_by_role("checkbox").check()
    for name in ("Hide", "Answered", "Session…", "Screen…", "Blank screen", "Change theme A"):
        expect(board.get_by_role("button", name=name, exact=True)).to_be_visible()
        expect(phone.get_by_role("button", name=name, exact=True)).to_have_count(0)
    accessible(phone)
    for page in (board, phone):
        card(page, "A", 3).get_by_role("checkbox").uncheck()
    same_as_fresh(phone, board)
    act(hall, "change_session", all_sort=False)
    expect(phone.locator("#line")).to_have_text("You may not see this screen.")


def test_authors_and_proposers_have_the_last_word_and_an_answer(hall: Hall) -> None:
    ann, board = hall.phone(), hall.board()
    post(ann, "Pay people.", 1)
    act(hall, "place", contributions=[1], theme="A")
    act(hall, "mark_answered", number=1, text="From October.")
    mine = card(ann, "mine", 1)
    expect(mine.get_by_text("From October.")).to_be_visible()
    expect(card(board, "A", 1)).to_contain_text("From October.")
    mine.get_by_text("Change", exact=True).click()
    mine.get_by_role("button", name="A: that isn’t what I meant").click()
    expect(card(board, "A", 1)).to_contain_text("Its author disagrees")
    mine.get_by_role("button", name="I take that back").click()
    expect(card(board, "A", 1)).not_to_contain_text("Its author disagrees")
    ann.get_by_text("Propose a name for a theme").click()
    ann.get_by_label("Its letter").fill("a")
    ann.get_by_label("The name").fill("Fair pay")
    ann.get_by_role("button", name="Propose it").click()
    expect(ann.locator("#names-n1")).to_contain_text("Proposed.")
    act(hall, "decline_name", proposal=1)
    expect(ann.locator("#names-n1")).to_contain_text("They left your name")
    accessible(ann)
    same_as_fresh(ann, board)
