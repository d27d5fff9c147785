"""The reads that screens and summaries need. Each answers plain rows with their words."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, exists, func, or_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import ScalarSelect

from app import words
from app.models import (
    ASIDE,
    UNSORTED,
    Proposed,
    Role,
    Status,
    accounts,
    actors,
    changes,
    concerns,
    contests,
    contributions,
    invitations,
    memberships,
    placements,
    prompts,
    proposals,
    sessions,
    sign_ins,
    sign_ups,
    themes,
    tint,
    wordings,
)
from app.passes import link_digest
from app.prepared import Prepared
from app.roles import Pass, Right

CROWDED = 15
"""More cards than this in a theme are a sign that it should be split."""

TORN = 3
"""A card moved so often between the same two places is a sign that it should be talked about."""

ALL = 2**62
"""As many as there are."""


class Contested(NamedTuple):
    """An author's objection to where their card is, and whether facilitators have answered."""

    place: str
    text: str | None
    is_answered: bool
    answer: str | None


class Card(NamedTuple):
    """A contribution with its words and places."""

    number: int
    kind: str | None
    text: str
    name: str | None
    status: str
    prompt: int
    agreements: int
    quotable: bool
    author_id: str
    carrier: str
    table: str | None
    """What the table is called that a scribe or a paper card entered it for."""
    is_paraphrased: bool
    shown_at: int
    touched: int
    seen: int
    """The seq of the change that last altered what the room reads of it."""
    created_at: int
    is_answered: bool
    answer: str | None
    merged_into: int | None
    said: int
    """How many visible cards it speaks for: itself, and those that were merged into it."""
    objects: int
    """How many places its author has objected to, there or not."""
    moves: dict[str, int] | None
    """Between which two places it was moved how often."""
    wording: int
    """Which of the words kept of it these are."""
    places: list[tuple[str, float]]
    at: list[str]
    """Where it is: its places, or those of the card that stands for it."""
    contests: list[Contested]
    """What its author objects to of where it is."""
    originals: tuple["Card", ...]
    """The visible cards that it stands for, by number."""

    @property
    def is_visible(self) -> bool:
        """Whether everybody may see it."""
        return self.status == Status.VISIBLE

    @property
    def stands(self) -> bool:
        """Whether it is on the screens by itself."""
        return self.is_visible and self.merged_into is None

    def is_let_in(self, upto: int | None) -> bool:
        """Whether it is on the big screen, which lets unsorted cards in up to a seq, or all."""
        return upto is None or bool(self.places) or self.shown_at <= upto

    @property
    def torn(self) -> tuple[str, str] | None:
        """Two places between which it goes to and fro. To stand in both, or in neither, is an answer."""
        at = set(self.at) or {UNSORTED}
        for between, times in (self.moves or {}).items():
            one, other = between.split()
            if times >= TORN and (one in at) != (other in at):
                return one, other
        return None

    @property
    def is_contested(self) -> bool:
        """Whether its author, or that of a card it stands for, waits for an answer."""
        return any(not one.is_answered for card in (self, *self.originals) for one in card.contests)


class ThemeRow(NamedTuple):
    """A theme with its name and how many visible cards are in it."""

    letter: str
    name: str
    rank: float
    is_removed: bool
    cards: int
    """How many cards stand in it, each with what is merged into it."""
    merged: int
    """How many were merged into those."""
    description: str
    colour: int | None
    proposed: int
    """How many names somebody proposed that wait for an answer."""

    @property
    def size(self) -> int:
        """How many voices are in it."""
        return self.cards + self.merged

    @property
    def is_crowded(self) -> bool:
        """Whether it has more cards than a theme can well hold together."""
        return self.cards > CROWDED

    @property
    def tint(self) -> int:
        """Which of the theme colours it has: its letter's, unless it was given another."""
        return self.colour or tint(self.letter)


class ProposalRow(NamedTuple):
    """A name that somebody proposed for a theme, and that waits for an answer."""

    number: int
    theme: str
    name: str


class OwnName(NamedTuple):
    """A name that somebody proposed, and what became of it: for themselves."""

    number: int
    theme: str
    name: str
    state: str
    actor_id: str


