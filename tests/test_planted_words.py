"""Every word reaches the places where it belongs, and no byte anywhere else.

A day is played once, against the real server, in three acts: cards are said, some are shown, some
are taken away again. Each fate has a word that stands nowhere else in the world. Everything that
leaves the server is kept: pages, files, receipts, frames as they come, frames for every cursor
that a screen may come back with, exports, what is printed and what is logged. Then the table says
for each word where it is after each act.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from sqlalchemy import select
from websockets.sync.client import ClientConnection, connect

from app import cli
from app.database import connect as open_database
from app.database import reading
from app.live import Live
from app.models import changes
from app.passes import Signer, new_key
from app.summaries import WRITERS
from tests.conftest import SECRET, Server, received
from tests.files import text_of

# Who may find a word. `author` is the card's own author, `program` another participant's program,
# `desk` a facilitator's; `sender` is the answer to whoever typed something or opened a link.
DATABASE = {"database"}
NOWHERE: set[str] = set()
FACILITATORS = DATABASE | {"queue", "desk", "restricted"}
WAITING = FACILITATORS | {"author"}
UNQUOTED = DATABASE | {"author", "phone", "program", "board", "projector", "desk", "restricted"}
SHOWN = UNQUOTED | {"summary"}
HEARD = DATABASE | {"concerns"}
TOLD = DATABASE | {"restricted"}
IN_SUMMARY = TOLD | {"summary"}
ANSWERED = IN_SUMMARY | {"kept link"}
NO_CARDS = {"the organiser's words", "a declined name", "who sees to it"}
"""What is in no table of cards, and so neither in CSV nor in XLSX."""

FATES: dict[str, tuple[set[str], set[str], set[str]]] = {
    # after it was             said          shown         taken away
    "stays visible":          (SHOWN,        SHOWN,        SHOWN),
    "stays held":             (WAITING,      WAITING,      WAITING),
    "held, then hidden":      (WAITING,      WAITING,      WAITING),
    "held, then withdrawn":   (WAITING,      WAITING,      DATABASE),
    "shown, then hidden":     (WAITING,      SHOWN,        WAITING),
    "its name":               (WAITING,      SHOWN,        WAITING),
    "its answer":             (NOWHERE,      SHOWN,        WAITING),
    "the organiser's words":  (NOWHERE,      IN_SUMMARY,   DATABASE),
    "a declined name":        (NOWHERE,      TOLD,         TOLD),
    "an answer":              (NOWHERE,      ANSWERED,     DATABASE),
    "who sees to it":         (NOWHERE,      ANSWERED,     DATABASE),
    "the later answer":       (NOWHERE,      NOWHERE,      ANSWERED),
    "removed theme's answer": (NOWHERE,      IN_SUMMARY,   DATABASE),
    "answer too long":        ({"sender"},   NOWHERE,      NOWHERE),
    "shown, then withdrawn":  (WAITING,      SHOWN,        DATABASE),
    "name of the withdrawn":  (WAITING,      SHOWN,        DATABASE),
    "shown, then edited":     (WAITING,      SHOWN,        DATABASE),
    "the edit, held again":   (NOWHERE,      NOWHERE,      WAITING),
    "not to be quoted":       (WAITING,      UNQUOTED,     UNQUOTED),
    "name of the unquoted":   (WAITING,      UNQUOTED,     UNQUOTED),
    "never held, hidden":     (SHOWN,        SHOWN,        FACILITATORS),
    "never held, edited":     (SHOWN,        SHOWN,        DATABASE),
    "the edit, never held":   (NOWHERE,      NOWHERE,      SHOWN),
    "theme's earlier name":   (SHOWN,        SHOWN,        DATABASE),
    "theme's later name":     (NOWHERE,      NOWHERE,      SHOWN),
    "removed theme's name":   (SHOWN,        SHOWN,        DATABASE),
    "too long":               ({"sender"},   NOWHERE,      NOWHERE),
    "name too long":          ({"sender"},   NOWHERE,      NOWHERE),
    "in an action that fails": (NOWHERE,     NOWHERE,      NOWHERE),
    "a concern":              (HEARD,        HEARD,        HEARD),
    "concern too long":       ({"sender"},   NOWHERE,      NOWHERE),
    "a table's name":         (SHOWN,        SHOWN,        FACILITATORS),
}  # fmt: skip

DOORS: dict[str, set[str]] = {
    "email": DATABASE | {"sender"},
    "password": NOWHERE,
    "wrong password": NOWHERE,
    "email of a sign-up that fails": NOWHERE,
    "password of a sign-up that fails": NOWHERE,
    "first sign-up link": {"printed", "sender"},
    "sign-up link": {"sender"},
    "link for a new password": {"printed", "sender"},
    "organiser's invitation": NOWHERE,
    "facilitator's invitation": {"sender"},
    "facilitator's token": NOWHERE,
    "program's token": {"sender"},
    "webhook's secret": {"sender"},
    "webhook's address": DATABASE | {"sender"},
    "author's id": DATABASE,
    "author's link": {"sender", "kept link"},
}


ADDRESS = "203.0.113.77"


def word(fate: str) -> str:
    """The word planted for a fate: letters and digits, so that no format writes it differently."""
    return "q" + hashlib.sha256(fate.encode()).hexdigest()[:14]


DEVICE = word("a device")


@pytest.mark.parametrize("fate", FATES)
def test_a_word_is_where_it_belongs_and_nowhere_else(day: "Day", fate: str) -> None:
    before: set[str] = set()
    for act, allowed in zip(day.acts, FATES[fate], strict=True):
        # The Easy Read draft has a few words of the public summary, and never others; so has the
        # page that plays how it was made.
        drafted = {"easy", "making"} if "summary" in allowed else set()
        # A facilitator's program hears of a proposed name while that waits for an answer, and the
        # page of whoever proposed it tells what became of it.
        drafted |= {"desk", "author"} if fate == "a declined name" else set()
        # The link that the author keeps has the author's own cards.
        drafted |= {"kept link"} if "author" in allowed else set()
        # What the room reads may be found by its organiser; authors' names are not looked through.
        drafted |= {"search"} if "phone" in allowed else set()
        assert act.places_of(word(fate)) - allowed - drafted == set(), "words where they should not be"
        missing = act.lacking(word(fate), allowed, new=allowed - before)
        tables = ("csv", "xlsx") if fate in NO_CARDS else ()
        assert [way for way in missing if not way.endswith(tables)] == [], "words that are missing"
        before = allowed


@pytest.mark.parametrize("fate", ["stays visible", "theme's later name", "the edit, never held"])
def test_an_organiser_finds_what_the_room_reads(day: "Day", fate: str) -> None:
    assert "search" in day.acts[-1].places_of(word(fate))


@pytest.mark.parametrize("door", DOORS)
def test_what_opens_a_door_is_told_to_its_holder_only(day: "Day", door: str) -> None:
    assert set.union(*(act.places_of(day.keys[door]) for act in day.acts)) == DOORS[door]


@pytest.mark.parametrize("detail", [DEVICE, ADDRESS])
def test_nothing_tells_which_device_somebody_had_or_where_it_was(day: "Day", detail: str) -> None:
    """It is said beside the box: no network address is kept, and nothing about the device."""
    assert set.union(*(act.places_of(detail.lower()) for act in day.acts)) == NOWHERE


def test_what_fails_is_logged_without_its_words(day: "Day") -> None:
    log = "".join(day.acts[-1].heard["log"].values())
    assert "an action failed: change_session" in log
    assert log.count("IntegrityError") >= 2
    assert "UPDATE live_session" in log
    assert "INSERT INTO account" in log


@pytest.mark.anyio
async def test_a_link_that_nobody_waits_for_any_more_is_not_logged(
    house: Live, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody has gone, or the server is stopping, before their new link was on disk."""
    planted = word("a link that nobody waits for")
    house.writer.do(lambda db, now: planted).cancel()
    await house.writer.do(lambda db, now: None)
    assert planted not in caplog.text


