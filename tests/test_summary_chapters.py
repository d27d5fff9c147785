"""What a summary tells, and where it must not tell more: the same in each format that people read."""

import csv
import io
import re
from html import unescape

import html5lib
import pytest
from sqlalchemy import update

from app.database import writing
from app.models import Role, contributions
from tests.conftest import NOW, Room
from tests.files import text_of
from tests.summary_room import document, file, play

pytestmark = pytest.mark.anyio

READABLE = ("html", "docx", "pdf", "md")


def readable(room: Room, as_format: str, *, is_restricted: bool = False) -> str:
    """What people read in a file, on one line."""
    text = re.sub(r"<[^>]*>|\\", "", text_of(as_format, file(room, as_format, is_restricted=is_restricted)))
    return " ".join(unescape(text).split())


async def test_where_a_theme_shows_some_voices_it_says_where_all_of_them_are(room: Room) -> None:
    """Of 4 in A it shows 2, of those that nobody sorted 4; all others stand where they are counted."""
    await play(room)
    some = "These are some of the voices. The appendix has all that may be quoted."
    assert {one: readable(room, one).count(some) for one in READABLE} == dict.fromkeys(READABLE, 2)


async def test_kinds_are_drawn_where_somebody_chose_one(room: Room) -> None:
    await room.post()
    assert [one for one in READABLE if "What voices call themselves" in readable(room, one)] == []
    await room.post(kind="idea")
    assert [one for one in READABLE if "What voices call themselves" not in readable(room, one)] == []


async def test_disagreement_is_kept(room: Room) -> None:
    await play(room)
    for as_format in READABLE:
        told = readable(room, as_format)
        assert "Not about money" in told, as_format
        assert "The facilitators say: " in told, as_format
        assert "It is paid work" in told, as_format
        assert "Never read" not in told, as_format
        assert "Never read" in readable(room, as_format, is_restricted=True), as_format


async def test_a_theme_tells_which_voices_moves_and_merges_made_it(room: Room) -> None:
    """And a voice where it stands. Those merged before they were sorted are told too."""
    for _nth in range(6):
        await room.post()
    do, desk = room.do, room.organiser
    await do(desk, "merge", contributions=[1, 2], into=1)
    await do(desk, "place", contributions=[1, 3, 4], theme="A")
    await do(desk, "merge", contributions=[5], into=3)
    await do(desk, "merge", contributions=[4], into=3)
    await do(desk, "undo")
    await do(desk, "place", contributions=[4], theme="B")
    await do(desk, "unplace", contributions=[4], theme="A")
    tree = html5lib.parse(file(room, "html").decode(), namespaceHTMLElements=False)

    def told(theme: str) -> list[list[str]]:
        rows = tree.iterfind(f".//section[@id='theme{theme}']//tbody/tr")
        return [["".join(cell.itertext()) for cell in row][1:] for row in rows]

    merged = "Merged, as they say the same"
    assert told("A") == [
        [merged, "1, 2"],
        ["Put in this theme", "1, 3, 4"],
        [merged, "3, 5; 3, 4"],
        ["Taken apart again", "4"],
        ["Taken out of this theme", "4"],
    ]
    assert told("B") == [["Put in this theme", "4"]]
    rows = csv.DictReader(io.StringIO(file(room, "csv").decode("utf-8-sig")))
    assert {row["number"]: row["places"] for row in rows} == {
        **dict.fromkeys("1235", "A"),
        "4": "B",
        "6": "",
    }


async def test_we_grouped_and_nothing_emerged(room: Room) -> None:
    await play(room)
    for as_format in ("html", "md"):
        told = readable(room, as_format)
        assert "We grouped voices into 2 themes." in told
        assert "emerge" not in told.lower()


async def test_what_comes_first_counts_only_what_is_there(room: Room) -> None:
    """Themes that nobody has put anything into group nothing, and nobody spoke before somebody did."""
    opening = "1 voice is in this summary. 1 person or device spoke. Every voice"
    assert "0 voices are in this summary. Every voice stands here" in _without_figures(room)
    author = room.participant()
    await room.post(author)
    assert opening in _without_figures(room)
    await room.post(author)
    await room.do(room.organiser, "place", contributions=[2], theme="A")
    told = "2 voices are in this summary. 1 person or device spoke. We grouped voices into 2 themes."
    assert told in readable(room, "md")


