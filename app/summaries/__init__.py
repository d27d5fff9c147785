"""What organisers take home: one document tree, and a small writer for each format."""

from app.summaries.document import Document, build
from app.summaries.html import write_html
from app.summaries.json import write_json

WRITERS = {"html": (write_html, "text/html"), "json": (write_json, "application/json")}
"""Format to its writer (Document to text) and its media type."""

__all__ = ["WRITERS", "Document", "build"]
