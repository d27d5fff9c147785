"""Behind nginx and Caddy, with the files that we ship: sockets, TLS, sizes, addresses, logs.

Names, ports and certificates are put into those files as whoever installs them would; all else is
tried as it stands. Caddy makes the certificate, and whoever asks checks it.
"""

import asyncio
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from app import serving
from app.live.feed import HEARTBEAT
from app.passes import new_key
from app.settings import Settings
from tests.conftest import ROOT, Server, received
from tests.ports import kept_for

DEPLOY = ROOT / "deploy"
WORDS = "Who is behind the proxy?"


class Ports(NamedTuple):
    """Where people knock, and where Sheaf listens."""

    plain: int
    tls: int
    sheaf: int


Configure = Callable[[Path, Ports], list[str]]
"""Writes the files, and answers the command that runs with them."""


def nginx(folder: Path, ports: Ports) -> list[str]:
    site = edited(
        "nginx.conf",
        {
            "    listen 80;": f"listen 127.0.0.1:{ports.plain};",
            "    listen [::]:80;": "",
            "    listen 443 ssl http2;": f"listen 127.0.0.1:{ports.tls} ssl http2;",
            "    listen [::]:443 ssl http2;": "",
            "https://$host$": f"https://$host:{ports.tls}$",
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{ports.sheaf};",
            "sheaf.example;": "localhost;",
            "/etc/letsencrypt/live/sheaf.example/fullchain.pem": str(certificate(folder, "crt")),
            "/etc/letsencrypt/live/sheaf.example/privkey.pem": str(certificate(folder, "key")),
            "/var/log/nginx/sheaf.log": f"{folder}/sheaf.log",
        },
    )
    parts = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    kept = "".join(f"{part}_temp_path {folder}/{part}; " for part in parts)
    who = "user root; " if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{who}daemon off; pid {folder}/pid; events {{ worker_connections 256; }} http {{ {kept}\n{site}\n}}"
    )
    return [*program("nginx"), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]


def caddy(folder: Path, ports: Ports) -> list[str]:
    site = edited(
        "Caddyfile",
        {
            "\nsheaf.example {": "\nlocalhost {\n\tbind 127.0.0.1\n\ttls internal",
            "127.0.0.1:8000": f"127.0.0.1:{ports.sheaf}",
        },
    )
    ours = f"admin off\nskip_install_trust\nhttp_port {ports.plain}\nhttps_port {ports.tls}"
    (folder / "Caddyfile").write_text(f"{{\n{ours}\nstorage file_system {folder.parent}/store\n}}\n{site}")
    return [*program("caddy"), "run", "--adapter", "caddyfile", "--config", f"{folder}/Caddyfile"]


def edited(name: str, changes: dict[str, str]) -> str:
    """One of our files, as it was installed. Everything that is changed must be there."""
    text = (DEPLOY / name).read_text()
    for ours, theirs in changes.items():
        assert ours in text, ours
        text = text.replace(ours, theirs)
    return text


def program(name: str) -> list[str]:
    places = f"{ROOT}/.venv/bin:{os.environ['PATH']}:/usr/sbin:{ROOT}/.nginx/usr/sbin"
    found = shutil.which(name, path=places)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"There is no {name}, and CI must not pass without it.")
    if found is None:
        pytest.skip(f"There is no {name} here: bin/test --setup brings it, where there is apt.")
    return [found]


def certificate(folder: Path, part: str) -> Path:
    return folder.parent / f"store/certificates/local/localhost/localhost.{part}"


@contextmanager
def running(configure: Configure, folder: Path, ports: Ports) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    with (folder / "out.log").open("w") as out:
        command = configure(folder, ports)
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, "HOME": str(folder)})
        try:
            await_(lambda: serves(ports.tls), folder)
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


def await_(is_so: Callable[[], bool], folder: Path) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until, (folder / "out.log").read_text()
        time.sleep(0.02)


