"""what several servers on PostgreSQL need

A place for the secret they share, whole numbers of 64 bits, and texts that sort as they do in
SQLite, where whole numbers are as wide as they need to be and texts sort by code point already.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_secret",
        sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("secret", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("purpose"),
    )
    if op.get_bind().dialect.name == "postgresql":
        alter("BIGINT", 'VARCHAR COLLATE "C"')


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        alter("INTEGER", 'VARCHAR COLLATE "default"')
    op.drop_table("server_secret")


def alter(whole: str, text: str) -> None:
    """Give all whole numbers and texts these types, and the counters behind ids the first."""
    found = sa.inspect(op.get_bind())
    for table in found.get_table_names():
        if table != "alembic_version":
            columns = found.get_columns(table)
            kinds = {c["name"]: whole for c in columns if isinstance(c["type"], sa.Integer)}
            kinds |= {c["name"]: text for c in columns if isinstance(c["type"], sa.String)}
            # All at once: each statement copies the table.
            op.execute(
                f'ALTER TABLE "{table}" '
                + ", ".join(f'ALTER COLUMN "{name}" TYPE {kind}' for name, kind in kinds.items())
            )
    for sequence in found.get_sequence_names():
        op.execute(f'ALTER SEQUENCE "{sequence}" AS {whole}')
