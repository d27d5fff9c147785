"""Who may have a socket, and what it may say: the product's side of the seam."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row

from app import screens
from app.database import reading
from app.forms.reading import key_of
from app.live.feed import AWAY, Feeds
from app.live.guesses import Guesses
from app.live.presence import Presence
from app.live.protocol import COME_BACK, SocketProtocol
from app.live.receipt import Receipt
from app.live.seam import UNAVAILABLE, Answer, Knock, NoSeat
from app.live.writer import Writer
from app.locales import Sentence, _, first_known
from app.models import Carrier, Role
from app.network import Proxies
from app.origin import may_act
from app.passes import Signer, plain_code
from app.queries.people import role_of, role_without_invitation, roles_now
from app.queries.sessions import session_by_code
from app.roles import Pass, Right, sees, sorts
from app.screens import HEARING, Audience, Screen
from app.settings import Settings

FOREIGN = NoSeat(403, _("This page is not ours."))
NO_SESSION = NoSeat(4404, _("There is no such session."))
NO_SCREEN = 4404, _("There is no such screen.")
NOBODY = 4401, _("Please open the session's link first.")
NOT_ALLOWED = 4403, _("You may not see this screen.")
TAKEN_BACK = 4403, _("Your link was taken back, or you signed out.")

GUESSING = NoSeat(1013, _("Too many wrong codes came from here. Please wait a minute."))
CROWDED = NoSeat(1013, _("Too many screens are open on this network."))

SCREENS = frozenset(Screen)

MOST_FROM_THERE = 25_000
"""How many sockets one place on the network may have open: a hall of 10,000, twice over."""

LOOK_EVERY = 1.0
"""Seconds between looks at whether rights still hold."""

log = logging.getLogger("sheaf.door")


class Door:
    """Admits sockets to the screens of one server process."""

    def __init__(
        self,
        engine: Engine,
        signer: Signer,
        feeds: Feeds,
        writer: Writer,
        guesses: Guesses,
        settings: Settings,
        presence: Presence,
    ) -> None:
        self._engine = engine
        self._signer = signer
        self._feeds = feeds
        self._writer = writer
        self._guesses = guesses
        self._public_url = settings.public_url
        self._proxies = Proxies(settings.trusted_proxies)
        self._from: Counter[str] = Counter()
        self.is_closing = False
        """Whether the server stops, so that whoever comes is asked to come back."""
        self.presence = presence
        self._guests: dict[Right, set[LiveSeat]] = {}
        self._known = _Known()
        self._waiting: list[_Knocking] = []
        self._knocked = asyncio.Event()
        self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._open())]

    def stop(self) -> None:
        """Let nobody in, and stop looking after those who are."""
        self.presence.stop()
        for task in self._tasks:
            task.cancel()

    def admit(self, knock: Knock) -> "Answer | asyncio.Future[Answer]":
        """A seat for whoever knocks, or why there is none. After a restart thousands come at once,
        to one session and from one place in it: what was read for the first is known for the
        others, and those that need a reading of their own share it with whoever came meanwhile."""
        if not self._feeds.is_current:
            return NoSeat(*AWAY)
        with suppress(LookupError):
            return self._seat(self._known, knock)
        promise: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Knocking(knock, promise))
        self._knocked.set()
        return promise

    async def _open(self) -> None:
        while True:
            await self._knocked.wait()
            self._knocked.clear()
            together, self._waiting = self._waiting, []
            try:
                seats = await asyncio.to_thread(self._seats, together)
            except Exception:
                log.exception("could not read who may come in")
                seats = [UNAVAILABLE] * len(together)
            for one, seat in zip(together, seats, strict=True):
                if not one.promise.done():
                    one.promise.set_result(seat)

    def _seats(self, together: "list[_Knocking]") -> list[Answer]:
        """All of them in one snapshot. Runs in a thread."""
        with reading(self._engine) as db:
            known = _Read(db, self._known)
            return [self._seat(known, one.knock) for one in together]

    def _seat(self, known: "_Known", knock: Knock) -> Answer:
        """Raises LookupError where something is not known and has to be read."""
        cookies = _cookies(knock.headers.get("cookie", ""))
        said = {name: knock.headers[name] for name in _ASKED if name in knock.headers}
        if not may_act(said, knock.server, self._public_url, has_cookie=bool(cookies)):
            return FOREIGN
        match knock.path.split("/"):
            case ["", "s", typed, "live"]:
                code = plain_code(typed)
            case _:
                return NO_SESSION
        live_session = known.session(code)
        holder = self._signer.find(code, cookies, knock.headers.get("authorization"))
        there = self._proxies.place(knock.peer, knock.headers.get("x-forwarded-for", ""))
        if not self._may_be_told(code, there, live_session, holder):
            return GUESSING
        if live_session is None:
            return NO_SESSION
        if self._from[there] >= MOST_FROM_THERE:
            return CROWDED
        role = known.role(live_session.id, holder)
        language = self._language(knock, cookies, live_session)
        audience = audience_for(knock.query.get("screen", ""), language, role, live_session.all_sort)
        if isinstance(audience, NoSeat):
            return audience
        since = known.seq(live_session.id, knock.query.get("since", ""))
        return LiveSeat(
            self, self._feeds, self._writer, live_session.id, audience, holder, role, since, there
        )

    def _may_be_told(self, code: str, there: str, found: Row[Any] | None, holder: Pass | None) -> bool:
        is_in = found is not None and holder is not None and holder.session_id == found.id
        return self._guesses.may_be_told(code, there, found is not None, is_in=is_in)

    def _language(self, knock: Knock, cookies: dict[str, str], live_session: Row[Any]) -> str:
        """That of the page which asks, else the one somebody chose, else the session's."""
        chosen = cookies.get(self._signer.language_cookie)
        return first_known(knock.query.get("language"), chosen, live_session.language)

    def came(self, there: str) -> None:
        """Somebody sits down, who came from this place on the network."""
        self._from[there] += 1

    def went(self, there: str) -> None:
        """They have gone."""
        self._from[there] -= 1
        if not self._from[there]:
            del self._from[there]

    def seated(self, right: Right, seat: "LiveSeat") -> None:
        """Remember what somebody's right rests on: it may end."""
        self._guests.setdefault(right, set()).add(seat)

    def left(self, right: Right, seat: "LiveSeat") -> None:
        """Somebody whom we watched has gone."""
        seats = self._guests.get(right, set())
        seats.discard(seat)
        if not seats:
            self._guests.pop(right, None)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self._known = _Known()
            try:
                await self._turn_out()
            except Exception:
                log.exception("could not read who may still be here")

    async def _turn_out(self) -> None:
        """Close the sockets of those whose invitation was taken back, or who signed out. Of those
        who come meanwhile nothing was asked: it is their turn the next time."""
        asked = list(self._guests)
        if not asked:
            return
        roles = await asyncio.to_thread(self._roles_now, asked)
        for right in asked:
            for seat in list(self._guests.get(right, ())):
                if roles.get(right) != seat.role:
                    seat.turn_out()

    def _roles_now(self, rights: list[Right]) -> dict[Right, Role]:
        with reading(self._engine) as db:
            return roles_now(db, rights)


