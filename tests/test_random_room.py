"""Whatever people do, and whatever becomes of the frames, every screen ends as a fresh page.

Several people act at random, in the short form the same each time: what nobody has found yet is
looked for in the long one. Their screens fall behind, get frames twice or out of date, share
catch-ups with older ones, and load earlier cards; whenever one has caught up, it must show what a
fresh page shows.
"""

from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine

from app.database import reading
from app.models import Hold, Role
from app.roles import Pass
from app.screens import Screen, pages
from tests.desk import Desk
from tests.screens import Paper, Viewer, assert_same

pytestmark = pytest.mark.every_database

NUMBERS = st.integers(1, 12)
CARDS = st.lists(NUMBERS, min_size=1, max_size=4, unique=True)
LETTERS = st.sampled_from("ABCDE")
PLACES = st.sampled_from(["A", "B", "C", "D", "unsorted", "lone", "parked"])
TEXTS = st.sampled_from(
    ["Who pays?", "Ring 0131 496 0123", "Listen more", "<b>Bold</b> & “quoted”", "نعم", "two\n\nlines"]
)
VOTES = st.integers(1, 2)
SUBJECTS = st.sampled_from(["A", "B", "C", "1", "2"])
NAMES = st.sampled_from(["Pay", "Power", "& more", ""])


