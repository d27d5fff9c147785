"""Everything that comes from outside: one form per action, whichever way it was carried.

An HTML form, a socket message and a call of the API carry the same message. `parse` reads it
once; behind it, everybody trusts the form.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from operator import or_
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from app import words
from app.locales import Amount, Sentence, _


class Refused(Exception):
    """Somebody may not do this, or not now. The sentence is for them."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def _said(text: str) -> str:
    text = words.clean(text)
    if words.is_blank(text):
        raise ValueError(WRITE_FIRST)
    return text


def _named(text: str) -> str:
    text = words.clean_line(text)
    if words.length(text) > LONGEST_NAME:
        raise ValueError(
            _("This name is too long. %(most)s characters is the most.", most=Amount(LONGEST_NAME))
        )
    return text


def _titled(text: str) -> str:
    text = _on_a_line(text)
    if words.is_blank(text):
        raise ValueError(_("Please say what the session is called."))
    return text


def _on_a_line(text: str) -> str:
    text = words.clean_line(text)
    if words.length(text) > LONGEST_TITLE:
        raise ValueError(
            _("This line is too long. %(most)s characters is the most.", most=Amount(LONGEST_TITLE))
        )
    return text


def _noticed(text: str) -> str:
    text = words.clean(text)
    if words.length(text) > LONGEST_NOTICE:
        raise ValueError(
            _("This text is too long. %(most)s characters is the most.", most=Amount(LONGEST_NOTICE))
        )
    return text


def _addressed(text: str) -> str:
    text = words.clean_line(text).lower()
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,190}", text):
        raise ValueError(_("Please write your email address, such as mairi@example.org."))
    return text


def _not_empty(text: str) -> str:
    if words.is_blank(text):
        raise ValueError(_("Please write your name."))
    return text


def _written(text: str) -> str:
    if words.is_blank(text):
        raise ValueError(WRITE_FIRST)
    return text


def _as_place(value: object) -> object:
    """People type letters as they come, with a space behind them or in lower case."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    return value.lower() if value.lower() in ("unsorted", "lone", "parked") else value.upper()


def _as_letters(value: object) -> object:
    """As numbers may: `A, C and D`."""
    return re.findall(r"[A-Z]{1,3}", value) if isinstance(value, str) else value


def _none_for_blank(value: object) -> object:
    return 0 if value == "" else value


def _without_nothing(dots: dict[str, int]) -> dict[str, int]:
    return {subject: some for subject, some in sorted(dots.items()) if some}


def _long_enough(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        fewest = Amount(SHORTEST_PASSWORD)
        raise ValueError(_("Please choose a password of at least %(fewest)s characters.", fewest=fewest))
    return unicodedata.normalize("NFC", password)


def _as_typed(value: object) -> object:
    """In an HTML form, numbers may come as somebody types them: `3, 5 and 7`."""
    return re.findall(r"[0-9]+", value) if isinstance(value, str) else value


def _each_once(numbers: list[int]) -> list[int]:
    return list(dict.fromkeys(numbers))


def _nothing_for_blank(value: object) -> object:
    return None if value == "" else value


def _first_for_blank(value: object) -> object:
    return 1 if value == "" else value


LONGEST_NAME = 120
LONGEST_TITLE = 240
LONGEST_NOTICE = 4000
SHORTEST_PASSWORD = 10
MOST_DOTS = 10
MOST_CHOICES = 50
MOST_HANDS = 100_000
LONGEST_REHEARSAL = 1800
WRITE_FIRST = _("Please write something first.")

Text = Annotated[str, AfterValidator(_said)]
Name = Annotated[str, AfterValidator(_named)]
Title = Annotated[str, AfterValidator(_titled)]
Line = Annotated[str, AfterValidator(_on_a_line)]
Notice = Annotated[str, AfterValidator(_noticed)]
Email = Annotated[str, AfterValidator(_addressed)]
Password = Annotated[str, Field(max_length=1000), AfterValidator(_long_enough)]
Number = Annotated[int, Field(ge=1, le=2**31)]
# Milliseconds since 1970; 0 takes the time away.
Moment = Annotated[int, Field(ge=0, le=2**53)]
Letter = Annotated[str, BeforeValidator(_as_place), Field(pattern=r"^[A-Z]{1,3}$")]
Where = Annotated[str, BeforeValidator(_as_place), Field(pattern=r"^([A-Z]{1,3}|unsorted|lone|parked)$")]
Cards = Annotated[
    list[Number],
    Field(min_length=1, max_length=500),
    BeforeValidator(_as_typed),
    AfterValidator(_each_once),
]
Letters = Annotated[list[Letter], Field(max_length=MOST_CHOICES), BeforeValidator(_as_letters)]
Subject = Annotated[str, BeforeValidator(_as_place), Field(pattern=r"^([A-Z]{1,3}|[1-9][0-9]{0,9})$")]
# How many dots each of some themes or cards gets: {"A": 2, "17": 1}.
Dots = Annotated[
    dict[Subject, Annotated[int, BeforeValidator(_none_for_blank), Field(ge=0, le=MOST_DOTS * MOST_HANDS)]],
    Field(max_length=MOST_CHOICES),
    AfterValidator(_without_nothing),
]
Wordings = Annotated[
    list[Annotated[int, Field(ge=1, le=2**53)]], Field(max_length=500), BeforeValidator(_as_typed)
]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
# A field left empty in an HTML form arrives as "".
Perhaps = BeforeValidator(_nothing_for_blank)


class Form(BaseModel):
    """What every action carries: its name, and a key made by the sender for each new wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    numbers: ClassVar[int] = 0
    """How many new cards it makes: so many numbers are taken for it."""

    action: str
    key: Key


