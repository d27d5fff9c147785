"""The floor for posts: the same rows into the same tables with the bare driver, in groups that
share one commit, `synchronous=FULL`. No socket, no check of any right, no savepoint, no key.

    python -m bench.floor_commit DATABASE SESSION_ID GROUP POSTS
"""

import json
import secrets
import sys
import time
from typing import Any

import pysqlite3.dbapi2 as sqlite

from bench.event import card_text

HEAD = (
    "UPDATE live_session SET head = head + 1, mark = ?, last_number = last_number + 1"
    " WHERE id = ? RETURNING head, last_number"
)
WORDING = "INSERT INTO wording (session_id, subject, facet, text) VALUES (?, ?, 'text', ?)"

Values = dict[str, Any]


def commit_in_groups(file: str, session_id: int, group: int, posts: int) -> float:
    """Posts per second."""
    db = sqlite.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        db.execute(f"PRAGMA {pragma}")
    db.row_factory = sqlite.Row
    card, change = (dict(_newest(db, table, session_id)) for table in ("contribution", "change"))
    text, started = card_text(0), time.perf_counter()
    for first in range(0, posts, group):
        db.execute("BEGIN IMMEDIATE")
        for _ in range(first, min(posts, first + group)):
            _post(db, session_id, text, card, change)
        db.execute("COMMIT")
    return posts / (time.perf_counter() - started)


def _post(db: sqlite.Connection, session_id: int, text: str, card: Values, change: Values) -> None:
    """One more like the newest, so that the rows have what the tables ask for today."""
    mark, key = secrets.token_hex(2), secrets.token_hex(8)
    seq, number = db.execute(HEAD, (mark, session_id)).fetchone()
    wording = db.execute(WORDING, (session_id, str(number), text)).lastrowid
    shown = {"number": number, "wording_id": wording, "shown_at": seq, "touched": seq, "placed": 0}
    _insert(db, "contribution", card | shown)
    _insert(db, "change", change | {"seq": seq, "mark": mark, "subjects": f'["{number}"]', "key": key})


def _newest(db: sqlite.Connection, table: str, session_id: int) -> Any:
    newest = f"SELECT * FROM {table} WHERE session_id = ? ORDER BY rowid DESC LIMIT 1"
    return db.execute(newest, (session_id,)).fetchone()


def _insert(db: sqlite.Connection, table: str, values: Values) -> None:
    marks = ", ".join("?" * len(values))
    db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


if __name__ == "__main__":
    where, *numbers = sys.argv[1:]
    print(json.dumps(commit_in_groups(where, *map(int, numbers))))
