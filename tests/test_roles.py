"""Who may do what: every role and every action, whichever way it comes in."""

import json
from typing import Any

import httpx2
import pytest

from app.database import reading, writing
from app.live.receipt import Receipt
from app.models import Hold, Role, invitations
from app.passes import Signer, new_actor, new_key
from app.roles import MAY, SCOPES, Pass
from app.screens import Screen
from tests.conftest import NOW, SECRET, Room, Server
from tests.desk import bring_along
from tests.screens import Viewer

pytestmark = pytest.mark.anyio

DENIED = "You may not do this here."

MESSAGES: dict[str, dict[str, Any]] = {
    "post": {"text": "Who pays?"},
    "write_down": {"text": "Who pays?", "table": "4", "paraphrased": True},
    "raise_concern": {"text": "Too loud"},
    "see_concern": {"concern": 1},
    "edit": {"number": 1, "text": "In other words"},
    "withdraw": {"number": 1},
    "erase": {"number": 1},
    "agree": {"number": 1},
    "unagree": {"number": 1},
    "create_theme": {"name": "New"},
    "rename_theme": {"theme": "A", "name": "Fair pay"},
    "describe_theme": {"theme": "A", "text": "What people are paid"},
    "colour_theme": {"theme": "A", "colour": 7},
    "order_theme": {"theme": "A"},
    "merge_themes": {"theme": "A", "into": "B"},
    "split_theme": {"theme": "A", "contributions": [1]},
    "remove_theme": {"theme": "A"},
    "place": {"contributions": [1], "theme": "A"},
    "unplace": {"contributions": [1], "theme": "A"},
    "merge": {"contributions": [2], "into": 1},
    "unmerge": {"number": 1},
    "approve": {"contributions": [1]},
    "hide": {"contributions": [1]},
    "restore": {"contributions": [1]},
    "mark_answered": {"number": 1},
    "contest": {"number": 1, "theme": "A"},
    "uncontest": {"number": 1, "theme": "A"},
    "answer_contest": {"number": 1, "theme": "A"},
    "propose_name": {"theme": "A", "name": "Fair pay"},
    "accept_name": {"proposal": 1},
    "decline_name": {"proposal": 1},
    "open_vote": {"question": "What first?", "themes": ["A", "B"]},
    "vote": {"vote": 1, "dots": {"A": 2}},
    "count_votes": {"vote": 1, "hands": 9, "dots": {"A": 2}},
    "close_vote": {"vote": 1},
    "drop_vote": {"vote": 1},
    "blank": {},
    "unblank": {},
    "show": {"theme": "A"},
    "let_in": {},
    "arrange_screen": {"zone": "left"},
    "add_prompt": {"text": "And what not?"},
    "open_prompt": {"prompt": 1},
    "close_prompt": {"prompt": 1},
    "open_session": {},
    "close_session": {},
    "change_session": {"title": "What now?"},
    "keep_time": {},
    "follow_thread": {},
    "write_summary": {"part": "missing", "text": "Nobody from the islands"},
    "publish_summary": {},
    "unpublish_summary": {},
    "answer_theme": {"theme": "A", "outcome": "did", "text": "We pay at once", "owner": "Mairi"},
    "undo": {},
    "redo": {},
}
PEOPLE = (Role.PARTICIPANT, Role.SCRIBE, Role.FACILITATOR, Role.ORGANISER)
"""What people may be; tests/test_programs.py has what programs may."""
TABLE = [pytest.param(role, action, id=f"{role}-{action}") for role in PEOPLE for action in MAY]


def test_the_table_holds_every_action() -> None:
    assert MESSAGES.keys() == MAY.keys()
    assert {*PEOPLE, *SCOPES.values()} == {*Role}


async def bearer(room: Room, role: Role) -> Pass:
    return room.participant() if role == Role.PARTICIPANT else await room.invite(role)


