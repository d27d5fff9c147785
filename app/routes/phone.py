"""The phone: reading and posting, with scripts or without."""

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.database import reading
from app.forms import Form, Refused, parse
from app.live.writer import USED, Receipt
from app.locales import Sentence, _, first_known
from app.passes import new_key
from app.roles import counts
from app.routes.visit import Visit, give_pass, keep_language, live_of, pass_for, visit
from app.screens import pages

router = APIRouter(include_in_schema=False)

LATER = _("Not saved yet. Please post it again in a moment.")
STALE = _("Please post it again.")


@router.get("/s/{code}")
def phone(request: Request, code: str, saved: int = 0) -> Response:
    """The page, with its cookie for those who came without one."""
    with reading(live_of(request).engine) as db:
        found = visit(request, db, code)
        if code != found.live_session.code:
            return RedirectResponse(f"/s/{found.live_session.code}", 303)
        actor_id = found.holder.actor_id if found.holder else ""
        may_count = counts(found.role)
        page = pages.phone(
            db, found.live_session, found.language, actor_id, saved=saved, counts=may_count, key=new_key()
        )
    answer = HTMLResponse(page)
    if found.holder is None:
        give_pass(request, answer, code, pass_for(found))
    return answer


@router.post("/s/{code}")
async def post(request: Request, code: str) -> Response:
    """A post by plain form. What is refused stands in the box again."""
    live = live_of(request)
    found = await run_in_threadpool(_visit, request, code)
    holder = pass_for(found)
    said = {name: str(value) for name, value in (await request.form()).items()}
    if "language" in said:
        return await _switch(request, found, said)
    try:
        # A change of one's own card comes without a key: doing it twice does no harm.
        form = parse({"action": "post", "key": new_key(), **said})
    except Refused as refusal:
        return await _again(request, found, said, refusal.sentence)
    receipt = await live.writer.perform(form, holder)
    if receipt.status == "saved":
        answer: Response = RedirectResponse(f"/s/{found.live_session.code}{_where(form, receipt)}", 303)
    elif receipt.status == "later":
        answer = await _again(request, found, said, LATER)
    else:
        # A page that came back from the browser's memory still has the key of an earlier post.
        reason = STALE if receipt.reason in (USED, None) else receipt.reason
        answer = await _again(request, found, said | {"key": new_key()}, reason)
    if found.holder is None:
        give_pass(request, answer, found.live_session.code, holder)
    return answer


def _where(form: Form, receipt: Receipt) -> str:
    """Where on the page somebody sees what became of it."""
    number = receipt.message("en").get("number")
    if form.action in ("agree", "unagree"):
        return f"#room-{number}"
    if form.action == "vote":
        return "#ballots"
    return f"?saved={number}" if number else ""


async def _switch(request: Request, found: Visit, said: dict[str, str]) -> Response:
    """The same page in another language, with what stands in the box."""
    reads = found._replace(language=first_known(said["language"], found.language))
    answer = await _again(request, reads, said, status=200)
    keep_language(request, answer, said["language"])
    return answer


def _visit(request: Request, code: str) -> Visit:
    with reading(live_of(request).engine) as db:
        return visit(request, db, code)


async def _again(
    request: Request, found: Visit, said: dict[str, Any], reason: Sentence | str = "", status: int = 422
) -> Response:
    def render() -> str:
        with reading(live_of(request).engine) as db:
            actor_id = found.holder.actor_id if found.holder else ""
            kept = {name: said.get(name, "") for name in ("text", "kind", "name", "quote", "prompt")}
            key = said.get("key") or new_key()
            said_now = {**kept, "key": key, "refused": reason}
            may_count = counts(found.role)
            return pages.phone(db, found.live_session, found.language, actor_id, counts=may_count, **said_now)

    return HTMLResponse(await run_in_threadpool(render), status)
