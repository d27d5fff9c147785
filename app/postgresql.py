"""PostgreSQL, from which several servers work at once. Only where it is used is this loaded: psycopg
is 12 MB, and most servers have SQLite.

Anything between us and it may stop answering without a word, so nothing waits for it longer than
`PATIENCE`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, Engine, create_engine, event

CONNECTIONS = 12
"""How many connections one server keeps to PostgreSQL, which has 100 unless told otherwise. Two
more carry the hints between servers."""

PATIENCE = 10.0
"""Seconds after which a PostgreSQL that does not answer is given up."""

_LIMITS = {
    # Below our own patience, so that a busy database says so itself.
    "statement_timeout": 8_000,
    # A server that freezes in the middle of a transaction holds its session's lock. It is thrown
    # out before the others, who want that lock, give up.
    "idle_in_transaction_session_timeout": 5_000,
    # Who wants it tries again and again, and sees to other sessions in between.
    "lock_timeout": 250,
}
"""What PostgreSQL itself stops, in milliseconds."""

_MIGRATING = 7_325_411_068
"""The advisory lock of those who bring the tables up to date. Any number that nobody else uses."""


def open_postgresql(address: URL) -> Engine:
    """An engine whose connections are checked, bounded, and keep what they are given."""
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        connect_args=_SIGNS_OF_LIFE,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=PATIENCE,
        pool_pre_ping=True,  # after a restart of PostgreSQL, nobody should pay for an old connection
    )
    event.listen(engine, "do_connect", _open)
    event.listen(engine, "connect", _prepare_session)
    return engine


_SIGNS_OF_LIFE = {
    "application_name": "sheaf",
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


class _Bounded(psycopg.Connection[Any]):
    """A connection that waits so long for an answer, and no longer. The limits that PostgreSQL
    keeps do not help where its answer never arrives, nor those of the network where somebody in
    between still takes our bytes."""

    patience: float | None = PATIENCE

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Run one exchange with the server."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.Error as fault:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # its answer may still come, and must not be taken for another
            # PostgreSQL's details quote the row, so perhaps somebody's words; and errors are logged.
            fault.args = (fault.diag.message_primary or str(fault),)
            raise

    def __del__(self, *_: Any) -> None:
        """Without psycopg's warning: when a server stops, a thread may be reading to the last, and
        what it read from goes with it."""
        if hasattr(self, "pgconn"):
            self.pgconn.finish()


class _BoundedLine(psycopg.AsyncConnection[Any]):
    """The same for one that is used on the event loop."""

    async def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """Run one exchange with the server."""
        return await super().wait(gen, interval, PATIENCE if timeout is None else timeout)


async def line_to(engine: Engine) -> psycopg.AsyncConnection[Any]:
    """A connection to an engine's PostgreSQL that its pool knows nothing of. Each statement is a
    transaction."""
    _where, how = engine.dialect.create_connect_args(engine.url)
    said: dict[str, Any] = {**_SIGNS_OF_LIFE, **how}
    return await _BoundedLine.connect(autocommit=True, **said)


def _open(_dialect: object, _record: object, where: Any, how: Any) -> _Bounded:
    return _Bounded.connect(*where, **how)


def _prepare_session(connection: Any, _record: object) -> None:
    for name, most in _LIMITS.items():
        connection.execute(f"SET {name} = {most}")
    # Saved means saved, also where the database's owner has set it otherwise for other programs.
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )


@contextmanager
def in_turn(db: Connection) -> Iterator[None]:
    """Alone among all servers, and without a limit: a large table takes its time."""
    connection = db.connection.driver_connection
    assert isinstance(connection, _Bounded)
    connection.patience = None
    for name in _LIMITS:
        db.exec_driver_sql(f"SET LOCAL {name} = 0")
    db.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
    try:
        yield
    finally:
        connection.patience = PATIENCE
