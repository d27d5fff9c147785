"""What a phone costs its owner: bytes over the network, counted by part."""

from collections import Counter
from pathlib import Path
from shutil import copy
from urllib.parse import urljoin

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.database import reading
from app.main import create_app
from app.screens import Audience, Screen, cursor, heartbeat
from app.settings import Settings
from bench.event import event
from bench.pages import _needs, _part
from tests.desk import Desk
from tests.screens import Viewer

FIRST_PAGE, EVERYTHING, AN_HOUR = 14_000, 36_000, 150_000
BEATS = 3600 // 15

# 80 characters, as people write on cards.
SAID = "Expenses are paid months late, so those with little money stay at home, number {}."


def first_visit(client: TestClient, path: str) -> Counter[str]:
    """The bytes of a page and of all it needs, compressed as they are sent, by part."""
    weights: Counter[str] = Counter()
    waiting, seen = [path], set[str]()
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        answer = client.get(here, headers={"Accept-Encoding": "gzip"})
        kind = answer.headers["content-type"].partition(";")[0]
        weights[_part(kind)] += int(answer.headers["content-length"])
        waiting += [urljoin(here, need) for need in _needs(answer.content, kind)]
    return weights


@pytest.mark.parametrize("size", [100, 10_000])
def test_a_phones_first_page_is_light(tmp_path: Path, size: int) -> None:
    made = event(size)
    copy(made.file, tmp_path / "sheaf.db")
    with TestClient(create_app(Settings(data_dir=tmp_path, secret="for measuring"))) as client:
        weights = first_visit(client, f"/s/{made.code}")
    print(f"{size:,} contributions:", dict(weights))
    assert weights["html"] + weights["css"] <= FIRST_PAGE, weights
    assert sum(weights.values()) <= EVERYTHING, weights


class Phone:
    """Somebody who reads along, on a socket: the bytes of each frame, by what it was about."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.viewer = desk, Viewer(Screen.PHONE, desk.participant())
        self.weights: Counter[str] = Counter()
        with reading(desk.engine) as db:
            self.cursor = self.viewer.fresh(db).cursor

    def hear(self, part: str) -> None:
        """The frame about what was done just now."""
        with reading(self.desk.engine) as db:
            frame, _fresh = self.viewer.frame(db, self.cursor)
            self.cursor = cursor(self.viewer.live_session(db))
        if frame:
            self.weights[part] += sent(frame)


def sent(frame: str) -> int:
    """A message of a server: its content, and 2 or 4 bytes before it."""
    size = len(frame.encode())
    return size + (2 if size < 126 else 4)


def test_an_hour_with_200_posts_is_light(engine: Engine) -> None:
    """Each post in a frame of its own, each card sorted later, a vote, and all the heartbeats."""
    desk = Desk(engine, themes=["Pay", "Power", "Time", "Words", "Practice"])
    phone = Phone(desk)
    for nth in range(200):
        desk.post(desk.participant(), SAID.format(nth), kind=("question", "idea")[nth % 2])
        phone.hear("posts")
    for nth in range(0, 200, 5):
        desk.do(
            desk.organiser, "place", contributions=[*range(nth + 1, nth + 6)], theme="ABCDE"[nth // 5 % 5]
        )
        phone.hear("sorting")
    for nth in range(50):
        desk.do(desk.participant(), "agree", number=4 * nth + 1)
        phone.hear("agreeing")
    desk.do(desk.organiser, "open_vote", question="What first?", themes=[*"ABCDE"])
    phone.hear("vote")
    for _ in range(50):
        desk.do(desk.participant(), "vote", vote=1, dots={"A": 2, "C": 1})
        phone.hear("vote")
    desk.do(desk.organiser, "close_vote", vote=1)
    phone.hear("vote")
    phone.weights["heartbeats"] = BEATS * sent(heartbeat(Audience(Screen.PHONE), phone.cursor))
    print(dict(phone.weights))
    assert sum(phone.weights.values()) <= AN_HOUR, phone.weights
