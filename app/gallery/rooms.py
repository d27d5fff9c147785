"""Sessions as they may stand, each played by the same actions as anybody's."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, update

from app.actions import accounts, identities, programs, sessions, threads
from app.forms.reading import parse, read
from app.forms.sheets import NewAccount, NewSession
from app.gallery.invented import LATER, MORAG, TEXTS
from app.live import Live
from app.models import Hold, Role, Scope, letters, webhooks
from app.passes import new_actor, new_key
from app.queries.people import account_signed_in
from app.queries.sessions import session_by_id
from app.roles import Pass

MANY = 420
"""More than a board holds at once."""
TITLE, PROMPT, PURPOSE = TEXTS["title"], TEXTS["second_prompt"], TEXTS["purpose"]
THEMES: list[str] = TEXTS["themes"]
VOICES: list[tuple[str, str]] = TEXTS["voices"]


@dataclass(slots=True)
class Room:
    """A session, its organiser, and the one over whose shoulder we look."""

    live: Live
    code: str
    organiser: Pass
    author: Pass
    facilitator: Pass
    scribe: Pass

    async def do(self, who: Pass, action: str, **fields: Any) -> int:
        """Do something that must succeed. Answers the number of the card it made, if any."""
        form = parse({"action": action, "key": new_key(), **fields})
        receipt = await self.live.writer.perform(form, who)
        if receipt.status != "saved":
            raise RuntimeError(f"The gallery could not {action}: {receipt.reason}")
        first = receipt.subjects[0]
        return int(first) if first.isdigit() else 0

    async def say(self, voices: Sequence[tuple[str, str]], **fields: Any) -> list[int]:
        """Each voice comes from somebody else."""
        others = [new_actor(self.organiser.session_id) for _ in voices]
        said = zip(others, voices, strict=True)
        posts = [self.do(who, "post", text=text, kind=kind, **fields) for who, (kind, text) in said]
        return await asyncio.gather(*posts)

    async def place(self, theme: str, *numbers: int) -> None:
        """Put cards in a theme or aside."""
        await self.do(self.organiser, "place", contributions=list(numbers), theme=theme)


class Cast(NamedTuple):
    """Rooms' codes by their names, and the cookies of those who ask for pages."""

    codes: dict[str, str]
    cookies: dict[str, str]


async def play_all(live: Live) -> Cast:
    """Play all the rooms. They are the organiser's own."""
    rooms = {name: await play(live) for name, play in ROOMS.items()}
    await live.writer.do(lambda db, now: _grow(db, now, rooms))
    mine, other, new, reset = await live.writer.do(lambda db, now: _accounts(db, now, rooms.values()))
    for room in rooms.values():
        room.organiser = room.organiser._replace(sign_in=mine)

    def jar(who: str = "", sign_in: str = "", link: str = "") -> str:
        signer = live.signer
        cookies = {signer.sign_in_cookie: signer.sign_in_token(sign_in), signer.sign_up_cookie: link}
        for room in rooms.values() if who else ():
            cookies[signer.cookie_name(room.code)] = signer.token(getattr(room, who))
        return "; ".join(f"{name}={value}" for name, value in cookies.items())

    cookies = {who: jar(who) for who in ("", "author")} | {"organiser": jar("organiser", mine)}
    cookies["tablet"] = "; ".join(f"{live.signer.shared_cookie(room.code)}=1" for room in rooms.values())
    cookies |= {
        "scribe": jar("scribe"),
        "facilitator": jar("facilitator", other),
        "newcomer": jar("", other, new),
    }
    return Cast({name: room.code for name, room in rooms.items()}, cookies | {"forgetful": jar(link=reset)})


def _grow(db: Connection, now: int, rooms: dict[str, Room]) -> None:
    """Some sessions grew from others; one from a session that was deleted since, and one with the
    voices."""
    wish = NewSession(title=TITLE, themes=[TEXTS["arabic"]["themes"][0]])
    deleted = sessions.start(db, now, wish)[1].session_id
    ids = {name: room.organiser.session_id for name, room in rooms.items()}
    for name, earlier, letter in (
        ("told", ids["ordinary"], "B"),
        ("held", ids["ordinary"], "D"),
        ("closed", ids["ordinary"], "A"),
        ("voting", ids["closed"], "A"),
        ("arabic", deleted, "A"),
    ):
        row = session_by_id(db, earlier)
        assert row is not None
        threads.grow(db, now, ids[name], row, letter, brings_voices=False)
    sessions.delete(db, deleted)
    fresh = sessions.start(db, now, wish)[1].session_id
    ordinary = session_by_id(db, ids["ordinary"])
    assert ordinary is not None
    threads.grow(db, now, fresh, ordinary, "B", brings_voices=True)


