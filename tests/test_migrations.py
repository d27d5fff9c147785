"""The tables that migrations make are the tables that the models say."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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
from app.passes import new_key

pytestmark = pytest.mark.every_database


@pytest.fixture
def new(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[], Engine]]:
    """Makes databases without tables."""
    with ExitStack() as made:

        def one() -> Engine:
            name = f"sqlite:///{tmp_path / new_key()}.db"
            engine = connect(name if dialect == "sqlite" else request.getfixturevalue("cluster").new())
            made.callback(engine.dispose)
            return engine

        yield one


@pytest.fixture
def engine(new: Callable[[], Engine]) -> Engine:
    """A database that migrations have made."""
    engine = new()
    migrate(engine)
    return engine


def test_migrations_make_what_the_models_say(engine: Engine) -> None:
    with reading(engine) as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_constraints_are_the_same_too(engine: Engine, new: Callable[[], Engine]) -> None:
    """Alembic does not compare checks and foreign keys of SQLite, nor how texts sort."""
    other = new()
    with writing(other) as db:
        SQLModel.metadata.create_all(db)
    for table in SQLModel.metadata.tables:
        assert constraints(engine, table) == constraints(other, table)
        assert sorting(engine, table) == sorting(other, table)


def constraints(engine: Engine, table: str) -> list[object]:
    found = inspect(engine)
    # PostgreSQL says the same check in other words, depending on how it came about.
    checks = sorted(
        (str(one["name"]), re.findall(r"'\w+'", one["sqltext"])) for one in found.get_check_constraints(table)
    )
    keys = sorted(
        (one["constrained_columns"], one["referred_table"], one["referred_columns"])
        for one in found.get_foreign_keys(table)
    )
    unique = sorted(one["column_names"] for one in found.get_unique_constraints(table))
    return [checks, keys, unique, found.get_pk_constraint(table)["constrained_columns"]]


def sorting(engine: Engine, table: str) -> dict[str, object]:
    columns = inspect(engine).get_columns(table)
    return {one["name"]: getattr(one["type"], "collation", None) for one in columns}


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
