"""An old page and an update make a fresh page: for every action, and every audience."""

from collections.abc import Callable
from importlib import import_module

import pytest
from sqlalchemy import Engine

from app.database import reading
from app.models import Role
from app.roles import MAY, Pass
from app.screens import Screen, pages
from tests.desk import Desk, bring_along
from tests.screens import Paper, Program, Viewer, assert_same


class Cast:
    """A room with something of everything in it, and everybody who looks at it."""

    def __init__(self, engine: Engine) -> None:
        asked = {"prompts": ["What next?", "And then?"], "themes": ["Pay", "Power"]}
        self.desk = Desk(engine, **asked, concerns_to="Mairi")
        desk = self.desk
        self.author, self.other = desk.participant(), desk.participant()
        self.organiser, self.facilitator = desk.organiser, desk.invite(Role.FACILITATOR)
        for nth in range(1, 9):
            desk.post(self.author if nth % 2 else self.other, f"Voice {nth}", kind="idea", prompt=nth % 2 + 1)
        bring_along(engine, desk.session_id, 3, 7)
        desk.do(self.organiser, "place", contributions=[1, 2, 3], theme="A")
        desk.do(self.organiser, "place", contributions=[3], theme="B")
        desk.do(self.organiser, "place", contributions=[4], theme="parked")
        desk.do(self.organiser, "hide", contributions=[8])
        self.viewers = [
            *(Viewer(screen, self.author) for screen in (Screen.PHONE, Screen.JSON)),
            *(Viewer(screen, desk.participant()) for screen in (Screen.PHONE, Screen.JSON)),
            *(Viewer(screen, self.organiser) for screen in Screen if screen != Screen.PHONE),
        ]

    def look(self) -> list[tuple[Viewer, Paper | Program]]:
        with reading(self.desk.engine) as db:
            return [(viewer, viewer.fresh(db)) for viewer in self.viewers]

    def follow(self, held: list[tuple[Viewer, Paper | Program]], cursor: str = "") -> None:
        """Bring everybody up to date from where they are, or from an older cursor that they
        share with others, and look whether they see what there is."""
        with reading(self.desk.engine) as db:
            for viewer, screen in held:
                screen.take(*viewer.frame(db, cursor or screen.cursor))
                assert_same(db, viewer, screen)


@pytest.fixture
def cast(engine: Engine) -> Cast:
    return Cast(engine)


Doing = Callable[[Desk, Cast], object]


def does(who: str, action: str, **fields: object) -> Doing:
    def do(desk: Desk, cast: Cast) -> object:
        holder: Pass = getattr(cast, who)
        return desk.do(holder, action, **fields)

    return do


