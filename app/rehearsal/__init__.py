"""A rehearsal: simulated phones in a copy of a session, to know before the day what a room will
notice. It comes from outside, with nothing but the board link, as everybody else does: what it
finds includes the network between.

`run` makes the copy, fills the hall, lets the phones post, and deletes the copy, whatever happens.
Every phone does what a phone does, but only some read every word: the others follow the cursor,
which says as surely what they were told, and leaves the core to the rest of the hall.
"""

import asyncio
import gc
import random
import secrets
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.forms.reading import Refused
from app.locales import Sentence, _, ngettext
from app.rehearsal.figures import Figures, Spread, verdict
from app.rehearsal.hall import Hall
from app.rehearsal.line import Line, NoAnswer, Server
from app.rehearsal.phone import Phone, ReadingPhone, cards_shown
from app.rehearsal.progress import Display

__all__ = ["Figures", "Plan", "run", "verdict"]

READING = 50
"""How many phones read everything."""

JOINING = 200
"""How many phones come in at the same moment."""

ONE_IN = 20
"""One phone in so many loses its connection during a rehearsal."""

A_PHONE_MAY = 2
"""Posts a second that a server takes from one phone."""

SETTLING = 30.0
"""Seconds that the phones have in the end to be told of everything."""

FILLING = 300.0
"""Seconds that all phones together have to come in."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be rehearsed. `rate` is posts a second, of all phones together."""

    board_link: str
    phones: int
    rate: float
    seconds: int

    @property
    def posts(self) -> int:
        """How many posts that makes."""
        return max(1, round(self.rate * self.seconds))


async def run(plan: Plan) -> Figures:
    """Rehearse, and say how far it is on standard error. Raises Refused for what stands in the way.
    Where it is stopped, the copy is deleted all the same."""
    if plan.rate > A_PHONE_MAY * plan.phones:
        raise Refused(_("A phone posts twice a second at most. Please rehearse with more phones."))
    server = Server.of(plan.board_link)
    _stop_gently()
    try:
        async with _copy(server, plan) as (code, token):
            return await _rehearse(server, plan, code, token)
    except NoAnswer as why:
        raise Refused(_("The server did not answer: %(why)s", why=str(why))) from None


def _stop_gently() -> None:
    """Being told to end is no reason to leave the copy behind. What a shell starts in the background
    is born deaf to SIGINT, so that one is listened for by name too."""
    this = asyncio.current_task()
    if this is not None:
        for told in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(told, this.cancel)


@asynccontextmanager
async def _copy(server: Server, plan: Plan) -> AsyncIterator[tuple[str, str]]:
    """A copy of the session: its code, and a facilitator's token for it. Deleted in the end."""
    line = await server.call()
    code, cookie = await _enter(line, plan.board_link)
    ours = {"Cookie": cookie, "Origin": server.address}
    path = f"/api/v1/sessions/{code}/rehearsals"
    answer = await line.ask("POST", path, {"seconds": plan.seconds}, **ours)
    line.cut()
    said = answer.told()
    if answer.status != 201:
        raise Refused(_("The server refused: %(why)s", why=str(said.get("detail"))))
    try:
        yield said["code"], said["token"]
    finally:
        await _delete(server, said["code"], said["token"])


async def _enter(line: Line, link: str) -> tuple[str, str]:
    """Exchange the board link for a cookie. Answers the session's code, and the cookie."""
    path = urlsplit(link).path
    answer = await line.ask("GET", path)
    to = answer.headers.get("location", "").split("/")
    cookie = answer.headers.get("set-cookie", "").partition(";")[0]
    if answer.status != 303 or len(to) < 3 or not cookie:
        raise Refused(_("This board link does not hold there. Please look at it again."))
    return to[2], cookie


async def _delete(server: Server, code: str, token: str) -> None:
    try:
        line = await server.call()
        answer = await line.ask("DELETE", f"/api/v1/sessions/{code}", Authorization=f"Bearer {token}")
        line.cut()
        if answer.status != 204:
            raise NoAnswer(f"{answer.status}")
    except NoAnswer:
        left = _("The copy could not be deleted now. The server does it within the hour.")
        print(left, file=sys.stderr)


