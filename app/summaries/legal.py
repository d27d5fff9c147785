"""Text that may stand in XML, which knows fewer characters than people's keyboards."""

import re

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """The text without what no XML may hold. What is typed is cleaned when it comes in; this is
    for what came in any other way."""
    return _ILLEGAL.sub("", text)
