"""Within section 5: what people gave their dots to. A vote narrows what to talk about; the sentences
here say so."""

from app.locales import Amount, Sentence, _, ngettext
from app.summaries.blocks import Cell, Says, Table, Topic, Words, says
from app.summaries.tree import Counted, Document, Vote


def votes(document: Document) -> list[Topic]:
    """Each vote that was closed, with all its counts."""
    unnamed = {one.place for one in document.themes if not one.name}
    return [_vote(one, unnamed) for one in document.votes]


def _vote(vote: Vote, unnamed: set[str]) -> Topic:
    blocks = (Words(vote.question), _turnout(vote), _counts(vote, unnamed))
    people = vote.voters + vote.hands
    return Topic(f"vote{vote.number}", _("Vote %(number)s", number=vote.number), count=people, blocks=blocks)


def _turnout(vote: Vote) -> Says:
    said: list[Sentence] = [
        ngettext("Each person had %(num)s dot.", "Each person had %(num)s dots.", vote.dots),
        ngettext("%(num)s person voted on a phone.", "%(num)s people voted on a phone.", vote.voters),
    ]
    if hands := vote.hands:
        said.append(
            ngettext("%(num)s person was counted by hand.", "%(num)s people were counted by hand.", hands)
        )
    return says(*said, _("A vote narrows what to talk about. It decides nothing."))


def _counts(vote: Vote, unnamed: set[str]) -> Table:
    def words(one: Counted) -> Cell:
        return one.words or (_("Not named yet") if one.choice in unnamed else _("Not shown here"))

    rows: list[list[Cell]] = [
        [one.choice, words(one), Amount(one.dots), Amount(one.by_hand)] for one in vote.result
    ]
    head = (_("Theme or card"), _("What it says"), _("Dots on phones"), _("Dots by hand"))
    return Table(f"vote{vote.number}-table", _("What people gave their dots to"), head, rows)