class Act:
    """What was heard in one act: by place, and there by the way it came."""

    def __init__(self) -> None:
        self.heard: dict[str, dict[str, str]] = defaultdict(lambda: defaultdict(str))

    def places_of(self, planted: str) -> set[str]:
        return {place for place, ways in self.heard.items() if planted in "".join(ways.values()).lower()}

    def lacking(self, planted: str, places: set[str], new: set[str]) -> list[str]:
        """Where it should be and is not. Every page and file must have it; frames tell what is new."""
        return [
            f"{place}, {way}"
            for place in places
            for way, said in self.heard[place].items() or [("at all", "")]
            if planted not in said.lower() and (place in new or not way.startswith("frames"))
        ]


EARLIER = "/earlier?before=99&screen="
PAGES = {
    "phone": ["", EARLIER + "phone"],
    "board": [
        *("/board", "/wall", "/board/session", "/board/screen", "/board/themes/A", "/thread?theme=A"),
        EARLIER + "board",
    ],
    "projector": ["/projector", "/shown", EARLIER + "projector"],
    "queue": ["/queue"],
    "concerns": ["/concerns"],
    "summary": ["/summary", *(f"/summary.{suffix}" for suffix in WRITERS)],
}
RESTRICTED = [f"/summary.{suffix}?restricted=1&.{suffix}" for suffix in WRITERS]
REFUSED = [*PAGES["board"], *PAGES["queue"], *PAGES["concerns"], *PAGES["summary"], "/people", "/about"]
REFUSED += ["/scribe", "/paper", "/cards", "/updates?screen=queue", "/updates?screen=concerns"]
REFUSED += ["/updates?screen=wall", "/summary/easy", "/summary/making", *RESTRICTED]
"""What participants and strangers try as well."""