class PromptRow(NamedTuple):
    """A prompt with its words."""

    number: int
    text: str
    is_open: bool
    touched: int


class ConcernRow(NamedTuple):
    """What somebody told in private, and whether somebody sees to it."""

    number: int
    text: str
    is_seen: bool
    created_at: int


class Tally(NamedTuple):
    """How many voices there are: visible cards, merged or not."""

    all: int
    unsorted: int
    lone: int
    parked: int


class Gathered(NamedTuple):
    """The unsorted cards that the big screen has not let in yet."""

    cards: int
    newest: int
    """The seq at which the newest of them was first seen."""


def session_by_code(db: Connection, code: str) -> Row[Any] | None:
    """The live session with this code."""
    return db.execute(select(sessions).where(sessions.c.code == code)).first()


def session_by_id(db: Connection, session_id: int) -> Row[Any] | None:
    """The live session with this id."""
    found: Row[Any] | None = _SESSION.first(db, {"session": session_id})
    return found


def invitation_by_secret(db: Connection, secret: str) -> Row[Any] | None:
    """The invitation that a link carries, with its session's code, unless it was revoked."""
    digest = link_digest(secret)
    return db.execute(
        select(invitations, sessions.c.code)
        .join(sessions, sessions.c.id == invitations.c.session_id)
        .where(invitations.c.digest == digest, invitations.c.revoked_at.is_(None))
    ).first()


def invitations_of(db: Connection, session_id: int) -> list[Row[Any]]:
    """A session's invitations that still hold, with the number of people who came by each and
    have done something."""
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
            invitations.c.label,
            invitations.c.created_at,
            came.label("came"),
        )
        .where(invitations.c.session_id == session_id, invitations.c.revoked_at.is_(None))
        .order_by(invitations.c.id)
    )
    return [*found]


def roles_now(db: Connection, rights: Iterable[Right]) -> dict[Right, Role]:
    """What the bearers of these rights are now; those whose invitation was revoked, or who have
    signed out, are left out."""
    asked = list(rights)
    invited = db.execute(
        select(invitations.c.id, invitations.c.role).where(
            invitations.c.id.in_([invitation_id for invitation_id, _ in asked]),
            invitations.c.revoked_at.is_(None),
        )
    )
    roles = {invitation_id: Role(role) for invitation_id, role in invited}
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


def cards(db: Connection, session_id: int, *where: Any, newest_first: bool = False) -> list[Card]:
    """Contributions with their words and places, by number."""
    order = contributions.c.number.desc() if newest_first else contributions.c.number
    found = db.execute(_CARDS.where(*where).order_by(order), {"session": session_id})
    return _cards(db, session_id, found.all())


def cards_since(db: Connection, session_id: int, since: int, most: int = ALL) -> list[Card]:
    """The contributions touched by changes after seq `since`, `most` of them at the most."""
    bounds = {"session": session_id, "since": since, "most": most}
    return _cards(db, session_id, _CARDS_SINCE.all(db, bounds))


def cards_held(db: Connection, session_id: int, first: int, before: int | None = None) -> list[Card]:
    """The visible contributions that stand by themselves, from number `first` on, below `before`
    where it is given."""
    bounds = [contributions.c.number >= first, contributions.c.status == Status.VISIBLE, _STANDS]
    if before is not None:
        bounds.append(contributions.c.number < before)
    return cards(db, session_id, *bounds)


def cards_standing(db: Connection, session_id: int, numbers: list[int]) -> list[Card]:
    """Those of these contributions that are on the board by themselves."""
    found = cards(db, session_id, contributions.c.number.in_(numbers))
    return [card for card in found if card.stands]


def own_cards(db: Connection, session_id: int, author_id: str, since: int = -1) -> list[Card]:
    """Somebody's own contributions, in every state, newest first."""
    return cards(
        db,
        session_id,
        contributions.c.author_id == author_id,
        contributions.c.touched > since,
        newest_first=True,
    )


def all_themes(db: Connection, session_id: int, since: int = -1) -> list[ThemeRow]:
    """Themes touched after `since` (by default all), removed ones too, in their order."""
    found = _THEMES_SINCE.all(db, {"session": session_id, "since": since})
    return [ThemeRow(*row) for row in found]


