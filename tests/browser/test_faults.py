"""Networks that swallow, refuse, sleep or restart, seen on real screens: each says so when what it
shows may be old, and each ends where a fresh page would be. (The numbers: docs/faults.md.)"""

import resource
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, WebSocketRoute, expect

from tests.browser.conftest import PHONE, Hall, card, post, same_as_fresh, say
from tests.browser.test_offline import OFFLINE, RESTORED, WAITING, act
from tests.conftest import Server
from tests.ports import kept_for
from tests.wire import Wire

pytestmark = pytest.mark.browser

THEMES = ["Pay", "Power"]


@pytest.fixture(scope="module")
def network() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


@pytest.fixture(scope="module")
def far_server(
    network: Wire, tmp_path_factory: pytest.TempPathFactory, empty_database: Path
) -> Iterator[Server]:
    """A server whose public address is the network's other end."""
    folder = tmp_path_factory.mktemp("far")
    shutil.copy(empty_database, folder / "sheaf.db")
    server = Server(folder, SHEAF_PUBLIC_URL=network.url)
    network.target = server.port = kept_for(server)
    server.start()
    server.url = f"http://127.0.0.1:{network.target}"
    yield server
    server.stop()


@pytest.fixture
def far_hall(far_server: Server, network: Wire, new_context: Callable[..., BrowserContext]) -> Iterator[Hall]:
    """A session that screens reach through a network, and tests directly."""
    links = far_server.new(themes=THEMES)
    far = {name: link.replace(far_server.url, network.url) for name, link in links.items()}
    opened = Hall(far_server, new_context, far)
    yield opened
    network.heal()
    assert opened.faults == []


def open_at_its_own_time(hall: Hall, screen: str, **context: object) -> Page:
    """A screen whose clock a test can move, once its line is open and has said something."""
    page = hall.device(**context).new_page()
    page.clock.install()
    heard: list[object] = []
    page.on("websocket", lambda line: line.on("framereceived", lambda frame: heard.append(frame)))
    with page.expect_websocket() as line:
        page.goto(hall.links[screen])
    if not heard:
        line.value.wait_for_event("framereceived")
    return page


# 3: the disk is full


def test_what_a_full_disk_does_not_take_is_kept_on_the_phone(far_hall: Hall) -> None:
    ann = far_hall.phone()
    allow_to_write(far_hall, 0)
    say(ann, "Once there is room.")
    expect(ann.locator("#said")).to_have_text("Not saved yet. It is kept on this phone.")
    expect(ann.locator("#unsent")).to_contain_text("Once there is room.")
    allow_to_write(far_hall, resource.RLIM_INFINITY)
    expect(ann.locator("#said")).to_have_text("Saved, number 1.")
    same_as_fresh(ann)


def allow_to_write(hall: Hall, size: int) -> None:
    """No file of the server may be written to beyond so many bytes."""
    assert hall.server.process is not None
    limits = size, resource.RLIM_INFINITY
    resource.prlimit(hall.server.process.pid, resource.RLIMIT_FSIZE, limits)


# 14, 21: too old for small steps, or from a database that is no more


def test_a_screen_says_that_it_loads_anew_and_that_the_board_was_restored(hall: Hall) -> None:
    lines: list[WebSocketRoute] = []
    held: list[Route] = []
    board = hall.device().new_page()
    board.route_web_socket("**/live*", lambda line: (lines.append(line), line.connect_to_server()))
    board.goto(hall.links["board"])
    expect(board.locator("#line")).to_have_text("")
    board.route("**/board", lambda route: held.append(route))
    with board.expect_request("**/board"):
        lines[0].send('{"head": "1.0", "anew": true, "restored": true}')
    expect(board.locator("#line")).to_have_text("Loading everything anew…")
    held[0].continue_()
    expect(board.locator("#line")).to_have_text(RESTORED)
    act(hall, "create_theme", name="After that")
    expect(board.locator("#themes-C")).to_be_visible()
    expect(board.locator("#line")).to_have_text(RESTORED)


# 15: a line that is open, and dead


