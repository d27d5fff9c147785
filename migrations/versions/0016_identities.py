"""identities: accounts at an OpenID provider, with which organisers sign in"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "identity",
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("account_id", WHOLE, sa.ForeignKey("account.id"), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject"),
    )
    op.create_index("ix_identity_account_id", "identity", ["account_id"])


def downgrade() -> None:
    op.drop_table("identity")
