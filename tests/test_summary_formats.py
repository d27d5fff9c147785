"""The same content is in every format: each file is read by another program's rules than those
that wrote it, and has the same voices in the same themes."""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from xml.etree import ElementTree

import html5lib
import pypdf
import pytest
from markdown_it import MarkdownIt

from app.locales import _, languages
from app.models import Hold
from app.summaries import pdf
from app.summaries.blocks import Bar, Figure
from app.summaries.figures import svg
from app.words import is_tall, runs_from_right
from tests.conftest import Room
from tests.files import text_of
from tests.summary_room import VOICES, file, play
from tests.test_torture import KEPT

pytestmark = pytest.mark.anyio

Voices = dict[int, str]
"""Number to words."""

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def from_html(content: bytes) -> Voices:
    tree = html5lib.parse(content.decode(), namespaceHTMLElements=False)
    appendix = tree.find(".//section[@id='appendix']")
    found = {}
    for item in appendix.iter("li"):
        found[int(item.get("value"))] = "".join(item.find("p[@class='voice']").itertext())
    return found


def from_markdown(content: bytes) -> Voices:
    """As a Markdown parser reads it. An item is its bold number, its words, and what is said of it."""
    page = MarkdownIt("commonmark").enable("table").render(content.decode())
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    found = {}
    for item in tree.iter("li"):
        paragraphs = item.findall("p") or [item]
        if (number := paragraphs[0].find("strong")) is not None:
            text = "\n\n".join("".join(one.itertext()) for one in paragraphs)
            found[int(number.text)] = text.removeprefix(number.text).strip(" \n")
    return found


def from_docx(content: bytes) -> Voices:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        tree = ElementTree.fromstring(parts.read("word/document.xml"))
    found = {}
    for paragraph in tree.iter(f"{W}p"):
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        if style is not None and style.get(f"{W}val") in ("ListBullet", "ListBullet2"):
            number, words = paragraph.findall(f"{W}r")
            found[int(word_text(number))] = word_text(words)
    return found


def word_text(run: Any) -> str:
    return "".join("\n" if one.tag == f"{W}br" else one.text or "" for one in run if one.tag != f"{W}rPr")


def from_xlsx(content: bytes) -> Voices:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        strings = [
            "".join(text.text or "" for text in one.iter(f"{S}t"))
            for one in ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))
        ]
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    rows = [[(cell.get("t"), cell.find(f"{S}v").text) for cell in row] for row in sheet.iter(f"{S}row")]
    assert {row[1][0] for row in rows} == {"s"}
    return {int(row[0][1]): strings[int(row[1][1])] for row in rows[1:]}


def from_csv(content: bytes) -> Voices:
    code = "import csv,json,sys; print(json.dumps(list(csv.DictReader(sys.stdin))))"
    rows = json.loads(elsewhere(code, content.decode().removeprefix("\ufeff")))
    return {int(row["number"]): row["text"].removeprefix("'") for row in rows}


def from_json(content: bytes) -> Voices:
    code = "import json,sys; print(json.dumps(json.load(sys.stdin)))"
    said = json.loads(elsewhere(code, content.decode()))
    places = [
        *said["themes"],
        *(said[place] for place in ("lone", "unsorted", "parked", "unseen") if place in said),
    ]
    voices = [one for place in places for voice in place["voices"] for one in (voice, *voice["originals"])]
    return {voice["number"]: voice["text"] for voice in voices}


def from_pdf(content: bytes) -> Voices:
    """Without spaces: where a line ends is for the page to say. What is said of a voice follows it,
    and another line of another direction comes as it is seen."""
    appendix = text_of("pdf", content).partition("Appendix: every voice")[2].partition("What was done\n")[0]
    items = re.split(r"^[•\s]*• (?=\d+ )", re.sub(r"^\d+$\n", "", appendix, flags=re.M), flags=re.M)[1:]
    return {int(number): squeezed(text) for number, text in (item.split(" ", 1) for item in items)}


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


def elsewhere(code: str, content: str) -> str:
    ran = subprocess.run([sys.executable, "-I", "-c", code], input=content, capture_output=True, text=True)
    return ran.stdout


