"""Telling other programs that a session has changed: one signed POST to each address.

A delivery says from which cursor to which, and no more: whoever hears of it asks the API, with a token
that says what it may see. So nothing leaves here that its reader may not have, one delivery stands for
all changes since the last one that was taken, and a lost one costs nothing but time. What is owed is
in the database, so a server that dies owes it still, and of several servers one takes each delivery.

The live core does not wait for any of this. Whether something is owed is read once a second; a few
deliveries are under way at a time, and whoever is slow or away is tried later and later.
"""

import asyncio
import base64
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app import outside
from app.actions import programs
from app.actions.programs import Owed
from app.database import reading
from app.live.writer import Writer
from app.moments import now
from app.passes import Signer
from app.screens import shapes

LOOK_EVERY = 1.0

MOST = 8
"""How many deliveries one server has under way."""

GONE = 410

log = logging.getLogger("sheaf.herald")


@asynccontextmanager
async def telling(
    engine: Engine, writer: Writer, signer: Signer, *, may_go_inside: bool
) -> AsyncIterator[None]:
    """Tell every address what it is owed, for as long as a server runs."""
    herald = _Herald(engine, writer, signer, may_go_inside)
    looking = asyncio.create_task(herald.run())
    try:
        yield
    finally:
        tasks = (looking, *herald.under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Herald:
    def __init__(self, engine: Engine, writer: Writer, signer: Signer, may_go_inside: bool) -> None:
        self._engine = engine
        self._writer = writer
        self._signer = signer
        self._may_go_inside = may_go_inside
        self.under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        while True:
            try:
                for owed in await self._take():
                    task = asyncio.create_task(self._tell(owed))
                    self.under_way.add(task)
                    task.add_done_callback(self.under_way.discard)
            except Exception:
                log.exception("could not read who is to be told of changes")
            await asyncio.sleep(LOOK_EVERY)

    async def _take(self) -> list[Owed]:
        room = MOST - len(self.under_way)
        if room <= 0 or not await asyncio.to_thread(self._is_any_owed):
            return []
        return await self._writer.do(partial(programs.take_owed, most=room))

    def _is_any_owed(self) -> bool:
        with reading(self._engine) as db:
            return programs.is_any_owed(db, now())

    async def _tell(self, owed: Owed) -> None:
        try:
            status = await self._post(owed)
            if 200 <= status < 300:
                await self._writer.do(partial(programs.acknowledged, owed=owed))
            else:
                await self._writer.do(partial(programs.failed, owed=owed, is_gone=status == GONE))
        except SQLAlchemyError:
            # It is owed still, and told again later.
            log.exception("could not note what became of a delivery")

    async def _post(self, owed: Owed) -> int:
        body = json.dumps(delivery(owed)).encode()
        key = self._signer.webhook_key(owed.webhook_id)
        headers = signed(f"{owed.webhook_id}-{owed.seq}", int(time.time()), body, key)
        try:
            return await outside.post(owed.address, headers, body, may_go_inside=self._may_go_inside)
        except outside.Unreachable as fault:
            log.info("webhook %s was not reached: %s", owed.webhook_id, fault)
            return 0


def delivery(owed: Owed) -> shapes.Delivery:
    """What an address is told."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    moved: shapes.Moved = {"code": owed.code, "since": owed.since, "head": owed.head}
    return {"type": "session.changed", "timestamp": at, "data": moved}


def signed(id_: str, at: int, body: bytes, key: bytes) -> dict[str, str]:
    """The headers that prove that a delivery is ours, and fresh, as standardwebhooks.com has them."""
    proof = hmac.digest(key, f"{id_}.{at}.".encode() + body, "sha256")
    return {
        "Content-Type": "application/json",
        "User-Agent": "Sheaf",
        "webhook-id": id_,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(proof).decode()}",
    }