class Said(Form):
    """What a new card carries, whoever writes it."""

    numbers = 1

    text: Text
    kind: Annotated[Literal["question", "statement", "idea"] | None, Perhaps] = None
    prompt: Annotated[Number | None, Perhaps] = None
    quote: bool = True
    name: Annotated[Name | None, Perhaps] = None


class Post(Said):
    """Say something."""

    action: Literal["post"]


class WriteDown(Said):
    """Write down what somebody else says, or wrote on paper."""

    action: Literal["write_down"]
    table: Annotated[Name | None, Perhaps] = None
    paraphrased: bool = False


class Edit(Form):
    """Say it in other words."""

    action: Literal["edit"]
    number: Number
    text: Text
    quote: bool | None = None
    """Whether it may be quoted; None leaves that as it is."""


class OneCard(Form):
    """What an author or reader does with one contribution."""

    action: Literal["withdraw", "erase", "agree", "unagree"]
    number: Number


class CreateTheme(Form):
    """Open a new theme."""

    action: Literal["create_theme"]
    name: Annotated[Name | None, Perhaps] = None


class RenameTheme(Form):
    """Give a theme a name. A blank one takes the name away."""

    action: Literal["rename_theme"]
    theme: Letter
    name: Name


class DescribeTheme(Form):
    """Say what a theme means. A blank text takes that away."""

    action: Literal["describe_theme"]
    theme: Letter
    text: Notice


class ColourTheme(Form):
    """Give a theme one of the tints, or, without one, that of its letter."""

    action: Literal["colour_theme"]
    theme: Letter
    colour: Annotated[Annotated[int, Field(ge=1, le=12)] | None, Perhaps] = None


class MergeThemes(Form):
    """Put everything that is in a theme into another, and take the empty one away."""

    action: Literal["merge_themes"]
    theme: Letter
    into: Letter


class SplitTheme(Form):
    """Move some of a theme's cards to a new theme beside it."""

    action: Literal["split_theme"]
    theme: Letter
    contributions: Cards
    name: Annotated[Name | None, Perhaps] = None


class OrderTheme(Form):
    """Put a theme before another, or last."""

    action: Literal["order_theme"]
    theme: Letter
    before: Annotated[Letter | None, Perhaps] = None


class RemoveTheme(Form):
    """Take a theme away. Its cards go back to unsorted, unless they stand elsewhere too."""

    action: Literal["remove_theme"]
    theme: Letter


class Place(Form):
    """Put cards in a theme or aside: with `from_` they move, without it they gain a place."""

    action: Literal["place"]
    contributions: Cards
    theme: Where
    from_: Annotated[Where | None, Perhaps] = Field(default=None, alias="from")
    before: Annotated[Number | None, Perhaps] = None


class Unplace(Form):
    """Take cards out of one theme."""

    action: Literal["unplace"]
    contributions: Cards
    theme: Where


class Merge(Form):
    """Let one card stand for others that say the same."""

    action: Literal["merge"]
    contributions: Cards
    into: Number


class Unmerge(Form):
    """Let all that a card stands for stand by themselves again, or one of them."""

    action: Literal["unmerge"]
    number: Number


class Moderate(Form):
    """Let cards be seen, or not. `wordings` says which words of each were read, in the same order;
    with `alike`, it is done to every card that says the same."""

    action: Literal["approve", "hide", "restore"]
    contributions: Cards
    wordings: Annotated[Wordings | None, Perhaps] = None
    alike: bool = False