READERS: dict[str, Callable[[bytes], Voices]] = {
    "html": from_html,
    "docx": from_docx,
    "xlsx": from_xlsx,
    "csv": from_csv,
    "json": from_json,
    "md": from_markdown,
}
PUBLIC: Voices = dict(enumerate(VOICES, start=1))
RESTRICTED: Voices = PUBLIC | {19: "Only between us", 20: "Hidden words"}


async def test_every_voice_is_in_the_pdf(room: Room) -> None:
    await play(room)
    for is_restricted, voices in ((False, PUBLIC), (True, RESTRICTED)):
        read = from_pdf(file(room, "pdf", is_restricted=is_restricted))
        assert read.keys() == voices.keys()
        printed = voices | {16: "[U+13E3][U+13B3][U+13A9] [U+E000] [U+25BA]"}
        assert [n for n, text in printed.items() if not is_printed(text, read[n])] == []


def is_printed(text: str, read: str) -> bool:
    """What runs from right to left is found word by word."""
    if runs_from_right(text):
        return all(word in read for word in re.findall(r"\w+", text))
    return read.startswith(squeezed(text))


async def test_a_pdf_is_tagged_and_speaks_its_language(room: Room) -> None:
    read = pypdf.PdfReader(io.BytesIO(file(await play(room), "pdf")))
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data().decode()
    tags = Counter(str(one.get("/S")) for one in elements(root["/StructTreeRoot"]))
    assert (tags["/H1"], tags["/Figure"]) == (10, 2)
    assert tags["/L"] > 5
    assert tags["/TH"] > 10
    assert len([one for one in read.outline if not isinstance(one, list)]) == 10


async def test_the_number_stands_behind_a_name_from_right_to_left(room: Room) -> None:
    """In a document that runs from left to right."""
    await room.do(room.organiser, "rename_theme", theme="A", name="توازن القوة")
    lines = text_of("pdf", file(room, "pdf")).splitlines()
    assert [line.split()[-1] for line in lines if line.startswith("A. ")] == ["(0)"] * 2


async def test_a_figure_of_the_pdf_says_what_it_shows(room: Room) -> None:
    read = pypdf.PdfReader(io.BytesIO(file(await play(room), "pdf")))
    said = [one["/Alt"] for one in elements(read.trailer["/Root"]["/StructTreeRoot"]) if "/Alt" in one]
    assert said[0] == "How many voices each theme has. Pay: 5. Power: 1."


