"""programs: tokens with a scope, and addresses that are told of changes"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    known = sa.CheckConstraint("scope IN ('read', 'watch', 'write', 'sort')", name="scope_is_known")
    op.add_column("invitation", sa.Column("scope", TEXT, known, nullable=True))
    op.create_table(
        "webhook",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("session_id", WHOLE, sa.ForeignKey("live_session.id"), nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("told", WHOLE, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("tries", WHOLE, nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("webhook_due", "webhook", ["due_at"])
    op.create_index("ix_webhook_session_id", "webhook", ["session_id"])


def downgrade() -> None:
    op.drop_table("webhook")
    op.drop_column("invitation", "scope")