def _without_figures(room: Room) -> str:
    told = readable(room, "md").replace("### What matters most Nobody has written this yet. ", "")
    return re.sub(r"\*\*How many voices.*?(?=Every voice)", "", told)


async def test_what_a_document_says_is_not_in_it_is_not_in_it(room: Room) -> None:
    """The restricted one has held and hidden voices, and the public one not all words."""
    await play(room)
    for as_format in READABLE:
        public, restricted = (readable(room, as_format, is_restricted=one) for one in (False, True))
        assert "Every voice that may be quoted stands here in its own words." in public
        assert "Every voice stands here in its own words." in restricted
        assert "Not shown here: 0 held for review, 1 hidden, 1 taken back." in public
        assert "Not shown here:" not in restricted
        assert "Not for publication: 0 held for review, 1 hidden, 1 taken back." in restricted
        assert "These are on no screen now." in restricted


async def test_questions_are_as_many_as_their_figure_says(room: Room) -> None:
    """Also those of which the words are not there; and none that the room never saw."""
    await room.post(kind="question", quote=False)
    for told in (readable(room, one) for one in READABLE):
        assert "Nobody asked a question" not in told
        assert "1 more question asked not to be quoted." in told
    await room.post(text="Who pays?", kind="question")
    hidden = await room.post(text="Who lies?", kind="question")
    await room.do(room.organiser, "hide", contributions=[hidden])
    for is_restricted, count, more in ((False, 1, 1), (True, 2, 0)):
        told = readable(room, "md", is_restricted=is_restricted)
        assert f"Not answered yet ({count})" in told
        assert told.count("more question asked not") == more


async def test_an_objection_is_told_in_sentences_of_the_documents_language(room: Room) -> None:
    author = room.participant()
    number = await room.post(author)
    await room.do(room.organiser, "place", contributions=[number], theme="parked")
    await room.do(author, "contest", number=number, theme="parked")
    for as_format in READABLE:
        said = "Its author disagrees with this place: Parked. Nobody has answered this yet."
        assert readable(room, as_format).count(said) == 2, as_format


async def test_no_way_of_taking_part_points_to_fewer_than_five(room: Room) -> None:
    """Nor can it be told from the rest: what is left over would be the only one that is small."""
    helper = await room.invite(Role.SCRIBE)
    for nth in range(13):
        await room.post(helper if nth < 7 else room.participant())
    few = [["Written down by a scribe", "Few", "Few"], ["On a phone or computer", "Few", "Few"]]
    exact = [["Written down by a scribe", "7", "1"], ["On a phone or computer", "6", "6"]]
    for is_restricted, rows in ((False, few), (True, exact)):
        page = file(room, "html", is_restricted=is_restricted).decode()
        tree = html5lib.parse(page, namespaceHTMLElements=False)
        told = tree.iterfind(".//section[@id='people']/div/table/tbody/tr")
        assert [["".join(cell.itertext()) for cell in row] for row in told] == rows
    assert [one for one in READABLE if "Numbers under 5 are not shown" not in readable(room, one)] == []


async def test_nobody_is_found_by_the_time_at_which_they_spoke(room: Room) -> None:
    """Public: fewer than 5 at a time are counted with others. Restricted documents tell each time."""
    minutes = [0, 0, 0, 2, 2, 10, 10, 10, 10, 10, 10, 20]
    for minute in minutes:
        number = await room.post()
        with writing(room.house.engine) as db:
            came = update(contributions).where(contributions.c.number == number)
            db.execute(came.values(created_at=NOW + minute * 60_000))
    await room.do(room.organiser, "place", contributions=[number], theme="A")
    public, restricted = (document(room, is_restricted=one) for one in (False, True))
    assert [count for _at, count in restricted.timeline if count] == [3, 2, 6, 1]
    counted = {at: count for at, count in public.timeline if count}
    assert [(at[-5:], count) for at, count in counted.items()] == [("08:55", 5), ("09:03", 7)]
    assert {one.at for one in public.making.moments if one.action == "came"} == counted.keys()
    told = "Where fewer than 5 voices came, they are counted with the next."
    assert [one for one in READABLE if told not in readable(room, one)] == []
    assert [one for one in READABLE if told in readable(room, one, is_restricted=True)] == []