@pytest.mark.parametrize("is_set_back", [False, True], ids=["", "while its clock is set back"])
def test_a_line_that_died_without_a_word_is_noticed_within_35_seconds(
    far_hall: Hall, network: Wire, is_set_back: bool
) -> None:
    ann = open_at_its_own_time(far_hall, "join", **PHONE)
    post(ann, "Before.", 1)
    network.swallow()
    if is_set_back:
        ann.clock.set_system_time(datetime.now() - timedelta(days=1))
    ann.clock.run_for(34_000)
    expect(ann.locator("#line")).to_have_text(OFFLINE)
    with ann.expect_request("**/actions"):  # the dead line swallows that too
        say(ann, "Meanwhile.")
    expect(ann.locator("#unsent")).to_contain_text(WAITING)
    network.heal()
    ann.clock.run_for(24_000)  # a browser may ask on the dead line once more, and waits 20 s for an answer
    expect(ann.locator("#line")).to_have_text("")
    expect(ann.locator("#said")).to_have_text("Saved, number 2.")
    expect(ann.locator("#unsent")).to_be_hidden()
    expect(ann.locator("#mine > li")).to_have_count(2)  # a fresh page could be asked for on a dead line


# 16: a device that slept


def test_a_screen_whose_line_died_while_it_slept_is_current_once_awake(far_hall: Hall, network: Wire) -> None:
    board = open_at_its_own_time(far_hall, "board")
    board.clock.pause_at(datetime.now() + timedelta(seconds=5))  # no timer helps it
    network.swallow(new_ones_too=False)
    act(far_hall, "post", text="While it slept.")
    board.clock.set_system_time(datetime.now() + timedelta(minutes=5))
    board.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(card(board, "unsorted", 1)).to_be_visible()
    expect(board.locator("#line")).to_have_text("")


def test_a_line_that_died_in_a_short_sleep_is_found_out_at_once(far_hall: Hall, network: Wire) -> None:
    ann = open_at_its_own_time(far_hall, "join", **PHONE)
    ann.clock.pause_at(datetime.now() + timedelta(seconds=5))
    network.swallow(new_ones_too=False)
    act(far_hall, "post", text="While it slept.")
    ann.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    ann.clock.run_for(2_000)
    expect(card(ann, "room", 1)).to_be_visible()
    act(far_hall, "post", text="And after that.")
    expect(card(ann, "room", 2)).to_be_visible()


# 17: a proxy that lets no socket through


@pytest.mark.parametrize("how", ["refuses_sockets", "ignores_sockets"])
def test_where_no_socket_comes_through_updates_come_within_5_seconds(
    far_hall: Hall, network: Wire, how: str
) -> None:
    setattr(network, how, True)
    board = far_hall.device().new_page()
    board.add_init_script("Math.random = () => 1")
    board.clock.install()
    board.goto(far_hall.links["board"])
    unanswered: set[Request] = set()
    board.on("request", lambda request: unanswered.add(request))
    board.on("requestfinished", lambda request: unanswered.discard(request))
    board.on("requestfailed", lambda request: unanswered.discard(request))

    def let_pass(seconds: int) -> None:
        """Time goes on when what the page asked for has been answered: no network is slow here."""
        for _ in range(2 * seconds):
            board.clock.run_for(500)
            expect_all_answered()

    def expect_all_answered() -> None:
        patience = time.monotonic() + 60
        while any("/updates?" in request.url for request in unanswered):
            assert time.monotonic() < patience
            board.wait_for_timeout(10)

    board.clock.pause_at(datetime.now() + timedelta(seconds=5))
    let_pass(12)
    for number in range(1, 9):
        act(far_hall, "post", text=f"Number {number}.")
        let_pass(5)
        expect(card(board, "unsorted", number)).to_be_visible()
        expect(board.locator("#line")).to_have_text("")


@pytest.mark.parametrize(
    ("kind", "portal"),
    [("text/html", "<h1>Welcome to our hotel. Please sign in.</h1>"), ("application/json", '{"ok": true}')],
)
def test_the_page_of_a_hotel_is_taken_for_no_receipt(hall: Hall, kind: str, portal: str) -> None:
    ann = hall.device(**PHONE).new_page()
    ann.route_web_socket("**/live*", lambda socket: socket.close())
    ann.goto(hall.links["join"])
    for path in ("**/updates?*", "**/actions"):
        ann.route(path, lambda route: route.fulfill(status=200, content_type=kind, body=portal))
    with ann.expect_response("**/actions"):
        say(ann, "Not saved by a hotel.")
    expect(ann.locator("#line")).to_have_text(OFFLINE)
    expect(ann.locator("#unsent")).to_contain_text(WAITING)
    expect(ann.locator("#mine > li")).to_have_count(0)
    ann.unroute_all()
    expect(ann.locator("#said")).to_have_text("Saved, number 1.")
    expect(ann.locator("#line")).to_have_text("")
    expect(ann.locator("#mine > li")).to_have_count(1)


