"""The summary as JSON, complete and versioned, and the way back.

A restricted one has all that it takes to make the session again; what comes out of that is equal,
but for its code and the moment it was made.
"""

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.forms.reading import Refused
from app.locales import _
from app.summaries.tree import Document

VERSION = 1
LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read back: ten times what 5,000 contributions take."""

_DOCUMENT = TypeAdapter(Document)


def write_json(document: Document) -> bytes:
    """The whole tree, but for what is made of the rest. A voice that stands in two themes is in both;
    its number tells."""
    left_out = {"making"} if document.is_restricted else {"making", "unseen", "settings"}
    body = _DOCUMENT.dump_json(document, exclude=left_out, indent=1)
    return b'{\n "sheaf": %d,' % VERSION + body[1:] + b"\n"


def read_json(content: bytes) -> Document:
    """A restricted document as it was written. Raises Refused for anything else."""
    if len(content) > LARGEST:
        raise Refused(_("This file is too large. 64 MB is the most."))
    try:
        told: dict[str, Any] = json.loads(content)
        if told.pop("sheaf", None) != VERSION:
            raise Refused(_("This is no summary of a version that Sheaf can read."))
        document = _DOCUMENT.validate_python(told)
    except (ValueError, TypeError, AttributeError, RecursionError, ValidationError):
        raise Refused(_("This is not a summary in JSON.")) from None
    if document.settings is None:
        raise Refused(_("Only a restricted summary holds a whole session."))
    return document