DOINGS: dict[str, list[Doing]] = {
    "post": [does("author", "post", text="New"), does("organiser", "post", text="New")],
    "write_down": [
        does("facilitator", "write_down", text="New", table="4", paraphrased=True, quote=False),
        does("organiser", "write_down", text="New"),
    ],
    "raise_concern": [does("author", "raise_concern", text="Too loud\nhere")],
    "see_concern": [does("organiser", "see_concern", concern=1)],
    "edit": [does("author", "edit", number=1, text="In other words")],
    "withdraw": [does("author", "withdraw", number=3), does("author", "withdraw", number=5)],
    "erase": [does("author", "erase", number=5)],
    "agree": [does("other", "agree", number=1)],
    "unagree": [does("other", "unagree", number=1)],
    "create_theme": [does("organiser", "create_theme", name="New"), does("organiser", "create_theme")],
    "rename_theme": [
        does("organiser", "rename_theme", theme="A", name="Fair pay"),
        does("organiser", "rename_theme", theme="A", name=""),
    ],
    "describe_theme": [does("organiser", "describe_theme", theme="A", text="What people\nare paid")],
    "colour_theme": [does("organiser", "colour_theme", theme="A", colour=7)],
    "merge_themes": [
        does("organiser", "merge_themes", theme="A", into="B"),
        does("organiser", "merge_themes", theme="B", into="A"),
    ],
    "split_theme": [
        does("organiser", "split_theme", theme="A", contributions=[3, 1], name="Fair pay"),
        does("organiser", "split_theme", theme="B", contributions=[3]),
    ],
    "order_theme": [
        does("organiser", "order_theme", theme="B", before="A"),
        does("organiser", "order_theme", theme="A"),
    ],
    "remove_theme": [does("organiser", "remove_theme", theme="A")],
    "place": [
        does("organiser", "place", contributions=[5, 8], theme="B"),
        does("organiser", "place", contributions=[1], theme="B", **{"from": "A"}),
        does("organiser", "place", contributions=[3, 6], theme="A", before=1),
        does("organiser", "place", contributions=[1, 4], theme="unsorted"),
        does("organiser", "place", contributions=[1, 3], theme="lone"),
    ],
    "unplace": [does("organiser", "unplace", contributions=[3, 1], theme="A")],
    "merge": [
        does("organiser", "merge", contributions=[1, 2, 3, 5], into=4),
        does("organiser", "merge", contributions=[4, 5], into=3),
    ],
    "unmerge": [does("organiser", "unmerge", number=6), does("organiser", "unmerge", number=7)],
    "approve": [does("organiser", "approve", contributions=[1])],
    "hide": [
        does("organiser", "hide", contributions=[1, 3, 5]),
        does("organiser", "hide", contributions=[5], alike=True),
    ],
    "restore": [does("organiser", "restore", contributions=[8])],
    "mark_answered": [does("organiser", "mark_answered", number=1, text="In October.")],
    "contest": [
        does("author", "contest", number=1, theme="A", text="Not about money"),
        does("author", "contest", number=3, theme="B"),
    ],
    "uncontest": [does("author", "uncontest", number=1, theme="A")],
    "answer_contest": [
        does("organiser", "answer_contest", number=1, theme="A", text="It is paid work"),
        does("organiser", "answer_contest", number=1, theme="A"),
        does("organiser", "place", contributions=[1], theme="B", **{"from": "A"}),
        does("organiser", "merge", contributions=[1], into=4),
        does("organiser", "merge_themes", theme="A", into="B"),
        does("author", "withdraw", number=1),
    ],
    "propose_name": [
        does("author", "propose_name", theme="A", name="Fair pay"),
        does("other", "propose_name", theme="B", name="Who decides"),
    ],
    "accept_name": [does("organiser", "accept_name", proposal=1)],
    "decline_name": [
        does("organiser", "decline_name", proposal=1),
        does("author", "propose_name", theme="A", name="Paid on time"),
    ],
    "open_vote": [
        does("organiser", "open_vote", question="What first?", themes=["A", "B"]),
        does("organiser", "open_vote", question="What first?", contributions=[1, 2, 7], dots=1),
        does("organiser", "open_vote", question="What first?", themes=["A"], contributions=[4]),
    ],
    "vote": [
        does("author", "vote", vote=1, dots={"A": 2, "2": 1}),
        does("author", "vote", vote=1, dots={}),
        does("author", "vote", vote=1, dots={"1": 3}),
        does("other", "vote", vote=1, dots={"B": 1}),
        does("author", "edit", number=1, text="In other words"),
        does("organiser", "rename_theme", theme="A", name="Fair pay"),
        does("organiser", "colour_theme", theme="A", colour=9),
        does("organiser", "hide", contributions=[1]),
        does("author", "withdraw", number=1),
        does("organiser", "remove_theme", theme="A"),
        does("organiser", "merge", contributions=[1], into=2),
    ],
    "count_votes": [does("facilitator", "count_votes", vote=1, hands=9, dots={"A": 12, "2": 5})],
    "close_vote": [
        does("organiser", "close_vote", vote=1),
        does("organiser", "open_vote", question="And then?", themes=["A", "B"]),
        does("organiser", "rename_theme", theme="A", name="Fair pay"),
        does("organiser", "hide", contributions=[2]),
    ],
    "drop_vote": [
        does("organiser", "drop_vote", vote=1),
        does("organiser", "open_vote", question="And then?", themes=["A", "B"]),
    ],
    "blank": [does("organiser", "blank")],
    "unblank": [does("organiser", "unblank")],
    "show": [
        does("organiser", "show", theme="B", page=2),
        does("organiser", "show"),
        does("organiser", "show", vote=1),
    ],
    "let_in": [
        does("organiser", "let_in"),
        does("organiser", "let_in", at_once=True),
        does("organiser", "let_in", upto=5),
        does("organiser", "show", theme="A"),
        does("organiser", "show"),
        does("organiser", "place", contributions=[9], theme="A"),
        does("organiser", "merge", contributions=[5], into=9),
        does("organiser", "merge", contributions=[9], into=5),
        does("organiser", "hide", contributions=[9]),
        does("author", "edit", number=9, text="In other words"),
        does("organiser", "place", contributions=[1, 5], theme="B", **{"from": "A"}),
        does("organiser", "place", contributions=[3], theme="A", before=1, **{"from": "A"}),
        does("organiser", "merge_themes", theme="A", into="B"),
        does("organiser", "split_theme", theme="A", contributions=[3]),
    ],
    "arrange_screen": [
        does("organiser", "arrange_screen", distance="far", ground="dark"),
        does("organiser", "arrange_screen", join_panel="beside", zone="bottom"),
    ],
    "add_prompt": [does("organiser", "add_prompt", text="And what not?")],
    "open_prompt": [does("organiser", "open_prompt", prompt=1)],
    "close_prompt": [
        does("organiser", "close_prompt", prompt=1),
        does("organiser", "close_prompt", prompt=2),
    ],
    "open_session": [does("organiser", "open_session")],
    "close_session": [does("organiser", "close_session")],
    "change_session": [
        does("organiser", "change_session", title="What now?", notice="We keep this."),
        does("organiser", "change_session", opens_at=2**45, closes_at=2**46),
        does("organiser", "change_session", closes_at=2**45),
    ],
    "keep_time": [does("organiser", "keep_time")],
    "follow_thread": [does("other", "follow_thread")],
    "write_summary": [
        does("organiser", "write_summary", part="missing", text="Nobody from the islands"),
        does("organiser", "write_summary", part="missing", text=""),
    ],
    "publish_summary": [does("organiser", "publish_summary")],
    "unpublish_summary": [does("organiser", "unpublish_summary")],
    "answer_theme": [
        does("organiser", "answer_theme", theme="A", outcome="did", text="We pay at once", owner="Mairi"),
        does("facilitator", "answer_theme", theme="B", day="2026-12-01"),
        does("organiser", "undo"),
    ],
    "undo": [does("organiser", "undo")],
    "redo": [does("organiser", "redo")],
}
VOTING = [
    does("organiser", "open_vote", question="What first?", themes=["A", "B"], contributions=[1, 2]),
    does("author", "vote", vote=1, dots={"1": 1}),
    does("facilitator", "count_votes", vote=1, hands=2, dots={"B": 1}),
]
PROPOSED = [does("author", "propose_name", theme="A", name="Fair pay")]
BEFOREHAND: dict[str, list[Doing]] = {
    "uncontest": [does("author", "contest", number=1, theme="A", text="Not about money")],
    "see_concern": [does("author", "raise_concern", text="Too loud")],
    "erase": [does("author", "withdraw", number=5)],
    "answer_contest": [does("author", "contest", number=1, theme="A", text="Not about money")],
    "let_in": [
        does("organiser", "show", theme="unsorted"),
        does("author", "post", text="Late"),
        does("other", "post", text="Later"),
    ],
    "accept_name": PROPOSED,
    "decline_name": PROPOSED,
    "unmerge": [
        does("organiser", "merge", contributions=[1, 5, 7], into=6),
        does("organiser", "place", contributions=[6], theme="B"),
    ],
    "vote": VOTING,
    "count_votes": VOTING,
    "close_vote": VOTING,
    "drop_vote": VOTING,
    "show": VOTING,
    "unagree": [does("other", "agree", number=1)],
    "unpublish_summary": [does("organiser", "publish_summary")],
    "answer_theme": [does("organiser", "answer_theme", theme="A", outcome="will", text="Soon")],
    "redo": [does("organiser", "place", contributions=[5], theme="B"), does("organiser", "undo")],
    "keep_time": [does("organiser", "change_session", closes_at=1)],
    "follow_thread": [does("author", "withdraw", number=7)],
    "open_prompt": [does("organiser", "close_prompt", prompt=1)],
    "open_session": [does("organiser", "close_session")],
}
ACTIONS = [
    pytest.param(action, nth, id=f"{action}-{nth}") for action in MAY for nth in range(len(DOINGS[action]))
]


