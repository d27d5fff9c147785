"""Opening a vote, giving dots, counting hands."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.forms.fields import MOST_DOTS, MOST_HANDS, Choices, Dots, Form, Letters, Number, WrittenLine


class OpenVote(Form):
    """Ask people to give dots to some themes or cards."""

    action: Literal["open_vote"]
    question: WrittenLine
    dots: Annotated[int, Field(ge=1, le=MOST_DOTS)] = 3
    themes: Letters = Field(default=[])
    contributions: Choices = Field(default=[])


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
