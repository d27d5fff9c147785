"""Who looks, and at what."""

from enum import StrEnum
from typing import NamedTuple


class Screen(StrEnum):
    """The live screens, and `json`: a program that keeps a board of its own. `wall` is the board of
    those who take part, where everybody sorts."""

    PHONE = "phone"
    BOARD = "board"
    WALL = "wall"
    PROJECTOR = "projector"
    QUEUE = "queue"
    CONCERNS = "concerns"
    JSON = "json"


HEARING = (Screen.QUEUE, Screen.CONCERNS)
"""Screens that are told of concerns. The board may be mirrored, so it is not among them."""


class Audience(NamedTuple):
    """Everybody who is shown the same. `sorts` tells programs that also see what is held and
    hidden. A board does not, for it may be mirrored on the big screen: the queue is a page of its
    own."""

    screen: Screen
    language: str = "en"
    sorts: bool = False
