"""Which language somebody's words are in, as far as that can be known.

A screen reader speaks each voice by the rules of its `lang`. Nobody is asked which language they
write in, so what is said here is only what is certain or likely: a script that one language has, letters
that one has, or the language in which the room was asked. What is none of these gets an empty `lang`,
which means unknown: a reader then speaks it as it speaks by itself, and nothing claims what is wrong.
"""

from typing import Any

import regex

_SCRIPTS = {
    "Arab": r"\p{Arabic}",
    "Cyrl": r"\p{Cyrillic}",
    "Grek": r"\p{Greek}",
    "Hani": r"\p{Han}",
    "Hang": r"\p{Hangul}",
    "Hebr": r"\p{Hebrew}",
    "Kana": r"\p{Hiragana}\p{Katakana}",
    "Latn": r"\p{Latin}",
    "Thai": r"\p{Thai}",
}
_LETTERS = {script: regex.compile(f"[{letters}]") for script, letters in _SCRIPTS.items()}
_SOLE = {"Grek": "el", "Hani": "zh", "Hang": "ko", "Hebr": "he", "Kana": "ja", "Thai": "th"}
"""Scripts that tell the language by themselves."""

_WRITTEN_IN = {
    **dict.fromkeys(("ar", "ckb", "fa", "ks", "ps", "sd", "ug", "ur"), "Arab"),
    **dict.fromkeys(("be", "bg", "kk", "mk", "ru", "sr", "uk"), "Cyrl"),
    **{language: script for script, language in _SOLE.items()},
    "yi": "Hebr",
}
"""The script of each language that is not written in Latin letters."""

_TELLING = (
    ("Arab", "ur", regex.compile("[ٹڈڑںےۓھ]")),
    ("Arab", "ar", regex.compile("[ةىأإ]")),
    ("Cyrl", "uk", regex.compile("[іїєґ]", regex.IGNORECASE)),
)
"""Letters that tell one language of a script from its sisters, the surest first."""

_OWN = {"en": "éèêëàâäçîïñôöûüæœ", "gd": "àèìòùáéíóú", "pl": "ąćęłńóśźż"}
_FOREIGN = {
    language: regex.compile(rf"[\p{{Latin}}--[A-Za-z{own}{own.upper()}]]", regex.V1)
    for language, own in _OWN.items()
}
"""What a language has no use for: words with it are hardly in that language."""


def tongue(text: str, room: tuple[str, ...]) -> str:
    """The language of a text as a language tag; empty where nobody can know. `room` is the
    languages in which people were asked."""
    script = _script(text)
    if not script:
        return room[0]
    told = next((known for at, known, letters in _TELLING if at == script and letters.search(text)), "")
    likely = [one for one in room if _script_of(one) == script and _has_letters_for(one, text)]
    if told or script in _SOLE:
        return told or _SOLE[script]
    return likely[0] if len(likely) == 1 else ""


def room_of(live_session: Any) -> tuple[str, ...]:
    """The languages in which a session asks, its first one first."""
    both = (live_session.language, live_session.second_language)
    return tuple(dict.fromkeys(filter(None, both)))


def _script(text: str) -> str:
    """The script that most of a text's letters are in; empty for a text without letters."""
    if text.isascii():
        return "Latn" if _LETTERS["Latn"].search(text) else ""
    counts = {script: len(letters.findall(text)) for script, letters in _LETTERS.items()}
    if counts["Kana"]:
        return "Kana"  # which Japanese writes among Chinese characters
    script = max(counts, key=lambda one: counts[one])
    return script if counts[script] else ""


def _script_of(language: str) -> str:
    return _WRITTEN_IN.get(language.partition("-")[0].lower(), "Latn")


def _has_letters_for(language: str, text: str) -> bool:
    foreign = _FOREIGN.get(language.partition("-")[0])
    return text.isascii() or foreign is None or not foreign.search(text)
