"""Draws the README's pictures: starts the demo on a folder of its own, visits its screens, and
puts what they look like beside this file. Run it with bin/pictures."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
HOST = "sheaf.example"
"""What the pictures call the server; the browser is told where that is."""


def main() -> None:
    """Draw all of them."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("The pictures need Chromium.")
    with TemporaryDirectory() as folder, demo(Path(folder)) as (port, links), sync_playwright() as tools:
        where = [f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{port}", "--no-sandbox", "--disable-gpu"]
        where.append("--disable-lcd-text")  # grey edges of letters: smaller files
        browser = tools.chromium.launch(executable_path=chromium, args=where)
        for draw in (phone, board, projector, summary):
            draw(browser, links)
        browser.close()


@contextmanager
def demo(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The demo, running: its port and links."""
    port = free_port()
    settings = {"SHEAF_DATA_DIR": str(folder), "SHEAF_PORT": str(port), "SHEAF_PUBLIC_URL": f"http://{HOST}"}
    server = subprocess.Popen(
        [sys.executable, "-P", "-m", "app"],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    links: dict[str, str] = {}
    try:
        for said in server.stdout:
            name, _, link = said.strip().partition(" ")
            links.setdefault(name.lower(), link.strip())
            if name == "Stop":
                break
        yield port, links
    finally:
        server.terminate()
        server.wait(timeout=20)
        server.stdout.close()


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def phone(browser: Browser, links: dict[str, str]) -> None:
    """Somebody who has said one thing, and is about to say another."""
    page = visit(browser, links["phone"], 390, 760, scale=2)
    page.locator("#post textarea").fill("Travel costs stop carers from coming.")
    page.get_by_label("Statement", exact=True).check()
    page.get_by_role("button", name="Post it").click()
    page.locator("#mine li").wait_for()
    page.locator("#post textarea").fill("Who decides what is worth paying for?")
    page.get_by_label("Question", exact=True).check()
    keep(page, "phone")


def board(browser: Browser, links: dict[str, str]) -> None:
    """Two cards picked."""
    page = visit(browser, links["board"], 1180, 680)
    for nth in (1, 3):
        page.locator("#unsorted .pick").nth(nth).check()
    page.mouse.move(0, 0)
    page.locator("aside").evaluate("aside => aside.scrollTo(0, 0)")
    keep(page, "board")


def projector(browser: Browser, links: dict[str, str]) -> None:
    """The second theme."""
    page = visit(browser, links["projector"], 1280, 720)
    while not page.locator("#themes-B").is_visible():
        page.keyboard.press("PageDown")
    keep(page, "projector")


def summary(browser: Browser, links: dict[str, str]) -> None:
    """The first page."""
    page = visit(browser, links["summary"], 960, 1200)
    keep(page, "summary")


def visit(browser: Browser, link: str, width: int, height: int, scale: float = 1) -> Page:
    """A page as big as that, without motion, its typeface there."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme="light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(link, wait_until="load")
    page.evaluate("document.fonts.ready")
    return page


def keep(page: Page, name: str) -> None:
    """Put the picture beside this file."""
    file = HERE / f"{name}.png"
    page.screenshot(path=file)
    print(f"{file.relative_to(HERE.parent.parent)}: {file.stat().st_size // 1024} KiB")
    page.context.close()


if __name__ == "__main__":
    main()
