"""Saying something, saying it in other words, and agreeing."""

from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select

from app import words
from app.actions import merging
from app.actions.turn import Turn
from app.forms.cards import Edit, OneCard, Post, Said, WriteDown
from app.forms.reading import Refused
from app.locales import Amount, Sentence, _, ngettext
from app.models import Carrier, Hold, Status, agreements, contributions, prompts
from app.prepared import Prepared
from app.roles import sorts


def post(turn: Turn, form: Post) -> None:
    """Add a contribution. It gets the next number, which is never used again."""
    _add(turn, form, turn.carrier)


def write_down(turn: Turn, form: WriteDown) -> None:
    """Add a contribution in somebody else's words, for a table perhaps."""
    carrier = Carrier.SCRIBE if turn.carrier == Carrier.PHONE else turn.carrier
    _add(turn, form, carrier, form.table, form.paraphrased)


def _add(
    turn: Turn, form: Said, carrier: Carrier, table: str | None = None, is_paraphrased: bool = False
) -> None:
    turn.require_open()
    require_length(turn, form.text)
    number = turn.live_session.last_number
    subject = str(number)
    status = _first_status(turn, f"{form.text}\n{form.name or ''}")
    turn.speak_of(subject)
    _INSERT.run(
        turn.db,
        {
            "session_id": turn.session_id,
            "number": number,
            "prompt": _prompt_for(turn, form.prompt),
            "author_id": turn.actor_id,
            "carrier": carrier,
            "kind": form.kind,
            "wording_id": turn.word(subject, "text", form.text),
            "name_id": _name_for(turn, subject, form.name),
            "table_id": turn.word(subject, "table", table) if table else None,
            "is_paraphrased": is_paraphrased,
            "quotable": form.quote,
            "status": status,
            "shown_at": turn.seq if status == Status.VISIBLE else 0,
            "touched": turn.seq,
            "seen": turn.seq,
            "created_at": turn.now,
        },
    )


def edit(turn: Turn, form: Edit) -> None:
    """Say one's own contribution in other words. Where such cards are held, it waits again."""
    card = own_card(turn, form.number)
    require_length(turn, form.text)
    turn.change(str(card.number), "wording_id", turn.word(str(card.number), "text", form.text))
    if form.quote is not None:
        turn.change(str(card.number), "quotable", form.quote)
    if card.status == Status.VISIBLE and _first_status(turn, form.text) == Status.HELD:
        merging.show(turn, card.number, Status.HELD)


def agree(turn: Turn, form: OneCard) -> None:
    """Say "me too" to somebody else's contribution, once."""
    card = _visible(turn, form.number)
    if card.author_id == turn.actor_id:
        raise Refused(_("This card is your own."))
    if not _agrees(turn, form.number):
        turn.db.execute(
            insert(agreements),
            {"session_id": turn.session_id, "number": form.number, "actor_id": turn.actor_id},
        )
    _count_agreements(turn, form.number)


def unagree(turn: Turn, form: OneCard) -> None:
    """Take one's "me too" back."""
    _visible(turn, form.number)
    turn.db.execute(delete(agreements).where(*_agreement(turn, form.number)))
    _count_agreements(turn, form.number)


_INSERT = Prepared(insert(contributions))
_NEWEST_PROMPT = Prepared(
    select(func.max(prompts.c.number)).where(
        prompts.c.session_id == bindparam("session"), prompts.c.is_open.is_(True)
    )
)


def require_length(turn: Turn, text: str) -> None:
    """Refuses a text that is longer than this session takes."""
    if why := too_long(text, turn.live_session.longest):
        raise Refused(why)


def too_long(text: str, longest: int) -> Sentence | None:
    """What to say of a text that is longer than a session takes; None of any other."""
    long = words.length(text)
    if long <= longest:
        return None
    return ngettext(
        "This is %(num)s character long. %(most)s is the most.",
        "This is %(num)s characters long. %(most)s is the most.",
        long,
        most=Amount(longest),
    )


def _prompt_for(turn: Turn, number: int | None) -> int:
    if number is not None:
        if not turn.prompt(number).is_open:
            raise Refused(_("This prompt is closed."))
        return number
    newest = _NEWEST_PROMPT.scalar(turn.db, {"session": turn.session_id})
    if newest is None:
        raise Refused(_("No prompt is open just now."))
    return int(newest)


def _name_for(turn: Turn, subject: str, name: str | None) -> int | None:
    if not name:
        return None
    if not turn.live_session.asks_names:
        raise Refused(_("This session does not ask for names."))
    return turn.word(subject, "name", name)


def _first_status(turn: Turn, text: str) -> Status:
    return Status.HELD if not sorts(turn.role) and _waits(turn, text) else Status.VISIBLE


def _waits(turn: Turn, text: str) -> bool:
    hold, language = turn.live_session.hold, turn.live_session.language
    return hold == Hold.ALL or (hold == Hold.FLAGGED and turn.flags.find(text, language) is not None)


def own_card(turn: Turn, number: int) -> Row[Any]:
    """A card of one's own, while the session is open. Refuses others, and one that was taken back."""
    turn.require_open()
    return kept_card(turn, number)


def kept_card(turn: Turn, number: int) -> Row[Any]:
    """The same, also once the session is over."""
    card = turn.contribution(number)
    require_author(turn, card)
    if card.status == Status.WITHDRAWN:
        raise Refused(_("This card was taken back."))
    return card


def require_author(turn: Turn, card: Row[Any]) -> None:
    """Refuses everybody but a card's author."""
    if card.author_id != turn.actor_id:
        raise Refused(_("Only its author may do this."))


def _visible(turn: Turn, number: int) -> Row[Any]:
    turn.require_open()
    card = turn.contribution(number)
    if card.status != Status.VISIBLE:
        raise Refused(_("There is no card %(number)s.", number=number))
    return card


def _agreement(turn: Turn, number: int) -> list[Any]:
    return [
        agreements.c.session_id == turn.session_id,
        agreements.c.number == number,
        agreements.c.actor_id == turn.actor_id,
    ]


def _agrees(turn: Turn, number: int) -> bool:
    return turn.db.scalar(select(agreements.c.number).where(*_agreement(turn, number))) is not None


def _count_agreements(turn: Turn, number: int) -> None:
    counted = turn.db.scalar(
        select(func.count()).where(agreements.c.session_id == turn.session_id, agreements.c.number == number)
    )
    turn.change(str(number), "agreements", counted)
