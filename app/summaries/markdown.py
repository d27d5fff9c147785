"""The summary as Markdown. What people said is escaped, so that it reads as they wrote it."""

import re
from collections.abc import Iterator

from app.locales import Amount, Sentence, _, amount, ngettext
from app.summaries.document import Disagreement, Document, Section, Voice

_INLINE = re.compile(r"([\\`*_{}\[\]<>|~&$^@#])")
# What makes a heading, a list, a rule or a definition where a line begins.
_AT_START = re.compile(r"^(\s*)([+\-=:]|\d+(?=[.)]))", re.MULTILINE)


def write_markdown(document: Document) -> str:
    """The whole document."""
    return "\n".join(_lines(document)).rstrip() + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield from (f"# {_plain(document.title)}", "")
    if document.purpose:
        yield from (_plain(document.purpose), "")
    language = document.language
    for prompt in document.prompts:
        yield from (_("We asked: %(prompt)s", prompt=_plain(prompt)).said_in(language), "")
    yield from (_counts(document).said_in(language), "")
    for theme in document.themes:
        name = _plain(theme.name) or _("Not named yet").said_in(language)
        yield from _section(theme, f"{theme.place}. {name}", language)
    for section, title in _asides(document):
        yield from _section(section, title.said_in(language), language)


def _counts(document: Document) -> Sentence:
    return _(
        "Voices: %(voices)s. People or devices: %(authors)s.",
        voices=Amount(document.count),
        authors=Amount(document.authors),
    )


def _asides(document: Document) -> Iterator[tuple[Section, Sentence]]:
    yield document.lone, _("Lone voices")
    yield document.unsorted, _("Not sorted")
    yield document.parked, _("Parked")
    if document.unseen:
        yield document.unseen, _("Held and hidden")


def _section(section: Section, title: str, language: str) -> Iterator[str]:
    yield from (f"## {title} ({amount(section.count, language)})", "")
    if section.description:
        yield from (*(f"{_plain(line)}  " for line in section.description.split("\n")), "")
    for voice in section.voices:
        yield from (*_voice(voice, language), "")
        if voice.originals:
            said = ngettext("Said %(num)s time", "Said %(num)s times", len(voice.all))
            yield from (f"  {said.said_in(language)}:", "")
            for other in voice.originals:
                yield from (*(f"  {line}" for line in _voice(other, language)), "")
    if section.unquoted:
        unquoted = _("Asked not to be quoted: %(num)s.", num=Amount(section.unquoted))
        yield from (unquoted.said_in(language), "")


_KINDS = {"question": _("Question"), "statement": _("Statement"), "idea": _("Idea")}


def _voice(voice: Voice, language: str) -> list[str]:
    first, *more = voice.text.split("\n")
    kind = _KINDS[voice.kind].said_in(language) if voice.kind else ""
    unquoted = "" if voice.quotable else _("Not to be quoted").said_in(language)
    disagreed = (_disagreement(one).said_in(language) for one in voice.disagreements)
    about = [kind, _plain(voice.name or ""), *_entered(voice, language), unquoted, *disagreed]
    said = ", ".join(one for one in about if one)
    ending = f" ({said})" if said else ""
    # Two spaces at a line's end keep the author's own line break.
    lines = [f"- **{voice.number}** {_plain(first)}", *(f"  {_plain(line)}" for line in more)]
    return [*(f"{line}  " for line in lines[:-1]), lines[-1] + ending]


def _entered(voice: Voice, language: str) -> Iterator[str]:
    if voice.table:
        yield _("Entered for table %(table)s", table=_plain(voice.table)).said_in(language)
    if voice.is_paraphrased:
        yield _("Paraphrased").said_in(language)


def _disagreement(one: Disagreement) -> Sentence:
    said = _plain(" ".join((one.text or "").split()))
    if said:
        return _("its author disagrees with %(place)s: %(said)s", place=one.place, said=said)
    return _("its author disagrees with %(place)s", place=one.place)


def _plain(text: str) -> str:
    return _AT_START.sub(_guarded, _INLINE.sub(r"\\\1", text))


def _guarded(found: re.Match[str]) -> str:
    space, sign = found.groups()
    return f"{space}{sign}\\" if sign.isdigit() else f"{space}\\{sign}"