def standing_themes(db: Connection, session_id: int) -> list[ThemeRow]:
    """The themes there are, in their order."""
    return [row for row in all_themes(db, session_id) if not row.is_removed]


def numbers_in(db: Connection, session_id: int, rows: Iterable[ThemeRow]) -> dict[str, list[int]]:
    """Letter to the numbers of the visible cards in that theme, in their order."""
    inside: dict[str, list[int]] = {row.letter: [] for row in rows}
    if inside:
        here = {"session": session_id, "letters": list(inside)}
        for place, number in db.execute(_IN_THEMES, here):
            inside[place].append(number)
    return inside


def proposed_names(db: Connection, session_id: int) -> dict[str, list[ProposalRow]]:
    """The names that wait for an answer, by theme."""
    waiting: dict[str, list[ProposalRow]] = {}
    for row in db.execute(_PROPOSALS, {"session": session_id}):
        waiting.setdefault(row.theme, []).append(ProposalRow(*row))
    return waiting


def own_names(db: Connection, session_id: int, actor_id: str) -> list[OwnName]:
    """The names that somebody proposed, and what became of them."""
    return [OwnName(*row) for row in _OWN_NAMES.all(db, {"session": session_id, "actor": actor_id})]


def names_since(db: Connection, session_id: int, since: int) -> list[OwnName]:
    """The proposed names touched by changes after seq `since`, answered or not."""
    return [OwnName(*row) for row in _NAMES_SINCE.all(db, {"session": session_id, "since": since})]


def gathered(db: Connection, live_session: Row[Any]) -> Gathered:
    """What waits to be let onto the big screen."""
    if live_session.shown_upto is None:
        return Gathered(0, 0)
    here = _GATHERED.first(db, {"session": live_session.id, "upto": live_session.shown_upto})
    return Gathered(here.seen - here.merged, here.newest or 0)


def let_in_since(db: Connection, session_id: int, since: int, most: int) -> list[Card]:
    """The cards that the big screen let in after seq `since` although nothing else became of them
    since then: so where they gathered at that time, and were not touched."""
    noted = db.scalars(_LETTING_IN, {"session": session_id, "since": since})
    upto = next((detail[_UPTO][0] for detail in noted if _UPTO in detail), None)
    if upto is None:
        return []
    bounds = {"session": session_id, "upto": upto, "since": since, "most": most}
    return _cards(db, session_id, _GATHERED_THEN.all(db, bounds))


def saying_the_same(
    db: Connection, session_id: int, numbers: Container[int], among: Container[str]
) -> list[int]:
    """The cards of these states whose words are those of one of the numbers, by number."""
    said = db.execute(_SAID, {"session": session_id}).all()
    named = {words.gist(row.text) for row in said if row.number in numbers}
    return [row.number for row in said if row.status in among and words.gist(row.text) in named]


def all_prompts(db: Connection, session_id: int, since: int = -1) -> list[PromptRow]:
    """Prompts touched after `since` (by default all), by number."""
    found = _PROMPTS_SINCE.all(db, {"session": session_id, "since": since})
    return [PromptRow(*row) for row in found]


def concerns_told(db: Connection, session_id: int, since: int = -1) -> list[ConcernRow]:
    """Concerns touched after `since` (by default all), newest first: for those who run the session."""
    found = db.execute(_CONCERNS, {"session": session_id, "since": since})
    return [ConcernRow(*row) for row in found]


def concerns_waiting(db: Connection, session_id: int) -> int:
    """How many concerns nobody sees to yet."""
    return sum(not row.is_seen for row in concerns_told(db, session_id))


def voices(db: Connection, live_session: Row[Any]) -> int:
    """How many visible cards there are. Each number is a card's for ever, so the few that are not
    visible are counted: counting the others would take longer with every post."""
    return int(live_session.last_number - _VOICES.scalar(db, {"session": live_session.id}))


def tally(db: Connection, live_session: Row[Any]) -> Tally:
    """Counts of visible cards: all of them, and those outside the themes."""
    here = _TALLY.first(db, {"session": live_session.id})
    # A merged card has no place of its own, wherever the one that stands for it is.
    unsorted = here.not_placed - here.merged_and_placed
    return Tally(int(live_session.last_number - here.unseen), unsorted, here.lone, here.parked)


