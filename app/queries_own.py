"""The reads about what is somebody's own, for the link that they keep."""

from sqlalchemy import Connection, func, select

from app.models import contributions


def first_card_of(db: Connection, session_id: int, author_id: str) -> int | None:
    """The number of the first card that somebody wrote."""
    mine = contributions.c.author_id == author_id, contributions.c.session_id == session_id
    first: int | None = db.scalar(select(func.min(contributions.c.number)).where(*mine))
    return first


def author_of(db: Connection, session_id: int, number: int) -> str:
    """Who wrote a card; empty where there is none."""
    this = contributions.c.session_id == session_id, contributions.c.number == number
    return db.scalar(select(contributions.c.author_id).where(*this)) or ""