def _accounts(db: Connection, now: int, rooms: Iterable[Room]) -> tuple[str, str, str, str]:
    """The sign-ins of an organiser who has rooms and of one who has none, and the secrets of a
    link to sign up and of one for a new password."""
    mine, other = (_sign_up(db, now, name) for name in (MORAG, "Ailsa"))
    account = account_signed_in(db, mine)
    assert account is not None
    for room in rooms:
        accounts.keep(db, account.id, room.organiser.invitation_id)
    identities.link(db, account.id, "https://id.example", "morag")
    return mine, other, accounts.invite_organiser(db, now), accounts.invite_organiser(db, now, account.id)


NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$LQNGEzowSGQtoISX6K9Hjw$7T5I2VYY3hvVG7pHXIo3+rUg88cSKmqM77FuCtppy9o"
"""The hash of a password that nobody knows."""


def _sign_up(db: Connection, now: int, name: str) -> str:
    """A sign-in. Nobody ever gives the password."""
    wish = NewAccount(email=f"{name.lower()}@example.org", name=name, password="never given")
    return accounts.sign_up(db, now, accounts.invite_organiser(db, now), wish, NOBODYS)


async def _empty(live: Live) -> Room:
    """Nothing yet."""
    return await _start(live)


async def _ordinary(live: Live) -> Room:
    """In the middle, with cards in every state."""
    room = await _start(live, prompts=[PROMPT, TITLE], purpose=PURPOSE, themes=THEMES, asks_names=True)
    await room.say(VOICES)
    await _mine(room)
    await room.do(room.organiser, "create_theme")
    await room.place("A", 1, 2, 3, 4)
    await room.place("B", 2, 6)
    await room.place("C", 5, 7, 12)
    await room.place("lone", 8)
    await room.place("parked", 9)
    await room.do(room.organiser, "hide", contributions=[10])
    await room.do(room.organiser, "mark_answered", number=1)
    written = {"text": VOICES[0][1], "table": "4", "paraphrased": True}
    await room.place("A", await room.do(room.organiser, "write_down", **written))
    await room.do(room.organiser, "withdraw", number=await room.do(room.organiser, "write_down", **written))
    for part in ("missing", "next"):
        await room.do(room.organiser, "write_summary", part=part, text=PURPOSE)
    await _answers(room)
    for number in (2, 2, 3, 5, 5, 5):
        await room.do(new_actor(room.organiser.session_id), "agree", number=number)
    await room.do(room.organiser, "close_prompt", prompt=1)
    return room


async def _answers(room: Room) -> None:
    """What is done about the themes: of each kind one, and one that is still to come."""
    day, review = {"day": "2026-12-01"}, {"review_day": "2027-06-01"}
    for letter, outcome, told in zip("ABC", ("did", "will", "cannot"), TEXTS["answers"], strict=True):
        answer = {"theme": letter, "outcome": outcome, "text": told, **day}
        await room.do(room.organiser, "answer_theme", **answer, **(review if letter != "B" else {}))
    await room.do(room.facilitator, "answer_theme", theme="D", owner=TEXTS["names"][1], **day)


async def _mine(room: Room) -> None:
    """What the one over whose shoulder we look has said, and what became of it."""
    texts = ("Chairs with arms.", "A second kettle.", "A bench outside.", "Never mind.")
    own = [await room.do(room.author, "post", text=text, kind="idea", name=MORAG) for text in texts]
    await room.do(room.author, "post", text="Only between us: the treasurer naps.", quote=False)
    chairs, kettle, bench, never = own
    await room.place("A", chairs)
    await room.place("B", chairs)
    await room.place("parked", kettle)
    await room.do(room.organiser, "hide", contributions=[bench])
    await room.do(room.author, "withdraw", number=never)