class _Knocking(NamedTuple):
    knock: Knock
    promise: "asyncio.Future[Answer]"


class _Known:
    """What was read within the last second about sessions and cursors."""

    def __init__(self) -> None:
        self.sessions: dict[str, Row[Any]] = {}
        self.cursors: dict[tuple[int, str], int] = {}

    def session(self, code: str) -> Row[Any] | None:
        """The session of a code."""
        return self.sessions[code]

    def role(self, session_id: int, holder: Pass | None) -> Role | None:
        """What somebody is here. What rests on an invitation is read each time."""
        if holder is not None and holder.invitation_id:
            raise LookupError
        return role_without_invitation(session_id, holder)

    def seq(self, session_id: int, cursor: str) -> int:
        """The seq of a cursor."""
        return self.cursors[session_id, cursor]


class _Read(_Known):
    """The same, where what is not known is read. Only what is so is remembered: there is no end
    to the codes and cursors that somebody may make up."""

    def __init__(self, db: Connection, known: _Known) -> None:
        self._db = db
        self.sessions, self.cursors = known.sessions, known.cursors

    def session(self, code: str) -> Row[Any] | None:
        found = self.sessions.get(code) or session_by_code(self._db, code)
        if found is not None:
            self.sessions[code] = found
        return found

    def role(self, session_id: int, holder: Pass | None) -> Role | None:
        return role_of(self._db, session_id, holder)

    def seq(self, session_id: int, cursor: str) -> int:
        known = self.cursors.get((session_id, cursor)) or screens.known_seq(self._db, session_id, cursor)
        if known:
            self.cursors[session_id, cursor] = known
        return known


