"""The gallery's pages, by name: sheets of fragments, and whole screens in their states."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from starlette.types import ASGIApp

from app import live
from app.gallery import invented
from app.gallery.drawing import (
    Draw,
    Stage,
    author,
    changed,
    on_ground,
    organiser,
    page,
    projector,
    receipt,
    restricted,
    saying,
    still,
    with_dialog,
    with_likely,
    with_picked,
    with_provider,
    with_unsent,
)
from app.gallery.provided import Provided
from app.gallery.rooms import ROOMS, play_all
from app.gallery.suggested import Invented
from app.live.pace import Errands, Tries
from app.models import Part, Status
from app.settings import Settings
from app.summaries.chapters.next_steps import reply
from app.summaries.html import answered_theme, own_part
from app.summaries.tree import Answer, Section
from app.templating import Speech, render

OFFLINE = "No connection. What you see may be old."
LONG = "This is 512 characters long. 500 is the most."
WAITS = "Waiting for signal. Your words are kept on this phone."
SENDING = "Sending…"
KINDS = ("question", "statement", "idea")
WORDS = [text for _kind, text in invented.TEXTS["voices"]]


@asynccontextmanager
async def open_gallery(app: ASGIApp) -> AsyncIterator["Gallery"]:
    """Play the gallery's sessions, in a house that is thrown away at the end. `app` draws them."""
    with TemporaryDirectory(prefix="sheaf-gallery-") as folder:
        settings = Settings(
            data_dir=Path(folder),
            database_url="",
            secret="of the gallery",
            public_url="https://sheaf.example",
            action_burst=10_000,
        )
        async with live.start(settings) as house:
            # Whoever looks again and again at a wrong password is not guessing.
            patient = replace(house, tries=Tries(10_000), errands=Errands(10_000))
            told = replace(patient, suggestions=Invented())
            yield Gallery(Stage(app, told, await play_all(house)))


class Gallery:
    """Draws a page anew each time, so that a changed template is seen at once."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def draw(self, name: str, ground: str = "") -> str:
        """One of ALL by its name, on light or dark ground or, with neither, on the browser's own."""
        drawn = still(await ALL[name](self._stage))
        return on_ground(drawn, ground) if ground in ("light", "dark") else drawn


async def _index(_stage: Stage) -> str:
    screens: dict[str, list[tuple[str, str]]] = {}
    for name, (said, _draw) in PAGES.items():
        screens.setdefault(name.partition("/")[0], []).append((name, said))
    return render("gallery/index.html", "en", sheets=SHEETS, screens=screens)


def _saved(_at: object) -> str:
    return own_part(Speech("en"), "AAAABBBB", Part.HARD, {Part.HARD: invented.TEXTS["purpose"]})


def _answered(_at: object) -> str:
    theme = Section("A", invented.LONG_NAME, [], colour=1)
    told = Answer("did", WORDS[0], invented.LONG_NAME, None, None)
    return answered_theme(Speech("en"), "AAAABBBB", reply(replace(theme, answer=told), 12, 1, "en"))


async def _waiting(_stage: Stage) -> str:
    session = {"code": "AAAABBBB", "title": invented.TEXTS["title"]}
    return render("summary/waiting.html", "en", session=session, here="/s/AAAABBBB/summary.pdf", sorts=True)


async def _linking(_stage: Stage) -> str:
    said = {"name": Provided.name, "who": "morag@example.org", "offer": "an offer"}
    return render("organiser/link.html", "en", **said)


def _sheet(screen: str) -> Draw:
    async def draw(_stage: Stage) -> str:
        return render(
            f"gallery/{screen}.html",
            "en",
            screen=screen,
            own=invented.own_cards(1),
            voices=invented.voices(101),
            held=invented.voices(201, status=Status.HELD),
            hidden=invented.voices(301, status=Status.HIDDEN),
            flagged=invented.flags(),
            unsent=[(WORDS[0], WAITS, False), (WORDS[1], SENDING, False), (WORDS[2], LONG, True)],
            themes=invented.themes(),
            votes=invented.votes(),
            ballots=invented.ballots(),
            prompts=invented.prompts(1),
            more_prompts=invented.prompts(11),
            tallies=invented.tallies(),
            sessions=invented.sessions(),
            names=invented.names(1),
            gathered=invented.gathered(),
        )

    return draw


