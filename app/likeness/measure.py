"""The arithmetic: vectors in, orders and groups out. Rows are texts; each row has length 1."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

FEWEST = 2
"""A theme is compared with from so many cards on: one card is no theme yet."""

OFFERED = 3
"""How many themes are put before somebody, at the most."""

REASONS = 2
"""How many cards of a theme are named as what makes it similar."""

ALIKE = 0.4
"""From where on two texts are shown side by side as perhaps the same. On the example event that is
one pair of 1,770, and it is one."""

GROUPS = 8
"""How many groups are put before somebody, the closest first."""

PAIRS = 4_000
"""So many pairs are looked at, the closest, when hundreds say the same."""

FEW = 8
"""So many texts share what is common to all texts at least as much as what is common to them."""


def centred(vectors: Vectors) -> Vectors:
    """Without what all of them have in common; of a few texts, only part of that is taken off."""
    share = len(vectors) / (len(vectors) + FEW)
    return _to_length_1(vectors - vectors.mean(axis=0) * share)


def rank_themes(
    vectors: Vectors, cards: Sequence[int], themes: Mapping[str, Sequence[int]]
) -> list[tuple[str, list[int]]]:
    """The themes that cards (rows) are most like, each with those of its rows that are closest to
    them. Nothing, while fewer than two themes can be compared with: that would be no choice."""
    compared = {letter: [*rows] for letter, rows in themes.items() if len(rows) >= FEWEST}
    if len(compared) < 2 or not cards:
        return []
    rows = centred(vectors)
    asked = rows[[*cards]].mean(axis=0)
    likeness = {letter: float(asked @ _middle(rows[inside])) for letter, inside in compared.items()}
    best = sorted(likeness, key=likeness.__getitem__, reverse=True)[:OFFERED]
    return [(letter, _closest(rows, asked, compared[letter])) for letter in best]


def alike(vectors: Vectors, cards: Sequence[int], most: int = GROUPS) -> list[list[int]]:
    """Groups of these cards (rows) that may say the same, the closest first. A card joins those that
    it is like on average, so that no chain of neighbours ties strangers together."""
    if len(cards) < 2:
        return []
    rows = centred(vectors)[[*cards]]
    near = rows @ rows.T
    groups = _tied(near)
    order = sorted(groups, key=lambda group: -_together(near, group))
    return [[cards[at] for at in group] for group in order[:most]]


def _middle(rows: Vectors) -> Vectors:
    middle: Vectors = _to_length_1(rows.mean(axis=0, keepdims=True))[0]
    return middle


def _closest(rows: Vectors, asked: Vectors, inside: Sequence[int]) -> list[int]:
    order = np.argsort(-(rows[[*inside]] @ asked), kind="stable")[:REASONS]
    return [inside[at] for at in order]


def _tied(near: Vectors) -> list[list[int]]:
    group_of: dict[int, list[int]] = {}
    for one, other in _pairs(near):
        mine, theirs = group_of.get(one, [one]), group_of.get(other, [other])
        if mine is theirs or near[np.ix_(mine, theirs)].mean() < ALIKE:
            continue
        joined = [*mine, *theirs]
        group_of |= dict.fromkeys(joined, joined)
    return [sorted(group) for at, group in group_of.items() if at == min(group)]


def _pairs(near: Vectors) -> list[tuple[int, int]]:
    """Those that may be alike, the closest first."""
    one, other = np.nonzero(np.triu(near, k=1) >= ALIKE)
    order = np.argsort(-near[one, other], kind="stable")[:PAIRS]
    return [(int(one[at]), int(other[at])) for at in order]


def _together(near: Vectors, group: Sequence[int]) -> float:
    return float(max(near[one, other] for one in group for other in group if one < other))


def _to_length_1(rows: Any) -> Vectors:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    ready: Vectors = (rows / np.maximum(length, 1e-9)).astype(np.float32)
    return ready
