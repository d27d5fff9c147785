"""Asking people to give dots to some themes or cards, and counting what they gave.

A ballot is one person's whole wish, so a retry does no harm and a change of mind takes the place
of what was before. Until a vote is closed, nothing of it is counted anywhere. When it is closed,
it is counted once, and the ballots are deleted with their digests: from then on nobody can find
out who gave what. So a closed vote stays closed, and neither opening nor closing can be undone.

The log says that somebody voted, and never what for. Somebody who counts hands in the room gives a
ballot too, for many people; it is shown apart from the others.
"""

from collections import Counter
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, or_, select, update

from app.actions import merging
from app.actions.turn import SESSION, Turn, vote_subject
from app.forms.reading import Refused
from app.forms.votes import CountVotes, EndVote, GiveDots, OpenVote
from app.locales import _, ngettext
from app.models import Ballot, Status, changes, choices, contributions, given, themes, votes
from app.prepared import Prepared


def open(turn: Turn, form: OpenVote) -> None:
    """Ask people to give dots. One vote is open at a time."""
    if turn.db.scalar(select(votes.c.number).where(*_here(turn), votes.c.state == Ballot.OPEN)):
        raise Refused(_("Another vote is open. Please close it first."))
    subjects = _subjects(turn, form)
    if len(subjects) < 2:
        raise Refused(_("Please choose at least two things to vote on."))
    number = turn.live_session.last_vote + 1
    turn.speak_of(vote_subject(number))
    turn.change(SESSION, "last_vote", number)
    asked = {"question_id": turn.word(vote_subject(number), "question", form.question), "dots": form.dots}
    here = {"session_id": turn.session_id}
    turn.db.execute(insert(votes), {**here, **asked, "number": number, "touched": turn.seq})
    rows = [
        {"subject": one, "card": int(one) if one.isdigit() else None, "rank": nth}
        for nth, one in enumerate(subjects)
    ]
    turn.db.execute(insert(choices), [{**here, "vote": number, **row} for row in rows])


def vote(turn: Turn, form: GiveDots) -> None:
    """Give one's dots, in place of those one gave before."""
    asked = _open_one(turn, form.vote)
    if sum(form.dots.values()) > asked.dots:
        raise Refused(
            ngettext(
                "You have %(num)s dot. Please give no more.",
                "You have %(num)s dots. Please give no more.",
                asked.dots,
            )
        )
    _give(turn, form, 0)


def count(turn: Turn, form: CountVotes) -> None:
    """Enter what one counted in the room, in place of what one entered before."""
    asked = _open_one(turn, form.vote)
    most = form.hands * asked.dots
    if sum(form.dots.values()) > most:
        raise Refused(
            ngettext(
                "So many people have %(num)s dot. Please count again.",
                "So many people have %(num)s dots. Please count again.",
                most,
            )
        )
    _give(turn, form, form.hands)


def close(turn: Turn, form: EndVote) -> None:
    """Count a vote, once and for all, and forget who gave what."""
    asked = _open_one(turn, form.vote)
    all_given = select(given.c.hands, given.c.dots, given.c.spent).where(*_of(turn, asked.number))
    ballots = [one for one in turn.db.execute(all_given) if one.hands or one.spent]
    if not ballots:
        raise Refused(_("Nobody has voted yet. You can take the vote away."))
    _write_down(turn, asked.number, "dots", _sum(one.dots for one in ballots if not one.hands))
    _write_down(turn, asked.number, "by_hand", _sum(one.dots for one in ballots if one.hands))
    subject = vote_subject(asked.number)
    turn.change(subject, "state", Ballot.CLOSED)
    turn.change(subject, "voters", sum(not one.hands for one in ballots))
    turn.change(subject, "hands", sum(one.hands for one in ballots))
    _forget(turn, asked.number)


def drop(turn: Turn, form: EndVote) -> None:
    """Take an open vote away. Nobody will know what was given."""
    asked = _open_one(turn, form.vote)
    turn.change(vote_subject(asked.number), "state", Ballot.DROPPED)
    _forget(turn, asked.number)