def _cards(db: Connection, session_id: int, found: Sequence[Any]) -> list[Card]:
    places = _places(db, session_id, [row.merged_into or row.number for row in found])
    merged = _in_parts(db, _ORIGINALS, session_id, [row.number for row in found if row.said > 1])
    objecting = [row.number for row in [*found, *merged] if row.objects]
    contests = _in_parts(db, _CONTESTS, session_id, objecting)

    def card(row: Any, originals: tuple[Card, ...] = ()) -> Card:
        there = places[row.merged_into or row.number]
        at = [place for place, _ in there]
        live = [Contested._make(one[1:]) for one in contests if one.number == row.number and one.place in at]
        return Card._make((*row, [] if row.merged_into else there, at, live, originals))

    by_standing: dict[int, tuple[Card, ...]] = {}
    for row in merged:
        by_standing[row.merged_into] = (*by_standing.get(row.merged_into, ()), card(row))
    return [card(row, by_standing.get(row.number, ())) for row in found]


def _in_parts(db: Connection, rows: Select[Any], session_id: int, numbers: list[int]) -> list[Row[Any]]:
    """What is said of these cards, so many at a time that the statement stays short."""
    parts = (numbers[at : at + 50] for at in range(0, len(numbers), 50))
    return [row for part in parts for row in db.execute(rows, {"session": session_id, "numbers": part})]


def _places(db: Connection, session_id: int, numbers: list[int]) -> defaultdict[int, list[tuple[str, float]]]:
    """Where these cards stand. Asked for by range, so that the statement stays short; only of a few
    that lie far apart one by one."""
    places: defaultdict[int, list[tuple[str, float]]] = defaultdict(list)
    if not numbers:
        return places
    first, last = min(numbers), max(numbers)
    if len(numbers) <= 50 < last - first:
        found = db.execute(_PLACES_OF, {"session": session_id, "numbers": numbers}).all()
    else:
        found = _PLACES_BETWEEN.all(db, {"session": session_id, "first": first, "last": last})
    for number, place, rank in found:
        places[number].append((place, rank))
    return places


# The statements of every update are built once: building one takes longer than SQLite needs to
# run it.

_HERE: Any = bindparam("session")
_NAMING, _ANSWER, _TABLE = map(wordings.alias, ("naming", "answer", "at_table"))
_PLACED_CARD = (contributions.c.session_id == placements.c.session_id) & (
    contributions.c.number == placements.c.number
)
_STANDS: Any = contributions.c.merged_into.is_(None)
_OTHERS = contributions.alias("others")
_MERGED_HERE = (
    select(func.count())
    .where(
        _OTHERS.c.session_id == contributions.c.session_id,
        _OTHERS.c.merged_into == contributions.c.number,
        _OTHERS.c.status == Status.VISIBLE,
    )
    .correlate(contributions)
    .scalar_subquery()
)

_OBJECTS = (
    select(func.count())
    .where(
        contests.c.session_id == contributions.c.session_id,
        contests.c.number == contributions.c.number,
    )
    .correlate(contributions)
    .scalar_subquery()
)

_IS_SEEN = contributions.c.status == Status.VISIBLE
# Written out, so that the statement has all its values from the start.
_IS_UNSEEN = or_(*(contributions.c.status == status for status in Status if status != Status.VISIBLE))

