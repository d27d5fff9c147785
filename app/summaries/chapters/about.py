"""What stands beside a voice: its kind, who agrees, where else it stands, and objections."""

from collections.abc import Iterator

from app.locales import Sentence, _, ngettext
from app.summaries.chapters.names import kind_name, place_name
from app.summaries.tree import Disagreement, Voice


def about(voice: Voice, *, quotes: bool = False) -> Iterator[Sentence | str]:
    """All but its words and its number, part by part."""
    if voice.kind:
        yield kind_name(voice.kind)
    if voice.name:
        yield voice.name
    if voice.table:
        yield _("Entered for table %(table)s", table=voice.table)
    if voice.is_paraphrased:
        yield _("Paraphrased")
    if voice.agreements:
        yield ngettext("%(num)s agrees", "%(num)s agree", voice.agreements)
    if not voice.quotable:
        yield _("Not to be quoted")
    if quotes and voice.originals:
        yield said_times(voice)
    if len(voice.places) > 1:
        yield _("Stands in %(letters)s", letters=", ".join(voice.places))


def said_times(voice: Voice) -> Sentence:
    """How often something was said, with what was merged."""
    return ngettext("Said %(num)s time", "Said %(num)s times", len(voice.all))


def more_unquoted(count: int) -> Sentence:
    """How many more there are whose words are not shown."""
    return ngettext(
        "%(num)s more voice asked not to be quoted.", "%(num)s more voices asked not to be quoted.", count
    )


def disagreement(one: Disagreement) -> list[Sentence | str]:
    """An author's objection and its answer: sentences of ours and words of theirs."""
    said: list[Sentence | str] = [
        _("Its author disagrees with this place: %(place)s.", place=place_name(one.place))
    ]
    if one.text:
        said.append(f"“{one.text}”")
    if one.answer:
        said.append(_("The facilitators say: %(answer)s", answer=one.answer))
    elif one.is_answered:
        said.append(_("The facilitators keep it there."))
    else:
        said.append(_("Nobody has answered this yet."))
    return said
