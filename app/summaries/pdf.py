"""The summary as PDF, set by typst: tagged for screen readers (PDF/UA-1), with bookmarks, and with
letters of its own, so that it looks the same everywhere.

The words go in as data, beside a source that is always the same. typst keeps to PDF/UA-1 or refuses
to write: a character that none of our faces has would be such a refusal, so it is said by its
number instead, and the document says so.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg_cairo
import manimgx_fonts
import manimgx_fonts_cjk
import regex
import typst
from babel.dates import format_date, format_time

from app.locales import Sentence, _, amount, locale, nearest
from app.summaries.blocks import Block, Cell, Figure, Objection, Own, Reply, Says, Table, Topic, Voices, Words
from app.summaries.chapters import chapters
from app.summaries.chapters.about import about, disagreement, more_unquoted, said_times
from app.summaries.figures import alternative, svg, tints
from app.summaries.legal import legal
from app.summaries.tree import Document, Voice
from app.templating import direction
from app.words import is_tall, runs_from_right

_SOURCE = (Path(__file__).parent / "summary.typ").read_bytes()
_FOLDERS = [Path(str(one.__file__)).parent for one in (manimgx_fonts, manimgx_fonts_cjk, fontpkg_cairo)]
_SCRIPTS = (
    *("Hebrew", "Arabic", "Devanagari", "Armenian", "Bengali", "Ethiopic", "Georgian", "Gujarati"),
    *("Gurmukhi", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil"),
    *("Telugu", "Thai", "Symbols"),
)
# Cairo before Noto Sans Arabic: it has a glyph for each letter, dots and all, and so the text can
# be read out of the file again.
FACES = ["Noto Sans", "Cairo", *(f"Noto Sans {one}" for one in _SCRIPTS), "Noto Sans CJK SC", "Noto Emoji"]


def write_pdf(document: Document) -> bytes:
    """The whole document."""
    language = nearest(document.language)
    told = _Teller(language).told(document)
    told["tall"] = is_tall(_as_data(told))
    try:
        return _set(_SOURCE, _as_data(told), document.made_at)
    except typst.TypstError:
        unknown = _unknown(_as_data(told))
        told["note"] = _("Some letters can’t be printed here. Their numbers stand for them.").said_in(
            language
        )
        return _set(_SOURCE, _without(_as_data(told), unknown), document.made_at)


def _as_data(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False)


def _set(source: bytes, told: str, made_at: str) -> bytes:
    return typst.compile(
        source,
        sys_inputs={"document": told},
        pdf_standards="ua-1",
        font_paths=_fonts(),
        timestamp=datetime.fromisoformat(made_at).replace(microsecond=0),
    )


@cache
def _fonts() -> typst.Fonts:
    """Our faces and no others, whatever the machine has."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=_FOLDERS)


_EACH = b"""#let told = json(bytes(sys.inputs.document))
#set document(title: "x")
#set text(font: told.fonts, fallback: false, lang: "en")
#told.text"""
_COULD_NOT = re.compile(r"the text [`\"]+(.*?)[`\"]+ could not be displayed")
_NUMBERED = re.compile(r"\\u\{([0-9a-f]+)\}")


def _unknown(told: str) -> set[str]:
    """The characters that no face has. typst names one after another."""
    letters, unknown = sorted({one for one in told if ord(one) > 0x24F}), set[str]()
    while True:
        trial = {"fonts": FACES, "text": " ".join(one for one in letters if one not in unknown)}
        try:
            _set(_EACH, json.dumps(trial), datetime.now(UTC).isoformat())
        except typst.TypstError as problem:
            found = _COULD_NOT.search(str(problem))
            named = _NUMBERED.sub(lambda at: chr(int(at[1], 16)), found[1]) if found else ""
            if not (more := set(named) - unknown):
                raise
            unknown |= more
        else:
            return unknown


def _without(told: str, unknown: Iterable[str]) -> str:
    return told.translate({ord(one): f"[U+{ord(one):04X}]" for one in unknown})


_UNBROKEN = regex.compile(r"[^\s\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}]{40,}")


def breakable(text: str) -> str:
    """The text with places in very long words where a line may end, as a browser breaks them too."""

    def parted(word: regex.Match[str]) -> str:
        letters = regex.findall(r"\X", word[0])
        return "\u200b".join("".join(letters[at : at + 10]) for at in range(0, len(letters), 10))

    return _UNBROKEN.sub(parted, text)


