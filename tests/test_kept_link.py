"""Whoever keeps their link finds their own cards again, and nothing else."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2
import pytest

from app.actions import sessions
from app.database import connect, writing
from app.passes import Signer, new_key
from tests.conftest import SECRET, Server


class Author(NamedTuple):
    """Somebody who has said something, and a browser that never was here."""

    server: Server
    made: dict[str, str]
    phone: httpx2.Client
    stranger: httpx2.Client
    link: str

    def act(self, action: str, **fields: Any) -> None:
        """A facilitator does something."""
        bearer = {"Authorization": f"Bearer {self.made['facilitator_token']}"}
        message = {"action": action, "key": new_key(), **fields}
        address = f"{self.server.url}/api/v1/sessions/{self.made['code']}/actions"
        said = self.stranger.post(address, json=message, headers=bearer).json()
        assert said["status"] == "saved", said

    def page(self) -> str:
        answer = self.stranger.get(self.link)
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def author(shared_server: Server) -> Iterator[Author]:
    made = shared_server.new(themes=["Fair pay"])
    ours: Any = {"base_url": shared_server.url, "headers": {"Origin": shared_server.url}}
    with httpx2.Client(**ours) as phone, httpx2.Client(**ours) as stranger:
        phone.get(f"/j/{made['code']}")
        page = f"/s/{made['code']}"
        assert phone.get(f"{page}/receipt").headers["location"] == page, "nothing was said yet"
        for text in ("Who pays?", "Who decides?"):
            phone.post(page, data={"text": text, "key": new_key()})
        link = phone.get(f"{page}/receipt").headers["location"]
        yield Author(shared_server, made, phone, stranger, link)


def test_the_link_tells_what_became_of_each_card(author: Author) -> None:
    author.act("place", contributions=[1], theme="A")
    author.act("hide", contributions=[2])
    page = author.page()
    assert "Who pays?" in page
    assert "On the screen, in A" in page
    assert "Fair pay" in page
    assert "Saved. Not on the screen" in page
    author.phone.post(f"/s/{author.made['code']}", data={"action": "withdraw", "number": "1"})
    assert "Who pays?" not in author.page()
    author.act("close_session")
    assert "Who decides?" in author.page()


def test_the_link_tells_what_is_done_about_each_theme(author: Author) -> None:
    author.act("place", contributions=[1], theme="A")
    assert author.page().count("No answer yet") == 1
    author.act("close_session")
    told = {"outcome": "cannot", "text": "There is no money.", "owner": "Mairi", "review_day": "2027-03-01"}
    author.act("answer_theme", theme="A", **told)
    page = author.page()
    for said in ("We can’t, because:", "There is no money.", "<bdi>Mairi</bdi>", "1 March 2027"):
        assert said in page, said
    assert "/summary" not in page
    author.act("publish_summary")
    assert f'href="/s/{author.made["code"]}/summary"' in author.page()
    author.act("hide", contributions=[1])
    assert "There is no money." not in author.page()


def test_the_link_is_always_the_same(author: Author) -> None:
    again = author.phone.get(f"/s/{author.made['code']}/receipt").headers["location"]
    assert again == author.link


def test_nothing_can_be_done_there_and_nobody_is_told_of_it(author: Author) -> None:
    author.act("place", contributions=[1], theme="A")
    page = f"/s/{author.made['code']}"
    author.phone.post(page, data={"action": "contest", "number": "1", "theme": "A"})
    answer = author.stranger.get(author.link)
    assert "Not what you meant:" in answer.text
    assert "<form" not in answer.text
    assert "set-cookie" not in answer.headers
    assert author.stranger.post(author.link, data={"text": "x"}).status_code == 405
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_link_that_was_not_given_out_shows_nothing(author: Author) -> None:
    code, _number, proof = author.link.removeprefix("/r/").split("-", 2)
    other = Signer("a guess", https=False).receipt(code, 1, 1)
    for link in (
        f"{code}-2-{proof}",
        f"{code}-1-{'A' * 24}",
        f"{code}-1-",
        code,
        f"{code}-x-y",
        other,
        "é-1-é",
    ):
        assert author.stranger.get(f"/r/{link}").status_code == 404, link
    assert len(proof) * 6 >= 128, "too few bits to be safe from guessing"


def test_the_link_ends_with_its_session(author: Author) -> None:
    holder = Signer(SECRET, https=False).holder(author.made["facilitator_token"])
    assert holder is not None
    engine = connect(author.server.database)
    with writing(engine) as db:
        sessions.delete(db, holder.session_id)
    engine.dispose()
    assert author.stranger.get(author.link).status_code == 404


def test_the_phone_page_leads_to_the_link_once_something_was_said(author: Author) -> None:
    page = author.phone.get(f"/s/{author.made['code']}").text
    assert re.search(r'<a href="/s/\w+/receipt">Keep a link to your cards</a>', page)
    assert author.link not in page, "it is no business of whoever looks over a shoulder"
