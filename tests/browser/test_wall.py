"""Sorting at the wall: by mouse, by touch, by keys and in a list, alone and with others."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.conftest import Hall, card, post, same_as_fresh
from tests.browser.test_access import SCHEMES, accessible
from tests.browser.test_offline import act, import_cards

pytestmark = pytest.mark.browser

LAPTOP = {"viewport": {"width": 1280, "height": 800}}
TABLET = {"viewport": {"width": 1180, "height": 820}, "has_touch": True}
SMALL = {"viewport": {"width": 320, "height": 640}}


@pytest.fixture
def board(hall: Hall) -> Page:
    """Five cards wait to be sorted."""
    import_cards(hall, 5)
    return hall.board(**LAPTOP)


def order(page: Page, place: str) -> list[int]:
    """The numbers of the cards in a place, from the top."""
    ids: list[str] = page.locator(f"#{place} > li").evaluate_all("all => all.map((one) => one.id)")
    return [int(one.rpartition("-")[2]) for one in ids]


def stands(page: Page, place: str, *numbers: int) -> None:
    """The place comes to hold these cards, in this order, here and on a fresh page."""
    expected = [f"{place}-{number}" for number in numbers]
    page.wait_for_function(
        "([place, ids]) => JSON.stringify([...document.querySelectorAll(`#${place} > li`)]"
        ".map((one) => one.id)) === JSON.stringify(ids)",
        arg=[place, expected],
    )
    same_as_fresh(page)


def middle(one: Locator, *, down: float = 0.5) -> tuple[float, float]:
    box = one.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] * down


# The ways to bring cards somewhere. Each picks up cards 2 and 4 and brings them to theme B.


def by_mouse(board: Page) -> None:
    for number in (2, 4):
        card(board, "unsorted", number).click()
    with held_by_mouse(board, card(board, "unsorted", 4)):
        expect(board.locator(".hand b")).to_have_text("2")
        board.mouse.move(*middle(board.locator("#themes-B > header")))
        expect(board.locator("#themes-B")).to_contain_class("lit")


@contextmanager
def held_by_mouse(board: Page, one: Locator) -> Iterator[None]:
    """Take a card by mouse. It is laid down where the mouse is at the end."""
    board.mouse.move(*middle(one))
    board.mouse.down()
    x, y = middle(one)
    board.mouse.move(x + 10, y)
    expect(board.locator(".hand")).to_be_visible()
    yield
    board.mouse.up()
    expect(board.locator(".hand")).to_have_count(0)


class Finger:
    """A finger on a touch screen: Playwright's own can only tap."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._line = page.context.new_cdp_session(page)

    def down(self, x: float, y: float) -> None:
        self._send("touchStart", [{"x": x, "y": y}])

    def move(self, x: float, y: float) -> None:
        self._send("touchMove", [{"x": x, "y": y}])

    def up(self) -> None:
        self._send("touchEnd", [])

    def _send(self, kind: str, points: list[dict[str, float]]) -> None:
        self._line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def by_finger(board: Page) -> None:
    for number in (2, 4):
        card(board, "unsorted", number).locator("label").tap()
    finger = Finger(board)
    finger.down(*middle(card(board, "unsorted", 2)))
    expect(board.locator(".hand b")).to_have_text("2")
    finger.move(*middle(card(board, "unsorted", 5)))
    finger.move(*middle(board.locator("#themes-B > header")))
    expect(board.locator("#themes-B")).to_contain_class("lit")
    finger.up()


def by_taps_on_a_head(board: Page) -> None:
    for number in (2, 4):
        card(board, "unsorted", number).locator("label").tap()
    board.touchscreen.tap(*middle(board.locator("#themes-B h2")))


def by_taps_on_here(board: Page) -> None:
    for number in (2, 4):
        card(board, "unsorted", number).locator("label").tap()
    board.get_by_role("button", name="Here, in B").tap()


def by_the_dialog(board: Page) -> None:
    for number in (2, 4):
        card(board, "unsorted", number).get_by_role("checkbox").check()
    board.get_by_role("button", name="Move to…").click()
    board.get_by_role("dialog").locator("button[value='B']").click()


