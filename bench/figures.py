"""A figure is the median of several rounds. Where there is a floor, it was run in turn with the
thing itself, and the ratio is the median of the rounds' own ratios: a machine that is slow for a
minute is slow for both."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

Ways = dict[str, Callable[[], dict[str, float]]]
Runs = dict[str, list[dict[str, float]]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. `ratio` is value to floor; the spread is the lowest and highest round."""

    what: str
    value: float
    unit: str
    spread: tuple[float, float]
    floor: float | None = None
    ratio: float | None = None
    against: str = ""
    """What the floor is."""


@dataclass(slots=True)
class Report:
    """What one benchmark found."""

    name: str
    says: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_object(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def in_turn(rounds: int, ways: Ways) -> Runs:
    """Run every way once, then every way again, so that all of them meet the same weather."""
    runs: Runs = {name: [] for name in ways}
    for _ in range(rounds):
        for name, run in ways.items():
            runs[name].append(run())
    return runs


def figure(
    what: str, unit: str, values: list[float], floors: list[float] | None = None, against: str = ""
) -> Figure:
    """The median of some rounds, and of their ratios to the same rounds of the floor."""
    value, spread = _short(median(values)), (_short(min(values)), _short(max(values)))
    if not floors:
        return Figure(what, value, unit, spread)
    ratios = [mine / theirs for mine, theirs in zip(values, floors, strict=True)]
    return Figure(what, value, unit, spread, _short(median(floors)), round(median(ratios), 3), against)


def of(runs: list[dict[str, float]], name: str) -> list[float]:
    """One quantity of each round."""
    return [run[name] for run in runs]


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _short(value: float) -> float:
    return round(value, 1 if value >= 10 else 3)