SHEETS = ("phone", "board", "projector", "queue")
"""Screens whose fragments stand one by one on a sheet, in that screen's own styles."""

_LONG_VOICE = invented.TEXTS["torture"]["A very long voice"]
_SORTING = with_picked(organiser("/s/{ordinary}/board"))
_WRONG = {"opens_at": "2040-01-02T10:00", "closes_at": "2040-01-01T10:00"}
_DOWN = {"action": "write_down"}
_PILE = "\n".join(
    [
        "text,kind,table,prompt,theme",
        *(f'"{text}",{kind},,2,"{invented.LONG_NAME}"' for text, kind in zip(WORDS, KINDS, strict=False)),
        f'"{_LONG_VOICE * 2}",,,,',
        "Soup.,rant,,,",
    ]
)


async def _added(stage: Stage) -> str:
    """Only what was looked at is added."""
    looked = await organiser("/s/{ordinary}/paper", text=_PILE)(stage)
    fields = {name: value for name, value in re.findall(r'name="(mark|batch)" value="([^"]*)"', looked)}
    return await organiser("/s/{ordinary}/paper", text=_PILE, step="add", **fields)(stage)


_TOLD = {"title": invented.TEXTS["title"], "notice": invented.TEXTS["notice"], "hold": "all"}

SCREENS: dict[str, Callable[[str], Draw]] = {
    "phone": lambda room: author(f"/s/{{{room}}}"),
    "board": lambda room: organiser(f"/s/{{{room}}}/board"),
    "projector": lambda room: projector(room, state="joining"),
    "queue": lambda room: organiser(f"/s/{{{room}}}/queue"),
    "summary": lambda room: organiser(f"/s/{{{room}}}/summary"),
}

