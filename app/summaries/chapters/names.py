"""What sections, ways and kinds are called."""

from datetime import date

from babel.dates import format_date

from app.locales import Sentence, _, locale
from app.summaries.tree import Section

FIGURE = _("Voices")
"""The head of every column that counts voices."""

KINDS = {"question": _("Question"), "statement": _("Statement"), "idea": _("Idea")}

PLACES = {
    "lone": _("Lone voices"),
    "unsorted": _("Not sorted"),
    "parked": _("Parked"),
    "unseen": _("Held and hidden"),
}

_WAYS = {
    "phone": _("On a phone or computer"),
    "scribe": _("Written down by a scribe"),
    "desk": _("Written down by a facilitator"),
    "import": _("From paper or a list"),
    "paper": _("On paper"),
    "tablet": _("On a shared device"),
    "program": _("Through another program"),
    "earlier": _("Brought along from an earlier session"),
}


def as_date(day: date, language: str) -> str:
    """A day as it is read, such as 3 May 2026."""
    return format_date(day, "long", locale=locale(language))


def named(section: Section) -> Sentence | str:
    """A theme's name, or what stands for one."""
    return section.name or PLACES.get(section.place) or _("Not named yet")


def place_name(place: str) -> Sentence | str:
    """What a place is called in a sentence: a theme by its letter."""
    return PLACES.get(place, place)


def way_name(way: str) -> Sentence:
    """What a way of taking part is called."""
    return _WAYS.get(way) or _("In another way")


def kind_name(kind: str | None) -> Sentence | str:
    """What a kind is called; nothing for none."""
    return KINDS[kind] if kind else ""
