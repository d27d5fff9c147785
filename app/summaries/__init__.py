"""What organisers take home: one document tree, and a small writer for each format."""

from app.summaries.csv import write_csv
from app.summaries.document import Document, build
from app.summaries.html import write_html
from app.summaries.json import write_json
from app.summaries.markdown import write_markdown

WRITERS = {
    "html": (write_html, "text/html"),
    "json": (write_json, "application/json"),
    "csv": (write_csv, "text/csv"),
    "md": (write_markdown, "text/markdown"),
}
"""Format to its writer (Document to text) and its media type."""

__all__ = ["WRITERS", "Document", "build"]