PAGES: dict[str, tuple[str, Draw]] = {
    **{
        f"{screen}/{room}": (str(play.__doc__).rstrip("."), draw(room))
        for screen, draw in SCREENS.items()
        for room, play in ROOMS.items()
        if screen != "queue" or room in ("empty", "held", "told", "early")
    },
    "phone/receipt": (
        "One’s own cards, by the link that one keeps",
        receipt("ordinary", 13),
    ),
    "phone/receipt-told": ("The same, until a date", receipt("told", 1)),
    "phone/receipt-public": ("The same, and the summary is public", receipt("closed", 1)),
    "phone/counting": (
        "A vote, for somebody who counts hands",
        page("/s/{voting}", "facilitator"),
    ),
    "phone/count": (
        "Hands counted in the room",
        page("/s/{voting}/count", "facilitator"),
    ),
    "phone/count-refused": (
        "A count refused",
        page(
            "/s/{voting}/count", "facilitator", action="count_votes", vote="2", hands="1", **{"dots-A": "9"}
        ),
    ),
    "phone/count-saved": ("A count just saved", page("/s/{voting}/count?saved=1", "facilitator")),
    "phone/count-none": ("No vote is open", page("/s/{ordinary}/count", "facilitator")),
    "board/vote": (
        "Asking for a vote",
        with_dialog(_SORTING, "sheet", organiser("/s/{ordinary}/board/votes")),
    ),
    "board/voting": (
        "A vote that is open, and one that is over",
        with_dialog(organiser("/s/{voting}/board"), "sheet", organiser("/s/{voting}/board/votes")),
    ),
    "projector/vote": ("A vote that is open", projector("voting", "v2")),
    "projector/voted": ("A vote that is over", projector("voting", "v1")),
    "door/join": ("Nothing typed yet", page("/")),
    "door/unknown": ("No such code", page("/?code=NOSUCH")),
    "door/nothing": ("No such address", page("/nothing")),
    "door/stranger": ("A page that needs a link, or signing in", page("/s/{ordinary}/board")),
    "door/facilitators": ("A page for facilitators", author("/s/{ordinary}/board")),
    "door/refused": (
        "An action refused, without scripts",
        author("/s/{ordinary}/actions", action="agree", number="99", key="k" * 16),
    ),
    "organiser/sign-in": ("Signing in", page("/sign-in")),
    "organiser/sign-in-refused": (
        "A wrong password",
        page("/sign-in", email="morag@example.org", password="not mine"),
    ),
    "organiser/sign-in-provider": ("Also with an account elsewhere", with_provider(page("/sign-in"))),
    "organiser/sign-in-stale": (
        "Back from there too late",
        with_provider(page("/sign-in/back?state=x")),
    ),
    "organiser/onward": ("On the way there", with_provider(page("/sign-in/with", to="/sessions"))),
    "organiser/sign-up": ("Signing up", page("/sign-up", "newcomer")),
    "organiser/sign-up-refused": (
        "A short password",
        page("/sign-up", "newcomer", email="ailsa@example.org", name=invented.LONG_NAME, password="short"),
    ),
    "organiser/sign-up-provider": (
        "Also with an account elsewhere",
        with_provider(page("/sign-up", "newcomer")),
    ),
    "organiser/password": ("A new password", page("/sign-up", "forgetful")),
    "organiser/sessions-none": ("No sessions yet", page("/sessions", "newcomer")),
    "organiser/sessions": ("Many sessions", organiser("/sessions")),
    "organiser/sessions-invited": ("A link for somebody else", organiser("/sessions/invite", all="1")),
    "organiser/sessions-provider": (
        "An account elsewhere can be linked",
        with_provider(page("/sessions", "newcomer")),
    ),
    "organiser/link": ("Is this who you are there?", _linking),
    "organiser/sessions-linked": ("An account elsewhere is linked", with_provider(organiser("/sessions"))),
    "organiser/sessions-refused": (
        "Nobody answers there",
        with_provider(organiser("/sign-in/with", purpose="link"), is_away=True),
    ),
    "organiser/new": ("A new session", page("/sessions/new", "newcomer")),
    "organiser/new-example": ("From the example", organiser("/sessions/new?from=coproduction")),
    "organiser/new-past": ("From a past one", organiser("/sessions/new?from={arabic}")),
    "organiser/new-languages": ("With two languages", organiser("/sessions/new?from={gaelic}")),
    "organiser/found": ("Something was found", organiser("/sessions?q=th")),
    "organiser/found-arabic": (
        "Found from right to left",
        organiser(f"/sessions?q={quote(invented.TEXTS['arabic']['themes'][0].split()[0])}"),
    ),
    "organiser/found-none": ("Nothing was found", organiser("/sessions?q=nothing+like+it")),
    "organiser/new-theme": ("From a theme", organiser("/sessions/new?from={ordinary}&theme=A")),
    "organiser/new-theme-arabic": (
        "From a theme whose words go on a day",
        organiser("/sessions/new?from={arabic}&theme=A"),
    ),
    "organiser/new-theme-empty": (
        "From a theme with no name and no voices",
        organiser("/sessions/new?from={ordinary}&theme=D"),
    ),
    "organiser/thread": ("What grew from a theme", organiser("/s/{ordinary}/thread?theme=A")),
    "organiser/thread-unnamed": (
        "What grew from a theme with no name",
        organiser("/s/{ordinary}/thread?theme=D"),
    ),
    "organiser/thread-before": ("What came before a session", organiser("/s/{voting}/thread")),
    "organiser/thread-deleted": ("Grown from what was deleted", organiser("/s/{arabic}/thread")),
    "organiser/thread-none": ("Nothing before, nothing after", organiser("/s/{empty}/thread")),
    "organiser/thread-facilitator": (
        "For somebody to whom the others are closed",
        page("/s/{closed}/thread?theme=A", "facilitator"),
    ),
    "organiser/new-refused": (
        "A new session refused",
        organiser("/sessions/new", **_TOLD, asks_names="1", **_WRONG),
    ),
    "organiser/about": ("A session", organiser("/s/{told}/about")),
    "organiser/about-arabic": ("A session from right to left", organiser("/s/{arabic}/about")),
    "organiser/about-shared": ("A session that everyone may sort", organiser("/s/{shared}/about")),
    "organiser/about-saved": ("Just changed", organiser("/s/{ordinary}/about?saved=1")),
    "organiser/about-refused": (
        "A change refused",
        organiser("/s/{early}/about", **_TOLD, **_WRONG),
    ),
    "organiser/people": ("Links that hold", organiser("/s/{ordinary}/people")),
    "organiser/people-new": ("A new link", organiser("/s/{held}/people", role="scribe")),
    "organiser/programs": ("Programs, and addresses that are told", organiser("/s/{told}/people")),
    "organiser/programs-new": (
        "A new token",
        organiser("/s/{held}/programs", scope="write", label=invented.LONG_NAME),
    ),
    "organiser/programs-refused": (
        "A token refused",
        organiser("/s/{closed}/programs", scope="read", label=""),
    ),
    "organiser/webhook-refused": (
        "An address refused",
        organiser("/s/{closed}/webhooks", address="http://localhost/"),
    ),
    "phone/notice": ("What people are told, before they have said anything", page("/s/{told}")),
    "phone/saved": ("Just saved", author("/s/{ordinary}?saved=13")),
    "phone/concern": ("A concern told", author("/s/{told}?told=1")),
    "phone/concern-refused": (
        "A concern refused",
        author("/s/{told}", action="raise_concern", text=_LONG_VOICE * 12),
    ),
    "phone/tablet": ("On a tablet that goes round", page("/s/{told}", "tablet")),
    "phone/refused": (
        "A post refused",
        author("/s/{ordinary}", text=_LONG_VOICE * 2, kind="idea", name=invented.LONG_NAME),
    ),
    "phone/waiting": (
        "No connection, and posts that wait",
        saying(
            with_unsent(author("/s/{ordinary}"), (WORDS[0], WAITS, False), (WORDS[1], WAITS, False)),
            said=WAITS,
            line=OFFLINE,
        ),
    ),
    "phone/closed-mid-word": ("Closed while somebody wrote", author("/s/{closed}", text="Half a thou")),
    "phone/shown": ("What the big screen shows", page("/s/{shared}/shown")),
    "phone/earlier": (
        "Earlier cards, without scripts",
        author("/s/{crowded}/earlier?screen=phone&before=351"),
    ),
    "board/picked": ("Cards picked", _SORTING),
    "board/move": ("Where the cards go", with_dialog(_SORTING, "where")),
    "board/move-crowded": (
        "28 themes to choose from",
        with_dialog(organiser("/s/{crowded}/board"), "where"),
    ),
    "board/likely": ("Where the cards may belong", with_likely(with_dialog(_SORTING, "where"))),
    "board/alike": (
        "Cards that look alike",
        with_dialog(_SORTING, "sheet", organiser("/s/{ordinary}/board/alike")),
    ),
    "board/theme": (
        "Changing a theme",
        with_dialog(_SORTING, "sheet", organiser("/s/{ordinary}/board/themes/B")),
    ),
    "board/theme-unnamed": (
        "Changing the last theme, not named yet",
        with_dialog(_SORTING, "sheet", organiser("/s/{ordinary}/board/themes/D")),
    ),
    "board/theme-shared": (
        "A theme with a meaning, a colour and proposed names",
        with_dialog(organiser("/s/{shared}/board"), "sheet", organiser("/s/{shared}/board/themes/A")),
    ),
    "board/merge": (
        "Cards that may say the same",
        with_dialog(_SORTING, "sheet", organiser("/s/{ordinary}/board/cards/1-2-3")),
    ),
    "board/merged": (
        "A card that stands for others, and an objection",
        with_dialog(organiser("/s/{shared}/board"), "sheet", organiser("/s/{shared}/board/cards/3")),
    ),
    "board/kept": (
        "A card kept where its author did not want it",
        with_dialog(organiser("/s/{shared}/board"), "sheet", organiser("/s/{shared}/board/cards/14")),
    ),
    "board/torn": (
        "A card moved to and fro",
        with_dialog(organiser("/s/{shared}/board"), "sheet", organiser("/s/{shared}/board/cards/6")),
    ),
    "board/wall": ("The board of those who take part", author("/s/{shared}/wall")),
    "board/screen": (
        "What the big screen shows",
        with_dialog(organiser("/s/{shared}/board"), "sheet", organiser("/s/{shared}/board/screen")),
    ),
    "board/screen-joining": (
        "A big screen that lets every card in at once",
        with_dialog(organiser("/s/{held}/board"), "sheet", organiser("/s/{held}/board/screen")),
    ),
    "board/session": (
        "Changing the session, and asking something more",
        with_dialog(_SORTING, "sheet", organiser("/s/{ordinary}/board/session")),
    ),
    "board/session-closed": (
        "A closed session, which a facilitator may keep among their own",
        with_dialog(
            page("/s/{closed}/board", "facilitator"),
            "sheet",
            page("/s/{closed}/board/session", "facilitator"),
        ),
    ),
    "board/refused": (
        "An action refused",
        saying(organiser("/s/{ordinary}/board"), refused="Somebody else has changed this since."),
    ),
    "board/offline": ("No connection", saying(organiser("/s/{ordinary}/board"), line=OFFLINE)),
    "board/earlier": (
        "Earlier cards, without scripts",
        organiser("/s/{crowded}/earlier?screen=board&before=351"),
    ),
    "projector/theme": ("A theme", projector("ordinary", "A")),
    "projector/unnamed": ("A theme with no name and no cards", projector("ordinary", "D")),
    "projector/lone": ("Lone voices", projector("ordinary", "lone")),
    "projector/unsorted": ("Not sorted yet", projector("ordinary", "unsorted")),
    "projector/offline": ("No connection", saying(projector("ordinary", "A"), line=OFFLINE)),
    "projector/blank": ("Blank", projector("closed", "A", state="blank")),
    "projector/crowded-theme": ("A theme of 120", projector("crowded", "A")),
    "projector/gathering": ("New cards gather", projector("shared", "unsorted")),
    "projector/beside": ("How to join beside the cards", projector("ordinary", "A", join="beside")),
    "projector/captions": (
        "Far, with room for captions",
        projector("ordinary", "A", distance="far", zone="bottom", join="none"),
    ),
    "projector/interpreter": (
        "Near, with room for an interpreter",
        projector("ordinary", "A", distance="near", zone="left"),
    ),
    "projector/odd-theme": ("Texts that are hard to set", projector("odd", "A")),
    "projector/rtl-texts": ("Several scripts", projector("odd", "B")),
    "projector/arabic-theme": ("From right to left", projector("arabic", "A")),
    "projector/gaelic-lone": ("Two languages side by side", projector("gaelic", "lone")),
    "projector/plain": ("Without scripts", page("/s/{ordinary}/projector")),
    "queue/said": (
        "Just decided, and no connection",
        saying(organiser("/s/{held}/queue"), said="Saved.", line=OFFLINE),
    ),
    "phone/unquoted": (
        "Not to be quoted, and refused",
        author("/s/{held}", text=_LONG_VOICE * 2, quote="false"),
    ),
    "scribe/begun": ("Nothing written down yet", organiser("/s/{held}/scribe")),
    "scribe/saved": ("Just saved", organiser("/s/{ordinary}/scribe?saved=18")),
    "scribe/told": ("From right to left, with a concern told", organiser("/s/{arabic}/scribe?told=1")),
    "scribe/withdrawn": ("Just taken back", organiser("/s/{ordinary}/scribe?saved=19")),
    "scribe/refused": (
        "Refused",
        organiser(
            "/s/{ordinary}/scribe",
            text=_LONG_VOICE * 2,
            table="4",
            paraphrased="1",
            quote="false",
            kind="idea",
            **_DOWN,
        ),
    ),
    "paper/empty": ("An empty box", organiser("/s/{empty}/paper")),
    "paper/looked": ("Looked at", organiser("/s/{ordinary}/paper", text=_PILE, table="4")),
    "paper/none": ("Nothing to add", organiser("/s/{ordinary}/paper", text="text\n", prompt="1")),
    "paper/added": ("Added, but for some lines", _added),
    "paper/scribe": ("For a scribe", page("/s/{ordinary}/paper", "scribe")),
    "paper/cards": ("Cards to print, with a name", organiser("/s/{ordinary}/cards")),
    "paper/cards-told": ("Cards to print, and who hears of concerns", organiser("/s/{told}/cards")),
    "paper/cards-arabic": ("From right to left", organiser("/s/{arabic}/cards")),
    "concerns/none": ("Nobody has told anything", organiser("/s/{ordinary}/concerns")),
    "concerns/told": ("What somebody told, and what somebody sees to", organiser("/s/{told}/concerns")),
    "concerns/refused": (
        "Refused",
        organiser("/s/{told}/concerns", action="see_concern", concern="99"),
    ),
    "summary/restricted": ("Restricted", restricted("ordinary")),
    "summary/waiting": ("Being made", _waiting),
    "summary/saved": (
        "Words of the organiser just saved",
        changed(
            organiser("/s/{ordinary}/summary"),
            (r'(?s)<section class="own" id="own-hard">.*?</section>', _saved),
        ),
    ),
    "summary/refused": (
        "Words of the organiser refused",
        organiser("/s/{ordinary}/summary/words", part="hard", text=_LONG_VOICE * 12),
    ),
    "summary/public": ("As everybody reads it once it is public", page("/s/{closed}/summary")),
    "summary/not-public": ("For somebody who may not read it yet", page("/s/{ordinary}/summary")),
    "summary/answered": (
        "An answer just saved",
        changed(
            organiser("/s/{ordinary}/summary"),
            (r'(?s)<section class="topic reply[^>]* id="answerA">.*?</section>', _answered),
        ),
    ),
    "summary/answer-refused": (
        "An answer refused",
        page("/s/{ordinary}/summary/answers", "facilitator", theme="B", outcome="will", owner=WORDS[0]),
    ),
    "summary/answer-homeless": (
        "An answer to a theme that somebody has removed",
        organiser("/s/{ordinary}/summary/answers", theme="ZZ", outcome="did", text=WORDS[0]),
    ),
    "summary/easy": ("An Easy Read draft", organiser("/s/{ordinary}/summary/easy")),
    "summary/easy-empty": ("An Easy Read draft of nothing yet", organiser("/s/{early}/summary/easy")),
    "summary/making": ("The making of the themes, played", organiser("/s/{ordinary}/summary/making")),
    "summary/making-arabic": ("The same from right to left", organiser("/s/{arabic}/summary/making")),
    "summary/making-empty": ("Nothing to play yet", organiser("/s/{empty}/summary/making")),
    "summary/facilitator": (
        "For a facilitator, who does not write",
        page("/s/{closed}/summary", "facilitator"),
    ),
    "summary/file": ("As a file, which looks plain here", organiser("/s/{ordinary}/summary.html")),
}
"""Name to what state it shows, and how it is drawn."""

ALL: dict[str, Draw] = {
    "": _index,
    **{screen: _sheet(screen) for screen in SHEETS},
    **{name: draw for name, (_said, draw) in PAGES.items()},
}
"""Every page that the gallery has, by the end of its address."""
