"""What is flagged waits for a facilitator, and nothing is deleted."""

from pathlib import Path

import pytest

from app import flags as flags_
from app import live
from app.database import reading
from app.flags import SHIPPED, Flag, Flags, fold
from app.models import Hold, contributions
from app.queries.cards import cards_where
from app.queries.sessions import session_by_id
from app.screens import Audience, Screen, pages, update
from app.settings import Settings
from tests.conftest import Room

LISTS = Path(flags_.__file__).parent / "word_lists"

pytestmark = pytest.mark.anyio


def is_flagged(text: str, language: str) -> bool:
    return SHIPPED.find(text, language) is not None


@pytest.mark.parametrize(
    "text",
    [
        "What a load of bollocks",
        "BOLLOCKS!",
        "".join(chr(ord(letter) + 0xFEE0) for letter in "bollocks"),  # full-width letters
        "Ring me on 0131 496 0123",
        "Ring +44 (0)131 496 0123.",
        "٠١٣١ ٤٩٦ ٠١٢٣",
        "mairi@example.org knows",
        "Write to (mairi@example.co.uk)",
    ],
)
def test_this_should_be_looked_at(text: str) -> None:
    assert is_flagged(text, "en")
    assert is_flagged(text, "en-GB")


@pytest.mark.parametrize(
    "text",
    [
        "People in Scunthorpe, Penistone and Lightwater want to be paid",
        "Cocktails and Middlesex",
        "Between 2024 and 2026, on 01.02.2026, at 10:30",
        "It cost £1,250,000 in 2025-2026",
        "Room 12, cards 3, 5, 7, 9, 11, 13, 15",
        "See you @ the hall",
        "",
    ],
)
def test_this_is_nobodys_business(text: str) -> None:
    assert not is_flagged(text, "en")


def test_a_language_without_a_list_has_the_english_words() -> None:
    assert is_flagged("What a load of bollocks", "xx")
    assert is_flagged("What a load of bollocks", "../word_lists/en")
    assert is_flagged("0131 496 0123", "xx")


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("gd", "’S e CAC a th’ ann", "CAC"),
        ("gd", "Na strIopaichean!", "strIopaichean"),
        ("gd", "Bollocks, arsa esan", "Bollocks"),
        ("pl", "Co za GÓWNO", "GÓWNO"),
        ("pl", "co za gowno", "gowno"),
        ("pl", "spierdalać stąd", "spierdalać"),
        ("pl", "This is shit, powiedział", "shit"),
        ("ar", "يا شَرْمُوطَة!", "شَرْمُوطَة"),
        ("ar", "شرموطه", "شرموطه"),
        ("ar", "شـــرمـوط", "شـــرمـوط"),
        ("ur", "وہ چوتیا ہے", "چوتیا"),
        ("ur", "وه چوتيا هے", "چوتيا"),
        ("ur", "مادر\u200cچود", "مادر\u200cچود"),
    ],
)
def test_a_listed_word_is_found_however_it_is_typed(language: str, text: str, word: str) -> None:
    found = SHIPPED.find(text, language)
    assert found
    assert found.kind == "word"
    assert fold(found.said) == fold(word)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("gd", "Tha an cachaileith aig ceann an rathaid, agus tonn air an tràigh"),
        ("gd", "Bòid a’ cheàird ann am Bòd, a ton of soup"),
        ("pl", "Dwie paki książek i fagot; pedał roweru skrzypi, suka szczeka"),
        ("pl", "Skurwia nie ma w słowniku"),
        ("ar", "نيك خوّل الكلب في العرصة، والكسل والزبدة والخراف"),
        ("ur", "گشتی کتب خانہ، لنڈے کے کپڑے، چوڑا دروازہ، حرام اور چوٹ"),
        ("fr", "Le train est en retard"),
        ("sv", "Till slut kom vi fram"),
    ],
)
def test_a_word_that_only_looks_like_one_passes(language: str, text: str) -> None:
    assert SHIPPED.find(text, language) is None


