"""Many cards in few words."""

from collections.abc import Iterable


def run(numbers: Iterable[int]) -> str:
    """Numbers in their order, neighbours drawn together: `3–5, 9`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(_said(first, last) for first, last in runs)


def _said(first: int, last: int) -> str:
    return f"{first}{', ' if last == first + 1 else '–'}{last}" if last > first else str(first)