def _subjects(turn: Turn, form: OpenVote) -> list[str]:
    """The letters and numbers of what can be voted on."""
    letters = [turn.theme(letter).letter for letter in dict.fromkeys(form.themes)]
    for number in form.contributions:
        card = turn.contribution(number)
        if card.status != Status.VISIBLE:
            raise Refused(_("Card %(number)s is not on the board.", number=number))
        merging.require_standing(card)
    return [*letters, *map(str, form.contributions)]


def _open_one(turn: Turn, number: int) -> Row[Any]:
    asked = turn.vote(number)
    if asked.state != Ballot.OPEN:
        raise Refused(_("This vote is closed."))
    return asked


def _give(turn: Turn, form: GiveDots | CountVotes, hands: int) -> None:
    subject = vote_subject(form.vote)
    turn.speak_of(subject)
    for one in form.dots.keys() - _offered(turn, form.vote):
        raise Refused(_("%(choice)s is not part of this vote.", choice=one))
    here = {"session": turn.session_id, "of": form.vote}
    said = {"people": hands, "said": form.dots, "all": sum(form.dots.values()), "seq": turn.seq}
    if not _REPLACE.first(turn.db, {**here, "actor": turn.actor_id, **said}):
        _GIVE.run(
            turn.db,
            {
                "session_id": turn.session_id,
                "vote": form.vote,
                "actor_id": turn.actor_id,
                "hands": hands,
                "dots": form.dots,
                "spent": said["all"],
                "touched": turn.seq,
            },
        )
    _HEAR.run(turn.db, {**here, "seq": turn.seq})


def _offered(turn: Turn, number: int) -> set[str]:
    """What can be given dots: themes that stand, and cards that can be seen."""
    return {row.subject for row in _OFFERED.all(turn.db, {"session": turn.session_id, "of": number})}


def _sum(ballots: Any) -> Counter[str]:
    counted: Counter[str] = Counter()
    for dots in ballots:
        counted.update(dots)
    return counted


def _write_down(turn: Turn, number: int, column: str, counted: Counter[str]) -> None:
    for subject, dots in counted.items():
        chosen = choices.c.session_id == turn.session_id, choices.c.vote == number
        turn.db.execute(update(choices).where(*chosen, choices.c.subject == subject).values({column: dots}))


def _forget(turn: Turn, number: int) -> None:
    """Delete the ballots. A digest would tell whoever has the server's secret which of the few
    ballots there can be it was made of."""
    turn.db.execute(delete(given).where(*_of(turn, number)))
    opened = select(func.max(changes.c.seq)).where(
        changes.c.session_id == turn.session_id, changes.c.action == "open_vote"
    )
    turn.db.execute(
        update(changes)
        .where(
            changes.c.session_id == turn.session_id,
            changes.c.seq > opened.scalar_subquery(),
            changes.c.action.in_(["vote", "count_votes"]),
        )
        .values(digest=b"")
    )


def _here(turn: Turn) -> list[Any]:
    return [votes.c.session_id == turn.session_id]


def _of(turn: Turn, number: int) -> list[Any]:
    return [given.c.session_id == turn.session_id, given.c.vote == number]


_GIVE = Prepared(insert(given))
_REPLACE = Prepared(
    update(given)
    .where(
        given.c.session_id == bindparam("session"),
        given.c.vote == bindparam("of"),
        given.c.actor_id == bindparam("actor"),
    )
    .values(
        hands=bindparam("people"),
        dots=bindparam("said"),
        spent=bindparam("all"),
        touched=bindparam("seq"),
    )
    .returning(given.c.vote)
)
_HEAR = Prepared(
    update(votes)
    .where(votes.c.session_id == bindparam("session"), votes.c.number == bindparam("of"))
    .values(heard=bindparam("seq"))
)
_OFFERED = Prepared(
    select(choices.c.subject)
    .outerjoin(
        themes,
        (themes.c.session_id == choices.c.session_id)
        & (themes.c.letter == choices.c.subject)
        & themes.c.is_removed.is_(False),
    )
    .outerjoin(
        contributions,
        (contributions.c.session_id == choices.c.session_id)
        & (contributions.c.number == choices.c.card)
        & (contributions.c.status == Status.VISIBLE),
    )
    .where(
        choices.c.session_id == bindparam("session"),
        choices.c.vote == bindparam("of"),
        or_(themes.c.letter.is_not(None), contributions.c.number.is_not(None)),
    )
)