async def test_figures_are_the_same_on_the_page_and_in_the_pdf(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_, given = pdf.typst.compile, list[str]()

    def kept(source: bytes, *, sys_inputs: dict[str, str], **how: Any) -> bytes:
        given.append(sys_inputs["document"])
        return set_(source, sys_inputs=sys_inputs, **how)

    monkeypatch.setattr(pdf.typst, "compile", kept)
    for language in ("en", "ar"):
        room = await Room.open(house, themes=["Pay"], language=language)
        await room.post(kind="idea")
        read = pypdf.PdfReader(io.BytesIO(file(room, "pdf")))
        page = file(room, "html").decode()
        drawn = re.findall(r'<svg [^>]*role="img".*?</svg>', page, flags=re.S)
        blocks = [one for chapter in json.loads(given[-1])["chapters"] for one in chapter["blocks"]]
        assert drawn == [one["svg"] for one in blocks if one["kind"] == "figure"]
        told = [one["/Alt"] for one in elements(read.trailer["/Root"]["/StructTreeRoot"]) if "/Alt" in one]
        assert told == [unescape(one) for one in re.findall(r'<svg [^>]*aria-label="([^"]*)"', page)]
        assert len(told) == 2
        assert letters_of(read) == ({"NotoSans"} if language == "en" else {"NotoSans", "Cairo"})


def letters_of(read: pypdf.PdfReader) -> set[str]:
    """The faces of a document, those within its figures too."""
    found = set[str]()
    inside = [page["/Resources"] for page in read.pages]
    while inside:
        resources = inside.pop().get_object()
        fonts = (one.get_object()["/BaseFont"] for one in resources.get("/Font", {}).values())
        found |= {re.sub(r"^/\w+\+|-.*", "", font) for font in fonts}
        forms = (one.get_object() for one in resources.get("/XObject", {}).values())
        inside += [form["/Resources"] for form in forms if "/Resources" in form]
    return found


def test_a_time_never_stands_where_only_a_letter_fits() -> None:
    def drawn(short: str) -> str:
        bars = [Bar(short, f"Long {short}", 1), Bar(short, f"Long {short}", 2)]
        return svg(Figure("id", _("Themes"), bars, (_("Theme"), _("Voices"))), "en")

    assert ">05:29<" not in drawn("05:29")
    assert ">Long 05:29<" in drawn("05:29")
    assert ">AB<" in drawn("AB")


def elements(element: Any) -> Iterator[Any]:
    if isinstance(element, pypdf.generic.DictionaryObject):
        yield element
        inside = element.get("/K", [])
        for one in inside if isinstance(inside, list) else [inside]:
            yield from elements(one.get_object())


@pytest.mark.parametrize("as_format", READERS)
async def test_every_voice_is_in_every_file_word_for_word(room: Room, as_format: str) -> None:
    await play(room)
    for is_restricted, voices in ((False, PUBLIC), (True, RESTRICTED)):
        read = READERS[as_format](file(room, as_format, is_restricted=is_restricted))
        if as_format == "md":
            assert read.keys() == voices.keys()
            assert [n for n, text in voices.items() if not read[n].startswith(text)] == []
        else:
            assert read == voices


async def test_what_people_can_type_at_worst_is_in_every_file_word_for_word(room: Room) -> None:
    for text in KEPT.values():
        await room.post(text=text)
    voices = dict(enumerate(KEPT.values(), start=1))
    for as_format, read in READERS.items():
        told = read(file(room, as_format))
        assert told.keys() == voices.keys()
        assert [n for n, text in voices.items() if not told[n].startswith(text)] == [], as_format
    assert from_pdf(file(room, "pdf")).keys() == voices.keys()


async def test_marks_upon_marks_cover_no_line_of_others(room: Room) -> None:
    """The PDF cuts them off at their own line, and the DOCX has such lines no higher than others."""
    assert [name for name, text in KEPT.items() if is_tall(text)] == ["marks"]

    def cut() -> tuple[int, list[str]]:
        read = pypdf.PdfReader(io.BytesIO(file(room, "pdf")))
        clips = sum(page.get_contents().get_data().split().count(b"W") for page in read.pages)
        with zipfile.ZipFile(io.BytesIO(file(room, "docx"))) as parts:
            tree = ElementTree.fromstring(parts.read("word/document.xml"))
        exact = f"{W}pPr/{W}spacing[@{W}lineRule='exact']"
        return clips, ["".join(p.itertext()) for p in tree.iter(f"{W}p") if p.find(exact) is not None]

    await room.post(text=KEPT["hindi"])
    clips, exact = cut()
    assert exact == []
    await room.post(text=KEPT["marks"])
    assert cut() == (clips + 2, [f"2 {KEPT['marks']}"] * 2)


async def test_no_cell_of_a_workbook_is_a_formula_or_a_link(room: Room) -> None:
    with zipfile.ZipFile(io.BytesIO(file(await play(room), "xlsx", is_restricted=True))) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if "worksheets/sheet" in name]
        assert not [name for name in parts.namelist() if "_rels/sheet" in name]
        names = re.findall(r'<sheet name="(\w+)"', parts.read("xl/workbook.xml").decode())
    assert names == ["contributions", "themes", "placements", "agreements", "votes", "changes", "actions"]
    assert len(sheets) == len(names)
    for sheet in sheets:
        assert not re.search(r"<f>|<hyperlink", sheet)
        assert 'state="frozen"' in sheet
        assert "<autoFilter " in sheet


async def test_the_columns_of_a_workbook_have_types(room: Room) -> None:
    with zipfile.ZipFile(io.BytesIO(file(await play(room), "xlsx"))) as parts:
        tree = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    first = list(tree.iter(f"{S}row"))[1]
    kinds = {re.sub(r"\d", "", cell.get("r") or ""): cell.get("t", "n") for cell in first}
    assert {kinds[column] for column in "ADHL"} == {"n"}
    assert {kinds[column] for column in "IO"} == {"b"}


