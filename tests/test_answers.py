"""You said, we did: each theme has an answer, written weeks after the event, wherever people look."""

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from app.database import reading
from app.forms.reading import Refused, parse
from app.models import Role
from app.passes import new_key
from app.queries.answers import AnswerRow, answers_given
from app.summaries import history
from app.summaries.easy import easy_page
from tests.conftest import Room
from tests.files import text_of
from tests.summary_room import document, file

pytestmark = [pytest.mark.anyio, pytest.mark.every_database]

WHOLE = {"theme": "A", "outcome": "will", "text": "Expenses come\nwithin ten days.", "owner": "Mairi"}
WHOLE |= {"day": "2026-12-01", "review_day": "2027-03-01"}
SAID = ["We will:", "Expenses come", "within ten days.", "Who sees to it: Mairi."]
SAID += ["To be done by 1 December 2026.", "We look at it again on 1 March 2027."]


def given(room: Room, theme: str = "A") -> AnswerRow:
    with reading(room.house.engine) as db:
        return answers_given(db, room.session_id)[theme]


@pytest.mark.parametrize("as_format", ["html", "docx", "pdf", "md"])
async def test_an_answer_stands_in_the_ninth_section(room: Room, as_format: str) -> None:
    await room.do(room.organiser, "answer_theme", **WHOLE)
    # The last to say it is the heading, whatever leads there.
    written = text_of(as_format, file(room, as_format)).rpartition("You said, we did")[2]
    written = re.sub(r"<[^>]*>|^> ", "", written.partition("Next steps")[0], flags=re.MULTILINE)
    assert [one for one in SAID if one not in " ".join(written.split())] == []


async def test_a_theme_without_an_answer_says_so(room: Room) -> None:
    await room.do(room.organiser, "answer_theme", **WHOLE)
    for as_format in ("html", "docx", "pdf", "md"):
        assert text_of(as_format, file(room, as_format)).count("No answer yet") == 1, as_format


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("did", ["You said this. We did this:", "It was done on 1 December 2026."]),
        ("will", ["You said this. We will do this:", "It should be done by 1 December 2026."]),
        ("cannot", ["We can not do it. This is why:", "We decided this on 1 December 2026."]),
        ("", ["We have no answer to this yet.", "You should hear from us by 1 December 2026."]),
    ],
)
async def test_the_easy_read_draft_says_it_in_short_sentences(
    room: Room, outcome: str, said: list[str]
) -> None:
    await room.do(room.organiser, "answer_theme", **WHOLE | {"outcome": outcome, "text": outcome and "Soon."})
    await room.do(room.organiser, "answer_theme", theme="B", outcome="did", text=80 * "More ")
    opening, first, second = easy_page(document(room)).split('<section class="topic')[:3]
    assert "This is a draft. A program made it." in opening
    said += ["Mairi</bdi> looks after this.", "We look at this again on 1 March 2027."]
    assert [one for one in said if one not in first] == []
    assert ("Soon." in first) == bool(outcome)
    assert "Say it in fewer words" not in first
    assert "Say it in fewer words" in second


async def test_the_easy_read_draft_quotes_who_wrote_in_its_language(room: Room) -> None:
    """Where there is somebody: Chinese is always shorter."""
    await room.post(text="信任需要时间。信任需要耐心。")
    await room.do(room.organiser, "place", contributions=[1], theme="A")
    assert "信任" in easy_page(document(room))
    await room.post(text="Trust takes time, and patience too.")
    await room.do(room.organiser, "place", contributions=[2], theme="A")
    assert "信任" not in easy_page(document(room))
    assert "Trust takes time" in easy_page(document(room))


async def test_programs_and_spreadsheets_have_it_too(room: Room) -> None:
    await room.do(room.organiser, "place", contributions=[await room.post()], theme="A")
    await room.do(room.organiser, "answer_theme", **WHOLE)
    told = json.loads(file(room, "json"))["themes"][0]["answer"]
    assert told == {name: value for name, value in WHOLE.items() if name != "theme"}
    heads, first, second = last_sheet(file(room, "xlsx"))
    assert heads == ["theme", "name", "answer", "text", "owner", "date", "review date"]
    assert first[:5] == ["A", "Pay", "will", WHOLE["text"], "Mairi"]
    assert [str(date(1899, 12, 30) + timedelta(int(day))) for day in first[5:]] == [
        "2026-12-01",
        "2027-03-01",
    ]
    assert second == ["B", "Power"]
    [row] = csv.DictReader(io.StringIO(file(room, "csv").decode().removeprefix("\ufeff")))
    assert row["answer to its themes"] == f"will: {WHOLE['text']}"


def last_sheet(content: bytes) -> list[list[str]]:
    """The cells of a workbook's last sheet: dates as their number of days."""
    tag = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        shared = ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))
        strings = ["".join(text.text or "" for text in one.iter(f"{tag}t")) for one in shared]
        name = max(one for one in parts.namelist() if one.startswith("xl/worksheets/sheet"))
        cells = [
            [(cell.get("t"), cell.findtext(f"{tag}v", "")) for cell in row]
            for row in ElementTree.fromstring(parts.read(name)).iter(f"{tag}row")
        ]
    return [[strings[int(said)] if kind == "s" else said for kind, said in row] for row in cells]