async def _held(live: Live) -> Room:
    """Cards wait for review."""
    room = await _start(live, themes=THEMES, hold=Hold.ALL, asks_names=True)
    numbers = await room.say(VOICES[:9], name=MORAG)
    await room.do(room.author, "post", text="Let me in, please.", kind="idea")
    await room.do(room.organiser, "approve", contributions=numbers[:3])
    await room.do(room.organiser, "hide", contributions=numbers[3:5])
    await room.do(room.organiser, "let_in", at_once=True)
    return room


async def _closed(live: Live) -> Room:
    """Closed, the big screen blank, and the summary public."""
    room = await _start(live, themes=THEMES)
    await room.say(VOICES[:5])
    await room.place("A", 1, 2)
    await room.do(room.organiser, "show", theme="A")
    for action in ("blank", "close_session", "publish_summary"):
        await room.do(room.organiser, action)
    return room


async def _crowded(live: Live) -> Room:
    """420 cards, 28 themes."""
    themes = [THEMES[nth % 3] for nth in range(28)]
    room = await _start(live, themes=themes)
    numbers = await room.say([VOICES[nth % len(VOICES)] for nth in range(MANY)])
    await room.place("A", *numbers[:120])
    for nth in range(1, 28):
        await room.place(letters(nth + 1), *numbers[120 + 5 * nth : 125 + 5 * nth])
    await room.place("lone", *numbers[270:276])
    await room.place("parked", *numbers[276:280])
    return room


async def _odd(live: Live) -> Room:
    """Texts that are hard to set."""
    texts = [("", text) for text in TEXTS["torture"].values()]
    room = await _start(live, themes=[TEXTS["torture"]["One word that never ends"][:120], THEMES[2]])
    await room.do(room.organiser, "create_theme")
    numbers = await room.say(texts)
    await room.place("A", *numbers[:5])
    await room.place("B", *numbers[5:9])
    return room


async def _arabic(live: Live) -> Room:
    """From right to left."""
    said = TEXTS["arabic"]
    kept = {"language": "ar", "kept_until": LATER}
    room = await _start(live, title=said["title"], themes=said["themes"], **kept)
    await room.say([("question", text) for text in said["voices"]])
    await room.do(room.author, "post", text=said["voices"][0], kind="statement")
    await room.place("A", 1, 3)
    await room.place("B", 2)
    await room.place("lone", 4)
    told = {"outcome": "will", "text": said["answer"], "owner": said["owner"], "day": "2026-12-01"}
    await room.do(room.organiser, "answer_theme", theme="A", **told)
    return room


async def _gaelic(live: Live) -> Room:
    """Two languages side by side."""
    said = TEXTS["gaelic"]
    both = {"language": "gd", "second_language": "en"}
    room = await _start(live, title=said["title"], themes=said["themes"], **both)
    await room.say([("question", text) for text in said["voices"]])
    await room.place("A", 1)
    await room.place("lone", 2)
    return room


async def _told(live: Live) -> Room:
    """People are told who asks, and what for."""
    told = {"runs_it": TEXTS["names"][1], "notice": TEXTS["notice"], "kept_until": LATER}
    told["concerns_to"] = f"{MORAG}, by the door"
    room = await _start(live, prompts=[PROMPT], purpose=PURPOSE, **told)
    await room.do(room.author, "post", text=VOICES[0][1], kind="question")
    for text in (VOICES[1][1], TEXTS["torture"]["A very long voice"]):
        await room.do(new_actor(room.organiser.session_id), "raise_concern", text=text)
    await room.do(room.organiser, "see_concern", concern=1)
    await live.writer.do(lambda db, now: _programs(db, now, room.organiser.session_id))
    return room


def _programs(db: Connection, now: int, session_id: int) -> None:
    """One of each scope; and addresses that are told, that are away, and that were given up."""
    for scope in Scope:
        programs.make_token(db, session_id, scope, now, "Captions")
    live_session = session_by_id(db, session_id)
    assert live_session is not None
    for noted in ({}, {"failing_since": LATER}, {"failing_since": LATER, "due_at": None}):
        address = f"https://unknown.invalid/{'sheaf-and-more/' * 3 * len(noted)}"
        added = programs.add_webhook(db, live_session, address, now)
        db.execute(update(webhooks).where(webhooks.c.id == added).values(tries=0, **noted))