async def test_a_document_has_real_headings_and_speaks_its_language(room: Room) -> None:
    content = file(await play(room), "docx")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        tree = ElementTree.fromstring(parts.read("word/document.xml"))
        styles = parts.read("word/styles.xml").decode()
        assert "<dc:language>en</dc:language>" in parts.read("docProps/core.xml").decode()
    used = [one.get(f"{W}val") for one in tree.iter(f"{W}pStyle")]
    assert (used.count("Title"), used.count("Heading1")) == (1, 10)
    tables = [*tree.iter(f"{W}tbl")]
    assert len(tables) > 5
    assert all(one.find(f".//{W}tblHeader") is not None for one in tables)
    assert not [name for name in set(used) if f'w:styleId="{name}"' not in styles]
    assert re.search(r'<w:lang [^>]*w:val="en-GB"', styles)
    turned = [p for p in tree.iter(f"{W}p") if p.find(f"{W}pPr/{W}bidi") is not None]
    assert {"من يدفع النفقات؟", "מי משלם?"} <= {
        "".join(t.text or "" for t in p.iter(f"{W}t"))[2:].strip() for p in turned
    }


async def test_a_document_in_arabic_runs_from_right_to_left(house: Any) -> None:
    room = await Room.open(house, language="ar")
    await room.post(text="من يدفع النفقات؟")
    with zipfile.ZipFile(io.BytesIO(file(room, "docx"))) as parts:
        tree = ElementTree.fromstring(parts.read("word/document.xml"))
        assert re.search(r'<w:lang [^>]*w:bidi="ar"', parts.read("word/styles.xml").decode())
    assert tree.find(f".//{W}sectPr/{W}bidi") is not None
    assert all(one.find(f".//{W}bidiVisual") is not None for one in tree.iter(f"{W}tbl"))
    headings = [one for one in tree.iter(f"{W}pPr") if one.find(f"{W}pStyle[@{W}val='Heading1']") is not None]
    assert [one.find(f"{W}bidi") is not None for one in headings] == [True] * 10


@pytest.mark.parametrize("as_format", READERS)
async def test_a_session_of_nothing_has_a_file(house: Any, as_format: str) -> None:
    room = await Room.open(house, title="<b>&", hold=Hold.ALL)
    assert READERS[as_format](file(room, as_format)) == {}


@pytest.mark.parametrize("language", [one for one in languages() if one != "en"])
async def test_a_pdf_is_made_in_every_language(house: Any, language: str) -> None:
    """Its figures have letters too, which screen readers must be able to read."""
    room = await Room.open(house, language=language)
    await room.post(kind="question")
    assert file(room, "pdf").startswith(b"%PDF")


async def test_a_session_of_nothing_has_a_pdf(house: Any) -> None:
    assert from_pdf(file(await Room.open(house, title="<b>&#x"), "pdf")) == {}


async def test_a_csv_is_a_table_that_other_programs_read(room: Room) -> None:
    content = file(await play(room), "csv", is_restricted=True).decode("utf-8-sig")
    widths = {len(row) for row in csv.reader(io.StringIO(content, newline=""))}
    assert len(widths) == 1


async def test_long_words_have_room_and_a_line_stays_with_what_it_leads_to(room: Room) -> None:
    """LibreOffice makes no room for lines by itself, and leaves a label at the foot of its page."""
    await play(room)
    with zipfile.ZipFile(io.BytesIO(file(room, "xlsx"))) as parts:
        rows = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml")).iter(f"{S}row")
    heights = [float(row.get("ht", 15)) for row in rows]
    assert heights[1 + VOICES.index("Short")] == 15
    assert heights[1 + VOICES.index("x" * 500)] == 15 * 8
    with zipfile.ZipFile(io.BytesIO(file(room, "docx"))) as parts:
        paragraphs = [*ElementTree.fromstring(parts.read("word/document.xml")).iter(f"{W}p")]
    said = {"".join(one.itertext()): one.find(f"{W}pPr/{W}keepNext") is not None for one in paragraphs}
    assert said["We asked:"]
    assert said["We will:"]
    assert not said["Nobody has written this yet."]
