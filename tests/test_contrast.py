"""The colours keep their promises: contrasts computed from base.css, on both grounds."""

import re
from itertools import product
from pathlib import Path

import pytest

STYLES = Path(__file__).resolve().parent.parent / "app/static/css"
CSS = (STYLES / "base.css").read_text()
WALL = (STYLES / "projector.css").read_text()
GROUNDS = ("light", "dark")
TOKEN = re.compile(r"--(\w+):var\(--light,(#\w{6})\)var\(--dark,(#\w{6})\)")

# Text, ground, and the least contrast on light and on dark ground.
PAIRS = [
    ("ink", "paper", 14.9, 15.7),
    ("ink", "card", 15.9, 13.6),
    ("muted", "paper", 7.5, 8.7),
    ("muted", "card", 8.0, 7.5),
    ("act", "paper", 7.3, 10.0),
    ("act", "card", 7.3, 8.5),  # and the other way round: words on a button
    ("good", "paper", 7.0, 7.0),
    ("good", "card", 7.0, 7.0),
    ("bad", "paper", 7.0, 7.0),
    ("bad", "card", 7.0, 7.0),
    ("paper", "ink", 7.0, 7.0),  # the line at the foot of a phone
    ("edge", "paper", 3.0, 3.0),  # what can be acted on is seen: WCAG 1.4.11
    ("edge", "card", 3.0, 3.0),
]
TINTS = [str(number) for number in range(1, 13)]


def tokens(block: str) -> dict[str, dict[str, str]]:
    found = {name: (light, dark) for name, light, dark in TOKEN.findall(block)}
    return {ground: {name: both[nth] for name, both in found.items()} for nth, ground in enumerate(GROUNDS)}


def tint(number: str) -> dict[str, dict[str, str]]:
    block = re.search(rf"\.tint{number}\{{(.*?)\}}", CSS)
    assert block, f"base.css has no .tint{number}"
    return tokens(block[1])


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]} on {pair[1]}")
def test_words_stand_out_from_their_ground(pair: tuple[str, str, float, float]) -> None:
    text, ground, *least = pair
    for scheme, wanted in zip(GROUNDS, least, strict=True):
        colours = tokens(CSS.partition(".tint1{")[0])[scheme]
        # What the README of the look claims is rounded to one decimal place.
        assert round(contrast(colours[text], colours[ground]), 1) >= wanted, scheme


@pytest.mark.parametrize(("number", "scheme"), list(product(TINTS, GROUNDS)))
def test_a_theme_can_be_read_in_its_colour(number: str, scheme: str) -> None:
    common, own = tokens(CSS.partition(".tint1{")[0])[scheme], tint(number)[scheme]
    assert contrast(own["strong"], own["tint"]) >= 6.7, "a name on its tint"
    assert contrast(own["strong"], common["paper"]) >= 7, "a name on the wall"
    assert contrast(own["strong"], common["card"]) >= 7, "a letter in its badge"
    assert contrast(own["tint"], common["ink"]) >= 12.8, "words on a tint"
    assert contrast(own["tint"], common["muted"]) >= 6.9, "“Not named yet” on a tint"
    assert contrast(own["tint"], common["act"]) >= 6.7, "the focus ring, a picked card"


def test_voices_on_the_wall_stand_out_at_14_to_1() -> None:
    dark_card = re.search(r"\[data-theme=dark\] \.projector\{--card:(#\w{6})\}", WALL)
    assert dark_card, "the wall has a darker card of its own"
    common = tokens(CSS.partition(".tint1{")[0])
    assert contrast(common["light"]["ink"], common["light"]["card"]) >= 14
    assert contrast(common["dark"]["ink"], dark_card[1]) >= 14


def test_every_letter_has_a_colour_of_its_own() -> None:
    for scheme in GROUNDS:
        assert len({tint(number)[scheme]["strong"] for number in TINTS}) == len(TINTS)
