"""Paper counts the same: cards to print, and a pile of them that comes in, looked at first."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from app.importing import LARGEST_PILE
from app.routes.paper import MOST
from tests.conftest import Server
from tests.test_people import invited


@pytest.fixture
def links(shared_server: Server) -> dict[str, str]:
    return shared_server.new(prompts=["First?", "Second?"], themes=["Pay"])


@pytest.fixture
def desk(shared_server: Server, links: dict[str, str]) -> Iterator[httpx2.Client]:
    with httpx2.Client(follow_redirects=True, headers={"Origin": shared_server.url}) as client:
        client.base_url = httpx2.URL(shared_server.url)
        client.get(links["board"])
        yield client


def look(desk: httpx2.Client, links: dict[str, str], text: str = "", **given: Any) -> httpx2.Response:
    """Give a pile to be looked at."""
    file = given.pop("file", None)
    files = {"file": ("cards.csv", file)} if file is not None else None
    return desk.post(f"/s/{links['code']}/paper", data={"text": text, **given}, files=files)


def hidden(page: str) -> dict[str, str]:
    return {name: value for name, value in re.findall(r'name="(batch|mark)" value="([^"]*)"', page)}


def box(page: str) -> str:
    return page.partition("texthint")[2].partition("</textarea>")[0].partition("\n")[2]


def add(desk: httpx2.Client, links: dict[str, str], text: str, **given: str) -> str:
    """Look at a pile, then add it."""
    looked = look(desk, links, text, **given).text
    return look(desk, links, text, step="add", **given, **hidden(looked)).text


def cards(desk: httpx2.Client, links: dict[str, str]) -> list[dict[str, Any]]:
    bearer = {"Authorization": f"Bearer {links['facilitator_token']}"}
    board = desk.get(f"/api/v1/sessions/{links['code']}", headers=bearer).json()
    return list(board["contributions"])


def test_a_pile_is_looked_at_before_it_is_added(desk: httpx2.Client, links: dict[str, str]) -> None:
    page = look(desk, links, "Who pays?\n\nListen more\n", table="4").text
    assert "2 cards can be added" in page
    assert cards(desk, links) == []
    page = add(desk, links, "Who pays?\n\nListen more\n", table="4")
    assert "2 cards added." in page
    assert "Numbers 1 to 2." in page
    assert box(page) == ""
    assert [(one["text"], one["table"]) for one in cards(desk, links)] == [
        ("Who pays?", "4"),
        ("Listen more", "4"),
    ]
    assert "Entered for table 4" in desk.get(f"/s/{links['code']}/board").text


def test_paper_is_counted_as_paper(shared_server: Server, desk: httpx2.Client, links: dict[str, str]) -> None:
    add(desk, links, "Who pays?")
    restricted = shared_server.run("export", links["code"], "--format", "csv", "--restricted").stdout
    assert ",paper," in restricted


def test_what_is_wrong_is_said_by_line_and_stays_in_the_box(
    desk: httpx2.Client, links: dict[str, str]
) -> None:
    rows = ["Good;idea;1;Trust", '"Two\nlines";rant;;', f"{'x' * 501};;;", "Last;;9;", "Too;;;pay"]
    text = "\n".join(["text;kind;prompt;theme", *rows, ""])
    page = look(desk, links, text).text
    assert "2 cards can be added" in page
    for fault in (
        "<b>Line 3:</b> The field “kind” is not right.",
        "<b>Line 5:</b> This is 501 characters long. 500 is the most.",
        "<b>Line 6:</b> There is no prompt 9.",
    ):
        assert fault in page
    page = add(desk, links, text)
    assert "2 cards added." in page
    assert box(page) == f"text;kind;prompt;theme\n&#34;Two\nlines&#34;;rant;;\n{'x' * 501};;;\nLast;;9;\n"
    assert [(one["text"], one["places"]) for one in cards(desk, links)] == [("Good", ["B"]), ("Too", ["A"])]


def test_a_file_or_a_spreadsheet_does_as_well(desk: httpx2.Client, links: dict[str, str]) -> None:
    page = look(desk, links, file="\ufefftext\tquote\r\nCò phàigheas?\tno\r\n".encode()).text
    assert "1 card can be added" in page
    assert box(page) == "text\tquote\nCò phàigheas?\tno\n"
    again = look(desk, links, "text\tquote\r\nCò phàigheas?\tno\r\n", step="add", **hidden(page)).text
    assert "1 card added." in again
    assert [one["quote"] for one in cards(desk, links)] == [False]


def test_only_what_was_looked_at_is_added_and_only_once(desk: httpx2.Client, links: dict[str, str]) -> None:
    looked = hidden(look(desk, links, "One").text)
    page = look(desk, links, "One\nTwo", step="add", **looked).text
    assert "2 cards can be added" in page
    for _try in range(2):
        assert "1 card added." in look(desk, links, "One", step="add", **looked).text
    assert [one["text"] for one in cards(desk, links)] == ["One"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"text": " \n"}, "There are no cards in this."),
        ({"text": "One\n" * (MOST + 1)}, "These are 501 cards. 500 at once is the most."),
        ({"file": b"caf\xe9"}, "This file is not UTF-8 text."),
        ({"text": "Mine", "file": b"Theirs"}, "Please empty the box first, or leave the file out."),
    ],
)
def test_what_cannot_be_read_says_so_and_loses_nothing(
    desk: httpx2.Client, links: dict[str, str], given: dict[str, Any], sentence: str
) -> None:
    page = look(desk, links, **given).text
    assert sentence in page
    assert box(page).strip() == given.get("text", "").strip()


def test_what_is_too_large_is_refused_unread(desk: httpx2.Client, links: dict[str, str]) -> None:
    assert look(desk, links, "x" * (LARGEST_PILE + 1)).status_code == 413
    assert "1 card can be added" not in look(desk, links, "x " * (LARGEST_PILE // 3)).text


def test_scribes_bring_cards_and_leave_themes_to_others(
    shared_server: Server, desk: httpx2.Client, links: dict[str, str]
) -> None:
    link = invited(desk, links, "scribe")
    with httpx2.Client(follow_redirects=True, headers={"Origin": shared_server.url}) as scribe:
        scribe.base_url = desk.base_url
        scribe.get(link)
        assert "1 card added." in add(scribe, links, "text,theme\nWho pays?,Pay\n")
        assert scribe.get(f"/s/{links['code']}/cards").status_code == 200
    assert cards(desk, links)[0]["places"] == []


def test_participants_have_no_pile(shared_server: Server, links: dict[str, str]) -> None:
    with httpx2.Client(follow_redirects=True, headers={"Origin": shared_server.url}) as phone:
        phone.get(links["join"])
        for page in ("paper", "cards"):
            assert phone.get(f"{links['phone']}/{page}").status_code == 403


def test_a_sheet_has_four_cards_for_each_question_and_the_way_to_join(
    desk: httpx2.Client, links: dict[str, str]
) -> None:
    page = desk.get(f"/s/{links['code']}/cards").text
    assert page.count('<article class="cut"') == 8
    assert page.count("<svg") == 8
    assert page.count(f"{links['code'][:4]} {links['code'][4:]}") == 8
    ticks = ("Question", "Count me, but don’t quote my words")
    for words in ("First?", "Second?", *ticks, f"/j/<wbr>{links['code']}"):
        assert words in page
