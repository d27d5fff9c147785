"""The tables: how things are now (the rows) and what changed (the log).

Within a session a contribution is known by its number and a theme by its letter, so that is what
the tables are keyed by: nothing in one session can be reached by an id from another. Every row
that a screen shows carries `touched`, the seq of the change that last altered it.
Times are whole milliseconds since 1970, in UTC.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlmodel import AutoString, Field, SQLModel

UNSORTED = "unsorted"
LONE = "lone"
PARKED = "parked"
ASIDE = (LONE, PARKED)
"""Places outside the themes. A card that stands in one of them stands nowhere else."""


class Kind(StrEnum):
    """What a contribution says of itself. A contribution may also be of no kind."""

    QUESTION = "question"
    STATEMENT = "statement"
    IDEA = "idea"


class Status(StrEnum):
    """Who may see a contribution: everybody only while it is visible."""

    VISIBLE = "visible"
    HELD = "held"
    HIDDEN = "hidden"
    WITHDRAWN = "withdrawn"


class Hold(StrEnum):
    """Which new contributions wait for review."""

    OFF = "off"
    FLAGGED = "flagged"
    ALL = "all"


class Proposed(StrEnum):
    """What became of a name that somebody proposed."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Part(StrEnum):
    """A part of the summary that an organiser writes."""

    SHORT = "short"
    INFLUENCE = "influence"
    MISSING = "missing"
    CHECKED = "checked"
    WORKED = "worked"
    HARD = "hard"
    NEXT = "next"


class Outcome(StrEnum):
    """What is answered to a theme: what was done, will be done, or can't be."""

    DID = "did"
    WILL = "will"
    CANNOT = "cannot"


class Ballot(StrEnum):
    """Where a vote stands."""

    OPEN = "open"
    CLOSED = "closed"
    DROPPED = "dropped"


class Distance(StrEnum):
    """How far the last row is from the big screen: it decides how high its letters are."""

    MIDDLE = "middle"
    NEAR = "near"
    FAR = "far"


class Ground(StrEnum):
    """Whether the big screen is dark on light or light on dark."""

    LIGHT = "light"
    DARK = "dark"


class JoinPanel(StrEnum):
    """Where the big screen says how to join while it shows cards."""

    FOOT = "foot"
    BESIDE = "beside"
    NONE = "none"


class Zone(StrEnum):
    """Which part of the big screen stays empty, for an interpreter or for captions."""

    NONE = "none"
    LEFT = "left"
    RIGHT = "right"
    BOTTOM = "bottom"


class Carrier(StrEnum):
    """How a contribution came in."""

    PHONE = "phone"
    SCRIBE = "scribe"
    PAPER = "paper"
    PROGRAM = "program"
    IMPORT = "import"
    EARLIER = "earlier"
    """It was said in an earlier session, and brought along from a theme of it."""


class Role(StrEnum):
    """What somebody is in a session, from those who reach least far to those who reach furthest. The
    first two are programs alone, and do nothing: one sees what everybody sees, the other what
    facilitators see."""

    READER = "reader"
    OBSERVER = "observer"
    PARTICIPANT = "participant"
    SCRIBE = "scribe"
    FACILITATOR = "facilitator"
    ORGANISER = "organiser"


class Scope(StrEnum):
    """How far a program's token reaches, in the organiser's words: what the program may do."""

    READ = "read"
    """See what everybody sees."""
    WATCH = "watch"
    """See what facilitators see: what is held and hidden too."""
    WRITE = "write"
    """Write down what people say elsewhere, as a scribe does."""
    SORT = "sort"
    """All that a facilitator does."""


def _first(values: type[StrEnum]) -> Any:
    """A column that has the first of these values unless it is given another."""
    usual = next(iter(values)).value
    return Field(default=usual, sa_column_kwargs={"server_default": text(f"'{usual}'")})


