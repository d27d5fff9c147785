"""What the fields of a form may hold, and how what somebody typed becomes that."""

import re
import unicodedata
from datetime import date
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app import words
from app.locales import Amount, _


def _said(text: str) -> str:
    text = words.clean(text)
    if words.is_blank(text):
        raise ValueError(WRITE_FIRST)
    return text


def _named(text: str) -> str:
    text = words.clean_line(text)
    if words.length(text) > LONGEST_NAME:
        raise ValueError(
            _("This name is too long. %(most)s characters is the most.", most=Amount(LONGEST_NAME))
        )
    return text


def _titled(text: str) -> str:
    text = _on_a_line(text)
    if words.is_blank(text):
        raise ValueError(_("Please say what the session is called."))
    return text


def _on_a_line(text: str) -> str:
    text = words.clean_line(text)
    if words.length(text) > LONGEST_TITLE:
        raise ValueError(
            _("This line is too long. %(most)s characters is the most.", most=Amount(LONGEST_TITLE))
        )
    return text


def _noticed(text: str) -> str:
    text = words.clean(text)
    if words.length(text) > LONGEST_NOTICE:
        raise ValueError(
            _("This text is too long. %(most)s characters is the most.", most=Amount(LONGEST_NOTICE))
        )
    return text


def _addressed(text: str) -> str:
    text = words.clean_line(text).lower()
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,190}", text):
        raise ValueError(_("Please write your email address, such as mairi@example.org."))
    return text


def _not_empty(text: str) -> str:
    if words.is_blank(text):
        raise ValueError(_("Please write your name."))
    return text


def _dayed(text: str) -> str:
    if not text.strip():
        return ""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(_("Please write the day like this: 2026-12-01.")) from None
    if not 2000 <= day.year < 2200:
        raise ValueError(_("Please look at the year of this day again."))
    return day.isoformat()


def _written(text: str) -> str:
    if words.is_blank(text):
        raise ValueError(WRITE_FIRST)
    return text


def _as_place(value: object) -> object:
    """People type letters as they come, with a space behind them or in lower case."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    return value.lower() if value.lower() in ("unsorted", "lone", "parked") else value.upper()


def _as_letters(value: object) -> object:
    """As numbers may: `A, C and D`."""
    return re.findall(r"[A-Z]{1,3}", value) if isinstance(value, str) else value


def _none_for_blank(value: object) -> object:
    return 0 if value == "" else value


def _some(dots: object) -> object:
    """None at all where there are more than anybody could be asked about."""
    return None if isinstance(dots, dict) and len(dots) > MOST_CHOICES else dots


def _without_nothing(dots: dict[str, int]) -> dict[str, int]:
    return {subject: some for subject, some in sorted(dots.items()) if some}


def _long_enough(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        fewest = Amount(SHORTEST_PASSWORD)
        raise ValueError(_("Please choose a password of at least %(fewest)s characters.", fewest=fewest))
    return unicodedata.normalize("NFC", password)


def _as_typed(value: object) -> object:
    """In an HTML form, numbers may come as somebody types them: `3, 5 and 7`."""
    return re.findall(r"[0-9]+", value) if isinstance(value, str) else value


def _each_once(numbers: list[int]) -> list[int]:
    return list(dict.fromkeys(numbers))


def _nothing_for_blank(value: object) -> object:
    return None if value == "" else value


def _first_for_blank(value: object) -> object:
    return 1 if value == "" else value


LONGEST_NAME = 120
LONGEST_TITLE = 240
LONGEST_NOTICE = 4000
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000
MOST_DOTS = 10
MOST_CHOICES = 50
MOST_HANDS = 100_000
WRITE_FIRST = _("Please write something first.")

Text = Annotated[str, AfterValidator(_said)]
Name = Annotated[str, AfterValidator(_named)]
Title = Annotated[str, AfterValidator(_titled)]
Line = Annotated[str, AfterValidator(_on_a_line)]
Notice = Annotated[str, AfterValidator(_noticed)]
Written = Annotated[Notice, AfterValidator(_written)]
WrittenLine = Annotated[Line, AfterValidator(_written)]
WrittenName = Annotated[Name, AfterValidator(_written)]
OwnName = Annotated[Name, AfterValidator(_not_empty)]
Email = Annotated[str, AfterValidator(_addressed)]
Password = Annotated[str, Field(max_length=LONGEST_PASSWORD), AfterValidator(_long_enough)]
Number = Annotated[int, Field(ge=1, lt=2**31)]
# A day of the calendar, such as 2026-12-01; "" is none.
Day = Annotated[str, AfterValidator(_dayed)]
# Milliseconds since 1970; 0 takes the time away.
Moment = Annotated[int, Field(ge=0, le=2**53)]
Letter = Annotated[str, BeforeValidator(_as_place), Field(pattern=r"^[A-Z]{1,3}$")]
Where = Annotated[str, BeforeValidator(_as_place), Field(pattern=r"^([A-Z]{1,3}|unsorted|lone|parked)$")]
# The first fault is all that anybody is told, and 30,000 of them take a while to find.
_Numbers = Annotated[
    list[Number], Field(fail_fast=True), BeforeValidator(_as_typed), AfterValidator(_each_once)
]
Cards = Annotated[_Numbers, Field(min_length=1, max_length=500)]
Choices = Annotated[_Numbers, Field(max_length=MOST_CHOICES)]
Letters = Annotated[
    list[Letter], Field(max_length=MOST_CHOICES, fail_fast=True), BeforeValidator(_as_letters)
]
Subject = Annotated[str, BeforeValidator(_as_place), Field(pattern=r"^([A-Z]{1,3}|[1-9][0-9]{0,9})$")]
# How many dots each of some themes or cards gets: {"A": 2, "17": 1}.
Dots = Annotated[
    dict[Subject, Annotated[int, BeforeValidator(_none_for_blank), Field(ge=0, le=MOST_DOTS * MOST_HANDS)]],
    Field(max_length=MOST_CHOICES),
    BeforeValidator(_some),
    AfterValidator(_without_nothing),
]
Wordings = Annotated[
    list[Annotated[int, Field(ge=1, le=2**53)]],
    Field(max_length=500, fail_fast=True),
    BeforeValidator(_as_typed),
]
# A language's tag, such as gd; nothing for none.
Tongue = Annotated[str, Field(pattern=r"^$|^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
# A field left empty in an HTML form arrives as "".
Perhaps = BeforeValidator(_nothing_for_blank)
Page = Annotated[Number, BeforeValidator(_first_for_blank)]


class Form(BaseModel):
    """What every action carries: its name, and a key made by the sender for each new wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    numbers: ClassVar[int] = 0
    """How many new cards it makes: so many numbers are taken for it."""

    action: str
    key: Key
