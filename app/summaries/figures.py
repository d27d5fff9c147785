"""Draws the figures of a summary, once for every format: bars as SVG.

A screen colours them by its own sheet, light or dark; paper takes the colours written here, which
are those of the sheet. What a figure shows stands in a table beside it too, so nothing hangs on
seeing it.
"""

import re
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from app.locales import Sentence, amount
from app.summaries.blocks import Bar, Figure

WIDTH = 360
ROW = 30
LABEL = 40
LETTERS = 2
"""So many fit before a bar."""
VALUE = 52
HEIGHT = 150
"""Of columns, without what stands above and below."""

_SHEET = Path(__file__).resolve().parent.parent / "static" / "css" / "base.css"
_PLAIN = "#0b5b62"
MANY = 8
"""More bars than this stand side by side."""


def svg(figure: Figure, language: str, *, is_rtl: bool = False) -> str:
    """A figure as SVG, with what it says as its text alternative. It is mirrored here, so the page
    around it must not turn its anchors round once more."""
    height, drawn = _columns(figure, language) if len(figure.bars) > MANY else _rows(figure, language)
    shapes = "".join(_mirrored(one) if is_rtl else one for one in drawn)
    label = escape(alternative(figure, language), {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" role="img" aria-label="{label}" font-size="16" direction="ltr"'
        f' font-family="{_FACES[is_rtl]}">{shapes}</svg>'
    )


_FACES = {False: "Noto Sans, sans-serif", True: "Cairo, Noto Sans, sans-serif"}
"""Cairo has a glyph for each Arabic letter, dots and all: a PDF that screen readers read has no others."""


def alternative(figure: Figure, language: str) -> str:
    """The figure in words: `Themes. Pay: 12. Power: 3.`"""
    said = (f"{_said(bar.name, language)}: {amount(bar.value, language)}." for bar in figure.bars)
    return " ".join([f"{figure.caption.said_in(language)}.", *said])


def _said(name: Sentence | str, language: str) -> str:
    return name.said_in(language) if isinstance(name, Sentence) else name


def _rows(figure: Figure, language: str) -> tuple[int, list[str]]:
    """Bars that lie one under the other: their letters before them, or else their names above,
    and how many behind. Of a time or a day nobody knows how wide it is in every language."""
    most = max([bar.value for bar in figure.bars] or [1]) or 1
    start = LABEL if all(0 < len(bar.short) <= LETTERS for bar in figure.bars) else 0
    row, drop = (ROW, 0) if start else (ROW + 20, 20)
    room, drawn = WIDTH - start - VALUE, []
    for nth, bar in enumerate(figure.bars):
        top, wide = nth * row + 4 + drop, round(room * bar.value / most)
        if start:
            drawn.append(_text(start - 8, top + 17, bar.short, "end", bold=True))
        else:
            drawn.append(_text(0, top - 6, _said(bar.name, language), "start"))
        drawn += [
            _bar(bar, start, top, wide, ROW - 8),
            _text(start + wide + 8, top + 17, amount(bar.value, language), "start"),
        ]
    return row * len(figure.bars) + 4, drawn


def _columns(figure: Figure, language: str) -> tuple[int, list[str]]:
    """Bars that stand side by side. The first, the last and the highest are labelled."""
    most = max(bar.value for bar in figure.bars) or 1
    step, last = WIDTH / len(figure.bars), len(figure.bars) - 1
    highest = next(nth for nth, bar in enumerate(figure.bars) if bar.value == most)
    drawn = []
    for nth, bar in enumerate(figure.bars):
        tall = round(HEIGHT * bar.value / most)
        left, top = nth * step, 24 + HEIGHT - tall
        drawn.append(_bar(bar, round(left + step * 0.1, 1), top, max(1.0, round(step * 0.8, 1)), tall))
        if nth == highest:
            drawn.append(_text(_inside(left + step / 2), top - 7, amount(bar.value, language), "middle"))
        if nth in (0, last):
            drawn.append(_text(0 if not nth else WIDTH, HEIGHT + 44, bar.short, "end" if nth else "start"))
    drawn.append(f'<path d="M0 {HEIGHT + 24.5}H{WIDTH}" stroke="#857b6b" class="axis"/>')
    return HEIGHT + 52, drawn


def _inside(middle: float) -> int:
    return round(min(max(middle, 18), WIDTH - 18))


def _bar(bar: Bar, left: float, top: float, wide: float, tall: float) -> str:
    colour = tints()[bar.colour - 1] if bar.colour else _PLAIN
    tint = f" tint{bar.colour}" if bar.colour else ""
    box = f'x="{left}" y="{top}" width="{wide}" height="{tall}"'
    return f'<rect class="bar{tint}" {box} rx="2" fill="{colour}"/>'


def _text(left: float, base: float, said: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    where = f'x="{left}" y="{base}" text-anchor="{anchor}"'
    return f'<text {where}{weight} fill="#1d2327">{escape(said)}</text>'


def _mirrored(shape: str) -> str:
    """The same, for languages that run from right to left."""
    wide = float((re.search(r'width="([\d.]+)"', shape) or ["", "0"])[1])
    turned = re.sub(r'(?<= )x="([\d.]+)"', lambda at: f'x="{round(WIDTH - float(at[1]) - wide, 1)}"', shape)
    ends = {"start": "end", "end": "start"}
    return re.sub(r'text-anchor="(start|end)"', lambda at: f'text-anchor="{ends[at[1]]}"', turned)


@cache
def tints() -> list[str]:
    """The strong colours of the themes on light ground."""
    return re.findall(r"\.tint\d+\{--strong:var\(--light,(#\w{6})\)", _SHEET.read_text())
