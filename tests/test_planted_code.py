"""Words that are code to some program are only words, in every place where somebody may write them and
in every file that comes out."""

import ast
import csv
import io
import re
import zipfile
from typing import Any
from xml.etree import ElementTree

import pytest

from app import importing
from app.database import reading
from app.queries.sessions import session_by_id
from app.summaries import WRITERS, build
from app.words import clean_line
from tests.conftest import NOW, ROOT, Room

pytestmark = pytest.mark.anyio

CODE = (
    '=HYPERLINK("http://evil.example")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "-2+3",
    "＝1+1",
    '#panic("typst") #read("/etc/passwd") $x$ ]#eval("1")',
    "</w:t></w:r><w:fldSimple/>]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[a](javascript:alert(1)) ![b](http://evil.example/x.png) <http://evil.example>",
    "{{7*7}} {% include 'x' %} ${7*7} %(num)s",
    '"; filename="evil.exe"\r\nX-Evil: 1',
    "../../etc/passwd",
)


@pytest.fixture
async def planted(house: Any) -> Room:
    """A session with code in every place that takes words."""
    names = [code[:100] for code in CODE]
    room = await Room.open(
        house, title=" ".join(CODE)[:200], purpose=CODE[0], runs_it=CODE[5], notice=CODE[6],
        prompts=names, themes=names, concerns_to=CODE[7], asks_names=True,
    )  # fmt: skip
    scribe = room.organiser
    for nth, code in enumerate(CODE):
        number = await room.post(room.participant(), code, name=code[:100])
        said = {"text": code, "table": code[:100], "name": code[:100]}
        await room.do(scribe, "write_down", **said, prompt=nth + 1)
        await room.do(scribe, "place", contributions=[number], theme="ABCDEFGHIJKL"[nth])
        await room.do(scribe, "describe_theme", theme="ABCDEFGHIJKL"[nth], text=code)
        await room.do(scribe, "mark_answered", number=number, text=code)
        part = ("short", "influence", "missing", "checked", "worked", "hard", "next")[nth % 7]
        await room.do(scribe, "write_summary", part=part, text=code)
    await room.do(scribe, "open_vote", question=CODE[0], themes=["A", "B"])
    await room.do(room.participant(), "vote", vote=1, dots={"A": 2})
    await room.do(scribe, "close_vote", vote=1)
    return room


def written(room: Room, suffix: str) -> bytes:
    with reading(room.house.engine) as db:
        live_session = session_by_id(db, room.session_id)
        return WRITERS[suffix].write(build(db, live_session, NOW, is_restricted=True))


async def test_every_file_can_be_written_and_none_has_anything_that_runs(planted: Room) -> None:
    files = {suffix: written(planted, suffix) for suffix in WRITERS}
    assert files["pdf"].startswith(b"%PDF")
    assert not re.search(rb"/JavaScript|/Launch|/EmbeddedFile|root:x:0", files["pdf"])
    for suffix in ("docx", "xlsx"):
        with zipfile.ZipFile(io.BytesIO(files[suffix])) as parts:
            for name in parts.namelist():
                content = parts.read(name)
                if name.endswith((".xml", ".rels")):
                    ElementTree.fromstring(content)
                assert not re.search(rb"<f>|<hyperlink|<w:fldSimple/>|<!ENTITY", content), name
                assert b"evil" not in content or not name.endswith(".rels"), name
    rows = csv.reader(io.StringIO(files["csv"].decode("utf-8-sig")))
    assert not [
        cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "-", "＝", "\t", "\r"))
    ]
    assert b"<script>alert" not in files["html"]
    assert b"<img" not in files["html"]
    assert b"root:x:0" not in b"".join(files.values())


async def test_a_pile_is_looked_at_and_nothing_in_it_runs(planted: Room) -> None:
    quoted = ['"{}",4'.format(code.replace('"', '""')) for code in CODE]
    lines = list(importing.read("\n".join(["text,table", *quoted])))
    assert [clean_line(line.message["text"]) for line in lines] == [clean_line(code) for code in CODE]


def test_no_name_of_a_file_comes_from_anybody() -> None:
    """What is downloaded is called by the session's code and its format."""
    said = (ROOT / "app" / "routes" / "summary.py").read_text()
    assert said.count("Content-Disposition") == 1
    assert re.search(r'name = f"sheaf-\{found\.live_session\.code\}\{[^}]*\}\.\{suffix\}"', said)
    assert "Content-Disposition" not in "".join(
        file.read_text() for file in (ROOT / "app").rglob("*.py") if file.name != "summary.py"
    )


UNPACKS = {"zipfile", "tarfile", "gzip", "bz2", "lzma", "zlib", "shutil.unpack_archive", "pickle", "marshal"}
PARSES = {"xml", "xml.etree", "xml.etree.ElementTree", "xml.sax", "xml.dom", "lxml", "yaml", "html.parser"}


def test_nothing_that_comes_in_is_unpacked() -> None:
    """So there are no bombs, no paths that lead elsewhere, and no entities: what is taken in is text, of
    a length that was looked at first."""
    found = {}
    inside = [file for file in (ROOT / "app").rglob("*.py") if file.parent.name != "rehearsal"]
    for file in inside:
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if set(names) & (UNPACKS | PARSES):
                found[str(file.relative_to(ROOT))] = names
    assert found == {}