def _one_of(column: str, values: Iterable[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")


def _found_by(column: str, table: str) -> Index:
    """Lets a row that this column points to be deleted without a look at every row here."""
    return _of_known(column, f"{table}_{column}", column)


def _of_known(column: str, name: str, *columns: str) -> Index:
    """An index of those rows only that have something in `column`. Migrations make it so on PostgreSQL
    too; said here, it would load that dialect whenever a server starts."""
    return Index(name, *columns, sqlite_where=text(f"{column} IS NOT NULL"))


def _contribution_exists() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["session_id", "number"], ["contribution.session_id", "contribution.number"])


class LiveSession(SQLModel, table=True):
    """One live session."""

    __tablename__ = "live_session"
    __table_args__ = (
        _one_of("hold", Hold),
        _one_of("distance", Distance),
        _one_of("ground", Ground),
        _one_of("join_panel", JoinPanel),
        _one_of("zone", Zone),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    title: str
    purpose: str = ""
    runs_it: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    """Who runs it, in the organiser's words."""
    notice: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    """What people are told about their words and their privacy when they join."""
    concerns_to: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    """Who hears of concerns, and where they are; where nobody is named, nobody is asked for any."""
    language: str = "en"
    second_language: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    """A language that stands beside the first on the big screen; empty for none."""
    hold: str = Hold.OFF
    asks_names: bool = False
    all_sort: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether everybody may put cards in themes."""
    suggests: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    """Whether facilitators may ask what a card is like, where the server can tell."""
    longest: int = 500
    """How many graphemes a contribution may have."""
    is_open: bool = True
    opens_at: int | None = Field(default=None, sa_type=BigInteger)
    """When it opens by itself; None once it did, and where nobody set a time."""
    closes_at: int | None = Field(default=None, sa_type=BigInteger)
    """When it closes by itself; None once it did, and where nobody set a time."""
    kept_until: int | None = Field(default=None, sa_type=BigInteger)
    """When it is deleted whole; None is never."""
    is_published: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether everybody may read the public summary at its address."""
    is_blank: bool = False
    """Whether the projector shows nothing."""
    shown: str = ""
    """What facilitators want on the projector: a theme's letter, a place, or the way to join."""
    shown_page: int = 1
    gathers: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    """Whether new cards gather before the projector while it shows cards: nothing moves while people
    read."""
    shown_upto: int | None = None
    """While they do: unsorted cards first seen up to this seq are on it. None is all of them."""
    distance: str = _first(Distance)
    ground: str = _first(Ground)
    join_panel: str = _first(JoinPanel)
    zone: str = _first(Zone)
    head: int = 0
    """The seq of the newest change."""
    mark: str = ""
    """The mark of the newest change."""
    last_number: int = 0
    last_letter: int = 0
    last_prompt: int = 0
    last_vote: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    touched: int = 0
    anew_at: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """The seq of the newest change after which pages load themselves anew."""
    created_at: int


_OF_PEOPLE = (Role.PARTICIPANT, Role.SCRIBE, Role.FACILITATOR, Role.ORGANISER)


class Invitation(SQLModel, table=True):
    """What makes its bearer more than a participant: a link, of which only a digest is kept, or a
    program's token, of which nothing is."""

    __table_args__ = (_one_of("role", _OF_PEOPLE), _one_of("scope", Scope))

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="live_session.id", index=True)
    role: str
    """What its bearer is; for a program that only reads, `participant`."""
    scope: str | None = None
    """How far it reaches, where it is a program's token; None for a link."""
    label: str = ""
    """Who it is for, in the organiser's words."""
    digest: bytes = Field(unique=True)
    revoked_at: int | None = None
    created_at: int


class Account(SQLModel, table=True):
    """Somebody who makes sessions, and comes back to them."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    """In lower case. No mail is ever sent: it is what people remember."""
    name: str
    password: str
    """An argon2 hash; empty for somebody who signs in through the provider alone."""
    created_at: int = Field(sa_type=BigInteger)


class SignIn(SQLModel, table=True):
    """An account on one device, until it signs out."""

    __tablename__ = "sign_in"

    id: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    expires_at: int = Field(sa_type=BigInteger)


class SignUp(SQLModel, table=True):
    """A link to make an account, or to set a password anew. Deleted once it is used."""

    __tablename__ = "sign_up"

    digest: bytes = Field(primary_key=True)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    """Whose password it sets anew; None makes a new account."""
    expires_at: int = Field(sa_type=BigInteger)


class Identity(SQLModel, table=True):
    """An account that somebody has at an OpenID provider, with which they sign in to theirs here. No
    address is kept with it: addresses change hands."""

    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    """What the issuer calls them: never anybody else."""
    account_id: int = Field(foreign_key="account.id", index=True)


class Membership(SQLModel, table=True):
    """An invitation that an account keeps: the session is among its own while it holds."""

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    invitation_id: int = Field(foreign_key="invitation.id", primary_key=True)


class Actor(SQLModel, table=True):
    """Somebody who has done something here: one device, no account, no name."""

    id: str = Field(primary_key=True)
    session_id: int = Field(foreign_key="live_session.id", index=True)
    invitation_id: int | None = Field(default=None, foreign_key="invitation.id")
    created_at: int


class Wording(SQLModel, table=True):
    """One revision of a text: the only place where anybody's words are stored."""

    __table_args__ = (Index("wording_subject", "session_id", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="live_session.id")
    subject: str
    """Whose words: a number, a letter, `prompt 1`, `name 1`, `vote 1` or `answer A`."""
    facet: str
    """Which of its words: text, name, description, answer …"""
    text: str


class Thread(SQLModel, table=True):
    """What a session grew from: a theme of an earlier one. That one may be deleted first, so nothing
    here holds on to it; no session ever has its id again."""

    __table_args__ = (_found_by("name_id", "thread"), Index("thread_of_session", "of_session"))

    session_id: int = Field(foreign_key="live_session.id", primary_key=True)
    of_session: int
    theme: str
    """The theme's letter there."""
    name_id: int | None = Field(default=None, foreign_key="wording.id")
    """What it was called then, kept here in words of this session's own."""
    voices: int
    """How many voices stood in it then."""


class Prompt(SQLModel, table=True):
    """A question put to the room."""

    __table_args__ = (_found_by("wording_id", "prompt"),)

    session_id: int = Field(foreign_key="live_session.id", primary_key=True)
    number: int = Field(primary_key=True)
    wording_id: int = Field(foreign_key="wording.id")
    is_open: bool = True
    touched: int


class Contribution(SQLModel, table=True):
    """A question, statement or idea, in somebody's own words."""

    __table_args__ = (
        ForeignKeyConstraint(["session_id", "prompt"], ["prompt.session_id", "prompt.number"]),
        ForeignKeyConstraint(
            ["session_id", "merged_into"], ["contribution.session_id", "contribution.number"]
        ),
        CheckConstraint("merged_into != number", name="merged_into_is_another"),
        _one_of("status", Status),
        _one_of("kind", Kind),
        _found_by("wording_id", "contribution"),
        _found_by("name_id", "contribution"),
        _found_by("table_id", "contribution"),
        _found_by("answer_id", "contribution"),
        _found_by("earlier", "contribution"),
        Index("contribution_touched", "session_id", "touched"),
        Index("contribution_author", "author_id"),
        Index("contribution_unsorted", "session_id", "status", "placed", "shown_at"),
        # Of the few that are merged only, so that a post need not write it.
        _of_known("merged_into", "contribution_merged", "session_id", "merged_into"),
    )

    session_id: int = Field(foreign_key="live_session.id", primary_key=True)
    number: int = Field(primary_key=True)
    prompt: int
    author_id: str = Field(foreign_key="actor.id")
    carrier: str
    kind: str | None = None
    wording_id: int = Field(foreign_key="wording.id")
    name_id: int | None = Field(default=None, foreign_key="wording.id")
    """The name its author gave with it, where the session asks for names."""
    table_id: int | None = Field(default=None, foreign_key="wording.id")
    """What the table is called whose words they are, where a scribe or a paper card said so."""
    is_paraphrased: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether a scribe put it in other words than the speaker's."""
    quotable: bool = True
    status: str
    shown_at: int = 0
    """The seq at which it first became visible to all; 0 while it never was."""
    is_answered: bool = False
    """Whether it was answered in the room."""
    answer_id: int | None = Field(default=None, foreign_key="wording.id")
    placed: bool = False
    """Whether it stands anywhere; false means unsorted."""
    merged_into: int | None = None
    """The card that stands for this one, which then has no place of its own. That card is never
    merged itself."""
    agreements: int = 0
    earlier: int | None = None
    """Its number in the session that this one grew from."""
    moves: dict[str, int] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """Between which two places it was moved how often: {"A B": 2}."""
    touched: int
    seen: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """The seq of the change that last altered what the room reads of it, wherever it stands."""
    created_at: int


class Theme(SQLModel, table=True):
    """A named sheaf of contributions."""

    __table_args__ = (
        CheckConstraint("colour BETWEEN 1 AND 12", name="colour_is_known"),
        _found_by("name_id", "theme"),
        _found_by("description_id", "theme"),
    )

    session_id: int = Field(foreign_key="live_session.id", primary_key=True)
    letter: str = Field(primary_key=True)
    name_id: int | None = Field(default=None, foreign_key="wording.id")
    description_id: int | None = Field(default=None, foreign_key="wording.id")
    """What it means, in a sentence or two."""
    colour: int | None = None
    """Which of the tints it has; None leaves that to its letter."""
    rank: float
    is_removed: bool = False
    touched: int


class Placement(SQLModel, table=True):
    """A contribution's place in a theme or aside. One with no placement is unsorted."""

    __table_args__ = (
        _contribution_exists(),
        Index("placement_place", "session_id", "place", "rank"),
    )

    session_id: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    place: str = Field(primary_key=True)
    """A theme's letter, `lone` or `parked`."""
    rank: float


class Contest(SQLModel, table=True):
    """An author's "that isn't what I meant" of a place. It counts while the card, or the one that
    stands for it, is there."""

    __table_args__ = (
        _contribution_exists(),
        _found_by("text_id", "contest"),
        _found_by("answer_id", "contest"),
    )

    session_id: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    place: str = Field(primary_key=True)
    """A theme's letter, `lone` or `parked`."""
    text_id: int | None = Field(default=None, foreign_key="wording.id")
    is_answered: bool = False
    """Whether facilitators keep the card there, and say so."""
    answer_id: int | None = Field(default=None, foreign_key="wording.id")


class Proposal(SQLModel, table=True):
    """A name that somebody proposes for a theme: one for each person and theme."""

    __table_args__ = (
        ForeignKeyConstraint(["session_id", "theme"], ["theme.session_id", "theme.letter"]),
        UniqueConstraint("session_id", "theme", "actor_id"),
        _one_of("state", Proposed),
        _found_by("name_id", "proposal"),
        _found_by("actor_id", "proposal"),
    )

    session_id: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    theme: str
    actor_id: str = Field(foreign_key="actor.id")
    name_id: int = Field(foreign_key="wording.id")
    state: str = Proposed.OPEN
    touched: int


class Passage(SQLModel, table=True):
    """What an organiser wrote in the summary, where only they know."""

    __table_args__ = (_found_by("wording_id", "passage"),)

    session_id: int = Field(primary_key=True)
    part: str = Field(primary_key=True)
    """A Part."""
    wording_id: int | None = Field(default=None, foreign_key="wording.id")
    touched: int


class Answer(SQLModel, table=True):
    """What is done about a theme: we did, we will, or we can't because. Without an outcome nobody has
    answered yet, though it may be known who will, and until when."""

    __table_args__ = (
        ForeignKeyConstraint(["session_id", "theme"], ["theme.session_id", "theme.letter"]),
        _one_of("outcome", Outcome),
        _found_by("text_id", "answer"),
        _found_by("owner_id", "answer"),
    )

    session_id: int = Field(primary_key=True)
    theme: str = Field(primary_key=True)
    outcome: str | None = None
    text_id: int | None = Field(default=None, foreign_key="wording.id")
    owner_id: int | None = Field(default=None, foreign_key="wording.id")
    """Who sees to it, by name."""
    day: str = ""
    """When it was or will be done, such as 2026-12-01. A day has no time zone, so it is no moment."""
    review_day: str = ""
    """When somebody looks at it again."""
    touched: int


class Agreement(SQLModel, table=True):
    """One person's "me too"."""

    __table_args__ = (_contribution_exists(), _found_by("actor_id", "agreement"))

    session_id: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    actor_id: str = Field(foreign_key="actor.id", primary_key=True)


class Concern(SQLModel, table=True):
    """What somebody told whoever hears of concerns, in private."""

    __table_args__ = (
        _found_by("wording_id", "concern"),
        _found_by("actor_id", "concern"),
    )

    session_id: int = Field(foreign_key="live_session.id", primary_key=True)
    number: int = Field(primary_key=True)
    actor_id: str = Field(foreign_key="actor.id")
    wording_id: int = Field(foreign_key="wording.id")
    is_seen: bool = False
    touched: int
    created_at: int = Field(sa_type=BigInteger)


class Vote(SQLModel, table=True):
    """A question that people answer with dots, over some themes or cards."""

    __table_args__ = (
        _one_of("state", Ballot),
        _found_by("question_id", "vote"),
        CheckConstraint("dots > 0", name="dots_are_some"),
    )

    session_id: int = Field(foreign_key="live_session.id", primary_key=True)
    number: int = Field(primary_key=True)
    question_id: int = Field(foreign_key="wording.id")
    dots: int
    """How many each person has to give."""
    state: str = Ballot.OPEN
    voters: int = 0
    """How many people voted on devices of their own; 0 until it is closed."""
    hands: int = 0
    """How many people's votes were counted by hand; 0 until it is closed."""
    heard: int = 0
    """The seq at which somebody last voted."""
    touched: int


class Choice(SQLModel, table=True):
    """One of the things that dots can be given to. It has none until the vote is closed."""

    __table_args__ = (
        ForeignKeyConstraint(["session_id", "vote"], ["vote.session_id", "vote.number"]),
        ForeignKeyConstraint(["session_id", "card"], ["contribution.session_id", "contribution.number"]),
        Index("choice_subject", "session_id", "subject"),
    )

    session_id: int = Field(primary_key=True)
    vote: int = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    """A theme's letter or a card's number."""
    card: int | None = None
    """The number again, where it is a card's."""
    rank: int
    dots: int = 0
    """From people's own devices."""
    by_hand: int = 0
    """From hands that somebody counted in the room."""


class Given(SQLModel, table=True):
    """What somebody gives in a vote that is open: the whole of it, in place of what they gave
    before. When the vote is closed it is counted, and this is deleted."""

    __table_args__ = (
        ForeignKeyConstraint(["session_id", "vote"], ["vote.session_id", "vote.number"]),
        _found_by("actor_id", "given"),
        Index("given_touched", "session_id", "touched"),
    )

    session_id: int = Field(primary_key=True)
    vote: int = Field(primary_key=True)
    actor_id: str = Field(foreign_key="actor.id", primary_key=True)
    hands: int = 0
    """How many people's hands were counted; 0 where it is one person's own ballot."""
    dots: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    """Letter or number to how many dots."""
    spent: int
    """How many dots in all; 0 where they were taken back."""
    touched: int


class Change(SQLModel, table=True):
    """One row of the session's log: ids and facts, never words."""

    __table_args__ = (
        UniqueConstraint("actor_id", "key"),
        Index("change_undoes", "session_id", "undoes"),
    )

    session_id: int = Field(foreign_key="live_session.id", primary_key=True)
    seq: int = Field(primary_key=True)
    mark: str
    """Random: with the seq it makes a cursor that a restored database does not know."""
    at: int
    actor_id: str = Field(foreign_key="actor.id")
    action: str
    undoes: int | None = None
    subjects: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """What it was done to: numbers, letters, `prompt 1`, `name 1`, `vote 1`, `answer A`, `session`."""
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """Facet to [before, after], such as {"17.places": [[], [["B", 1.0]]]}."""
    key: str
    digest: bytes
    """Keyed digest of the message, so that a second try is known from another message. That of a
    ballot is erased when it has been counted."""


class Webhook(SQLModel, table=True):
    """An address that is told when a session has changed. Its secret is made of its id."""

    __table_args__ = (Index("webhook_due", "due_at"),)

    id: int = Field(primary_key=True)
    """Random: another one's tells nothing."""
    session_id: int = Field(foreign_key="live_session.id", index=True)
    address: str
    told: int
    """The seq up to which it has acknowledged the changes."""
    due_at: int | None = Field(default=0, sa_type=BigInteger)
    """When it may be told again, at the earliest; while it is being told, when somebody else may
    take that over. None once nobody tries any more."""
    tries: int = 0
    """How often it did not take the delivery that it is owed."""
    failing_since: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)


class ServerSecret(SQLModel, table=True):
    """What the servers of one PostgreSQL must share to know each other's passes."""

    __tablename__ = "server_secret"

    purpose: str = Field(primary_key=True)
    secret: str


def _suit_postgresql() -> None:
    """PostgreSQL's whole numbers have 32 bits unless told otherwise, too few for a time. Its texts
    sort by the rules of a language, which differ from one machine to the next and change under an
    index; by code point they sort as in SQLite and in Python."""
    for table in SQLModel.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, Integer):
                column.type = column.type.with_variant(BigInteger(), "postgresql")
            elif isinstance(column.type, AutoString):
                column.type = column.type.with_variant(String(collation="C"), "postgresql")