def serves(port: int) -> bool:
    """Whether somebody gets as far as a page's first line: Caddy listens before it has its certificate."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(("127.0.0.1", port)) as line:
            anybody.wrap_socket(line, server_hostname="localhost").close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Ports:
    return Ports(*(kept_for(tmp_path_factory) for _ in Ports._fields))


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> tuple[Path, ssl.SSLContext]:
    """A folder for proxies, and whom to trust: Caddy has made a certificate there."""
    folder = tmp_path_factory.mktemp("proxies")
    with running(caddy, folder / "first", ports):
        root = folder / "store/pki/authorities/local/root.crt"
    return folder, ssl.create_default_context(cafile=str(root))


@pytest.fixture(scope="module")
def sheaf(tmp_path_factory: pytest.TempPathFactory, empty_database: Path, ports: Ports) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("sheaf")
    shutil.copy(empty_database, folder / "sheaf.db")
    server = Server(folder, SHEAF_PUBLIC_URL=f"https://localhost:{ports.tls}")
    server.port = ports.sheaf
    yield server.start()
    server.stop()


class Behind:
    """Sheaf as people reach it."""

    def __init__(self, sheaf: Server, trust: ssl.SSLContext, ports: Ports) -> None:
        self.sheaf, self.trust, self.ports = sheaf, trust, ports
        self.url = f"https://localhost:{ports.tls}"
        self.made = sheaf.new()
        self.page = f"{self.url}/s/{self.made['code']}"

    def browser(self, **options: Any) -> httpx2.Client:
        return httpx2.Client(verify=self.trust, headers={"Origin": self.url}, **options)

    def token(self, whose: str) -> dict[str, str]:
        # Made for plain http, where a pass has the same form.
        return {"Authorization": f"Bearer {self.made[whose]}"}

    def socket(self, cookie: str, origin: str) -> connect:
        """Not websockets' client of threads: one reads while another writes, which TLS does not bear
        in this Python (its issue 151508)."""
        address = f"{self.page.replace('https', 'wss', 1)}/live?screen=phone&since="
        headers = {"Cookie": cookie}
        return connect(
            address,
            ssl=self.trust,
            origin=Origin(origin),
            proxy=None,
            additional_headers=headers,
        )


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def configure(request: pytest.FixtureRequest) -> Configure:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def behind(
    configure: Configure, sheaf: Server, trusted: tuple[Path, ssl.SSLContext], ports: Ports
) -> Iterator[Behind]:
    folder, trust = trusted
    with running(configure, folder / configure.__name__, ports):
        yield Behind(sheaf, trust, ports)


def cookies_of(behind: Behind) -> list[str]:
    with behind.browser() as browser:
        joined = browser.get(f"{behind.url}/j/{behind.made['code']}")
        return joined.headers.get_list("set-cookie")


def test_cookies_are_bound_to_https(behind: Behind) -> None:
    cookies = cookies_of(behind)
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"secure", "httponly"} <= {part.strip().lower() for part in cookie.split(";")}


async def answer(line: ClientConnection, text: str) -> dict[str, Any]:
    """The receipt for a post."""
    key = new_key()
    await line.send(json.dumps({"action": "post", "key": key, "text": text}))
    while (heard := await hear(line)).get("receipt") != key:
        pass
    return heard


async def hear(line: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(60):
        return received(await line.recv())


@pytest.mark.anyio
async def test_a_card_goes_in_by_socket_and_comes_out_everywhere(behind: Behind) -> None:
    pass_ = cookies_of(behind)[0].partition(";")[0]
    # With the cookies of many other sessions, as an organiser's browser has them. Caddy takes 20 kB.
    others = "; ".join(f"__Host-sheaf-CDFG{nth:04}={'x' * 124}" for nth in range(120))
    async with behind.socket(f"{others}; {pass_}", behind.url) as line:
        assert (await answer(line, WORDS))["status"] == "saved"
        while WORDS not in str(await hear(line)):
            pass
        # As large as a message may be: not cut short on its way.
        assert (await answer(line, "?" * 60_000))["status"] == "refused"
    with behind.browser() as browser:
        summary = browser.get(f"{behind.page}/summary.html", headers=behind.token("facilitator_token"))
        assert (summary.status_code, summary.headers["content-encoding"]) == (200, "gzip")
        assert WORDS in summary.text


@pytest.mark.anyio
async def test_a_foreign_page_gets_no_socket(behind: Behind) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await behind.socket(cookies_of(behind)[0].partition(";")[0], "https://elsewhere.example")
    assert refused.value.response.status_code == 403


def test_large_bodies_are_refused_before_they_arrive(behind: Behind) -> None:
    """3 MB are too large for the proxy, 1.5 MB for Sheaf; what Sheaf takes, the proxy takes too."""
    for size, status in ((3_000_000, 413), (1_500_000, 413), (900_000, 401)):
        with behind.browser() as browser:
            said = browser.post(f"{behind.page}/paper", content=b"x" * size)
            assert said.status_code == status, size


def test_plain_http_leads_to_https(behind: Behind) -> None:
    here = f"localhost:{behind.ports.plain}/s/{behind.made['code']}"
    answer = httpx2.get(f"http://{here}")
    assert answer.status_code == 308
    # Caddy takes it that the port of its redirection is the usual one.
    assert answer.headers["location"].startswith("https://localhost")
    with behind.browser() as browser:
        assert int(browser.get(behind.url).headers["strict-transport-security"].partition("=")[2]) > 1e6


def test_what_is_for_this_machine_is_not_for_visitors(behind: Behind) -> None:
    with behind.browser() as browser:
        assert browser.get(f"{behind.url}/metrics").status_code == 404
    assert httpx2.get(f"http://127.0.0.1:{behind.ports.sheaf}/metrics").status_code == 200


def test_no_log_has_an_address_of_a_page(behind: Behind, trusted: tuple[Path, ssl.SSLContext]) -> None:
    secret = behind.made["board"].rpartition("/")[2]
    with behind.browser() as browser:
        assert browser.get(f"{behind.url}/i/{secret}").status_code == 303
    for file in trusted[0].glob("*/*.log"):
        assert secret not in file.read_text(), file
        assert behind.made["code"] not in file.read_text(), file


class _Told(BaseHTTPRequestHandler):
    """Stands in for Sheaf, and says what it was told."""

    def do_GET(self) -> None:
        said = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: Any) -> None:
        pass


def test_visitors_do_not_say_where_they_come_from(
    configure: Configure, trusted: tuple[Path, ssl.SSLContext]
) -> None:
    folder, trust = trusted
    echo = HTTPServer(("127.0.0.1", 0), _Told)
    threading.Thread(target=echo.serve_forever, daemon=True).start()
    ports = Ports(kept_for(echo), kept_for(echo), echo.server_port)
    with running(configure, folder / f"{configure.__name__}-echo", ports):
        claims = {"X-Forwarded-For": "203.0.113.5", "X-Forwarded-Proto": "http"}
        told = httpx2.get(f"https://localhost:{ports.tls}/", verify=trust, headers=claims).json()
    echo.shutdown()
    echo.server_close()
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "https"
    assert told["host"] == f"localhost:{ports.tls}"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("proxy", "seen"), [("10.9.0.1", "203.0.113.5"), ("172.30.83.9", "203.0.113.5"), ("10.9.0.2", "10.9.0.2")]
)
async def test_sheaf_believes_named_proxies_alone(tmp_path: Path, proxy: str, seen: str) -> None:
    config = serving._config(Settings(data_dir=tmp_path, trusted_proxies="10.9.0.1, 172.30.83.0/24"))
    config.load()
    assert isinstance(config.loaded_app, ProxyHeadersMiddleware)
    told: list[Any] = []

    async def sheaf(scope: Any, _receive: Any, _send: Any) -> None:
        told.append(scope["client"][0])

    config.loaded_app.app = sheaf
    scope = {"type": "http", "client": (proxy, 1), "headers": [(b"x-forwarded-for", b"203.0.113.5")]}
    await config.loaded_app(scope, None, None)  # type: ignore[arg-type]
    assert told == [seen]


def test_no_proxy_gives_up_before_a_heartbeat() -> None:
    waits = re.findall(r"_(?:read|send)_timeout (\d+)s;", (DEPLOY / "nginx.conf").read_text())
    assert len(waits) == 2
    assert min(map(int, waits)) >= 3 * HEARTBEAT
    for name in ("Caddyfile", "balancer.Caddyfile"):
        assert "read_timeout" not in (DEPLOY / name).read_text()
