"""Every page of the gallery, for people who can't see well, can't point well or need it large.

The gallery has every screen in every state, so what holds for its pages holds for Sheaf, and a new
page is looked at as soon as it is in the gallery's list. Each is loaded once for all tests here."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, Page, expect

from app.gallery import ALL
from app.templating import render
from tests.browser.conftest import Hall, say
from tests.browser.test_access import WHOLE
from tests.browser.test_offline import act
from tests.conftest import Server

pytestmark = pytest.mark.browser

LOOK = (Path(__file__).parent / "look.js").read_text()
WIDE = {"width": 1280, "height": 800}
SMALL = {"width": 320, "height": 640}
# Whatever is too weak for the lesser of the two is too weak for the better one, and each costs the same.
STRONG = {"color-contrast-enhanced": {"enabled": True}, "color-contrast": {"enabled": False}}
LIGHT = {**WHOLE, "rules": STRONG}
DARK = {**WHOLE, "runOnly": ["color-contrast-enhanced"]}
# As WCAG 1.4.12 puts it.
SPACED = """*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}
p{margin-block-end:2em!important}"""


class Shown(NamedTuple):
    """A page of the gallery in a browser."""

    name: str
    page: Page

    def at(self, size: Any) -> "Shown":
        self.page.set_viewport_size(size)
        return self

    def look(self, question: str, *given: Any) -> Any:
        """What one of the questions in look.js finds wrong: a sentence each."""
        return self.page.evaluate("([name, given]) => look[name](...given)", [question, given])

    def axe(self, options: dict[str, Any]) -> AxeResults:
        """What axe finds wrong. It is on each page from the start: it is half a megabyte to send."""
        return AxeResults(self.page.evaluate("(options) => look.axe(options)", options))


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("looks")
    shutil.copy(empty_database, folder / "sheaf.db")
    started = Server(folder, SHEAF_GALLERY="true").start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def page(gallery: Server, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(60_000)
    context.add_init_script(LOOK)
    context.add_init_script(AXE_SCRIPT)
    yield context.new_page()
    context.close()


# The gallery's policy lets a file have none of its styles, and a blank screen has nothing to look at.
PAGES = [name for name in ALL if name not in ("summary/file", "projector/blank")]
# Hundreds of cards take axe seconds; what they are made of stands on other pages too.
SLOW = {"board/crowded", "board/move-crowded", "board/earlier", "summary/crowded"}
PARAMS = [pytest.param(name, marks=[pytest.mark.long] if name in SLOW else []) for name in PAGES]


@pytest.fixture(scope="module", params=PARAMS, ids=lambda name: name or "index")
def shown(request: Any, gallery: Server, page: Page) -> Shown:
    page.goto(f"{gallery.url}/gallery/{request.param}?ground=light")
    return Shown(request.param, page)


def test_axe_finds_nothing_on_light_ground(shown: Shown) -> None:
    results = shown.at(WIDE).axe(LIGHT)
    assert results.violations_count == 0, results.generate_report()


def test_axe_finds_no_weak_contrast_on_dark_ground(shown: Shown) -> None:
    shown.at(WIDE).look("ground", "dark")
    results = shown.axe(DARK)
    shown.look("ground", "light")
    assert results.violations_count == 0, results.generate_report()


def test_nothing_needs_scrolling_sideways(shown: Shown) -> None:
    assert shown.at(WIDE).look("wider") == []
    assert shown.at(SMALL).look("wider") == []


def test_a_number_is_read_in_one_line(shown: Shown) -> None:
    assert shown.at(SMALL).look("split") == []


def test_wide_spacing_cuts_nothing_off(shown: Shown) -> None:
    shown.at(SMALL).look("dress", SPACED)
    cut = shown.look("cut")
    shown.look("dress", "")
    assert cut == []


def test_letters_twice_as_large_cut_nothing_off(shown: Shown) -> None:
    shown.at({"width": 640, "height": 800}).look("enlarge", 2)
    cut = shown.look("cut")
    shown.look("enlarge", 1)
    assert cut == []


def test_what_can_be_hit_is_as_large_as_a_fingertip(shown: Shown) -> None:
    assert shown.at(SMALL).look("small", 44) == []
    assert shown.at(WIDE).look("small", 44) == []


def test_the_focus_is_seen(shown: Shown) -> None:
    assert shown.at(WIDE).look("unfocused") == []


# What a stranger gets instead of a summary is a page to go on from.
SUMMARIES = [name for name in PAGES if name.startswith("summary/") and name != "summary/not-public"]


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_summary_is_fit_for_paper(gallery: Server, page: Page, name: str) -> None:
    page.emulate_media(media="print")
    page.goto(f"{gallery.url}/gallery/{name}?ground=dark")
    printed = Shown(name, page)
    torn, tiny, furniture = printed.look("torn"), printed.look("tiny", 11), printed.look("furniture")
    ink = page.evaluate("getComputedStyle(document.body).color")
    page.emulate_media(media="screen")
    assert torn == [], "breaks in the middle, or a heading alone"
    assert tiny == [], "smaller than 11 points"
    assert furniture == [], "of no use on paper"
    assert ink == "rgb(29, 35, 39)"


def test_edges_are_there_in_colours_of_the_readers_own(shown: Shown) -> None:
    shown.page.emulate_media(forced_colors="active")
    edgeless = shown.look("edgeless")
    shown.page.emulate_media(forced_colors="none")
    assert edgeless == []


# What the gallery can only copy


def test_the_gallery_draws_unsent_posts_as_the_phone_does(hall: Hall) -> None:
    phone = hall.phone()
    unsent = phone.locator("#unsent")
    phone.context.set_offline(True)
    say(phone, "Who\npays?")
    expect(unsent.get_by_text("Waiting for signal.")).to_be_visible()
    assert same(unsent.evaluate(OUTER), ("Who\npays?", unsent.locator(".about").inner_text(), False))

    phone.get_by_label("What do you want to say?").fill("Half a thought")
    act(hall, "close_session")
    phone.context.set_offline(False)
    expect(unsent.get_by_role("button")).to_have_count(2)
    assert same(unsent.evaluate(OUTER), ("Who\npays?", "The session is closed.", True))


OUTER = "(list) => list.outerHTML"


def same(drawn: str, *unsent: tuple[str, str, bool]) -> bool:
    """Whether the phone's list is the gallery's, but for white space between elements."""
    copied = render("gallery/unsent.html", "en", unsent=unsent)
    return plain(drawn) == plain(copied)


def plain(drawn: str) -> str:
    return re.sub(r"(?<=>)\s+(?=<)", "", drawn).strip()