_suit_postgresql()


def _table(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


# The tables under their own names, for statements.
sessions = _table(LiveSession)
invitations = _table(Invitation)
accounts = _table(Account)
sign_ins = _table(SignIn)
sign_ups = _table(SignUp)
identities = _table(Identity)
memberships = _table(Membership)
actors = _table(Actor)
wordings = _table(Wording)
threads = _table(Thread)
prompts = _table(Prompt)
contributions = _table(Contribution)
themes = _table(Theme)
placements = _table(Placement)
contests = _table(Contest)
proposals = _table(Proposal)
passages = _table(Passage)
answers = _table(Answer)
agreements = _table(Agreement)
concerns = _table(Concern)
votes = _table(Vote)
choices = _table(Choice)
given = _table(Given)
changes = _table(Change)
webhooks = _table(Webhook)
server_secrets = _table(ServerSecret)


def letters(number: int) -> str:
    """The letter of the n-th theme: 1 is A, 26 is Z, 27 is AA."""
    said = ""
    while number:
        number, rest = divmod(number - 1, 26)
        said = chr(ord("A") + rest) + said
    return said


TINTS = 12


def tint(letter: str) -> int:
    """Which of the theme colours a letter has, unless its theme was given another."""
    nth = 0
    for one in letter:
        nth = nth * 26 + ord(one) - ord("A") + 1
    return (nth - 1) % TINTS + 1
