"""What people told in private, for those who run the session: a page of its own, off the big screen."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.database import reading
from app.forms.reading import Refused, parse
from app.passes import new_key
from app.routes.visit import UNKEPT, live_of, sorting_visit, visited
from app.screens import pages

router = APIRouter(include_in_schema=False)


@router.get("/s/{code}/concerns")
def concerns(request: Request, code: str) -> Response:
    """All of them, newest first."""
    return HTMLResponse(_page(request, code), headers=UNKEPT)


@router.post("/s/{code}/concerns")
async def see(request: Request, code: str) -> Response:
    """Somebody sees to one, without scripts."""
    found = await visited(request, code, sorting_visit)
    given = {name: str(value) for name, value in (await request.form()).items()}
    assert found.holder is not None
    try:
        form = parse({"key": new_key(), **given})
        reason = (await live_of(request).writer.perform(form, found.holder)).reason
    except Refused as refusal:
        reason = refusal.sentence
    if reason:
        said = reason.said_in(found.language)
        return HTMLResponse(await run_in_threadpool(_page, request, code, refused=said), 422, UNKEPT)
    return RedirectResponse(f"/s/{found.live_session.code}/concerns", 303)


def _page(request: Request, code: str, **said: str) -> str:
    with reading(live_of(request).engine) as db:
        found = sorting_visit(request, db, code)
        return pages.concerns(db, found.live_session, found.language, **said)