def message(action: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An action whose fields may be left out where they are called `…_`."""
    required = {name: values for name, values in fields.items() if not name.endswith("_")}
    optional = {name.rstrip("_"): values for name, values in fields.items() if name.endswith("_")}
    return st.fixed_dictionaries({"action": st.just(action), **required}, optional=optional)


POSTS = message(
    "post",
    text=TEXTS,
    kind_=st.sampled_from(["question", "idea"]),
    prompt_=st.integers(1, 2),
    quote_=st.booleans(),
)
SAID = st.one_of(
    POSTS,
    POSTS,
    message("edit", number=NUMBERS, text=TEXTS),
    message("withdraw", number=NUMBERS),
    message("agree", number=NUMBERS),
    message("unagree", number=NUMBERS),
    message("contest", number=NUMBERS, theme=PLACES, text_=TEXTS),
    message("contest", number=NUMBERS, theme=st.sampled_from("AB")),
    message("propose_name", theme=LETTERS, name=NAMES.filter(bool)),
    message("vote", vote=VOTES, dots=st.dictionaries(SUBJECTS, st.integers(0, 2), max_size=2)),
    message("vote", vote=VOTES, dots=st.dictionaries(SUBJECTS, st.integers(0, 2), max_size=2)),
    message("place", contributions=CARDS, theme=PLACES, from_=PLACES),
)
SORTED = st.one_of(
    POSTS,
    message("create_theme", name_=NAMES),
    message("rename_theme", theme=LETTERS, name=NAMES),
    message("describe_theme", theme=LETTERS, text=st.sampled_from(["What people\nare paid", ""])),
    message("colour_theme", theme=LETTERS, colour_=st.integers(1, 12)),
    message("merge_themes", theme=LETTERS, into=LETTERS),
    message("split_theme", theme=LETTERS, contributions=CARDS, name_=NAMES),
    message("order_theme", theme=LETTERS, before_=LETTERS),
    message("remove_theme", theme=LETTERS),
    message("place", contributions=CARDS, theme=PLACES, from_=PLACES, before_=NUMBERS),
    message("place", contributions=CARDS, theme=st.sampled_from("AB"), from_=PLACES),
    message("unplace", contributions=CARDS, theme=LETTERS),
    message("answer_contest", number=NUMBERS, theme=st.sampled_from("AB"), text_=TEXTS),
    message("accept_name", proposal=st.integers(1, 3)),
    message("decline_name", proposal=st.integers(1, 3)),
    message("merge", contributions=CARDS, into=NUMBERS),
    message("merge", contributions=CARDS, into=NUMBERS),
    message("unmerge", number=NUMBERS),
    message("approve", contributions=CARDS),
    message("hide", contributions=CARDS),
    message("restore", contributions=CARDS),
    message("open_prompt", prompt=st.integers(1, 2)),
    message("close_prompt", prompt=st.integers(1, 2)),
    message("open_session"),
    message("close_session"),
    message("mark_answered", number=NUMBERS, text_=TEXTS),
    message("blank"),
    message("unblank"),
    message("show", theme_=PLACES, page_=st.integers(1, 3)),
    message("open_vote", question=TEXTS, themes=st.lists(LETTERS, max_size=3), contributions_=CARDS),
    message("open_vote", question=TEXTS, themes=st.just(["A", "B"]), dots_=st.integers(1, 4)),
    message("count_votes", vote=VOTES, hands=st.integers(0, 9), dots=st.just({"A": 2})),
    message("close_vote", vote=VOTES),
    message("drop_vote", vote=VOTES),
    message("show", vote=VOTES),
    message("show", theme=st.sampled_from(["A", "B", "unsorted"])),
    message("let_in", upto_=st.integers(1, 60)),
    message("let_in", at_once=st.booleans()),
    message("undo"),
    message("undo"),
    message("undo", seq_=st.integers(1, 40)),
    message("redo"),
)
SEAT = st.integers(0, 7)


BROKEN_GROUPS = """
SELECT merged.number FROM contribution AS merged JOIN contribution AS standing
ON standing.session_id = merged.session_id AND standing.number = merged.merged_into
WHERE standing.merged_into IS NOT NULL
OR (merged.status = 'visible' AND standing.status <> 'visible')
OR EXISTS (SELECT 1 FROM placement WHERE session_id = merged.session_id AND number = merged.number)
"""
"""Merged cards that are lost: into one that is merged or not seen itself; or that stand somewhere."""


class RandomRoom(RuleBasedStateMachine):
    """A room in which anything may happen."""

    engine: Engine

    @initialize(hold=st.sampled_from(Hold), all_sort=st.booleans(), already=st.sampled_from([0, 5, 10]))
    def open(self, hold: Hold, all_sort: bool, already: int) -> None:
        self.desk = desk = Desk(
            self.engine,
            prompts=["What?", "And then?"],
            themes=["Pay", "Power"],
            hold=hold,
            all_sort=all_sort,
        )
        self.people = [desk.participant() for _ in range(3)]
        self.sorters = [desk.organiser, desk.invite(Role.FACILITATOR), desk.invite(Role.FACILITATOR)]
        self.viewers = [
            Viewer(Screen.PHONE, self.people[0]),
            Viewer(Screen.PHONE, self.people[1]),
            Viewer(Screen.BOARD, self.sorters[0]),
            Viewer(Screen.BOARD, self.sorters[1]),
            Viewer(Screen.PROJECTOR, self.people[2]),
            Viewer(Screen.QUEUE, self.sorters[2]),
            Viewer(Screen.JSON, self.people[0]),
            Viewer(Screen.JSON, self.sorters[1]),
        ]
        self.numbers: list[int] = []
        self.written: dict[Pass, list[int]] = {}
        for nth in range(already):
            self._act(self.people[nth % 3], {"action": "post", "text": f"Voice {nth}"})
        with reading(self.engine) as db:
            self.held = [viewer.fresh(db) for viewer in self.viewers]
        self.frames: list[list[str]] = [[] for _ in self.viewers]
        self.cursors = [self.held[0].cursor]

    @rule(said=st.lists(st.tuples(st.integers(0, 2), SAID), min_size=1, max_size=6))
    def speak(self, said: list[tuple[int, dict[str, Any]]]) -> None:
        for who, message in said:
            self._act(self.people[who], message)

    @rule(said=st.lists(st.tuples(st.integers(0, 2), SORTED), min_size=1, max_size=8))
    def sort(self, said: list[tuple[int, dict[str, Any]]]) -> None:
        for who, message in said:
            self._act(self.sorters[who], message)

    def _act(self, who: Pass, said: dict[str, Any]) -> None:
        receipt = self.desk.act(who, **{name: self._there(who, said, name) for name in said})
        if said["action"] == "post" and receipt.status == "saved":
            self.numbers.append(int(receipt.subjects[0]))
            self.written.setdefault(who, []).append(self.numbers[-1])

    def _there(self, who: Pass, said: dict[str, Any], name: str) -> Any:
        """Numbers mean cards there are, and authors speak of their own: most things should be
        possible, so that much happens."""
        own = self.written.get(who, [])
        there = own if said["action"] in ("edit", "withdraw", "contest") else self.numbers
        if name in ("number", "before", "into") and isinstance(said[name], int) and there:
            return there[said[name] % len(there)]
        if name == "contributions" and there:
            return [there[number % len(there)] for number in said[name]]
        return said[name]

    @rule(seat=SEAT)
    def catch_up(self, seat: int) -> None:
        """After a live frame, a lost one, or a reconnect: it is all the same."""
        with reading(self.engine) as db:
            self._catch_up(db, seat)

    @rule(seat=SEAT)
    def take_twice(self, seat: int) -> None:
        with reading(self.engine) as db:
            frame = self._catch_up(db, seat)
            self.held[seat].take(*frame)
            assert_same(db, self.viewers[seat], self.held[seat])

    @rule(seat=SEAT, which=st.integers(0, 99))
    def take_an_old_frame(self, seat: int, which: int) -> None:
        """As after a slow answer to a question asked by another way. The cursor goes back too."""
        if self.frames[seat]:
            old = self.frames[seat][which % len(self.frames[seat])]
            with reading(self.engine) as db:
                self.held[seat].take(old, lambda: self.viewers[seat].load(db))
                self._catch_up(db, seat)

    @rule(seat=SEAT, which=st.integers(0, 99))
    def share_a_catch_up(self, seat: int, which: int) -> None:
        """One render, from the cursor of somebody who is further behind."""
        with reading(self.engine) as db:
            self._catch_up(db, seat, self.cursors[which % len(self.cursors)])

    @rule(seat=SEAT)
    def load_earlier(self, seat: int) -> None:
        page = self.held[seat]
        if isinstance(page, Paper) and self.viewers[seat].screen in pages.HELD:
            with reading(self.engine) as db:
                viewer = self.viewers[seat]
                page.load_earlier(db, viewer.live_session(db), viewer.screen)

    def _catch_up(self, db: Connection, seat: int, cursor: str = "") -> Any:
        viewer, screen = self.viewers[seat], self.held[seat]
        if cursor and int(cursor.split(".")[0]) > int(screen.cursor.split(".")[0]):
            cursor = ""
        frame = viewer.frame(db, cursor or screen.cursor)
        screen.take(*frame)
        assert_same(db, viewer, screen)
        if frame[0]:
            self.frames[seat].append(frame[0])
        self.cursors.append(screen.cursor)
        return frame

    def teardown(self) -> None:
        if hasattr(self, "held"):
            with reading(self.engine) as db:
                for seat in range(len(self.viewers)):
                    self._catch_up(db, seat)
                assert db.exec_driver_sql(BROKEN_GROUPS).all() == []


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "BLOCK", 3)
    monkeypatch.setattr(pages, "HELD", dict.fromkeys(pages.HELD, 2))
    monkeypatch.setattr(import_module("app.screens.update"), "MOST", 9)


def run(engine: Engine, examples: int, steps: int, *, shrinks: bool = False) -> None:
    machine = type("Room", (RandomRoom,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not shrinks,
            phases=[p for p in Phase if p is not Phase.shrink or shrinks],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_every_screen_ends_as_a_fresh_page(engine: Engine) -> None:
    run(engine, examples=40 if engine.name == "sqlite" else 10, steps=40)


@pytest.mark.long
def test_every_screen_ends_as_a_fresh_page_after_long_runs(engine: Engine) -> None:
    run(engine, examples=1000, steps=120, shrinks=True)
