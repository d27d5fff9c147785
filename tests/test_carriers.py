"""Who may do what, whichever way it is said: every role and action, by form, by socket and as a program.

`tests/test_roles.py` asks the writer; this asks the three doors in front of it, also with passes and
numbers of another session.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from app.live import Live
from app.live.door import LiveSeat
from app.live.seam import Knock, NoSeat
from app.main import create_app
from app.models import Role
from app.passes import new_actor, new_key
from app.roles import MAY, SHARED, Pass
from tests.conftest import Room
from tests.every_route import HERE
from tests.test_roles import DENIED, MESSAGES, bearer, everything, make_possible

pytestmark = pytest.mark.anyio

STRANGERS = "401"
"""How every door says that it does not know a pass."""

Say = Callable[[Room, Pass, dict[str, Any]], Awaitable[str]]
"""Says a message in a room with somebody's pass. Answers `saved`, the reason for a refusal, or 401."""


class Doors:
    """The three ways into a house."""

    def __init__(self, house: Live, client: httpx2.AsyncClient) -> None:
        self.house, self._client = house, client

    async def form(self, room: Room, who: Pass, message: dict[str, Any]) -> str:
        signer = self.house.signer
        cookie = f"{signer.cookie_name(room.code)}={signer.token(who)}"
        answer = await self._client.post(
            f"/s/{room.code}/actions",
            data=dict(_as_fields(message)),
            headers={"Cookie": cookie, "Origin": HERE},
        )
        if answer.status_code in (303, 401):
            return {303: "saved", 401: STRANGERS}[answer.status_code]
        assert answer.status_code == 422
        return DENIED if DENIED in answer.text else answer.text

    async def program(self, room: Room, who: Pass, message: dict[str, Any]) -> str:
        answer = await self._client.post(
            f"/api/v1/sessions/{room.code}/actions",
            json=message,
            headers={"Authorization": f"Bearer {self.house.signer.token(who)}"},
        )
        if answer.status_code == 401:
            return STRANGERS
        said = answer.json()
        return str(said.get("reason", said["status"]))

    async def socket(self, room: Room, who: Pass, message: dict[str, Any]) -> str:
        bearer = {"authorization": f"Bearer {self.house.signer.token(who)}"}
        knock = Knock(f"/s/{room.code}/live", {"screen": "json"}, bearer, ("", 0))
        seat = self.house.door.admit(knock)
        seat = await seat if isinstance(seat, asyncio.Future) else seat
        if isinstance(seat, NoSeat):
            assert seat.code == 4401
            return STRANGERS
        assert isinstance(seat, LiveSeat)
        reply: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        seat.received(json.dumps(message), reply.set_result)
        said = json.loads(await reply)
        return str(said.get("reason", said["status"]))


def _as_fields(message: dict[str, Any]) -> Any:
    for name, value in message.items():
        if isinstance(value, dict):
            yield from ((f"{name}-{one}", str(some)) for one, some in value.items())
        elif isinstance(value, list):
            yield name, [str(one) for one in value]
        else:
            yield name, str(value)


@pytest.fixture
async def doors(house: Live) -> AsyncIterator[Doors]:
    house.settings.public_url = HERE
    app = create_app(house.settings)

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"live": house}
        await app(scope, receive, send)

    transport = httpx2.ASGITransport(app=inside)
    async with httpx2.AsyncClient(transport=transport, base_url=HERE) as client:
        yield Doors(house, client)


CARRIERS = ("form", "socket", "program")
PEOPLE = [role for role in Role if role not in (Role.READER, Role.OBSERVER)]
"""The others are of programs alone: test_programs."""


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("role", PEOPLE)
async def test_each_role_may_do_its_own_by_each_way(doors: Doors, role: Role, carrier: str) -> None:
    said, expected = {}, {}
    for action in MAY:
        room = await Room.open(doors.house, themes=["Pay", "Power"])
        who = await bearer(room, role)
        await make_possible(room, action, who)
        message = {"action": action, "key": new_key(), **MESSAGES[action]}
        said[action] = await getattr(doors, carrier)(room, who, message)
        expected[action] = "saved" if role in MAY[action] else DENIED
    assert said == expected


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_where_everybody_sorts_that_is_all_they_may(doors: Doors, carrier: str) -> None:
    for action in MAY:
        room = await Room.open(doors.house, themes=["Pay", "Power"], all_sort=True)
        who = room.participant()
        if action in ("undo", "redo"):
            continue  # of their own only: test_shared_power
        await make_possible(room, action, who)
        message = {"action": action, "key": new_key(), **MESSAGES[action]}
        said = await getattr(doors, carrier)(room, who, message)
        may = Role.PARTICIPANT in MAY[action] or action in SHARED
        assert said == ("saved" if may else DENIED), action


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("role", PEOPLE)
async def test_a_pass_of_another_session_opens_no_door(doors: Doors, role: Role, carrier: str) -> None:
    """Nor does one whose session and invitation do not belong together."""
    here, there = [await Room.open(doors.house, themes=["Pay", "Power"]) for _ in range(2)]
    await here.post()
    foreign = await bearer(there, role)
    passes = [foreign]
    if role != Role.PARTICIPANT:
        passes += [foreign._replace(session_id=here.session_id), new_actor(here.session_id, 2**40)]
    before = everything(here), everything(there)
    for action, who in ((action, who) for action in MAY for who in passes):
        message = {"action": action, "key": new_key(), **MESSAGES[action]}
        assert await getattr(doors, carrier)(here, who, message) == STRANGERS, action
    assert (everything(here), everything(there)) == before


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_numbers_of_another_session_mean_nothing_here(doors: Doors, carrier: str) -> None:
    """Whoever runs one session reaches nothing in another, whatever they name."""
    here, there = [await Room.open(doors.house, themes=["Pay", "Power"]) for _ in range(2)]
    for _ in range(3):
        await here.post()
    await here.do(here.organiser, "open_vote", question="What first?", themes=["A", "B"])
    before = everything(here)
    for action in MAY:
        message = {"action": action, "key": new_key(), **MESSAGES[action]}
        assert await getattr(doors, carrier)(there, there.organiser, message) != STRANGERS
    assert everything(here) == before


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_field_that_nobody_knows_is_refused_by_each_way(doors: Doors, carrier: str) -> None:
    room = await Room.open(doors.house, themes=["Pay", "Power"])
    for action in MAY:
        for field in ("status", "author_id", "session_id", "touched", "role", "number2", "__class__"):
            message = {"action": action, "key": new_key(), **MESSAGES[action], field: "1"}
            said = await getattr(doors, carrier)(room, room.organiser, message)
            assert f"has no field “{field}”" in said, (action, field)
