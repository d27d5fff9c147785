"""Organisers write what only they know, on the summary itself, and it stays."""

from collections.abc import Iterator

import html5lib
import httpx2
import pytest

from tests.conftest import Server

MISSING = "Nobody from\nthe islands <b>"


@pytest.fixture
def organiser(shared_server: Server) -> Iterator[httpx2.Client]:
    made = shared_server.new(themes=["Pay"])
    with httpx2.Client(base_url=made["phone"], headers={"Origin": shared_server.url}) as client:
        client.get(made["board"])
        yield client


def written(page: str, part: str = "missing") -> str:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    found = tree.find(f".//section[@id='own-{part}']/p[@class='voice']")
    return "" if found is None else str(found.text)


def test_it_is_written_without_scripts_and_stays(organiser: httpx2.Client) -> None:
    answer = organiser.post("/summary/words", data={"part": "missing", "text": MISSING})
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/summary#own-missing")
    organiser.post("/summary/words", data={"part": "hard", "text": "The sound"})
    assert written(organiser.get("/summary").text) == MISSING
    organiser.post("/summary/words", data={"part": "missing", "text": ""})
    assert written(organiser.get("/summary").text) == ""


def test_a_script_gets_the_part_alone(organiser: httpx2.Client) -> None:
    said = {"part": "missing", "text": MISSING}
    answer = organiser.post("/summary/words", data=said, headers={"HX-Request": "true"})
    assert answer.text.startswith('<section class="own" id="own-missing">')
    assert written(answer.text) == MISSING


def test_what_is_refused_stays_in_its_box(organiser: httpx2.Client) -> None:
    for how in ({}, {"HX-Request": "true"}):
        answer = organiser.post("/summary/words", data={"part": "hard", "text": "x" * 4001}, headers=how)
        tree = html5lib.parse(answer.text, namespaceHTMLElements=False)
        assert answer.status_code == 422
        assert tree.find(".//p[@id='refused']").text == "This text is too long. 4,000 characters is the most."
        assert tree.find(".//section[@id='own-hard']//textarea").text == "x" * 4001


def test_only_organisers_write_and_take_what_is_restricted(shared_server: Server) -> None:
    made = shared_server.new()
    for token in (made["participant_token"], ""):
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        with httpx2.Client(base_url=made["phone"], headers=bearer) as client:
            assert client.post("/summary/words", data={"part": "hard", "text": "x"}).status_code in (401, 403)
            assert httpx2.get(made["summary"] + ".json?restricted=1", headers=bearer).status_code in (
                401,
                403,
                404,
            )
