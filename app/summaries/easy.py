"""A draft in Easy Read: short sentences, one thing a line, large letters.

It is a draft by a program. Easy Read is made with the people who use it, so the page says that
somebody must check it, and marks what they have to add.
"""

from app.models import Part
from app.summaries.tree import Document, Section, Voice
from app.templating import render
from app.tongues import tongue

SHORT = 160
"""Characters of a quote or an answer that is still easy to read."""


def easy_page(document: Document, *, is_blank: bool = False) -> str:
    """The draft as a page. `is_blank`: whether the big screen is."""
    return render(
        "summary/easy.html",
        document.language,
        document=document,
        is_blank=is_blank,
        themes=[
            (one, _easiest(one, document.language))
            for one in sorted(document.themes, key=lambda one: -one.count)
        ],
        grown=[one for one in document.grown if one.title],
        easy_to_read=SHORT,
        lone=[voice for voice in document.lone.voices if _is_easy(voice)][:2],
        following=document.own.get(Part.NEXT, ""),
    )


def _easiest(theme: Section, language: str) -> Voice | None:
    """The shortest voice that may be quoted and says a little more than a word; one in the language of
    the page, if there is one."""

    def how_hard(voice: Voice) -> tuple[bool, int]:
        return tongue(voice.text, (language,)) != language, len(voice.text)

    return min(filter(_is_easy, theme.voices), key=how_hard, default=None)


def _is_easy(voice: Voice) -> bool:
    return voice.quotable and 10 <= len(voice.text) <= SHORT