class _Teller:
    """Says blocks as data, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.is_rtl = direction(language) == "rtl"

    def told(self, document: Document) -> dict[str, Any]:
        """All that the source asks for."""
        made, here = datetime.fromisoformat(document.made_at), locale(self.language)
        when = {
            "date": format_date(made, "long", locale=here),
            "time": format_time(made, "short", locale=here),
        }
        lang, _dash, region = self.language.partition("-")
        restricted = _("Restricted: not for publication.") if document.is_restricted else None
        return {
            "title": legal(document.title),
            "description": self.say(_("Summary")),
            "restricted": restricted and self.say(restricted),
            "note": None,
            "made": self.say(_("Made on %(date)s at %(time)s (UTC).", **when)),
            "lang": lang,
            "region": region if len(region) == 2 else ("GB" if lang == "en" else None),
            "rtl": self.is_rtl,
            "fonts": FACES,
            "tints": tints(),
            "chapters": [
                {"title": self.say(chapter.title), "blocks": [self.block(one) for one in chapter.blocks]}
                for chapter in chapters(document)
            ],
        }

    def say(self, said: Cell) -> str:
        """As the reader's language says it."""
        if isinstance(said, Sentence):
            return said.said_in(self.language)
        return amount(said, self.language) if isinstance(said, int) else said

    def words(self, said: Cell) -> dict[str, Any]:
        """Words with the direction that they have."""
        text = legal(self.say(said))
        return {"text": breakable(text), "rtl": runs_from_right(text, self.is_rtl)}

    def block(self, block: Block) -> dict[str, Any]:
        """A block as data, with its kind."""
        return {"kind": block.kind, **self.inside(block)}

    def inside(self, block: Block) -> dict[str, Any]:
        """What is in a block."""
        match block:
            case Says():
                return {"text": " ".join(map(self.say, block.sentences))}
            case Words():
                return {"label": block.label and self.say(block.label), "text": self.words(block.text)}
            case Own():
                missing = self.say(_("Nobody has written this yet."))
                text = self.words(block.text) if block.text else None
                return {"title": self.say(block.title), "text": text, "missing": missing}
            case Voices():
                more = self.say(more_unquoted(block.unquoted)) if block.unquoted else None
                said = [self.voice(one, quotes=block.quotes) for one in block.voices]
                return {"voices": said, "quotes": block.quotes, "more": more}
            case Objection():
                label = self.say(_("Card %(number)s:", number=block.number))
                return {"label": label, "text": self.words(" ".join(map(self.say, disagreement(block.said))))}
            case Table():
                return self.table(block)
            case Figure():
                drawn = svg(block, self.language, is_rtl=self.is_rtl)
                alt = legal(alternative(block, self.language))
                table = self.table(block.table) | {"caption": self.say(_("The same as a table"))}
                return {"caption": self.say(block.caption), "svg": drawn, "alt": alt, "table": table}
            case Reply():
                return {**self.inside(block.topic), "kind": "topic"}
            case Topic():
                return {
                    "name": self.words(block.name),
                    "letter": block.letter,
                    "count": None if block.count is None else self.say(block.count),
                    "colour": block.colour,
                    "blocks": [self.block(one) for one in block.blocks],
                }

    def voice(self, voice: Voice, *, quotes: bool = False) -> dict[str, Any]:
        """A voice, and what is said of it."""
        beside = [" · ".join(map(self.say, about(voice, quotes=quotes)))]
        beside += (
            [] if quotes else [" ".join(map(self.say, disagreement(one))) for one in voice.disagreements]
        )
        return {
            "number": voice.number,
            **self.words(voice.text),
            "about": [self.words(one) for one in beside if one],
            "times": self.say(said_times(voice)),
            "originals": [] if quotes else [self.voice(one) for one in voice.originals],
        }

    def table(self, block: Table) -> dict[str, Any]:
        """A table: as wide as its words need, the last column takes what is left."""
        return {
            "caption": self.say(block.caption),
            "wide": len(block.head),
            "head": [self.words(one) for one in block.head],
            "rows": [self.row(row) for row in block.rows],
        }

    def row(self, cells: Sequence[Cell]) -> list[dict[str, Any]]:
        """A row of a table."""
        return [self.words(one) for one in cells]
