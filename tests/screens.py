"""What a screen holds, and what a frame makes of it: the rules of static/js/place.js in Python.

`Paper` is a page in a browser, as a tree of elements. `Program` is a program that follows
`screen=json`. Both start from a fresh page and then know only what frames tell them, so
"old page + update = fresh page" can be asked of every action without a browser.
"""

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import Connection, Row

from app import screens
from app.queries.people import role_of
from app.queries.sessions import session_by_id
from app.roles import Pass, sees
from app.screens import Audience, Screen, pages

VOID = {"meta", "link", "input", "br", "path", "img", "wbr"}

# What a person does to a page, what names the moment, and what only some blocks have.
PERSONAL = {"checked", "hidden", "open", "data-head", "data-first", "aria-pressed", "form"}


class Node:
    """An element."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: "Node | None") -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Node | str] = []

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    @property
    def elements(self) -> "list[Node]":
        return [child for child in self.children if isinstance(child, Node)]

    def walk(self) -> "Iterator[Node]":
        for child in self.elements:
            yield child
            yield from child.walk()

    def find(self, id_: str) -> "Node | None":
        return next((node for node in self.walk() if node.id == id_), None)

    def remove(self) -> None:
        assert self.parent is not None
        self.parent.children.remove(self)
        self.parent = None

    def replace_with(self, other: "Node") -> None:
        assert self.parent is not None
        if other.parent:
            other.remove()
        siblings = self.parent.children
        siblings[siblings.index(self)] = other
        other.parent, self.parent = self.parent, None

    def insert_before(self, one: "Node", following: "Node | None") -> None:
        if one.parent:
            one.remove()
        at = self.children.index(following) if following else len(self.children)
        self.children.insert(at, one)
        one.parent = self

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The element as people see it, an item a line."""
        shown = {name: value for name, value in self.attributes.items() if name not in PERSONAL}
        if self.attributes.get("name") == "key" or self.attributes.get("name", "").startswith("dots-"):
            # One's own ballot stands in the list `ballots`; a script fills in the boxes from it.
            shown.pop("value", "")
        if self.id == "earlier":
            return
        yield "  " * depth + " ".join([self.tag, *(f"{name}={shown[name]!r}" for name in sorted(shown))])
        for child in self.children:
            if isinstance(child, Node):
                yield from child.lines(depth + 1)
            elif text := " ".join(child.split()):
                yield "  " * (depth + 1) + text


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Node("root", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.children.append(Node(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, (self.here.tag, tag)
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def tree(html: str) -> Node:
    """A page or some fragments as a tree."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert builder.here is builder.root, f"{builder.here.tag} is not closed"
    return builder.root


def split(id_: str) -> tuple[str, str]:
    """`B-17` is ("B", "17"): card 17 in the list B."""
    list_id, hyphen, subject = id_.rpartition("-")
    return (list_id, subject) if hyphen else ("", "")


class Paper:
    """A page in a browser."""

    def __init__(self, html: str) -> None:
        self._open(html)

    def _open(self, html: str) -> None:
        [self.body] = [node for node in tree(html).walk() if node.tag == "body"]
        self.cursor = self.body.attributes["data-head"]
        self.first = int(self.body.attributes["data-first"])

    @property
    def seen(self) -> list[str]:
        return list(self.body.lines())

    def take(self, frame: str | None, fresh: Callable[[], str]) -> None:
        """A frame comes in. `fresh` asks for what the page gets when it is told to load anew."""
        if frame is None:
            return
        message = json.loads(frame)
        if message.get("anew"):
            self._open(fresh())
            return
        if "content" in message or "gone" in message:
            self.place(message.get("content", ""), message.get("gone", []))
        self.cursor = message["head"]

    def place(self, html: str, gone: list[str]) -> None:
        arrived = tree(html).elements
        wanted: dict[str, set[str]] = {subject: set() for subject in gone}
        for element in arrived:
            list_id, subject = split(element.id)
            if subject and list_id != "mine":
                wanted.setdefault(subject, set()).add(element.id)
        for old in list(self.body.walk()):
            list_id, subject = split(old.id)
            if list_id not in ("", "mine") and subject in wanted and old.id not in wanted[subject]:
                old.remove()
        for element in arrived:
            self._put(element)

    def load_earlier(self, db: Connection, live_session: Row[Any], screen: Screen) -> None:
        """Somebody asks for earlier cards."""
        if self.first > 1:
            html, self.first = pages.block(db, live_session, "en", screen, self.first)
            self.place(html, [])

    def _put(self, element: Node) -> None:
        list_id, _ = split(element.id)
        old = self.body.find(element.id)
        if not list_id:
            if old:
                old.replace_with(element)
            return
        container = self.body.find(list_id)
        if container is None or (old is None and self._is_unheld(element)):
            return
        kept = self._refresh(old, element) if old else element
        following = next(
            (o for o in container.elements if o is not kept and _comes_after(o, kept, container)), None
        )
        container.insert_before(kept, following)

    def _is_unheld(self, element: Node) -> bool:
        list_id, subject = split(element.id)
        return list_id != "mine" and subject.isdigit() and int(subject) < self.first

    def _refresh(self, old: Node, element: Node) -> Node:
        if "data-shell" not in element.attributes:
            old.replace_with(element)
            return element
        old.attributes |= element.attributes
        for part in element.elements:
            if "data-list" not in part.attributes and (there := self.body.find(part.id)):
                there.replace_with(part)
        return old


def _comes_after(other: Node, one: Node, container: Node) -> bool:
    a, b = _rank(other), _rank(one)
    if "data-newest" in container.attributes:
        return a < b
    return a > b or (a == b and _order(other) > _order(one))


def _rank(node: Node) -> float:
    return float(node.attributes.get("data-rank") or split(node.id)[1])


def _order(node: Node) -> tuple[int, str]:
    subject = split(node.id)[1]
    return (int(subject), "") if subject.isdigit() else (0, subject)


class Program:
    """A program that keeps a board of its own."""

    def __init__(self, board: dict[str, Any]) -> None:
        self.code, self.title = board["code"], board["title"]
        self.cursor, self.is_open = board["head"], board["open"]
        self.contributions = {one["number"]: one for one in board["contributions"]}
        self.themes = {one["letter"]: one for one in board["themes"]}
        self.prompts = {one["number"]: one for one in board["prompts"]}
        self.votes = {one["vote"]: one for one in board["votes"]}

    @property
    def seen(self) -> list[Any]:
        themes = sorted(self.themes.values(), key=lambda one: (one["rank"], one["letter"]))
        cards = [self.contributions[number] for number in sorted(self.contributions)]
        prompts = [self.prompts[number] for number in sorted(self.prompts)]
        votes = [self.votes[number] for number in sorted(self.votes)]
        return [self.code, self.title, self.is_open, *prompts, *themes, *votes, *cards]

    def take(self, frame: str | None, _fresh: object = None) -> None:
        """A frame comes in. A program is never told to load anew, and always told something."""
        assert frame is not None
        message = json.loads(frame)
        touched, gone = message["touched"], message["gone"]
        for number in gone["contributions"]:
            self.contributions.pop(number, None)
        for letter in gone["themes"]:
            self.themes.pop(letter, None)
        for number in gone["votes"]:
            self.votes.pop(number, None)
        self.contributions |= {one["number"]: one for one in touched["contributions"]}
        self.themes |= {one["letter"]: one for one in touched["themes"]}
        self.prompts |= {one["number"]: one for one in touched["prompts"]}
        self.votes |= {one["vote"]: one for one in touched["votes"]}
        self.is_open = message.get("open", self.is_open)
        self.title = message.get("title", self.title)
        self.cursor = message["head"]


class Viewer:
    """Somebody who looks at one screen of a session."""

    def __init__(self, screen: Screen, holder: Pass) -> None:
        self.screen, self.holder = screen, holder

    def fresh(self, db: Connection, *, whole: bool = False) -> "Paper | Program":
        """What this viewer would see by loading now; `whole` with all blocks there are."""
        live_session = self.live_session(db)
        if self.screen == Screen.JSON:
            return Program(
                screens.board(db, live_session, self.audience(db, live_session), self.holder.actor_id)
            )
        return Paper(self._page(db, live_session, whole))

    def frame(self, db: Connection, cursor: str) -> tuple[str | None, Callable[[], str]]:
        """The frame from a cursor on, as the feed would send it; and how to load anew."""
        live_session = self.live_session(db)
        since = screens.known_seq(db, live_session.id, cursor)
        update = screens.update(db, live_session, self.audience(db, live_session), since)
        frame = update.frame_for(self.holder.actor_id)
        return frame, lambda: self.load(db)

    def load(self, db: Connection) -> str:
        """The page as it is loaded now."""
        return self._page(db, self.live_session(db), False)

    def audience(self, db: Connection, live_session: Row[Any]) -> Audience:
        role = role_of(db, live_session.id, self.holder)
        return Audience(self.screen, live_session.language, self.screen == Screen.JSON and sees(role))

    def live_session(self, db: Connection) -> Row[Any]:
        found = session_by_id(db, self.holder.session_id)
        assert found is not None
        return found

    def _page(self, db: Connection, live_session: Row[Any], whole: bool) -> str:
        blocks = dict(pages.HELD)
        if whole:
            pages.HELD.update(dict.fromkeys(blocks, 10_000))
        try:
            if self.screen == Screen.BOARD:
                return pages.board(db, live_session, "en")
            if self.screen == Screen.WALL:
                return pages.wall(db, live_session, "en")
            if self.screen == Screen.QUEUE:
                return pages.queue(db, live_session, "en")
            if self.screen == Screen.CONCERNS:
                return pages.concerns(db, live_session, "en")
            if self.screen == Screen.PROJECTOR:
                return pages.projector(db, live_session, "en", "sheaf.example", "")
            return pages.phone(db, live_session, "en", self.holder.actor_id, key="k" * 16)
        finally:
            pages.HELD.update(blocks)


_CARD = re.compile(r"^ *li .*id='(?!mine-)[A-Za-z]+-(\d+)'")


def over_blocks(seen: list[Any], first: int) -> list[Any]:
    """What is seen, without the cards below number `first`: blocks that a page does not hold."""
    kept, skipped_depth = [], -1
    for line in seen:
        if not isinstance(line, str):
            kept.append(line)
            continue
        depth = len(line) - len(line.lstrip(" "))
        if skipped_depth >= 0 and depth > skipped_depth:
            continue
        found = _CARD.match(line)
        skipped_depth = depth if found and int(found[1]) < first else -1
        if skipped_depth < 0:
            kept.append(line)
    return kept


def assert_same(db: Connection, viewer: Viewer, held: "Paper | Program") -> None:
    """What somebody holds is what they would get by loading now, over the blocks they hold."""
    fresh = viewer.fresh(db, whole=True)
    first = held.first if isinstance(held, Paper) else 0
    assert over_blocks(held.seen, first) == over_blocks(fresh.seen, first), viewer.screen
