"""A simulated phone: it joins as phones do, posts, reads, loses its connection and comes back."""

import asyncio
import json
import random
import re
import time
from itertools import count
from typing import Any

from app.rehearsal.hall import Hall, Post
from app.rehearsal.line import Line, NoAnswer, Server

AWAY = 0.2, 2.0
"""Seconds that a phone without a connection is away."""

TRIES = 5
"""How often a phone tries to join. One that has been in tries for as long as there is a hall."""

_HEAD = b'{"head": "'
_HEAD_OF_PAGE = re.compile(rb' data-head="([^"]+)"')
_CARD = re.compile(r'id="room-(\d+)"[^>]*>\s*<p class="voice"[^>]*>([^<]*)</p>')


class Phone:
    """One phone. It remembers of what it was told no more than the cursor."""

    def __init__(self, hall: Hall, server: Server, code: str, nth: int) -> None:
        self.hall = hall
        self._server = server
        self._code = code
        self._nth = nth
        self._token = ""
        self._cursor = ""
        self._seq = 0
        self._line: Line | None = None
        self._is_counted = False
        self._unanswered: dict[str, Post] = {}
        self._coming: asyncio.Task[None] | None = None

    @property
    def is_there(self) -> bool:
        """Whether it has a connection."""
        return self._line is not None

    def has(self, seq: int) -> bool:
        """Whether it is there, and was told of everything up to a seq."""
        return self.is_there and self._seq >= seq

    async def join(self) -> bool:
        """Come in: become a participant, load the page, open the socket. Answers whether it could."""
        for again in range(TRIES):
            try:
                await self._join()
            except NoAnswer:
                await _stay_away(again)
            else:
                self.hall.joined += 1
                return True
        return False

    def post(self, serial: int, text: str, key: str) -> None:
        """Say something. It is sent again until there is a receipt."""
        post = Post(serial, key, text, time.perf_counter())
        self.hall.posts.append(post)
        self._unanswered[key] = post
        self._say(post)

    def lose_connection(self) -> None:
        """As in a lift. It comes back."""
        line, self._line = self._line, None
        if line is not None:
            self.hall.reconnects += 1
            line.cut()
            self._leave()

    def hang_up(self) -> None:
        """Go, for good."""
        line, self._line = self._line, None
        if self._coming:
            self._coming.cancel()
        if line is not None:
            self._count(line)
            line.cut()

    async def _join(self) -> None:
        line = await self._server.call(self._nth)
        try:
            joined = await line.ask("POST", f"/api/v1/sessions/{self._code}/participants")
            self._token = str(joined.told().get("token"))
            page = await line.ask("GET", f"/s/{self._code}", Authorization=f"Bearer {self._token}")
            head = _HEAD_OF_PAGE.search(page.body)
            if head is None:
                raise NoAnswer(f"{page.status}")
            self._come_to(head[1])
            await self._open(line)
        finally:
            if line is not self._line:
                line.cut()

    async def _open(self, line: Line) -> None:
        path = f"/s/{self._code}/live?screen=phone&since={self._cursor}"
        await line.open(path, self._token, self._hear, lambda *why: self._lost(line, *why))
        self._line = line
        self._enter()

    def _enter(self) -> None:
        """Be counted, unless others have been told more: then first catch up."""
        if not self._is_counted and self._seq >= self.hall.levels.lowest:
            self._is_counted = True
            self.hall.levels.enter(self._seq)

    def _leave(self) -> None:
        if self._is_counted:
            self._is_counted = False
            self.hall.levels.leave(self._seq)
        self._coming = asyncio.create_task(self._come_back())

    async def _come_back(self) -> None:
        for again in count():
            await _stay_away(again)
            try:
                await self._call_again()
            except NoAnswer:
                continue
            return

    async def _call_again(self) -> None:
        line = await self._server.call(self._nth)
        try:
            await self._open(line)
        finally:
            if line is not self._line:
                line.cut()
        for post in self._unanswered.values():
            post.was_repeated = True
            self._say(post)

    def _lost(self, line: Line, code: int, reason: str) -> None:
        self._count(line)
        if 4400 <= code < 4500:
            self.hall.ended = self.hall.ended or reason
        if line is self._line:
            self._line = None
            self.hall.cut_off += 1
            self._leave()

    def _count(self, line: Line) -> None:
        self.hall.received += line.received
        line.received = 0

    def _say(self, post: Post) -> None:
        if self._line is not None:
            self._line.say({"action": "post", "key": post.key, "text": post.text})

    def _hear(self, frame: bytes) -> None:
        self.hall.frames += 1
        if frame.startswith(_HEAD):
            self._follow(frame[len(_HEAD) : frame.index(b'"', len(_HEAD))], frame)
            return
        said = json.loads(frame)
        if "receipt" in said:
            self._take_receipt(said)
        elif "head" in said:
            self._follow(said["head"].encode(), frame)

    def _follow(self, cursor: bytes, frame: bytes) -> None:
        before = self._seq
        self._come_to(cursor)
        if not self._is_counted:
            self._enter()
        elif self._seq > before:
            self.hall.levels.move(before, self._seq)

    def _come_to(self, cursor: bytes) -> None:
        self._cursor = cursor.decode()
        self._seq = max(self._seq, int(cursor.partition(b".")[0]))

    def _take_receipt(self, said: dict[str, Any]) -> None:
        post = self._unanswered.get(str(said["receipt"]))
        if post is None:
            return
        if said["status"] == "later":
            post.was_repeated = True
            asyncio.get_running_loop().call_later(float(said["after"]), self._say, post)
            return
        del self._unanswered[post.key]
        if said["status"] == "saved":
            post.acknowledged_at, post.seq = time.perf_counter(), int(said["seq"])
            self.hall.acknowledged += 1
        else:
            self.hall.refused += 1


class ReadingPhone(Phone):
    """A phone that reads all it is told, and knows at the end which cards it shows."""

    def __init__(self, hall: Hall, server: Server, code: str, nth: int) -> None:
        super().__init__(hall, server, code, nth)
        self.cards: dict[int, str] = {}
        self.must_catch_up = False
        """Whether it was told that it missed too much to be told piece by piece."""

    async def catch_up(self) -> None:
        """Load what earlier frames did not bring. Raises NoAnswer."""
        line = await self._server.call(self._nth)
        try:
            self.cards |= await cards_shown(line, self._code, self._token)
        finally:
            line.cut()

    def _follow(self, cursor: bytes, frame: bytes) -> None:
        said = json.loads(frame)
        self.must_catch_up = self.must_catch_up or bool(said.get("anew"))
        for number, words in _CARD.findall(said.get("content", "")):
            self.cards[int(number)] = words
        super()._follow(cursor, frame)


async def _stay_away(again: int) -> None:
    """Longer each time, and not all for the same time."""
    await asyncio.sleep(random.uniform(*AWAY) * min(1 + again, TRIES))


async def cards_shown(line: Line, code: str, token: str) -> dict[int, str]:
    """All the cards that the holder of a token is shown, by number. Raises NoAnswer."""
    answer = await line.ask("GET", f"/api/v1/sessions/{code}", Authorization=f"Bearer {token}")
    return {int(card["number"]): str(card["text"]) for card in answer.told()["contributions"]}
