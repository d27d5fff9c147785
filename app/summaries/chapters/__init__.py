"""The ten sections of a summary, each written from the facts in plain sentences.

`next_steps` is where "You said, we did" stands, and `appendix` where the voices stand verbatim.
Votes stand behind the themes, for one may be about themes or cards.
"""

from app.summaries.blocks import Chapter
from app.summaries.chapters import appendix, next_steps, opening, questions, themes
from app.summaries.tree import Document


def chapters(document: Document) -> list[Chapter]:
    """All sections, in the order in which they are read."""
    return [
        opening.in_short(document),
        opening.purpose(document),
        opening.people(document),
        opening.making(document),
        themes.themes(document),
        themes.outside(document),
        questions.questions(document),
        next_steps.worked(document),
        next_steps.following(document),
        appendix.appendix(document),
    ]
