"""The summary as Markdown. What people said is escaped, so that it reads as they wrote it."""

import re
from collections.abc import Iterator

from app.summaries.document import Document, Section, Voice

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
    for prompt in document.prompts:
        yield from (f"We asked: {_plain(prompt)}", "")
    yield from (f"Voices: {document.count}. People or devices: {document.authors}.", "")
    for theme in document.themes:
        yield from _section(theme, f"{theme.place}. {_plain(theme.name) or 'Not named yet'}")
    yield from _section(document.lone, "Lone voices")
    yield from _section(document.unsorted, "Not sorted")
    yield from _section(document.parked, "Parked")
    if document.unseen:
        yield from _section(document.unseen, "Held and hidden")


def _section(section: Section, title: str) -> Iterator[str]:
    yield from (f"## {title} ({section.count})", "")
    for voice in section.voices:
        yield from (*_voice(voice), "")
    if section.unquoted:
        yield from (f"Asked not to be quoted: {section.unquoted}.", "")


def _voice(voice: Voice) -> list[str]:
    first, *more = voice.text.split("\n")
    about = [voice.kind, _plain(voice.name or ""), "" if voice.quotable else "not to be quoted"]
    said = ", ".join(one for one in about if one)
    ending = f" ({said})" if said else ""
    # Two spaces at a line's end keep the author's own line break.
    lines = [f"- **{voice.number}** {_plain(first)}", *(f"  {_plain(line)}" for line in more)]
    return [*(f"{line}  " for line in lines[:-1]), lines[-1] + ending]


def _plain(text: str) -> str:
    return _AT_START.sub(_guarded, _INLINE.sub(r"\\\1", text))


def _guarded(found: re.Match[str]) -> str:
    space, sign = found.groups()
    return f"{space}{sign}\\" if sign.isdigit() else f"{space}\\{sign}"
