"""Which words somebody should look at before everybody does. Flagging never deletes anything.

The lists of the session's language and of English apply, and the operator's own. Whole words are
compared, in every way of writing them that comes to the same: case, accents and marks, the letters
that Arabic and Urdu keyboards do differently. So a place called Scunthorpe passes. Telephone numbers
and e-mail addresses are flagged too, in every language: they may be somebody else's.

A list has one word a line. A line that begins with `-` lets a word pass that another list has:
English has it as a slur, and in this language it is a parcel.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import regex

_LISTS = Path(__file__).resolve().parent / "word_lists"

_WORD = regex.compile(r"[\p{L}\p{M}\u200C\u200D]+(?:['’][\p{L}\p{M}]+)*")
_ADDRESS = regex.compile(r"[^\s@]+@[^\s@]+\.[^\s@]{2,}")
# Nine digits and more, however they are set apart. Years, dates and sums of money have fewer.
_TELEPHONE = regex.compile(r"(?<![\w.])\(?\+?\(?\d(?:[ ().\-/]{0,2}\d){8,14}(?!\w)")

# Letters that are not an ordinary one with a mark, and are typed as if they were.
_SAME = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ı": "i",
        "’": "'",
        "ـ": "",  # drawn out, for looks
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ہ": "ه",
        "ھ": "ه",
        "ە": "ه",
    }
)

Kind = Literal["word", "telephone", "address"]


class Flag(NamedTuple):
    """Why somebody should look first, and at what."""

    kind: Kind
    said: str


class Listed(NamedTuple):
    """A list as it is read: folded words, and those that it lets pass."""

    words: frozenset[str]
    passing: frozenset[str]


class Flags:
    """The lists that come with Sheaf, and `own`, a file of the operator's: it applies in every
    language, and has the last word."""

    def __init__(self, own: Path | None = None) -> None:
        self._own = _read(own) if own is not None else _NOTHING

    def find(self, text: str, language: str) -> Flag | None:
        """What somebody should look at first; None where there is nothing."""
        plain = unicodedata.normalize("NFKC", text)
        for word in _WORD.findall(plain):
            if self._has(fold(word), language):
                return Flag("word", word)
        if found := _ADDRESS.search(plain):
            return Flag("address", found[0])
        if found := _TELEPHONE.search(plain):
            return Flag("telephone", found[0])
        return None

    def _has(self, word: str, language: str) -> bool:
        if word in self._own.words:
            return True
        return word not in self._own.passing and word in _listed(language.partition("-")[0].lower())


def fold(word: str) -> str:
    """A word as it is compared: without case, accents, vowel signs and joiners."""
    if word.isascii():
        return word.casefold()
    bare = unicodedata.normalize("NFKD", word.casefold()).translate(_SAME)
    return "".join(one for one in bare if unicodedata.category(one) not in ("Mn", "Mc", "Me", "Cf"))


@lru_cache(100)
def _listed(language: str) -> frozenset[str]:
    """A language's words and the English ones, for people mix; but not those that it lets pass."""
    english = _read(_LISTS / "en.txt")
    here = _read(_LISTS / f"{language}.txt") if language.isalpha() else _NOTHING
    return (english.words - here.passing) | here.words


_NOTHING = Listed(frozenset(), frozenset())


def _read(file: Path) -> Listed:
    """A list; an empty one where there is no file. Bytes that are no text match no word."""
    if not file.is_file():
        return _NOTHING
    lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    said = [line.partition("#")[0].strip() for line in lines]
    words = frozenset(fold(word) for word in said if word and not word.startswith("-"))
    return Listed(words, frozenset(fold(word[1:].strip()) for word in said if word.startswith("-")))


SHIPPED = Flags()
"""The lists that come with Sheaf, and no others."""
