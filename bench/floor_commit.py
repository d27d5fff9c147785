"""The floor for posts: the same rows into the same tables with the bare driver, in groups that
share one commit, `synchronous=FULL`. No socket, no check of any right, no savepoint, no key.

    python -m bench.floor_commit DATABASE SESSION_ID GROUP POSTS
"""

import json
import secrets
import sys
import time

import pysqlite3.dbapi2 as sqlite

from bench.event import NOW, TEXT

HEAD = (
    "UPDATE live_session SET head = head + 1, mark = ?, last_number = last_number + 1"
    " WHERE id = ? RETURNING head, last_number"
)
WORDING = "INSERT INTO wording (session_id, subject, facet, text) VALUES (?, ?, 'text', ?)"
CARD = (
    "INSERT INTO contribution (session_id, number, prompt, author_id, carrier, kind, wording_id, quotable,"
    " status, shown_at, placed, agreements, touched, created_at)"
    " VALUES (?, ?, 1, ?, 'phone', 'question', ?, 1, 'visible', ?, 0, 0, ?, ?)"
)
CHANGE = (
    "INSERT INTO change (session_id, seq, mark, at, actor_id, action, subjects, detail, key, digest)"
    " VALUES (?, ?, ?, ?, ?, 'post', ?, '{}', ?, ?)"
)


def commit_in_groups(file: str, session_id: int, group: int, posts: int) -> float:
    """Posts per second."""
    db = sqlite.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        db.execute(f"PRAGMA {pragma}")
    (actor,) = db.execute("SELECT id FROM actor LIMIT 1").fetchone()
    started = time.perf_counter()
    for first in range(0, posts, group):
        db.execute("BEGIN IMMEDIATE")
        for _ in range(first, min(posts, first + group)):
            _post(db, session_id, actor)
        db.execute("COMMIT")
    return posts / (time.perf_counter() - started)


def _post(db: sqlite.Connection, session_id: int, actor: str) -> None:
    mark, key = secrets.token_hex(2), secrets.token_hex(8)
    seq, number = db.execute(HEAD, (mark, session_id)).fetchone()
    wording = db.execute(WORDING, (session_id, str(number), TEXT)).lastrowid
    db.execute(CARD, (session_id, number, actor, wording, seq, seq, NOW))
    db.execute(CHANGE, (session_id, seq, mark, NOW, actor, f'["{number}"]', key, bytes(16)))


if __name__ == "__main__":
    where, *numbers = sys.argv[1:]
    print(json.dumps(commit_in_groups(where, *map(int, numbers))))
