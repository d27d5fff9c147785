"""Every sentence people see, in the language of whoever reads it.

English is the source. It stands in the code, and is its own name in the catalogues: `_("…")` in a
template is said at once, in the page's language; in Python it makes a Sentence, which is said
later, where the language is known. So whoever refuses something need not ask who will read it.

A catalogue is a file beside this one, such as `pl.po`, read as it is: nothing has to be compiled,
and nothing compiled can be out of date. `bin/words` keeps the catalogues in step with the code, and
docs/languages.md says how a fluent reader mends one.
"""

from collections.abc import Callable, Collection, Mapping
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

CATALOGUES = Path(__file__).resolve().parent
SOURCE = "en"

DRAFT = "Machine-drafted, awaiting a fluent reader."
"""The line of a catalogue that says so. Who has read all of it takes the line away."""


class Amount(int):
    """How many of something: written as the reader's language writes numbers. A plain number is
    a name, such as a card's, and stands as it is."""


class Sentence(str):
    """A sentence of ours. As a string it is English; `said_in` says it in any language."""

    _find: Callable[[NullTranslations], str]
    _values: Mapping[str, str | int]

    def __new__(cls, find: Callable[[NullTranslations], str], values: Mapping[str, str | int]) -> "Sentence":
        """`find` looks it up in a catalogue, and `values` are put into what it finds."""
        sentence = super().__new__(cls, find(NullTranslations()) % _written(values, SOURCE))
        sentence._find, sentence._values = find, values
        return sentence

    def said_in(self, language: str) -> str:
        """The sentence in a language, or in the nearest one there is."""
        return self._find(catalogue(language)) % _written(self._values, language)


def _(sentence: str, /, **values: str | int) -> Sentence:
    """Mark a sentence for translation: `_("There is no card %(number)s.", number=17)`."""
    return Sentence(lambda known: known.gettext(sentence), values)


def ngettext(one: str, many: str, number: int, /, **values: str | int) -> Sentence:
    """The same for a sentence that changes with `number`, which stands in it as `%(num)s`."""
    return Sentence(lambda known: known.ngettext(one, many, number), {"num": Amount(number), **values})


@cache
def languages() -> dict[str, str]:
    """The languages there are, by what each calls itself: {"en": "English", "pl": "polski"}.
    English and Gaelic come first, side by side."""
    known = sorted({SOURCE, *(file.stem for file in CATALOGUES.glob("*.po"))}, key=_order)
    return {one: Locale.parse(one, sep="-").get_language_name() or one for one in known}


def _order(language: str) -> tuple[bool, str]:
    return language not in (SOURCE, "gd"), language


def nearest(language: str) -> str:
    """The language there is that serves readers of `language` best: "pl" for "pl-PL", and
    English where there is none."""
    return next((one for one in (language, language.partition("-")[0]) if one in languages()), SOURCE)


def first_known(*wishes: str | None) -> str:
    """The first of these languages that there is, and else the nearest to the last of them."""
    there = next((wish for wish in wishes if wish in languages()), None)
    return there or nearest(wishes[-1] or SOURCE)


def accepted(header: str, among: Collection[str]) -> str:
    """The one of some languages that a browser likes best, by its Accept-Language; empty where it
    likes none of them."""
    wishes = (part.strip().partition(";q=") for part in header[:200].split(","))
    liked = sorted(((_weight(weight), wish) for wish, _, weight in wishes), key=lambda one: -one[0])
    found = (wish.partition("-")[0].lower() for weight, wish in liked if weight)
    return next((wish for wish in found if wish in among), "")


def _weight(weight: str) -> float:
    try:
        return float(weight or 1)
    except ValueError:
        return 0.0


@cache
def is_draft(language: str) -> bool:
    """Whether no fluent reader has gone through a language's sentences yet."""
    file = CATALOGUES / f"{language}.po"
    return file.exists() and DRAFT in file.read_text(encoding="utf-8").partition("msgid")[0]


# What visitors ask for may be anything, so what is kept for it has a bound.


@lru_cache(1000)
def catalogue(language: str) -> NullTranslations:
    """The sentences of a language, or of the nearest one there is."""
    file = CATALOGUES / f"{nearest(language)}.po"
    if not file.exists():
        return NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return GNUTranslations(compiled)


@lru_cache(1000)
def locale(language: str) -> Locale:
    """How dates and numbers are written. Our English is British."""
    known = nearest(language)
    return Locale.parse("en-GB" if known == SOURCE else known, sep="-")


def amount(number: int, language: str) -> str:
    """How many, as a language writes it: 1,234 or 1 234. Small numbers are the same in all."""
    return str(number) if 0 <= number < 1000 else format_decimal(number, locale=locale(language))


def _written(values: Mapping[str, str | int], language: str) -> dict[str, str | int]:
    return {name: _one(value, language) for name, value in values.items()}


def _one(value: str | int, language: str) -> str | int:
    if isinstance(value, Sentence):
        return value.said_in(language)
    return amount(value, language) if isinstance(value, Amount) else value
