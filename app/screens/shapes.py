"""The shapes of what programs are told, on the API, on the socket and by webhook.

`objects` makes them, and the type checker holds it to them; the OpenAPI and AsyncAPI descriptions are
made of them. A shape may gain fields, and loses none: programs rely on it.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from app.models import Kind, Status


def _one_of(values: Iterable[str | None]) -> Any:
    return Field(json_schema_extra={"enum": [None if one is None else str(one) for one in values]})


_SHOWN = [status for status in Status if status != Status.WITHDRAWN]

Place = str
"""A theme's letter, `lone` or `parked`."""


class Objection(TypedDict):
    """What an author objects to: a place of their card."""

    theme: Place
    text: NotRequired[str]
    answered: bool
    answer: NotRequired[str]


class Contribution(TypedDict):
    """A card. `merged_into` is the number of the card that stands for it. Facilitators' programs also
    see which `wording` it has and its `contests`."""

    number: int
    kind: Annotated[str | None, _one_of([*Kind, None])]
    text: str
    status: Annotated[str, _one_of([*_SHOWN, "merged"])]
    prompt: int
    places: list[Place]
    agreements: int
    quote: bool
    answered: bool
    name: NotRequired[str]
    table: NotRequired[str]
    paraphrased: NotRequired[bool]
    merged_into: NotRequired[int]
    answer: NotRequired[str]
    wording: NotRequired[int]
    contests: NotRequired[list[Objection]]


class Proposal(TypedDict):
    """A name that somebody proposed for a theme."""

    proposal: int
    name: str


class Theme(TypedDict):
    """A theme, with the numbers of its visible cards in their order. `proposals` are for facilitators'
    programs."""

    letter: str
    name: str
    rank: float
    contributions: list[int]
    colour: int
    description: str
    proposals: NotRequired[list[Proposal]]


class Prompt(TypedDict):
    """A question put to the room."""

    number: int
    text: str
    open: bool


class Dots(TypedDict):
    """What one choice got: `by_hand` comes on top of `dots`."""

    dots: int
    by_hand: int


class Vote(TypedDict):
    """A vote; `voters`, `hands` and `result` are there once it is closed."""

    vote: int
    question: str
    dots: int
    open: bool
    choices: list[str]
    voters: NotRequired[int]
    hands: NotRequired[int]
    result: NotRequired[dict[str, Dots]]


class Board(TypedDict):
    """The whole board as a token sees it. `head` is the cursor to follow it from."""

    code: str
    title: str
    open: bool
    head: str
    prompts: list[Prompt]
    contributions: list[Contribution]
    themes: list[Theme]
    votes: list[Vote]


class Touched(TypedDict):
    """What is new or has changed, as it is now."""

    contributions: list[Contribution]
    themes: list[Theme]
    prompts: list[Prompt]
    votes: list[Vote]


class Gone(TypedDict):
    """What this token sees no more."""

    contributions: list[int]
    themes: list[str]
    votes: list[int]


class Frame(TypedDict):
    """What brings a board from the cursor `since` to the cursor `head`. An empty `since` means from
    nothing. One in which nothing is touched and nothing gone is a sign of life."""

    since: str
    head: str
    touched: Touched
    gone: Gone
    title: NotRequired[str]
    open: NotRequired[bool]


class Receipt(TypedDict):
    """What became of an action. `receipt` is its key, null where it gave none that can be read.
    `saved` has `seq`; `refused` and `later` have a `reason` for people; `later` also says `after` how
    many seconds the same message may be sent again."""

    receipt: str | None
    status: Annotated[str, _one_of(["saved", "refused", "later"])]
    number: NotRequired[int]
    theme: NotRequired[str]
    vote: NotRequired[int]
    seq: NotRequired[int]
    reason: NotRequired[str]
    after: NotRequired[float]


class Token(TypedDict):
    """A token, which goes as `Authorization: Bearer …`."""

    token: str


class Rehearsal(TypedDict):
    """A copy of a session, and a facilitator's token for it."""

    code: str
    token: str


class Sorry(TypedDict):
    """Why there is no answer, in a sentence."""

    detail: str


class Moved(TypedDict):
    """A session went from one cursor to another."""

    code: str
    since: str
    head: str


class Delivery(TypedDict):
    """What a webhook is told: that a session changed, and no words of it."""

    type: Literal["session.changed"]
    timestamp: str
    data: Moved
