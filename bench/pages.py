"""What a first visit costs: bytes over the network by part, and the time to render; and how many
pages a second a hall gets that comes in at once."""

import re
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection
from http.cookiejar import CookieJar
from urllib.parse import urljoin

from bench.event import Server, event, serving
from bench.figures import Report, Ways, figure, in_turn, of

ROUNDS = 3
SIZES = (100, 10_000)
CROWD, SECONDS = 8, 5.0
PARTS = ("html", "css", "js", "fonts", "other")

_LINKED = re.compile(r"""<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"]+)\"""")
_IMPORTED = re.compile(r"""\bimport\b[^"';]*["']([^"']+)["']""")
_FACE = re.compile(r"@font-face\s*{([^}]*)}")
_URL = re.compile(r"""url\(["']?([^"')]+)["']?\)""")


def pages() -> Report:
    """Every first page, on a small board and on a large one."""
    report = Report("pages", "A first visit: bytes over the network, and seconds to render")
    with serving(event(SIZES[0])) as small, serving(event(SIZES[1])) as large:
        servers = dict(zip(SIZES, (small, large), strict=True))
        for page in _addresses(small):
            runs = in_turn(ROUNDS, {str(size): partial(_visit, servers[size], page) for size in SIZES})
            for size in SIZES:
                for part in (*PARTS, "all"):
                    values = of(runs[str(size)], part)
                    if values[0]:
                        report.figures.append(figure(f"{page}, {size:,}: {part}", "bytes", values))
                seconds = of(runs[str(size)], "ms")
                floors = of(runs[str(SIZES[0])], "ms") if size != SIZES[0] else None
                report.figures.append(
                    figure(f"{page}, {size:,}: to render", "ms", seconds, floors, "at 100 contributions")
                )
        for size in SIZES:
            _come_in(servers[size], size, report)
    return report


def _come_in(server: Server, size: int, report: Report) -> None:
    ways: Ways = {page: partial(_crowd, server, _addresses(server)[page]) for page in ("join", "phone")}
    runs = in_turn(ROUNDS, ways)
    pages, floors = of(runs["phone"], "pages"), of(runs["join"], "pages")
    report.figures.append(
        figure(f"phone, {size:,}: for a crowd", "pages/s", pages, floors, "the page that asks for a code")
    )


def _crowd(server: Server, address: str) -> dict[str, float]:
    """So many newcomers at once, each followed by the next as soon as they have their page."""
    until = time.perf_counter() + SECONDS
    with ThreadPoolExecutor(CROWD) as doors:
        came = [doors.submit(_one_by_one, server, address, until) for _ in range(CROWD)]
    return {"pages": sum(one.result() for one in came) / SECONDS}


def _one_by_one(server: Server, address: str, until: float) -> int:
    line, came = HTTPConnection("localhost", server.port), 0
    while time.perf_counter() < until:
        line.request("GET", address, headers={"Accept-Encoding": "gzip"})
        line.getresponse().read()
        came += 1
    return came


def _addresses(server: Server) -> dict[str, str]:
    code, invitation = server.event.code, server.event.invitation
    return {
        "phone": f"/s/{code}",
        "board": f"/i/{invitation}",
        "projector": f"/s/{code}/projector",
        "summary": f"/i/{invitation}?to=summary",
        "join": "/",
    }


def _visit(server: Server, page: str) -> dict[str, float]:
    """One visit by a browser that has seen nothing yet. The page is asked for twice: what the
    first one costs the server once, such as compiling a template, is nobody's figure."""
    browser = _Browser(server.port)
    address = browser.settle(_addresses(server)[page])
    started = time.perf_counter()
    browser.get(address)
    took = 1000 * (time.perf_counter() - started)
    weights = dict.fromkeys(PARTS, 0.0)
    for part, size in browser.everything(address):
        weights[part] += size
    return {**weights, "all": sum(weights.values()), "ms": took}


class _Browser:
    """As much of one as counting takes. Fonts for scripts that the page is not in are left."""

    def __init__(self, port: int) -> None:
        self._base = f"http://localhost:{port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def settle(self, path: str) -> str:
        """Follow redirections, keep the cookie. Answers where it ends."""
        with self._opener.open(self._base + path) as answer:
            return str(answer.url)

    def get(self, address: str) -> tuple[bytes, str, int]:
        """The content, its type, and how many bytes of it went over the network."""
        import gzip

        request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
        with self._opener.open(request) as answer:
            sent = answer.read()
            packed = answer.headers.get("Content-Encoding") == "gzip"
            kind = answer.headers.get_content_type()
        return gzip.decompress(sent) if packed else sent, kind, len(sent)

    def everything(self, address: str) -> Iterator[tuple[str, int]]:
        """The page and all it needs, once each."""
        seen, waiting = set(), [address]
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            content, kind, size = self.get(here)
            yield _part(kind), size
            waiting += [urljoin(here, path) for path in _needs(content, kind)]


def _part(kind: str) -> str:
    if "font" in kind:
        return "fonts"
    return {"text/html": "html", "text/css": "css", "text/javascript": "js"}.get(kind, "other")


def _needs(content: bytes, kind: str) -> list[str]:
    match _part(kind):
        case "html":
            return [path for path in _LINKED.findall(content.decode()) if path.startswith("/static/")]
        case "js":
            return [path for path in _IMPORTED.findall(content.decode()) if path.startswith((".", "/"))]
        case "css":
            text = content.decode()
            needed = [face for face in _FACE.findall(text) if _is_for_latin(face)]
            return [path for face in [*needed, _FACE.sub("", text)] for path in _URL.findall(face)]
    return []


def _is_for_latin(face: str) -> bool:
    ranges = re.search(r"unicode-range:\s*([^;]+)", face)
    return ranges is None or re.match(r"U\+0{1,4}-", ranges[1], re.IGNORECASE) is not None
