"""What each screen shows. `update` is the only way anything reaches a screen that is
open, and `pages` are what it would reach: a page plus all later updates equals a fresh page."""

from app.screens.audience import HEARING, Audience, Screen
from app.screens.update import Snapshot, Update, board, cursor, heartbeat, known_seq, update

__all__ = [
    "HEARING",
    "Audience",
    "Screen",
    "Snapshot",
    "Update",
    "board",
    "cursor",
    "heartbeat",
    "known_seq",
    "update",
]
