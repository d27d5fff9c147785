"""Sections 5 and 6: the themes, and what stands outside of them."""

from collections import Counter
from collections.abc import Callable, Iterator

from app.locales import Amount, Sentence, _, ngettext
from app.summaries.blocks import Block, Chapter, Objection, Topic, Voices, Words, says
from app.summaries.chapters.names import PLACES, named
from app.summaries.chapters.trace import trace
from app.summaries.chapters.votes import votes
from app.summaries.tree import Document, Section, Voice

QUOTES = 4
"""How many voices a theme shows before the appendix shows all of them."""


def themes(document: Document) -> Chapter:
    """Each theme: its meaning, counts, some voices, disagreement, and what it shares."""
    topics: list[Block] = [_theme(document, one) for one in document.themes]
    none = [says(_("There are no themes yet."))]
    return Chapter("themes", _("The themes"), [*(topics or none), *votes(document)])


def _theme(document: Document, theme: Section) -> Topic:
    blocks: list[Block] = [Words(theme.description)] if theme.description else []
    blocks.append(says(*_counts(theme)))
    blocks += _quoted(theme, chosen(theme.voices))
    blocks += _objections(theme)
    if links := [*_links(document, theme)]:
        blocks.append(says(*links))
    blocks += trace(document, theme)
    return Topic(f"theme{theme.place}", named(theme), theme.place, theme.count, theme.colour, blocks)


def _counts(section: Section) -> Iterator[Sentence]:
    yield ngettext("%(num)s voice stands here.", "%(num)s voices stand here.", section.count)
    kinds = Counter(one.kind for voice in section.voices for one in voice.all)
    for kind, said in _KINDS.items():
        if kinds[kind]:
            yield said(Amount(kinds[kind]))
    if section.unquoted:
        yield _("Asked not to be quoted: %(num)s.", num=Amount(section.unquoted))


_KINDS: dict[str, Callable[[Amount], Sentence]] = {
    "question": lambda num: _("Questions: %(num)s.", num=num),
    "statement": lambda num: _("Statements: %(num)s.", num=num),
    "idea": lambda num: _("Ideas: %(num)s.", num=num),
}


def _quoted(section: Section, quotes: list[Voice]) -> Iterator[Block]:
    """Voices that stand for the others, and where the others are."""
    if quotes:
        yield Voices(quotes, quotes=True)
        if len(quotes) < sum(one.quotable for voice in section.voices for one in voice.all):
            yield says(_("These are some of the voices."), _("The appendix has all that may be quoted."))


def chosen(voices: list[Voice]) -> list[Voice]:
    """A few that may be quoted: those that most people stand behind, in the order of the theme."""
    open_to_all = [voice for voice in voices if voice.quotable]
    best = sorted(open_to_all, key=_support, reverse=True)[:QUOTES]
    return [voice for voice in open_to_all if voice in best]


def _support(voice: Voice) -> int:
    return sum(1 + one.agreements for one in voice.all)


def _objections(section: Section) -> list[Objection]:
    return [
        Objection(one.number, said)
        for voice in section.voices
        for one in voice.all
        for said in one.disagreements
        if said.place == section.place
    ]


def _links(document: Document, theme: Section) -> Iterator[Sentence]:
    shared = Counter(place for voice in theme.voices for one in voice.all for place in one.places)
    for other in document.themes:
        if other is not theme and shared[other.place]:
            yield ngettext(
                "It shares %(num)s voice with theme %(letter)s.",
                "It shares %(num)s voices with theme %(letter)s.",
                shared[other.place],
                letter=other.place,
            )


def outside(document: Document) -> Chapter:
    """Lone, unsorted and parked voices: always told, also where there are none."""
    said = {
        "lone": _("Said once, and unlike any other. They count as much."),
        "unsorted": _("These voices are in no theme."),
        "parked": _("Kept for another conversation."),
    }
    places = (document.lone, document.unsorted, document.parked)
    return Chapter("outside", _("Outside the themes"), [_aside(one, said[one.place]) for one in places])


def _aside(section: Section, sentence: Sentence) -> Topic:
    blocks: list[Block] = [says(sentence, *_counts(section)) if section.count else says(_("None."))]
    is_lone = section.place == "lone"
    quotes = [one for one in section.voices if one.quotable] if is_lone else chosen(section.voices)
    blocks += [*_quoted(section, quotes), *_objections(section)]
    return Topic(section.place, PLACES[section.place], "", section.count, 0, blocks)
