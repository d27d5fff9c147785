"""What facilitators do with themes, and what others propose for them."""

from typing import Annotated, Literal

from pydantic import Field

from app.forms.fields import Cards, Form, Letter, Name, Notice, Number, Perhaps, WrittenName


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


class ProposeName(Form):
    """Propose a name for a theme."""

    action: Literal["propose_name"]
    theme: Letter
    name: WrittenName


class AnswerProposal(Form):
    """Take a proposed name, or leave it."""

    action: Literal["accept_name", "decline_name"]
    proposal: Number