def audience_for(screen: str, language: str, role: Role | None, all_sort: bool) -> "Audience | NoSeat":
    """What somebody of this role is shown on a screen, or why nothing. The projector needs no
    more than the code."""
    if screen not in SCREENS:
        return _no(NO_SCREEN, language)
    if role is None and screen != Screen.PROJECTOR:
        return _no(NOBODY, language)
    if screen in (Screen.BOARD, *HEARING) and not sorts(role):
        return _no(NOT_ALLOWED, language)
    if screen == Screen.WALL and not (sorts(role) or all_sort):
        return _no(NOT_ALLOWED, language)
    seen = screen == Screen.JSON and sees(role)
    return Audience(Screen(screen), language, seen)


def _no(why: tuple[int, Sentence], language: str) -> NoSeat:
    code, sentence = why
    return NoSeat(code, sentence.said_in(language))


class LiveSeat:
    """One open socket of one screen."""

    __slots__ = (
        "_audience",
        "_connection",
        "_door",
        "_feeds",
        "_holder",
        "_session_id",
        "_since",
        "_there",
        "_writer",
        "role",
    )

    def __init__(
        self,
        door: Door,
        feeds: Feeds,
        writer: Writer,
        session_id: int,
        audience: Audience,
        holder: Pass | None,
        role: Role | None,
        since: int,
        there: str,
    ) -> None:
        self._door = door
        self._there = there
        self._feeds = feeds
        self._writer = writer
        self.role = role
        self._session_id = session_id
        self._audience = audience
        self._holder = holder
        self._since = since
        self._connection: SocketProtocol | None = None

    def opened(self, connection: SocketProtocol) -> bytes | None:
        """Bring it up to date from its cursor on."""
        if self._door.is_closing:
            asyncio.get_running_loop().call_soon(connection.close, *COME_BACK)
            return None
        connection.actor_id = self._holder.actor_id if self._holder else ""
        connection.seq = self._since
        self._connection = connection
        self._door.came(self._there)
        if self._holder and self._holder.invitation_id:
            self._door.seated(self._holder.right, self)
        return self._feeds.join(self._session_id, self._audience, connection)

    def received(self, text: str, reply: Callable[[str], None]) -> None:
        """A message: an action, which gets its receipt, or, from a board, what is in hand there."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None

        def answer(receipt: Receipt) -> None:
            reply(json.dumps(receipt.message(self._audience.language)))

        if self._holder is None:
            answer(Receipt(key_of(message), "refused", reason=NOBODY[1]))
            return
        if isinstance(message, dict) and "holds" in message and self._audience.screen == Screen.BOARD:
            reply(self._present(message["holds"]))
            return
        carrier = Carrier.PROGRAM if self._audience.screen == Screen.JSON else Carrier.PHONE
        receipt = self._writer.hear(message, self._holder, carrier, self._there, has_socket=True)
        receipt.add_done_callback(lambda done: answer(done.result()))

    def _present(self, holds: object) -> str:
        assert self._connection is not None
        assert self._holder is not None
        return self._door.presence.hear(self._session_id, self._connection, self._holder, holds)

    def drained(self) -> None:
        """Its socket has room again."""
        if self._connection is not None:
            self._feeds.drained(self._session_id, self._audience, self._connection)

    def closed(self) -> None:
        """It is gone."""
        if self._connection is not None:
            self._door.went(self._there)
            self._feeds.leave(self._session_id, self._audience, self._connection)
            self._door.presence.leave(self._session_id, self._connection)
        if self._holder and self._holder.invitation_id:
            self._door.left(self._holder.right, self)

    def turn_out(self) -> None:
        """Close it: what admitted it no longer holds."""
        if self._connection is not None:
            no = _no(TAKEN_BACK, self._audience.language)
            self._connection.close(no.code, no.reason)


_ASKED = ("origin", "sec-fetch-site")


def _cookies(header: str) -> dict[str, str]:
    """Ours need no quotes, and nobody else's are looked at."""
    pairs = (pair.partition("=") for pair in header.split(";") if pair)
    return {name.strip(): value.strip() for name, _, value in pairs}