def by_keys(board: Page) -> None:
    for key in ("ArrowDown", "ArrowDown", "Space", "ArrowDown", "ArrowDown", "Space", "b"):
        board.keyboard.press(key)


def by_enter(board: Page) -> None:
    for key in ("ArrowDown", "ArrowDown", "Space", "ArrowDown", "ArrowDown", "Space", "Enter"):
        board.keyboard.press(key)
    expect(board.get_by_role("dialog")).to_be_visible()
    board.get_by_role("dialog").locator("button[value='B']").focus()
    board.keyboard.press("Enter")


def by_list(board: Page) -> None:
    board.get_by_role("button", name="List").click()
    for number in (2, 4):
        choice = board.get_by_label(f"Move card {number} to…")
        choice.focus()
        choice.select_option("B")
        expect(card(board, "B", number)).to_be_visible()


WAYS = [
    (by_mouse, LAPTOP),
    (by_finger, TABLET),
    (by_taps_on_a_head, TABLET),
    (by_taps_on_here, TABLET),
    (by_the_dialog, LAPTOP),
    (by_keys, LAPTOP),
    (by_enter, LAPTOP),
    (by_list, LAPTOP),
    (by_list, SMALL),
]


@pytest.mark.parametrize(("way", "screen"), WAYS)
def test_every_way_of_sorting_ends_the_same(
    hall: Hall, way: Callable[[Page], None], screen: dict[str, Any]
) -> None:
    import_cards(hall, 5)
    board = hall.board(**screen)
    way(board)
    stands(board, "B", 2, 4)
    stands(board, "unsorted", 1, 3, 5)
    expect(board.locator("#picked")).to_be_empty()
    expect(board.locator("#said")).to_contain_text("moved to B")


@pytest.mark.parametrize(("way", "screen"), [(by_mouse, LAPTOP), (by_finger, TABLET)])
def test_those_who_take_part_drag_as_facilitators_do(
    hall: Hall, way: Callable[[Page], None], screen: dict[str, Any]
) -> None:
    hall.links = hall.server.new(themes=["Pay", "Power"], all_sort=True)
    import_cards(hall, 5)
    board, wall = hall.board(), hall.phone(**screen, is_mobile=False)
    wall.goto(f"{hall.links['phone']}/wall")
    way(wall)
    for page in (wall, board):
        stands(page, "B", 2, 4)
        stands(page, "unsorted", 1, 3, 5)
    expect(wall.locator("#picked")).to_be_empty()
    expect(wall.locator("#said")).to_contain_text("moved to B")


# By mouse and touch


def test_a_drop_between_two_cards_keeps_the_order(board: Page, hall: Hall) -> None:
    act(hall, "place", contributions=[1, 2], theme="A")
    stands(board, "A", 1, 2)
    with held_by_mouse(board, card(board, "unsorted", 5)):
        board.mouse.move(*middle(card(board, "A", 2), down=0.2))
        expect(card(board, "A", 2)).to_contain_class("next")
    stands(board, "A", 1, 5, 2)
    expect(board.locator("#said")).to_have_text("Card 5 moved to A, 2 of 3.")
    with held_by_mouse(board, card(board, "A", 1)):
        board.mouse.move(*middle(card(board, "A", 2), down=0.8))
        expect(board.locator("#A")).to_contain_class("next")
    stands(board, "A", 5, 2, 1)


def test_a_card_that_is_laid_down_where_it_was_changes_nothing(board: Page, hall: Hall) -> None:
    act(hall, "place", contributions=[1, 2], theme="A")
    stands(board, "A", 1, 2)
    for number in (1, 2):
        with held_by_mouse(board, card(board, "A", number)):
            pass
    stands(board, "A", 1, 2)
    board.get_by_role("button", name="Undo").click()
    expect(board.get_by_role("alert")).to_have_text("There is nothing of yours to undo.")


