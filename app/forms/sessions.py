"""What is done with a session as a whole: its prompts, times and concerns."""

from typing import Annotated, Literal

from app.forms.fields import Form, Line, Moment, Notice, Number, Perhaps, Text, Title, Tongue, Written


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
    second_language: Tongue | None = None
    opens_at: Moment | None = None
    closes_at: Moment | None = None
    kept_until: Moment | None = None


class KeepTime(Form):
    """Open or close the session because its time has come. Anybody may point out the time."""

    action: Literal["keep_time"]


class FollowThread(Form):
    """Follow what authors did, in the session that this one grew from, with cards that were brought
    along. Anybody may point it out."""

    action: Literal["follow_thread"]


class AddPrompt(Form):
    """Put another question to the room."""

    action: Literal["add_prompt"]
    text: Text


class RaiseConcern(Form):
    """Tell whoever hears of concerns, in private."""

    action: Literal["raise_concern"]
    text: Written


class SeeConcern(Form):
    """Say that somebody sees to a concern."""

    action: Literal["see_concern"]
    concern: Number


class Undo(Form):
    """Take back what one did, or do it after all: the last thing, or the change named."""

    action: Literal["undo", "redo"]
    seq: Annotated[Number | None, Perhaps] = None
