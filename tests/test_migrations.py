"""The tables that migrations make are the tables that the models say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect
from sqlmodel import SQLModel

from app import models
from app.actions import sessions
from app.database import connect, migrate, reading, writing
from app.forms import NewSession


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{tmp_path / 'new.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


def test_migrations_make_what_the_models_say(engine: Engine) -> None:
    with reading(engine) as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_constraints_are_the_same_too(engine: Engine, tmp_path: Path) -> None:
    """Alembic does not compare checks and foreign keys of SQLite."""
    other = connect(f"sqlite:///{tmp_path / 'models.db'}")
    SQLModel.metadata.create_all(other)
    for table in SQLModel.metadata.tables:
        assert constraints(engine, table) == constraints(other, table)
    other.dispose()


def constraints(engine: Engine, table: str) -> list[object]:
    found = inspect(engine)
    checks = sorted((str(one["name"]), one["sqltext"]) for one in found.get_check_constraints(table))
    keys = sorted(
        (one["constrained_columns"], one["referred_table"], one["referred_columns"])
        for one in found.get_foreign_keys(table)
    )
    unique = sorted(one["column_names"] for one in found.get_unique_constraints(table))
    return [checks, keys, unique, found.get_pk_constraint(table)["constrained_columns"]]


def test_migrating_again_is_harmless(engine: Engine) -> None:
    with writing(engine) as db:
        sessions.start(db, 1, NewSession(title="What next?"))
    migrate(engine)
    with reading(engine) as db:
        assert db.exec_driver_sql("SELECT count(*) FROM live_session").scalar() == 1
        assert len(db.exec_driver_sql("SELECT * FROM alembic_version").all()) == 1


def test_tables_carry_what_screens_need() -> None:
    for table in (models.contributions, models.themes, models.prompts, models.sessions):
        assert "touched" in table.c
