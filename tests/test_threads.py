"""A session grows from a theme of an earlier one: the link holds both ways, and nothing is betrayed."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine

from app.actions import sessions, threads
from app.database import connect as open_database
from app.database import reading, scrub, writing
from app.passes import Signer
from app.queries.cards import Card, cards_where
from app.queries.sessions import session_by_code, session_by_id
from app.queries.threads import origin, thread_of
from app.summaries import Document, build
from app.summaries.chapters import chapters
from app.summaries.easy import easy_page
from app.summaries.json import read_json, write_json
from tests.conftest import SECRET, Server
from tests.desk import Desk
from tests.test_organisers import SHEET, signed_up


class Grown(Desk):
    """A session that grew from theme A of another, at another desk."""

    def __init__(self, earlier: Desk, *, brings_voices: bool = True) -> None:
        super().__init__(earlier.engine, hold="all")
        with writing(self.engine) as db:
            there = session_by_id(db, earlier.session_id)
            assert there is not None
            threads.grow(db, 2, self.session_id, there, "A", brings_voices=brings_voices)

    def cards(self) -> list[Card]:
        with reading(self.engine) as db:
            return cards_where(db, self.session_id)

    def follow(self) -> str:
        return str(self.act(self.participant(), "follow_thread").reason or "")


@pytest.fixture
def earlier(engine: Engine) -> Desk:
    """Theme A has a voice that may be quoted, one that may not, two merged ones, and a paraphrase."""
    desk = Desk(engine, title="Planted title", themes=["Pay"], asks_names=True)
    desk.author = desk.participant()  # type: ignore[attr-defined]
    for said in (
        {"text": "Who pays?", "kind": "question", "name": "Morag"},
        {"text": "Planted unquoted", "quote": False},
        {"text": "Planted twin"},
        {"text": "Planted other twin"},
        {"text": "Elsewhere"},
        {"text": "Planted hidden"},
    ):
        desk.do(desk.author, "post", **said)  # type: ignore[attr-defined]
    desk.do(desk.organiser, "write_down", text="Somebody said so", paraphrased=True, table="4")
    desk.do(desk.organiser, "place", contributions=[1, 2, 3, 6, 7], theme="A")
    desk.do(desk.organiser, "merge", contributions=[4], into=3)
    desk.do(desk.organiser, "hide", contributions=[6])
    return desk


def author(desk: Desk) -> Any:
    return desk.author  # type: ignore[attr-defined]


# What comes along


@pytest.mark.every_database
def test_voices_come_along_in_their_own_words_and_without_their_authors(earlier: Desk) -> None:
    cards = Grown(earlier).cards()
    assert [(card.text, card.carrier, card.status, card.quotable) for card in cards] == [
        ("Who pays?", "earlier", "visible", True),
        ("Planted unquoted", "earlier", "visible", False),
        ("Planted twin", "earlier", "visible", True),
        ("Planted other twin", "earlier", "visible", True),
        ("Somebody said so", "earlier", "visible", True),
    ]
    assert [card.merged_into for card in cards] == [None, None, None, 3, None]
    assert [card.is_paraphrased for card in cards] == [False, False, False, False, True]
    assert cards[0].kind == "question"
    assert {card.name for card in cards} | {card.table for card in cards} == {None}
    assert author(earlier).actor_id not in {card.author_id for card in cards}
    assert not any(card.places or card.agreements for card in cards)


def test_new_voices_follow_and_settings_are_free_until_somebody_has_posted(earlier: Desk) -> None:
    grown = Grown(earlier)
    grown.do(grown.organiser, "change_session", hold="off", asks_names=True)
    assert grown.post(grown.participant(), "New") == 6
    assert grown.act(grown.organiser, "change_session", asks_names=False).reason


def test_a_theme_alone_may_be_the_start(earlier: Desk) -> None:
    grown = Grown(earlier, brings_voices=False)
    assert grown.cards() == []
    with reading(grown.engine) as db:
        strand = origin(db, grown.session_id)
    assert strand is not None
    assert (strand.letter, strand.name, strand.voices) == ("A", "Pay", 5)


# What authors do afterwards


def test_what_is_taken_back_where_it_was_said_goes_here_too(earlier: Desk) -> None:
    grown = Grown(earlier)
    assert grown.follow() == "There is nothing to follow."
    earlier.do(author(earlier), "withdraw", number=3)
    earlier.do(author(earlier), "edit", number=1, text="Who pays?", quote=False)
    assert grown.follow() == ""
    cards = grown.cards()
    assert [card.status for card in cards] == ["visible", "visible", "withdrawn", "visible", "visible"]
    assert not cards[0].quotable
    assert cards[3].merged_into is None
    assert grown.follow() == "There is nothing to follow."


def test_what_is_erased_where_it_was_said_is_erased_here_and_one_session_further(earlier: Desk) -> None:
    grown = Grown(earlier)
    grown.do(grown.organiser, "create_theme")
    grown.do(grown.organiser, "place", contributions=[1, 2, 3, 5], theme="A")
    further = Grown(grown)
    for number in (2, 3, 4):
        earlier.do(author(earlier), "withdraw", number=number)
        earlier.do(author(earlier), "erase", number=number)
    for desk in (grown, further):
        with reading(desk.engine) as db:
            assert desk.session_id in threads.sessions_to_follow(db)
        assert desk.follow() == ""
        assert [card.text for card in desk.cards()] == ["Who pays?", "", "", "", "Somebody said so"]
    with reading(grown.engine) as db:
        assert threads.sessions_to_follow(db) == []


def test_the_clock_follows_within_a_look(server: Server) -> None:
    engine = open_database(server.database)
    earlier = Desk(engine, themes=["Pay"])
    someone = earlier.participant()
    number = earlier.post(someone, "Planted words")
    earlier.do(earlier.organiser, "place", contributions=[number], theme="A")
    grown = Grown(earlier)
    signer = Signer(SECRET, https=False)
    bearer = {"Authorization": f"Bearer {signer.token(someone)}"}
    for action in ("withdraw", "erase"):
        said = {"action": action, "key": f"{action}-planted-0001", "number": number}
        path = f"{server.url}/api/v1/sessions/{earlier.code}/actions"
        assert httpx2.post(path, json=said, headers=bearer).json()["status"] == "saved"
    while grown.cards()[0].text:
        assert httpx2.get(f"{server.url}/healthz").status_code == 200
    engine.dispose()


# Both ways, and one way when the other is gone


def told(desk: Desk) -> str:
    return repr(chapters(document(desk)))


def drafted(desk: Desk) -> str:
    return easy_page(document(desk))


def document(desk: Desk) -> Document:
    with reading(desk.engine) as db:
        live_session = session_by_id(db, desk.session_id)
        assert live_session is not None
        return build(db, live_session, 1)


def test_both_summaries_say_it_and_voices_are_counted_apart(earlier: Desk) -> None:
    grown = Grown(earlier)
    assert "people or devices spoke" not in told(grown)
    assert "They said" not in drafted(grown)
    grown.do(grown.organiser, "post", text="New")
    assert "They said 1 thing." in drafted(grown)
    said = told(grown)
    for words in ("Planted title", "an earlier session", "5 voices were brought along", "Brought along from"):
        assert words in said
    assert "Planted unquoted" not in said
    assert "From theme A grew a session" in told(earlier)
    whole = document(grown)
    assert (whole.count, whole.brought, whole.authors) == (6, 5, 1)


@pytest.mark.every_database
def test_either_session_is_whole_when_the_other_is_deleted(earlier: Desk) -> None:
    grown, also = Grown(earlier), Grown(earlier)
    with writing(earlier.engine) as db:
        sessions.delete(db, also.session_id)
    assert told(earlier).count("From theme A grew a session") == 1
    with writing(earlier.engine) as db:
        sessions.delete(db, earlier.session_id)
    scrub(grown.engine)
    said = told(grown)
    assert "That session was deleted since." in said
    assert "Planted title" not in said
    assert len(grown.cards()) == 5
    with reading(grown.engine) as db:
        [before] = thread_of(db, grown.session_id).before
        assert (before.name, before.earlier_title, before.earlier_code) == ("Pay", None, None)
        assert threads.sessions_to_follow(db) == []


def test_a_chain_is_told_from_its_middle(earlier: Desk) -> None:
    grown = Grown(earlier)
    grown.do(grown.organiser, "create_theme", name="Expenses")
    further = Grown(grown)
    earlier.do(earlier.organiser, "rename_theme", theme="A", name="Fair pay")
    with reading(earlier.engine) as db:
        whole = thread_of(db, earlier.session_id, "A")
        middle = thread_of(db, grown.session_id, "A")
        last = thread_of(db, further.session_id)
        assert thread_of(db, earlier.session_id, "B") == ([], [])
    assert [(steps, one.name) for steps, one in whole.after] == [(1, "Pay"), (2, "Expenses")]
    assert ([one.name for one in middle.before], len(middle.after)) == (["Pay"], 1)
    assert [one.name for one in last.before] == ["Pay", "Expenses"]


def test_a_session_made_again_still_says_what_it_grew_from(earlier: Desk) -> None:
    from app import restoring

    grown = Grown(earlier)
    with writing(earlier.engine) as db:
        document = build(db, session_by_id(db, grown.session_id), 1, is_restricted=True)  # type: ignore[arg-type]
        code, _organiser, _secret = restoring.start(db, 3, read_json(write_json(document)))
        again = build(db, session_by_code(db, code), 1, is_restricted=True)  # type: ignore[arg-type]
    assert again.grew_from is not None
    assert document.grew_from is not None
    assert (again.grew_from.name, again.grew_from.title) == (document.grew_from.name, None)
    assert again.brought == 5


# In the browser, without scripts


@pytest.fixture
def ailsa(shared_server: Server) -> Iterator[httpx2.Client]:
    with ExitStack() as opened:
        ours = {"base_url": shared_server.url, "headers": {"Origin": shared_server.url}}
        someone = opened.enter_context(httpx2.Client(follow_redirects=True, **ours))
        yield signed_up(shared_server, someone, f"thread-{id(opened)}@example.org")


def act(someone: Any, code: str, action: str, **fields: Any) -> None:
    said = {"action": action, "key": f"{action}-{json.dumps(fields).__hash__():x}-0123456789", **fields}
    assert someone.post(f"/s/{code}/actions", json=said).json()["status"] == "saved", said


@pytest.fixture
def room(ailsa: Any) -> str:
    """The code of a session of hers, with a theme of two voices."""
    page = ailsa.post("/sessions/new", data=SHEET | {"title": "Spring", "themes": "Pay"})
    code = str(page.url.path).split("/")[2]
    for text in ("Who pays?", "And when?"):
        act(ailsa, code, "post", text=text)
    act(ailsa, code, "place", contributions=[1, 2], theme="A")
    return code


def fields(page: str) -> dict[str, str]:
    """What a browser would send of the sheet, as it stands there."""
    import html5lib

    tree = html5lib.parse(page, namespaceHTMLElements=False)
    [form] = [one for one in tree.iter("form") if one.get("action") == "/sessions/new"]
    said = {one.get("name"): one.get("value", "") for one in form.iter("input") if one.get("name")}
    said |= {one.get("name"): (one.text or "").strip() for one in form.iter("textarea")}
    return said | {"hold": "off", "asks_names": "0", "all_sort": "0", "language": "en", "second_language": ""}


def test_a_session_is_started_from_a_theme(ailsa: Any, room: str) -> None:
    sheet = ailsa.get(f"/s/{room}/board/themes/A").text
    summary = ailsa.get(f"/s/{room}/summary").text
    for page in (
        sheet,
        summary,
        ailsa.post(f"/s/{room}/summary/words", data={"part": "hard", "text": 9999 * "x"}).text,
    ):
        assert page.count(f"/sessions/new?from={room}&amp;theme=A") == 1
    assert "/sessions/new" not in ailsa.get(f"/s/{room}/summary.html").text
    page = ailsa.get(f"/sessions/new?from={room}&theme=A").text
    assert "Bring its 2 voices along" in page
    given = fields(page)
    assert (given["title"], given["prompts"], given["brings"]) == ("Pay", "Pay", "1")
    refused = ailsa.post("/sessions/new", data=given | {"title": " "})
    assert fields(refused.text)["theme"] == "A"
    made = ailsa.post("/sessions/new", data=given | {"title": "Dig into pay"})
    code = str(made.url.path).split("/")[2]
    board = ailsa.get(f"/s/{code}/board").text
    assert "Who pays?" in board
    assert "From an earlier session" in board
    assert f'href="/s/{code}/thread"' in board
    assert "Grew from a theme:" in ailsa.get("/sessions").text
    thread = ailsa.get(f"/s/{room}/thread?theme=A").text
    assert f'href="/sessions/{code}?to=board"' in thread
    assert "2 voices stood there" in thread
    assert "Spring" in ailsa.get(f"/s/{code}/thread").text
    receipt = ailsa.get(f"/s/{room}/receipt").text
    assert receipt.count("A new session grew from this theme on") == receipt.count("Dig into pay") == 2
    assert receipt.count("Your words were brought along") == 2
    assert code not in receipt


def test_nobody_starts_from_a_session_that_is_not_theirs(
    ailsa: Any, room: str, shared_server: Server
) -> None:
    ours = {"base_url": shared_server.url, "headers": {"Origin": shared_server.url}}
    with httpx2.Client(follow_redirects=True, **ours) as other:
        assert other.get(f"/s/{room}/thread").status_code == 401
        other.get(shared_server.sign_up_link())
        said = {"name": "Eilidh", "email": f"{room}@example.org", "password": "a long and secret one"}
        other.post("/sign-up", data=said)
        assert other.get(f"/sessions/new?from={room}&theme=A").status_code == 404
        grows = {"earlier": room, "theme": "A", "brings": "1"}
        assert other.post("/sessions/new", data=SHEET | grows).status_code == 404
        other.get(f"/j/{room}")
        assert other.get(f"/s/{room}/thread").status_code == 403
    assert ailsa.get(f"/sessions/new?from={room}&theme=Z").status_code == 404
    assert ailsa.get(f"/s/{room}/thread?theme=Z").status_code == 404
