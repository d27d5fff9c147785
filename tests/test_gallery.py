"""The gallery shows every fragment and every screen in every state, and only where it is asked for."""

import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import html5lib
import httpx2
import pytest
from starlette.testclient import TestClient

from app import templating
from app.gallery import ALL
from app.main import create_app
from app.settings import Settings
from tests.conftest import Server

ONCE = {"state", "notice", "voices", "shown", "blanking", "voting", "gathered", "lettingin"}
ONCE |= {"likelyhead"} | {f"{place}count" for place in ("all", "unsorted", "lone", "parked")}
"""Lines that stand once on their screen, and in several states on a sheet."""

Lines = set[tuple[str, int]]


class Drawn(NamedTuple):
    """The gallery's pages by name, and the lines of compiled templates that ran for them."""

    client: TestClient
    pages: dict[str, str]
    lines: Lines


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drawn]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("gallery"), secret="x", gallery=True)
    with noting_lines() as lines, TestClient(create_app(settings)) as client:
        pages = {name: client.get(f"/gallery/{name}") for name in ALL}
        assert {name: page.status_code for name, page in pages.items()} == dict.fromkeys(ALL, 200)
        yield Drawn(client, {name: page.text for name, page in pages.items()}, lines)


def test_there_is_no_gallery_unless_it_is_asked_for(shared_server: Server) -> None:
    for path in ("/gallery", "/gallery/phone", "/gallery/phone/empty"):
        assert httpx2.get(shared_server.url + path).status_code == 404


@pytest.mark.parametrize("name", ALL)
def test_a_page_of_the_gallery_is_correct(drawn: Drawn, name: str) -> None:
    page = drawn.pages[name]
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    ids = Counter(one.get("id") for one in parser.parse(page).iter() if one.get("id"))
    assert {id_ for id_, count in ids.items() if count > 1} <= (ONCE if name and "/" not in name else set())
    scripts = re.findall(r"<script [^>]*>", page)
    assert [one for one in scripts if 'id="words"' not in one and "js/making.js" not in one] == []


def test_a_page_of_the_gallery_shows_the_state_it_is_named_for(drawn: Drawn) -> None:
    for name, words in STATES.items():
        assert words in drawn.pages[name], name


STATES = {
    "door/stranger": "Sign in as organiser",
    "door/facilitators": "This page is for facilitators.",
    "door/refused": "There is no card 99.",
    "organiser/sign-in-refused": "do not belong together",
    "organiser/sign-in-provider": "Sign in with Strathmore Community Trust",
    "organiser/sign-in-stale": "That was begun elsewhere, or too long ago.",
    "organiser/sessions-refused": "Strathmore Community Trust does not answer.",
    "organiser/sessions-linked": "Use the password alone",
    "organiser/sign-up-refused": "at least 10 characters",
    "organiser/password": "Choose a new password",
    "organiser/sessions-none": "You have no sessions yet.",
    "organiser/sessions-invited": "sheaf.example/sign-up/",
    "organiser/new-example": "Renumeration",
    "organiser/new-refused": "It must close after it opens.",
    "organiser/about-saved": "Saved.",
    "organiser/about-refused": "It must close after it opens.",
    "organiser/people-new": "sheaf.example/i/",
    "phone/notice": '<details id="notice" class="notice" open>',
    "phone/told": '<details id="notice" class="notice">',
    "phone/early": "The session opens on 2 January 2040",
    "phone/saved": "Saved, number 13.",
    "phone/refused": "500 is the most.",
    "phone/closed-mid-word": "The session is closed.",
    "board/likely": "It may belong with",
    "board/alike": "Merge them…",
    "board/session": "Ask something more",
    "board/vote": "Open the vote",
    "board/voting": "1 person has voted so far.",
    "phone/voting": "Saved. You gave: <b>A</b> 2, <b>C</b> 1.",
    "phone/receipt": "Your cards, and what became of them",
    "phone/receipt-told": "It answers until 2 January 2040.",
    "phone/count-refused": "So many people have 3 dots.",
    "phone/count-none": "No vote is open just now.",
    "projector/vote": "3 dots each",
    "projector/voted": "11 by hand",
    "board/merged": "other card says the same",
    "board/screen": "ones and moves gather until you let them in",
    "board/screen-joining": "New cards and moves come onto it",
    "projector/gathering": "2 new",
    "board/session-closed": "Keep it among your sessions",
    "summary/making": "Watch the themes being made",
    "summary/making-empty": "Nothing has been said yet.",
    "summary/restricted": "Restricted: not for publication.",
    "summary/ordinary": "Done on 1 December 2026.",
    "summary/closed": "Take it back",
    "summary/public": "Take it with you",
    "summary/not-public": "This summary is not public just now.",
    "summary/answered": "Saved.",
    "summary/answer-refused": "Please say the answer in a sentence.",
    "summary/answer-homeless": "There is no theme ZZ.",
    "phone/receipt-public": "Read the summary",
}


def test_a_page_of_the_gallery_may_be_light_or_dark(drawn: Drawn) -> None:
    for name in ("phone/empty", "projector/empty", "summary/empty"):
        assert (
            'data-theme="dark"'
            in drawn.client.get(f"/gallery/{name}?ground=dark").text.partition("<head>")[0]
        )
        assert drawn.client.get(f"/gallery/{name}?ground=light").text.count('data-theme="light"') == 1


# Nothing can be forgotten


def test_every_line_of_every_template_is_drawn_in_the_gallery(drawn: Drawn) -> None:
    templates = templating.environment("en").list_templates()
    assert [line for name in templates for line in not_drawn(name, drawn.lines)] == []


@contextmanager
def noting_lines() -> Iterator[Lines]:
    """The lines of compiled templates that run meanwhile, in this thread and those that it starts."""
    # Python 3.11 no longer tells of every line once a function has run often.
    templating.environment.cache_clear()
    templating._macros.cache_clear()
    templating.drawn_once.cache_clear()
    ran: Lines = set()

    def note(frame: FrameType, _event: str, _argument: object) -> Any:
        if not frame.f_code.co_filename.endswith(".html"):
            return None
        ran.add((frame.f_code.co_filename, frame.f_lineno))
        return note

    before = sys.gettrace()
    threading.settrace(note)
    sys.settrace(note)
    try:
        yield ran
    finally:
        sys.settrace(before)
        threading.settrace(before)  # type: ignore[arg-type]


PUTS_OUT = re.compile(r"\s*(yield |t_\d+\.(append|extend)\()")


def not_drawn(name: str, ran: Lines) -> list[str]:
    """The lines of a template of which something was never put out, in no state of the gallery."""
    environment = templating.environment("en")
    template = environment.get_template(name)
    assert template.filename
    source = Path(template.filename).read_text()
    compiled = environment.compile(source, name, template.filename, raw=True).splitlines()
    missed = {
        template.get_corresponding_lineno(at)
        for at, line in enumerate(compiled, start=1)
        if PUTS_OUT.match(line) and (template.filename, at) not in ran
    }
    return [f"{name}:{at}: {source.splitlines()[at - 1]}" for at in sorted(missed)]
