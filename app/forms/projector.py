"""What facilitators do with the big screen."""

from typing import Annotated, Literal

from app.forms.fields import Form, Number, Page, Perhaps, Where


class Blank(Form):
    """Show nothing on the projector, or show it again."""

    action: Literal["blank", "unblank"]


class Show(Form):
    """Bring a theme, a place or a vote to the projector, or, without any, the way to join."""

    action: Literal["show"]
    theme: Annotated[Where | None, Perhaps] = None
    vote: Annotated[Number | None, Perhaps] = None
    page: Page = 1


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
