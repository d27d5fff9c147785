"""Is everything in order? What an operator wants to know before an event, in plain sentences."""

import asyncio
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

from app import lease, openid
from app.actions.again import outstanding
from app.database import Schema, UnsafeDatabase, connect, reading, schema_of, sqlite_file, writing
from app.ledger import Ledger
from app.likeness import is_installed
from app.openid.metadata import NotTrusted
from app.openid.provider import Provider
from app.outside import Unreachable
from app.settings import Settings, unknown
from app.soundness import faults

ENOUGH_SPACE = 200 * 1024 * 1024
SAFE_SECRET = 32
SAFE_TOKEN = 16
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
    yield from _names()
    yield from _folder(settings.data_dir)
    yield from _secret(settings)
    yield from _public_url(settings.public_url)
    yield from _proxies(settings)
    yield from _metrics(settings.metrics)
    yield from _own_words(settings.own_words)
    yield from _suggestions(settings)
    yield from of_provider(settings)
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
        yield Finding(False, f"SHEAF_SUGGEST is on, but what it needs is not installed: {HOW_TO_INSTALL}.")


def of_provider(settings: Settings) -> Iterator[Finding]:
    """Whether people can sign in through it. It is asked what it says of itself, and told nothing."""
    if not openid.is_wanted(settings):
        return
    wrong = [*openid.problems(settings)]
    yield from (Finding(False, one) for one in wrong)
    if not wrong:
        try:
            asyncio.run(Provider(settings).metadata())
            yield Finding(True, "The provider of SHEAF_OIDC_ISSUER answers, and calls itself by that name.")
        except Unreachable as fault:
            yield Finding(False, f"The provider of SHEAF_OIDC_ISSUER can’t be reached: {fault}.")
        except NotTrusted as fault:
            yield Finding(False, f"The provider of SHEAF_OIDC_ISSUER won’t do: {fault}.")


HOW_TO_INSTALL = "start with bin/run, or install the wheel with [suggest]"


def _names() -> Iterator[Finding]:
    for name in unknown():
        yield Finding(False, f"{name} is no setting of this Sheaf, so it does nothing.")


def _folder(folder: Path) -> Iterator[Finding]:
    there = next(one for one in (folder.resolve(), *folder.resolve().parents) if one.exists())
    is_new = not folder.exists()
    try:
        tempfile.TemporaryFile(dir=there).close()
    except OSError as problem:
        cant = "made" if is_new else "written to"
        yield Finding(False, f"The folder {folder} can’t be {cant}: {problem.strerror}.")
        return
    fine = "is not there yet. The server makes it" if is_new else "can be written to"
    yield Finding(True, f"The folder {folder} {fine}.")


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


def _proxies(settings: Settings) -> Iterator[Finding]:
    """Whoever is believed may say from which address somebody comes."""
    named = {one.strip() for one in settings.trusted_proxies.split(",") if one.strip()}
    for name in sorted(named):
        if name == "*":
            yield Finding(False, "SHEAF_TRUSTED_PROXIES is *: anybody may say that they are somebody else.")
        elif not _is_address(name):
            yield Finding(False, f"SHEAF_TRUSTED_PROXIES: {name} is no address or network.")
    if named - _USUAL_PROXIES and not settings.public_url:
        yield Finding(False, UNKNOWN_BEHIND_PROXY)


UNKNOWN_BEHIND_PROXY = (
    "SHEAF_TRUSTED_PROXIES names a proxy, but SHEAF_PUBLIC_URL is not set:"
    " what people send through it is refused."
)
_USUAL_PROXIES = {"127.0.0.1", "::1"}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_network(name)
    except ValueError:
        return False
    return True


def _metrics(setting: str) -> Iterator[Finding]:
    if setting not in ("", "off", "local") and len(setting) < SAFE_TOKEN:
        yield Finding(
            False, f"SHEAF_METRICS is a token that can be guessed: make it {SAFE_TOKEN} characters or more."
        )


def _own_words(file: Path) -> Iterator[Finding]:
    if file.exists():
        try:
            file.read_text(encoding="utf-8")
            yield Finding(True, f"{file} can be read.")
        except (OSError, UnicodeDecodeError):
            yield Finding(False, f"{file} can’t be read: is it UTF-8?")


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
    Schema.NEWER: "The tables are from a newer Sheaf. Please run that one, or restore a backup from before.",
}