def holding_back(cast: Cast, action: str) -> None:
    """Approving needs a card that waits, as an edited one does."""
    if action == "approve":
        cast.desk.do(cast.organiser, "change_session", hold="all")
        cast.desk.do(cast.author, "edit", number=1, text="Please look again")


@pytest.mark.parametrize(("action", "nth"), ACTIONS)
def test_an_old_page_and_an_update_make_a_fresh_page(cast: Cast, action: str, nth: int) -> None:
    before_all = cast.look()
    for prepare in BEFOREHAND.get(action, []):
        prepare(cast.desk, cast)
    holding_back(cast, action)
    before = cast.look()
    if nth and action in ENDINGS:
        DOINGS[action][0](cast.desk, cast)
    DOINGS[action][nth](cast.desk, cast)
    cast.follow(before)
    cast.follow(before_all)


ENDINGS = ("close_vote", "drop_vote")
"""What comes after the first of their doings is about a vote that has ended."""


@pytest.mark.parametrize(
    "action", [action for action in MAY if action not in ("undo", "redo", "approve", "open_session")]
)
def test_an_update_for_somebody_older_serves_those_who_have_more(cast: Cast, action: str) -> None:
    """Late screens share one catch-up, from the oldest of them."""
    oldest = cast.look()[0][1].cursor
    for prepare in BEFOREHAND.get(action, []):
        prepare(cast.desk, cast)
    new = cast.desk.post(cast.other, "Seen by some only")
    cast.desk.do(cast.organiser, "place", contributions=[new], theme="A")
    before = cast.look()
    cast.desk.do(cast.organiser, "hide", contributions=[new])
    DOINGS[action][0](cast.desk, cast)
    cast.follow(before, oldest)


