"""tables without phones: who wrote for whom; concerns, and who hears of them"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    concerns_to = sa.Column("concerns_to", TEXT, server_default=sa.text("''"), nullable=False)
    op.add_column("live_session", concerns_to)
    paraphrased = sa.Column("is_paraphrased", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("contribution", paraphrased)
    table = sa.Column("table_id", WHOLE, sa.ForeignKey("wording.id"), nullable=True)
    op.add_column("contribution", table, inline_references=True)
    find("contribution", "table_id")
    op.create_table(
        "concern",
        sa.Column("session_id", WHOLE, sa.ForeignKey("live_session.id"), nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("actor_id", TEXT, sa.ForeignKey("actor.id"), nullable=False),
        sa.Column("wording_id", WHOLE, sa.ForeignKey("wording.id"), nullable=False),
        sa.Column("is_seen", sa.Boolean(), nullable=False),
        sa.Column("touched", WHOLE, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "number"),
    )
    find("concern", "wording_id")
    find("concern", "actor_id")


def downgrade() -> None:
    op.drop_table("concern")
    op.drop_index("contribution_table_id", "contribution")
    with op.batch_alter_table("contribution") as table:
        table.drop_column("table_id")
        table.drop_column("is_paraphrased")
    with op.batch_alter_table("live_session") as table:
        table.drop_column("concerns_to")


def find(table: str, column: str) -> None:
    """Let what points to a wording or an actor be found without reading a whole table."""
    known = sa.text(f"{column} IS NOT NULL")
    op.create_index(f"{table}_{column}", table, [column], sqlite_where=known, postgresql_where=known)
