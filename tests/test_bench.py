"""The benchmarks still fit the tables and the screens. What they measure is no test's business."""

from app.database import connect, reading
from app.queries.cards import cards_where
from bench.event import copy_of, event
from bench.floor_commit import commit_in_groups


def test_the_floor_writes_the_rows_that_posts_do() -> None:
    made = event(10)
    with copy_of(made) as folder:
        commit_in_groups(str(folder / "sheaf.db"), made.session_id, 2, 4)
        engine = connect(f"sqlite:///{folder / 'sheaf.db'}")
        with reading(engine) as db:
            written = cards_where(db, made.session_id)
        engine.dispose()
    assert [card.number for card in written] == list(range(1, 15))
    assert all(card.text and card.is_visible for card in written)
