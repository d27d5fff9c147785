"""Styles say start and end, not left and right: the same sheet serves lines that run from right to left."""

import re
from pathlib import Path

import pytest

STYLES = sorted((Path(__file__).resolve().parent.parent / "app/static/css").glob("*.css"))
PHYSICAL = re.compile(
    r"(?:^|[;{\s])((?:(?:scroll-)?(?:margin|padding)|border|inset)?-?(?:left|right)(?:-[\w-]+)?|float"
    r"|text-align|(?:min-|max-)?width|(?:min-|max-)?height)\s*:\s*([^;}]+)"
)
FOUR = re.compile(
    r"((?:scroll-)?(?:margin|padding)|inset|border-(?:width|style|color|radius))\s*:\s*([^;}]+)"
)

MEANT = {
    "padding-left:26vw",  # an interpreter stands at the left or the right of the hall
    "padding-right:26vw",
    "left:-24px",  # a card in hand is beside the pointer, whose place is counted from the left
    "border-width:0 2.5px 2.5px 0",  # a tick is drawn the same way round everywhere
}


@pytest.mark.parametrize("file", STYLES, ids=lambda file: file.name)
def test_styles_know_no_left_or_right(file: Path) -> None:
    text = re.sub(r"/\*.*?\*/|url\([^)]*\)|@media\([^)]*\)", "", file.read_text(), flags=re.DOTALL)
    sided = [f"{name}:{value}" for name, value in PHYSICAL.findall(text) if is_sided(name, value)]
    uneven = [f"{name}:{value}" for name, value in FOUR.findall(text) if is_uneven(value)]
    assert {*sided, *uneven} - MEANT == set()


def is_sided(name: str, value: str) -> bool:
    if name in ("float", "text-align"):
        return value.strip() in ("left", "right")
    return "left" in name or "right" in name


def is_uneven(value: str) -> bool:
    parts = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", value)).split()
    return len(parts) == 4 and parts[1] != parts[3]
