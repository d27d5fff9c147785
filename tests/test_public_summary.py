"""Those who run a session answer its themes in the browser, and let everybody read the summary."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import html5lib
import httpx2
import pytest

from app.actions import sessions
from app.database import connect, writing
from app.models import Role
from app.passes import Signer, new_key
from tests.conftest import NOW, SECRET, Server


class Place(NamedTuple):
    """A session that is over, and everybody's browsers."""

    organiser: httpx2.Client
    facilitator: httpx2.Client
    stranger: httpx2.Client
    made: dict[str, str]

    def act(self, action: str, **fields: Any) -> None:
        """An organiser does something."""
        said = self.organiser.post("/actions", json={"action": action, "key": new_key(), **fields}).json()
        assert said["status"] == "saved", said


@pytest.fixture
def place(shared_server: Server) -> Iterator[Place]:
    made = shared_server.new(themes=["Pay", "Power"])
    ours: Any = {"base_url": made["phone"], "timeout": 60, "headers": {"Origin": shared_server.url}}
    with (
        httpx2.Client(**ours) as organiser,
        httpx2.Client(**ours) as facilitator,
        httpx2.Client(**ours) as stranger,
    ):
        organiser.get(made["board"])
        facilitator.get(f"{shared_server.url}/i/{invited(shared_server, made)}")
        place = Place(organiser, facilitator, stranger, made)
        place.act("post", text="Who pays?")
        place.act("post", text="Between us", quote=False)
        place.act("place", contributions=[1, 2], theme="A")
        place.act("close_session")
        yield place


def invited(server: Server, made: dict[str, str]) -> str:
    holder = Signer(SECRET, https=False).holder(made["facilitator_token"])
    assert holder is not None
    engine = connect(server.database)
    with writing(engine) as db:
        secret, _id = sessions.invite(db, holder.session_id, Role.FACILITATOR, NOW)
    engine.dispose()
    return secret


SOON = {
    "theme": "A",
    "outcome": "will",
    "text": "Within ten\ndays <b>",
    "owner": "Mairi",
    "day": "2026-12-01",
}
HTMX = {"HX-Request": "true"}


def section(page: str, letter: str = "A") -> Any:
    found = html5lib.parse(page, namespaceHTMLElements=False).find(f".//section[@id='answer{letter}']")
    assert found is not None
    return found


def answer_in(page: str, letter: str = "A") -> str:
    found = section(page, letter).find("p[@class='words answer']")
    return "" if found is None else str(found.text)


def typed(page: str, letter: str = "A") -> dict[str, str]:
    """What stands in the boxes of a theme's form."""
    form = section(page, letter).find(".//form")
    inputs = {
        one.get("name"): one.get("value", "") for one in form.iter("input") if one.get("type") != "radio"
    }
    [chosen] = [one.get("value") for one in form.iter("input") if "checked" in one.attrib]
    return {**inputs, "outcome": chosen, "text": form.find(".//textarea").text or ""}


def test_a_facilitator_answers_in_place_without_scripts(place: Place) -> None:
    before = typed(place.facilitator.get("/summary").text)
    assert before["outcome"] == ""
    saved = place.facilitator.post("/summary/answers", data=before | SOON)
    assert (saved.status_code, saved.headers["location"].endswith("/summary#answerA")) == (303, True)
    page = place.organiser.get("/summary").text
    assert answer_in(page) == SOON["text"]
    assert {name: typed(page)[name] for name in SOON} == SOON
    assert answer_in(page, "B") == ""


def test_a_script_gets_the_theme_alone(place: Place) -> None:
    answer = place.facilitator.post("/summary/answers", data=SOON, headers=HTMX)
    assert answer.text.startswith('<section class="topic reply tint1" id="answerA">')
    assert (answer_in(answer.text), "Saved." in answer.text) == (SOON["text"], True)
    assert section(answer.text).find(".//*[@class='count']").text == "2"


@pytest.mark.parametrize("how", [{}, HTMX], ids=["form", "script"])
def test_what_is_refused_stays_in_its_boxes(place: Place, how: dict[str, str]) -> None:
    wrong = SOON | {"day": "2026-12-01", "text": "x" * 4001, "read": "0"}
    answer = place.facilitator.post("/summary/answers", data=wrong, headers=how)
    assert answer.status_code == 422
    why = section(answer.text).find(".//p[@role='alert']").text
    assert why == "This text is too long. 4,000 characters is the most."
    assert {name: typed(answer.text)[name] for name in wrong} == wrong


