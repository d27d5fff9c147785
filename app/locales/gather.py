"""Gathers our sentences out of the code: `bin/words` brings `sheaf.pot` up to date, and says how many
sentences each catalogue lacks. `bin/words pl` brings that catalogue up to date too, or begins it;
`bin/words all` does so with all there are, and writes down in docs/languages.md what they lack.

So whoever writes a new sentence need not touch a catalogue: until somebody has translated it, it is
said in English. What this writes depends on the code alone, without line numbers, so a catalogue changes
only with its sentences.
"""

import re
import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.locales import CATALOGUES, DRAFT, languages

TEMPLATE = CATALOGUES / "sheaf.pot"
_APP = CATALOGUES.parent
_DOCS = _APP.parent / "docs" / "languages.md"
_TABLE = re.compile(r"\| language \|.*?(?=\n\n|\Z)", re.DOTALL)
_WHERE = [("templates/**.html", "jinja2"), ("**.py", "python")]
_HOW = {"templates/**.html": {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}}
_MARKS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


def main() -> None:
    """Bring the list of sentences up to date, and the catalogues that are named."""
    sentences, named = gathered(), sys.argv[1:]
    TEMPLATE.write_bytes(written(sentences, omit_header=True))
    for language in [file.stem for file in _catalogues()] if named == ["all"] else named:
        begin(language)
        bring_up_to_date(CATALOGUES / f"{language}.po", sentences)
    table = "\n".join(_rows(sentences))
    if named == ["all"]:
        _DOCS.write_text(_TABLE.sub(lambda _old: table, _DOCS.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(table + "\n")


def lacking(catalogue: Catalog, sentences: Catalog) -> int:
    """How many sentences a catalogue can't say, since nobody has translated them or looked at them."""
    return sum(not _is_said(catalogue.get(one.id, one.context)) for one in sentences if one.id)


def read(file: Path) -> Catalog:
    """A catalogue as it stands in its file."""
    with file.open("rb") as source:
        return read_po(source)


def _rows(sentences: Catalog) -> Iterable[str]:
    """What docs/languages.md says of each catalogue."""
    yield from ("| language | read by a fluent reader | sentences | lacking |", "|---|---|---|---|")
    for file in _catalogues():
        catalogue = read(file)
        is_read = "not yet" if DRAFT in catalogue.header_comment else "yes"
        name = f"{languages()[file.stem]} (`{file.stem}`)"
        yield f"| {name} | {is_read} | {len(sentences)} | {lacking(catalogue, sentences)} |"


def _is_said(message: Any) -> bool:
    said = message and not message.fuzzy and message.string
    return bool(said and (all(said) if isinstance(said, tuple) else said))


def _catalogues() -> list[Path]:
    return sorted(CATALOGUES.glob("*.po"))


def gathered() -> Catalog:
    """Every sentence marked in the code, with the files it stands in."""
    sentences = Catalog(fuzzy=False)
    for file, _line, said, comments, context in extract_from_dir(
        _APP, _WHERE, _HOW, keywords=_MARKS, comment_tags=["Translators:"], strip_comment_tags=True
    ):
        place = (f"app/{Path(file).as_posix()}", 0)
        sentences.add(said, locations=[place], auto_comments=comments, context=context)
    return sentences


def begin(language: str) -> None:
    """An empty catalogue, unless there is one."""
    file = CATALOGUES / f"{language}.po"
    if not file.exists():
        locale = Locale.parse(language, sep="-")
        empty = Catalog(
            locale=locale,
            project="Sheaf",
            version="1",
            header_comment=_HEADER,
            last_translator="a machine",
            language_team="nobody yet",
            fuzzy=False,
        )
        if language in _PLURALS:
            empty.mime_headers = [*empty.mime_headers, ("Plural-Forms", _PLURALS[language])]
        file.write_bytes(written(empty))


_HEADER = f"# Sheaf's sentences. {DRAFT}\n# Who has read all of it takes this line away."
_PLURALS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2"
    " : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "gd": "nplurals=4; plural=(n==1 || n==11 ? 0 : n==2 || n==12 ? 1 : n>2 && n<20 ? 2 : 3);",
}
"""Where Babel knows less than the language, or has its forms in another order than everybody else."""


def bring_up_to_date(file: Path, sentences: Catalog) -> None:
    """New sentences come in, empty; those no longer said go; reworded ones are marked as fuzzy,
    and are said in English until somebody has looked at them."""
    catalogue = read(file)
    catalogue.update(sentences, update_creation_date=False)
    file.write_bytes(written(catalogue))


def written(catalogue: Catalog, *, omit_header: bool = False) -> bytes:
    """A catalogue as a file, by the places where its sentences stand."""
    out = BytesIO()
    write_po(
        out,
        catalogue,
        width=0,
        omit_header=omit_header,
        sort_by_file=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return out.getvalue()


if __name__ == "__main__":
    main()
