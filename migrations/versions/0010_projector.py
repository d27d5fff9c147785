"""the projector: what gathers before it, and how it is set up from the board"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")
SETTINGS = {
    "distance": "'middle', 'near', 'far'",
    "ground": "'light', 'dark'",
    "join_panel": "'foot', 'beside', 'none'",
    "zone": "'none', 'left', 'right', 'bottom'",
}


def upgrade() -> None:
    op.add_column(
        "live_session", sa.Column("gathers", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column("live_session", sa.Column("shown_upto", WHOLE, nullable=True))
    for name, known in SETTINGS.items():
        usual = sa.text(known.partition(",")[0])
        check = sa.CheckConstraint(f"{name} IN ({known})", name=f"{name}_is_known")
        op.add_column("live_session", sa.Column(name, TEXT, check, server_default=usual, nullable=False))
    unsorted(["session_id", "status", "placed", "shown_at"])


def downgrade() -> None:
    unsorted(["session_id", "status", "placed"])
    for name in (*SETTINGS, "shown_upto", "gathers"):
        op.drop_column("live_session", name)


def unsorted(columns: list[str]) -> None:
    """The index that counts what waits to be sorted, anew."""
    op.drop_index("contribution_unsorted", "contribution")
    op.create_index("contribution_unsorted", "contribution", columns)
