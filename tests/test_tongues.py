"""Which language a voice is marked as: what is certain or likely, and nothing that is wrong."""

import pytest

from app.templating import Speech, fragment
from app.tongues import tongue
from tests.screens import tree

SAID = {
    "Pay people for their time.": "en",
    "A café with a rôle for all.": "en",
    "42?": "en",
    "Łukasz and Żaneta should speak.": "",
    "متى يُفتح الباب الجانبي؟ جارتي لا تستطيع صعود الدرج.": "ar",
    "کیا بچوں کے لیے بھی کوئی شام ہو سکتی ہے؟": "ur",
    "من هنا": "",
    "מי מחליט מה עושים כאן בחורף?": "he",
    "Хто допоможе з чаєм наступного разу?": "uk",
    "Кто придёт?": "",
    "我奶奶想来。": "zh",
    "おばあちゃんも来たい。": "ja",
    "نحتاج إلى ramp قبل الشتاء (not after).": "ar",
    "😀": "en",
}


@pytest.mark.parametrize("text", SAID)
def test_a_voice_in_an_english_session(text: str) -> None:
    assert tongue(text, ("en",)) == SAID[text]


@pytest.mark.parametrize(
    ("text", "room", "language"),
    [
        ("Trzeba płacić ludziom.", ("pl",), "pl"),
        ("Płaćmy.", ("gd",), ""),
        ("من هنا", ("ar",), "ar"),
        ("من هنا", ("ur",), "ur"),
        ("من هنا", ("ar", "ur"), ""),
        ("Minutes on one page, please.", ("ar",), ""),
        ("Cò bhios a’ cur nan cathraichean air ais?", ("gd", "en"), "gd"),
        ("Is math sin.", ("gd", "en"), ""),
        ("Кто придёт?", ("ru",), "ru"),
    ],
)
def test_a_voice_elsewhere(text: str, room: tuple[str, ...], language: str) -> None:
    assert tongue(text, room) == language


def test_words_are_marked_where_they_are_not_in_the_language_of_the_page() -> None:
    def marked(language: str, text: str) -> str | None:
        prompt = {"number": 1, "text": text, "is_open": True}
        drawn = fragment(
            Speech(language, ("en",)), "sessions/_session.html", "prompt_to_answer", prompt, True
        )
        return next(one for one in tree(drawn).walk() if one.tag == "span").attributes.get("lang")

    assert marked("en", "Who pays?") is None
    assert marked("pl", "Who pays?") == "en"
    assert marked("ar", "Who pays?") == "en"
    assert marked("en", "من هنا") == ""
