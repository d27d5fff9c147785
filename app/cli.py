"""The command line. Results go to standard output, messages to standard error."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
import uvloop
from pydantic import ValidationError
from sqlalchemy import Row
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError

from app import backups, checking, importing, lease, live, restoring, serving
from app.actions import accounts, sessions
from app.database import UNAVAILABLE, UnsafeDatabase, reading
from app.forms.reading import Refused, read
from app.forms.sheets import LONGEST_REHEARSAL, NewSession
from app.ledger import Ledger
from app.links import address_of, links_to, print_links
from app.live import Live
from app.locales import Amount, _
from app.models import Hold, Role
from app.passes import new_actor, plain_code
from app.queries.people import account_by_email
from app.queries.sessions import session_by_code
from app.queries.themes import standing_themes
from app.roles import Pass
from app.settings import PREFIX, Settings
from app.summaries import WRITERS, build
from app.summaries.json import read_json

app = typer.Typer(add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False)

T = TypeVar("T")
Code = Annotated[str, typer.Argument(help="The session's code.")]

SPARE = 50
"""Open files that a rehearsal has besides its phones."""


def run() -> None:
    """Run the command line. What is refused is one line, and exit status 1."""
    try:
        app(prog_name="sheaf")
    except (Refused, UnsafeDatabase, backups.NotDone, lease.Taken) as problem:
        _end(str(problem))
    except (IntegrityError, ProgrammingError, DataError):
        raise  # ours to mend: nothing is wrong with the database
    except (DatabaseError, *UNAVAILABLE) as problem:
        _end(f"The database can’t be used: {str(getattr(problem, 'orig', problem)).splitlines()[0]}.")
    except ValidationError as problem:
        if problem.title != Settings.__name__:
            raise
        _end(" ".join(f"{PREFIX}{one['loc'][0]}".upper() + f": {one['msg']}." for one in problem.errors()))
    except OSError as problem:
        _end(f"{problem.filename}: {problem.strerror}." if problem.filename else str(problem))


def _end(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    sys.exit(1)


@app.callback(invoke_without_command=True)
def demo(context: typer.Context) -> None:
    """Sheaf: live facilitation. Without a command: a demo, with an event to try it on."""
    if context.invoked_subcommand is None:
        settings = Settings(host="0.0.0.0")
        serving.serve(settings, serving.listen(settings.host, settings.port, tries=20), shows_event=True)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen at; 0.0.0.0 is all.")] = "",
    port: Annotated[int, typer.Option(help="The port; 0 chooses a free one.")] = -1,
    database: Annotated[str, typer.Option(help="The database's address.")] = "",
) -> None:
    """Run the server. Brings the database up to date first."""
    settings = Settings()
    settings.host = host or settings.host
    settings.port = port if port >= 0 else settings.port
    settings.database_url = database or settings.database_url
    serving.serve(settings, serving.listen(settings.host, settings.port), shows_event=False)


@app.command()
def new(
    title: Annotated[str, typer.Argument(help="What the session is called.")],
    prompt: Annotated[list[str] | None, typer.Option(help="A question to the room.")] = None,
    theme: Annotated[list[str] | None, typer.Option(help="A theme to start with.")] = None,
    hold: Annotated[Hold, typer.Option(help="Which cards wait for review.")] = Hold.OFF,
    names: Annotated[bool, typer.Option(help="Whether people may give a name.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Make a live session, and print its code and links."""

    said = {"title": title, "prompts": prompt or [], "themes": theme or []}
    wish = read(NewSession, {**said, "hold": hold, "asks_names": names})

    async def make(house: Live) -> dict[str, str]:
        made = await house.writer.do(lambda db, now: sessions.start(db, now, wish))
        return links_to(house, address_of(house.settings), *made)

    links = _in_house(make)
    if as_json:
        print(json.dumps(links))
    else:
        print_links(links)


@app.command()
def organiser(
    reset: Annotated[str, typer.Option(help="The address of an account that needs a new password.")] = "",
) -> None:
    """Print a link to sign up as an organiser, or to set a password anew."""

    async def make(house: Live) -> str:
        with reading(house.engine) as db:
            account = account_by_email(db, reset.strip().lower()) if reset else None
        if reset and account is None:
            raise Refused(_("There is no account with the address %(email)s.", email=reset))
        whose = account.id if account else None
        secret = await house.writer.do(lambda db, now: accounts.invite_organiser(db, now, whose))
        return f"{address_of(house.settings)}/sign-up/{secret}"

    print(_in_house(make))


@app.command("import")
def import_file(
    code_or_file: Annotated[str, typer.Argument(metavar="CODE", help="The session; with --new, the file.")],
    file: Annotated[str, typer.Argument(help="The file; - is standard input.")] = "",
    new: Annotated[bool, typer.Option("--new", help="Make the session of a restricted JSON again.")] = False,
) -> None:
    """Add contributions from a file: one per line, or CSV whose header holds `text`."""
    if bool(file) == new:
        raise typer.BadParameter("import CODE FILE, or import --new FILE.json")
    content = _content(code_or_file if new else file)
    if new:
        _make_again(content)
    else:
        _take(code_or_file, content)


