"""Alembic's way in. The connection is given by app.database.migrate, or made for `alembic`."""

from alembic import context
from sqlmodel import SQLModel

from app import models  # noqa: F401  (registers the tables)
from app.database import connect, writing
from app.settings import Settings


def run(connection) -> None:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with writing(connect(Settings().address_of_database)) as connection:
        run(connection)