@pytest.mark.parametrize(
    "action",
    [
        "rename_theme",
        "describe_theme",
        "colour_theme",
        "order_theme",
        "merge_themes",
        "split_theme",
        "remove_theme",
        "place",
        "unplace",
        "merge",
        "hide",
    ],
)
def test_undoing_shows_everywhere(cast: Cast, action: str) -> None:
    DOINGS[action][0](cast.desk, cast)
    before = cast.look()
    cast.desk.do(cast.organiser, "undo")
    cast.follow(before)


GROUPED = [
    does("organiser", "hide", contributions=[1]),
    does("organiser", "hide", contributions=[2]),
    does("organiser", "hide", contributions=[1, 2, 3]),
    does("author", "withdraw", number=1),
    does("author", "edit", number=3, text="In other words"),
    does("other", "agree", number=3),
    does("organiser", "mark_answered", number=2),
    does("organiser", "place", contributions=[1], theme="B"),
    does("organiser", "place", contributions=[1], theme="unsorted"),
    does("organiser", "merge", contributions=[1], into=4),
    does("organiser", "remove_theme", theme="A"),
    does("author", "contest", number=3, theme="A"),
    does("author", "contest", number=1, theme="A"),
    does("organiser", "undo"),
]


@pytest.mark.parametrize("nth", range(len(GROUPED)))
def test_what_becomes_of_merged_cards_shows_on_the_one_that_stands_for_them(cast: Cast, nth: int) -> None:
    before_all = cast.look()
    cast.desk.do(cast.organiser, "merge", contributions=[2, 3], into=1)
    before = cast.look()
    GROUPED[nth](cast.desk, cast)
    cast.follow(before)
    cast.follow(before_all)


