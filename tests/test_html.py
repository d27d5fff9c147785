"""Every page is correct HTML, and no id stands on it twice."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import html5lib
import httpx2
import pytest

from app.passes import new_key
from tests.conftest import Server

PAGES = {
    "join": "/",
    "unknown code": "/?code=CCCCCCCC",
    "nothing here": "/nothing",
    "phone": "/s/{code}",
    "phone, saved": "/s/{code}?saved=1",
    "phone, told": "/s/{code}?told=1",
    "concerns": "/s/{code}/concerns",
    "scribe": "/s/{code}/scribe",
    "cards to print": "/s/{code}/cards",
    "cards from paper": "/s/{code}/paper",
    "scribe, saved": "/s/{code}/scribe?saved=9",
    "board": "/s/{code}/board",
    "queue": "/s/{code}/queue",
    "wall": "/s/{code}/wall",
    "what the big screen shows": "/s/{code}/shown",
    "people": "/s/{code}/people",
    "about": "/s/{code}/about",
    "about, saved": "/s/{code}/about?saved=1",
    "sign in": "/sign-in?to=/sessions",
    "sign up": "/sign-up/{new}",
    "new password": "/sign-up/{reset}",
    "own sessions": "/sessions",
    "new session": "/sessions/new",
    "new session like a past one": "/sessions/new?from={code}",
    "new session from a theme": "/sessions/new?from={code}&theme=A",
    "found in own sessions": "/sessions?q=pay",
    "nothing found": "/sessions?q=«nothing»",
    "before and after": "/s/{code}/thread",
    "before and after a theme": "/s/{code}/thread?theme=A",
    "projector": "/s/{code}/projector",
    "earlier on the phone": "/s/{code}/earlier?screen=phone&before=9",
    "earlier on the board": "/s/{code}/earlier?screen=board&before=9",
    "earlier on the projector": "/s/{code}/earlier?screen=projector&before=9",
    "hands counted": "/s/{code}/count",
    "hands counted, saved": "/s/{code}/count?saved=1",
    "one's own cards": "/s/{code}/receipt",
    "summary": "/s/{code}/summary",
    "summary as a file": "/s/{code}/summary.html",
    "restricted summary": "/s/{code}/summary.html?restricted=1",
    "easy read draft": "/s/{code}/summary/easy",
    "the making of the themes": "/s/{code}/summary/making",
}
FRAGMENTS = {
    "theme sheet": "/s/{code}/board/themes/A",
    "session sheet": "/s/{code}/board/session",
    "screen sheet": "/s/{code}/board/screen",
    "unnamed theme sheet": "/s/{code}/board/themes/C",
    "votes sheet": "/s/{code}/board/votes",
    "sheet of one card": "/s/{code}/board/cards/1",
    "sheet of many cards": "/s/{code}/board/cards/1-3-4",
}
POSTED: dict[str, tuple[str, dict[str, str]]] = {
    "a post refused": ("/s/{code}", {"text": "«" + 600 * "x" + "»"}),
    "a card refused": (
        "/s/{code}/scribe",
        {"action": "write_down", "text": "«" + 600 * "x" + "»", "table": "«4»"},
    ),
    "a pile of cards": ("/s/{code}/paper", {"text": "«One»\n«" + 600 * "x" + "»", "table": "«4»"}),
    "no cards": ("/s/{code}/paper", {"text": " "}),
    "a concern refused": ("/s/{code}", {"action": "raise_concern", "text": "«" + 4001 * "x" + "»"}),
    "a concern seen to twice": ("/s/{code}/concerns", {"action": "see_concern", "concern": "99"}),
    "a link for a scribe": ("/s/{code}/people", {"role": "scribe", "label": "«Mairi»"}),
    "a token": ("/s/{code}/programs", {"scope": "watch", "label": "«Captions»"}),
    "a token refused": ("/s/{code}/programs", {"scope": "read", "label": " "}),
    "an address": ("/s/{code}/webhooks", {"address": "https://unknown.invalid/«x»"}),
    "an address refused": ("/s/{code}/webhooks", {"address": "«nowhere»"}),
    "a change refused": ("/s/{code}/about", {"title": " ", "notice": "«Two\nlines»"}),
    "a count refused": ("/s/{code}/count", {"action": "count_votes", "vote": "2", "hands": "x"}),
    "a sign-in refused": ("/sign-in", {"email": "nobody@example.org", "password": "not mine"}),
    "a sign-up refused": ("/sign-up", {"email": "mairi@example.org", "name": "«Mairi»"}),
    "a link for an organiser": ("/sessions/invite", {}),
    "words for the summary refused": (
        "/s/{code}/summary/words",
        {"part": "hard", "text": "«" + "x" * 4001 + "»"},
    ),
    "an answer refused": (
        "/s/{code}/summary/answers",
        {"theme": "A", "outcome": "did", "text": "«" + "x" * 4001 + "»", "owner": "«Mairi»"},
    ),
    "an answer to a theme that is gone": (
        "/s/{code}/summary/answers",
        {"theme": "D", "outcome": "did", "text": "«Too late»"},
    ),
    "a new session refused": ("/sessions/new", {"title": " ", "prompts": "«One?»\n«Two?»"}),
}
"""What is answered to forms."""


# What people say stands in «…», which tells it from sentences of ours.
AILSA = {"name": "«Ailsa»", "email": "ailsa@example.org", "password": "a long and secret one"}
ROOM = {
    "title": "«What next? <b>&»",
    "purpose": "«To plan»",
    "runs_it": "«The network»",
    "notice": "«We keep\nthis»",
    "concerns_to": "«Mairi, by the door»",
    "prompts": "«One?»\n«Two?»",
    "themes": "«Pay & more»\n«Power»",
    "kept_until": "2040-01-01",
}
SAID = "«Who pays? <b>&amp;\n\nmore»"


def furnish(client: Any, server: Server) -> None:
    """Make the client an organiser's browser, with a room that has something of everything."""
    client.get(path_of(server.sign_up_link()))
    client.post("/sign-up", data=AILSA)
    made = client.post("/sessions/new", data=ROOM, follow_redirects=True)
    code = str(made.url.path).split("/")[2]
    actions = f"/s/{code}/actions"

    def do(action: str, **fields: object) -> Any:
        said = client.post(actions, json={"action": action, "key": new_key(), **fields}).json()
        assert said["status"] == "saved", said
        return said

    for kind in ("question", "statement", "idea", None, None, None, None, "idea"):
        do("post", text=SAID, kind=kind, quote=kind != "idea")
    do("create_theme")
    do("place", contributions=[1, 2], theme="A")
    do("remove_theme", theme=do("create_theme")["theme"])
    do("place", contributions=[1], theme="C")
    do("place", contributions=[3], theme="lone")
    do("place", contributions=[4], theme="parked")
    do("merge", contributions=[8], into=1)
    for number, text in ((1, SAID), (2, None)):
        do("contest", number=number, theme="A", **({"text": text} if text else {}))
    do("answer_contest", number=1, theme="A", text=SAID)
    for theme in ("B", "unsorted", "B"):
        do("place", contributions=[7], theme=theme)
    do("propose_name", theme="A", name="«Fair & just»")
    do("describe_theme", theme="A", text=SAID)
    do("write_down", text=SAID, table="«4 <b>»", paraphrased=True)
    for _nth in range(2):
        do("raise_concern", text=SAID)
    do("see_concern", concern=1)
    do("mark_answered", number=2, text=SAID)
    do("write_summary", part="missing", text=SAID)
    do("answer_theme", theme="A", outcome="cannot", text=SAID, owner="«Mairi <b>»", day="2026-12-01")
    vote(client, code, do)
    do("mark_answered", number=1, text=SAID)
    do("show", theme="A", page=2)
    do("let_in", at_once=True)
    do("hide", contributions=[5])
    do("withdraw", number=6)
    do("close_prompt", prompt=1)
    client.headers["Sheaf-Test-Code"] = code
    for name, link in (("New", server.sign_up_link()), ("Reset", server.sign_up_link(AILSA["email"]))):
        client.headers[f"Sheaf-Test-{name}"] = link.rpartition("/")[2]
        client.get(path_of(link))


