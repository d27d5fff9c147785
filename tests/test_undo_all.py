"""For one facilitator, n actions and n undos are the start, and n redos are the end again."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import screens
from app.database import connect, reading
from app.models import Role
from app.queries.answers import answers_given
from app.queries.sessions import session_by_id
from app.screens import Audience, Screen
from tests.desk import Desk

CARDS, THEMES = 5, 4
numbers = st.integers(1, CARDS)
cards = st.lists(numbers, min_size=1, max_size=3, unique=True)
letters = st.sampled_from("ABCD")
places = st.sampled_from(["A", "B", "C", "D", "unsorted", "lone", "parked"])
actions = st.one_of(
    st.fixed_dictionaries({"action": st.just("create_theme"), "name": st.sampled_from(["", "New"])}),
    st.fixed_dictionaries(
        {"action": st.just("rename_theme"), "theme": letters, "name": st.text("ab", max_size=3)}
    ),
    st.fixed_dictionaries(
        {"action": st.just("describe_theme"), "theme": letters, "text": st.text("ab", max_size=3)}
    ),
    st.fixed_dictionaries(
        {"action": st.just("colour_theme"), "theme": letters, "colour": st.integers(1, 12)}
    ),
    st.fixed_dictionaries({"action": st.just("merge_themes"), "theme": letters, "into": letters}),
    st.fixed_dictionaries({"action": st.just("split_theme"), "theme": letters, "contributions": cards}),
    st.fixed_dictionaries({"action": st.just("order_theme"), "theme": letters, "before": letters}),
    st.fixed_dictionaries({"action": st.just("remove_theme"), "theme": letters}),
    st.fixed_dictionaries({"action": st.just("place"), "contributions": cards, "theme": places}),
    st.fixed_dictionaries(
        {"action": st.just("place"), "contributions": cards, "theme": letters, "from": letters}
    ),
    st.fixed_dictionaries({"action": st.just("unplace"), "contributions": cards, "theme": letters}),
    st.fixed_dictionaries({"action": st.sampled_from(["hide", "restore"]), "contributions": cards}),
    st.fixed_dictionaries(
        {"action": st.just("answer_contest"), "number": numbers, "theme": letters, "text": st.just("Why")}
    ),
    st.fixed_dictionaries(
        {"action": st.sampled_from(["accept_name", "decline_name"]), "proposal": st.integers(1, 3)}
    ),
    st.fixed_dictionaries({"action": st.just("merge"), "contributions": cards, "into": numbers}),
    st.fixed_dictionaries({"action": st.just("unmerge"), "number": numbers}),
    st.fixed_dictionaries({"action": st.just("mark_answered"), "number": numbers}),
    st.fixed_dictionaries(
        {
            "action": st.just("answer_theme"),
            "theme": letters,
            "outcome": st.sampled_from(["did", "will", "cannot"]),
            "text": st.text("ab", min_size=1, max_size=3),
            "owner": st.text("ab", max_size=2),
            "day": st.sampled_from(["", "2026-12-01"]),
        }
    ),
)


def board(desk: Desk) -> Any:
    """Everything that facilitators' programs see, but for where it is in the log; and the answers."""
    with reading(desk.engine) as db:
        live_session = session_by_id(db, desk.session_id)
        assert live_session is not None
        whole = screens.board(db, live_session, Audience(Screen.JSON, sorts=True), "")
        given = answers_given(db, desk.session_id).values()
    answers = [one._replace(touched=0) for one in given if not one.is_blank]
    return {name: part for name, part in whole.items() if name != "head"} | {"answers": answers}


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
@given(wishes=st.lists(actions, max_size=12))
def test_undoing_everything_is_the_start_and_redoing_it_the_end(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Path, wishes: list[dict[str, Any]]
) -> None:
    file = tmp_path_factory.mktemp("undo") / "sheaf.db"
    file.write_bytes(empty_database.read_bytes())
    desk = Desk(connect(f"sqlite:///{file}"), themes=["Pay", "Power"])
    for nth in range(CARDS):
        author = desk.participant()
        number = desk.post(author, f"Voice {nth}")
        desk.do(author, "propose_name", theme="AB"[nth % 2], name=f"Name {nth}")
        if nth < 2:
            desk.do(desk.invite(Role.FACILITATOR), "place", contributions=[number], theme="A")
            desk.do(author, "contest", number=number, theme="A")
    start = board(desk)
    done = sum(desk.act(desk.organiser, **wish).status == "saved" for wish in wishes)
    end = board(desk)
    for _nth in range(done):
        assert desk.act(desk.organiser, "undo").status == "saved"
    assert board(desk) == start
    for _nth in range(done):
        assert desk.act(desk.organiser, "redo").status == "saved"
    assert board(desk) == end
    desk.engine.dispose()
