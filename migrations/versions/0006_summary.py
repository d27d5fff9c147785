"""what organisers write in the summary, where only they know"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "passage",
        sa.Column("session_id", WHOLE, nullable=False),
        sa.Column("part", TEXT, nullable=False),
        sa.Column("wording_id", WHOLE, sa.ForeignKey("wording.id"), nullable=True),
        sa.Column("touched", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "part"),
    )
    known = sa.text("wording_id IS NOT NULL")
    how = {"sqlite_where": known, "postgresql_where": known}
    op.create_index("passage_wording_id", "passage", ["wording_id"], **how)


def downgrade() -> None:
    op.drop_table("passage")