@pytest.mark.parametrize("how", [{}, HTMX], ids=["form", "script"])
def test_two_who_write_at_once_lose_nothing(place: Place, how: dict[str, str]) -> None:
    mine = typed(place.facilitator.get("/summary").text) | SOON
    place.act("answer_theme", theme="A", outcome="did", text="Done already")
    refused = place.facilitator.post("/summary/answers", data=mine, headers=how)
    assert "Somebody has changed this answer meanwhile." in refused.text
    assert answer_in(refused.text) == "Done already"
    assert typed(refused.text)["text"] == SOON["text"]
    again = place.facilitator.post("/summary/answers", data=typed(refused.text), headers=HTMX)
    assert answer_in(again.text) == SOON["text"]


@pytest.mark.parametrize("how", [{}, HTMX], ids=["form", "script"])
def test_words_for_a_theme_that_is_gone_are_handed_back(place: Place, how: dict[str, str]) -> None:
    place.act("remove_theme", theme="B")
    refused = place.facilitator.post("/summary/answers", data=SOON | {"theme": "B"}, headers=how)
    assert refused.status_code == 422
    assert "There is no theme B." in refused.text
    assert "Within ten\ndays &lt;b&gt;" in refused.text


def test_nobody_else_answers(place: Place) -> None:
    assert place.stranger.post("/summary/answers", data=SOON).status_code == 401
    place.stranger.get(place.made["join"])
    assert place.stranger.post("/summary/answers", data=SOON).status_code == 403


# For everybody


def publish(place: Place, public: str = "1") -> None:
    assert place.organiser.post("/summary/public", data={"public": public}).status_code == 303


def test_only_those_who_run_it_read_it_until_it_is_published(place: Place) -> None:
    for path in ("/summary", "/summary.json", "/summary.pdf"):
        assert place.stranger.get(path).status_code == 401
    assert "This summary is not public just now." in place.stranger.get("/summary").text
    publish(place)
    for path in ("/summary", "/summary.json"):
        answer = place.stranger.get(path)
        assert (answer.status_code, answer.headers["x-robots-tag"]) == (200, "noindex, nofollow")
        assert "Who pays?" in answer.text
        assert "Between us" not in answer.text
    publish(place, "0")
    assert place.stranger.get("/summary").status_code == 401
    assert "Who pays?" in place.facilitator.get("/summary").text


def test_the_public_page_is_to_be_read_only(place: Place) -> None:
    publish(place)
    place.stranger.get(place.made["join"])
    page = place.stranger.get("/summary").text
    for private in ("<form", "<script", "/board", "/easy", "restricted", "Who can read it", "/sessions/new"):
        assert private not in page, private
    for path in ("/summary.json?restricted=1", "/summary/easy"):
        assert place.stranger.get(path).status_code == 403
    assert place.stranger.post("/summary/words", data={"part": "hard", "text": "x"}).status_code == 403


def test_it_shows_what_is_answered_later_and_when_it_last_changed(place: Place) -> None:
    publish(place)
    assert answer_in(place.stranger.get("/summary").text) == ""
    place.facilitator.post("/summary/answers", data=SOON)
    page = place.stranger.get("/summary").text
    assert answer_in(page) == SOON["text"]
    assert "Last changed on" in page
    place.organiser.post("/actions", json={"action": "withdraw", "key": new_key(), "number": 1})
    assert "Who pays?" not in place.stranger.get("/summary").text


def test_only_an_organiser_publishes(place: Place) -> None:
    assert place.facilitator.post("/summary/public", data={"public": "1"}).status_code == 403
    assert place.stranger.post("/summary/public", data={"public": "1"}).status_code == 401
    page = place.facilitator.get("/summary").text
    assert "Only those who run the session can read it." in page
    assert "/summary/public" not in page


def test_phones_lead_to_it_while_it_is_public(place: Place) -> None:
    link = f'href="/s/{place.made["code"]}/summary"'
    assert link not in place.stranger.get(place.made["phone"]).text
    publish(place)
    assert link in place.stranger.get(place.made["phone"]).text
