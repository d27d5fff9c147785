"""The session as objects: what programs are shown, in the API and on the socket."""

from app.models import Ballot, Status
from app.queries.cards import Card, Contested
from app.queries.sessions import PromptRow
from app.queries.themes import ThemeRow
from app.queries.votes import VoteRow
from app.screens import shapes
from app.screens.audience import Audience
from app.screens.delta import Delta


def contribution(card: Card, *, sorts: bool = False) -> shapes.Contribution:
    """A contribution as programs see it; those that sort see where its author objects."""
    said: shapes.Contribution = {
        "number": card.number,
        "kind": card.kind,
        "text": card.text,
        "status": "merged" if card.is_visible and card.merged_into else card.status,
        "prompt": card.prompt,
        "places": [place for place, _ in card.places],
        "agreements": card.agreements,
        "quote": card.quotable,
        "answered": card.is_answered,
    }
    if card.name:
        said["name"] = card.name
    if card.table:
        said["table"] = card.table
    if card.is_paraphrased:
        said["paraphrased"] = True
    if card.merged_into:
        said["merged_into"] = card.merged_into
    if card.answer:
        said["answer"] = card.answer
    if sorts:
        said["wording"] = card.wording
    if sorts and card.contests:
        said["contests"] = [_contest(one) for one in card.contests]
    return said


def _contest(one: Contested) -> shapes.Objection:
    said: shapes.Objection = {"theme": one.place, "answered": one.is_answered}
    if one.text is not None:
        said["text"] = one.text
    if one.answer is not None:
        said["answer"] = one.answer
    return said


def theme(row: ThemeRow, delta: Delta) -> shapes.Theme:
    """A theme as programs see it, with the numbers of its visible cards in their order, and, for
    those that sort, the names that wait for an answer."""
    said: shapes.Theme = {
        "letter": row.letter,
        "name": row.name,
        "rank": row.rank,
        "contributions": delta.inside[row.letter],
        "colour": row.tint,
        "description": row.description,
    }
    if names := delta.proposed.get(row.letter):
        said["proposals"] = [{"proposal": one.number, "name": one.name} for one in names]
    return said


def prompt(row: PromptRow) -> shapes.Prompt:
    """A prompt as programs see it."""
    return {"number": row.number, "text": row.text, "open": row.is_open}


def vote(row: VoteRow) -> shapes.Vote:
    """A vote as programs see it. It has counts only once it is closed."""
    said: shapes.Vote = {
        "vote": row.number,
        "question": row.question,
        "dots": row.dots,
        "open": row.is_open,
        "choices": [one.subject for one in row.choices],
    }
    if row.is_closed:
        said["voters"], said["hands"] = row.voters, row.hands
        said["result"] = {one.subject: {"dots": one.dots, "by_hand": one.by_hand} for one in row.choices}
    return said


def board(delta: Delta, audience: Audience, head: str) -> shapes.Board:
    """The whole session, for a program that starts a board of its own."""
    return {
        "code": delta.live_session.code,
        "title": delta.live_session.title,
        "open": delta.live_session.is_open,
        "head": head,
        "prompts": [prompt(row) for row in delta.prompts],
        "contributions": _shown(delta, audience),
        "themes": [theme(row, delta) for row in delta.themes if not row.is_removed],
        "votes": _standing(delta),
    }


def _shown(delta: Delta, audience: Audience) -> list[shapes.Contribution]:
    shown = (card for card in delta.cards if _is_shown(card, audience))
    return [contribution(card, sorts=audience.sorts) for card in shown]


def message(delta: Delta, audience: Audience, since: str, head: str) -> shapes.Frame:
    """The frame for a program."""
    said = nothing(head)
    said["since"] = since
    said["touched"] = {
        "contributions": _shown(delta, audience),
        "themes": [theme(row, delta) for row in delta.themes if not row.is_removed],
        "prompts": [prompt(row) for row in delta.prompts],
        "votes": _standing(delta),
    }
    said["gone"] = {
        "contributions": [card.number for card in delta.cards if _is_gone(card, delta, audience)],
        "themes": [row.letter for row in delta.themes if row.is_removed and delta.since],
        "votes": [row.number for row in delta.changed_votes if row.state == Ballot.DROPPED and delta.since],
    }
    if delta.session_touched:
        said["open"] = delta.live_session.is_open
        said["title"] = delta.live_session.title
    return said


def _standing(delta: Delta) -> list[shapes.Vote]:
    return [vote(row) for row in delta.changed_votes if row.state != Ballot.DROPPED]


def with_own(said: shapes.Frame, own: list[Card]) -> shapes.Frame:
    """The same frame for an author, who also sees their own cards while others do not."""
    contributions = with_unseen(said["touched"]["contributions"], own)
    numbers = {one["number"] for one in contributions}
    withdrawn = [card.number for card in own if card.status == Status.WITHDRAWN]
    touched, gone = said["touched"], said["gone"]
    return {
        **said,
        "touched": {**touched, "contributions": contributions},
        "gone": {**gone, "contributions": sorted({*gone["contributions"], *withdrawn} - numbers)},
    }


def with_unseen(shown: list[shapes.Contribution], own: list[Card]) -> list[shapes.Contribution]:
    """The contributions everybody sees, and the author's own that are held or hidden."""
    unseen = [card for card in own if card.status in (Status.HELD, Status.HIDDEN)]
    return sorted([*shown, *map(contribution, unseen)], key=lambda one: one["number"])


def _is_shown(card: Card, audience: Audience) -> bool:
    return card.is_visible or (audience.sorts and card.status != Status.WITHDRAWN)


def _is_gone(card: Card, delta: Delta, audience: Audience) -> bool:
    """Only what this audience may have seen is gone: a number never shown is not spoken of."""
    seen = audience.sorts or card.shown_at > 0
    return bool(delta.since) and seen and not _is_shown(card, audience)


def nothing(head: str) -> shapes.Frame:
    """The frame in which nothing changed."""
    return {
        "since": head,
        "head": head,
        "touched": {"contributions": [], "themes": [], "prompts": [], "votes": []},
        "gone": {"contributions": [], "themes": [], "votes": []},
    }