def path_of(link: str) -> str:
    return urlsplit(link).path


def vote(client: Any, code: str, do: Any) -> None:
    """One vote is over, another is open."""
    for cards in ([1, 2, 7], [2, 3, 5]):
        do("open_vote", question="«What first? <b>&»", themes=["A", "C"], contributions=cards)
        number = 1 if cards == [1, 2, 7] else 2
        for _ in range(2):
            client.headers["Authorization"] = f"Bearer {joined(client, code)}"
            do("vote", vote=number, dots={"A": 1, "2": 2})
            del client.headers["Authorization"]
        do("count_votes", vote=number, hands=3, dots={"2": 4})
        if number == 1:
            do("close_vote", vote=1)


def joined(client: Any, code: str) -> str:
    return str(client.post(f"/api/v1/sessions/{code}/participants").json()["token"])


@pytest.fixture(scope="module")
def client(shared_server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=shared_server.url, headers={"Origin": shared_server.url}) as client:
        furnish(client, shared_server)
        yield client


def get(client: Any, path: str) -> str:
    return client.get(filled(client, path), follow_redirects=True).text


def post(client: Any, path: str, said: dict[str, str]) -> str:
    return client.post(filled(client, path), data=said).text


def filled(client: Any, path: str) -> str:
    return path.format(**{name: client.headers[f"Sheaf-Test-{name}"] for name in ("code", "new", "reset")})


def assert_correct(page: str) -> None:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    ids = Counter(one.get("id") for one in parser.parse(page).iter() if one.get("id"))
    assert [id_ for id_, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_correct(client: httpx2.Client, name: str) -> None:
    page = get(client, PAGES[name])
    assert page.startswith("<!doctype html>\n<html lang=")
    assert_correct(page)


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_is_correct_in_a_page(client: httpx2.Client, name: str) -> None:
    part = get(client, FRAGMENTS[name])
    assert "Who pays?" in part or "</form>" in part
    wrapped = f"<ol>{part}</ol>" if "<li" in part else part
    assert_correct(f'<!doctype html><html lang="en"><title>x</title><body>{wrapped}</body></html>')


@pytest.mark.parametrize("screen", ["phone", "board", "wall", "projector"])
def test_a_frame_is_correct_in_a_page(client: httpx2.Client, screen: str) -> None:
    page = get(client, PAGES[screen])
    since = page.partition('data-head="')[2].partition('"')[0]
    code = client.headers["Sheaf-Test-Code"]
    for said in (
        {"action": "rename_theme", "theme": "B", "name": f"For {screen}"},
        {"action": "post", "text": "<i>"},
    ):
        client.post(f"/s/{code}/actions", json={"key": new_key(), **said})
    frame = client.get(f"/s/{code}/updates?screen={screen}&since={since}").json()
    assert "&lt;i&gt;" in frame["content"]
    assert_correct(
        f'<!doctype html><html lang="en"><title>x</title><body><ol>{frame["content"]}</ol></body></html>'
    )


@pytest.mark.parametrize("name", POSTED)
def test_what_is_answered_to_a_form_is_a_correct_page(client: httpx2.Client, name: str) -> None:
    page = post(client, *POSTED[name])
    assert page.startswith("<!doctype html>")
    assert_correct(page)
