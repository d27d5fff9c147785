"""The gallery, where a setting asks for it. See app/gallery."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.gallery import ALL, Gallery
from app.routes.visit import NoSession

router = APIRouter(include_in_schema=False, prefix="/gallery")


@router.get("")
@router.get("/{name:path}")
async def page(request: Request, name: str = "", ground: str = "") -> Response:
    """The list of its pages, or one of them, on light or dark ground."""
    gallery: Gallery = request.state.gallery
    if name not in ALL:
        raise NoSession
    return HTMLResponse(await gallery.draw(name, ground))