async def make_possible(room: Room, action: str, who: Pass) -> None:
    """Bring the room to where only the role decides."""
    author = who if action in ("edit", "withdraw", "erase", "contest", "uncontest") else room.participant()
    await room.post(author)
    if action == "erase":
        await room.do(author, "withdraw", number=1)
    if action in ("raise_concern", "see_concern"):
        await room.do(room.organiser, "change_session", concerns_to="Mairi, by the door")
    if action == "see_concern":
        await room.do(author, "raise_concern", text="Too loud")
    if action in ("split_theme", "contest", "uncontest", "answer_contest"):
        await room.do(room.organiser, "place", contributions=[1], theme="A")
    if action in ("uncontest", "answer_contest"):
        await room.do(author, "contest", number=1, theme="A")
    if action in ("accept_name", "decline_name"):
        await room.do(author, "propose_name", theme="A", name="Fair pay")
    if action in ("merge", "unmerge"):
        await room.post()
    if action == "unmerge":
        await room.do(room.organiser, "merge", contributions=[2], into=1)
    if action in ("vote", "count_votes", "close_vote", "drop_vote"):
        await room.do(room.organiser, "open_vote", question="What first?", themes=["A", "B"])
        await room.do(room.participant(), "vote", vote=1, dots={"A": 1})
    if action == "restore":
        await room.do(room.organiser, "hide", contributions=[1])
    if action in ("undo", "redo"):
        await room.act(who, "create_theme", name="Mine")
    if action == "redo":
        await room.act(who, "undo")
    if action == "approve":
        with writing(room.house.engine) as db:
            db.exec_driver_sql("UPDATE contribution SET status = 'held'")
    if action == "follow_thread":
        await room.post()
        bring_along(room.house.engine, room.session_id, 2, 1)
        with writing(room.house.engine) as db:
            db.exec_driver_sql("UPDATE contribution SET status = 'withdrawn' WHERE number = 1")
    if action == "keep_time":
        with writing(room.house.engine) as db:
            db.exec_driver_sql("UPDATE live_session SET closes_at = 1")


@pytest.mark.parametrize(("role", "action"), TABLE)
async def test_each_role_may_do_its_own(room: Room, role: Role, action: str) -> None:
    who = await bearer(room, role)
    await make_possible(room, action, who)
    receipt = await room.act(who, action, **MESSAGES[action])
    expected = ("saved", None) if role in MAY[action] else ("refused", DENIED)
    assert (receipt.status, receipt.reason) == expected


@pytest.mark.parametrize("action", MAY)
async def test_a_pass_from_another_session_does_nothing_here(room: Room, action: str) -> None:
    """It acts in its own session only, where there is nothing under these names."""
    other = await Room.open(room.house, themes=[])
    await room.post()
    before = everything(room)
    receipt = await room.act(other.organiser, action, **MESSAGES[action])
    assert everything(room) == before
    assert receipt.status == "saved" or receipt.reason


@pytest.mark.parametrize("action", MAY)
async def test_a_revoked_invitation_does_nothing(room: Room, action: str) -> None:
    who = await room.invite(Role.ORGANISER)
    await make_possible(room, action, who)
    with writing(room.house.engine) as db:
        db.execute(invitations.update().where(invitations.c.id == who.invitation_id).values(revoked_at=NOW))
    receipt = await room.act(who, action, **MESSAGES[action])
    assert (receipt.status, receipt.reason) == ("refused", DENIED)


async def test_an_invitation_of_another_session_is_none_here(room: Room) -> None:
    other = await Room.open(room.house)
    crossed = new_actor(room.session_id, other.organiser.invitation_id)
    receipt = await room.act(crossed, "create_theme")
    assert receipt.reason == DENIED


@pytest.mark.parametrize("action", ["edit", "withdraw", "contest", "uncontest"])
@pytest.mark.parametrize("role", PEOPLE)
async def test_only_its_author_may_change_the_words(room: Room, role: Role, action: str) -> None:
    number = await room.post()
    receipt = await room.act(await bearer(room, role), action, **MESSAGES[action] | {"number": number})
    assert receipt.reason == "Only its author may do this."


async def test_nobody_agrees_with_themselves_or_with_what_is_not_seen(room: Room) -> None:
    author = room.participant()
    number = await room.post(author)
    assert (await room.act(author, "agree", number=number)).reason == "This card is your own."
    await room.do(room.organiser, "hide", contributions=[number])
    refused = await room.act(room.participant(), "agree", number=number)
    assert refused.reason == f"There is no card {number}."


async def test_agreeing_twice_counts_once(room: Room) -> None:
    number, friend = await room.post(), room.participant()
    for _ in range(2):
        await room.do(friend, "agree", number=number)
    with reading(room.house.engine) as db:
        assert db.exec_driver_sql("SELECT agreements FROM contribution").scalar() == 1


