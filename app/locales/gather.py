"""Gathers our sentences out of the code: `bin/words` brings `sheaf.pot` and every catalogue up to
date, and `bin/words pl` begins a new one.

What it writes depends on the code alone: no dates and no line numbers, so a catalogue changes only
with its sentences.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.locales import CATALOGUES

TEMPLATE = CATALOGUES / "sheaf.pot"
_APP = CATALOGUES.parent
_WHERE = [("templates/**.html", "jinja2"), ("**.py", "python")]
_HOW = {"templates/**.html": {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}}
_MARKS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


def main() -> None:
    """Bring all catalogues up to date, and begin those of the languages named."""
    sentences = gathered()
    TEMPLATE.write_bytes(written(sentences, omit_header=True))
    for language in sys.argv[1:]:
        begin(language)
    for file in sorted(CATALOGUES.glob("*.po")):
        bring_up_to_date(file, sentences)


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
        empty = Catalog(
            locale=language.replace("-", "_"), project="Sheaf", header_comment=_DRAFT, fuzzy=False
        )
        file.write_bytes(written(empty))


_DRAFT = "# Sheaf's sentences. A draft, until a fluent reader has gone through it."


def bring_up_to_date(file: Path, sentences: Catalog) -> None:
    """New sentences come in, empty; those no longer said go; reworded ones are marked as fuzzy,
    and are said in English until somebody has looked at them."""
    with file.open("rb") as source:
        catalogue = read_po(source)
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
