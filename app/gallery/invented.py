"""Invented rows: each state that a card, a theme, a prompt or a session can be in, with its name."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.flags import Flag
from app.models import LONE, PARKED, UNSORTED, Ballot, Proposed, Status
from app.moments import moment
from app.queries.cards import Card, Contested
from app.queries.counting import Tally
from app.queries.gathered import Gathered
from app.queries.sessions import PromptRow
from app.queries.themes import OwnName, ThemeRow
from app.queries.votes import ChoiceRow, GivenRow, VoteRow

TEXTS: dict[str, Any] = json.loads((Path(__file__).parent / "texts.json").read_text(encoding="utf-8"))
MORAG, LONG_NAME, AMINA = TEXTS["names"]
LATER = moment("2040-01-02T10:00")

OBJECTION = Contested("A", TEXTS["purpose"], False, None)
KEPT = OBJECTION._replace(is_answered=True, answer=TEXTS["purpose"])

Named = tuple[str, Any]
"""The name of a state, and a row that is in it."""


def card(number: int, text: str, **said: Any) -> Card:
    """A card that everybody sees, unless something else is said of it."""
    usual = dict.fromkeys(Card._fields) | {
        "status": Status.VISIBLE,
        "prompt": 1,
        "agreements": 0,
        "quotable": True,
        "carrier": "phone",
        "is_paraphrased": False,
        "is_answered": False,
        "said": 1 + len(said.get("originals", ())),
        "places": [],
        "contests": [],
        "originals": (),
    }
    at = [place for place, _ in said.get("places", [])]
    return Card(**{**usual, "at": at, "number": number, "text": text, **said})


def voices(first: int, status: str = Status.VISIBLE) -> list[Named]:
    """What people may have said. The numbers begin with `first`."""
    question, statement, idea, plain, *_ = TEXTS["voices"]
    said: dict[str, dict[str, Any]] = {
        "A question": {"kind": question[0], "text": question[1]},
        "A statement": {"kind": statement[0], "text": statement[1]},
        "An idea": {"kind": idea[0], "text": idea[1]},
        "Of no kind": {"text": plain[1]},
        "Answered": {"kind": "question", "text": question[1], "is_answered": True},
        "Answered in so many words": {"text": plain[1], "is_answered": True, "answer": TEXTS["notice"]},
        "One agrees": {"text": plain[1], "agreements": 1},
        "Many agree": {"kind": "idea", "text": idea[1], "agreements": 212, "name": MORAG},
        "A long name": {"kind": "idea", "text": "Soup.", "name": LONG_NAME, "is_answered": True},
        "A name that runs the other way": {"text": "Soup.", "name": AMINA},
        "Entered for a table": {"text": plain[1], "table": "4", "is_paraphrased": True},
        "By a scribe": {"text": plain[1], "carrier": "scribe"},
        "From paper": {"text": plain[1], "carrier": "paper"},
        "Brought along": {"text": plain[1], "carrier": "earlier"},
    }
    texts = enumerate(TEXTS["voices"][:3], start=first + 90)
    alike = tuple(card(number, text, name=MORAG) for number, (_kind, text) in texts)
    said["Said more than once"] = {"text": plain[1], "originals": alike}
    said["Its author disagrees"] = {"text": plain[1], "contests": [OBJECTION]}
    said["Moved to and fro"] = {"text": plain[1], "moves": {f"A {UNSORTED}": 3}}
    said |= {name: {"text": text} for name, text in TEXTS["torture"].items()}
    return _numbered({name: {"status": status, **fields} for name, fields in said.items()}, first)


def flags() -> list[Named]:
    """Cards that wait, each with why."""
    found = [
        ("A word", Flag("word", "bollocks")),
        ("A telephone number", Flag("telephone", "0131 496 0123")),
        ("An address", Flag("address", "morag@example.org")),
    ]
    return [
        (name, (card(number, f"Soup, {flag.said}!", status=Status.HELD), flag))
        for number, (name, flag) in enumerate(found, start=401)
    ]


def own_cards(first: int) -> list[Named]:
    """What may have become of somebody's own card."""
    said: dict[str, dict[str, Any]] = {
        "On the screen": {},
        "In a theme": {"places": [("A", 1.0)]},
        "In two themes": {"places": [("B", 1.0), ("AC", 1.0)]},
        "Among the lone voices": {"places": [(LONE, 1.0)]},
        "Parked": {"places": [(PARKED, 1.0)]},
        "Waiting for review": {"status": Status.HELD},
        "Hidden": {"status": Status.HIDDEN},
        "Taken back": {"status": Status.WITHDRAWN},
        "Answered": {"is_answered": True, "agreements": 3, "answer": TEXTS["purpose"]},
        "Erased": {"status": Status.WITHDRAWN, "text": ""},
        "Merged into another": {"merged_into": 17, "at": ["A"]},
        "Standing for others": {"places": [("A", 1.0)], "originals": (card(first + 90, MORAG),)},
        "Objected to": {"places": [("A", 1.0)], "contests": [OBJECTION]},
        "Kept all the same": {"places": [("A", 1.0)], "contests": [KEPT]},
        "Not to be quoted": {"quotable": False},
        "Being changed": {"name": MORAG},
    }
    texts = [text for _kind, text in TEXTS["voices"]]
    shown = {name: {"kind": "idea", "text": texts[nth % len(texts)]} for nth, name in enumerate(said)}
    return _numbered({name: shown[name] | said[name] for name in said}, first)


