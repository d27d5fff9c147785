"""People who sign in with an account that they have at the provider (`app.openid`)."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert

from app.actions import accounts
from app.forms.reading import Refused
from app.locales import _
from app.models import identities
from app.openid.metadata import Person
from app.queries.people import account_by_email, account_by_identity


def come(db: Connection, now: int, person: Person, secret: str, domains: Collection[str]) -> str:
    """Let somebody in whom the provider knows. Whoever has no account gets one by a link to sign up,
    whose `secret` they bring, or by an address in one of `domains`. Answers a sign-in."""
    account_id = account_by_identity(db, person.issuer, person.subject)
    if account_id is None:
        account_id = _admit(db, now, person, secret, domains)
        link(db, account_id, person.issuer, person.subject)
    return accounts.sign_in(db, now, account_id)


def _admit(db: Connection, now: int, person: Person, secret: str, domains: Collection[str]) -> int:
    if secret:
        _use_up(db, now, secret)
    elif not (person.is_sure and person.email.partition("@")[2] in domains):
        raise Refused(_("You have no account here yet. Please ask an organiser for a link."))
    if not person.email:
        raise Refused(_("Your email address was not passed on. Please sign up with a password."))
    if account_by_email(db, person.email) is not None:
        raise Refused(_("Your address has an account here. Sign in with its password, then link both."))
    return accounts.make(db, now, person.email, person.name)


def _use_up(db: Connection, now: int, secret: str) -> None:
    """A link for a new password makes no account."""
    if accounts.use_link(db, now, secret).account_id is not None:
        raise Refused(_("This link is for a new password."))


def link(db: Connection, account_id: int, issuer: str, subject: str) -> None:
    """Let somebody sign in to this account with theirs at the provider, too."""
    known = account_by_identity(db, issuer, subject)
    if known not in (None, account_id):
        raise Refused(_("That sign-in opens another account here already."))
    if known is None:
        names = {"issuer": issuer, "subject": subject}
        db.execute(insert(identities), {**names, "account_id": account_id})


def unlink(db: Connection, account_id: int) -> None:
    """Let only the password open this account. Every sign-in goes on."""
    db.execute(delete(identities).where(identities.c.account_id == account_id))
