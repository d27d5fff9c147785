"""The live socket, and webhooks, described for programs. OpenAPI knows no sockets, so those are in
AsyncAPI's words; both are made of the forms and shapes that the server itself goes by."""

from functools import cache
from typing import Any

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import __version__
from app.forms.reading import FORMS
from app.live import door, feed, protocol
from app.routes.visit import public_address
from app.screens import shapes

router = APIRouter(include_in_schema=False)
webhooks = APIRouter()

AT = "#/components/schemas/{model}"


@webhooks.post("session-changed", response_model=None, responses={200: {"description": "It is told."}})
def session_changed(body: shapes.Delivery) -> None:
    """Sent to the addresses that an organiser names. It has three headers, as standardwebhooks.com
    describes them: `webhook-id`, `webhook-timestamp` and `webhook-signature`. Any 2xx takes it; 410
    says that nobody wants more. The next one waits for that, and carries all changes since."""


@router.get("/api/v1/asyncapi.json")
def asyncapi(request: Request) -> Response:
    """The socket's description."""
    scheme, _, host = public_address(request).partition("://")
    here = {"host": host, "protocol": {"http": "ws", "https": "wss"}[scheme]}
    return JSONResponse(_described() | {"servers": {"here": here | _SECURED}})


_SECURED = {"security": [{"$ref": "#/components/securitySchemes/token"}]}


@cache
def _described() -> dict[str, Any]:
    schemas = _schemas()
    tells, takes = ["Frame", "Receipt"], [form.__name__ for form in FORMS]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Sheaf", "version": __version__, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {"live": _channel([*tells, *takes])},
        "operations": {
            "follow": {"action": "send", "channel": _LIVE, "messages": _in_channel(["Frame"])},
            "act": {
                "action": "receive",
                "channel": _LIVE,
                "messages": _in_channel(takes),
                "reply": {"channel": _LIVE, "messages": _in_channel(["Receipt"])},
            },
        },
        "components": {
            "messages": {name: _message(name, schemas[name]) for name in (*tells, *takes)},
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


_ABOUT = (
    "A session's live socket, for a program that keeps a board of its own. It gets a frame at once,"
    " one after each change, and one every 15 seconds at least; what it sends is an action, and each"
    " has a receipt. The same actions and the board itself are in openapi.json beside this."
)

_LIVE = {"$ref": "#/channels/live"}


def _channel(messages: list[str]) -> dict[str, Any]:
    named = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    return {
        "address": "/s/{code}/live",
        "description": "Why a socket is closed is in `x-close-codes`.",
        "parameters": {"code": {"description": "The session's code."}},
        "bindings": {"ws": {"method": "GET", "query": _QUERY, "bindingVersion": "0.1.0"}},
        "messages": named,
        "x-close-codes": {str(code): f"{sentence}" for code, sentence in _CLOSES},
    }


_QUERY = {
    "type": "object",
    "required": ["screen"],
    "properties": {
        "screen": {"const": "json"},
        "since": {"type": "string", "description": "The cursor to go on from; empty is from nothing."},
        "language": {"type": "string", "description": "The language of refusals."},
    },
}

_CLOSES = (
    protocol.COME_BACK,
    feed.AWAY,
    door.NOBODY,
    door.NOT_ALLOWED,
    door.TAKEN_BACK,
    (door.NO_SESSION.code, door.NO_SESSION.reason),
    feed.ENDED,
)


def _in_channel(messages: list[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/live/messages/{name}"} for name in messages]


def _message(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    summary = str(schema.get("description", "")).partition("\n")[0]
    return {"name": name, "summary": summary, "payload": {"$ref": AT.format(model=name)}}


def _schemas() -> dict[str, Any]:
    """Of all frames, receipts and actions, with what they are made of."""
    told = [(shape.__name__, "serialization", TypeAdapter(shape)) for shape in (shapes.Frame, shapes.Receipt)]
    taken = [(form.__name__, "validation", TypeAdapter(form)) for form in FORMS]
    _refs, found = TypeAdapter.json_schemas([*told, *taken], ref_template=AT)  # type: ignore[list-item]
    return dict(found["$defs"])
