"""Sections 1 to 4: in short, what it was for, who took part, and how the themes were made."""

from collections.abc import Iterator
from datetime import date, datetime

from babel.dates import format_date, format_time

from app.locales import Amount, Sentence, _, locale, ngettext
from app.models import Part, Role
from app.summaries.blocks import Bar, Block, Cell, Chapter, Figure, Table, Words, says
from app.summaries.chapters.names import FIGURE, as_date, named, way_name
from app.summaries.chapters.own import own
from app.summaries.tree import Document, Growth, Step


def in_short(document: Document) -> Chapter:
    """One plain page."""
    blocks: list[Block] = [
        says(*_amounts(document)),
        own(Part.SHORT, document.own),
        *_sizes(document),
        says(
            _("Every voice that may be quoted stands here in its own words.")
            if any(section.unquoted for section in document.sections)
            else _("Every voice stands here in its own words."),
            _("The number beside it is the number it had in the room."),
        ),
    ]
    return Chapter("short", _("In short"), blocks)


def _amounts(document: Document) -> Iterator[Sentence]:
    """What was brought along nobody said here, and what nobody sorted is in no theme."""
    yield ngettext("%(num)s voice is in this summary.", "%(num)s voices are in this summary.", document.count)
    if document.authors:
        yield ngettext(
            "%(num)s person or device spoke.", "%(num)s people or devices spoke.", document.authors
        )
    if any(theme.count for theme in document.themes):
        yield ngettext(
            "We grouped voices into %(num)s theme.",
            "We grouped voices into %(num)s themes.",
            len(document.themes),
        )


def _sizes(document: Document) -> Iterator[Figure]:
    if document.themes:
        bars = [Bar(one.place, named(one), one.count, one.colour) for one in document.themes]
        yield Figure("sizes", _("How many voices each theme has"), bars, (_("Theme"), FIGURE))


def purpose(document: Document) -> Chapter:
    """Purpose, prompts, date, and what can be influenced."""
    blocks: list[Block] = []
    if document.purpose:
        blocks.append(Words(document.purpose))
    blocks += [Words(text, _("We asked:")) for text in document.prompts]
    if document.runs_it:
        blocks.append(Words(document.runs_it, _("It was run by:")))
    if document.grew_from:
        blocks += _grew(document.grew_from, document.brought)
    blocks.append(says(*_days(document), *([_("The session is still open.")] if document.is_open else [])))
    blocks.append(own(Part.INFLUENCE, document.own))
    return Chapter("purpose", _("What this was for"), blocks)


def _grew(growth: Growth, brought: int) -> Iterator[Block]:
    yield Words(growth.name or growth.theme, _("It grew from a theme of an earlier session:"))
    if growth.title:
        yield Words(growth.title, _("That session was:"))
    told = [] if growth.title else [_("That session was deleted since.")]
    if brought:
        told.append(
            ngettext(
                "%(num)s voice was brought along from there, and is counted apart.",
                "%(num)s voices were brought along from there, and are counted apart.",
                brought,
            )
        )
    if told:
        yield says(*told)


def _days(document: Document) -> list[Sentence]:
    if not document.first_at:
        return [_("Nobody has said anything yet.")]
    days = map(date.fromisoformat, (document.first_at, document.last_at))
    first, last = (as_date(day, document.language) for day in days)
    if first == last:
        return [_("People spoke on %(day)s.", day=first)]
    return [_("People spoke from %(first)s to %(last)s.", first=first, last=last)]


def people(document: Document) -> Chapter:
    """Who took part, and who was missing: counts, and nobody by name."""
    blocks: list[Block] = [
        says(
            _("Nobody needed an account or a name to take part."),
            _("A person who used two devices counts as two."),
        )
    ]
    if document.ways or document.brought:
        blocks += [_ways(document), *_way_figure(document), *_timeline(document)]
    if any(way.voices is None for way in document.ways):
        blocks.append(says(_("Numbers under 5 are not shown, so that they point to nobody.")))
    blocks += [*_kinds(document), own(Part.MISSING, document.own)]
    return Chapter("people", _("Who took part"), blocks)


def _ways(document: Document) -> Table:
    few = _("Few")
    rows: list[tuple[Cell, ...]] = [
        (
            way_name(one.way),
            few if one.voices is None else one.voices,
            few if one.people is None else one.people,
        )
        for one in document.ways
    ]
    if document.brought:
        rows.append((way_name("earlier"), document.brought, "–"))
    return Table("ways", _("Ways of taking part"), (_("Way"), FIGURE, _("People or devices")), rows)


