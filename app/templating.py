"""Jinja, set up once for each language: everything is escaped, every name must be known, every
text is translatable."""

import hashlib
from collections.abc import Callable, Hashable
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import segno
from babel.dates import format_date, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.locales import SOURCE, Sentence, amount, catalogue, is_draft, languages, locale, nearest
from app.moments import local
from app.passes import spoken_code
from app.tongues import room_of, tongue

_HERE = Path(__file__).resolve().parent


@cache
def static(path: str) -> str:
    """The address of a file under static/, with a mark of its content, so that it may be kept
    for ever."""
    content = (_HERE / "static" / path).read_bytes()
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:10]}"


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


class Speech(NamedTuple):
    """The language of our own sentences, and those in which a room was asked: what people say
    there may be in another than the page."""

    language: str
    room: tuple[str, ...] = ()


def render(template: str, language: str, /, **context: Any) -> str:
    """A whole page, in a language. What people say in its `session` or `document` may be in another."""
    spoken = context.get("session") or context.get("document")
    room = room_of(spoken) if hasattr(spoken, "language") else ()
    return environment(nearest(language), room).get_template(template).render(**context)


def fragment(speech: Speech | str, name: str, macro: str, *arguments: Any) -> Markup:
    """One macro of a template, in a language: the same that the pages use."""
    language, room = speech if isinstance(speech, Speech) else (speech, ())
    return Markup(getattr(_macros(nearest(language), room, name), macro)(*arguments).strip())


@lru_cache(maxsize=4096)
def drawn_once(speech: Speech, name: str, macro: str, *arguments: Hashable) -> Markup:
    """The same, kept for the next page that has it too: a hall that comes in reads the same cards."""
    return fragment(speech, name, macro, *arguments)


@cache
def _macros(language: str, room: tuple[str, ...], name: str) -> Any:
    return environment(language, room).get_template(name).module


@cache
def environment(language: str, room: tuple[str, ...] = ()) -> Environment:
    """Jinja, speaking one language: what it compiles and keeps, it keeps for that one. `room` is
    the languages of the words that people say on its pages."""
    jinja = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_sayer(language),
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    _install(jinja, language)
    jinja.globals.update(static=static, spoken_code=spoken_code, language=language, source=SOURCE)
    jinja.globals.update(languages=languages, is_draft=is_draft(language), in_language=fragment)
    jinja.globals.update(drawn_once=partial(drawn_once, Speech(language, room)))
    jinja.filters.update(direction=direction, rank=rank, qr=qr, local=local)
    jinja.filters.update(tongue=partial(_tongue, language, room or (language,)))
    jinja.filters.update(_as_written_in(language))
    return jinja


def _sayer(language: str) -> Callable[[Any], Any]:
    """A Sentence that a page is given is said in the page's language, wherever it stands."""
    return lambda value: value.said_in(language) if isinstance(value, Sentence) else value


def _install(jinja: Any, language: str) -> None:
    known = catalogue(language)

    def ngettext(one: str, many: str, number: int) -> str:
        # `%(num)s` is how many, so it is written as the language writes numbers.
        return known.ngettext(one, many, number).replace("%(num)s", amount(number, language))

    jinja.install_gettext_callables(known.gettext, ngettext, newstyle=True, pgettext=known.pgettext)


def _tongue(language: str, room: tuple[str, ...], text: str | None) -> Markup:
    """The `lang` that an element with somebody's words needs, where it isn't the page's own."""
    spoken = language if isinstance(text, Sentence) else tongue(text or "", room)
    return Markup("") if spoken == language else Markup(f' lang="{spoken}"')


def _as_written_in(language: str) -> dict[str, Callable[[Any], str]]:
    here = locale(language)
    return {
        "amount": lambda number: amount(number, language),
        "date": lambda moment: format_date(moment, "long", locale=here),
        "time": lambda moment: format_time(moment, "short", locale=here),
    }
