"""What people said is no markup, whoever reads the Markdown: pandoc, in each flavour that it knows."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from app.summaries.markdown import _quoted, _Writer
from app.summaries.tree import Voice
from tests.summary_room import VOICES

TEXTS = [
    *VOICES,
    *("a. letters", "(i) Roman", "I. Roman", "iv. Roman", "A)  two spaces", "(1) one", "10) ten", "#. any"),
    *("(@good) example", "(a) one\n(b) two", "- [ ] task", "+ plus", "    code", "x\n\n    code", "\tcode"),
    *("Heading\n===", "Heading\n---", "Term\n:   meaning", "word\n> quote\n# heading", "* * *", "| a | b |"),
    *("::: box\nin\n:::", "~~~\ncode\n~~~", "{.class #id}", "text {#id}", "%title", "Table: caption"),
    *("[^1]: note", "x^[note]", "*[abbr]: x", "[@cite]", "[x]: http://x.example", "<!-- c -->", "&copy;"),
    *("^sup^ ~sub~ ==mark==", "$$x$$", "\\(x\\)", "\\begin{x}y\\end{x}", "Line one\\\nline two", ":smile:"),
    *("http://x.example/a_b", "https://x.example", "ftp://x.example", "www.x.example", "mailto:me@x.example"),
    *("-- --- ... 'single' \"double\"", "----  ----\na     b\n----  ----", "``` {=html}\n<b>x</b>\n```"),
]


def said(inline: Any) -> str:
    """The words of inline elements; the name of each that is no word."""
    if isinstance(inline, list):
        return "".join(map(said, inline))
    match inline["t"]:
        case "Str":
            return str(inline["c"])
        case "Space" | "SoftBreak" | "LineBreak":
            return " "
        case "Quoted":
            sign = '"' if inline["c"][0]["t"] == "DoubleQuote" else "'"
            return f"{sign}{said(inline['c'][1])}{sign}"
        case other:
            return f"<{other}>"


def words(blocks: list[Any]) -> str:
    """The words of paragraphs; the name of each block that is none. Typed signs may be set finer."""
    inside = (said(one["c"]) if one["t"] in ("Para", "Plain") else f"<{one['t']}>" for one in blocks)
    return plain(" ".join(inside))


_FINE = {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u2014": "---", "\u2013": "--"}
_FINE |= {"\u2026": "...", "\xa0": " "}


def plain(text: str) -> str:
    for fine, typed in _FINE.items():
        text = text.replace(fine, typed)
    return " ".join(text.split())


@pytest.mark.skipif(not shutil.which("pandoc"), reason="pandoc is not installed")
@pytest.mark.parametrize("flavour", ["markdown", "gfm", "commonmark_x", "commonmark"])
def test_no_voice_becomes_markup(flavour: str) -> None:
    writer = _Writer("en")
    spoken = [Voice(nth, text, None, 1, None, 0, True, "", [], "", "") for nth, text in enumerate(TEXTS)]
    lines = [line for voice in spoken for line in (*writer.voice(voice), "")]
    lines += [line for text in TEXTS for line in ("### Next", "", *_quoted(text))]
    run = ["pandoc", "--from", flavour, "--to", "json"]
    told = subprocess.run(run, input="\n".join(lines), text=True, capture_output=True, check=True)
    items, *rest = json.loads(told.stdout)["blocks"]
    number = "<Strong> "
    assert [words(one) for one in items["c"]] == [number + plain(text) for text in TEXTS]
    assert [one["t"] for one in rest] == ["Header", "BlockQuote"] * len(TEXTS)
    assert [words(one["c"]) for one in rest[1::2]] == [plain(text) for text in TEXTS]