class Viewer(NamedTuple):
    """Somebody at a screen."""

    place: str
    screen: str
    token: str
    also: Sequence[str] = ()


class Day:
    """The day, and everything that was heard on it."""

    def __init__(self, server: Server, stack: ExitStack) -> None:
        self.server, self.acts, self.numbers = server, [Act()], dict[str, int]()
        self.link = ""
        headers = {"Origin": server.url, "User-Agent": DEVICE, "X-Forwarded-For": ADDRESS}
        ours = {"base_url": server.url, "headers": headers, "follow_redirects": True}
        self.browser, self.program = (stack.enter_context(httpx2.Client(**ours)) for _ in range(2))
        self.made = server.new(hold="all", asks_names=True, concerns_to="Mairi")
        self.page, self.api = (f"{start}/{self.made['code']}" for start in ("/s", "/api/v1/sessions"))
        self.author, self.other = (self.joined() for _ in range(2))
        self.desk = self.made["facilitator_token"]
        self.keys = {door: word(door) + "@example.org" * ("email" in door) for door in DOORS}
        self.keys |= {"facilitator's token": self.desk.lower(), "author's id": actor_id(self.author)}
        self.viewers = self.all_viewers()
        self.live = [(viewer, stack.enter_context(self.socket(viewer))) for viewer in self.viewers]

    # Listening

    def hear(self, place: str, way: str, said: str) -> None:
        self.acts[-1].heard[place][way] += said + "\n"

    def ask(self, place: str, way: str, path: str, token: str = "", **form: Any) -> httpx2.Response:
        """A request, kept with all that is answered on the way. Only a sender keeps cookies."""
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        self.program.cookies.clear()
        who = self.browser if place in ("sender", "search") else self.program
        answer = who.request("POST" if form else "GET", path, headers=bearer, **form)
        for one in (*answer.history, answer):
            self.hear(place, way, f"{one.headers.multi_items()}\n{text_in(one)}")
        return answer

    def joined(self) -> str:
        return str(self.ask("sender", "", f"{self.api}/participants", json={}).json()["token"])

    def all_viewers(self) -> list[Viewer]:
        return [
            Viewer("author", "phone", self.author),
            Viewer("author", "json", self.author),
            Viewer("phone", "phone", self.other, REFUSED),
            Viewer("program", "json", self.other),
            Viewer("board", "board", self.desk),
            Viewer("projector", "projector", "", REFUSED),
            Viewer("queue", "queue", self.desk),
            Viewer("concerns", "concerns", self.desk),
            Viewer("desk", "json", self.desk),
        ]

    def socket(self, viewer: Viewer, since: str = "") -> ClientConnection:
        bearer = {"Authorization": f"Bearer {viewer.token}"} if viewer.token else {}
        address = f"{self.server.url.replace('http', 'ws', 1)}{self.page}/live"
        query = f"?screen={viewer.screen}&since={since}"
        there = {"X-Forwarded-For": ADDRESS, **bearer}
        return connect(address + query, proxy=None, additional_headers=there, user_agent_header=DEVICE)

    def curtain(self) -> None:
        """End an act: let every screen come to the head, then look at everything there is."""
        head = self.send(self.desk, "post", text="The end of an act")["seq"]
        self.do(self.other, "raise_concern", text="The end of an act")  # for the screen that hears of no post
        self.let_all_come(head)
        for viewer in self.viewers:
            self.look(viewer)
        self.read_summaries()
        self.read_in_public()
        self.ask("kept link", "", self.link)
        self.ask("search", "", "/sessions?q=q")  # every planted word begins with it
        for path in ("/", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"):
            self.ask("anybody", path, path)
        self.ask("phone", "joining", f"/j/{self.made['code']}")
        for file in self.server.data_dir.glob("sheaf.db*"):
            self.hear("database", "", file.read_bytes().decode("latin-1"))

    def let_all_come(self, head: int) -> None:
        for viewer, line in self.live:
            while seq_of(self.listen(viewer, "live", line)) < head:
                pass

    def read_in_public(self) -> None:
        """The summary as strangers read it while it is published, which loads all pages anew."""
        self.do(self.desk, "publish_summary")
        for path in ("", ".json", ".html"):
            answer = self.ask("summary", f"published {path}", f"{self.page}/summary{path}")
            assert answer.status_code == 200
        self.let_all_come(self.do(self.desk, "unpublish_summary")["seq"])

    def look(self, viewer: Viewer) -> None:
        """A viewer's pages, and their frames from every cursor."""
        pages = [self.page + path for path in (*PAGES.get(viewer.screen, []), *viewer.also)]
        for path in pages or [self.api]:
            self.ask(viewer.place, f"{viewer.screen} page", path, viewer.token)
        for since in self.cursors():
            path = f"{self.page}/updates?screen={viewer.screen}&since={since}"
            self.ask(viewer.place, f"frames {viewer.screen} by request", path, viewer.token)
            with self.socket(viewer, since) as line:
                self.listen(viewer, "caught up", line)

    def read_summaries(self) -> None:
        for path in PAGES["summary"]:
            self.ask("summary", path, self.page + path, self.desk)
        for path in RESTRICTED:
            self.ask("restricted", path, self.page + path, self.desk)
        self.ask("easy", "", self.page + "/summary/easy", self.desk)
        self.ask("making", "", self.page + "/summary/making", self.desk)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SHEAF_DATA_DIR", str(self.server.data_dir))
            for as_format in WRITERS:
                self.export("summary", as_format, restricted=False)
                self.export("restricted", as_format, restricted=True)

    def export(self, place: str, as_format: str, *, restricted: bool) -> None:
        out = self.server.data_dir.parent / "exported"
        cli.export(self.made["code"], as_format, restricted, str(out))
        self.hear(place, f"export .{as_format}", text_of(as_format, out.read_bytes()))

    def listen(self, viewer: Viewer, how: str, line: ClientConnection) -> dict[str, Any]:
        said = str(line.recv(timeout=60))
        self.hear(viewer.place, f"frames {viewer.screen} {how}", said)
        return received(said)

    def cursors(self) -> list[str]:
        """Every cursor that a screen may come back with, the newest excepted; and none."""
        engine = open_database(f"sqlite:///{self.server.data_dir / 'sheaf.db'}")
        with reading(engine) as db:
            known = [f"{seq}.{mark}" for seq, mark in db.execute(select(changes.c.seq, changes.c.mark))]
        engine.dispose()
        return ["", *known[:-1]]

    # Doing

    def send(self, token: str, action: str, **fields: Any) -> dict[str, Any]:
        message = {"action": action, "key": new_key(), **fields}
        return dict(self.ask("receipt", "", f"{self.api}/actions", token, json=message).json())

    def do(self, token: str, action: str, *fates: str, **fields: Any) -> dict[str, Any]:
        """Something that must succeed; `fates` are the cards it is done to."""
        if fates:
            fields["contributions"] = [self.numbers[fate] for fate in fates]
        receipt = self.send(token, action, **fields)
        assert receipt["status"] == "saved", receipt
        return receipt

    def say(self, token: str, fate: str, **fields: Any) -> None:
        self.numbers[fate] = self.do(token, "post", text=f"Perhaps {word(fate)}", **fields)["number"]

    def print_(self, *command: str) -> str:
        ran = self.server.run(*command)
        self.hear("log", command[0], ran.stderr)
        return ran.stdout


def text_in(answer: httpx2.Response) -> str:
    """What an answer says; a file as other programs read it."""
    media_type = answer.headers.get("content-type", "")
    suffix = next((name for name, one in WRITERS.items() if one.media_type == media_type), "")
    return text_of(suffix, answer.content) if suffix in ("pdf", "docx", "xlsx") else answer.text


def actor_id(token: str) -> str:
    holder = Signer(SECRET, https=False).holder(token)
    assert holder is not None
    return holder.actor_id.lower()


def seq_of(frame: dict[str, Any]) -> int:
    return int(frame.get("head", "0").partition(".")[0])


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("day") / "data"
    folder.mkdir()
    (folder / "sheaf.db").write_bytes(empty_database.read_bytes())
    server = Server(folder).start()
    with ExitStack() as stack:
        stack.callback(server.stop)
        day = Day(server, stack)
        open_doors(day)
        for play in (cards_are_said, some_are_shown, some_are_taken_away):
            play(day)
            day.curtain()
            day.acts.append(Act())
        day.acts.pop()
        some_things_fail(day)
        close(day)
        yield day


def cards_are_said(day: Day) -> None:
    too_much_is_said(day)
    for fate in ("stays held", "held, then hidden", "held, then withdrawn", "shown, then edited"):
        day.say(day.author, fate)
    day.say(day.author, "shown, then hidden", name=word("its name"))
    day.say(day.author, "shown, then withdrawn", name=word("name of the withdrawn"))
    day.say(day.author, "not to be quoted", quote=False, name=word("name of the unquoted"))
    for fate in ("stays visible", "never held, hidden", "never held, edited"):
        day.say(day.desk, fate)
    table = day.do(day.desk, "write_down", text="From a table", table=word("a table's name"))
    day.numbers["a table's name"] = table["number"]
    day.do(day.author, "raise_concern", text=f"Help, {word('a concern')}")
    for name in ("theme's earlier name", "removed theme's name"):
        letter = day.do(day.desk, "create_theme", name=word(name))["theme"]
        day.do(day.desk, "place", "stays visible", "stays held", theme=letter)
    keep_a_link(day)


def keep_a_link(day: Day) -> None:
    """The author's own cards, at an address of their own."""
    bearer = {"Authorization": f"Bearer {day.author}"}
    told = httpx2.get(f"{day.server.url}{day.page}/receipt", headers=bearer)
    day.hear("sender", "", str(told.headers))
    day.keys["author's link"] = told.headers["location"].rpartition("/")[2].lower()
    day.link = told.headers["location"]


def too_much_is_said(day: Day) -> None:
    """By every carrier. Only a plain form is answered with what was typed."""
    long = {"text": word("too long") + " and so on" * 60}
    nameless = {"text": "Perhaps", "name": word("name too long") + "!" * 200}
    private = {"action": "raise_concern", "text": word("concern too long") + "!" * 4000}
    assert day.ask("sender", "", day.page, day.author, data=private).status_code == 422
    told = {"theme": "A", "outcome": "did", "text": word("answer too long") + "!" * 4000}
    assert day.ask("sender", "", f"{day.page}/summary/answers", day.desk, data=told).status_code == 422
    author, line = day.live[0]
    for fields in (long, nameless):
        message = {"action": "post", "key": new_key(), **fields}
        assert day.send(day.author, "post", **fields)["status"] == "refused"
        assert day.ask("sender", "", day.page, day.author, data=message).status_code == 422
        line.send(json.dumps(message))
        while "receipt" not in day.listen(author, "live", line):
            pass


def some_are_shown(day: Day) -> None:
    shown = [fate for fate in day.numbers if fate.startswith("shown")]
    day.do(day.desk, "approve", *shown, "not to be quoted")
    number = day.numbers["shown, then hidden"]
    day.do(day.desk, "mark_answered", number=number, text=f"In {word('its answer')}")
    planned = word("the organiser's words")
    day.do(day.desk, "write_summary", part="next", text=f"Next {planned}")
    for theme, answer in (("A", "an answer"), ("B", "removed theme's answer")):
        told = {"outcome": "will", "text": f"Soon {word(answer)}"}
        told |= {"owner": word("who sees to it")} if theme == "A" else {}
        day.do(day.desk, "answer_theme", theme=theme, **told)
    day.do(day.desk, "place", "not to be quoted", theme="A")
    day.do(day.author, "propose_name", theme="A", name=word("a declined name"))
    day.do(day.desk, "decline_name", proposal=1)


def some_are_taken_away(day: Day) -> None:
    hidden = ("held, then hidden", "shown, then hidden", "never held, hidden", "a table's name")
    day.do(day.desk, "hide", *hidden)
    day.do(day.desk, "see_concern", concern=1)
    for fate in ("held, then withdrawn", "shown, then withdrawn"):
        day.do(day.author, "withdraw", number=day.numbers[fate])
    for who, fate, later in (
        (day.author, "shown, then edited", "the edit, held again"),
        (day.desk, "never held, edited", "the edit, never held"),
    ):
        day.do(who, "edit", number=day.numbers[fate], text=word(later))
    day.do(day.desk, "write_summary", part="next", text="Something else")
    day.do(day.desk, "answer_theme", theme="A", outcome="did", text=f"Now {word('the later answer')}")
    day.do(day.desk, "rename_theme", theme="A", name=word("theme's later name"))
    day.do(day.desk, "remove_theme", theme="B")


def open_doors(day: Day) -> None:
    """Organisers sign up, forget their password, and invite."""
    assert day.server.process is not None
    assert day.server.process.stdout is not None
    said = {"name": "Ailsa", "email": day.keys["email"], "password": day.keys["password"]}
    day.hear("printed", "serve", printed := day.server.process.stdout.readline())
    follow(day, "first sign-up link", printed)
    day.ask("sender", "", "/sign-up", data=said | {"name": ""})
    day.ask("sender", "", "/sign-up", data=said)
    day.ask("sender", "", "/sign-in", data=said | {"password": day.keys["wrong password"]})
    day.hear("printed", "organiser", printed := day.print_("organiser", "--reset", day.keys["email"]))
    follow(day, "link for a new password", printed)
    page = f"{day.page}/people"
    invited = day.ask("sender", "", page, day.desk, data={"role": "facilitator"})
    follow(day, "facilitator's invitation", invited.text)
    follow(day, "organiser's invitation", day.made["board"])
    day.ask("sender", "", f"/sessions/{day.made['code']}/keep", data={"so": "be it"})
    said = {"scope": "read", "label": "Captions"}
    day.keys["program's token"] = shown(day, f"{day.page}/programs", said)
    address = day.keys["webhook's address"]
    said = {"address": f"https://unknown.invalid/{address}"}
    day.keys["webhook's secret"] = shown(day, f"{day.page}/webhooks", said)
    follow(day, "sign-up link", day.ask("sender", "", "/sessions/invite", data={"so": "be it"}).text)


def shown(day: Day, path: str, said: dict[str, str]) -> str:
    """What a page shows this once."""
    page = day.ask("sender", "", path, day.desk, data=said).text
    [once] = re.findall(r'class="link">([^<]+)<', page)
    return str(once).lower()


def follow(day: Day, door: str, said: str) -> None:
    """Open the link that stands in what was said."""
    found = re.search(r"/(sign-up|i)/([\w-]{20,})", said)
    assert found, said
    day.keys[door] = found[2].lower()
    day.ask("sender", "", found[0])


def some_things_fail(day: Day) -> None:
    """The database refuses what the actions do, so that they raise with words in their hands."""
    engine = open_database(f"sqlite:///{day.server.data_dir / 'sheaf.db'}")
    with engine.begin() as db:
        for table, doing in (("live_session", "UPDATE OF title"), ("account", "INSERT")):
            broken = "BEGIN SELECT RAISE(ABORT, 'broken'); END"
            db.exec_driver_sql(f"CREATE TRIGGER no_{table} BEFORE {doing} ON {table} {broken}")
    engine.dispose()
    receipt = day.send(day.desk, "change_session", title=word("in an action that fails"))
    assert receipt["reason"] == "Sheaf could not do this. Sorry."
    kept = {part: day.keys[f"{part} of a sign-up that fails"] for part in ("email", "password")}
    failed = day.ask("sender", "", "/sign-up", data={"name": "Mairi", **kept})
    assert failed.status_code == 500


def close(day: Day) -> None:
    """The server stops, and its last words are read with all the others."""
    assert day.server.process is not None
    assert day.server.process.stdout is not None
    day.hear("summary", "bin/run export", day.print_("export", day.made["code"]))
    day.server.process.terminate()
    day.hear("printed", "serve", day.server.process.stdout.read())
    day.server.stop()
    for file in day.server.data_dir.iterdir():
        if not file.name.startswith("sheaf.db"):
            day.hear("log", file.name, file.read_text())
