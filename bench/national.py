"""A national event on one core: ten thousand phones, and fifty posts a second for a minute."""

from bench.event import Server, card_text, event, serving
from bench.figures import Report, figure, in_turn, of
from bench.phones import Job, set_off

PHONES = 10_000
BOARD = 100
RATE = 50
SECONDS = 60
AIMS = {"p99": 1_000.0, "acknowledged_p99": 250.0}


def national() -> Report:
    """When every post is on every phone, and when it is acknowledged."""
    runs = in_turn(1, {"server": lambda: room(PHONES, 0, SECONDS)})["server"]
    report = Report("national", f"{PHONES:,} phones, {RATE} posts a second for {SECONDS} s")
    for name, what, unit in (
        ("p50", "from a post to a phone, of all posts and phones, p50", "ms"),
        ("p99", "from a post to a phone, of all posts and phones, p99", "ms"),
        ("p100", "from a post to a phone, the longest", "ms"),
        ("acknowledged_p50", "acknowledged, p50", "ms"),
        ("acknowledged_p99", "acknowledged, p99", "ms"),
        ("cores", "of the core is used by the server", "cores"),
        ("client_cores", "of the other core is used by the phones", "cores"),
        ("mb_grown", "memory grew by", "MB"),
    ):
        aim = [AIMS[name]] if name in AIMS else None
        report.figures.append(figure(what, unit, of(runs, name), aim, "the aim"))
    return report


def room(phones: int, stalled: int, seconds: float) -> dict[str, float]:
    """So many phones, of which some never read."""
    with serving(event(BOARD)) as server:
        return set_off(_job(server, phones, stalled, seconds))


def _job(server: Server, phones: int, stalled: int, seconds: float) -> Job:
    made = server.event
    return {
        "job": "follow",
        "port": server.port,
        "pid": server.pid,
        "code": made.code,
        "since": made.cursor,
        "text": card_text(0),
        "screens": made.phones(phones - stalled),
        "stalled": made.phones(stalled),
        "rate": RATE,
        "seconds": seconds,
    }
