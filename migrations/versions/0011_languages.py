"""a session may have a second language beside its first"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = AutoString().with_variant(sa.String(collation="C"), "postgresql")
    empty = sa.Column("second_language", text, server_default=sa.text("''"), nullable=False)
    op.add_column("live_session", empty)


def downgrade() -> None:
    op.drop_column("live_session", "second_language")
