"""Starting a session, and opening and closing it and its prompts."""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert, update

from app import words
from app.actions.turn import SESSION, Turn, prompt_subject
from app.forms import LONGEST_NAME, Refused, TurnPrompt, TurnSession
from app.models import (
    Hold,
    Role,
    actors,
    changes,
    invitations,
    letters,
    prompts,
    sessions,
    themes,
    wordings,
)
from app.passes import invitation_digest, new_actor, new_code, new_key
from app.roles import Pass


def start(
    db: Connection,
    now: int,
    *,
    title: str,
    purpose: str = "",
    questions: Sequence[str] = (),
    names: Sequence[str] = (),
    hold: Hold = Hold.OFF,
    asks_names: bool = False,
) -> tuple[str, Pass, str]:
    """Make a live session with prompts and named themes. The title is the prompt where no other
    is given. Answers its code, an organiser's pass, and the secret of an invitation link with
    the same rights."""
    title = _line(title, "title")
    questions = [_line(question, "prompt") for question in questions] or [title]
    names = [_line(name, "theme") for name in names]
    code, mark = new_code(), secrets.token_hex(2)
    session_id = _insert(
        db,
        sessions,
        code=code,
        title=title,
        purpose=words.clean(purpose),
        hold=hold,
        asks_names=asks_names,
        head=1,
        mark=mark,
        last_prompt=len(questions),
        last_letter=len(names),
        touched=1,
        created_at=now,
    )
    _ask(db, session_id, questions)
    _name(db, session_id, names)
    secret, invitation_id = invite(db, session_id, Role.ORGANISER, now)
    organiser = new_actor(session_id, invitation_id)
    _log_start(db, organiser, mark, now)
    return code, organiser, secret


def _ask(db: Connection, session_id: int, questions: Sequence[str]) -> None:
    for number, text in enumerate(questions, start=1):
        wording = _word(db, session_id, prompt_subject(number), "text", text)
        _insert(db, prompts, session_id=session_id, number=number, wording_id=wording, touched=1)


def _name(db: Connection, session_id: int, names: Sequence[str]) -> None:
    for nth, name in enumerate(names, start=1):
        letter = letters(nth)
        named = {"name_id": _word(db, session_id, letter, "name", name), "rank": float(nth)}
        _insert(db, themes, session_id=session_id, letter=letter, **named, touched=1)


def _log_start(db: Connection, organiser: Pass, mark: str, now: int) -> None:
    session_id, actor_id, invitation_id = organiser
    made = {"invitation_id": invitation_id, "created_at": now}
    _insert(db, actors, id=actor_id, session_id=session_id, **made)
    said = {"action": "start", "subjects": [SESSION], "detail": {}, "digest": b""}
    where = {"session_id": session_id, "seq": 1, "mark": mark, "at": now}
    _insert(db, changes, **where, actor_id=actor_id, key=new_key(), **said)


def invite(db: Connection, session_id: int, role: Role, now: int, label: str = "") -> tuple[str, int]:
    """Make an invitation. Answers its secret, which is kept nowhere, and its id."""
    secret = secrets.token_urlsafe(24)
    invitation_id = _insert(
        db,
        invitations,
        session_id=session_id,
        role=role,
        label=words.clean_line(label)[:LONGEST_NAME],
        digest=invitation_digest(secret),
        created_at=now,
    )
    return secret, invitation_id


def revoke(db: Connection, session_id: int, invitation_id: int, now: int) -> None:
    """Take an invitation back, from everybody who came by it."""
    db.execute(
        update(invitations)
        .where(
            invitations.c.id == invitation_id,
            invitations.c.session_id == session_id,
            invitations.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def open_prompt(turn: Turn, form: TurnPrompt) -> None:
    """Let people answer a prompt."""
    turn.change(prompt_subject(turn.prompt(form.prompt).number), "is_open", True)


def close_prompt(turn: Turn, form: TurnPrompt) -> None:
    """Take no more answers to a prompt."""
    turn.change(prompt_subject(turn.prompt(form.prompt).number), "is_open", False)


def open_session(turn: Turn, form: TurnSession) -> None:
    """Let people post again."""
    turn.change(SESSION, "is_open", True)


def close_session(turn: Turn, form: TurnSession) -> None:
    """Take no more posts. Sorting and reading go on."""
    turn.change(SESSION, "is_open", False)


def _line(text: str, what: str) -> str:
    line = words.clean_line(text)
    if not line:
        raise Refused(f"The {what} is empty.")
    if words.length(line) > 2 * LONGEST_NAME:
        raise Refused(f"The {what} is too long. {2 * LONGEST_NAME} characters is the most.")
    return line


def _insert(db: Connection, table: Table, **values: Any) -> Any:
    return (db.execute(insert(table), values).inserted_primary_key or (0,))[0]


def _word(db: Connection, session_id: int, subject: str, facet: str, text: str) -> int:
    words_ = {"subject": subject, "facet": facet, "text": text}
    return int(_insert(db, wordings, session_id=session_id, **words_))
