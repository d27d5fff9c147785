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
    "merged into",
    "disagrees with",
    "table",
    "paraphrased",
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
    sections = [*document.sections, *([document.unseen] if document.unseen else [])]
    voices = {one.number: one for section in sections for voice in section.voices for one in voice.all}
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
        str(voice.merged_into or ""),
        " ".join(one.place for one in voice.disagreements),
        voice.table or "",
        "yes" if voice.is_paraphrased else "",
    ]


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
