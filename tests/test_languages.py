"""Everybody reads in a language of their own: the session's, unless they choose another."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest

from app import screens
from app.database import reading
from app.live import Live
from app.live.door import LiveSeat
from app.live.protocol import Knock
from app.locales import accepted, ngettext
from app.passes import new_key
from app.queries.sessions import session_by_code
from app.screens import Audience, Screen
from app.templating import render
from tests.conftest import Room, Server
from tests.screens import tree

Browser = Callable[[], httpx2.Client]
OWN_PAGE = {"sec-fetch-site": "same-origin"}
GAELIC, ENGLISH = "Postaich e", "Post it"


@pytest.fixture
def arrive(shared_server: Server) -> Iterator[Browser]:
    """Browsers that nobody has used before."""
    with ExitStack() as opened:
        origin = {"Origin": shared_server.url}
        yield lambda: opened.enter_context(httpx2.Client(headers=origin, follow_redirects=True))


def language_of(page: str) -> str:
    found = re.search(r'<html lang="([\w-]+)" dir="(ltr|rtl)"', page)
    assert found
    return f"{found[1]} {found[2]}"


# Choosing


def test_a_session_is_read_in_its_own_language(shared_server: Server, arrive: Browser) -> None:
    phone = arrive()
    page = phone.get(shared_server.new(language="ar")["join"], headers={"Accept-Language": "pl"}).text
    assert language_of(page) == "ar rtl"


def test_whoever_chooses_a_language_reads_every_session_in_it(shared_server: Server, arrive: Browser) -> None:
    phone, links = arrive(), shared_server.new()
    assert language_of(phone.get(links["join"]).text) == "en ltr"
    assert language_of(phone.post(links["phone"], data={"language": "ur"}).text) == "ur rtl"
    assert language_of(phone.get(links["phone"]).text) == "ur rtl"
    assert language_of(phone.get(shared_server.new()["join"]).text) == "ur rtl"
    assert language_of(phone.get(shared_server.url).text) == "ur rtl"


def test_languages_are_offered_by_their_own_names_and_alike(shared_server: Server, arrive: Browser) -> None:
    page = tree(arrive().get(shared_server.url).text.partition("<html")[2].join(("<html", "")))
    offered = [one for one in page.walk() if one.attributes.get("name") == "language"]
    assert [(one.attributes["lang"], one.children) for one in offered] == [
        ("gd", ["Gàidhlig"]),
        ("ar", ["العربية"]),
        ("pl", ["polski"]),
        ("ur", ["اردو"]),
    ]


def test_without_scripts_a_switch_keeps_what_is_written(shared_server: Server, arrive: Browser) -> None:
    phone, links = arrive(), shared_server.new(prompts=["One?", "Two?"])
    phone.get(links["join"])
    half = {"key": new_key(), "text": "Half a\nthou", "kind": "idea", "prompt": "1", "language": "gd"}
    page = phone.post(links["phone"], data=half)
    assert page.status_code == 200
    assert GAELIC in page.text
    assert "Half a\nthou</textarea>" in page.text
    assert 'value="idea" checked' in page.text
    assert 'name="prompt" value="1" checked' in page.text
    assert "Half a" not in phone.get(links["phone"]).text, "nothing was posted"


def test_the_front_door_keeps_the_code_that_is_half_typed(shared_server: Server, arrive: Browser) -> None:
    page = arrive().post(shared_server.url, data={"language": "pl", "code": "CDFG"}).text
    assert language_of(page) == "pl ltr"
    assert 'value="CDFG"' in page


def test_no_cookie_is_kept_of_a_language_that_there_is_not(shared_server: Server, arrive: Browser) -> None:
    phone = arrive()
    for language in ("xx", "", "../../en", "en; Domain=example.org"):
        answer = phone.post(shared_server.url, data={"language": language})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("header", "liked"),
    [
        ("pl-PL,pl;q=0.9,en;q=0.8", "pl"),
        ("en;q=0.5, gd", "gd"),
        ("fr, de;q=0.3", ""),
        ("gd;q=0, pl;q=0.1", "pl"),
        ("pl;q=many, *", ""),
        ("", ""),
    ],
)
def test_outside_of_sessions_a_browser_is_asked(header: str, liked: str) -> None:
    assert accepted(header, ("en", "gd", "pl")) == liked


def test_what_is_refused_is_said_in_the_language_somebody_chose(
    shared_server: Server, arrive: Browser
) -> None:
    phone, links = arrive(), shared_server.new()
    phone.post(links["phone"], data={"language": "pl"})
    assert (
        "Ten tekst ma 600 znaków. Najwięcej może mieć 500."
        in phone.post(links["phone"], data={"key": new_key(), "text": "x" * 600}).text
    )


# Two languages


def test_a_session_of_two_languages_shows_both_on_the_big_screen(
    shared_server: Server, arrive: Browser
) -> None:
    links = shared_server.new(language="gd", second_language="en")
    projector = arrive()
    projector.post(shared_server.url, data={"language": "pl"})
    page = projector.get(links["projector"]).text
    assert language_of(page) == "gd ltr", "the wall is the room's, whoever owns the computer"
    for gaelic, english in (
        ("Fosgail", "Open"),
        ("Guthan aonaranach", "Lone voices"),
        ("gu ruige seo", "so far"),
    ):
        assert gaelic in page
        assert re.search(rf'<span class="second" lang="en" dir="ltr">[^<]*{english}', page)


def test_in_a_session_of_two_languages_a_browser_is_asked(shared_server: Server, arrive: Browser) -> None:
    join = shared_server.new(language="gd", second_language="en")["join"]
    for likes, shown in (("en-GB,en", ENGLISH), ("pl", GAELIC), ("gd,en;q=0.5", GAELIC)):
        assert shown in arrive().get(join, headers={"Accept-Language": likes}).text


# Live


@pytest.mark.anyio
async def test_a_socket_speaks_the_language_of_its_page(house: Live, room: Room) -> None:
    async def language(query: dict[str, str], cookie: str = "") -> str:
        knock = Knock(f"/s/{room.code}/live", query, {"cookie": cookie, **OWN_PAGE}, ("", 0))
        seat = house.door.admit(knock)
        seat = seat if isinstance(seat, LiveSeat) else await seat  # type: ignore[misc]
        assert isinstance(seat, LiveSeat)
        return seat._audience.language

    wall = {"screen": "projector"}
    assert await language(wall) == "en"
    assert await language(wall, "sheaf-language=pl") == "pl"
    assert await language(wall | {"language": "gd"}, "sheaf-language=pl") == "gd"
    assert await language(wall | {"language": "moon"}, "sheaf-language=moon") == "en"


@pytest.mark.anyio
async def test_a_frame_is_made_once_for_each_language_that_somebody_reads(house: Live, room: Room) -> None:
    number = await room.post(text="Who pays?", kind="question")
    with reading(house.engine) as db:
        live_session = session_by_code(db, room.code)
        assert live_session is not None
        since = live_session.head - 1
        frames = {
            language: json.loads(
                screens.update(db, live_session, Audience(Screen.PHONE, language), since).frame or ""
            )["content"]
            for language in ("en", "pl", "ar")
        }
    assert f'id="room-{number}"' in frames["en"]
    assert "Question" in frames["en"]
    assert "lang=" not in frames["en"]
    for language, word in (("pl", "Pytanie"), ("ar", "سؤال")):
        assert word in frames[language]
        assert '<p class="voice" dir="auto" lang="en">Who pays?</p>' in frames[language]


def test_updates_are_asked_for_in_the_language_of_the_page(shared_server: Server, arrive: Browser) -> None:
    phone, links = arrive(), shared_server.new()
    page = phone.get(links["join"]).text
    since = re.search(r'data-head="([^"]+)"', page)
    assert since
    phone.post(links["phone"], data={"key": new_key(), "text": "Who pays?", "kind": "idea"})
    asked = f"{links['phone']}/updates?screen=phone&since={since[1]}"
    assert "Pomysł" in phone.get(f"{asked}&language=pl").json()["content"]
    assert "Idea" in phone.get(asked).json()["content"]


# The catalogues there are


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("gd", {1: "1 ghuth", 2: "2 ghuth", 3: "3 guthan", 11: "11 ghuth", 20: "20 guth"}),
        ("pl", {1: "1 głos", 2: "2 głosy", 5: "5 głosów", 12: "12 głosów", 22: "22 głosy"}),
        ("ar", {0: "لا أصوات", 1: "صوت واحد", 2: "صوتان", 3: "3 أصوات", 11: "11 صوتًا", 100: "100 صوت"}),
        ("ur", {1: "1 آواز", 2: "2 آوازیں"}),
    ],
)
def test_voices_are_counted_as_the_language_counts(language: str, said: dict[int, str]) -> None:
    spoken = {number: ngettext("%(num)s voice", "%(num)s voices", number) for number in said}
    assert {number: words.said_in(language) for number, words in spoken.items()} == said


def test_a_draft_says_so_in_its_own_language_and_in_english() -> None:
    page = render("join/page.html", "pl", typed="", refused="")
    assert "Ten język przygotowała maszyna." in page
    assert '<span lang="en" dir="ltr">A machine drafted this language.' in page
    assert "A machine drafted" not in render("join/page.html", "en", typed="", refused="")
