"""The tables that migrations make are the tables that the models say."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    inspect,
    select,
    update,
)
from sqlmodel import SQLModel

from app import database, models
from app.actions import sessions
from app.database import MIGRATIONS, Schema, UnsafeDatabase, connect, migrate, reading, writing
from app.forms.sheets import NewSession
from app.passes import new_key
from tests.desk import Desk

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


def test_the_same_indexes_leave_out_rows(engine: Engine) -> None:
    """The models say which for SQLite only."""
    tables = SQLModel.metadata.tables.values()
    found = [one for table in tables for one in inspect(engine).get_indexes(table.name)]
    where = f"{engine.dialect.name}_where"
    said = {
        one.name
        for table in tables
        for one in table.indexes
        if one.dialect_options["sqlite"]["where"] is not None
    }
    assert said
    assert {one["name"] for one in found if where in one.get("dialect_options", {})} == said


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


REVISIONS = [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


def test_a_database_knows_how_old_it_is(new: Callable[[], Engine]) -> None:
    """Told without Alembic, whose word it must be all the same."""
    engine = new()
    for revision in REVISIONS:
        upgrade(engine, revision)
        with reading(engine) as db:
            is_newest = revision == ScriptDirectory(str(MIGRATIONS)).get_current_head()
            assert database.schema_of(db) is (Schema.CURRENT if is_newest else Schema.OLDER), revision


def test_a_database_without_tables_is_none_and_one_from_a_newer_program_is_newer(
    new: Callable[[], Engine],
) -> None:
    engine = new()
    with reading(engine) as db:
        assert database.schema_of(db) is Schema.NONE
    migrate(engine)
    with writing(engine) as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with reading(engine) as db:
        assert database.schema_of(db) is Schema.NEWER
    with pytest.raises(UnsafeDatabase):
        migrate(engine)


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_was_kept_before_is_kept_after(new: Callable[[], Engine], revision: str) -> None:
    """From every earlier form of the tables, with a row in each of them."""
    engine = new()
    upgrade(engine, revision)
    rows = furnish(engine)
    migrate(engine)
    with reading(engine) as db:
        for table, before in rows.items():
            after = db.execute(select(SQLModel.metadata.tables[table])).mappings().one()
            assert {name: after[name] for name in before} == before, table
        if engine.dialect.name == "sqlite":
            assert db.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_what_was_moved_before_is_counted(new: Callable[[], Engine]) -> None:
    engine = new()
    upgrade(engine, "0006")
    furnish(engine)
    from_a_to_b = {"1.places": [[["A", 1.0]], [["B", 1.0]]], "2.places": [[], []]}
    with writing(engine) as db:
        db.execute(update(models.changes).values(action="place", detail=from_a_to_b))
    migrate(engine)
    with reading(engine) as db:
        assert db.scalar(select(models.contributions.c.moves)) == {"A B": 1}


def upgrade(engine: Engine, revision: str) -> None:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as db:
        config.attributes["connection"] = db
        alembic.command.upgrade(config, revision)


def furnish(engine: Engine) -> dict[str, dict[str, Any]]:
    """One row in each table as it was then. All keys are 1 or "x", so that they fit each other."""
    then = MetaData()
    rows = {}
    with writing(engine) as db:
        then.reflect(db)
        for table in then.sorted_tables:
            if table.name != "alembic_version":
                rows[table.name] = {column.name: sample(column) for column in table.columns}
                db.execute(table.insert(), rows[table.name])
    return rows


def sample(column: Column[Any]) -> Any:
    if column.name in KNOWN:
        return KNOWN[column.name]
    kind = type(column.type.as_generic())
    return next(value for types, value in SAMPLES if issubclass(kind, types))


KNOWN: dict[str, Any] = {"state": "open", "merged_into": None}
KNOWN |= {"hold": "off", "role": "organiser", "kind": "idea", "status": "visible", "carrier": "phone"}
KNOWN |= {"outcome": "did", "scope": "read"}
KNOWN |= {"distance": "far", "ground": "dark", "join_panel": "none", "zone": "left"}
SAMPLES: list[tuple[Any, Any]] = [
    (Boolean, True),
    (JSON, []),
    (Integer, 1),
    (Float, 1.0),
    (LargeBinary, b"x"),
    (String, "x"),
]


def test_tables_whose_rows_would_point_nowhere_are_not_taken(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'broken.db'}")
    migrate(engine)
    number = (desk := Desk(engine)).post(desk.participant())
    with pytest.raises(UnsafeDatabase), database._rebuilding(engine) as db:
        db.exec_driver_sql("DELETE FROM prompt")
    with reading(engine) as db:
        assert db.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    desk.do(desk.organiser, "hide", contributions=[number])
    engine.dispose()
