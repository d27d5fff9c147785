"""The live screens as whole pages: the state that an update would reach."""

from typing import Any

from sqlalchemy import Connection, Row

from app.flags import SHIPPED, Flags
from app.models import LONE, PARKED, UNSORTED, Status, contributions
from app.passes import new_key
from app.queries.cards import Card, cards_held, cards_where, own_cards
from app.queries.counting import tally_of
from app.queries.gathered import Standstill
from app.queries.sessions import all_prompts, concerns_told, concerns_waiting
from app.queries.themes import all_themes, own_names, standing_themes
from app.queries.threads import origin
from app.queries.votes import VoteRow, agreed, given_since, people_voted, standing_votes
from app.screens.fragments import flag_of, second_language
from app.screens.update import cursor
from app.templating import render

BLOCK = 50
"""Cards are held and loaded by numbers, in blocks of so many."""

HELD = {"phone": 2, "board": 8, "wall": 8, "projector": 8}
"""How many blocks a fresh page holds. It loads others when asked."""

OWN = 50
"""How many of their own cards somebody is shown."""


def phone(
    db: Connection,
    live_session: Row[Any],
    language: str,
    actor_id: str,
    *,
    saved: int = 0,
    told: bool = False,
    counts: bool = False,
    passes_on: bool = True,
    is_shared: bool = False,
    **form: str,
) -> str:
    """The page in people's hands. `saved` is the number of a card just posted by plain form, `told`
    whether a concern just came through, and `counts` whether its reader enters hands counted in the
    room instead of voting. `form` is what stands in the boxes (key, text, kind, name, quote, prompt;
    concern), and why it was refused. `passes_on`: the device may be passed to the next person."""
    first = first_held(live_session, "phone")
    own = own_cards(db, live_session.id, actor_id)[:OWN] if actor_id else []
    held = cards_held(db, live_session.id, first)
    return render(
        "phone/page.html",
        language,
        **_common(db, live_session, first, form.get("prompt", "")),
        own=own,
        names=own_names(db, live_session.id, actor_id) if actor_id else [],
        own_numbers={card.number for card in own},
        agreed=agreed(db, live_session.id, actor_id),
        cards=held[::-1],
        themes=standing_themes(db, live_session.id),
        given=given_since(db, live_session, -1, actor_id) if actor_id else [],
        counts=counts,
        saved=saved if any(card.number == saved for card in own) else 0,
        told=told,
        passes_on=passes_on,
        is_shared=is_shared,
        form={**_BLANK, "tell_key": new_key()} | form,
    )


_BLANK = dict.fromkeys(("text", "kind", "name", "quote", "concern", "refused"), "")


def scribe(
    db: Connection,
    live_session: Row[Any],
    language: str,
    actor_id: str,
    *,
    saved: int = 0,
    told: bool = False,
    **form: str,
) -> str:
    """Where somebody writes down what others say. The table, and whether the words are the speaker's
    own, stay as they were for the last card."""
    own = own_cards(db, live_session.id, actor_id)[:OWN]
    usual = {**_BLANK, "tell_key": new_key(), **_as_last(own)}
    return render(
        "scribe/page.html",
        language,
        **_common(db, live_session, first_held(live_session, "phone")),
        own=own,
        saved=next((card for card in own if card.number == saved), None),
        told=told,
        form=usual | form,
    )


def _as_last(own: list[Card]) -> dict[str, str]:
    last = next((card for card in own if card.table), None)
    return {"table": (last and last.table) or "", "paraphrased": str(int(bool(last and last.is_paraphrased)))}


def board(db: Connection, live_session: Row[Any], language: str, can_suggest: bool = False) -> str:
    """The facilitator's page. `can_suggest`: whether it may ask what a card is like."""
    first = first_held(live_session, "board")
    held = cards_held(db, live_session.id, first)
    here = _common(db, live_session, first)
    return render(
        "board/page.html",
        language,
        can_suggest=can_suggest,
        **here,
        **_sorted(db, live_session, held),
        **_voting(db, live_session, here["votes"]),
        gathered=Standstill(db, live_session).gathered,
        grew=origin(db, live_session.id),
        leads=True,
    )


def wall(db: Connection, live_session: Row[Any], language: str) -> str:
    """The board of everybody, where everybody sorts: with no more on it than they may do."""
    first = first_held(live_session, "wall")
    held = cards_held(db, live_session.id, first)
    here = _common(db, live_session, first) | _sorted(db, live_session, held)
    return render("board/page.html", language, **here, grew=origin(db, live_session.id), leads=False)