def _content(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


def _make_again(content: bytes) -> None:
    told = read_json(content)

    async def make(house: Live) -> dict[str, str]:
        made = await house.writer.do(lambda db, now: restoring.start(db, now, told))
        return links_to(house, address_of(house.settings), *made)

    print_links(_in_house(make))


def _take(code: str, content: bytes) -> None:
    async def take(house: Live) -> importing.Taken:
        text = importing.decoded(content)
        live_session = _session(house, code)
        lines = list(importing.read(text, with_names=live_session.asks_names))
        with reading(house.engine) as db:
            rows = standing_themes(db, live_session.id)
        organiser = await _as_organiser(house, live_session)
        themes = {row.name or row.letter: row.letter for row in rows}
        return await importing.take(house.writer, organiser, lines, themes)

    taken = _in_house(take)
    for line, why in taken.left_out:
        print(f"Line {line.at} was left out: {why}", file=sys.stderr)
    print(f"{len(taken.numbers)} contributions added.", file=sys.stderr)
    if taken.left_out:
        raise typer.Exit(1)


@app.command()
def export(
    code: Code,
    as_format: Annotated[str, typer.Option("--format", help=", ".join(WRITERS))] = "html",
    restricted: Annotated[bool, typer.Option(help="Also what must not be published.")] = False,
    out: Annotated[str, typer.Option(help="The file; - is standard output.")] = "-",
) -> None:
    """Write the summary."""
    if as_format not in WRITERS:
        there = ", ".join(WRITERS)
        raise Refused(_("There is no format “%(name)s”. There are: %(there)s.", name=as_format, there=there))

    async def write(house: Live) -> bytes:
        live_session = _session(house, code)
        with reading(house.engine) as db:
            now = time.time_ns() // 1_000_000
            document = build(db, live_session, now, is_restricted=restricted)
        return WRITERS[as_format].write(document)

    written = _in_house(write)
    if out == "-":
        sys.stdout.buffer.write(written)
    else:
        Path(out).touch(0o600 if restricted else 0o666)
        if restricted and Path(out).is_file():
            Path(out).chmod(0o600)  # also where an earlier one was for everybody
        Path(out).write_bytes(written)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Copy the database, also while the server runs. An earlier backup of that name is replaced."""
    settings = Settings()
    backups.back_up(settings.address_of_database, file)
    print(f"The database is in {file}.", file=sys.stderr)
    if not settings.secret:
        print(
            f"Keep {settings.data_dir / 'secret'} too: without it, everybody is signed out.", file=sys.stderr
        )


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    replace: Annotated[bool, typer.Option("--replace", help="Also where there are data already.")] = False,
) -> None:
    """Put a backup in its place, while no server runs. Every screen then starts afresh."""
    settings = Settings()
    done = backups.restore(settings.address_of_database, file, Ledger(settings.erased), replaces=replace)
    print("The database is restored. The server can be started.", file=sys.stderr)
    if done.aside:
        print(f"What was there before is in {done.aside}.", file=sys.stderr)
    if not settings.erased.exists():
        print(
            f"There is no {settings.erased}. What was erased since the backup, if anything, is back.",
            file=sys.stderr,
        )
    elif any(done.again):
        print("Erased again: {} cards, {} sessions.".format(*done.again), file=sys.stderr)


@app.command()
def check() -> None:
    """Tell whether everything is in order."""
    found = list(checking.check(Settings()))
    for is_fine, sentence in found:
        print(f"{'In order' if is_fine else 'Wrong':<10}{sentence}")
    if not all(is_fine for is_fine, _ in found):
        raise typer.Exit(1)


@app.command()
def rehearse(
    board_link: Annotated[str, typer.Argument(help="The session's board link; the server may be anywhere.")],
    phones: Annotated[int, typer.Option(min=1, max=100_000, help="How many phones.")] = 100,
    rate: Annotated[float, typer.Option(min=0.1, help="Posts a second, of all phones together.")] = 2.0,
    seconds: Annotated[int, typer.Option(min=1, max=LONGEST_REHEARSAL, help="For how long they post.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="The figures, as one JSON object.")] = False,
) -> None:
    """Try a session with simulated phones, in a copy that is deleted afterwards."""
    from app import rehearsal  # here, since no other command should wait for what it imports

    _require_sockets(phones)
    plan = rehearsal.Plan(board_link, phones, rate, seconds)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            figures = runner.run(rehearsal.run(plan))
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise Refused(_("The rehearsal was stopped.")) from None
    said = figures.told()
    print(json.dumps(said) if as_json else said["verdict"])


def _require_sockets(phones: int) -> None:
    most = serving.allow_many_sockets()
    if phones + SPARE > most:
        raise Refused(
            _("This system lets a program have %(most)s phones at the most.", most=Amount(most - SPARE))
        )


def _in_house(work: Callable[[Live], Awaitable[T]]) -> T:
    """Do something beside a server that may be running."""

    async def inside() -> T:
        async with live.start(Settings()) as house:
            return await work(house)

    return asyncio.run(inside())


def _session(house: Live, code: str) -> Row[Any]:
    with reading(house.engine) as db:
        found = session_by_code(db, plain_code(code))
    if found is None:
        raise Refused(_("There is no session with the code %(code)s.", code=code))
    return found


async def _as_organiser(house: Live, live_session: Row[Any]) -> Pass:
    """Whoever runs commands on this machine may do what the session's organiser may."""
    _secret, invitation_id = await house.writer.do(
        lambda db, now: sessions.invite(db, live_session.id, Role.ORGANISER, now, "import")
    )
    return new_actor(live_session.id, invitation_id)