class Contest(Form):
    """Say of a place of one's own card: that isn't what I meant."""

    action: Literal["contest"]
    number: Number
    theme: Where
    text: Annotated[Text | None, Perhaps] = None


class Uncontest(Form):
    """Take an objection back."""

    action: Literal["uncontest"]
    number: Number
    theme: Where


class AnswerContest(Form):
    """Keep a card where its author did not want it."""

    action: Literal["answer_contest"]
    number: Number
    theme: Where
    text: Annotated[Text | None, Perhaps] = None


class ProposeName(Form):
    """Propose a name for a theme."""

    action: Literal["propose_name"]
    theme: Letter
    name: Annotated[Name, AfterValidator(_written)]


class AnswerProposal(Form):
    """Take a proposed name, or leave it."""

    action: Literal["accept_name", "decline_name"]
    proposal: Number


class RaiseConcern(Form):
    """Tell whoever hears of concerns, in private."""

    action: Literal["raise_concern"]
    text: Annotated[Notice, AfterValidator(_written)]


class SeeConcern(Form):
    """Say that somebody sees to a concern."""

    action: Literal["see_concern"]
    concern: Number


class MarkAnswered(Form):
    """Say that a question was answered in the room, and how."""

    action: Literal["mark_answered"]
    number: Number
    text: Annotated[Text | None, Perhaps] = None


class OpenVote(Form):
    """Ask people to give dots to some themes or cards."""

    action: Literal["open_vote"]
    question: Annotated[Line, AfterValidator(_written)]
    dots: Annotated[int, Field(ge=1, le=MOST_DOTS)] = 3
    themes: Letters = []
    contributions: Annotated[
        list[Number],
        Field(max_length=MOST_CHOICES),
        BeforeValidator(_as_typed),
        AfterValidator(_each_once),
    ] = []


class _WithDots(Form):
    """An HTML form has a field for each choice: `dots-A`, `dots-17`."""

    vote: Number
    dots: Dots

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, said: Any) -> Any:
        if not isinstance(said, dict) or "dots" in said:
            return said
        each = {name: value for name, value in said.items() if str(name).startswith("dots-")}
        rest = {name: value for name, value in said.items() if name not in each}
        return {**rest, "dots": {name[5:]: value for name, value in each.items()}} if each else said


class GiveDots(_WithDots):
    """One person's whole ballot, in place of what they gave before. Nothing takes it back."""

    action: Literal["vote"]


class CountVotes(_WithDots):
    """What somebody counted in the room, in place of what they counted before."""

    action: Literal["count_votes"]
    hands: Annotated[int, Field(ge=0, le=MOST_HANDS)]


class EndVote(Form):
    """Close a vote and count it, or take it away uncounted."""

    action: Literal["close_vote", "drop_vote"]
    vote: Number


class Blank(Form):
    """Show nothing on the projector, or show it again."""

    action: Literal["blank", "unblank"]


class Show(Form):
    """Bring a theme, a place or a vote to the projector, or, without any, the way to join."""

    action: Literal["show"]
    theme: Annotated[Where | None, Perhaps] = None
    vote: Annotated[Number | None, Perhaps] = None
    page: Annotated[Number, BeforeValidator(_first_for_blank)] = 1


class LetIn(Form):
    """Let the cards that gather before the big screen onto it: all, or those first seen up to a seq.
    `at_once` says instead that from now on none gather, or that they do."""

    action: Literal["let_in"]
    upto: Annotated[Number | None, Perhaps] = None
    at_once: bool | None = None


class ArrangeScreen(Form):
    """Set up the big screen. What is left out stays as it is."""

    action: Literal["arrange_screen"]
    distance: Literal["near", "middle", "far"] | None = None
    ground: Literal["light", "dark"] | None = None
    join_panel: Literal["foot", "beside", "none"] | None = None
    zone: Literal["none", "left", "right", "bottom"] | None = None


class TurnPrompt(Form):
    """Open or close a prompt."""

    action: Literal["open_prompt", "close_prompt"]
    prompt: Number


class TurnSession(Form):
    """Open or close the session."""

    action: Literal["open_session", "close_session"]


class ChangeSession(Form):
    """Say anew what the session is, and until when. What is left out stays as it is."""

    action: Literal["change_session"]
    title: Title | None = None
    purpose: Line | None = None
    runs_it: Line | None = None
    notice: Notice | None = None
    concerns_to: Line | None = None
    hold: Literal["off", "flagged", "all"] | None = None
    asks_names: bool | None = None
    all_sort: bool | None = None
    suggests: bool | None = None
    opens_at: Moment | None = None
    closes_at: Moment | None = None
    kept_until: Moment | None = None


