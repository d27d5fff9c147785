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
    runs = in_turn(1, {"server": lambda: room(PHONES, SECONDS)})["server"]
    report = Report("national", f"{PHONES:,} phones, {RATE} posts a second for {SECONDS} s")
    for name, what, unit in (
        ("p50", "from a post to a phone, of all posts and phones, p50", "ms"),
        ("p99", "from a post to a phone, of all posts and phones, p99", "ms"),
        ("p100", "from a post to a phone, the longest", "ms"),
        ("acknowledged_p50", "acknowledged, p50", "ms"),
        ("acknowledged_p99", "acknowledged, p99", "ms"),
        ("cores", "of the core is used by the server", "cores"),
        ("client_cores", "of the other core is used by the phones", "cores"),
        ("waited", "the server's threads waited for its core", "s of each s"),
        ("mb_grown", "memory grew by", "MB"),
    ):
        aim = [AIMS[name]] if name in AIMS else None
        report.figures.append(figure(what, unit, of(runs, name), aim, "the aim"))
    return report


def room(phones: int, seconds: float) -> dict[str, float]:
    """So many phones."""
    with serving(event(BOARD)) as server:
        return set_off({**job(server, phones), "job": "follow", "seconds": seconds})


def job(server: Server, phones: int) -> Job:
    """What is said and heard in such a room."""
    made = server.event
    return {
        "port": server.port,
        "pid": server.pid,
        "code": made.code,
        "since": made.cursor,
        "text": card_text(0),
        "screens": made.phones(phones),
        "rate": RATE,
    }
