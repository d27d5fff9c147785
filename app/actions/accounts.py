"""Accounts: who makes sessions, and comes back to them. They belong to no session, so none of this
is in a session's log."""

import secrets
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from app.forms.reading import Refused
from app.forms.sheets import NewAccount
from app.locales import _
from app.models import accounts, identities, memberships, sign_ins, sign_ups
from app.passes import link_digest
from app.queries.people import account_by_email, sign_up_by_secret

DAY = 24 * 3600 * 1000
LINK_HOLDS = 14 * DAY
SIGN_IN_HOLDS = 30 * DAY


def invite_organiser(db: Connection, now: int, account_id: int | None = None) -> str:
    """Make a link to sign up, or to set an account's password anew. Answers its secret."""
    secret = secrets.token_urlsafe(24)
    link = {"digest": link_digest(secret), "account_id": account_id, "expires_at": now + LINK_HOLDS}
    db.execute(insert(sign_ups), link)
    return secret


def invite_the_first(db: Connection, now: int) -> str:
    """Make the only link there is, while nobody has an account. Answers its secret."""
    db.execute(delete(sign_ups))
    return invite_organiser(db, now)


def sign_up(db: Connection, now: int, secret: str, form: NewAccount, password: str) -> str:
    """Make an account with a link that still holds. `password` is the hash. Answers a sign-in."""
    use_link(db, now, secret)
    if account_by_email(db, form.email) is not None:
        raise Refused(_("There is an account with this address. Please sign in."))
    return sign_in(db, now, make(db, now, form.email, form.name, password))


def make(db: Connection, now: int, email: str, name: str, password: str = "") -> int:
    """Make an account; without the hash of a password, for somebody who comes by the provider alone.
    Answers its id."""
    kept = {"email": email, "name": name, "password": password, "created_at": now}
    return int((db.execute(insert(accounts), kept).inserted_primary_key or (0,))[0])


def set_password(db: Connection, now: int, secret: str, password: str) -> str:
    """Set a password anew with a link that was made for it, and end every earlier sign-in, every
    other such link, and every link with the provider. `password` is the hash. Answers a sign-in."""
    account_id = use_link(db, now, secret).account_id
    for table in (sign_ins, sign_ups, identities):
        db.execute(delete(table).where(table.c.account_id == account_id))
    db.execute(update(accounts).where(accounts.c.id == account_id).values(password=password))
    return sign_in(db, now, account_id)


def use_link(db: Connection, now: int, secret: str) -> Row[Any]:
    """Use up a link that still holds. Answers what it stands for."""
    link = sign_up_by_secret(db, secret, now)
    if link is None or not _is_used_up(db, link.digest):
        raise Refused(_("This link does not hold any more. Please ask for a new one."))
    return link


def _is_used_up(db: Connection, digest: bytes) -> bool:
    """Whether it was ours to use: of two servers that read it at once, one deletes it."""
    return db.execute(delete(sign_ups).where(sign_ups.c.digest == digest)).rowcount == 1


def sign_in(db: Connection, now: int, account_id: int) -> str:
    """Let an account in on one device. Answers the new sign-in: never one that was known before."""
    made = secrets.token_urlsafe(16)
    db.execute(insert(sign_ins), {"id": made, "account_id": account_id, "expires_at": now + SIGN_IN_HOLDS})
    return made


def sign_out(db: Connection, sign_in: str) -> None:
    """End a sign-in, and with it every right that was opened with it."""
    db.execute(delete(sign_ins).where(sign_ins.c.id == sign_in))


def keep(db: Connection, account_id: int, invitation_id: int) -> None:
    """Put a session among an account's own, for as long as the invitation holds."""
    kept = {"account_id": account_id, "invitation_id": invitation_id}
    if db.execute(select(memberships).filter_by(**kept)).first() is None:
        db.execute(insert(memberships), kept)


def forget_what_ended(db: Connection, now: int) -> None:
    """Delete the sign-ins and links that are too old to hold."""
    for table in (sign_ins, sign_ups):
        db.execute(delete(table).where(table.c.expires_at <= now))
