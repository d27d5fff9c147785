"""How the gallery draws a page: it asks the application for it, as somebody's browser would. What
scripts do to a page afterwards is done to it here, for the gallery's pages run none."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode

from markupsafe import escape
from starlette.types import ASGIApp, Message

from app.database import reading
from app.gallery.provided import Provided
from app.gallery.rooms import Cast
from app.live import Live
from app.models import Role
from app.moments import now
from app.openid.provider import Provider
from app.queries.sessions import session_by_code
from app.summaries import build
from app.summaries.html import page as summary_page
from app.templating import render, static


@dataclass(frozen=True, slots=True)
class Stage:
    """The application, with a house of the gallery's own behind it, and those who ask for pages."""

    app: ASGIApp
    live: Live
    cast: Cast

    async def ask(self, path: str, who: str, said: dict[str, str]) -> str:
        """The page at a path, in which sessions stand by their rooms' names: `/s/{crowded}`.
        `said` is what somebody posts to it."""
        address, _, query = path.format(**self.cast.codes).partition("?")
        headers = {"host": "sheaf.example", "sec-fetch-site": "same-origin", "cookie": self.cast.cookies[who]}
        if said:
            headers["content-type"] = "application/x-www-form-urlencoded"
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST" if said else "GET",
            "scheme": "https",
            "server": ("sheaf.example", 443),
            "path": address,
            "raw_path": address.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "state": {"live": self.live},
        }
        return await _answer(self.app, scope, urlencode(said).encode())


async def _answer(app: ASGIApp, scope: dict[str, Any], body: bytes) -> str:
    parts: list[bytes] = []
    said = asyncio.Queue[Message]()  # whoever asks waits for the answer
    said.put_nowait({"type": "http.request", "body": body})

    async def send(message: Message) -> None:
        if 300 <= message.get("status", 0) < 400:
            raise LookupError(f"{scope['path']} leads somewhere else.")
        parts.append(message.get("body", b""))

    await app(scope, said.get, send)
    return b"".join(parts).decode()


Draw = Callable[[Stage], Awaitable[str]]


def page(path: str, who: str = "", **said: str) -> Draw:
    """What one of the cast is answered, as in `Stage.ask`."""
    return lambda stage: stage.ask(path, who, said)


def author(path: str, **said: str) -> Draw:
    """What somebody sees who has said something."""
    return page(path, "author", **said)


def organiser(path: str, **said: str) -> Draw:
    """What somebody sees whose sessions these are."""
    return page(path, "organiser", **said)


def with_provider(draw: Draw, *, is_away: bool = False) -> Draw:
    """The same where people may sign in with an account that they have elsewhere. `is_away`: nobody
    answers there."""
    provided = cast(Provider, Provided(is_away))
    return lambda stage: draw(replace(stage, live=replace(stage.live, provider=provided)))


def projector(room: str, leaf: str = "join", *, state: str = "", **said: str) -> Draw:
    """A leaf of the big screen, as its script turns to it: `join`, a letter, or a place. `said` is
    how the screen is set up."""
    looks = "".join(f' data-{name}="{value}"' for name, value in said.items())
    head = f"head{leaf}" if leaf.isupper() else f"{leaf}head"
    return changed(
        page(f"/s/{{{room}}}/projector"),
        ('class="projector"', f'class="projector paged {state}"{looks}'),
        (f'class="leaf([^"]*)"([^>]*aria-labelledby="{head}")', r'class="leaf\1 shown"\2'),
    )


def restricted(room: str) -> Draw:
    """A summary that only a command makes."""

    async def draw(stage: Stage) -> str:
        with reading(stage.live.engine) as db:
            live_session = session_by_code(db, stage.cast.codes[room])
            assert live_session is not None
            return summary_page(build(db, live_session, now(), is_restricted=True), reader=Role.ORGANISER)

    return draw


def receipt(room: str, number: int) -> Draw:
    """What the link shows that the author of a card has kept."""

    async def draw(stage: Stage) -> str:
        with reading(stage.live.engine) as db:
            live_session = session_by_code(db, stage.cast.codes[room])
            assert live_session is not None
        link = stage.live.signer.receipt(live_session.code, live_session.id, number)
        return await stage.ask(f"/r/{link}", "", {})

    return draw


# What scripts would have done

Replacement = str | Callable[[re.Match[str]], str]


def changed(draw: Draw, *changes: tuple[str, Replacement]) -> Draw:
    """A page in which each pattern is replaced, once."""

    async def draw_changed(stage: Stage) -> str:
        drawn = await draw(stage)
        for pattern, replacement in changes:
            drawn, count = re.subn(pattern, replacement, drawn, count=1)
            if not count:
                raise LookupError(f"The page has no {pattern}.")
        return drawn

    return draw_changed


def saying(draw: Draw, **lines: str) -> Draw:
    """A page with these lines on it, by their ids."""

    def line(id_: str, text: str) -> tuple[str, Replacement]:
        return rf'(id="{id_}"[^>]*>)[^<]*', lambda at: f"{at[1]}{escape(text)}"

    return changed(draw, *(line(id_, text) for id_, text in lines.items()))


def with_picked(draw: Draw) -> Draw:
    """A board with three cards picked."""
    box: tuple[str, Replacement] = ('class="pick" type', 'class="pick" checked type')
    return changed(saying(draw, picked="3 picked"), box, box, box, *[(" disabled>", ">")] * 6)


def with_dialog(draw: Draw, id_: str, content: Draw | None = None) -> Draw:
    """A board with a dialog over it, and what was fetched into it."""

    async def draw_dialog(stage: Stage) -> str:
        inside = await content(stage) if content else ""
        opened = rf'<dialog (id="{id_}"[^>]*>)', lambda at: f"<dialog open {at[1]}{inside}"
        style = f'<link rel="stylesheet" href="{static("css/gallery.css")}">\n</head>'
        return await changed(draw, ("</head>", style), opened)(stage)

    return draw_dialog


def with_likely(draw: Draw) -> Draw:
    """A board whose dialog has what is suggested."""

    async def draw_likely(stage: Stage) -> str:
        said = await organiser("/s/{ordinary}/board/likely/1")(stage)
        box = r'(<section id="likely") hidden([^>]*>)', lambda at: f"{at[1]}{at[2]}{said}"
        return await changed(draw, box)(stage)

    return draw_likely


def with_unsent(draw: Draw, *unsent: tuple[str, str, bool]) -> Draw:
    """A phone with posts that are not saved: their words, why, and whether they were refused."""
    place = '<ol class="cards" id="unsent" hidden></ol>'
    return changed(draw, (place, lambda _at: render("gallery/unsent.html", "en", unsent=unsent)))


def still(drawn: str) -> str:
    """A page without its scripts, for they would look for its session. Only the player stays: all that
    it plays is on its page."""
    return re.sub(
        r'<script (?![^>]*making\.js)[^>]*src=[^>]*></script>\n|(?s:<script type="module">.*?</script>)\n',
        "",
        drawn,
    )


def on_ground(drawn: str, ground: str) -> str:
    """A page on light or dark ground, whatever the browser prefers."""
    drawn = re.sub(r'(<html[^>]*) data-theme="\w+"', r"\1", drawn, count=1)
    return drawn.replace("<html ", f'<html data-theme="{ground}" ', 1)
