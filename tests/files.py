"""Summaries' files, read by other programs' rules than those that wrote them."""

import io
import zipfile

import pypdf


def text_of(as_format: str, content: bytes) -> str:
    """All that stands in a file, as far as a search through it would find it."""
    if as_format in ("docx", "xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return "\n".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
    if as_format == "pdf":
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    return content.decode()