async def test_it_is_written_after_the_session_is_closed(room: Room) -> None:
    await room.do(room.organiser, "close_session")
    await room.do(await room.invite(Role.FACILITATOR), "answer_theme", **WHOLE)
    assert given(room).outcome == "will"


async def test_a_blank_answer_takes_it_away(room: Room) -> None:
    await room.do(room.organiser, "answer_theme", **WHOLE)
    await room.do(room.organiser, "answer_theme", theme="A", outcome="")
    assert given(room).is_blank
    assert document(room).themes[0].answer is None


async def test_it_may_be_known_who_answers_before_there_is_an_answer(room: Room) -> None:
    await room.do(room.organiser, "answer_theme", theme="A", owner="Mairi", day="2026-12-01")
    written = text_of("md", file(room, "md"))
    assert "No answer yet\n\nWho sees to it: Mairi. The answer should come by" in written


WRONG: list[tuple[dict[str, str], str]] = [
    ({"outcome": "did", "text": " "}, "Please say the answer in a sentence."),
    ({"outcome": "", "text": "Soon"}, "Please choose what kind of answer this is."),
    ({"day": "1.12.2026"}, "Please write the day like this: 2026-12-01."),
    ({"review_day": "0026-12-01"}, "Please look at the year of this day again."),
    ({"outcome": "perhaps"}, "The field “outcome” is not right."),
    ({"owner": "x" * 241}, "This line is too long. 240 characters is the most."),
]


@pytest.mark.parametrize(("wrong", "why"), WRONG, ids=str)
async def test_what_is_no_answer_is_refused_in_one_sentence(wrong: dict[str, str], why: str) -> None:
    with pytest.raises(Refused) as refused:
        parse({"action": "answer_theme", "key": new_key(), **WHOLE, **wrong})
    assert refused.value.sentence.said_in("en") == why


async def test_nobody_writes_over_an_answer_that_they_have_not_read(room: Room) -> None:
    first = await room.do(room.organiser, "answer_theme", **WHOLE, read=0)
    other = await room.invite(Role.FACILITATOR)
    refused = await room.act(other, "answer_theme", **WHOLE | {"text": "Never"}, read=0)
    assert refused.reason == "Somebody has changed this answer meanwhile. Please read theirs first."
    await room.do(other, "answer_theme", **WHOLE | {"text": "Never"}, read=first.seq)
    assert given(room).text == "Never"


async def test_the_log_tells_what_changed_and_no_words(room: Room) -> None:
    await room.do(room.organiser, "answer_theme", **WHOLE)
    await room.do(room.organiser, "answer_theme", **WHOLE | {"outcome": "did"})
    with reading(room.house.engine) as db:
        rows = db.exec_driver_sql("SELECT subjects, detail FROM change ORDER BY seq").all()[-2:]
        words = db.exec_driver_sql("SELECT count(*) FROM wording WHERE subject = 'answer A'").scalar()
    subjects, details = zip(*([as_object(one) for one in row] for row in rows), strict=True)
    assert subjects == (["A", "answer A"],) * 2
    assert details[0]["answer A.outcome"] == [None, "will"]
    assert details[0]["answer A.day"] == ["", "2026-12-01"]
    assert details[1] == {"answer A.outcome": ["will", "did"]}
    assert "Mairi" not in str(rows)
    assert words == 2


def as_object(told: Any) -> Any:
    """SQLite answers JSON as text, PostgreSQL as what it is."""
    return json.loads(told) if isinstance(told, str) else told


async def test_the_summary_tells_that_a_theme_was_answered_and_when_it_changed(room: Room) -> None:
    await room.do(room.organiser, "answer_theme", **WHOLE)
    told = document(room)
    assert [step.action for step in told.log] == ["answer_theme"]
    assert told.log[0].at.startswith(told.changed_at)
    assert "Theme A answered" in text_of("html", file(room, "html"))


async def test_what_is_private_does_not_count_as_a_change_of_the_summary(room: Room) -> None:
    await room.do(room.organiser, "change_session", concerns_to="Mairi")
    await room.do(room.participant(), "raise_concern", text="Too loud")
    with reading(room.house.engine) as db:
        steps = history.log(db, room.session_id, history.people(db, room.session_id))
    days = [replace(step, at=f"2026-01-0{nth}T10:00") for nth, step in enumerate(steps, start=1)]
    assert [step.action for step in days] == ["start", "change_session", "raise_concern"]
    assert history.changed(days) == "2026-01-02"


async def test_an_answer_is_undone_and_done_again(room: Room) -> None:
    await room.do(room.organiser, "answer_theme", **WHOLE)
    await room.do(room.organiser, "answer_theme", **WHOLE | {"text": "Never", "outcome": "cannot"})
    await room.do(room.organiser, "undo")
    assert (given(room).outcome, given(room).text) == ("will", WHOLE["text"])
    await room.do(room.organiser, "redo")
    assert (given(room).outcome, given(room).text) == ("cannot", "Never")


async def test_a_theme_that_comes_back_has_its_answer_still(room: Room) -> None:
    await room.do(room.organiser, "answer_theme", **WHOLE)
    await room.do(room.organiser, "remove_theme", theme="A")
    assert [one.answer for one in document(room).themes] == [None]
    assert (await room.act(room.organiser, "answer_theme", **WHOLE)).reason == "There is no theme A."
    await room.do(room.organiser, "undo")
    assert [bool(one.answer) for one in document(room).themes] == [True, False]