async def _early(live: Live) -> Room:
    """It has not opened yet, and somebody sees to a concern."""
    room = await _start(live, opens_at=LATER, notice=TEXTS["notice"], concerns_to=MORAG)
    await room.do(room.author, "raise_concern", text=VOICES[1][1])
    await room.do(room.organiser, "see_concern", concern=1)
    return room


async def _shared(live: Live) -> Room:
    """Said more than once, objected to, moved to and fro; names proposed, and everyone may sort."""
    room = await _start(live, themes=THEMES, all_sort=True, hold=Hold.FLAGGED, suggests=False)
    await room.say(VOICES)
    mine = [await room.do(room.author, "post", text=text) for _kind, text in VOICES[:5]]
    await room.do(room.organiser, "merge", contributions=[1, 2, mine[0]], into=3)
    await room.do(room.organiser, "merge", contributions=[4, 5], into=mine[1])
    await room.place("A", 3, mine[1], mine[2])
    await room.place("lone", mine[3])
    await room.place("parked", mine[4])
    for theme in ("A", "B", "A", "B"):
        others = "B" if theme == "A" else "A"
        await room.do(room.organiser, "place", contributions=[6], theme=theme, **{"from": others})
    for theme in ("unsorted", "C", "unsorted", "C", "unsorted"):
        await room.do(room.organiser, "place", contributions=[7], theme=theme)
    for number, place in zip(mine, ("A", "A", "A", "lone", "parked"), strict=True):
        await room.do(room.author, "contest", number=number, theme=place, text=PURPOSE)
    await room.do(room.organiser, "answer_contest", number=mine[1], theme="A", text=PURPOSE)
    await room.do(room.organiser, "answer_contest", number=mine[3], theme="lone")
    await room.do(room.author, "propose_name", theme="A", name=TEXTS["names"][0])
    await room.do(room.organiser, "describe_theme", theme="A", text=PURPOSE)
    await room.do(room.organiser, "colour_theme", theme="A", colour=9)
    await room.do(room.organiser, "mark_answered", number=mine[1], text=PURPOSE)
    await room.do(room.organiser, "show", theme="unsorted")
    await room.say(VOICES[:2])
    return room


async def _voting(live: Live) -> Room:
    """A vote is open, another is over, and somebody has agreed and voted."""
    room = await _start(live, themes=THEMES)
    numbers = await room.say(VOICES[:6])
    await room.do(room.author, "post", text=VOICES[6][1], quote=False)
    await room.place("A", *numbers[:3])
    await room.do(room.author, "agree", number=numbers[1])
    people = [new_actor(room.organiser.session_id) for _ in range(6)]
    cards = {"contributions": numbers[:3], "question": PROMPT, "dots": 2}
    await room.do(room.organiser, "open_vote", **cards)
    for nth, who in enumerate(people):
        await room.do(who, "vote", vote=1, dots={str(numbers[nth % 2]): 1, str(numbers[2]): 1})
    await room.do(room.facilitator, "count_votes", vote=1, hands=9, dots={str(numbers[0]): 11})
    await room.do(room.organiser, "close_vote", vote=1)
    asked = {"question": "What should we talk about first?", "themes": ["A", "B", "C"]}
    await room.do(room.organiser, "open_vote", **asked)
    await room.do(room.author, "vote", vote=2, dots={"A": 2, "C": 1})
    await room.do(room.facilitator, "count_votes", vote=2, hands=4, dots={"B": 5})
    return room


async def _start(live: Live, *, title: str = TITLE, **options: Any) -> Room:
    wish = read(NewSession, {"title": title, **options})
    code, organiser, _secret = await live.writer.do(lambda db, now: sessions.start(db, now, wish, MORAG))
    id_ = organiser.session_id
    _secret, invited = await live.writer.do(
        lambda db, now: sessions.invite(db, id_, Role.FACILITATOR, now, "For Ailsa")
    )
    _secret, writes = await live.writer.do(lambda db, now: sessions.invite(db, id_, Role.SCRIBE, now))
    return Room(live, code, organiser, new_actor(id_), new_actor(id_, invited), new_actor(id_, writes))


ROOMS: dict[str, Callable[[Live], Awaitable[Room]]] = {
    play.__name__.strip("_"): play
    for play in (
        *(_empty, _ordinary, _held, _told, _shared, _early, _closed, _crowded, _odd, _arabic, _gaelic),
        _voting,
    )
}
"""Name to the play, which says itself what it shows."""
