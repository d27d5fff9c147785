"""A large board in a real browser: until it is seen, until a dropped card lies, and what a frame
costs while a card is dragged over it."""

import shutil
import time
from typing import TYPE_CHECKING, Any

from bench.event import Server, event, serving
from bench.figures import Report, figure

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

ROUNDS = 3
CARDS = 2_000
THEMES = 30
FRAMES = 120

_WATCH = """() => {
  window.dropped = new Promise((done) => {
    addEventListener("pointerup", ({ timeStamp }) => {
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - timeStamp)));
    }, { capture: true, once: true });
  });
}"""
"""From the release of the button to the frame in which the card lies."""

_WALL = "() => document.querySelectorAll('main li.card').length"
_PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def board() -> Report:
    """2,000 cards and 30 themes: a fresh page, and one that has loaded every card."""
    from playwright.sync_api import sync_playwright  # only for tests, and for this

    report = Report("board", f"A board with {CARDS:,} cards and {THEMES} themes, in Chromium")
    with serving(event(CARDS, THEMES)) as server, sync_playwright() as tools:
        browser = tools.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        runs = [_visit(browser, server) for _ in range(ROUNDS)]
        browser.close()
    for name in runs[0]:
        report.figures.append(figure(name, "ms", [run[name] for run in runs]))
    report.notes.append("Chromium draws in software here: paint is not part of script and layout.")
    return report


def _visit(browser: "Browser", server: Server) -> dict[str, float]:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"http://localhost:{server.port}/i/{server.event.invitation}", wait_until="load")
    page.wait_for_function(_PAINTED)
    found = {"first paint": page.evaluate(_PAINTED)}
    found |= {f"{name}, 400 cards held": value for name, value in _handle(page).items()}
    _load_all(page)
    found |= {f"{name}, all held": value for name, value in _handle(page).items()}
    page.context.close()
    return found


def _load_all(page: "Page") -> None:
    while page.locator("a.earlier").count():
        there = page.evaluate(_WALL)
        page.locator("a.earlier").click()
        page.wait_for_function(f"(there) => ({_WALL})() > there", arg=there)


def _handle(page: "Page") -> dict[str, float]:
    """Drag a card over the wall and lay it down in theme A."""
    line = page.context.new_cdp_session(page)
    line.send("Performance.enable")
    page.locator("aside").evaluate("aside => aside.scrollTo(0, 0)")
    page.wait_for_timeout(500)  # whatever was loaded has settled
    card = page.locator("#unsorted > li").first
    head = page.locator("#themes-A > header").bounding_box()
    box = card.bounding_box()
    assert box is not None
    assert head is not None
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 30)
    page.locator(".hand").wait_for()
    frames = _over_the_wall(page, line)
    page.mouse.move(head["x"] + 80, head["y"] + 20)
    page.locator("#themes-A.lit").wait_for()
    page.evaluate(_WATCH)
    page.mouse.up()
    dropped = page.evaluate("() => window.dropped")
    page.wait_for_function("() => !document.querySelector('.going')")
    return {**frames, "release to drop": dropped}


def _over_the_wall(page: "Page", line: "CDPSession") -> dict[str, float]:
    before, frames_before = _spent(line), _frames(page)
    started = time.perf_counter()
    for step in range(FRAMES):
        page.mouse.move(380 + 700 * step / FRAMES, 260 + 300 * (step % 40) / 40)
    took = time.perf_counter() - started
    after, frames = _spent(line), max(1, _frames(page) - frames_before)
    return {
        "script a frame": 1000 * (after["ScriptDuration"] - before["ScriptDuration"]) / frames,
        "layout and style a frame": 1000
        * sum(after[name] - before[name] for name in ("LayoutDuration", "RecalcStyleDuration"))
        / frames,
        "a frame, by the clock": 1000 * took / frames,
    }


def _spent(line: "CDPSession") -> dict[str, float]:
    metrics: dict[str, Any] = line.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in metrics["metrics"]}


def _frames(page: "Page") -> int:
    """How many frames there have been, counted from the first time that somebody asks."""
    counted: int = page.evaluate(
        """() => {
          if (window.framesSoFar === undefined) {
            window.framesSoFar = 0;
            (function next() { window.framesSoFar += 1; requestAnimationFrame(next); })();
          }
          return window.framesSoFar;
        }"""
    )
    return counted