def test_escape_and_empty_wall_put_the_card_back(board: Page) -> None:
    with held_by_mouse(board, card(board, "unsorted", 1)):
        board.mouse.move(*middle(board.locator("#themes-A")))
        board.keyboard.press("Escape")
        expect(board.locator(".hand")).to_have_count(0)
    with held_by_mouse(board, card(board, "unsorted", 1)):
        board.mouse.move(*middle(board.locator("footer")))
    stands(board, "unsorted", 1, 2, 3, 4, 5)
    expect(board.locator("input.pick:checked")).to_have_count(0)


def test_swiping_scrolls_and_takes_nothing(hall: Hall) -> None:
    import_cards(hall, 40)
    board = hall.board(**TABLET)
    finger = Finger(board)
    x, y = middle(card(board, "unsorted", 5))
    finger.down(x, y)
    for step in range(1, 12):
        finger.move(x, y - 20 * step)
    finger.up()
    board.wait_for_function("() => document.querySelector('aside').scrollTop > 50")
    expect(board.locator(".hand")).to_have_count(0)
    expect(board.locator("input.pick:checked")).to_have_count(0)


def test_the_wall_scrolls_while_a_card_is_held_at_its_edge(hall: Hall) -> None:
    import_cards(hall, 40)
    board = hall.board(**LAPTOP)
    with held_by_mouse(board, card(board, "unsorted", 1)):
        x, _ = middle(board.locator("aside"))
        bottom = middle(board.locator("footer"), down=0)[1]
        board.mouse.move(x, bottom - 20)
        board.wait_for_function("() => document.querySelector('aside').scrollTop > 300")
        board.keyboard.press("Escape")
    assert order(board, "unsorted") == list(range(1, 41))


def test_a_lasso_picks_what_it_touches(board: Page, hall: Hall) -> None:
    act(hall, "place", contributions=[1, 2, 3], theme="A")
    stands(board, "A", 1, 2, 3)
    x, y = middle(card(board, "A", 2))
    wall = board.locator("#themes").bounding_box()
    assert wall is not None
    board.mouse.move(x, wall["y"] + wall["height"] - 20)
    board.mouse.down()
    board.mouse.move(x + 20, y + 10)
    board.mouse.move(x + 30, y)
    expect(board.locator(".lasso")).to_be_visible()
    board.mouse.up()
    expect(board.locator("#picked")).to_have_text("2 picked")
    expect(card(board, "A", 1).get_by_role("checkbox")).not_to_be_checked()
    board.keyboard.press("Escape")
    expect(board.locator("#picked")).to_be_empty()


def test_shift_picks_from_one_card_to_another(board: Page) -> None:
    card(board, "unsorted", 2).click()
    card(board, "unsorted", 4).click(modifiers=["Shift"])
    expect(board.locator("#picked")).to_have_text("3 picked")
    board.keyboard.press("Escape")
    card(board, "unsorted", 1).get_by_role("checkbox").focus()
    board.keyboard.press("Shift+ArrowDown")
    expect(board.locator("#picked")).to_have_text("2 picked")


