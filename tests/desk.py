"""The writer without its thread: for tests that act hundreds of times and want no loop."""

import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.actions import sessions
from app.database import sqlite_file, writing
from app.forms.reading import parse, read
from app.forms.sheets import NewSession
from app.ledger import Ledger
from app.live.receipt import Receipt
from app.live.turns import Turns, Wish
from app.models import Carrier, Role, contributions, threads
from app.passes import Signer, new_actor, new_key
from app.roles import Pass


def bring_along(engine: Engine, session_id: int, number: int, earlier: int) -> None:
    """Make a card one that was brought along, as if its session had grown from itself."""
    link = {"session_id": session_id, "of_session": session_id, "theme": "A", "voices": 1}
    this = contributions.c.session_id == session_id, contributions.c.number == number
    with writing(engine) as db:
        db.execute(threads.insert(), link)
        db.execute(contributions.update().where(*this).values(earlier=earlier, carrier=Carrier.EARLIER))


class Desk:
    """A session, and its writer's own way to do one action, in the caller's thread."""

    def __init__(self, engine: Engine, **options: Any) -> None:
        self.engine = engine
        file = sqlite_file(engine.url.render_as_string(hide_password=False))
        folder = file.parent if file else Path(tempfile.mkdtemp())
        self.ledger = Ledger(folder / "erased.txt")
        self.turns = Turns(Signer("a secret for tests", https=False), self.ledger)
        with writing(engine) as db:
            made = sessions.start(db, 1, read(NewSession, {"title": "What next?", **options}))
        self.code, self.organiser, _secret = made
        self.session_id = self.organiser.session_id

    def participant(self) -> Pass:
        return new_actor(self.session_id)

    def invite(self, role: Role) -> Pass:
        with writing(self.engine) as db:
            return new_actor(self.session_id, sessions.invite(db, self.session_id, role, 1)[1])

    def act(self, who: Pass, action: str, **fields: Any) -> Receipt:
        form = parse({"action": action, "key": new_key(), **fields})
        with writing(self.engine) as db:
            return self.turns.take(db, Wish(form, who, Carrier.PHONE))

    def do(self, who: Pass, action: str, **fields: Any) -> Receipt:
        receipt = self.act(who, action, **fields)
        assert receipt.status == "saved", receipt
        return receipt

    def post(self, who: Pass, text: str = "Who pays?", **fields: Any) -> int:
        return int(self.do(who, "post", text=text, **fields).subjects[0])
