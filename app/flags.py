"""Which words somebody should look at before everybody does. Flagging never deletes anything.

Whole words are compared, in every way of writing them that Unicode takes for the same, so a place
called Scunthorpe passes. Telephone numbers and e-mail addresses are flagged too, in every language:
they may be somebody else's.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

_LISTS = Path(__file__).resolve().parent / "word_lists"

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]{2,}")
# Nine digits and more, however they are set apart. Years, dates and sums of money have fewer.
_TELEPHONE = re.compile(r"(?<![\w.])\(?\+?\(?\d(?:[ ().\-/]{0,2}\d){8,14}(?!\w)")


def is_flagged(text: str, language: str) -> bool:
    """Whether somebody should look at it first. A language without a list has no such words."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    listed = _listed(language.partition("-")[0].lower())
    return (
        not listed.isdisjoint(_WORD.findall(plain))
        or _ADDRESS.search(plain) is not None
        or _TELEPHONE.search(plain) is not None
    )


@cache
def _listed(language: str) -> frozenset[str]:
    file = _LISTS / f"{language}.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if language.isalpha() and file.exists() else []
    words = (line.partition("#")[0].strip() for line in lines)
    return frozenset(unicodedata.normalize("NFKC", word).casefold() for word in words if word)
