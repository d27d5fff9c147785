"""the wall: merged cards, described and coloured themes, objections, proposed names, flags"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    hold("'off', 'flagged', 'all'")
    with op.batch_alter_table("live_session") as table:
        table.add_column(sa.Column("all_sort", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("contribution") as table:
        table.add_column(sa.Column("merged_into", WHOLE, nullable=True))
        table.create_foreign_key(
            "contribution_merged_into",
            "contribution",
            ["session_id", "merged_into"],
            ["session_id", "number"],
        )
        table.create_check_constraint("merged_into_is_another", "merged_into != number")
    op.create_index(
        "contribution_merged",
        "contribution",
        ["session_id", "merged_into"],
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    with op.batch_alter_table("theme") as table:
        table.add_column(sa.Column("description_id", WHOLE, nullable=True))
        table.add_column(sa.Column("colour", WHOLE, nullable=True))
        table.create_foreign_key("theme_description_id", "wording", ["description_id"], ["id"])
        table.create_check_constraint("colour_is_known", "colour BETWEEN 1 AND 12")
    op.create_index(
        "change_moves",
        "change",
        ["session_id", "seq"],
        sqlite_where=sa.text("action = 'place'"),
        postgresql_where=sa.text("action = 'place'"),
    )
    op.create_table(
        "contest",
        sa.Column("session_id", WHOLE, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("place", TEXT, nullable=False),
        sa.Column("text_id", WHOLE, sa.ForeignKey("wording.id"), nullable=True),
        sa.Column("is_answered", sa.Boolean(), nullable=False),
        sa.Column("answer_id", WHOLE, sa.ForeignKey("wording.id"), nullable=True),
        sa.ForeignKeyConstraint(["session_id", "number"], ["contribution.session_id", "contribution.number"]),
        sa.PrimaryKeyConstraint("session_id", "number", "place"),
    )
    op.create_table(
        "proposal",
        sa.Column("session_id", WHOLE, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("theme", TEXT, nullable=False),
        sa.Column("actor_id", TEXT, sa.ForeignKey("actor.id"), nullable=False),
        sa.Column("name_id", WHOLE, sa.ForeignKey("wording.id"), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("touched", WHOLE, nullable=False),
        sa.CheckConstraint("state IN ('open', 'accepted', 'declined')", name="state_is_known"),
        sa.ForeignKeyConstraint(["session_id", "theme"], ["theme.session_id", "theme.letter"]),
        sa.PrimaryKeyConstraint("session_id", "number"),
        sa.UniqueConstraint("session_id", "theme", "actor_id"),
    )


def downgrade() -> None:
    """Cards that were merged stand by themselves again, and are unsorted."""
    op.drop_table("proposal")
    op.drop_table("contest")
    op.drop_index("change_moves", "change")
    with op.batch_alter_table("theme") as table:
        table.drop_constraint("colour_is_known", type_="check")
        table.drop_constraint("theme_description_id", type_="foreignkey")
        table.drop_column("colour")
        table.drop_column("description_id")
    op.drop_index("contribution_merged", "contribution")
    with op.batch_alter_table("contribution") as table:
        table.drop_constraint("merged_into_is_another", type_="check")
        table.drop_constraint("contribution_merged_into", type_="foreignkey")
        table.drop_column("merged_into")
    with op.batch_alter_table("live_session") as table:
        table.drop_column("all_sort")
    op.execute("UPDATE live_session SET hold = 'all' WHERE hold = 'flagged'")
    hold("'off', 'all'")


def hold(known: str) -> None:
    """Say anew which kinds of holding there are."""
    with op.batch_alter_table("live_session") as table:
        table.drop_constraint("hold_is_known", type_="check")
        table.create_check_constraint("hold_is_known", f"hold IN ({known})")
