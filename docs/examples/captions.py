#!/usr/bin/env python3
"""A caption screen: the newest voices of a session, in a terminal, for a second screen or a stream.

    pip install websockets
    SHEAF_TOKEN=… python captions.py https://sheaf.example CODE

The token comes from the session's page “People”, under “Programs”: one that may see what everybody
sees is enough. What is hidden or taken back leaves the screen at once.
"""

import asyncio
import json
import os
import random
import sys
import textwrap
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

LINES = 12
WIDTH = 60
COME_BACK_WITHIN = 3.0
FOR_GOOD = range(4400, 4500)
"""Codes with which a socket is closed that need not be tried again."""


async def main(address: str, code: str, token: str) -> None:
    """Show the session until it ends. A lost connection goes on where it was."""
    live = address.rstrip("/").replace("http", "ws", 1) + f"/s/{code}/live?screen=json&since="
    bearer = {"Authorization": f"Bearer {token}"}
    cards: dict[int, dict[str, Any]] = {}
    cursor = ""
    while True:
        try:
            async with connect(live + cursor, additional_headers=bearer, max_size=None) as socket:
                async for message in socket:
                    frame = json.loads(message)
                    if not frame["since"]:
                        cards.clear()  # it tells everything from the beginning
                    if take(frame, cards):
                        show(cards)
                    cursor = frame["head"]
        except ConnectionClosed as closed:
            if closed.rcvd and closed.rcvd.code in FOR_GOOD:
                sys.exit(closed.rcvd.reason)
        except (OSError, InvalidHandshake):
            pass  # no network just now, or a proxy whose server starts again
        await asyncio.sleep(random.uniform(0.5, COME_BACK_WITHIN))  # not everybody at once


def take(frame: dict[str, Any], cards: dict[int, dict[str, Any]]) -> bool:
    """Bring the cards up to date. Says whether any of them changed."""
    for number in frame["gone"]["contributions"]:
        cards.pop(number, None)
    for card in frame["touched"]["contributions"]:
        cards[card["number"]] = card
    return bool(frame["gone"]["contributions"] or frame["touched"]["contributions"])


def show(cards: dict[int, dict[str, Any]]) -> None:
    """Write the newest cards, the very newest last, as many as there is room for."""
    lines: list[str] = []
    for number in sorted(cards, reverse=True):
        if cards[number]["status"] != "visible":
            continue
        voice = textwrap.wrap(f"{number}  {cards[number]['text']}", WIDTH, subsequent_indent="   ")
        if lines and len(lines) + len(voice) > LINES:
            break
        lines = [*voice, "", *lines]
    clear = "\033[2J\033[H" if sys.stdout.isatty() else ""
    print(clear + "\n".join(lines), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], os.environ["SHEAF_TOKEN"]))
