"""Draws every state of every screen, to be looked at: each page of the gallery, on a phone, a laptop and,
where it is one, a big screen, on light and dark ground. Run it with `bin/pictures states FOLDER`; the
folder gets an index.html with all of them side by side."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from draw import free_port
from playwright.sync_api import Page, sync_playwright

from app.gallery import ALL

PHONE, LAPTOP, WALL = (390, 844), (1280, 800), (1920, 1080)
GROUNDS = ("light", "dark")
LONGEST = 4000
"""Pixels of a page below which nothing is drawn: what comes there looks like what came before."""

Picture = tuple[str, str]
"""The name of a state and of its file."""


def main(folder: Path, wanted: str) -> None:
    """Draw those whose name begins with what is wanted."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("The pictures need Chromium.")
    folder.mkdir(parents=True, exist_ok=True)
    names = [name for name in ALL if name.startswith(wanted)]
    with gallery() as address, sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(reduced_motion="reduce")
        drawn = [picture for name in names for picture in draw(page, address, name, folder)]
        browser.close()
    (folder / "index.html").write_text(side_by_side(drawn))
    print(f"{len(drawn)} pictures of {len(names)} states: {folder / 'index.html'}")


@contextmanager
def gallery() -> Iterator[str]:
    """A server that has one, until it is done with."""
    with TemporaryDirectory() as folder:
        port = free_port()
        settings = {"SHEAF_DATA_DIR": folder, "SHEAF_PORT": str(port), "SHEAF_GALLERY": "true"}
        command = [sys.executable, "-P", "-m", "app", "serve"]
        server = subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            until_open(f"{address}/gallery")
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def until_open(address: str) -> None:
    """The gallery plays its sessions first."""
    patience = time.monotonic() + 120
    while time.monotonic() < patience:
        try:
            urlopen(address, timeout=60).close()
        except URLError:
            time.sleep(0.2)
        else:
            return
    sys.exit("The gallery did not open.")


def draw(page: Page, address: str, name: str, folder: Path) -> Iterator[Picture]:
    """One state, in every size it is seen in."""
    for ground in GROUNDS:
        page.goto(f"{address}/gallery/{name}?ground={ground}")
        page.evaluate("document.fonts.ready")
        for width, height in sizes(name):
            page.set_viewport_size({"width": width, "height": height})
            tall: int = page.evaluate("document.documentElement.scrollHeight")
            whole = {"x": 0, "y": 0, "width": width, "height": min(LONGEST, max(height, tall))}
            file = f"{name.replace('/', '-') or 'all'}-{width}-{ground}.png"
            page.screenshot(path=folder / file, full_page=True, clip=whole)
            yield f"{name} {width} {ground}", file


def sizes(name: str) -> tuple[tuple[int, int], ...]:
    """The big screen is also read on phones, but there it is another page."""
    return (LAPTOP, WALL) if name.startswith("projector/") else (PHONE, LAPTOP)


def side_by_side(drawn: list[Picture]) -> str:
    """A page that holds them all."""
    shown = "\n".join(
        f'<figure><a href="{file}"><img src="{file}" loading="lazy" alt=""></a>'
        f"<figcaption>{escape(name)}</figcaption></figure>"
        for name, file in drawn
    )
    style = "figure{display:inline-block;margin:8px;vertical-align:top}img{width:300px;border:1px solid}"
    return f'<!doctype html><html lang="en"><title>States</title><style>{style}</style>\n{shown}\n</html>\n'


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
