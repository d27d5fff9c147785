"""Starting a session, and opening and closing it and its prompts."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update
from sqlmodel import SQLModel

from app import words
from app.actions.turn import SESSION, Turn, prompt_subject
from app.forms.fields import LONGEST_NAME
from app.forms.reading import Refused
from app.forms.sessions import AddPrompt, ChangeSession, KeepTime, TurnPrompt, TurnSession
from app.forms.sheets import NewSession
from app.forms.summary import PublishSummary
from app.locales import _
from app.models import (
    Carrier,
    Hold,
    Role,
    actors,
    changes,
    contributions,
    invitations,
    letters,
    memberships,
    prompts,
    sessions,
    themes,
    wordings,
)
from app.passes import link_digest, new_actor, new_code, new_key
from app.roles import Pass

REHEARSE, OF = "rehearse", "of"
"""How the log of a rehearsal begins: with this action, and the id of the session it is a copy of."""


def start(
    db: Connection, now: int, wish: NewSession, label: str = "", rehearses: int | None = None
) -> tuple[str, Pass, str]:
    """Make a live session with its prompts and named themes. Answers its code, an organiser's
    pass, and the secret of an invitation link with the same rights, which `label` names.
    One that `rehearses` another session says so in the first row of its log."""
    questions = [text for text in wish.prompts if text] or [wish.title]
    names = [name for name in wish.themes if name]
    _check_order(wish.model_dump())
    code, mark = new_code(), secrets.token_hex(4)
    # A number that no session had before: a pass for one that was deleted must fit no other.
    session_id = secrets.randbits(52) + 1
    said = wish.model_dump(exclude={"prompts", "themes"})
    counts = {"head": 1, "last_prompt": len(questions), "last_letter": len(names), "touched": 1}
    made = {"id": session_id, "code": code, "mark": mark, "created_at": now}
    _insert(db, sessions, **said, **counts, **made, is_open=(wish.opens_at or 0) <= now)
    _ask(db, session_id, questions)
    _name(db, session_id, names)
    secret, invitation_id = invite(db, session_id, Role.ORGANISER, now, label)
    organiser = new_actor(session_id, invitation_id)
    _log_start(db, organiser, mark, now, rehearses)
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


def _log_start(db: Connection, organiser: Pass, mark: str, now: int, rehearses: int | None) -> None:
    made = {"invitation_id": organiser.invitation_id, "created_at": now}
    _insert(db, actors, id=organiser.actor_id, session_id=organiser.session_id, **made)
    began = _BEGAN if rehearses is None else {"action": REHEARSE, "detail": {OF: rehearses}}
    said = {**began, "subjects": [SESSION], "digest": b""}
    where = {"session_id": organiser.session_id, "seq": 1, "mark": mark, "at": now}
    _insert(db, changes, **where, actor_id=organiser.actor_id, key=new_key(), **said)


_BEGAN: dict[str, Any] = {"action": "start", "detail": {}}


def delete(db: Connection, session_id: int) -> None:
    """Delete a session whole: nothing of it stays."""
    invited = select(invitations.c.id).where(invitations.c.session_id == session_id)
    db.execute(memberships.delete().where(memberships.c.invitation_id.in_(invited)))
    for table in reversed(SQLModel.metadata.sorted_tables):
        if "session_id" in table.c:
            db.execute(table.delete().where(table.c.session_id == session_id))
    db.execute(sessions.delete().where(sessions.c.id == session_id))


def invite(db: Connection, session_id: int, role: Role, now: int, label: str = "") -> tuple[str, int]:
    """Make an invitation. Answers its secret, which is kept nowhere, and its id."""
    secret = secrets.token_urlsafe(24)
    invitation_id = _insert(
        db,
        invitations,
        session_id=session_id,
        role=role,
        label=words.clean_line(label)[:LONGEST_NAME],
        digest=link_digest(secret),
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


def add_prompt(turn: Turn, form: AddPrompt) -> None:
    """Put another question to the room. It is the newest open one, so posts answer it."""
    number = turn.live_session.last_prompt + 1
    subject = prompt_subject(number)
    turn.change(SESSION, "last_prompt", number)
    wording = turn.word(subject, "text", form.text)
    here = {"session_id": turn.session_id, "number": number, "touched": turn.seq}
    _insert(turn.db, prompts, **here, wording_id=wording)
    turn.speak_of(subject)


def open_prompt(turn: Turn, form: TurnPrompt) -> None:
    """Let people answer a prompt."""
    turn.change(prompt_subject(turn.prompt(form.prompt).number), "is_open", True)


def close_prompt(turn: Turn, form: TurnPrompt) -> None:
    """Take no more answers to a prompt."""
    turn.change(prompt_subject(turn.prompt(form.prompt).number), "is_open", False)


def open_session(turn: Turn, form: TurnSession) -> None:
    """Let people post, whatever time was set for it."""
    turn.change(SESSION, "is_open", True)
    turn.change(SESSION, "opens_at", None)


def close_session(turn: Turn, form: TurnSession) -> None:
    """Take no more posts. Sorting and reading go on."""
    turn.change(SESSION, "is_open", False)


def publish_summary(turn: Turn, form: PublishSummary) -> None:
    """Let everybody read the public summary at its address, which is always the same."""
    _publish(turn, True)


def unpublish_summary(turn: Turn, form: PublishSummary) -> None:
    """Take it back: those who run the session read it still."""
    _publish(turn, False)


def _publish(turn: Turn, is_published: bool) -> None:
    """Pages that lead there, or no longer do, load themselves anew."""
    turn.change(SESSION, "is_published", is_published)
    if turn.live_session.is_published != is_published:
        turn.rewrite_session({})


def keep_time(turn: Turn, form: KeepTime) -> None:
    """Open or close at the time that was set. What is right is decided by the time, not by who
    points it out."""
    due = [facet for facet in ("opens_at", "closes_at") if _is_due(turn, facet)]
    if not due:
        raise Refused(_("It is not time yet."))
    for facet in due:
        turn.change(SESSION, "is_open", facet == "opens_at")
        turn.change(SESSION, facet, None)


def _is_due(turn: Turn, facet: str) -> bool:
    at = getattr(turn.live_session, facet)
    return at is not None and at <= turn.now


def change_session(turn: Turn, form: ChangeSession) -> None:
    """Say anew what the session is, and until when."""
    _keep_word(turn, form)
    said = form.model_dump(exclude={"action", "key"}, exclude_none=True)
    times = {facet: said.pop(facet) or None for facet in _TIMES if facet in said}
    _check_order({facet: getattr(turn.live_session, facet) for facet in _TIMES} | times)
    for facet, at in times.items():
        turn.change(SESSION, facet, at)
    if (times.get("opens_at") or 0) > turn.now:
        turn.change(SESSION, "is_open", False)
    turn.rewrite_session(said)


def _keep_word(turn: Turn, form: ChangeSession) -> None:
    """Whoever has posted was told what happens to their name and their words. Cards may be held more
    strictly later, for a room may need that; nobody's words then come further than they were told."""
    now = turn.live_session
    if not _has_posts(turn):
        return
    if form.asks_names not in (None, now.asks_names):
        raise Refused(_("People have posted already. Whether names are asked for stays as it is."))
    if form.hold and _STRICTER.index(form.hold) < _STRICTER.index(now.hold):
        raise Refused(_("People have posted already. Cards can only be held more strictly now."))


def _has_posts(turn: Turn) -> bool:
    """Whether anybody has said something here; what was brought along was said elsewhere."""
    here = contributions.c.session_id == turn.session_id, contributions.c.carrier != Carrier.EARLIER
    return turn.db.execute(select(contributions.c.number).where(*here).limit(1)).first() is not None


_STRICTER = (Hold.OFF, Hold.FLAGGED, Hold.ALL)
_TIMES = ("opens_at", "closes_at", "kept_until")


def _check_order(said: Mapping[str, Any]) -> None:
    opens, closes, kept = (said[facet] for facet in _TIMES)
    if opens and closes and closes <= opens:
        raise Refused(_("It must close after it opens."))
    if kept and kept <= max(opens or 0, closes or 0):
        raise Refused(_("It must be kept until after it closes."))


def _insert(db: Connection, table: Table, **values: Any) -> Any:
    return (db.execute(insert(table), values).inserted_primary_key or (0,))[0]


def _word(db: Connection, session_id: int, subject: str, facet: str, text: str) -> int:
    words_ = {"subject": subject, "facet": facet, "text": text}
    return int(_insert(db, wordings, session_id=session_id, **words_))
