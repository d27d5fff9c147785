"""The summary's files, each read by another program's rules than those that wrote it."""

import csv
import io
import json
import re
import subprocess
import sys

import pytest

from app.database import reading
from app.queries.sessions import session_by_code
from app.summaries import WRITERS, Document, build
from tests.conftest import NOW, Room

pytestmark = pytest.mark.anyio

VOICES = [
    "Who pays?",
    '=HYPERLINK("http://x.example")',
    "＝1+1",
    'Two\nlines, and a "quote"',
    "# not a heading\n- not a list",
    "[not a link](http://x.example) `{{7*7}}` <b>&amp;",
    "لماذا؟",
]


async def document(room: Room, *, is_restricted: bool = False) -> Document:
    for text in VOICES:
        await room.post(text=text)
    await room.do(room.organiser, "place", contributions=[1, 2], theme="A")
    await room.do(room.organiser, "place", contributions=[2], theme="B")
    await room.post(text="Only between us", quote=False)
    with reading(room.house.engine) as db:
        live_session = session_by_code(db, room.code)
        assert live_session is not None
        return build(db, live_session, NOW, is_restricted=is_restricted)


def rows_of(written: str) -> list[dict[str, str]]:
    code = "import csv,json,sys; print(json.dumps(list(csv.DictReader(sys.stdin))))"
    text = written.removeprefix("\ufeff")
    read = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, text=True)
    rows: list[dict[str, str]] = json.loads(read.stdout)
    return rows


async def test_every_voice_is_a_row_of_the_csv_once(room: Room) -> None:
    written = WRITERS["csv"].write(await document(room)).decode()
    rows = rows_of(written)
    assert [row["text"].removeprefix("'") for row in rows] == VOICES
    assert (rows[1]["places"], rows[1]["themes"]) == ("A B", "Pay; Power")


async def test_no_cell_of_the_csv_is_a_formula(room: Room) -> None:
    rows = csv.reader(io.StringIO(WRITERS["csv"].write(await document(room)).decode()))
    assert not [cell for row in rows for cell in row if re.match(r"[=+\-@\t\r＝＋－＠]", cell)]


async def test_markdown_keeps_every_voice_and_runs_none(room: Room) -> None:
    written = WRITERS["md"].write(await document(room)).decode()
    unescaped = re.sub(r"\\(.)", r"\1", written).replace("  \n  ", "\n")
    for text in VOICES:
        assert text in unescaped
    assert not re.search(r"(?<!\\)[<`\[]", written)
    assert [line for line in written.splitlines() if line.startswith("# ")] == ["# What next?"]


@pytest.mark.parametrize("suffix", ["csv", "md"])
async def test_words_not_to_be_quoted_are_in_the_restricted_file_only(room: Room, suffix: str) -> None:
    write = WRITERS[suffix].write
    assert b"Only between us" not in write(await document(room))
    assert b"Only between us" in write(await document(room, is_restricted=True))