async def _rehearse(server: Server, plan: Plan, code: str, token: str) -> Figures:
    hall = Hall(plan.phones)
    every = -(-plan.phones // READING)
    phones = [(Phone if nth % every else ReadingPhone)(hall, server, code, nth) for nth in range(plan.phones)]
    async with Display(hall, plan.posts) as display:
        try:
            there = await _fill(hall, phones)
            display.say(_joined(hall))
            await _talk(plan, hall, there)
            await _settle(hall, there)
            return await _found(hall, there, server, code, token)
        finally:
            for phone in phones:
                phone.hang_up()


async def _fill(hall: Hall, phones: list[Phone]) -> list[Phone]:
    """Let everybody in. Answers those who could come."""
    began, there, waiting = time.perf_counter(), [], iter(phones)

    async def usher() -> None:
        for phone in waiting:
            if await phone.join():
                there.append(phone)

    ushers = [asyncio.create_task(usher()) for nth in range(JOINING)]
    try:
        await asyncio.wait(ushers, timeout=FILLING)
    finally:
        for one in ushers:
            one.cancel()
    hall.join_seconds = time.perf_counter() - began
    if not there:
        raise Refused(_("No phone could join."))
    gc.collect()
    gc.freeze()  # the phones stay: looking through them again and again would be wasted
    return there


def _joined(hall: Hall) -> Sentence:
    return ngettext(
        "%(num)s phone joined within %(seconds)s s.",
        "%(num)s phones joined within %(seconds)s s.",
        hall.joined,
        seconds=f"{hall.join_seconds:.1f}",
    )


async def _talk(plan: Plan, hall: Hall, there: list[Phone]) -> None:
    """Post at the rate, everybody in turn. Now and then the one who has just posted loses the
    connection: nobody knows then whether the post was heard, and it must be there once."""
    loop, marks = asyncio.get_running_loop(), secrets.token_hex(4)
    lose_every = max(5, plan.posts * ONE_IN // plan.phones)
    random.shuffle(there)
    began = loop.time()
    for nth in range(plan.posts):
        due = began + nth / plan.rate
        await asyncio.sleep(max(0.0, due - loop.time()))
        hall.behind.append(loop.time() - due)
        speaker = _next_there(there, nth)
        speaker.post(nth, f"Rehearsal {nth}: what would help us to work together?", f"{marks}-{nth:012}")
        if nth % lose_every == lose_every // 2:
            speaker.lose_connection()
        _require_running(hall)


def _next_there(there: list[Phone], nth: int) -> Phone:
    """Whose turn it is: somebody with a connection, while anybody has one."""
    in_turn = (there[(nth + further) % len(there)] for further in range(len(there)))
    return next((phone for phone in in_turn if phone.is_there), there[nth % len(there)])


def _require_running(hall: Hall) -> None:
    if hall.ended:
        raise Refused(_("The server ended the rehearsal: %(why)s", why=hall.ended))


async def _settle(hall: Hall, there: list[Phone]) -> None:
    """Wait until everybody has everything, as long as a room might."""
    until = time.monotonic() + SETTLING
    while time.monotonic() < until:
        _require_running(hall)
        if hall.is_settled() and all(phone.has(hall.newest) for phone in there):
            return
        await asyncio.sleep(0.05)


async def _found(hall: Hall, there: list[Phone], server: Server, code: str, token: str) -> Figures:
    complete = [phone for phone in there if phone.has(hall.newest)]
    shown = await _shown(complete, server, code, token)
    for phone in there:
        phone.hang_up()
    said = [post.text for post in hall.saved()]
    return Figures(
        phones=hall.wanted,
        joined=hall.joined,
        join_seconds=round(hall.join_seconds, 1),
        posts_sent=len(hall.posts),
        posts_acknowledged=hall.acknowledged,
        posts_refused=hall.refused,
        acknowledged_within=Spread.of(hall.acknowledgements()),
        on_every_phone_within=Spread.of(hall.deliveries()),
        behind=Spread.of(hall.behind),
        lost=len({text for counts in shown for text in said if not counts[text]}),
        double=len({text for counts in shown for text in said if counts[text] > 1}),
        reading_phones=len(shown) - 1,
        not_caught_up=len(there) - len(complete),
        reconnects=hall.reconnects,
        cut_off=hall.cut_off,
        frames_per_phone=round(hall.frames / hall.joined, 1),
        bytes_per_phone=round(hall.received / hall.joined),
        same_machine=server.is_here,
    )


async def _shown(complete: list[Phone], server: Server, code: str, token: str) -> list[Counter[str]]:
    """How often each text stands on the board, and on each phone that reads everything."""
    reading = [phone for phone in complete if isinstance(phone, ReadingPhone)]
    for phone in reading:
        if phone.must_catch_up:
            await phone.catch_up()
    line = await server.call()
    board = await cards_shown(line, code, token)
    line.cut()
    return [Counter(cards.values()) for cards in (board, *(phone.cards for phone in reading))]