_SESSION = Prepared(select(sessions).where(sessions.c.id == _HERE))
_CARDS = (
    select(
        contributions.c.number,
        contributions.c.kind,
        wordings.c.text,
        _NAMING.c.text.label("name"),
        contributions.c.status,
        contributions.c.prompt,
        contributions.c.agreements,
        contributions.c.quotable,
        contributions.c.author_id,
        contributions.c.carrier,
        _TABLE.c.text.label("table"),
        contributions.c.is_paraphrased,
        contributions.c.shown_at,
        contributions.c.touched,
        contributions.c.seen,
        contributions.c.created_at,
        contributions.c.is_answered,
        _ANSWER.c.text.label("answer"),
        contributions.c.merged_into,
        (_MERGED_HERE + 1).label("said"),
        _OBJECTS.label("objects"),
        contributions.c.moves,
        contributions.c.wording_id,
    )
    .join(wordings, wordings.c.id == contributions.c.wording_id)
    .outerjoin(_NAMING, _NAMING.c.id == contributions.c.name_id)
    .outerjoin(_TABLE, _TABLE.c.id == contributions.c.table_id)
    .outerjoin(_ANSWER, _ANSWER.c.id == contributions.c.answer_id)
    .where(contributions.c.session_id == _HERE)
)
_CARDS_SINCE = Prepared(
    _CARDS.where(contributions.c.touched > bindparam("since"))
    .order_by(contributions.c.number)
    .limit(bindparam("most"))
)
_SAID = (
    select(contributions.c.number, contributions.c.status, wordings.c.text)
    .join(wordings, wordings.c.id == contributions.c.wording_id)
    .where(contributions.c.session_id == _HERE)
    .order_by(contributions.c.number)
)
_ORIGINALS = _CARDS.where(
    contributions.c.merged_into.in_(bindparam("numbers", expanding=True)),
    contributions.c.status == Status.VISIBLE,
).order_by(contributions.c.number)
_CONTESTS = (
    select(
        contests.c.number,
        contests.c.place,
        wordings.c.text,
        contests.c.is_answered,
        _ANSWER.c.text.label("answer"),
    )
    .outerjoin(wordings, wordings.c.id == contests.c.text_id)
    .outerjoin(_ANSWER, _ANSWER.c.id == contests.c.answer_id)
    .where(
        contests.c.session_id == _HERE,
        contests.c.number.in_(bindparam("numbers", expanding=True)),
    )
    .order_by(contests.c.number, contests.c.place)
)
_PLACES = (
    select(placements.c.number, placements.c.place, placements.c.rank)
    .where(placements.c.session_id == _HERE)
    .order_by(placements.c.number, placements.c.place)
)
_PLACES_OF = _PLACES.where(placements.c.number.in_(bindparam("numbers", expanding=True)))
_PLACES_BETWEEN = Prepared(_PLACES.where(placements.c.number.between(bindparam("first"), bindparam("last"))))


# How many visible cards there are in a place. Asking each of its cards whether it is visible would
# take longer with every card; so the few that are not, and the few that were merged, are counted.


def _count(*where: Any) -> ScalarSelect[int]:
    return select(func.count()).where(*where).correlate(themes).scalar_subquery()


def _exists(*where: Any) -> ColumnElement[bool]:
    return exists().where(*where).correlate(themes, contributions)


def _cards_in(session: Any, place: Any) -> ColumnElement[int]:
    stands = placements.c.session_id == session, placements.c.place == place
    unseen = contributions.c.session_id == session, _IS_UNSEEN, contributions.c.placed.is_(True)
    there = _exists(*stands, placements.c.number == contributions.c.number)
    return _count(*stands) - _count(*unseen, there)


def _merged_in(session: Any, place: Any) -> ScalarSelect[int]:
    stands = placements.c.session_id == session, placements.c.place == place
    merged = contributions.c.session_id == session, contributions.c.merged_into.is_not(None), _IS_SEEN
    return _count(*merged, _exists(*stands, placements.c.number == contributions.c.merged_into))