# By keys


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.long)])
def test_cards_are_sorted_by_about_a_key_each(hall: Hall, count: int) -> None:
    hall.links = hall.server.new(themes=[f"Theme {nth}" for nth in range(8)])
    import_cards(hall, count)
    board = hall.board(**LAPTOP)
    expect(board.locator("#themes > section")).to_have_count(8)
    pressed = 0
    for number in range(count + 1):
        board.keyboard.press("ArrowDown" if not number else "abcdefgh"[number * 5 % 8])
        pressed += 1
    expect(board.locator("#unsorted > li")).to_have_count(0)
    for letter in "ABCDEFGH":
        expect(board.locator(f"#{letter} > li")).to_have_count(count // 8)
    same_as_fresh(board)
    print(f"{pressed} keystrokes for {count} cards")
    assert pressed / count <= 1.5


def test_the_focus_goes_on_to_the_next_card(board: Page) -> None:
    card(board, "unsorted", 2).get_by_role("checkbox").focus()
    board.keyboard.press("a")
    expect(card(board, "unsorted", 3).get_by_role("checkbox")).to_be_focused()
    expect(board.locator("#said")).to_have_text("Card 2 moved to A, 1 of 1.")
    board.keyboard.press("End")
    board.keyboard.press("2")
    expect(card(board, "lone", 5)).to_be_visible()
    expect(card(board, "unsorted", 4).get_by_role("checkbox")).to_be_focused()
    board.keyboard.press("3")
    stands(board, "parked", 4)
    board.keyboard.press("Shift+B")
    stands(board, "B", 3)
    expect(card(board, "unsorted", 1)).to_be_visible()
    board.keyboard.press("ArrowLeft")
    board.keyboard.press("ArrowRight")
    board.keyboard.press("1")
    same_as_fresh(board)


def test_what_is_said_moves_no_button(board: Page) -> None:
    """Nor do those that come once a card is picked."""

    def stand() -> list[dict[str, float] | None]:
        return [board.locator(one).bounding_box() for one in ("#aslist", "#askkeys", "footer")]

    before = stand()
    card(board, "unsorted", 1).locator("input.pick").focus()
    board.keyboard.press("a")
    expect(board.locator("#said")).to_have_text("Card 1 moved to A, 1 of 1.")
    assert stand() == before
    card(board, "unsorted", 2).click()
    expect(board.locator("#unpick")).to_be_visible()
    expect(board.locator("#said")).to_be_empty()
    assert stand() == before
    board.keyboard.press("r")
    expect(board.locator("#refused")).to_have_text("There is no theme R.")
    assert stand() == before


def test_keys_undo_blank_and_explain_themselves(board: Page, hall: Hall) -> None:
    projector = hall.projector()
    board.keyboard.press("ArrowDown")
    board.keyboard.press("b")
    stands(board, "B", 1)
    board.keyboard.press("-")
    stands(board, "unsorted", 1, 2, 3, 4, 5)
    board.keyboard.press("+")
    stands(board, "B", 1)
    board.keyboard.press("ControlOrMeta+z")
    stands(board, "B")
    board.keyboard.press(".")
    expect(projector.locator("main")).to_be_hidden()
    board.keyboard.press(".")
    expect(projector.locator("main")).to_be_visible()
    board.keyboard.press("q")
    expect(board.get_by_role("alert")).to_have_text("There is no theme Q.")
    board.keyboard.press("?")
    expect(board.get_by_role("dialog", name="Sorting by keys")).to_be_visible()


def test_letters_can_be_turned_off_and_stay_off(board: Page) -> None:
    board.get_by_role("button", name="Keys").click()
    board.get_by_label("Use single letters").uncheck()
    board.get_by_role("button", name="Close", exact=True).click()
    for _ in range(2):
        card(board, "unsorted", 1).get_by_role("checkbox").focus()
        board.keyboard.press("b")
        board.keyboard.press("ArrowDown")
        expect(card(board, "unsorted", 2).get_by_role("checkbox")).to_be_focused()
        stands(board, "unsorted", 1, 2, 3, 4, 5)
        board.reload()


def test_letters_that_are_typed_into_a_box_are_words(board: Page) -> None:
    card(board, "unsorted", 1).get_by_role("checkbox").check()
    board.get_by_label("New theme").fill("")
    board.keyboard.type("ab.?-1")
    expect(board.get_by_label("New theme")).to_have_value("ab.?-1")
    stands(board, "unsorted", 1, 2, 3, 4, 5)


def test_a_theme_of_two_letters_takes_two_keys(hall: Hall) -> None:
    hall.links = hall.server.new(themes=[f"Theme {n}" for n in range(27)])
    import_cards(hall, 2)
    board = hall.board(**LAPTOP)
    for key in ("ArrowDown", "a", "a"):
        board.keyboard.press(key)
    stands(board, "AA", 1)
    for key in ("a", "b"):
        board.keyboard.press(key)
    stands(board, "A", 2)


# What is refused


def test_a_refused_move_puts_the_card_back_and_says_why(hall: Hall) -> None:
    def to_a_theme_that_is_gone(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda said: server.send(str(said).replace('"theme":"B"', '"theme":"Z"')))

    import_cards(hall, 5)
    device = hall.device(**LAPTOP)
    device.route_web_socket("**/live*", to_a_theme_that_is_gone)
    board = device.new_page()
    board.goto(hall.links["board"])
    act(hall, "mark_answered", number=5)
    expect(card(board, "unsorted", 5)).to_contain_text("Answered")  # by its socket
    board.keyboard.press("ArrowDown")
    board.keyboard.press("b")
    expect(board.get_by_role("alert")).to_have_text("There is no theme Z.")
    expect(board.locator("#said")).to_be_empty()
    stands(board, "unsorted", 1, 2, 3, 4, 5)


# With others


def test_nothing_moves_under_a_card_in_hand(board: Page, hall: Hall) -> None:
    other = hall.board(**LAPTOP)
    with held_by_mouse(board, card(board, "unsorted", 3)):
        board.mouse.move(*middle(card(board, "unsorted", 5)))
        at = card(board, "unsorted", 5).bounding_box()
        other.keyboard.press("ArrowDown")
        other.keyboard.press("a")
        stands(other, "A", 1)
        act(hall, "hide", contributions=[2])
        expect(card(board, "unsorted", 2)).to_be_hidden()
        assert card(board, "unsorted", 5).bounding_box() == at
        assert order(board, "unsorted") == [1, 2, 3, 4, 5]
        board.mouse.move(*middle(board.locator("#themes-B > header")))
    stands(board, "B", 3)
    same_as_fresh(board, other)


def test_a_card_in_hand_that_somebody_else_moves_comes_to_stand_in_both(board: Page, hall: Hall) -> None:
    with held_by_mouse(board, card(board, "unsorted", 3)):
        act(hall, "place", contributions=[3], theme="A", **{"from": "unsorted"})
        board.mouse.move(*middle(board.locator("#themes-B > header")))
    stands(board, "A", 3)
    stands(board, "B", 3)


def test_a_held_card_that_is_hidden_leaves_the_hand(board: Page, hall: Hall) -> None:
    with held_by_mouse(board, card(board, "unsorted", 3)):
        act(hall, "hide", contributions=[3])
        expect(board.locator(".hand")).to_have_count(0)
    stands(board, "unsorted", 1, 2, 4, 5)


def test_focus_and_choice_outlive_what_others_do_to_the_card(board: Page, hall: Hall) -> None:
    board.get_by_role("button", name="List").click()
    choice = board.get_by_label("Move card 2 to…")
    choice.focus()
    act(hall, "mark_answered", number=2)
    expect(card(board, "unsorted", 2)).to_contain_text("Answered")
    expect(choice).to_be_focused()
    same_as_fresh(board)


def test_a_choice_by_arrow_keys_counts_once_it_is_confirmed(board: Page) -> None:
    board.get_by_role("button", name="List").click()
    choice = board.get_by_label("Move card 2 to…")
    choice.focus()
    board.keyboard.press("ArrowDown")
    board.keyboard.press("ArrowDown")
    expect(choice).to_have_value("B")
    stands(board, "unsorted", 1, 2, 3, 4, 5)
    board.keyboard.press("Enter")
    stands(board, "B", 2)
    expect(board.get_by_label("Move card 2 to…")).to_be_focused()


def test_two_boards_sorting_at_once_agree_after_every_step(hall: Hall) -> None:
    import_cards(hall, 12)
    one, other = hall.board(**LAPTOP), hall.board(**LAPTOP)
    for step, (mine, theirs) in enumerate([("a", "b"), ("b", "b"), ("2", "a"), ("a", "3")]):
        for page in (one, other):
            page.locator("#unsorted input").nth(step if page is other else 0).focus()
        one.keyboard.press(mine)
        other.keyboard.press(theirs)
        same_as_fresh(one, other)
    # Both move the same card: the server's order decides, and both see it.
    for page, key in ((one, "a"), (other, "b")):
        page.locator("#unsorted input").first.focus()
        page.keyboard.press(key)
    same_as_fresh(one, other)


def test_two_who_undo_at_once_see_the_same_board(hall: Hall) -> None:
    import_cards(hall, 2)
    one, other = hall.board(**LAPTOP), hall.board(**LAPTOP)
    card(one, "unsorted", 1).get_by_role("checkbox").focus()
    one.keyboard.press("a")
    card(other, "A", 1).get_by_role("checkbox").focus()
    other.keyboard.press("b")
    expect(card(one, "B", 1)).to_be_visible()
    one.keyboard.press("-")
    other.keyboard.press("-")
    expect(one.get_by_role("alert")).to_have_text("Changed by someone else; not undone.")
    expect(other.locator("#said")).to_have_text("Undone.")
    same_as_fresh(one, other)
    stands(one, "A", 1)


def test_each_sees_who_else_is_there_and_what_they_hold(hall: Hall) -> None:
    import_cards(hall, 3)
    one, other = hall.board(**LAPTOP), hall.board(**LAPTOP)
    expect(one.locator("#others")).to_have_text("Also here: facilitator 2")
    card(other, "unsorted", 2).click()
    expect(one.locator("#others")).to_have_text("Also here: facilitator 2 (holds 2)")
    expect(card(one, "unsorted", 2)).to_have_attribute("data-holder", "2")
    same_as_fresh(one, other)
    with held_by_mouse(other, card(other, "unsorted", 3)):
        expect(one.locator("#others")).to_have_text("Also here: facilitator 2 (holds 2, 3)")
        other.keyboard.press("Escape")
    other.close()
    expect(one.locator("#others")).to_have_text("")
    expect(one.locator("[data-holder]")).to_have_count(0)


def test_new_cards_are_told_of_now_and_then_and_disturb_nobody(hall: Hall) -> None:
    import_cards(hall, 30)
    board = hall.board(**LAPTOP)
    board.clock.install()
    board.reload()
    board.clock.pause_at(datetime.now() + timedelta(seconds=5))
    board.evaluate(
        """() => { window.heard = [];
          new MutationObserver(() => window.heard.push(document.getElementById("news").textContent))
            .observe(document.getElementById("news"), { childList: true }); }"""
    )
    aside = board.locator("aside")
    aside.evaluate("aside => aside.scrollTo(0, 200)")
    theme = board.get_by_label("New theme")
    theme.focus()
    for second in range(12):
        for nth in range(5):
            newest = act(hall, "post", text=f"New {second}.{nth}")["number"]
        expect(card(board, "unsorted", newest)).to_be_attached()
        board.keyboard.type("x")
        board.clock.run_for(5_000)
    expect(board.locator("#unsorted > li")).to_have_count(90)
    board.clock.run_for(1_000)
    heard = board.evaluate("window.heard")
    assert 3 <= len(heard) <= 4
    assert heard[-1].endswith(" in all.")
    expect(theme).to_be_focused()
    expect(theme).to_have_value("x" * 12)
    assert aside.evaluate("aside => aside.scrollTop") == 200


# For everybody


@SCHEMES
def test_the_walls_states_are_accessible(hall: Hall, scheme: str) -> None:
    import_cards(hall, 6)
    act(hall, "place", contributions=[1, 2], theme="A")
    board = hall.board(color_scheme=scheme, **LAPTOP)
    other = hall.board()
    card(other, "unsorted", 4).click()
    expect(board.locator("[data-holder]")).to_have_count(1)
    card(board, "unsorted", 5).click()
    accessible(board)
    board.keyboard.press("?")
    accessible(board)
    board.keyboard.press("Escape")
    board.get_by_role("button", name="List").click()
    board.get_by_label("Move card 6 to…").focus()
    accessible(board)


def test_the_list_needs_no_scrolling_sideways_at_320_pixels(hall: Hall) -> None:
    post(hall.phone(), "Donaudampfschifffahrtsgesellschaftskapitän" * 5, 1)
    act(hall, "rename_theme", theme="A", name="Donaudampfschifffahrtsgesellschaft")
    board = hall.board(**SMALL)
    for _ in range(2):
        board.get_by_role("button", name="List").click()
        assert board.evaluate("document.scrollingElement.scrollWidth") <= 320
