"""Who looks, and at what."""

from enum import StrEnum
from typing import NamedTuple


class Screen(StrEnum):
    """The live screens, and `json`: a program that keeps a board of its own."""

    PHONE = "phone"
    BOARD = "board"
    PROJECTOR = "projector"
    JSON = "json"


class Audience(NamedTuple):
    """Everybody who is shown the same. `sorts` tells those who also see what is held and hidden:
    only programs do, for a board may be mirrored on the big screen."""

    screen: Screen
    language: str = "en"
    sorts: bool = False