def test_where_a_proxy_refuses_sockets_everything_goes_by_requests(far_hall: Hall, network: Wire) -> None:
    network.refuses_sockets = True
    ann, board = far_hall.phone(), far_hall.board()
    post(ann, "By request.", 1)
    expect(card(board, "unsorted", 1)).to_be_visible()
    act(far_hall, "place", contributions=[1], theme="A")
    expect(card(board, "A", 1)).to_be_visible()
    same_as_fresh(ann, board)
    for page in (ann, board):
        expect(page.locator("#line")).to_have_text("")


# Aeroplane mode


@pytest.mark.parametrize("times", [5, pytest.param(50, marks=pytest.mark.long)])
def test_offline_and_back_again_and_again_makes_one_card_each(hall: Hall, times: int) -> None:
    ann = hall.phone()
    box = ann.get_by_label("What do you want to say?")
    for number in range(1, times + 1):
        ann.context.set_offline(True)
        say(ann, f"Number {number}.")
        box.fill("Half a thou")
        ann.context.set_offline(False)
        expect(card(ann, "mine", number)).to_contain_text(f"Number {number}.")
        expect(box).to_have_value("Half a thou")
    expect(ann.locator("#mine > li")).to_have_count(times)
    expect(ann.locator("#unsent")).to_be_hidden()
    same_as_fresh(ann)


# One bar of signal

SLOW_3G = {"offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""As Chromium's own tools have it: 400 kbit/s, and two seconds until an answer begins."""


@pytest.mark.long
def test_on_slow_3g_people_come_in_post_and_read_and_lose_nothing(hall: Hall) -> None:
    ben, ann = hall.phone(), hall.device(**PHONE).new_page()
    for number in range(1, 21):
        act(hall, "post", text=f"Said before, {number}.")
    line = ann.context.new_cdp_session(ann)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW_3G)
    began = time.monotonic()
    ann.goto(hall.links["join"])
    ann.get_by_label("What do you want to say?").fill("From the back.")
    told = {"the box": time.monotonic() - began}
    paints = "performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"
    told["the first paint, after the last redirect"] = ann.evaluate(paints)
    for name, number in (("saved", 21), ("saved, the next", 22), ("saved, offline in between", 23)):
        if number == 23:
            line.send("Network.emulateNetworkConditions", {**SLOW_3G, "offline": True})
        began = time.monotonic()
        say(ann, f"{name.capitalize()}.")
        line.send("Network.emulateNetworkConditions", SLOW_3G)
        expect(ann.locator("#said")).to_have_text(f"Saved, number {number}.", timeout=60_000)
        told[name] = time.monotonic() - began
    began = time.monotonic()
    act(hall, "post", text="Heard at the back.")
    expect(card(ann, "room", 24)).to_be_visible(timeout=60_000)
    told["what others say"] = time.monotonic() - began
    expect(ann.locator("#unsent")).to_be_hidden()
    expect(ben.locator("#room > li")).to_have_count(24)
    same_as_fresh(ann, ben)
    print({name: round(seconds, 1) for name, seconds in told.items()})


# A restart that was meant


def test_a_screen_that_is_asked_to_come_back_does_so_at_a_moment_of_its_own(hall: Hall) -> None:
    lines: list[WebSocketRoute] = []
    ann = hall.device(**PHONE).new_page()
    ann.add_init_script("Math.random = () => 0.5")
    ann.route_web_socket("**/live*", lambda line: lines.append(line))
    ann.clock.install()
    ann.goto(hall.links["join"])
    ann.clock.pause_at(datetime.now() + timedelta(seconds=5))
    say(ann, "Meanwhile.")
    expect(ann.locator("#said")).to_have_text("Sending…")
    lines[0].close(code=1012, reason="Sheaf is starting again.")
    expect(ann.locator("#said")).to_have_text(WAITING)
    ann.clock.run_for(1_700)
    assert len(lines) == 1
    ann.clock.run_for(200)
    expect(ann.locator("#line")).to_have_text("")
    assert len(lines) == 2