@pytest.mark.parametrize("action", ["post", "edit", "agree", "contest", "propose_name"])
async def test_a_closed_session_takes_nothing_from_participants(room: Room, action: str) -> None:
    who = room.participant()
    await make_possible(room, action, who)
    await room.do(room.organiser, "close_session")
    assert (await room.act(who, action, **MESSAGES[action])).reason == "The session is closed."


def everything(room: Room) -> list[Any]:
    tables = ("contribution", "theme", "placement", "agreement", "prompt", "change")
    with reading(room.house.engine) as db:
        return [
            db.exec_driver_sql(f"SELECT * FROM {table} WHERE session_id = {room.session_id}").all()
            for table in tables
        ]


# Through the API


def say(client: Any, code: str, token: str, action: str, **fields: Any) -> Any:
    return client.post(
        f"/api/v1/sessions/{code}/actions",
        json={"action": action, "key": new_key(), **fields},
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.mark.parametrize("action", MAY)
def test_a_token_of_another_session_is_a_bad_token(shared_server: Server, action: str) -> None:
    here, there = shared_server.new(themes=["Pay"]), shared_server.new()
    with httpx2.Client(base_url=shared_server.url) as client:
        for token_ in (there["facilitator_token"], there["participant_token"], "forged", _forged(here)):
            assert say(client, here["code"], token_, action, **MESSAGES[action]).status_code == 401


def _forged(here: dict[str, str]) -> str:
    """The same pass, signed with another secret."""
    holder = Signer(SECRET, https=False).holder(here["facilitator_token"])
    assert holder is not None
    return Signer("a guess", https=False).token(holder)


# What must not be seen

PLANTED = "Planted words"


@pytest.fixture
async def planted(house: Any) -> tuple[Room, Pass]:
    """A room in which one card waits, one is hidden, and one was taken back."""
    room = await Room.open(house, hold=Hold.ALL, themes=["Pay"])
    author = room.participant()
    held, hidden, withdrawn, edited = [await room.post(author, f"{PLANTED} {n}") for n in range(4)]
    await room.do(room.organiser, "approve", contributions=[hidden, withdrawn, edited])
    await room.do(room.organiser, "place", contributions=[held, hidden, withdrawn, edited], theme="A")
    await room.do(room.organiser, "hide", contributions=[hidden])
    await room.do(author, "withdraw", number=withdrawn)
    await room.do(author, "edit", number=edited, text=f"{PLANTED} again")
    return room, author


@pytest.mark.parametrize("screen", [screen for screen in Screen if screen != Screen.QUEUE])
async def test_words_that_are_not_shown_reach_nobody_else(planted: tuple[Room, Pass], screen: Screen) -> None:
    room, _author = planted
    who = room.organiser if screen == Screen.BOARD else room.participant()
    viewer = Viewer(screen, who)
    with reading(room.house.engine) as db:
        marks = db.exec_driver_sql("SELECT seq, mark FROM change").all()
        seen = [json.dumps(viewer.fresh(db).seen, default=str)]
        seen += [str(viewer.frame(db, f"{seq}.{mark}")[0]) for seq, mark in marks]
    assert len(seen) > 8
    assert not [one for one in seen if PLANTED in one]


async def test_authors_see_their_own_that_wait(planted: tuple[Room, Pass]) -> None:
    room, author = planted
    with reading(room.house.engine) as db:
        phone = "\n".join(Viewer(Screen.PHONE, author).fresh(db).seen)
        program = Viewer(Screen.JSON, author).fresh(db).seen
    for seen in (phone, json.dumps(program)):
        assert [f"{PLANTED} {what}" in seen for what in ("0", "1", "2", "again")] == [True, True, False, True]


async def test_facilitators_programs_see_what_waits_and_not_what_was_taken_back(
    planted: tuple[Room, Pass],
) -> None:
    room, _author = planted
    with reading(room.house.engine) as db:
        seen = json.dumps(Viewer(Screen.JSON, room.organiser).fresh(db).seen)
    assert [f"{PLANTED} {what}" in seen for what in ("0", "1", "2", "again")] == [True, True, False, True]


async def test_a_receipt_never_holds_anybodys_words(planted: tuple[Room, Pass]) -> None:
    room, _author = planted
    receipts: list[Receipt] = [
        await room.act(room.participant(), action, **{"number": 1} | extra)
        for action, extra in {"edit": {"text": "x"}, "withdraw": {}, "agree": {}}.items()
    ]
    assert PLANTED not in json.dumps([receipt.message("en") for receipt in receipts])