class KeepTime(Form):
    """Open or close the session because its time has come. Anybody may point out the time."""

    action: Literal["keep_time"]


class Undo(Form):
    """Take back what one did, or do it after all: the last thing, or the change named."""

    action: Literal["undo", "redo"]
    seq: Annotated[Number | None, Perhaps] = None


class AddPrompt(Form):
    """Put another question to the room."""

    action: Literal["add_prompt"]
    text: Text


class WriteSummary(Form):
    """Write a part of the summary where only the organiser knows. A blank text takes it away."""

    action: Literal["write_summary"]
    part: Literal["short", "influence", "missing", "checked", "worked", "hard", "next"]
    text: Notice


FORMS: tuple[type[Form], ...] = (
    Post,
    WriteDown,
    Edit,
    OneCard,
    CreateTheme,
    RenameTheme,
    DescribeTheme,
    ColourTheme,
    MergeThemes,
    SplitTheme,
    OrderTheme,
    RemoveTheme,
    Place,
    Unplace,
    Merge,
    Unmerge,
    Moderate,
    RaiseConcern,
    SeeConcern,
    MarkAnswered,
    Contest,
    Uncontest,
    AnswerContest,
    ProposeName,
    AnswerProposal,
    OpenVote,
    GiveDots,
    CountVotes,
    EndVote,
    Blank,
    Show,
    LetIn,
    ArrangeScreen,
    AddPrompt,
    TurnPrompt,
    TurnSession,
    ChangeSession,
    KeepTime,
    WriteSummary,
    Undo,
)
_any_form: Any = Annotated[reduce(or_, FORMS), Field(discriminator="action")]
_forms: TypeAdapter[Form] = TypeAdapter(_any_form)


class _Sheet(BaseModel):
    """What somebody fills in before there is a session, or for none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


class NewSession(_Sheet):
    """What a session is to be. The title is the prompt where no other is given."""

    title: Title
    purpose: Line = ""
    runs_it: Line = ""
    notice: Notice = ""
    concerns_to: Line = ""
    language: Annotated[str, Field(pattern=_LANGUAGE)] = "en"
    second_language: Annotated[str, Field(pattern=rf"^$|{_LANGUAGE}")] = ""
    prompts: Annotated[list[Line], Field(max_length=50)] = []
    themes: Annotated[list[Name], Field(max_length=100)] = []
    hold: Literal["off", "flagged", "all"] = "off"
    asks_names: bool = False
    all_sort: bool = False
    suggests: bool = True
    opens_at: Moment | None = None
    closes_at: Moment | None = None
    kept_until: Moment | None = None


class NewRehearsal(_Sheet):
    """What a rehearsal is to be: for how long phones will post."""

    seconds: Annotated[int, Field(ge=1, le=LONGEST_REHEARSAL)] = 60


class NewAccount(_Sheet):
    """What somebody who signs up says of themselves."""

    email: Email
    name: Annotated[Name, AfterValidator(_not_empty)]
    password: Password


class NewPassword(_Sheet):
    """A password set anew."""

    password: Password


S = TypeVar("S", bound=_Sheet)


def parse(message: object) -> Form:
    """The form a message stands for. Raises Refused with one sentence about the first fault."""
    with _plainly():
        return _forms.validate_python(message)


def read(sheet: type[S], given: Mapping[str, object]) -> S:
    """A sheet as it was filled in. Raises Refused with one sentence about the first fault."""
    with _plainly():
        return sheet.model_validate(dict(given))


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except ValidationError as faults:
        raise Refused(_sentence(faults.errors(include_url=False, include_context=True)[0])) from None


def key_of(message: object) -> str | None:
    """The key a message gives, for the receipt of one that can't be read."""
    key = message.get("key") if isinstance(message, dict) else None
    return key if isinstance(key, str) and len(key) <= 64 and key.isascii() else None


def _sentence(fault: Any) -> Sentence:
    field = str(fault["loc"][-1]) if fault["loc"] else ""
    match fault["type"]:
        case "value_error":
            said: Sentence = fault["ctx"]["error"].args[0]
            return said
        case "union_tag_not_found" | "union_tag_invalid":
            return _("Sheaf does not know this action.")
        case "extra_forbidden":
            return _("This action has no field “%(field)s”.", field=field[:40])
        case "missing" if field == "text":
            return WRITE_FIRST
        case "missing":
            return _("The field “%(field)s” is missing.", field=field)
        case _ if field == "key":
            return _("The key must be 16 to 64 letters, digits, “_” or “-”.")
        case _ if not field:
            return _("This is not a message that Sheaf can read.")
        case _:
            return _("The field “%(field)s” is not right.", field=field[:40])
