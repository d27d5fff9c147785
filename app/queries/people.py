"""Who may do what: invitations, the roles that rest on them, and accounts."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from app.models import (
    Role,
    Scope,
    accounts,
    actors,
    identities,
    invitations,
    memberships,
    sessions,
    sign_ins,
    sign_ups,
    webhooks,
)
from app.passes import link_digest
from app.roles import SCOPES, Pass, Right


def invitation_by_secret(db: Connection, secret: str) -> Row[Any] | None:
    """The invitation that a link carries, with its session's code, unless it was revoked."""
    digest = link_digest(secret)
    return db.execute(
        select(invitations, sessions.c.code)
        .join(sessions, sessions.c.id == invitations.c.session_id)
        .where(invitations.c.digest == digest, invitations.c.revoked_at.is_(None))
    ).first()


def invitations_of(db: Connection, session_id: int) -> list[Row[Any]]:
    """A session's links that still hold, with the number of people who came by each and have done
    something."""
    return _invitations(db, session_id, invitations.c.scope.is_(None))


def programs_of(db: Connection, session_id: int) -> list[Row[Any]]:
    """A session's programs whose tokens still hold."""
    return _invitations(db, session_id, invitations.c.scope.is_not(None))


def webhooks_of(db: Connection, session_id: int) -> list[Row[Any]]:
    """The addresses that a session tells of changes, the oldest first."""
    mine = select(webhooks).where(webhooks.c.session_id == session_id)
    return [*db.execute(mine.order_by(webhooks.c.created_at, webhooks.c.id))]


def _invitations(db: Connection, session_id: int, which: ColumnElement[bool]) -> list[Row[Any]]:
    came = (
        select(func.count())
        .select_from(actors)
        .where(actors.c.invitation_id == invitations.c.id)
        .scalar_subquery()
    )
    found = db.execute(
        select(
            invitations.c.id,
            invitations.c.role,
            invitations.c.scope,
            invitations.c.label,
            invitations.c.created_at,
            came.label("came"),
        )
        .where(invitations.c.session_id == session_id, invitations.c.revoked_at.is_(None), which)
        .order_by(invitations.c.id)
    )
    return [*found]


def roles_now(db: Connection, rights: Iterable[Right]) -> dict[Right, Role]:
    """What the bearers of these rights are now; those whose invitation was revoked, or who have
    signed out, are left out."""
    asked = list(rights)
    invited = db.execute(
        select(invitations.c.id, invitations.c.role, invitations.c.scope).where(
            invitations.c.id.in_([invitation_id for invitation_id, _ in asked]),
            invitations.c.revoked_at.is_(None),
        )
    )
    roles = {
        invitation_id: SCOPES[Scope(scope)] if scope else Role(role) for invitation_id, role, scope in invited
    }
    signed_in = {"", *_signed_in(db, {sign_in for _, sign_in in asked if sign_in})}
    return {right: roles[right[0]] for right in asked if right[0] in roles and right[1] in signed_in}


def _signed_in(db: Connection, asked: set[str]) -> Iterable[str]:
    return db.scalars(select(sign_ins.c.id).where(sign_ins.c.id.in_(asked))) if asked else ()


def role_of(db: Connection, session_id: int, holder: Pass | None) -> Role | None:
    """What the bearer of a pass is in a session now. None for no pass, one for another session,
    and one whose right has ended."""
    if holder is None or holder.session_id != session_id or not holder.invitation_id:
        return role_without_invitation(session_id, holder)
    if _session_invited_to(db, holder.invitation_id) != session_id:
        return None
    return roles_now(db, [holder.right]).get(holder.right)


def role_without_invitation(session_id: int, holder: Pass | None) -> Role | None:
    """The same for a pass that rests on no invitation: nothing needs to be read for it."""
    is_here = holder is not None and holder.session_id == session_id
    return Role.PARTICIPANT if is_here else None


def _session_invited_to(db: Connection, invitation_id: int) -> int | None:
    return db.scalar(select(invitations.c.session_id).where(invitations.c.id == invitation_id))


def name_of(db: Connection, holder: Pass) -> str:
    """What the organiser calls the bearer of an invitation; empty where nobody said."""
    return db.scalar(select(invitations.c.label).where(invitations.c.id == holder.invitation_id)) or ""


def account_by_email(db: Connection, email: str) -> Row[Any] | None:
    """The account with this address."""
    return db.execute(select(accounts).where(accounts.c.email == email)).first()


def account_by_identity(db: Connection, issuer: str, subject: str) -> int | None:
    """The id of the account that somebody's account at a provider opens."""
    theirs = identities.c.issuer == issuer, identities.c.subject == subject
    return db.scalar(select(identities.c.account_id).where(*theirs))


def is_linked(db: Connection, account_id: int) -> bool:
    """Whether an account is opened by one at a provider."""
    linked = select(identities.c.account_id).where(identities.c.account_id == account_id)
    return db.scalar(linked.limit(1)) is not None


def account_signed_in(db: Connection, sign_in: str) -> Row[Any] | None:
    """The account of a sign-in that holds."""
    joined = accounts.join(sign_ins, sign_ins.c.account_id == accounts.c.id)
    return db.execute(select(accounts).select_from(joined).where(sign_ins.c.id == sign_in)).first()


def has_accounts(db: Connection) -> bool:
    """Whether anybody has signed up."""
    return db.scalar(select(accounts.c.id).limit(1)) is not None


def sign_up_by_secret(db: Connection, secret: str, now: int) -> Row[Any] | None:
    """What a sign-up link stands for, with the address and name of the account whose password it
    sets anew, if any. None once it was used or is too old."""
    return db.execute(
        select(sign_ups, accounts.c.email, accounts.c.name)
        .outerjoin(accounts, accounts.c.id == sign_ups.c.account_id)
        .where(sign_ups.c.digest == link_digest(secret), sign_ups.c.expires_at > now)
    ).first()


def sessions_of(db: Connection, account_id: int) -> list[Row[Any]]:
    """The sessions that an account organises or helps with, newest first, each with its role and
    the invitation it rests on."""
    found = db.execute(
        select(sessions, invitations.c.role, invitations.c.id.label("invitation_id"))
        .join(invitations, invitations.c.session_id == sessions.c.id)
        .join(memberships, memberships.c.invitation_id == invitations.c.id)
        .where(memberships.c.account_id == account_id, invitations.c.revoked_at.is_(None))
        .order_by(sessions.c.created_at.desc(), sessions.c.id)
    )
    greatest: dict[int, Row[Any]] = {}
    for row in found:
        if row.id not in greatest or _reach(row) > _reach(greatest[row.id]):
            greatest[row.id] = row
    return [*greatest.values()]


def _reach(row: Row[Any]) -> int:
    return [*Role].index(Role(row.role))
