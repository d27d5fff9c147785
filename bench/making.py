"""The time-lapse in a browser: what it costs to jump to another moment, and to drag the scrubber.

The file is the exported one, opened from disk; it is open with the second frame after its script ran.
A jump is measured from the event to the end of the
layout that follows; a drag is a new moment in every frame, and its figure the time between frames,
painting included. It needs Chromium, so it is run from the tests’ own environment:
`python -m bench.making`.
"""

import random
import shutil
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.database import connect, reading
from app.queries.sessions import session_by_code
from app.summaries import WRITERS, Document, build
from app.summaries.tree import Moment
from bench.event import NOW, event

SIZES = (10, 500, 5_000)
JUMPS, FRAMES = 40, 120

OPENED = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
})"""
JUMP = """(to) => new Promise((done) => {
  const slider = document.querySelector("[type=range]");
  let from;
  requestAnimationFrame(() => { from = performance.now(); });
  slider.value = to;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => { document.body.offsetHeight; done(performance.now() - from); });
})"""
DRAG = """(frames) => new Promise((done) => {
  const slider = document.querySelector("[type=range]");
  const times = [];
  const tick = (time) => {
    times.push(time);
    if (times.length > frames) return done(times.slice(1).map((one, nth) => one - times[nth]));
    slider.value = Math.abs(frames / 2 - times.length) / (frames / 2) * slider.max;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})"""


def main() -> None:
    """Print a row for each size."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started, tempfile.TemporaryDirectory() as folder:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"))
        for size in SIZES:
            page = browser.new_page(viewport={"width": 1920, "height": 1080}, offline=True)
            file = Path(folder) / f"{size}.html"
            file.write_bytes(WRITERS["html"].write(played(size)))
            print(f"{size:>6,} cards: {file.stat().st_size / 1e6:.2f} MB, {figures(page, file)}")
        browser.close()


def played(size: int) -> Document:
    """An event's summary, in which each card is moved once more."""
    made = event(size)
    with reading(connect(f"sqlite:///{made.file}")) as db:
        live_session = session_by_code(db, made.code)
        assert live_session is not None
        document = build(db, live_session, NOW)
    chance = random.Random(size)
    letters = [one.place for one in document.making.columns]
    moves = [{str(number): chance.choice(letters)} for number in range(1, size + 1)]
    there = {
        subject: where
        for one in document.making.moments
        for each in one.changes
        for subject, where in each.items()
    }
    back = [{str(number): there[str(number)]} for number in range(1, size + 1)]
    at = document.making.moments[-1].at
    moments = [*document.making.moments, Moment(at, "place", ["A"], moves), Moment(at, "place", ["B"], back)]
    return replace(document, making=replace(document.making, moments=moments))


def figures(page: Any, file: Path) -> str:
    """What the page does in milliseconds."""
    page.goto(file.as_uri())
    opened = page.evaluate(OPENED)
    steps = int(page.evaluate("document.querySelector('[type=range]').max"))
    chance = random.Random(1)
    jumps = [page.evaluate(JUMP, chance.randint(0, steps)) for _nth in range(JUMPS)]
    frames = page.evaluate(DRAG, FRAMES)
    in_all = f"{steps:,} steps, opened in {opened:.0f} ms"
    return f"{in_all}, a jump {typical(jumps)}, a frame of a drag {typical(frames)}"


def typical(times: list[float]) -> str:
    """The middle one, and the longest."""
    return f"{statistics.median(times):.1f} ms (at most {max(times):.1f})"


if __name__ == "__main__":
    main()
