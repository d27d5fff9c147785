"""A prepared statement does what it does through SQLAlchemy."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import IntegrityError, ProgrammingError

from app.database import reading, writing
from app.models import changes, contributions, wordings
from app.prepared import Prepared
from tests.conftest import Room

pytestmark = [pytest.mark.anyio, pytest.mark.every_database]

LOG = select(changes).where(changes.c.seq > bindparam("since")).order_by(changes.c.seq)
KEEP = Prepared(insert(wordings))


@pytest.fixture
async def db(room: Room) -> AsyncIterator[Connection]:
    """The database of a session in which a card was placed."""
    number = await room.post()
    await room.do(room.organiser, "place", contributions=[number], theme="parked")
    with reading(room.house.engine) as db:
        yield db


async def test_rows_are_the_same_as_by_way_of_sqlalchemy(db: Connection) -> None:
    for statement in (LOG, select(contributions).where(contributions.c.number > bindparam("since"))):
        plain = db.execute(statement, {"since": 0}).all()
        prepared = Prepared(statement).all(db, {"since": 0})
        assert prepared == [tuple(row) for row in plain]
        assert prepared[0]._fields == plain[0]._fields


async def test_columns_are_what_the_tables_say(db: Connection) -> None:
    detail = Prepared(LOG).all(db, {"since": 2})[0].detail
    placed = Prepared(select(contributions.c.placed)).scalar(db, {})
    assert (detail, placed) == ({"1.places": [[], [["parked", 1.0]]]}, True)


async def test_where_there_is_no_row_there_is_none(db: Connection) -> None:
    nothing = {"since": 2**40}
    log = Prepared(LOG)
    assert (log.first(db, nothing), log.scalar(db, nothing), log.all(db, nothing)) == (None, None, [])


async def test_a_value_that_was_forgotten_is_a_fault(db: Connection) -> None:
    with pytest.raises((KeyError, ProgrammingError)):
        Prepared(LOG).all(db, {})


async def test_a_fault_is_sqlalchemys_and_repeats_no_words(room: Room) -> None:
    with writing(room.house.engine) as db, pytest.raises(IntegrityError) as fault:
        KEEP.run(db, {"session_id": room.session_id, "subject": None, "facet": "text", "text": "My words"})
    assert "My words" not in str(fault.value)