_PROPOSED = (
    select(func.count())
    .where(
        proposals.c.session_id == themes.c.session_id,
        proposals.c.theme == themes.c.letter,
        proposals.c.state == Proposed.OPEN,
    )
    .correlate(themes)
    .scalar_subquery()
)
_PROPOSALS = (
    select(proposals.c.number, proposals.c.theme, wordings.c.text.label("name"))
    .join(wordings, wordings.c.id == proposals.c.name_id)
    .where(proposals.c.session_id == _HERE, proposals.c.state == Proposed.OPEN)
    .order_by(proposals.c.number)
)
_NAMES = (
    select(
        proposals.c.number,
        proposals.c.theme,
        wordings.c.text.label("name"),
        proposals.c.state,
        proposals.c.actor_id,
    )
    .join(wordings, wordings.c.id == proposals.c.name_id)
    .where(proposals.c.session_id == _HERE)
    .order_by(proposals.c.number)
)
_OWN_NAMES = Prepared(_NAMES.where(proposals.c.actor_id == bindparam("actor")))
_NAMES_SINCE = Prepared(_NAMES.where(proposals.c.touched > bindparam("since")))
_THEMES_SINCE = Prepared(
    select(
        themes.c.letter,
        func.coalesce(_NAMING.c.text, "").label("name"),
        themes.c.rank,
        themes.c.is_removed,
        _cards_in(themes.c.session_id, themes.c.letter).label("cards"),
        _merged_in(themes.c.session_id, themes.c.letter).label("merged"),
        func.coalesce(wordings.c.text, "").label("description"),
        themes.c.colour,
        _PROPOSED.label("proposed"),
    )
    .outerjoin(_NAMING, _NAMING.c.id == themes.c.name_id)
    .outerjoin(wordings, wordings.c.id == themes.c.description_id)
    .where(themes.c.session_id == _HERE, themes.c.touched > bindparam("since"))
    .order_by(themes.c.rank, themes.c.letter)
)
_IN_THEMES = (
    select(placements.c.place, placements.c.number)
    .join(contributions, _PLACED_CARD)
    .where(
        placements.c.session_id == _HERE,
        placements.c.place.in_(bindparam("letters", expanding=True)),
        contributions.c.status == Status.VISIBLE,
    )
    .order_by(placements.c.rank, placements.c.number)
)
_PROMPTS_SINCE = Prepared(
    select(prompts.c.number, wordings.c.text, prompts.c.is_open, prompts.c.touched)
    .join(wordings, wordings.c.id == prompts.c.wording_id)
    .where(prompts.c.session_id == _HERE, prompts.c.touched > bindparam("since"))
    .order_by(prompts.c.number)
)
_GATHERS = (
    contributions.c.session_id == _HERE,
    contributions.c.status == Status.VISIBLE,
    contributions.c.placed.is_(False),
    contributions.c.shown_at > bindparam("upto"),
)
_GATHERED = Prepared(
    select(
        _count(*_GATHERS).label("seen"),
        _count(*_GATHERS, contributions.c.merged_into.is_not(None)).label("merged"),
        select(func.max(contributions.c.shown_at)).where(*_GATHERS).scalar_subquery().label("newest"),
    )
)
_GATHERED_THEN = Prepared(
    _CARDS.where(*_GATHERS, contributions.c.shown_at <= bindparam("since"), _STANDS)
    .order_by(contributions.c.number)
    .limit(bindparam("most"))
)
_UPTO = "session.shown_upto"
_LETTING_IN = (
    select(changes.c.detail)
    .where(
        changes.c.session_id == _HERE,
        changes.c.seq > bindparam("since"),
        changes.c.action.in_(["let_in", "show"]),
    )
    .order_by(changes.c.seq)
)
_CONCERNS = (
    select(concerns.c.number, wordings.c.text, concerns.c.is_seen, concerns.c.created_at)
    .join(wordings, wordings.c.id == concerns.c.wording_id)
    .where(concerns.c.session_id == _HERE, concerns.c.touched > bindparam("since"))
    .order_by(concerns.c.number.desc())
)
_UNSEEN = _count(contributions.c.session_id == _HERE, _IS_UNSEEN)
_VOICES = Prepared(select(_UNSEEN))
_TALLY = Prepared(
    select(
        _UNSEEN.label("unseen"),
        _count(contributions.c.session_id == _HERE, _IS_SEEN, contributions.c.placed.is_(False)).label(
            "not_placed"
        ),
        _count(
            contributions.c.session_id == _HERE,
            contributions.c.merged_into.is_not(None),
            _IS_SEEN,
            _exists(
                _OTHERS.c.session_id == _HERE,
                _OTHERS.c.number == contributions.c.merged_into,
                _OTHERS.c.placed.is_(True),
            ),
        ).label("merged_and_placed"),
        *((_cards_in(_HERE, place) + _merged_in(_HERE, place)).label(place) for place in ASIDE),
    )
)
