"""Paper: cards to print and fill in by hand, and the page that takes a pile of them, typed up.

The pile is shown before it is added. The text stays in the box until each of its lines is a card:
what could not be taken is left there, beside the reason.
"""

import hashlib
from typing import Any, NamedTuple

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app import importing
from app.database import reading
from app.forms.reading import Refused
from app.importing import LARGEST_PILE, Line, Taken
from app.locales import Amount, Sentence, _
from app.models import Carrier
from app.passes import new_key
from app.queries.sessions import all_prompts
from app.queries.themes import standing_themes
from app.roles import sorts
from app.routes.visit import Visit, counting_visit, live_of, public_address
from app.templating import render

router = APIRouter(include_in_schema=False)

MOST = 500
"""How many cards are taken at once."""

Looked = list[tuple[Line, Sentence | None]]
"""Each line, and why it would be left out."""


class Pile(NamedTuple):
    """What somebody gave: the text, and what holds for each of its lines that doesn't say otherwise."""

    text: str
    table: str
    prompt: str

    @property
    def mark(self) -> str:
        """Another one for another pile: nothing is added that was not looked at."""
        return hashlib.sha256("\0".join(self).encode("utf-8", "replace")).hexdigest()[:16]


@router.get("/s/{code}/cards")
def cards(request: Request, code: str) -> Response:
    """Cards to print: for each open prompt a sheet of four."""
    with reading(live_of(request).engine) as db:
        found = counting_visit(request, db, code)
        prompts = all_prompts(db, found.live_session.id)
    join = f"{public_address(request)}/j/{found.live_session.code}"
    return HTMLResponse(
        render(
            "paper/cards.html",
            found.language,
            session=found.live_session,
            prompts=[row for row in prompts if row.is_open] or prompts[-1:],
            link=join,
            join=join.partition("://")[2],
            sorts=sorts(found.role),
        )
    )


@router.get("/s/{code}/paper")
def paper(request: Request, code: str) -> Response:
    """An empty box for a pile of cards."""
    return HTMLResponse(_page(request, code, Pile("", "", "")))


@router.post("/s/{code}/paper")
async def take(request: Request, code: str) -> Response:
    """Look at a pile, or add one that was looked at."""
    async with request.form(max_files=1, max_fields=10, max_part_size=LARGEST_PILE) as given:
        said = {name: value for name, value in given.items() if isinstance(value, str)}
        file = given.get("file")
        content = await file.read() if isinstance(file, UploadFile) else b""
    # Browsers end lines in their own way, also those of a file that stands in the box by now.
    text = said.get("text", "").replace("\r\n", "\n")
    pile = Pile(text, said.get("table", ""), said.get("prompt", ""))
    try:
        pile = _with_file(pile, content)
        looked = await run_in_threadpool(_look, request, code, pile)
    except Refused as refusal:
        page = await run_in_threadpool(_page, request, code, pile, refused=refusal.sentence)
        return HTMLResponse(page, 422)
    if said.get("step") != "add" or said.get("mark") != pile.mark:
        return HTMLResponse(await run_in_threadpool(_page, request, code, pile, looked=looked))
    taken = await _add(request, code, looked, said.get("batch", ""))
    left = pile._replace(text=_left(pile.text, taken))
    return HTMLResponse(await run_in_threadpool(_page, request, code, left, taken=taken))


def _with_file(pile: Pile, content: bytes) -> Pile:
    if content and pile.text.strip():
        raise Refused(_("Please empty the box first, or leave the file out."))
    return pile._replace(text=importing.decoded(content).replace("\r\n", "\n")) if content else pile


def _look(request: Request, code: str, pile: Pile) -> Looked:
    with reading(live_of(request).engine) as db:
        found = counting_visit(request, db, code)
        prompts = {row.number: row for row in all_prompts(db, found.live_session.id)}
    longest = found.live_session.longest
    lines = [*importing.read(pile.text, with_names=found.live_session.asks_names)]
    if len(lines) > MOST:
        many, most = Amount(len(lines)), Amount(MOST)
        raise Refused(_("These are %(many)s cards. %(most)s at once is the most.", many=many, most=most))
    whole = [_whole(line, pile, found) for line in lines]
    return [(line, importing.fault(line, longest, prompts)) for line in whole]


def _whole(line: Line, pile: Pile, found: Visit) -> Line:
    """A line with what holds for all. Scribes leave themes to those who sort."""
    usual = {name: said for name, said in (("table", pile.table), ("prompt", pile.prompt)) if said}
    theme = line.theme if sorts(found.role) else ""
    return line._replace(message=usual | line.message, theme=theme)


async def _add(request: Request, code: str, looked: Looked, batch: str) -> Taken:
    found, themes = await run_in_threadpool(_there, request, code)
    assert found.holder is not None
    good = [line for line, why in looked if why is None]
    writer = live_of(request).writer
    taken = await importing.take(writer, found.holder, good, themes, Carrier.PAPER, batch or new_key())
    left_out = [*taken.left_out, *((line, why) for line, why in looked if why is not None)]
    return Taken(taken.numbers, sorted(left_out, key=lambda one: one[0].at))


def _there(request: Request, code: str) -> tuple[Visit, dict[str, str]]:
    with reading(live_of(request).engine) as db:
        found = counting_visit(request, db, code)
        return found, {
            row.name or row.letter: row.letter for row in standing_themes(db, found.live_session.id)
        }


def _left(text: str, taken: Taken) -> str:
    """The lines that are no cards yet, under the line that names their columns."""
    left = "".join(line.raw for line, _why in taken.left_out)
    return importing.header_of(text) + left if left else ""


def _page(request: Request, code: str, pile: Pile, **said: Any) -> str:
    with reading(live_of(request).engine) as db:
        return _render(db, counting_visit(request, db, code), pile, **said)


def _render(
    db: Connection,
    found: Visit,
    pile: Pile,
    looked: Looked | None = None,
    taken: Taken | None = None,
    refused: str = "",
) -> str:
    return render(
        "paper/page.html",
        found.language,
        session=found.live_session,
        prompts=all_prompts(db, found.live_session.id),
        pile=pile,
        batch=new_key(),
        looked=looked or [],
        good=sum(why is None for _line, why in looked or []),
        taken=taken,
        refused=refused or (_("There are no cards in this.") if looked == [] else ""),
        sorts=sorts(found.role),
    )
