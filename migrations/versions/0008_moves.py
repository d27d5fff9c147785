"""how often a card was moved between two places stands with the card, not only in the log"""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OF_MOVES = sa.text("action = 'place'")


def upgrade() -> None:
    op.add_column("contribution", sa.Column("moves", sa.JSON(), nullable=True))
    op.drop_index("change_moves", "change")
    count_what_was_moved(op.get_bind())


def count_what_was_moved(db: sa.Connection) -> None:
    then = sa.MetaData()
    then.reflect(db, only=["change", "contribution"])
    log, cards = then.tables["change"], then.tables["contribution"]
    times: defaultdict[tuple[int, int], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    moved = sa.select(log.c.session_id, log.c.detail).where(log.c.action == "place").order_by(log.c.seq)
    for session_id, detail in db.execute(moved):
        for facet, (before, after) in dict(detail).items():
            subject, _, what = facet.partition(".")
            old, new = ({place for place, _ in places} or {"unsorted"} for places in (before, after))
            left, entered = old - new, new - old
            if what == "places" and len(left) == len(entered) == 1:
                times[session_id, int(subject)][" ".join(sorted([*left, *entered]))] += 1
    for (session_id, number), counted in times.items():
        card = cards.c.session_id == session_id, cards.c.number == number
        db.execute(cards.update().where(*card).values(moves=dict(counted)))


def downgrade() -> None:
    how = {"sqlite_where": OF_MOVES, "postgresql_where": OF_MOVES}
    op.create_index("change_moves", "change", ["session_id", "seq"], **how)
    op.drop_column("contribution", "moves")
