"""The making of the themes is played in the file that somebody takes home, with no server and no network."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Hall
from tests.browser.test_offline import act

pytestmark = pytest.mark.browser

HIDDEN = "Words that were hidden"
EARLIER = "A name that was given up"
SUMMARY = """() => [...document.querySelectorAll("#appendix .topic[id^=all-]")].map((one) => ({
  at: one.id.slice(4),
  held: [...one.querySelectorAll(":scope > .voices > li")].map((voice) => voice.value),
}))"""
PLAYED = """() => [...document.querySelectorAll(".sheaf:not([hidden])")].map((one) => ({
  at: one.dataset.place,
  name: one.querySelector(".name:not([hidden])")?.textContent ?? "–",
  count: one.querySelector(".count").textContent,
  held: [...one.querySelectorAll(".mark")].map((mark) => Number(mark.textContent)),
}))"""

WALKED = """() => {
  const found = [];
  document.querySelector(".mark[tabindex='0']").focus();
  for (let last; document.activeElement !== last;) {
    last = document.activeElement;
    found.push([last.closest(".sheaf").dataset.place, Number(last.textContent)]);
    last.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  }
  return found;
}"""

FACES = """() => [...new Set([...document.querySelectorAll("body, figure text")].map(
  (one) => getComputedStyle(one).fontFamily))]"""
"""The faces of a page and of the letters in its figures."""


def make(hall: Hall) -> None:
    """A card in each place, a merge, a theme split off, one taken away, one named anew."""
    for nth in range(1, 9):
        act(hall, "post", text=HIDDEN if nth == 8 else f"Voice <{nth}>")
    act(hall, "rename_theme", theme="A", name=EARLIER)
    act(hall, "place", contributions=[1, 2, 3, 8], theme="A")
    act(hall, "place", contributions=[3], theme="B")
    act(hall, "hide", contributions=[8])
    act(hall, "merge", contributions=[1, 4], into=1)
    act(hall, "place", contributions=[5], theme="lone")
    act(hall, "place", contributions=[6], theme="parked")
    act(hall, "split_theme", theme="A", contributions=[2], name="Time")
    act(hall, "create_theme", name="Not needed")
    act(hall, "remove_theme", theme="D")
    act(hall, "rename_theme", theme="A", name="Fair pay")


@pytest.fixture
def file(hall: Hall, tmp_path: Path) -> Path:
    """What an organiser takes home."""
    make(hall)
    board = hall.board()
    answer = board.request.get(f"{hall.links['summary']}.html")
    home = tmp_path / "summary.html"
    home.write_bytes(answer.body())
    return home


def scrub(page: Page, moment: int | str) -> None:
    """As somebody does with the scrubber, to a moment or the end."""
    page.get_by_label("Moment", exact=True).evaluate(
        "(one, to) => { one.value = to; one.dispatchEvent(new Event('input', { bubbles: true })); }", moment
    )


def test_the_file_plays_offline_and_ends_as_the_summary_stands(hall: Hall, file: Path) -> None:
    """Themes stand side by side, cards in them by their numbers, and nothing is asked of anybody."""
    asked: list[str] = []
    device = hall.device(offline=True)
    page = device.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    slider = page.get_by_label("Moment", exact=True)
    ends(page)

    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "Before the first card")
    assert held(page, PLAYED) == {}
    page.keyboard.press("ArrowRight")
    expect(page.locator(".moment")).to_contain_text("The session began")
    assert heads(page)[1:3] == ["A – 0", "B Power 0"]
    assert len(heads(page)) == 5

    scrub(page, 9)  # seven cards that may be read have come, and three of them are placed
    expect(page.locator(".moment")).to_contain_text("Put in A: 1, 2, 3")
    assert held(page, PLAYED) == {"unsorted": [4, 5, 6, 7], "A": [1, 2, 3]}
    assert str(slider.get_attribute("aria-valuetext")).endswith(" – Put in A: 1, 2, 3")

    scrub(page, 99)
    expect(page.locator(".moment")).to_contain_text("Theme A named")
    ends(page)
    page.get_by_role("button", name="Step back").click()
    expect(page.locator(".moment")).to_contain_text("Theme D taken away")
    assert EARLIER not in page.content()
    assert HIDDEN not in page.content()
    assert {url.partition(":")[0] for url in asked} == {"file"}
    assert len(page.evaluate(FACES)) == 1
    plays_a_crowd(page, file)


def plays_a_crowd(page: Page, file: Path) -> None:
    """A thousand more cards stand in the file's list of steps: they are drawn as dots, and each is read
    by keyboard, by pointer and by its number as the few are."""
    crowd = {str(number): ("", "A", "B", "A C")[number % 4] for number in range(101, 1101)}
    does = ";".join(f"{number}:{at}" for number, at in crowd.items())
    line = f'<li data-do="A:+;C:+;{does}"><time>Today</time> <b>Came in</b></li>'
    file.write_text(file.read_text().replace("<li data-do=", f"{line}<li data-do=", 1))
    page.goto(file.as_uri())
    stands = {int(number): at.split() or ["unsorted"] for number, at in crowd.items()}
    few = held(page, SUMMARY)
    assert page.evaluate(WALKED) == [
        [at, number]
        for at in ("unsorted", "A", "C", "B", "lone", "parked")
        for number in [*few[at], *(one for one in stands if at in stands[one])]
    ]
    expect(page.locator(".chosen")).to_have_text("6 Voice <6>")
    canvas = page.locator("[data-place=B] canvas")
    canvas.click(position={"x": 8, "y": 8})  # the first, in the corner
    expect(page.locator(".chosen")).to_have_text("3 Voice <3>")
    expect(page.locator("[data-place=B] .mark")).to_be_focused()
    before = canvas.screenshot()
    page.get_by_label("Card", exact=True).fill("102")
    expect(page.locator(".chosen")).to_have_text("102 This voice asked not to be quoted.")
    assert canvas.screenshot() != before
    scrub(page, 0)
    expect(page.locator(".sheaf:not([hidden]) .count")).to_have_text(["0", "0", "0"])
    expect(page.locator(".mark")).to_have_count(0)


def ends(page: Page) -> None:
    """What is played is the board of the summary in the same file."""
    assert held(page, PLAYED) == held(page, SUMMARY)
    assert heads(page) == ENDS


ENDS = [
    "unsorted Not sorted yet 1",
    "A Fair pay 3",
    "C Time 1",
    "B Power 1",
    "lone Lone voices 1",
    "parked Parked 1",
]


def held(page: Page, where: str) -> dict[str, list[int]]:
    """Where cards stand by themselves."""
    return {one["at"]: sorted(one["held"]) for one in page.evaluate(where) if one["held"]}


def heads(page: Page) -> list[str]:
    """Each sheaf that is there, its name, and how many voices it has."""
    return ["{at} {name} {count}".format(**one) for one in page.evaluate(PLAYED)]


def test_it_is_played_and_read_by_keyboard_alone(hall: Hall) -> None:
    """On the server's page: it starts only when asked to, and stops where somebody takes over."""
    make(hall)
    page = hall.board(reduced_motion="reduce")
    page.goto(hall.links["summary"])
    page.get_by_role("link", name="Watch the themes being made").click()
    ends_with = page.locator(".moment")
    expect(ends_with).to_contain_text("Theme A named")

    play = page.get_by_role("button", name="Play")
    play.focus()
    page.keyboard.press("Enter")
    pause = page.get_by_role("button", name="Pause")
    expect(pause).to_be_focused()
    expect(ends_with).to_contain_text("Came in")
    page.keyboard.press("Enter")
    expect(play).to_be_focused()

    page.get_by_label("Moment", exact=True).press("End")
    expect(ends_with).to_contain_text("Theme A named")
    page.locator(".mark[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".chosen")).to_have_text("1 Voice <1>4 Voice <4>")
    expect(page.locator(".mark.looked")).to_have_text("1")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".chosen")).to_have_text("3 Voice <3>")
    page.get_by_label("Card", exact=True).fill("7")
    expect(page.locator(".chosen")).to_have_text("7 Voice <7>")
    page.get_by_label("Card", exact=True).fill("8")
    expect(page.locator(".chosen")).to_have_text("There is no such card here.")


def test_without_scripts_the_steps_are_a_list(hall: Hall) -> None:
    make(hall)
    page = hall.board(java_script_enabled=False)
    page.goto(f"{hall.links['summary']}/making")
    expect(page.locator(".player")).to_be_hidden()
    page.get_by_text("All steps as a list (UTC)").click()
    steps: Any = page.locator(".moments li")
    expect(steps.filter(has_text="Put in A: 1–3")).to_be_visible()
    expect(steps.last).to_contain_text("Theme A named")