def _way_figure(document: Document) -> Iterator[Figure]:
    known = [(one, one.voices) for one in document.ways if one.voices is not None]
    if len(known) > 1:
        bars = [Bar("", way_name(one.way), voices) for one, voices in known]
        yield Figure("bars-ways", _("How voices came in"), bars, (_("Way"), FIGURE))


def _timeline(document: Document) -> Iterator[Block]:
    if len(document.timeline) > 1:
        days = {at[:10] for at, _count in document.timeline}
        bars = [
            Bar(*_when(at, document.language, has_days=len(days) > 1), count)
            for at, count in document.timeline
        ]
        yield Figure("timeline", _("When voices came in (UTC)"), bars, (_("From"), FIGURE))
        if not document.is_restricted:
            yield says(_("Where fewer than 5 voices came, they are counted with the next."))


def _when(at: str, language: str, *, has_days: bool) -> tuple[str, str]:
    """How a bar is called, and how a row of the table."""
    moment, here = datetime.fromisoformat(at), locale(language)
    day, time = format_date(moment, "d MMM", locale=here), format_time(moment, "short", locale=here)
    return (day if has_days else time), f"{day}, {time}"


def _kinds(document: Document) -> Iterator[Figure]:
    """Nothing where nobody chose a kind: one long bar of "no kind" would say less than nothing."""
    kinds = document.kinds
    if not (kinds["question"] or kinds["statement"] or kinds["idea"]):
        return
    bars = [
        Bar("", _("Questions"), kinds["question"]),
        Bar("", _("Statements"), kinds["statement"]),
        Bar("", _("Ideas"), kinds["idea"]),
        Bar("", _("No kind given"), kinds[""]),
    ]
    yield Figure("kinds", _("What voices call themselves"), bars, (_("Kind"), FIGURE))


def making(document: Document) -> Chapter:
    """How the themes were made, and the limits of it."""
    blocks: list[Block] = [
        says(*_sorters(document)),
        says(*_counts(document)),
        *_names(document),
        own(Part.CHECKED, document.own),
        says(
            _("People chose to take part, so this does not speak for everybody."),
            _("It is not a vote."),
            _("We grouped the voices; others might group them differently."),
        ),
    ]
    return Chapter("making", _("How the themes were made"), blocks)


def _sorters(document: Document) -> Iterator[Sentence]:
    sorting = document.sorters.get(Role.FACILITATOR, 0) + document.sorters.get(Role.ORGANISER, 0)
    yield (
        ngettext(
            "%(num)s facilitator grouped the voices, by hand.",
            "%(num)s facilitators grouped the voices, by hand.",
            sorting,
        )
        if sorting
        else _("No facilitator has grouped anything yet.")
    )
    if taking_part := document.sorters.get(Role.PARTICIPANT, 0) + document.sorters.get(Role.SCRIBE, 0):
        yield ngettext(
            "%(num)s participant helped to group them.",
            "%(num)s participants helped to group them.",
            taking_part,
        )
    moves = sum(_is_move(step) for step in document.log)
    if moves:
        yield ngettext("They made %(num)s move.", "They made %(num)s moves.", moves)


def _is_move(step: Step) -> bool:
    return step.action in ("place", "unplace")


def _counts(document: Document) -> Iterator[Sentence]:
    if document.merged:
        yield ngettext(
            "%(num)s voice stands under another that says the same.",
            "%(num)s voices stand under another that says the same.",
            document.merged,
        )
    counts = {one: Amount(document.unpublished.get(one, 0)) for one in ("held", "hidden", "withdrawn")}
    if document.is_restricted:
        yield _(
            "Not for publication: %(held)s held for review, %(hidden)s hidden, %(withdrawn)s taken back.",
            **counts,
        )
    else:
        yield _(
            "Not shown here: %(held)s held for review, %(hidden)s hidden, %(withdrawn)s taken back.", **counts
        )


def _names(document: Document) -> Iterator[Block]:
    if document.names:
        taken = sum(one.state == "accepted" for one in document.names)
        yield says(
            ngettext("People proposed %(num)s name.", "People proposed %(num)s names.", len(document.names)),
            ngettext("%(num)s of them was taken.", "%(num)s of them were taken.", taken)
            if taken
            else _("None of them was taken."),
        )
    told = [(one.theme, one.name, _STATES[one.state]) for one in document.names if one.name]
    if told:
        yield Table("names", _("Proposed names"), (_("Theme"), _("Name"), _("What became of it")), told)


_STATES = {"open": _("Not answered"), "accepted": _("Taken"), "declined": _("Not taken")}
