"""The live core: one way in (`writer`), one way out (`feed` and `hub`), sockets in between."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, select

from app.actions.again import Again, do_again
from app.database import connect, migrate, writing
from app.flags import Flags
from app.ledger import Ledger
from app.likeness import is_installed
from app.live.bindery import Bindery
from app.live.door import Door
from app.live.feed import Feeds
from app.live.figures import Figures
from app.live.guesses import Guesses
from app.live.limits import Limits
from app.live.notify import Notices
from app.live.pace import Errands, Pace, Tries
from app.live.presence import Presence
from app.live.turns import Turns
from app.live.writer import Writer
from app.models import server_secrets
from app.moments import now
from app.openid.provider import Provider, provider
from app.passes import Signer
from app.settings import Settings
from app.suggestions import Suggestions

log = logging.getLogger("sheaf")


@dataclass(frozen=True, slots=True)
class Live:
    """What one process needs to take part: a server, or a command beside it."""

    settings: Settings
    engine: Engine
    signer: Signer
    ledger: Ledger
    writer: Writer
    feeds: Feeds
    door: Door
    figures: Figures
    flags: Flags
    bindery: Bindery
    suggestions: Suggestions | None
    """None where this server makes none."""
    guesses: Guesses
    tries: Tries
    searches: Limits
    """How often an account may look through all of its sessions."""
    provider: Provider | None
    """With whose accounts organisers may sign in; None for nobody's."""
    errands: Errands


@asynccontextmanager
async def start(settings: Settings) -> AsyncIterator[Live]:
    """Open the database, bring it up to date, and start the way in and the way out."""
    engine = connect(settings.address_of_database)
    await asyncio.to_thread(migrate, engine)
    ledger = Ledger(settings.erased)
    _tell(await asyncio.to_thread(do_again, engine, ledger, now()))
    signer = Signer(await asyncio.to_thread(_signing_key, engine, settings), settings.https)
    figures = Figures()
    flags = Flags(settings.own_words)
    feeds = Feeds(engine, figures, flags)
    pace, guesses = Pace(settings.action_burst, settings.action_rate), Guesses()
    notices = Notices(engine, feeds)
    writer = Writer(engine, Turns(signer, ledger, flags), pace, figures, notices.saved)
    presence = Presence(engine, notices.present if engine.name == "postgresql" else None)
    notices.hears = presence.heard
    door = Door(engine, signer, feeds, writer, guesses, settings, presence)
    bindery = Bindery(engine, settings.address_of_database)
    suggestions = _suggestions(engine, settings)
    try:
        house = settings, engine, signer, ledger, writer, feeds, door, figures, flags, bindery, suggestions
        limits = guesses, Tries(), Limits(30, 1 / 2)
        yield Live(*house, *limits, provider(settings), Errands())
    finally:
        door.stop()
        await bindery.stop()
        await writer.stop()
        await notices.stop()
        feeds.stop()
        if suggestions is not None:
            await suggestions.stop()
        engine.dispose()


def _tell(done: Again) -> None:
    if any(done):
        log.warning("an older database is here: %s cards, %s sessions were erased again", *done)


def _suggestions(engine: Engine, settings: Settings) -> Suggestions | None:
    if settings.suggest and not is_installed():
        log.warning("SHEAF_SUGGEST is on, but what it needs is not installed: there are no suggestions")
        return None
    return Suggestions(engine) if settings.suggest else None


def _signing_key(engine: Engine, settings: Settings) -> str:
    """Several servers must know each other's passes. Where no secret was set, they take the one
    that the first of them brought."""
    if settings.secret or engine.name == "sqlite":
        return settings.signing_key
    from sqlalchemy.dialects.postgresql import insert  # here, since with SQLite nothing else needs it

    ours = insert(server_secrets).values(purpose="signing", secret=settings.signing_key)
    with writing(engine) as db:
        db.execute(ours.on_conflict_do_nothing())
        return str(db.scalar(select(server_secrets.c.secret)))
