"""Organisers find what was said in their own sessions, and nothing that the room may not read."""

import pytest
from sqlalchemy import Engine

from app.actions import erasing
from app.database import reading, writing
from app.models import sessions
from app.queries.finding import MOST, Found, find
from app.words import folded, terms
from tests.desk import Desk


def look(query: str, *desks: Desk) -> list[Found]:
    with reading(desks[0].engine) as db:
        rows = db.execute(sessions.select().where(sessions.c.id.in_([one.session_id for one in desks])))
        return find(db, rows.all(), query)


def voices(query: str, *desks: Desk) -> list[str]:
    return [voice.text for one in look(query, *desks) for voice in one.voices]


@pytest.mark.every_database
def test_titles_prompts_themes_and_voices_are_found_by_session(engine: Engine) -> None:
    one = Desk(engine, title="What about pay?", prompts=["Who pays?"], themes=["Pay", "Power"])
    other = Desk(engine, title="Buses", prompts=["Which bus?"])
    stranger = Desk(engine, title="What about pay, elsewhere?")
    one.post(one.participant(), "Pay on time.")
    other.post(other.participant(), "Pay for buses.")
    found = {row.session.title: row for row in look("pay", one, other)}
    assert found.keys() == {"What about pay?", "Buses"}
    first = found["What about pay?"]
    assert (first.has_title, first.prompts, first.themes) == (True, ["Who pays?"], [("A", "Pay")])
    assert first.voices == [(1, "Pay on time.")]
    assert found["Buses"].voices == [(1, "Pay for buses.")]
    assert voices("pay time", one, other) == ["Pay on time."]
    assert [look("", one), look(" ?! ", one), look("nothing like it", stranger)] == [[], [], []]


SAID = {
    "Gaelic": ("Tha am pàigheadh ro anmoch.", ["paigheadh", "PÀIGHEADH", "am paigh"]),
    "Polish": ("Żółta łódź płynie.", ["zolta lodz", "ŻÓŁTA", "płynie", "plynie"]),
    "Arabic": ("الدَّفْعُ فِي الوَقْتِ مُهِمّ للأسرة", ["الدفع", "الوقت", "للاسره", "الدَّفع"]),
    "German": ("Straße und Größe", ["strasse", "grosse", "STRASSE"]),
    "French": ("L’œuvre d’Hélène", ["oeuvre", "l'oeuvre helene"]),
    "Persian": ("کتاب می‌خواهم", ["كتاب", "میخواهم"]),
    "Hindi": ("समय पर भुगतान", ["भुगतान"]),
    "Chinese": ("按时付款", ["付款"]),
}


@pytest.mark.parametrize("language", SAID)
def test_accents_points_and_case_make_no_difference(engine: Engine, language: str) -> None:
    text, queries = SAID[language]
    desk = Desk(engine)
    desk.post(desk.participant(), text)
    desk.post(desk.participant(), "Nothing of the kind")
    for query in queries:
        assert voices(query, desk) == [text], query
    assert folded(folded(text)) == folded(text)


def test_what_the_room_may_not_read_is_never_found(engine: Engine) -> None:
    desk = Desk(engine, themes=["Plantedremoved", "Plantedname"], asks_names=True)
    held = Desk(engine, hold="all")
    author = desk.participant()
    for nth in range(1, 6):
        desk.post(author, f"Planted {nth}", name="Plantedauthor")
    held.post(held.participant(), "Planted and held")
    assert len(voices("planted", desk, held)) == 5
    desk.do(desk.organiser, "hide", contributions=[1])
    desk.do(author, "withdraw", number=2)
    desk.do(author, "withdraw", number=3)
    desk.do(author, "erase", number=3)
    desk.do(author, "edit", number=4, text="Said otherwise")
    desk.do(desk.organiser, "remove_theme", theme="A")
    desk.do(desk.organiser, "rename_theme", theme="B", name="Pay")
    [found] = look("planted", desk, held)
    assert (found.voices, found.themes, found.more) == ([(5, "Planted 5")], [], 0)
    with writing(engine) as db:
        erasing.delete_session(db, desk.ledger, 1, desk.session_id)
    assert look("planted", desk, held) == []


def test_many_voices_are_counted_beyond_some(engine: Engine) -> None:
    desk = Desk(engine)
    for nth in range(MOST + 3):
        desk.post(desk.participant(), f"Pay {nth}")
    [found] = look("pay", desk)
    assert (len(found.voices), found.more) == (MOST, 3)


@pytest.mark.every_database
def test_the_database_leaves_nothing_out_that_has_it(engine: Engine) -> None:
    desk = Desk(engine)
    texts = ["100% Pay", "a_b", "PÀY day", "payday", "ﬁne", "fine", "Straße", "İstanbul", "a\\b", "دفع"]
    for text in texts:
        desk.post(desk.participant(), text)
    for query in ("pay", "PÀY", "100%", "a_b", "a\\b", "fine", "strasse", "ß", "i", "دفع", "% _", "🫖"):
        asked = terms(query)
        has = [text for text in texts if asked and all(term in folded(text) for term in asked)]
        assert voices(query, desk) == has, query
