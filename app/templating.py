"""Jinja, set up once: everything is escaped, every name must be known, every text translatable."""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.models import letters
from app.passes import spoken_code

_HERE = Path(__file__).resolve().parent
TINTS = 12


@cache
def static(path: str) -> str:
    """The address of a file under static/, with a mark of its content, so that it may be kept
    for ever."""
    content = (_HERE / "static" / path).read_bytes()
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:10]}"


@cache
def _tints() -> dict[str, int]:
    return {letters(number): (number - 1) % TINTS + 1 for number in range(1, 703)}


def tint(letter: str) -> int:
    """Which of the theme colours a letter has: the letter says it, the colour repeats it."""
    return _tints().get(letter, TINTS)


RIGHT_TO_LEFT = {"ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}


def direction(language: str) -> str:
    """Which way a language's lines run."""
    return "rtl" if language.partition("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


def rank(value: float) -> str:
    """A rank as short as it can be written."""
    return str(int(value)) if value == int(value) else repr(value)


@cache
def qr(link: str) -> Markup:
    """A QR code of a link, as SVG."""
    drawn = segno.make(link, error="m", micro=False)
    return Markup(drawn.svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None))


def day(milliseconds: int) -> str:
    """A day, as it is written."""
    return f"{datetime.fromtimestamp(milliseconds / 1000).astimezone():%-d %B %Y}"


def clock_time(milliseconds: int) -> str:
    """A day and a time, as they are written."""
    return f"{datetime.fromtimestamp(milliseconds / 1000).astimezone():%-d %B %Y, %H:%M}"


LANGUAGES = [("en", "English")]
"""The languages that pages can be in, each with its own name for itself."""

environment = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
environment.globals.update(static=static, spoken_code=spoken_code)
environment.filters.update(tint=tint, direction=direction, rank=rank, qr=qr, day=day, clock_time=clock_time)


def render(template: str, /, **context: Any) -> str:
    """A whole page."""
    return environment.get_template(template).render(**context)


@cache
def _macros(name: str) -> Any:
    return environment.get_template(name).module


def fragment(name: str, macro: str, *arguments: Any) -> Markup:
    """One macro of a template: the same that the pages use."""
    return Markup(getattr(_macros(name), macro)(*arguments).strip())
