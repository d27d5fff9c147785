"""On the wall every voice is on a page, and no page cuts one off."""

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Server

pytestmark = pytest.mark.browser

SIZES = [(1920, 1080), (1024, 768)]
VOICES = [f"{nth}: {'they asked us after they had decided, ' * (nth % 5)}again" for nth in range(1, 25)]
TORTURE = ["The bus comes twice a day. " * 18, "x" * 500]

# The cards on the page, and how many of them stick out of it.
SHOWN = """() => {
  const page = document.querySelector(".leaf.shown .cards");
  if (!page) return { cards: [], cut: 0 };
  const { left, right, bottom } = page.getBoundingClientRect();
  const parts = [...page.children].flatMap((card) =>
    [...card.getClientRects()].map((part) => ({ id: card.id, part })));
  const on = parts.filter(({ part }) => part.right > left + 1 && part.left < right - 1);
  const cut = on.filter(({ part }) =>
    part.left < left - 1 || part.right > right + 1 || part.bottom > bottom + 1);
  return { cards: on.map(({ id }) => id), cut: cut.length };
}"""


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_paging_shows_every_voice_whole(
    page: Page, shared_server: Server, size: tuple[int, int], direction: str
) -> None:
    links = shared_server.new()
    shared_server.run("import", links["code"], "-", given="\n".join(VOICES + TORTURE))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(reduced_motion="reduce")
    page.goto(links["projector"])
    page.evaluate("direction => { document.documentElement.dir = direction }", direction)
    expect(page.locator("body")).to_have_class("projector paged joining")

    seen: set[str] = set()
    place = ""
    while place != (place := turn(page)):
        shown = page.evaluate(SHOWN)
        assert shown["cards"], f"{place} is empty"
        assert shown["cut"] == 0, f"{place} cuts a voice"
        seen |= set(shown["cards"])
    assert seen == {f"unsorted-{number}" for number in range(1, len(VOICES + TORTURE) + 1)}


def turn(page: Page) -> str:
    page.keyboard.press("PageDown")
    return page.locator("#where").inner_text()
