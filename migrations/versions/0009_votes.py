"""votes: what is asked, what can be given dots, and what is given while a vote is open

And when the room last read something new of a card: phones need not hear of it while it is sorted.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("live_session", sa.Column("last_vote", WHOLE, server_default="0", nullable=False))
    op.add_column("contribution", sa.Column("seen", WHOLE, server_default="0", nullable=False))
    op.execute("UPDATE contribution SET seen = touched")
    op.create_table(
        "vote",
        sa.Column("session_id", WHOLE, sa.ForeignKey("live_session.id"), nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("question_id", WHOLE, sa.ForeignKey("wording.id"), nullable=False),
        sa.Column("dots", WHOLE, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("voters", WHOLE, nullable=False),
        sa.Column("hands", WHOLE, nullable=False),
        sa.Column("heard", WHOLE, nullable=False),
        sa.Column("touched", WHOLE, nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed', 'dropped')", name="state_is_known"),
        sa.CheckConstraint("dots > 0", name="dots_are_some"),
        sa.PrimaryKeyConstraint("session_id", "number"),
    )
    op.create_table(
        "choice",
        sa.Column("session_id", WHOLE, nullable=False),
        sa.Column("vote", WHOLE, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("card", WHOLE, nullable=True),
        sa.Column("rank", WHOLE, nullable=False),
        sa.Column("dots", WHOLE, nullable=False),
        sa.Column("by_hand", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["session_id", "vote"], ["vote.session_id", "vote.number"]),
        sa.ForeignKeyConstraint(["session_id", "card"], ["contribution.session_id", "contribution.number"]),
        sa.PrimaryKeyConstraint("session_id", "vote", "subject"),
    )
    op.create_table(
        "given",
        sa.Column("session_id", WHOLE, nullable=False),
        sa.Column("vote", WHOLE, nullable=False),
        sa.Column("actor_id", TEXT, sa.ForeignKey("actor.id"), nullable=False),
        sa.Column("hands", WHOLE, nullable=False),
        sa.Column("dots", sa.JSON(), nullable=False),
        sa.Column("spent", WHOLE, nullable=False),
        sa.Column("touched", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["session_id", "vote"], ["vote.session_id", "vote.number"]),
        sa.PrimaryKeyConstraint("session_id", "vote", "actor_id"),
    )
    op.create_index("choice_subject", "choice", ["session_id", "subject"])
    op.create_index("given_touched", "given", ["session_id", "touched"])
    for table, column in POINTING:
        known = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"{table}_{column}", table, [column], sqlite_where=known, postgresql_where=known)


POINTING = (("vote", "question_id"), ("given", "actor_id"))


def downgrade() -> None:
    for table in ("given", "choice", "vote"):
        op.drop_table(table)
    op.drop_column("contribution", "seen")
    op.drop_column("live_session", "last_vote")
