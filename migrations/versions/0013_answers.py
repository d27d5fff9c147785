"""what is answered to each theme, and whether everybody may read the summary"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    published = sa.Column("is_published", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("live_session", published)
    op.create_table(
        "answer",
        sa.Column("session_id", WHOLE, nullable=False),
        sa.Column("theme", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=True),
        sa.Column("text_id", WHOLE, sa.ForeignKey("wording.id"), nullable=True),
        sa.Column("owner_id", WHOLE, sa.ForeignKey("wording.id"), nullable=True),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("review_day", TEXT, nullable=False),
        sa.Column("touched", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "theme"),
        sa.ForeignKeyConstraint(["session_id", "theme"], ["theme.session_id", "theme.letter"]),
        sa.CheckConstraint("outcome IN ('did', 'will', 'cannot')", name="outcome_is_known"),
    )
    for column in ("text_id", "owner_id"):
        known = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"answer_{column}", "answer", [column], sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    op.drop_table("answer")
    op.drop_column("live_session", "is_published")
