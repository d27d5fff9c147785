"""Is everything in order? What an operator wants to know before an event, in plain sentences."""

import ipaddress
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from app import lease
from app.actions.again import outstanding
from app.database import Schema, UnsafeDatabase, connect, reading, schema_of, sqlite_file, writing
from app.ledger import Ledger
from app.likeness import is_installed
from app.settings import Settings
from app.soundness import faults

ENOUGH_SPACE = 200 * 1024 * 1024
SAFE_SECRET = 32
NETWORK_FILE_SYSTEMS = (
    "nfs",
    "cifs",
    "smb",
    "9p",
    "afs",
    "ceph",
    "gluster",
    "lustre",
    "sshfs",
    "s3fs",
    "rclone",
)


class Finding(NamedTuple):
    """One thing that was looked at."""

    is_fine: bool
    sentence: str


def check(settings: Settings) -> Iterator[Finding]:
    """Look at everything, and change nothing."""
    yield from _folder(settings.data_dir)
    yield from _secret(settings)
    yield from _public_url(settings.public_url)
    yield from _suggestions(settings)
    try:
        yield from _database(settings.address_of_database, Ledger(settings.erased))
    except UnsafeDatabase as problem:
        yield Finding(False, str(problem))
    except DatabaseError as problem:
        yield Finding(False, f"The database can’t be used: {problem.orig}.")
    except OSError as problem:
        yield Finding(False, f"The database can’t be reached: {problem}.")


# Around the database


def _suggestions(settings: Settings) -> Iterator[Finding]:
    if not settings.suggest:
        return
    if is_installed():
        yield Finding(True, "What suggestions need is installed.")
    else:
        yield Finding(False, "SHEAF_SUGGEST is on, but what it needs is not installed: start with bin/run.")


def _folder(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding(True, f"The folder {folder} is not there yet. The server makes it.")
        return
    try:
        tempfile.TemporaryFile(dir=folder).close()
        yield Finding(True, f"The folder {folder} can be written to.")
    except OSError as problem:
        yield Finding(False, f"The folder {folder} can’t be written to: {problem.strerror}.")


def _secret(settings: Settings) -> Iterator[Finding]:
    file = settings.data_dir / "secret"
    if settings.secret:
        is_long = len(settings.secret) >= SAFE_SECRET
        yield Finding(
            is_long, f"SHEAF_SECRET {'is' if is_long else 'is not'} {SAFE_SECRET} characters or more."
        )
    elif not file.exists():
        yield Finding(True, "There is no secret yet. The server makes one.")
    else:
        is_hidden = not file.stat().st_mode & 0o077
        yield Finding(
            is_hidden, f"{file} is {'its owner’s alone' if is_hidden else 'open to others: chmod 600'}."
        )


def _public_url(url: str) -> Iterator[Finding]:
    if not url:
        yield Finding(True, "SHEAF_PUBLIC_URL is not set: links name this machine’s own address.")
        return
    problem = next(_problems(url), None)
    yield Finding(problem is None, f"SHEAF_PUBLIC_URL {problem or 'is an address that people can use'}.")


def _problems(url: str) -> Iterator[str]:
    """What would keep people out, or let others read along."""
    asked = urlsplit(url)
    host = asked.hostname or ""
    if asked.scheme not in ("http", "https") or not host:
        yield "must begin with https:// or http:// and name a host"
        return
    if asked.path not in ("", "/") or asked.query or asked.fragment or "@" in asked.netloc:
        yield "must be a host alone, with nothing after it"
    # Browsers say their origin in lower case, and without the usual port.
    usual = {"http": ":80", "https": ":443"}[asked.scheme]
    if asked.netloc != asked.netloc.lower() or asked.netloc.endswith(usual):
        yield f"must be written in lower case, without {usual}: browsers write it so"
    if asked.scheme == "http" and not _is_local(host):
        yield "is plain http, so anybody on the way can read along; please use https"


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".home.arpa", ".internal"))


# The database


def _database(url: str, ledger: Ledger) -> Iterator[Finding]:
    file = sqlite_file(url)
    if file:
        yield from _place(file)
        if not file.exists():
            yield Finding(True, "There is no database yet. The server makes it.")
            return
        yield from _servers(file)
    engine = connect(url)
    try:
        yield from _tables(engine)
        yield from _ledger(engine, ledger)
    finally:
        engine.dispose()


def _place(file: Path) -> Iterator[Finding]:
    yield Finding(True, f"SQLite {sqlite.sqlite_version} keeps what it is given.")
    folder = next(one for one in file.resolve().parents if one.is_dir())
    kind = file_system(folder, _mounts())
    is_network = any(name in kind for name in NETWORK_FILE_SYSTEMS)
    where = (
        f"a network file system ({kind}), where SQLite loses data" if is_network else "a disk of this machine"
    )
    yield Finding(not is_network, f"The database is on {where}.")
    free = shutil.disk_usage(folder).free
    yield Finding(free >= ENOUGH_SPACE, f"{free // 1024**2:,} MB of its disk are free.")


def file_system(folder: Path, mounts: str) -> str:
    """The kind of file system that a folder is on, by a text like /proc/mounts; empty where that
    says nothing. Of two on one place the later one covers the other."""
    found, depth = "", 0
    for line in mounts.splitlines():
        _device, escaped, kind, *_ = line.split()
        place = Path(escaped.encode().decode("unicode_escape"))
        if folder.is_relative_to(place) and len(place.parts) >= depth:
            found, depth = kind, len(place.parts)
    return found


def _mounts() -> str:
    table = Path("/proc/mounts")
    return table.read_text() if table.exists() else ""


def _servers(file: Path) -> Iterator[Finding]:
    running = lease.servers(file)
    if running > 1:
        yield Finding(False, f"{running} servers run on this SQLite file. For several, use PostgreSQL.")
    else:
        yield Finding(True, f"{('No', 'One')[running]} server runs on this database.")


def _tables(engine: Engine) -> Iterator[Finding]:
    with writing(engine):
        pass  # the right to write is all that is asked for
    yield Finding(True, "The database can be written to.")
    with reading(engine) as db:
        schema = schema_of(db)
        yield Finding(schema is not Schema.NEWER, SCHEMAS[schema])
        wrong = list(faults(db))
        yield from (Finding(False, fault) for fault in wrong)
    if not wrong:
        yield Finding(True, "The file is whole, and every session’s log too.")


def _ledger(engine: Engine, ledger: Ledger) -> Iterator[Finding]:
    """Whether what was erased stays so. What can't be read was cut short by a crash."""
    entries = ledger.entries()
    with reading(engine) as db:
        if not entries or schema_of(db) is not Schema.CURRENT:
            return
        due = len([*outstanding(db, entries)])
    if due:
        yield Finding(False, f"{due} of {_LINES} are not followed: start the server, which does them again.")
    else:
        yield Finding(True, f"All {len(entries)} lines of the erasure ledger are followed.")
    if unread := ledger.unread():
        yield Finding(True, f"{unread} of {_LINES} were cut short by a crash, and mean nothing.")


_LINES = "the lines of the erasure ledger"

SCHEMAS = {
    Schema.NONE: "The tables are not there yet. The server makes them.",
    Schema.OLDER: "The tables are from an older Sheaf. The server brings them up to date.",
    Schema.CURRENT: "The tables are up to date.",
    Schema.NEWER: "The tables are from a newer Sheaf. Please run that one.",
}
