"""The summary as JSON, complete and versioned."""

import json
from dataclasses import asdict

from app.summaries.document import Document

VERSION = 1


def write_json(document: Document) -> str:
    """The whole tree. A voice that stands in two themes is in both; its number tells."""
    tree = asdict(document)
    sections = {name: tree.pop(name) for name in ("themes", "lone", "unsorted", "parked", "unseen")}
    if sections["unseen"] is None:
        del sections["unseen"]
    return json.dumps({"sheaf": VERSION, **tree, **sections}, ensure_ascii=False, indent=1)
