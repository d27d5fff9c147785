"""The parts that the organiser writes, since only they know."""

from collections.abc import Mapping

from app.locales import _
from app.models import Part
from app.summaries.blocks import Own

_TITLES = {
    Part.SHORT: _("What matters most"),
    Part.INFLUENCE: _("What can be influenced"),
    Part.MISSING: _("Who was missing"),
    Part.CHECKED: _("How we checked the themes with people"),
    Part.WORKED: _("What worked"),
    Part.HARD: _("What was hard"),
    Part.NEXT: _("Next steps"),
}


def own(part: Part, written: Mapping[str, str]) -> Own:
    """A part, with what is written in it."""
    return Own(part, _TITLES[part], written.get(part, ""))
