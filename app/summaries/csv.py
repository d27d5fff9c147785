"""The summary as CSV: one row for each contribution, safe to open in a spreadsheet."""

import csv
import io

from app.summaries.document import Document, Voice

COLUMNS = (
    "number",
    "text",
    "kind",
    "prompt",
    "places",
    "themes",
    "name",
    "agreements",
    "quote",
    "status",
    "came by",
    "said at",
)

# A cell that begins like a formula would be run by some spreadsheets, in its full-width form too.
_FORMULA = tuple("=+-@\t\r\0＝＋－＠")


def write_csv(document: Document) -> str:
    """Rows by number. A byte order mark comes first, or some spreadsheets take UTF-8 for
    something else."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    names = {theme.place: theme.name for theme in document.themes}
    voices = {voice.number: voice for section in document.sections for voice in section.voices}
    voices |= {voice.number: voice for voice in (document.unseen.voices if document.unseen else [])}
    for _number, voice in sorted(voices.items()):
        rows.writerow([_safe(cell) for cell in _row(voice, names)])
    return "\ufeff" + out.getvalue()


def _row(voice: Voice, names: dict[str, str]) -> list[str]:
    return [
        str(voice.number),
        voice.text,
        voice.kind or "",
        str(voice.prompt),
        " ".join(voice.places),
        "; ".join(names[place] for place in voice.places if names.get(place)),
        voice.name or "",
        str(voice.agreements),
        "yes" if voice.quotable else "no",
        voice.status,
        voice.carrier,
        voice.said_at,
    ]


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
