"""What somebody fills in before there is a session, or for none."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.forms.fields import Email, Line, Moment, Name, Notice, OwnName, Password, Title, Tongue

LONGEST_REHEARSAL = 1800


class Sheet(BaseModel):
    """What somebody fills in before there is a session, or for none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


class NewSession(Sheet):
    """What a session is to be. The title is the prompt where no other is given."""

    title: Title
    purpose: Line = ""
    runs_it: Line = ""
    notice: Notice = ""
    concerns_to: Line = ""
    language: Annotated[str, Field(pattern=_LANGUAGE)] = "en"
    second_language: Tongue = ""
    prompts: Annotated[list[Line], Field(max_length=50)] = []
    themes: Annotated[list[Name], Field(max_length=100)] = []
    hold: Literal["off", "flagged", "all"] = "off"
    asks_names: bool = False
    all_sort: bool = False
    suggests: bool = True
    opens_at: Moment | None = None
    closes_at: Moment | None = None
    kept_until: Moment | None = None


class NewRehearsal(Sheet):
    """What a rehearsal is to be: for how long phones will post."""

    seconds: Annotated[int, Field(ge=1, le=LONGEST_REHEARSAL)] = 60


class NewAccount(Sheet):
    """What somebody who signs up says of themselves."""

    email: Email
    name: OwnName
    password: Password


class NewPassword(Sheet):
    """A password set anew."""

    password: Password
