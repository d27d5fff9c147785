"""Statements that every post and every update run, compiled once and run on the driver's cursor.

SQLAlchemy is where statements are written, so that they are right for SQLite and PostgreSQL. But
running one through it costs several times what SQLite itself needs for it, and a post has eight.
So these few are compiled the first time a database meets them; after that no more is done than
to put the values in their places, hand the text to the driver, and name the columns that come
back. Values and columns are converted by the types that the tables give them, as ever, and what
fails, fails as it does in SQLAlchemy.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Dialect, Float, TextClause
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]


class Prepared:
    """One statement. Whatever it asks for is given by name when it is run."""

    def __init__(self, statement: ReturnsRows | TextClause) -> None:
        self._statement = statement
        self._ready: dict[tuple[str, ...], _Ready] = {}

    def run(self, db: Connection, values: dict[str, Any]) -> None:
        """Run it, for what it does."""
        self._execute(db, values)

    def first(self, db: Connection, values: dict[str, Any]) -> Any:
        """The first row, with its columns as attributes; None where there is none."""
        cursor, ready = self._execute(db, values)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else ready.name(row)

    def all(self, db: Connection, values: dict[str, Any]) -> list[Any]:
        """All rows, with their columns as attributes."""
        cursor, ready = self._execute(db, values)
        return [ready.name(row) for row in cursor.fetchall()]

    def scalar(self, db: Connection, values: dict[str, Any]) -> Any:
        """The first column of the first row; None where there is none."""
        row = self.first(db, values)
        return None if row is None else row[0]

    def _execute(self, db: Connection, values: dict[str, Any]) -> tuple[Any, "_Ready"]:
        known = db.dialect.name, *values
        ready = self._ready.get(known)
        if ready is None:
            ready = self._ready[known] = _prepare(self._statement, db.dialect, values)
        driver = cast(Any, db.connection.dbapi_connection)
        try:
            return driver.execute(ready.sql, ready.place(values)), ready
        except db.dialect.loaded_dbapi.Error as fault:
            raise _as_sqlalchemy_says(fault, ready.sql, db.dialect) from fault


class _Ready(NamedTuple):
    """A statement as one kind of database takes it. `order` is None where values go by name."""

    sql: str
    order: list[str] | None
    fixed: dict[str, Any]
    going: list[tuple[str, Convert]]
    coming: list[tuple[int, Convert]]
    row: Callable[[Iterable[Any]], Any]

    def place(self, values: dict[str, Any]) -> Any:
        """The values as the driver wants them."""
        values = {**self.fixed, **values}
        for name, convert in self.going:
            values[name] = convert(values[name])
        return values if self.order is None else [values[name] for name in self.order]

    def name(self, columns: Iterable[Any]) -> Any:
        """A row with names for its columns."""
        if self.coming:
            columns = list(columns)
            for at, convert in self.coming:
                columns[at] = convert(columns[at])
        return self.row(columns)


def _prepare(statement: Any, dialect: Dialect, given: Iterable[str]) -> _Ready:
    compiled = statement.compile(dialect=dialect, column_keys=list(given))
    binds = compiled.binds
    fixed = {name: value for name, value in compiled.params.items() if not binds[name].required}
    fixed |= {column.key: column.default.arg for column in compiled.insert_prefetch}
    kinds = {name: binds[name].type for name in compiled.params}
    columns = list(statement.exported_columns) if isinstance(statement, ReturnsRows) else []
    coming = ((at, _coming(column.type, dialect)) for at, column in enumerate(columns))
    names = [column.key for column in columns]
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    return _Ready(
        str(compiled),
        compiled.positiontup,
        fixed,
        [(name, convert) for name, kind in kinds.items() if (convert := _going(kind, dialect))],
        [(at, convert) for at, convert in coming if convert],
        row._make,
    )


def _going(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _coming(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, Float):  # what to do would depend on the row; both drivers give floats
        return None
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _as_sqlalchemy_says(fault: Exception, sql: str, dialect: Dialect) -> BaseException:
    """Without the values: they may be somebody's words, and errors are logged."""
    kind = dialect.loaded_dbapi.Error
    return DBAPIError.instance(sql, {}, fault, kind, hide_parameters=True, dialect=dialect)
