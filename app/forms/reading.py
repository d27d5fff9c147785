"""Everything that comes from outside: one form per action, whichever way it was carried.

An HTML form, a socket message and a call of the API carry the same message. `parse` reads it
once; behind it, everybody trusts the form.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from operator import or_
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from app.forms.cards import (
    AnswerContest,
    Contest,
    Edit,
    MarkAnswered,
    Merge,
    Moderate,
    OneCard,
    Place,
    Post,
    Uncontest,
    Unmerge,
    Unplace,
    WriteDown,
)
from app.forms.fields import WRITE_FIRST, Form
from app.forms.projector import ArrangeScreen, Blank, LetIn, Show
from app.forms.sessions import (
    AddPrompt,
    ChangeSession,
    FollowThread,
    KeepTime,
    RaiseConcern,
    SeeConcern,
    TurnPrompt,
    TurnSession,
    Undo,
)
from app.forms.sheets import Sheet
from app.forms.summary import AnswerTheme, PublishSummary, WriteSummary
from app.forms.themes import (
    AnswerProposal,
    ColourTheme,
    CreateTheme,
    DescribeTheme,
    MergeThemes,
    OrderTheme,
    ProposeName,
    RemoveTheme,
    RenameTheme,
    SplitTheme,
)
from app.forms.votes import CountVotes, EndVote, GiveDots, OpenVote
from app.locales import Sentence, _


class Refused(Exception):
    """Somebody may not do this, or not now. The sentence is for them."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


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
    FollowThread,
    WriteSummary,
    PublishSummary,
    AnswerTheme,
    Undo,
)

_any_form: Any = Annotated[reduce(or_, FORMS), Field(discriminator="action")]

_forms: TypeAdapter[Form] = TypeAdapter(_any_form)

S = TypeVar("S", bound=Sheet)


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
