"""What operators watch: how many posts came in, and how soon they were on disk and on screens.

Counted on the event loop alone, so that nothing needs a lock. A post costs an addition and two
small searches. Written by hand: the text format that Prometheus reads is lines of numbers.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds. How many took no longer than each of them is told."""


class Spread:
    """How long something takes: a histogram."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def note(self, seconds: float) -> None:
        """It took so long once."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._sum += seconds

    def lines(self, name: str, meaning: str) -> Iterator[str]:
        """As Prometheus reads it: each line counts all that were no slower."""
        yield from _head(name, "histogram", meaning)
        so_far = 0
        for bound, count in zip((*BOUNDS, "+Inf"), self._counts, strict=True):
            so_far += count
            yield f'{name}_bucket{{le="{bound}"}} {so_far}'
        yield f"{name}_sum {self._sum:.6f}"
        yield f"{name}_count {so_far}"


class Figures:
    """What one process has counted since it started."""

    def __init__(self) -> None:
        self.delivered = Spread()
        """From the commit to the last socket that could take the frame."""
        self._acknowledged = Spread()
        self._answers: Counter[tuple[str, str]] = Counter()

    def answered(self, action: str, status: str, seconds: float) -> None:
        """An action has its receipt, so many seconds after it came in."""
        self._answers[action, status] += 1
        if status == "saved":
            self._acknowledged.note(seconds)

    def lines(self) -> Iterator[str]:
        """As Prometheus reads them."""
        answers = {_labels(action=action, status=status): n for (action, status), n in self._answers.items()}
        yield from numbers("sheaf_actions_total", "counter", "Actions by what became of them.", answers)
        yield from self._acknowledged.lines(
            "sheaf_acknowledgement_seconds", "From an action's arrival until it was on disk and answered."
        )
        yield from self.delivered.lines(
            "sheaf_delivery_seconds", "From a commit until its frame was written to every free socket."
        )


def numbers(name: str, kind: str, meaning: str, by_labels: Mapping[str, float]) -> Iterator[str]:
    """One figure, or one for each set of labels."""
    yield from _head(name, kind, meaning)
    for labels, number in by_labels.items():
        yield f"{name}{labels} {number}"


def by_screen(connections: Mapping[str, int]) -> dict[str, int]:
    """Labelled with the screen."""
    return {_labels(screen=screen): count for screen, count in connections.items()}


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"


def _labels(**values: str) -> str:
    """The values are names of ours, so nothing in them needs escaping."""
    return "{" + ",".join(f'{name}="{value}"' for name, value in values.items()) + "}"