def themes() -> list[Named]:
    """Themes, by what they are called and how many cards stand in them."""
    short, other, long = TEXTS["themes"]
    return [
        ("Named", theme("A", short, 4)),
        ("One voice", theme("B", other, 1)),
        ("Not named yet", theme("C", "", 2)),
        ("Empty", theme("D", other, 0)),
        ("A long name", theme("E", long, 7)),
        ("A name that runs the other way", theme("F", TEXTS["arabic"]["themes"][0], 3)),
        ("A word that never ends", theme("G", TEXTS["torture"]["One word that never ends"][:120], 3)),
        ("Crowded", theme("AH", short, 412)),
    ]


def theme(letter: str, name: str, size: int) -> ThemeRow:
    """A theme that stands."""
    description = TEXTS["purpose"] if size == 4 else ""
    colour = 9 if size == 4 else None
    return ThemeRow(letter, name, float(ord(letter[-1])), False, size, 0, description, colour, size // 4)


def votes() -> list[Named]:
    """Votes as they may stand."""
    asked, long = "What should we talk about first?", TEXTS["torture"]["A very long voice"][:240]
    return [
        ("Open", VoteRow(1, asked, 3, Ballot.OPEN, 0, 0, 1, _choices(0, 0))),
        ("Open, one dot, a long question", VoteRow(2, long, 1, Ballot.OPEN, 0, 0, 1, _choices(0, 0))),
        ("Closed", VoteRow(3, f"{asked} Again", 3, Ballot.CLOSED, 41, 0, 1, _choices(31, 0))),
        ("Closed, hands counted too", VoteRow(4, asked, 3, Ballot.CLOSED, 1, 12, 1, _choices(212, 30))),
    ]


def ballots() -> list[Named]:
    """What somebody may have given."""
    return [
        ("Some dots given", GivenRow(1, "", {"A": 2, "17": 1})),
        ("All taken back", GivenRow(2, "", {})),
    ]


def _choices(dots: int, hands: int) -> list[ChoiceRow]:
    short, _other, _long = TEXTS["themes"]
    _kind, text = TEXTS["voices"][3]
    return [
        ChoiceRow("A", "A", 1, short, True, dots, hands),
        ChoiceRow("C", "C", 3, "", True, dots // 2, 1),
        ChoiceRow("17", "", 0, text, True, dots // 5, 0),
        ChoiceRow("19", "", 0, "", False, 0, 0),
    ]


def prompts(first: int) -> list[Named]:
    """Prompts as they may be put."""
    said = {
        "Open": (TEXTS["title"], True),
        "Closed": (TEXTS["second_prompt"], False),
        "Long": (TEXTS["torture"]["A very long voice"][:240], True),
        "It runs the other way": (TEXTS["arabic"]["title"], True),
    }
    rows = enumerate(said.items(), start=first)
    return [(name, PromptRow(number, *asked, touched=1)) for number, (name, asked) in rows]


def tallies() -> list[Named]:
    """How much there may be."""
    return [
        ("No cards", Tally(0, 0, 0, 0)),
        ("One card", Tally(1, 1, 0, 0)),
        ("Many cards", Tally(412, 199, 12, 3)),
    ]


def names(first: int) -> list[Named]:
    """What may have become of a name that somebody proposed."""
    said = {Proposed.OPEN: TEXTS["themes"][0], Proposed.ACCEPTED: LONG_NAME, Proposed.DECLINED: AMINA}
    rows = enumerate(said.items(), start=first)
    return [(state, OwnName(number, "AB", name, state, "")) for number, (state, name) in rows]


def gathered() -> list[Named]:
    """What may gather before the big screen."""
    new = [("None", Gathered(0, 0, 0)), ("One", Gathered(1, 0, 7)), ("Many", Gathered(412, 0, 700))]
    moved = [("One that was moved", Gathered(0, 1, 8)), ("New and moved", Gathered(12, 3, 9))]
    return [*new, *moved]


def sessions() -> list[Named]:
    """What may have become of the session, as much of it as fragments look at."""
    words: dict[str, Any] = {"runs_it": "", "notice": "", "opens_at": None, "kept_until": None}
    words |= {"concerns_to": "", "hold": "off", "asks_names": False, "code": "CODE"}
    looks = {"distance": "middle", "ground": "light", "join_panel": "foot", "zone": "none"}
    usual = {"is_open": True, "is_blank": False, "shown": "", "shown_page": 1, **words, **looks}
    later = {"opens_at": LATER, "kept_until": LATER}
    said = {"runs_it": LONG_NAME, "notice": TEXTS["notice"]}
    return [
        ("Open", usual),
        ("Closed, and the screen blank", usual | {"is_open": False, "is_blank": True, "shown": "A"}),
        ("Not open yet, with a notice", usual | {"is_open": False, **later, **said}),
    ]


def _numbered(said: dict[str, dict[str, Any]], first: int) -> list[Named]:
    rows: Iterable[tuple[int, Named]] = enumerate(said.items(), start=first)
    return [(name, card(number, **fields)) for number, (name, fields) in rows]
