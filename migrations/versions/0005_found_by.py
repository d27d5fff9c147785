"""what points to a wording or an actor is found without reading a whole table

SQLite and PostgreSQL look for such rows whenever a wording is deleted. Without an index, deleting a
session took time for each of its wordings and each card of every other session.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

POINTING = {
    "contribution": ("wording_id", "name_id", "answer_id"),
    "prompt": ("wording_id",),
    "theme": ("name_id", "description_id"),
    "contest": ("text_id", "answer_id"),
    "proposal": ("name_id", "actor_id"),
    "agreement": ("actor_id",),
}


def upgrade() -> None:
    for table, columns in POINTING.items():
        for column in columns:
            known = sa.text(f"{column} IS NOT NULL")
            how = {"sqlite_where": known, "postgresql_where": known}
            op.create_index(f"{table}_{column}", table, [column], **how)


def downgrade() -> None:
    for table, columns in POINTING.items():
        for column in columns:
            op.drop_index(f"{table}_{column}", table)
