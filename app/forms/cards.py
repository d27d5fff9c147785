"""What somebody does with contributions: say, change, place, merge, moderate."""

from typing import Annotated, Literal

from pydantic import Field

from app.forms.fields import Cards, Form, Name, Number, Perhaps, Text, Where, Wordings


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


class MarkAnswered(Form):
    """Say that a question was answered in the room, and how."""

    action: Literal["mark_answered"]
    number: Number
    text: Annotated[Text | None, Perhaps] = None


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
