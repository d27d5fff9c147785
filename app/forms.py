"""Everything that comes from outside: one form per action, whichever way it was carried.

An HTML form, a socket message and a call of the API carry the same message. `parse` reads it
once; behind it, everybody trusts the form.
"""

from functools import reduce
from operator import or_
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from app import words


class Refused(Exception):
    """Somebody may not do this, or not now. The message is for them: one clear sentence."""


def _said(text: str) -> str:
    text = words.clean(text)
    if words.is_blank(text):
        raise ValueError("Please write something first.")
    return text


def _named(text: str) -> str:
    text = words.clean_line(text)
    if words.length(text) > LONGEST_NAME:
        raise ValueError(f"This name is too long. {LONGEST_NAME} characters is the most.")
    return text


def _nothing_for_blank(value: object) -> object:
    return None if value == "" else value


def _first_for_blank(value: object) -> object:
    return 1 if value == "" else value


LONGEST_NAME = 120

Text = Annotated[str, AfterValidator(_said)]
Name = Annotated[str, AfterValidator(_named)]
Number = Annotated[int, Field(ge=1, le=2**31)]
Letter = Annotated[str, Field(pattern=r"^[A-Z]{1,3}$")]
Where = Annotated[str, Field(pattern=r"^([A-Z]{1,3}|unsorted|lone|parked)$")]
Cards = Annotated[list[Number], Field(min_length=1, max_length=500)]
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


class Post(Form):
    """Say something."""

    numbers = 1

    action: Literal["post"]
    text: Text
    kind: Annotated[Literal["question", "statement", "idea"] | None, Perhaps] = None
    prompt: Annotated[Number | None, Perhaps] = None
    quote: bool = True
    name: Annotated[Name | None, Perhaps] = None


class Edit(Form):
    """Say it in other words."""

    action: Literal["edit"]
    number: Number
    text: Text


class OneCard(Form):
    """What an author or reader does with one contribution."""

    action: Literal["withdraw", "agree", "unagree"]
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


class Moderate(Form):
    """Let cards be seen, or not."""

    action: Literal["approve", "hide", "restore"]
    contributions: Cards


class MarkAnswered(Form):
    """Say that a question was answered in the room, and how."""

    action: Literal["mark_answered"]
    number: Number
    text: Annotated[Text | None, Perhaps] = None


class Blank(Form):
    """Show nothing on the projector, or show it again."""

    action: Literal["blank", "unblank"]


class Show(Form):
    """Bring a theme or place to the projector, or, without one, the way to join."""

    action: Literal["show"]
    theme: Annotated[Where | None, Perhaps] = None
    page: Annotated[Number, BeforeValidator(_first_for_blank)] = 1


class TurnPrompt(Form):
    """Open or close a prompt."""

    action: Literal["open_prompt", "close_prompt"]
    prompt: Number


class TurnSession(Form):
    """Open or close the session."""

    action: Literal["open_session", "close_session"]


class Undo(Form):
    """Take back what one did: the last thing, or the change named."""

    action: Literal["undo"]
    seq: Annotated[Number | None, Perhaps] = None


FORMS: tuple[type[Form], ...] = (
    Post,
    Edit,
    OneCard,
    CreateTheme,
    RenameTheme,
    OrderTheme,
    RemoveTheme,
    Place,
    Unplace,
    Moderate,
    MarkAnswered,
    Blank,
    Show,
    TurnPrompt,
    TurnSession,
    Undo,
)
_any_form: Any = Annotated[reduce(or_, FORMS), Field(discriminator="action")]
_forms: TypeAdapter[Form] = TypeAdapter(_any_form)


def parse(message: object) -> Form:
    """The form a message stands for. Raises Refused with one sentence about the first fault."""
    try:
        return _forms.validate_python(message)
    except ValidationError as faults:
        raise Refused(_sentence(faults.errors(include_url=False, include_context=True)[0])) from None


def key_of(message: object) -> str | None:
    """The key a message gives, for the receipt of one that can't be read."""
    key = message.get("key") if isinstance(message, dict) else None
    return key if isinstance(key, str) and len(key) <= 64 and key.isascii() else None


def _sentence(fault: Any) -> str:
    field = str(fault["loc"][-1]) if fault["loc"] else ""
    match fault["type"]:
        case "value_error":
            return str(fault["ctx"]["error"])
        case "union_tag_not_found" | "union_tag_invalid":
            return "Sheaf does not know this action."
        case "extra_forbidden":
            return f"This action has no field “{field[:40]}”."
        case "missing" if field == "text":
            return "Please write something first."
        case "missing":
            return f"The field “{field}” is missing."
        case _ if field == "key":
            return "The key must be 16 to 64 letters, digits, “_” or “-”."
        case _ if not field:
            return "This is not a message that Sheaf can read."
        case _:
            return f"The field “{field[:40]}” is not right."