def queue(db: Connection, live_session: Row[Any], language: str, flags: Flags = SHIPPED) -> str:
    """What waits for review, and what was hidden: for facilitators' eyes only."""
    unseen = cards_where(db, live_session.id, contributions.c.status.in_((Status.HELD, Status.HIDDEN)))
    return render(
        "queue/page.html",
        language,
        session=live_session,
        head=cursor(live_session),
        held=[(card, flag_of(card, live_session, flags)) for card in unseen if card.status == Status.HELD],
        hidden=[card for card in unseen if card.status == Status.HIDDEN],
        waiting=concerns_waiting(db, live_session.id),
    )


def concerns(db: Connection, live_session: Row[Any], language: str, **said: str) -> str:
    """What people told in private: for those who run the session."""
    return render(
        "concerns/page.html",
        language,
        session=live_session,
        head=cursor(live_session),
        told=concerns_told(db, live_session.id),
        **{"refused": ""} | said,
    )


def projector(db: Connection, live_session: Row[Any], language: str, join: str, link: str) -> str:
    """The big screen. `join` is the address to type, `link` the one in the QR code."""
    wall = Standstill(db, live_session)
    leaves = _leaves(db, live_session, wall)
    return render("projector/page.html", language, **leaves, gathered=wall.gathered, join=join, link=link)


def reading(db: Connection, live_session: Row[Any], language: str) -> str:
    """What the big screen shows, in letters for a phone."""
    leaves = _leaves(db, live_session, Standstill(db, live_session))
    return render("projector/reading.html", language, **leaves)


def _leaves(db: Connection, live_session: Row[Any], wall: Standstill) -> dict[str, Any]:
    first = first_held(live_session, "projector")
    held = wall.held(cards_held(db, live_session.id, first), first)
    there = [row for row in wall.themes(all_themes(db, live_session.id)) if not row.is_removed]
    beside = {"second": second_language(live_session), "themes": there}
    return _common(db, live_session, first) | _sorted(db, live_session, held) | beside


def block(
    db: Connection, live_session: Row[Any], language: str, screen: str, before: int, actor_id: str = ""
) -> tuple[str, int]:
    """The cards of the blocks that end below number `before`, as fragments, and the lowest
    number among them."""
    first = max(1, before - BLOCK * HELD[screen])
    held = cards_held(db, live_session.id, first, before)
    if screen == "projector":
        held = Standstill(db, live_session).held(held, first, before)
    mine = agreed(db, live_session.id, actor_id) if screen == "phone" else ()
    about = {"session": live_session, "cards": held, "screen": screen, "unsorted": UNSORTED, "agreed": mine}
    return render("contributions/block.html", language, **about), first


def first_held(live_session: Row[Any], screen: str) -> int:
    """The lowest number that a fresh page holds: the newest block and those before it."""
    newest: int = max(0, live_session.last_number - 1) // BLOCK
    return max(0, newest - HELD[screen] + 1) * BLOCK + 1


def _common(db: Connection, live_session: Row[Any], first: int, chosen: str = "") -> dict[str, Any]:
    prompts = all_prompts(db, live_session.id)
    open_prompts = [row for row in prompts if row.is_open]
    asked = [row for row in open_prompts if str(row.number) == chosen] or open_prompts or prompts
    return {
        "session": live_session,
        "head": cursor(live_session),
        "first": first,
        "prompts": prompts,
        "asked": asked[-1],
        "votes": standing_votes(db, live_session),
    }


def _voting(db: Connection, live_session: Row[Any], votes: list[VoteRow]) -> dict[str, Any]:
    vote = next((row for row in votes if row.is_open), None)
    voted = people_voted(db, live_session.id, vote.number) if vote else 0
    return {"vote": vote, "voted": voted}


def _sorted(db: Connection, live_session: Row[Any], held: list[Card]) -> dict[str, Any]:
    by_place: dict[str, list[tuple[Card, float]]] = {UNSORTED: [], LONE: [], PARKED: []}
    for card in held:
        for place, rank in card.places or [(UNSORTED, card.number)]:
            by_place.setdefault(place, []).append((card, rank))
    for placed in by_place.values():
        placed.sort(key=lambda one: (one[1], one[0].number))
    return {
        "by_place": by_place,
        "themes": standing_themes(db, live_session.id),
        "tally": tally_of(db, live_session),
    }
