"""What is deleted is gone from the files too."""

from pathlib import Path

from app.actions import sessions
from app.database import connect, scrub, writing
from tests.desk import Desk


def test_nothing_deleted_stays_in_the_file_or_its_log(tmp_path: Path, empty_database: Path) -> None:
    file = tmp_path / "sheaf.db"
    file.write_bytes(empty_database.read_bytes())
    engine = connect(f"sqlite:///{file}")
    desk = Desk(engine)
    for nth in range(50):
        desk.post(desk.participant(), f"Planted words {nth}")
    with writing(engine) as db:
        sessions.delete(db, desk.session_id)
    scrub(engine)
    assert all(b"Planted" not in one.read_bytes() for one in tmp_path.iterdir())
    engine.dispose()