def test_a_held_card_reaches_the_screens_when_it_is_approved(engine: Engine) -> None:
    cast = Cast(engine)
    cast.desk.do(cast.organiser, "change_session", hold="all")
    start = cast.look()
    number = cast.desk.post(cast.author, "Please wait")
    cast.follow(start)
    cast.desk.do(cast.organiser, "place", contributions=[number], theme="A")
    cast.follow(start)
    cast.desk.do(cast.organiser, "approve", contributions=[number])
    cast.follow(start)
    cast.desk.do(cast.author, "edit", number=number, text="Wait again")
    cast.follow(start)
    cast.desk.do(cast.author, "withdraw", number=number)
    cast.follow(start)


def test_a_frame_taken_twice_does_no_harm(cast: Cast) -> None:
    held = cast.look()
    cast.desk.do(cast.author, "withdraw", number=1)
    cast.desk.do(cast.organiser, "place", contributions=[5], theme="A", before=2)
    with reading(cast.desk.engine) as db:
        for viewer, screen in held:
            frame = viewer.frame(db, screen.cursor)
            screen.take(*frame)
            screen.take(*frame)
            assert_same(db, viewer, screen)


def test_a_page_of_many_cards_takes_what_it_holds(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "BLOCK", 3)
    monkeypatch.setattr(pages, "HELD", dict.fromkeys(pages.HELD, 2))
    before = cast.look()
    assert next(screen.first for _, screen in before if isinstance(screen, Paper)) == 4
    cast.desk.do(cast.organiser, "place", contributions=[1, 2, 5], theme="B", **{"from": "A"})
    cast.desk.do(cast.author, "edit", number=1, text="Far back")
    cast.desk.do(cast.author, "post", text="One more")
    cast.follow(before)


def test_earlier_cards_join_those_that_a_page_holds(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "BLOCK", 3)
    monkeypatch.setattr(pages, "HELD", dict.fromkeys(pages.HELD, 1))
    held = cast.look()
    with reading(cast.desk.engine) as db:
        for viewer, screen in held:
            if isinstance(screen, Paper) and viewer.screen in pages.HELD:
                screen.load_earlier(db, viewer.live_session(db), viewer.screen)
                assert_same(db, viewer, screen)
                assert any("Voice 5" in line for line in screen.seen)


def test_a_page_that_missed_very_much_loads_anew(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("app.screens.update"), "MOST", 3)
    before = cast.look()
    cast.desk.do(cast.organiser, "hide", contributions=[1, 2, 3, 5])
    cast.follow(before)


@pytest.mark.parametrize("cursor", ["", "3.ffff", "999.ab12", "x", "²", "-1.0", "1" * 30])
def test_a_cursor_that_this_database_never_gave_out_means_from_nothing(cast: Cast, cursor: str) -> None:
    held = cast.look()
    cast.desk.do(cast.organiser, "rename_theme", theme="A", name="Fair pay")
    cast.follow(held, cursor or "none")


def test_every_action_is_tried() -> None:
    assert DOINGS.keys() == MAY.keys()


def test_nothing_is_said_to_pages_that_show_nothing_of_it(cast: Cast) -> None:
    held = cast.look()
    cast.desk.do(cast.organiser, "create_theme", name="New")
    with reading(cast.desk.engine) as db:
        frames = {
            (viewer.screen, viewer.holder): viewer.frame(db, screen.cursor)[0] for viewer, screen in held
        }
    assert frames[Screen.QUEUE, cast.organiser] is None
    assert frames[Screen.BOARD, cast.organiser] is not None


def test_answers_to_themes_are_on_no_live_screen(cast: Cast) -> None:
    """They belong to the summary, so nobody is sent them while a room is live."""
    held = cast.look()
    cast.desk.do(cast.organiser, "answer_theme", theme="A", outcome="did", text="We pay at once")
    with reading(cast.desk.engine) as db:
        pages_ = [(viewer, screen) for viewer, screen in held if viewer.screen != Screen.JSON]
        assert {viewer.frame(db, screen.cursor)[0] for viewer, screen in pages_} == {None}
    cast.follow(held)
