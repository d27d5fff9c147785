"""For operators: is it there, is it ready, and how is it doing."""

import asyncio
import hmac
import os
import resource
from collections.abc import Awaitable, Iterator
from pathlib import Path

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.database import reading
from app.live import Live
from app.live.figures import by_screen, numbers
from app.routes.visit import live_of

router = APIRouter(include_in_schema=False)

PATIENCE = 1.5
"""Seconds that each part has to answer; container tools often wait for two."""

FEED_WITHIN = 5.0
"""The feeds look at the heads each second."""


@router.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """The database answers, the writer gets to write, and the feeds take their rounds."""
    live = live_of(request)
    reads, writes = await asyncio.gather(
        _answers(asyncio.to_thread(_read, live)), _answers(live.writer.do(lambda _db, _now: None))
    )
    parts = {"database": reads, "writer": writes, "feed": live.feeds.is_turning(FEED_WITHIN)}
    failing = [name for name, is_fine in parts.items() if not is_fine]
    if failing:
        return PlainTextResponse(f"not ready: {', '.join(failing)}\n", 503)
    return PlainTextResponse("ok\n")


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    live = live_of(request)
    if not _may_read(request, live.settings.metrics):
        return PlainTextResponse("Not found\n", 404)
    lines = [*live.figures.lines(), *_state(live), *_process()]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


async def _answers(asked: Awaitable[object]) -> bool:
    try:
        await asyncio.wait_for(asked, PATIENCE)
    except (SQLAlchemyError, TimeoutError):
        return False
    return True


def _read(live: Live) -> None:
    with reading(live.engine) as db:
        db.execute(text("SELECT 1"))


def _may_read(request: Request, setting: str) -> bool:
    if setting in ("", "off"):
        return False
    if setting == "local":
        came_from_here = request.client is not None and request.client.host in ("127.0.0.1", "::1")
        return came_from_here and not any(name in request.headers for name in _OF_PROXIES)
    brought = request.headers.get("authorization", "")
    return hmac.compare_digest(brought.encode(), f"Bearer {setting}".encode())


_OF_PROXIES = ("x-forwarded-for", "x-forwarded-proto", "x-real-ip", "forwarded", "via")
"""What somebody asked through a proxy is not asked by this machine."""


def _state(live: Live) -> Iterator[str]:
    connected, lagging = live.feeds.connections()
    yield from numbers("sheaf_connections", "gauge", "Open sockets by screen.", by_screen(connected))
    meaning = "Open sockets that lack something: they read slowly, or have just come."
    yield from numbers("sheaf_connections_lagging", "gauge", meaning, {"": lagging})
    meaning = "Actions that wait for the writer."
    yield from numbers("sheaf_writer_waiting", "gauge", meaning, {"": live.writer.waiting})


def _process() -> Iterator[str]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = {"": used.ru_utime + used.ru_stime}
    yield from numbers("process_cpu_seconds_total", "counter", "Time of a core used.", seconds)
    here = Path("/proc/self")
    if here.exists():
        pages = int((here / "statm").read_text().split()[1])
        memory = {"": pages * os.sysconf("SC_PAGESIZE")}
        yield from numbers("process_resident_memory_bytes", "gauge", "Memory in use.", memory)
        files = {"": len(os.listdir(here / "fd"))}
        yield from numbers("process_open_fds", "gauge", "Open files, sockets too.", files)
