"""Text as people type it, made safe to keep and show without changing what it says."""

import unicodedata
from typing import Any

import regex

from app.locales import _

_OVERRIDES = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_MARKS_IN_A_ROW = regex.compile(r"\p{M}{31,}")
# No script puts so many on a letter: two or three are much, with points and accents.
_TALL = regex.compile(r"\p{M}{5,}")
# Putting marks in order takes the square of their number. A letter that is put together has fewer.
_MARKS_WITHOUT_END = regex.compile(r"\p{M}{60,}")
# Two letters of a flag are one character. Finding that out from within a long row takes its square.
_FLAGS = regex.compile("[\U0001f1e6-\U0001f1ff]{2}")
_LETTERS = regex.compile(r"[^\p{M}\p{Cf}\p{Sk}]")
_NEVER = regex.compile(r"[\p{Cc}\p{Cs}\uFFFE\uFFFF--[\n\t]]", regex.V1)
_LINE_ENDS = regex.compile(r"\r\n?|\u2028|\u2029")
_LOOKED_FOR: dict[int, Any] = {
    **dict.fromkeys(code for code in range(0x300, 0x20000) if unicodedata.combining(chr(code))),
    **dict.fromkeys(map(ord, "\u00ad\u0640\u200c\u200d\u200e\u200f")),  # what joins, and stretches
    **str.maketrans("łŁđĐøØħĦı", "lLdDoOhHi"),
    # Arabic, Persian and Urdu write the same letter in several ways: alef maqsura, teh marbuta …
    **str.maketrans("\u0649\u0629\u06a9\u06cc\u06c1", "\u064a\u0647\u0643\u064a\u0647"),
    **str.maketrans({"æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe"}),
}
_BLANK_LINES = regex.compile(r"\n{3,}")
_SEEN = regex.compile(r"[^\p{Z}\p{C}\p{M}\uFE0F]")
_BETWEEN_WORDS = regex.compile(r"[\p{P}\p{Z}\s]+")

STACKED = _("This has too many marks on one letter. Please take some away.")


def clean(text: str) -> str:
    """`text` in NFC, without control characters and direction overrides (a text that turns
    its surroundings round could pretend to be something else); joiners stay, since Persian,
    Indic scripts and emoji need them. Raises ValueError, in plain words, for marks stacked so
    high that they would cover the lines above."""
    if text.isascii() and text.isprintable():
        return text.strip()  # a plain line, as most posts are, has none of these
    text = _NEVER.sub("", _LINE_ENDS.sub("\n", text).translate(_OVERRIDES))
    if _MARKS_WITHOUT_END.search(text):
        raise ValueError(STACKED)
    text = _BLANK_LINES.sub("\n\n", _NEVER.sub("", unicodedata.normalize("NFC", text))).strip()
    if _MARKS_IN_A_ROW.search(text):
        raise ValueError(STACKED)
    return text


def clean_line(text: str) -> str:
    """`clean`, on one line: for names and titles."""
    return " ".join(clean(text).split())


LETTERS_IN_ONE, SIGNS_IN_ONE = 8, 31
"""Of what one character may be put together: letters of a word in Sanskrit, people of a family; and with
all that joins and marks them."""


def length(text: str) -> int:
    """How many characters a reader would count (grapheme clusters). Joiners can make a thousand of
    them into one: what is more than one character can be is counted."""
    if text.isascii():
        return len(text)
    found = regex.findall(r"\X", _FLAGS.sub("x", text))
    return len(found) + sum(_more_than_one(one) for one in found if len(one) > LETTERS_IN_ONE)


def _more_than_one(character: str) -> int:
    letters = len(_LETTERS.findall(character))
    return max(letters - LETTERS_IN_ONE, len(character) - SIGNS_IN_ONE, 0)


def is_blank(text: str) -> bool:
    """Whether nothing in it can be seen."""
    return _SEEN.search(text) is None


def is_tall(text: str) -> bool:
    """Whether a letter of it has so many marks that they reach into other lines."""
    return not text.isascii() and _TALL.search(text) is not None


def runs_from_right(text: str, otherwise: bool = False) -> bool:
    """Whether its first letter belongs to a script that runs from right to left; `otherwise`
    where it has no letter at all. Browsers decide `dir=auto` so."""
    for letter in text:
        way = unicodedata.bidirectional(letter)
        if way in ("L", "R", "AL"):
            return way != "L"
    return otherwise


def folded(text: str) -> str:
    """A text as it is looked for: without case, and without the marks that many people leave out
    when they type: accents, vowel points, the stroke of ł."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).translate(_LOOKED_FOR).casefold()


def terms(query: str) -> list[str]:
    """The words of what somebody looks for, folded."""
    return folded(regex.sub(r"[\p{P}\p{Z}\s]+", " ", query)).split()


def gist(text: str) -> str:
    """What two texts have in common that say the same words: without case, punctuation and spaces.
    Signs such as emoji say something too, and stay."""
    return _BETWEEN_WORDS.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
