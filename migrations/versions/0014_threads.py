"""what a session grew from, and which of its cards were brought along"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "thread",
        sa.Column("session_id", WHOLE, sa.ForeignKey("live_session.id"), nullable=False),
        sa.Column("of_session", WHOLE, nullable=False),
        sa.Column("theme", TEXT, nullable=False),
        sa.Column("name_id", WHOLE, sa.ForeignKey("wording.id"), nullable=True),
        sa.Column("voices", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("session_id"),
    )
    op.create_index("thread_of_session", "thread", ["of_session"])
    find("thread", "name_id")
    op.add_column("contribution", sa.Column("earlier", WHOLE, nullable=True))
    find("contribution", "earlier")


def downgrade() -> None:
    op.drop_index("contribution_earlier", "contribution")
    op.drop_column("contribution", "earlier")
    op.drop_table("thread")


def find(table: str, column: str) -> None:
    """Only the few rows that have it."""
    known = sa.text(f"{column} IS NOT NULL")
    op.create_index(f"{table}_{column}", table, [column], sqlite_where=known, postgresql_where=known)
