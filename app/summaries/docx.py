"""The summary as a document to edit and translate: real headings, lists and tables.

The package sets up styles and parts; the body is written as XML in one go, since adding paragraphs
one by one takes longer with each of them.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

import docx
from babel.dates import format_date, format_time
from docx.document import Document as WordDocument
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from app.locales import Sentence, _, amount, locale, nearest
from app.summaries.blocks import Block, Cell, Figure, Objection, Own, Reply, Says, Table, Topic, Voices, Words
from app.summaries.chapters import chapters
from app.summaries.chapters.about import about, disagreement, more_unquoted, said_times
from app.summaries.legal import legal
from app.summaries.tree import Document, Voice
from app.templating import direction
from app.words import is_tall, runs_from_right

FACE = "Arial"
"""A face that every office program has."""


def write_docx(document: Document) -> bytes:
    """The whole document."""
    word = docx.Document()
    language = nearest(document.language)
    is_rtl = direction(language) == "rtl"
    _set_up(word, document, language, is_rtl=is_rtl)
    body = "".join(_Writer(language, is_rtl=is_rtl).paragraphs(document))
    parsed = parse_xml(f"<w:body {nsdecls('w')}>{body}</w:body>")
    section = word.element.body[-1]
    for element in list(parsed):
        section.addprevious(element)
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def _set_up(word: WordDocument, document: Document, language: str, *, is_rtl: bool) -> None:
    properties = word.core_properties
    properties.title, properties.language = legal(document.title)[:255], language
    properties.author, properties.comments = "", document.code
    properties.created = properties.modified = datetime.fromisoformat(document.made_at).replace(tzinfo=None)
    for name, size in (("Normal", 12), ("Title", 26), ("Heading 1", 18), ("Heading 2", 14), ("Caption", 12)):
        _set_style(word, name, size)
    for name, after in (("List Bullet", 2), ("List Bullet 2", 2), ("List Continue", 8), ("Quote", 8)):
        word.styles[name].font.color.rgb = _INK
        word.styles[name].paragraph_format.space_after = Pt(after)
    caption = word.styles["Caption"].paragraph_format
    caption.keep_with_next, caption.space_before = True, Pt(10)
    _speak(word, language, is_rtl=is_rtl)
    page = word.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2.5)
    _number_pages(word)


_INK = RGBColor(0x1D, 0x23, 0x27)


def _set_style(word: WordDocument, name: str, size: int) -> None:
    style = word.styles[name]
    style.font.name, style.font.size = FACE, Pt(size)
    style.font.color.rgb = _INK
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:cs"), FACE)


def _speak(word: WordDocument, language: str, *, is_rtl: bool) -> None:
    """The language of all that says no other, and which way its lines run."""
    defaults = word.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    said = defaults.find(qn("w:lang"))
    if said is None:
        said = OxmlElement("w:lang")
        defaults.append(said)
    region = "en-GB" if language == "en" else language
    said.set(qn("w:val"), region)
    said.set(qn("w:bidi"), region if is_rtl else "ar-SA")
    if is_rtl:
        word.element.body.sectPr.insert_element_before(OxmlElement("w:bidi"), "w:rtlGutter", "w:docGrid")


def _number_pages(word: WordDocument) -> None:
    foot = word.sections[0].footer.paragraphs[0]
    field = parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>')
    foot._p.append(field)


class _Writer:
    """Sets blocks as paragraphs and tables, in one language."""

    def __init__(self, language: str, *, is_rtl: bool) -> None:
        self.language = language
        self.is_rtl = is_rtl

    def paragraphs(self, document: Document) -> Iterator[str]:
        """The title, and every chapter."""
        if document.is_restricted:
            yield self.ours("Normal", _("Restricted: not for publication."), bold=True)
        yield self.theirs("Title", document.title)
        made, here = datetime.fromisoformat(document.made_at), locale(self.language)
        when = {
            "date": format_date(made, "long", locale=here),
            "time": format_time(made, "short", locale=here),
        }
        yield self.ours("Normal", _("Made on %(date)s at %(time)s (UTC).", **when))
        for chapter in chapters(document):
            yield self.ours("Heading1", chapter.title)
            for block in chapter.blocks:
                yield from self.block(block)

    def say(self, said: Cell) -> str:
        """As the reader's language says it."""
        if isinstance(said, Sentence):
            return said.said_in(self.language)
        return amount(said, self.language) if isinstance(said, int) else said

    def ours(self, style: str, *sentences: Sentence, bold: bool = False, leads: bool = False) -> str:
        """A paragraph of ours. One that leads to the next is never alone at a page's foot."""
        runs = self.run(" ".join(map(self.say, sentences)), is_rtl=self.is_rtl, bold=bold)
        return self.paragraph(style, runs, is_rtl=self.is_rtl, leads=leads)

    def theirs(self, style: str, text: str, before: str = "") -> str:
        """A paragraph in somebody's words, in the direction they have, perhaps behind a mark."""
        is_rtl = runs_from_right(text, self.is_rtl)
        mark = self.run(f"{before} ", is_rtl=is_rtl, bold=True) if before else ""
        runs, tall = mark + self.run(text, is_rtl=is_rtl), bool(before) and is_tall(text)
        return self.paragraph(style, runs, is_rtl=is_rtl, tall=tall)

    def paragraph(
        self, style: str, runs: str, *, is_rtl: bool, leads: bool = False, tall: bool = False
    ) -> str:
        """A paragraph of runs. In a `tall` one marks stand upon marks: its lines are as high as they
        are elsewhere, and what would reach into others is cut off."""
        looks = f"{'<w:keepNext/>' if leads else ''}{'<w:bidi/>' if is_rtl else ''}"
        looks += '<w:spacing w:line="340" w:lineRule="exact"/>' if tall else ""
        return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{looks}</w:pPr>{runs}</w:p>'

    def run(self, text: str, *, is_rtl: bool, bold: bool = False) -> str:
        """A run of text with its line breaks."""
        turned = f"<w:rtl/>{_HEBREW if _is_hebrew(text) else ''}" if is_rtl else ""
        looks = f"{'<w:b/><w:bCs/>' if bold else ''}{turned}"
        lines = (f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in legal(text).split("\n"))
        return f"<w:r><w:rPr>{looks}</w:rPr>{'<w:br/>'.join(lines)}</w:r>"

    def block(self, block: Block) -> Iterator[str]:
        """The paragraphs and tables of a block."""
        match block:
            case Says():
                yield self.ours("Normal", *block.sentences)
            case Words():
                if block.label:
                    yield self.ours("Normal", block.label, leads=True)
                yield self.theirs("Quote", block.text)
            case Own():
                yield self.ours("Heading2", block.title)
                missing = self.ours("Normal", _("Nobody has written this yet."))
                yield self.theirs("Normal", block.text) if block.text else missing
            case Voices():
                yield from self.voices(block)
            case Objection():
                yield self.ours("Normal", _("Card %(number)s:", number=block.number), bold=True, leads=True)
                yield self.theirs("Normal", " ".join(map(self.say, disagreement(block.said))))
            case Table():
                yield from self.table(block)
            case Figure():
                yield from self.table(block.table)
            case Reply():
                yield from self.block(block.topic)
            case Topic():
                count = "" if block.count is None else f" ({amount(block.count, self.language)})"
                letter = f"{block.letter}. " if block.letter else ""
                name = self.say(block.name)
                is_rtl = runs_from_right(name, self.is_rtl)
                heading = self.run(f"{letter}{name}{count}", is_rtl=is_rtl)
                yield self.paragraph("Heading2", heading, is_rtl=is_rtl)
                for inner in block.blocks:
                    yield from self.block(inner)

    def voices(self, block: Voices) -> Iterator[str]:
        """A list of voices, each with what was merged into it."""
        for voice in block.voices:
            yield from self.voice(voice, "ListBullet", quotes=block.quotes)
            if voice.originals and not block.quotes:
                yield self.ours("ListContinue", said_times(voice))
                for other in voice.originals:
                    yield from self.voice(other, "ListBullet2")
        if block.unquoted:
            yield self.ours("Normal", more_unquoted(block.unquoted))

    def voice(self, voice: Voice, style: str, *, quotes: bool = False) -> Iterator[str]:
        """A voice as an item of a list, and what is said of it beneath."""
        yield self.theirs(style, voice.text, before=str(voice.number))
        if said := " · ".join(self.say(one) for one in about(voice, quotes=quotes)):
            yield self.theirs("ListContinue", said)
        for one in () if quotes else voice.disagreements:
            yield self.theirs("ListContinue", " ".join(map(self.say, disagreement(one))))

    def table(self, block: Table) -> Iterator[str]:
        """A table, its caption before it."""
        yield self.ours("Caption", block.caption)
        label = escape(legal(self.say(block.caption)), {'"': "&quot;"})
        turned = "<w:bidiVisual/>" if self.is_rtl else ""
        grid = "".join(f'<w:gridCol w:w="{wide}"/>' for wide in _widths(block))
        yield (
            f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/>{turned}<w:tblW w:w="5000" w:type="pct"/>'
            f'<w:tblLook w:firstRow="1"/><w:tblCaption w:val="{label}"/></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid>"
        )
        yield self.row(block.head, "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>", bold=True)
        for row in block.rows:
            yield self.row(row, "<w:trPr><w:cantSplit/></w:trPr>")
        yield "</w:tbl>" + self.paragraph("Normal", "", is_rtl=self.is_rtl)

    def row(self, cells: Sequence[Cell], looks: str, *, bold: bool = False) -> str:
        """A row of a table."""
        return f"<w:tr>{looks}{''.join(self.cell(one, bold=bold) for one in cells)}</w:tr>"

    def cell(self, said: Cell, *, bold: bool) -> str:
        """A cell of a table."""
        text = self.say(said)
        is_rtl = runs_from_right(text, self.is_rtl)
        inside = self.paragraph("Normal", self.run(text, is_rtl=is_rtl, bold=bold), is_rtl=is_rtl)
        return f'<w:tc><w:tcPr><w:tcW w:w="0" w:type="auto"/></w:tcPr>{inside}</w:tc>'


def _widths(block: Table) -> list[int]:
    """How wide columns are to each other: those that count need little."""
    counts = [any(isinstance(row[nth], int) for row in block.rows) for nth in range(len(block.head))]
    return [2000 if one else 5000 for one in counts]


_HEBREW = '<w:lang w:bidi="he-IL"/>'


def _is_hebrew(text: str) -> bool:
    return any("\u0590" <= letter <= "\u05ff" for letter in text)
