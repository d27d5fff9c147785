"""The server as a process: where it listens, how it logs and stops, and what it says once people
can come in.

Whatever keeps it from starting is found before anybody can come in, and is one sentence: uvicorn
would print all that it knows.
"""

import gc
import logging
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

from app import lease, logs, starting_points
from app.actions import accounts
from app.database import connect, migrate, reading, sqlite_file
from app.forms.reading import Refused
from app.links import links_to, print_links
from app.live import Live
from app.live.doorstep import Doorstep
from app.live.protocol import SocketProtocol
from app.locales import _
from app.main import create_app
from app.network import network_address
from app.queries.people import has_accounts
from app.settings import Settings

log = logging.getLogger("sheaf")

AT_THE_DOOR = 4096
"""Connections that may wait to be taken. One that finds no room tries again after a second, or three."""

COLLECT_AFTER = 20_000, 20, 50
"""Objects made, and rounds of the younger generations, before the collector looks at each
generation."""

ENDS_WITHIN = 3
"""Seconds until sockets and requests that don't end are cut, when the server stops. With what the
writer may take, a stop lasts five at the most."""


def listen(host: str, port: int, tries: int = 1) -> socket.socket:
    """Take a port, or one of the `tries` from there on. Raises Refused where all are taken."""
    for at in range(port, port + tries):
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            return socket.create_server((host, at), family=family, backlog=AT_THE_DOOR)
        except OSError:
            if at == port + tries - 1:
                taken = _("Port %(port)s is taken. Please choose another with --port.", port=at)
                raise Refused(taken) from None
    raise AssertionError


def serve(settings: Settings, listening: socket.socket, *, shows_event: bool) -> None:
    """Run until it is told to stop. `shows_event`: with an event to try it on."""
    with listening:
        _serve(settings, listening, shows_event=shows_event)


def _serve(settings: Settings, listening: socket.socket, *, shows_event: bool) -> None:
    allow_many_sockets()
    settings.port = listening.getsockname()[1]
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / "address").write_text(f"http://localhost:{settings.port}\n")
    logs.begin(settings.logs)
    with _known_as_server(settings):
        _bring_up_to_date(settings)
        _Server(_config(settings), settings, shows_event=shows_event).run(sockets=[listening])


def _bring_up_to_date(settings: Settings) -> None:
    engine = connect(settings.address_of_database)
    try:
        migrate(engine)
    finally:
        engine.dispose()


def _config(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(settings),
        ws=SocketProtocol,
        loop="uvloop",
        http=Doorstep,
        backlog=AT_THE_DOOR,
        log_config=None,
        log_level="warning",
        access_log=False,  # addresses of pages hold codes and invitations
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=ENDS_WITHIN,
    )


@contextmanager
def _known_as_server(settings: Settings) -> Iterator[None]:
    """Serve a SQLite file so that `restore` and `check` know. On one machine two servers do no
    harm, but it is hardly meant."""
    file = sqlite_file(settings.address_of_database)
    if file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with lease.serving(file) as others:
        if others:
            log.warning("another server runs on %s; for several servers, use PostgreSQL", file)
        yield


def allow_many_sockets() -> int:
    """Each phone is an open file, and many systems begin with a limit of 1,024: the 1,000th phone
    would find no room. A program may raise its own limit up to the system's. Answers the limit."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # where a system says no, we serve fewer
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        allowed = most
    return allowed if allowed != resource.RLIM_INFINITY else 2**31


def _keep_what_is_here() -> None:
    """The collector looks for rings of objects that nothing else holds. What the program is made
    of never is one, and thousands of phones that merely listen are looked through in vain, while
    everybody waits: so it leaves out the former, and looks at the latter rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


class _Server(uvicorn.Server):
    """uvicorn, which says where it is once people can come in."""

    def __init__(self, config: uvicorn.Config, settings: Settings, *, shows_event: bool) -> None:
        super().__init__(config)
        self._settings = settings
        self._shows_event = shows_event

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the links."""
        await super().startup(sockets)
        if not self.should_exit:
            await self._announce(self.lifespan.state["live"])
            _keep_what_is_here()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ask everybody to come back, those too who are just coming in; then end."""
        self.lifespan.state["live"].door.is_closing = True
        await super().shutdown(sockets)

    async def _announce(self, house: Live) -> None:
        port = self._settings.port
        addresses = [f"http://localhost:{port}"]
        if self._settings.public_url:
            addresses = [self._settings.public_url.rstrip("/")]
        elif self._settings.host == "0.0.0.0" and (here := network_address()):
            addresses.append(f"http://{here}:{port}")
        if not self._shows_event:
            print(f"Sheaf is at {' and '.join(addresses)}", flush=True)
            await self._invite_the_first(house, addresses[0])
            return
        made = await starting_points.replay(house.writer, "coproduction")
        for address, where in zip(addresses, ("On this machine", "On the network"), strict=False):
            links = links_to(house, address, *made)
            links["summary"] = f"{links['board']}?to=summary"
            print(f"\n{where}")
            print_links(links)
        print("\nStop with Ctrl+C.", flush=True)

    async def _invite_the_first(self, house: Live, address: str) -> None:
        """Where nobody has signed up, whoever started the server may."""
        with reading(house.engine) as db:
            if has_accounts(db):
                return
        secret = await house.writer.do(accounts.invite_the_first)
        print(f"Sign up as the first organiser: {address}/sign-up/{secret}", flush=True)
