"""What organisers and facilitators write in the summary, and who may read it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app import words
from app.forms.fields import Day, Form, Letter, Line, Notice, Perhaps
from app.locales import _


class WriteSummary(Form):
    """Write a part of the summary where only the organiser knows. A blank text takes it away."""

    action: Literal["write_summary"]
    part: Literal["short", "influence", "missing", "checked", "worked", "hard", "next"]
    text: Notice


class PublishSummary(Form):
    """Let everybody read the public summary at its address, or nobody any more."""

    action: Literal["publish_summary", "unpublish_summary"]


class AnswerTheme(Form):
    """Say what is done about a theme: all of the answer, in place of what stood there."""

    action: Literal["answer_theme"]
    theme: Letter
    outcome: Annotated[Literal["did", "will", "cannot"] | None, Perhaps] = None
    """Without one, there is no answer yet."""
    text: Notice = ""
    owner: Line = ""
    day: Day = ""
    review_day: Day = ""
    read: Annotated[Annotated[int, Field(ge=0, le=2**53)] | None, Perhaps] = None
    """The seq of the answer that its writer has read; 0 for none. Nothing newer is written over."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        has_words = not words.is_blank(self.text)
        if self.outcome and not has_words:
            raise ValueError(_("Please say the answer in a sentence."))
        if has_words and not self.outcome:
            raise ValueError(_("Please choose what kind of answer this is."))
        return self
