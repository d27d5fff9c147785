"""The phone: reading and posting, with scripts or without."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from app.database import reading
from app.forms.fields import Form
from app.forms.reading import Refused, parse
from app.live.receipt import Receipt
from app.live.turns import USED
from app.locales import Sentence, _, first_known
from app.passes import new_actor, new_key
from app.roles import Pass, counts
from app.routes.visit import (
    UNKEPT,
    NotAllowed,
    Visit,
    came_from,
    forget_language,
    give_pass,
    is_shared,
    keep_language,
    live_of,
    pass_for,
    share_device,
    visit,
    visited,
)
from app.screens import pages
from app.templating import static

router = APIRouter(include_in_schema=False)

LATER = _("Not saved yet. Please post it again in a moment.")
STALE = _("Please post it again.")

Draw = Callable[..., str]
"""Draws a page for a visitor: `draw(request, found, db, **what stands on it)`."""


@router.get("/s/{code}")
def phone(request: Request, code: str, saved: int = 0, told: bool = False) -> Response:
    """The page, with its cookie for those who came without one."""
    with reading(live_of(request).engine) as db:
        found = visit(request, db, code)
        if code != found.live_session.code:
            return RedirectResponse(f"/s/{found.live_session.code}", 303)
        page = _page(request, found, db, key=new_key(), saved=saved, told=told)
    # Only a page without scripts says that something was saved: nothing there can clear it later.
    answer = HTMLResponse(page, headers=UNKEPT if saved or told or is_shared(request, code) else None)
    if found.holder is None:
        give_pass(request, answer, code, pass_for(found))
    return answer


@router.post("/s/{code}")
async def post(request: Request, code: str) -> Response:
    """A post by plain form. What is refused stands in the box again."""
    found = await visited(request, code, visit)
    holder = pass_for(found)
    said = {name: str(value) for name, value in (await request.form()).items()}
    if "language" in said:
        return await _switch(request, found, said)
    answer = await take(request, found, holder, "", _page)
    if found.holder is None:
        give_pass(request, answer, found.live_session.code, holder)
    return answer


async def take(request: Request, found: Visit, holder: Pass, path: str, draw: Draw) -> Response:
    """What a plain form asks, from the page at `path`, which is drawn again where it is refused."""
    said = {name: str(value) for name, value in (await request.form()).items()}
    try:
        # A change of one's own card comes without a key: doing it twice does no harm.
        form = parse({"action": "post", "key": new_key(), **said})
    except Refused as refusal:
        return await _again(request, found, draw, said, refusal.sentence)
    receipt = await live_of(request).writer.perform(form, holder, there=came_from(request))
    if receipt.status == "saved":
        there = f"/s/{found.live_session.code}{path}{_where(form, receipt)}"
        return RedirectResponse(there, 303)
    if receipt.status == "later":
        return await _again(request, found, draw, said, LATER)
    # A page that came back from the browser's memory still has the key of an earlier post.
    reason = STALE if receipt.reason in (USED, None) else receipt.reason
    return await _again(request, found, draw, said | {"key": new_key()}, reason)


@router.post("/s/{code}/next")
async def next_person(request: Request, code: str) -> Response:
    """Somebody else has the device now: they are a new participant, and nothing here is theirs, nor the
    language that was chosen. Whoever came by an invitation keeps it: a link opened on a laptop is not
    lost by a tap."""
    found = await visited(request, code, visit)
    if found.holder and found.holder.invitation_id:
        raise NotAllowed
    answer = RedirectResponse(f"/s/{found.live_session.code}", 303, headers=UNKEPT)
    give_pass(request, answer, found.live_session.code, new_actor(found.live_session.id))
    share_device(request, answer, found.live_session.code)
    forget_language(request, answer)
    return answer


@router.get("/s/{code}/app.webmanifest")
async def manifest(request: Request, code: str) -> Response:
    """What a browser needs where somebody puts the session among their apps. Nobody is asked to."""
    found = await visited(request, code, visit)
    here = f"/s/{found.live_session.code}"
    icons = [{"src": static(f"icon-{size}.png"), "sizes": f"{size}x{size}"} for size in (192, 512)]
    said = {"id": here, "start_url": here, "scope": "/", "display": "minimal-ui"}
    names = {"name": found.live_session.title, "short_name": "Sheaf", "lang": found.language}
    return JSONResponse({**names, **said, "icons": icons}, media_type="application/manifest+json")


async def _switch(request: Request, found: Visit, said: dict[str, str]) -> Response:
    """The same page in another language, with what stands in the box."""
    reads = found._replace(language=first_known(said["language"], found.language))
    answer = await _again(request, reads, _page, said, status=200)
    keep_language(request, answer, said["language"])
    return answer


def _page(request: Request, found: Visit, db: Connection, **said: Any) -> str:
    holder, live_session = found.holder, found.live_session
    device = {
        "passes_on": not (holder and holder.invitation_id),
        "is_shared": is_shared(request, live_session.code),
        "counts": counts(found.role),
    }
    return pages.phone(db, live_session, found.language, holder.actor_id if holder else "", **(device | said))


def _where(form: Form, receipt: Receipt) -> str:
    """Where on the page somebody sees what became of it."""
    number = receipt.message("en").get("number")
    if form.action == "raise_concern":
        return "?told=1"
    if form.action in ("agree", "unagree"):
        return f"#room-{number}"
    if form.action == "vote":
        return "#ballots"
    return f"?saved={number}" if number else ""


async def _again(
    request: Request,
    found: Visit,
    draw: Draw,
    said: dict[str, Any],
    reason: Sentence | None = None,
    status: int = 422,
) -> Response:
    """The page again, with what was written where it was written: a concern never comes into the box
    whose words are posted."""

    def render() -> str:
        with reading(live_of(request).engine) as db:
            key = said.get("key") or new_key()
            refused = reason.said_in(found.language) if reason else ""
            return draw(request, found, db, **_boxes(said, key), refused=refused)

    return HTMLResponse(await run_in_threadpool(render), status, headers=UNKEPT)


def _boxes(said: dict[str, Any], key: str) -> dict[str, str]:
    if said.get("action") == "raise_concern":
        return {"concern": said.get("text", ""), "tell_key": key, "key": new_key()}
    kept = {name: said.get(name, "") for name in ("text", "kind", "name", "quote", "prompt")}
    return kept | {name: said[name] for name in ("table", "paraphrased") if name in said} | {"key": key}
