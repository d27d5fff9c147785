"""No signal, no server, no sockets, no scripts: nothing written is lost or doubled, and every
screen ends where a fresh page would be."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.conftest import PHONE, Hall, card, post, same_as_fresh, say

pytestmark = pytest.mark.browser

OFFLINE = "No connection. What you see may be old."
RESTORED = "The board was restored. What was said last may be missing."
WAITING = "Waiting for signal. Your words are kept on this phone."


def act(hall: Hall, action: str, **fields: Any) -> dict[str, Any]:
    """What a facilitator does elsewhere."""
    key = f"{action}-{json.dumps(fields)}".encode().hex()[-64:]
    asked = Request(
        f"{hall.server.url}/api/v1/sessions/{hall.links['code']}/actions",
        json.dumps({"action": action, "key": key, **fields}).encode(),
        {"Authorization": f"Bearer {hall.links['facilitator_token']}", "Content-Type": "application/json"},
    )
    with urlopen(asked) as answer:
        receipt: dict[str, Any] = json.load(answer)
    assert receipt["status"] == "saved", receipt
    return receipt


def import_cards(hall: Hall, count: int) -> None:
    """Some cards by the API; many at once, by a command beside the server, which takes a second to start."""
    if count <= 100:
        for number in range(1, count + 1):
            act(hall, "write_down", text=f"Card {number}")
        return
    lines = "\n".join(f"Card {number}" for number in range(1, count + 1))
    done = hall.server.run("import", hall.links["code"], "-", given=lines)
    assert done.returncode == 0, done.stderr


def offline(*pages: Page) -> None:
    for page in pages:
        page.context.set_offline(True)


def online(*pages: Page) -> None:
    for page in pages:
        page.context.set_offline(False)


# A phone without signal


def test_what_is_written_without_signal_is_sent_in_order(hall: Hall) -> None:
    ann, ben, board = hall.phone(), hall.phone(), hall.board()
    offline(ann)
    say(ann, "First.", kind="Idea")
    say(ann, "Second.")
    expect(ann.locator("#unsent > li")).to_have_count(2)
    expect(ann.locator("#unsent > li").first).to_contain_text(WAITING)
    online(ann)
    expect(ann.locator("#unsent")).to_be_hidden()
    expect(card(ann, "mine", 1)).to_contain_text("First.")
    expect(card(ann, "mine", 1)).to_contain_text("Idea")
    expect(card(ann, "mine", 2)).to_contain_text("Second.")
    expect(board.locator("#unsorted > li")).to_have_count(2)
    same_as_fresh(ann, ben, board)


def test_two_tabs_of_a_phone_keep_each_others_unsent_words(hall: Hall) -> None:
    ann = hall.phone()
    second = ann.context.new_page()
    second.goto(hall.links["phone"])
    offline(ann, second)
    say(ann, "From the first tab.")
    say(second, "From the second tab.")
    second.close()
    ann.close()
    again = ann.context.new_page()
    online(again)
    again.goto(hall.links["phone"])
    expect(again.locator("#mine > li")).to_have_count(2)
    expect(again.locator("#unsent")).to_be_hidden()
    same_as_fresh(again)


def test_unsent_words_outlive_the_page(hall: Hall) -> None:
    ann, ben = hall.phone(), hall.phone()
    offline(ann)
    say(ann, "Kept while the page is closed.")
    expect(ann.locator("#unsent")).to_contain_text("Kept while the page is closed.")
    phone = ann.context
    ann.close()
    phone.set_offline(False)
    again = phone.new_page()
    again.goto(hall.links["phone"])
    expect(card(again, "mine", 1)).to_contain_text("Kept while the page is closed.")
    expect(again.locator("#unsent")).to_be_hidden()
    expect(ben.locator("#room > li")).to_have_count(1)


def test_a_draft_outlives_a_reload(hall: Hall) -> None:
    ann = hall.phone()
    ann.get_by_label("What do you want to say?").fill("Half a sent")
    ann.reload()
    expect(ann.get_by_label("What do you want to say?")).to_have_value("Half a sent")
    post(ann, "A whole sentence.", 1)
    ann.reload()
    expect(ann.get_by_label("What do you want to say?")).to_have_value("")


def test_what_is_refused_later_stands_beside_what_is_being_written(hall: Hall) -> None:
    ann = hall.phone()
    box = ann.get_by_label("What do you want to say?")
    offline(ann)
    say(ann, "long " * 120)
    box.fill("Something else")
    online(ann)
    expect(ann.locator("#unsent")).to_contain_text("This is 599 characters long. 500 is the most.")
    expect(box).to_have_value("Something else")
    ann.get_by_role("button", name="Put it back in the box").click()
    expect(box).to_have_value("long " * 120)
    expect(ann.locator("#unsent")).to_be_hidden()


def come_and_go(hall: Hall, times: int) -> None:
    """Every time something is written without signal, and the draft of something else is kept."""
    ann, ben = hall.phone(), hall.phone()
    box = ann.get_by_label("What do you want to say?")
    for nth in range(1, times + 1):
        offline(ann)
        say(ann, f"Voice {nth}.")
        expect(ann.locator("#unsent > li")).to_contain_text(WAITING)
        box.fill(f"Draft {nth}")
        online(ann)
        expect(ann.locator("#said")).to_have_text(f"Saved, number {nth}.")
        expect(ann.locator("#unsent")).to_be_hidden()
        expect(box).to_have_value(f"Draft {nth}")
    expect(ben.locator("#room > li")).to_have_count(times)
    for nth in range(1, times + 1):
        expect(card(ben, "room", nth)).to_contain_text(f"Voice {nth}.")
    same_as_fresh(ann, ben)


def test_each_time_one_is_offline_and_back_makes_one_card(hall: Hall) -> None:
    come_and_go(hall, times=4)


@pytest.mark.long
def test_fifty_times_offline_and_back_make_fifty_cards(hall: Hall) -> None:
    come_and_go(hall, times=50)


# Never twice


def test_a_double_tap_makes_one_card(hall: Hall) -> None:
    ann, ben = hall.phone(), hall.phone()
    ann.get_by_label("What do you want to say?").fill("Once.")
    ann.get_by_role("button", name="Post it").dblclick()
    expect(ann.locator("#said")).to_have_text("Saved, number 1.")
    post(ann, "Another.", 2)
    expect(ben.locator("#room > li")).to_have_count(2)
    same_as_fresh(ann, ben)


def test_a_lost_receipt_makes_no_second_card(hall: Hall) -> None:
    lost = []

    def swallow_first_receipt(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if not lost and '"receipt"' in str(message):
                lost.append(message)
                socket.close()
            else:
                socket.send(message)

        server.on_message(pass_on)

    phone = hall.device(**PHONE)
    phone.route_web_socket("**/live*", swallow_first_receipt)
    ann, ben = phone.new_page(), hall.phone()
    with ann.expect_websocket():
        ann.goto(hall.links["join"])
    post(ann, "Once.", 1)
    assert len(lost) == 1
    expect(ben.locator("#room > li")).to_have_count(1)
    same_as_fresh(ann, ben)


def test_far_too_long_a_text_is_refused_and_blocks_nothing(hall: Hall) -> None:
    ann = hall.phone()
    box = ann.get_by_label("What do you want to say?")
    for length, sentence in [
        (70_000, "This is 70,000 characters long. 500 is the most."),
        (140_000, "This is too long to send."),
    ]:
        say(ann, "x" * length)
        expect(ann.locator("#refused")).to_have_text(sentence)
        expect(box).to_have_value("x" * length)
    post(ann, "Shorter.", 1)


def test_what_a_request_does_not_bring_is_not_asked_for_at_once_again(hall: Hall) -> None:
    ann, ben = hall.phone(), hall.phone()
    asked: list[Route] = []
    ann.route("**/actions", lambda route: (asked.append(route), route.fulfill(status=503)))
    ann.clock.install()
    with ann.expect_response("**/actions"):
        say(ann, "x" * 70_000)  # too long for a socket
    ann.clock.pause_at(datetime.now() + timedelta(seconds=5))
    tried = len(asked)
    for number in range(1, 6):
        post(ben, "Meanwhile.", number)
        expect(card(ann, "room", number)).to_be_visible()
    assert len(asked) <= tried + 1


# Screens that missed something


def test_all_screens_come_back_after_a_crash_of_the_server(own_hall: Hall) -> None:
    screens = [own_hall.phone(), own_hall.phone(), own_hall.board(), own_hall.projector()]
    ann, ben, *_ = screens
    post(ann, "Before.", 1)
    own_hall.server.kill()
    for page in screens:
        expect(page.locator("#line")).to_have_text(OFFLINE)
    say(ben, "Meanwhile.")
    own_hall.server.start()
    expect(ben.locator("#said")).to_have_text("Saved, number 2.")
    for page in screens:
        expect(page.locator("#line")).to_have_text("")
    same_as_fresh(*screens)
    post(ann, "After.", 3)
    same_as_fresh(*screens)


def test_a_stopped_server_is_found_again(own_hall: Hall) -> None:
    ann, board = own_hall.phone(), own_hall.board()
    post(ann, "Before.", 1)
    own_hall.server.stop()
    own_hall.server.start()
    post(ann, "After.", 2)
    same_as_fresh(ann, board)


def test_a_screen_that_slept_catches_up(hall: Hall) -> None:
    ann, board = hall.phone(), hall.board()
    lid = board.context.new_cdp_session(board)
    lid.send("Page.setWebLifecycleState", {"state": "frozen"})
    post(ann, "While it slept.", 1)
    act(hall, "place", contributions=[1], theme="A")
    act(hall, "rename_theme", theme="B", name="Renamed")
    lid.send("Page.setWebLifecycleState", {"state": "active"})
    expect(card(board, "A", 1)).to_be_visible()
    same_as_fresh(board)


def test_a_page_kept_in_the_browsers_memory_catches_up(hall: Hall) -> None:
    ann, board = hall.phone(), hall.board()
    board.goto("about:blank")
    post(ann, "While it was away.", 1)
    board.go_back()
    expect(card(board, "unsorted", 1)).to_be_visible()
    same_as_fresh(board)


def test_a_restored_database_makes_every_screen_anew(own_hall: Hall) -> None:
    screens = [own_hall.phone(), own_hall.phone(), own_hall.board(), own_hall.projector()]
    ann, ben, board, projector = screens
    server = own_hall.server
    if not server.database.startswith("sqlite"):
        pytest.skip("It copies a file.")
    post(ann, "In the backup.", 1)
    backup = str(server.data_dir / "sheaf.backup")
    assert server.run("backup", backup).returncode == 0
    post(ann, "Lost with the disk.", 2)
    post(ben, "This too.", 3)
    act(own_hall, "create_theme", name="Lost theme")
    expect(board.locator("#themes-C")).to_be_visible()
    server.stop()
    assert server.run("restore", backup, "--replace").returncode == 0
    server.start()
    for page in screens:
        expect(page.locator("#line")).to_have_text(RESTORED)
    for page, place in [(ann, "mine"), (ben, "room"), (board, "unsorted"), (projector, "unsorted")]:
        expect(card(page, place, 2)).to_have_count(0)
        expect(card(page, place, 1)).to_be_attached()
    expect(board.locator("#themes-C")).to_have_count(0)
    same_as_fresh(*screens)
    post(ben, "Said again.", 2)
    same_as_fresh(*screens)


def test_a_screen_that_missed_very_much_is_made_anew_around_its_reader(hall: Hall) -> None:
    ann, board, projector = hall.phone(), hall.board(), hall.projector()
    box = ann.get_by_label("What do you want to say?")
    box.fill("Half a sent")
    offline(ann, board, projector)
    import_cards(hall, 600)
    online(ann, board, projector)
    expect(card(ann, "room", 600)).to_be_visible()
    expect(box).to_have_value("Half a sent")
    expect(box).to_be_focused()
    expect(ann.get_by_role("link", name="Show earlier cards")).to_be_visible()
    same_as_fresh(ann, board, projector)
    post(ann, "One more.", 601)
    same_as_fresh(ann, board, projector)


def test_what_comes_while_a_page_is_made_anew_in_vain_hides_nothing_that_it_lacks(hall: Hall) -> None:
    ann, ben = hall.phone(), hall.phone()
    asked: list[Route] = []
    ann.route("**/s/*", lambda route: route.continue_() if asked else asked.append(route))
    with ann.expect_request("**/s/*"):
        act(hall, "change_session", title="Called anew")
    post(ben, "While it is on its way.", 1)
    expect(card(ann, "room", 1)).to_be_visible()
    asked[0].abort()  # the line is thin
    expect(ann.locator("#title")).to_have_text("Called anew")
    same_as_fresh(ann)


def test_a_page_whose_turn_to_be_made_anew_is_still_to_come_goes_on_living(hall: Hall) -> None:
    lines: list[WebSocketRoute] = []

    def listen(line: WebSocketRoute) -> None:
        lines.append(line)
        line.connect_to_server()

    ann, ben = hall.phone(), hall.phone()
    ann.add_init_script("Math.random = () => 0.5")
    ann.route_web_socket("**/live?*", listen)
    ann.reload()
    post(ann, "Before.", 1)
    asked: list[str] = []
    ann.on("request", lambda request: asked.append(request.url))
    lines[-1].send('{"head": "1.0", "anew": true, "within": 3600}')
    act(hall, "rename_theme", theme="A", name="Fair pay")
    post(ben, "Meanwhile.", 2)
    expect(card(ann, "room", 2)).to_be_visible()
    expect(ann.locator("#line")).to_be_empty()
    post(ann, "After.", 3)
    assert ann.url not in asked
    same_as_fresh(ann)


# Earlier cards


def test_the_big_screen_fetches_every_card_by_itself(hall: Hall) -> None:
    import_cards(hall, 420)
    projector = hall.projector()
    expect(card(projector, "unsorted", 1)).to_be_attached()
    expect(projector.locator("#unsorted > li")).to_have_count(420)
    same_as_fresh(projector)


def test_earlier_cards_are_loaded_and_then_kept_live(hall: Hall) -> None:
    import_cards(hall, 450)
    ann, ben, board = hall.phone(), hall.phone(), hall.board()
    earlier = ann.get_by_role("link", name="Show earlier cards")
    expect(ann.locator("#room > li")).to_have_count(100)
    for shown in (200, 300, 400, 450):
        earlier.click()
        expect(ann.locator("#room > li")).to_have_count(shown)
    expect(earlier).to_have_count(0)
    board.get_by_role("link", name="Show earlier cards").click()
    expect(board.locator("#unsorted > li")).to_have_count(450)
    same_as_fresh(ann, ben, board)
    act(hall, "hide", contributions=[10])
    act(hall, "place", contributions=[5], theme="A")
    expect(card(board, "A", 5)).to_be_visible()
    expect(card(ann, "room", 10)).to_have_count(0)
    expect(card(ben, "room", 5)).to_have_count(0)
    same_as_fresh(ann, ben, board)


HOLD_BLOCKS = """
    const fetched = window.fetch;
    window.fetch = async (...asked) => {
      const answer = await fetched(...asked);
      if (String(asked[0]).includes("/earlier")) await new Promise((go) => { window.letGo = go; });
      return answer;
    }"""


def test_what_changes_while_earlier_cards_are_on_their_way_is_not_undone(hall: Hall) -> None:
    import_cards(hall, 450)
    board, other = hall.device().new_page(), hall.board()
    board.add_init_script(HOLD_BLOCKS)
    board.goto(hall.links["board"])
    for page in (board, other):
        with page.expect_response("**/earlier?*"):
            page.get_by_role("link", name="Show earlier cards").click()
    expect(card(other, "unsorted", 5)).to_be_attached()
    act(hall, "hide", contributions=[10])
    act(hall, "place", contributions=[5], theme="A")
    expect(card(other, "A", 5)).to_be_visible()
    board.evaluate("window.letGo()")
    expect(card(board, "A", 5)).to_be_visible()
    expect(card(board, "unsorted", 10)).to_have_count(0)
    expect(board.locator("main li.card")).to_have_count(449)
    same_as_fresh(other)


# Networks that let no socket through


def cut_at_once(page: Page) -> None:
    page.route_web_socket("**/live*", lambda socket: socket.close())


def test_where_sockets_are_cut_at_once_everything_goes_by_requests(hall: Hall) -> None:
    ann, board = hall.device(**PHONE).new_page(), hall.device().new_page()
    for page, screen in [(ann, "join"), (board, "board")]:
        cut_at_once(page)
        page.goto(hall.links[screen])
    post(ann, "By request.", 1)
    expect(card(board, "unsorted", 1)).to_be_visible()
    expect(card(ann, "mine", 1)).to_be_visible()
    card(board, "unsorted", 1).get_by_role("checkbox").check()
    board.get_by_role("button", name="Move to…").click()
    board.get_by_role("dialog").locator("button[value='A']").click()
    expect(board.locator("#said")).to_have_text("Card 1 moved to A, 1 of 1.")
    expect(card(board, "A", 1)).to_be_visible()
    same_as_fresh(ann, board)
    expect(ann.locator("#line")).to_have_text("")


def test_what_the_server_never_takes_is_handed_back_and_what_a_hotel_refuses_waits(hall: Hall) -> None:
    ann = hall.device(**PHONE).new_page()
    cut_at_once(ann)
    ann.goto(hall.links["join"])
    ann.context.clear_cookies()
    say(ann, "From nobody.")
    expect(ann.locator("#refused")).to_have_text("This can’t be sent. It is kept on this phone.")
    expect(ann.get_by_label("What do you want to say?")).to_have_value("From nobody.")
    expect(ann.locator("#unsent")).to_be_hidden()
    ann.goto(hall.links["join"])
    ann.route("**/actions", lambda route: route.fulfill(status=403, body="Please sign in to our Wi-Fi."))
    with ann.expect_response("**/actions"):
        ann.get_by_role("button", name="Post it").click()
    expect(ann.locator("#unsent > li")).to_have_count(1)
    ann.unroute("**/actions")
    expect(ann.locator("#said")).to_have_text("Saved, number 1.")


# Scripts off


@pytest.fixture
def plain(hall: Hall) -> Page:
    """A phone without scripts, at the front door."""
    page = hall.device(java_script_enabled=False).new_page()
    page.goto(hall.server.url)
    return page


def join(plain: Page, hall: Hall) -> None:
    code = hall.links["code"]
    plain.get_by_label("Code").fill(f"{code[:4].lower()} {code[4:]}")
    plain.get_by_role("button", name="Join").click()


def test_a_phone_without_scripts_joins_posts_and_reads(plain: Page, hall: Hall) -> None:
    ben = hall.phone()
    post(ben, "From another phone.", 1)
    join(plain, hall)
    expect(plain.locator("#room")).to_contain_text("From another phone.")
    post(plain, "By plain form.", 2, kind="Statement")
    expect(card(plain, "mine", 2)).to_contain_text("Statement")
    expect(card(ben, "room", 2)).to_contain_text("By plain form.")


def test_without_scripts_earlier_cards_are_a_page_of_their_own(plain: Page, hall: Hall) -> None:
    import_cards(hall, 120)
    join(plain, hall)
    expect(card(plain, "room", 1)).to_have_count(0)
    plain.get_by_role("link", name="Show earlier cards").click()
    expect(card(plain, "room", 1)).to_contain_text("Card 1")
    plain.get_by_role("link", name="The newest cards").click()
    expect(card(plain, "room", 120)).to_be_visible()


def test_without_scripts_reload_and_back_make_no_second_card(plain: Page, hall: Hall) -> None:
    ben = hall.phone()
    join(plain, hall)
    post(plain, "Once.", 1)
    plain.reload()
    expect(plain.locator("#mine > li")).to_have_count(1)
    plain.go_back()
    post(plain, "Said after going back.", 2)
    expect(plain.locator("#mine > li")).to_have_count(2)
    expect(ben.locator("#room > li")).to_have_count(2)


def test_without_scripts_what_is_refused_stays_in_the_box(plain: Page, hall: Hall) -> None:
    join(plain, hall)
    say(plain, "long " * 120)
    expect(plain.get_by_role("alert")).to_have_text("This is 599 characters long. 500 is the most.")
    expect(plain.get_by_label("What do you want to say?")).to_have_value("long " * 120)
    post(plain, "Shorter.", 1)


def test_an_unknown_code_is_said_in_one_line(plain: Page) -> None:
    plain.get_by_label("Code").fill("no such code")
    plain.get_by_role("button", name="Join").click()
    expect(plain.get_by_role("alert")).to_have_text("There is no session with this code. Please look again.")