@pytest.mark.parametrize("language", ["en", "gd", "pl", "ar", "ur", "fr", "sv", "da"])
def test_a_list_has_whole_words_each_once(language: str) -> None:
    lines = (LISTS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    words = [line for line in lines if not line.startswith("#")]
    assert len({*words}) == len(words)
    for word in words:
        assert SHIPPED.find(word, language) == (None if word.startswith("-") else Flag("word", word))


def test_the_operators_own_list_has_the_last_word(tmp_path: Path) -> None:
    own = tmp_path / "words.txt"
    own.write_text("\ufeff# Ours\nBäh   # after a quarrel\n\n-bollocks\n- wog\n", encoding="utf-8")
    flags = Flags(own)
    assert flags.find("So a BAH to you", "gd") == Flag("word", "BAH")
    assert flags.find("bollocks and a wog", "en") is None
    assert flags.find("shit", "en")


def test_an_own_list_that_is_no_text_stops_nobody(tmp_path: Path) -> None:
    own = tmp_path / "words.txt"
    own.write_bytes(b"b\xe4h\nbother\n")
    assert Flags(own).find("bother", "en")
    assert Flags(tmp_path / "not there").find("bother", "en") is None


def status(room: Room, number: int) -> str:
    with reading(room.house.engine) as db:
        [card] = cards_where(db, room.session_id, contributions.c.number == number)
    return card.status


@pytest.fixture
async def careful(house: object) -> Room:
    return await Room.open(house, hold=Hold.FLAGGED, asks_names=True)  # type: ignore[arg-type]


async def test_a_flagged_card_waits_and_others_do_not(careful: Room) -> None:
    assert status(careful, await careful.post(text="Who pays?")) == "visible"
    number = await careful.post(text="Ring 0131 496 0123")
    assert status(careful, number) == "held"
    await careful.do(careful.organiser, "approve", contributions=[number])
    assert status(careful, number) == "visible"
    assert status(careful, await careful.post(text="Who pays?", name="Arsehole")) == "held"


async def test_a_card_that_is_edited_into_a_flagged_one_waits(careful: Room) -> None:
    author = careful.participant()
    number = await careful.post(author)
    await careful.do(author, "edit", number=number, text="Ask mairi@example.org")
    assert status(careful, number) == "held"


async def test_what_facilitators_write_does_not_wait(careful: Room) -> None:
    assert status(careful, await careful.post(careful.organiser, "Ring 0131 496 0123")) == "visible"


async def test_where_nothing_is_held_nothing_is_flagged(room: Room) -> None:
    assert status(room, await room.post(text="bollocks")) == "visible"


async def test_the_operators_own_words_hold_a_card_and_the_queue_says_why(settings: Settings) -> None:
    settings.own_words.write_text("bother\n", encoding="utf-8")
    async with live.start(settings) as house:
        room = await Room.open(house, hold=Hold.FLAGGED)
        assert status(room, await room.post(text="Oh bother")) == "held"
        with reading(house.engine) as db:
            live_session = session_by_id(db, room.session_id)
            assert live_session
            page = pages.queue(db, live_session, "en", house.flags)
            board = pages.board(db, live_session, "en")
            frame = update(db, live_session, Audience(Screen.QUEUE), 1, house.flags).message
    for queue in (page, str(frame)):
        assert "Flagged: contains a word on the list:" in queue
        assert "<bdi>bother</bdi>" in queue
    assert "bother" not in board


async def test_what_was_decided_no_longer_says_why(careful: Room) -> None:
    number = await careful.post(text="bollocks")
    await careful.do(careful.organiser, "hide", contributions=[number])
    with reading(careful.house.engine) as db:
        live_session = session_by_id(db, careful.session_id)
        assert live_session
        assert "Flagged:" not in pages.queue(db, live_session, "en")
