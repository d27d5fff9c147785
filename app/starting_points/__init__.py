"""Sessions to start from: title, prompts, themes and, for the demo, what people said."""

import asyncio
import json
from pathlib import Path
from typing import Any

from app.actions import sessions
from app.forms.reading import parse, read
from app.forms.sheets import NewSession
from app.live.writer import Writer
from app.passes import new_actor, new_key
from app.roles import Pass

_HERE = Path(__file__).parent
NAMES = ("coproduction",)
PEOPLE = 34
"""How many different people the voices of a starting point come from."""


async def replay(writer: Writer, name: str) -> tuple[str, Pass, str]:
    """Make a session of a starting point, every voice through the same door as anybody's.
    Answers its code, an organiser's pass and an invitation's secret."""
    told = event(name)
    wish = read(NewSession, {part: told[part] for part in _PARTS})
    code, organiser, secret = await writer.do(lambda db, now: sessions.start(db, now, wish))
    people = [new_actor(organiser.session_id) for _ in range(PEOPLE)]
    posts = [
        writer.perform(_form(action="post", text=said["text"], kind=said["kind"]), people[nth % PEOPLE])
        for nth, said in enumerate(told["contributions"])
    ]
    await asyncio.gather(*posts)
    for number, said in enumerate(told["contributions"], start=1):
        for place in _places(said, told["themes"]):
            wish_ = _form(action="place", contributions=[number], theme=place)
            await writer.perform(wish_, organiser)
    return code, organiser, secret


_PARTS = ("title", "purpose", "prompts", "themes")


def event(name: str) -> dict[str, Any]:
    """What a starting point holds: title, purpose, prompts, themes, contributions."""
    told: dict[str, Any] = json.loads((_HERE / f"{name}.json").read_text())
    return told


def _form(**message: Any) -> Any:
    return parse({"key": new_key(), **message})


def _places(said: dict[str, Any], themes: list[str]) -> list[str]:
    if said.get("parked"):
        return ["parked"]
    if said.get("lone"):
        return ["lone"]
    return [chr(ord("A") + themes.index(name)) for name in said["themes"]]
