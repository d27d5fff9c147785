"""Paper cards and lists from elsewhere come in with equal weight, line by line."""

from pathlib import Path
from typing import Any

import pytest

from app.database import connect, reading
from app.queries.cards import cards_where
from app.queries.sessions import session_by_code
from app.queries.themes import all_themes
from app.settings import Settings
from tests.conftest import Command

pytestmark = pytest.mark.every_database


@pytest.fixture
def code(command: Command) -> str:
    made = command("new", "What next?", "--prompt", "First?", "--prompt", "Second?", "--theme", "Pay")
    return made.out.splitlines()[0].removeprefix("Code").replace(" ", "")


def bring(command: Command, tmp_path: Path, code: str, content: str | bytes) -> Any:
    file = tmp_path / "cards.txt"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return command("import", code, str(file))


@pytest.fixture
def board(settings: Settings, code: str) -> Any:
    engine = connect(settings.address_of_database)

    def read() -> tuple[list[Any], dict[str, str]]:
        with reading(engine) as db:
            live_session = session_by_code(db, code)
            assert live_session is not None
            themes = {row.letter: row.name for row in all_themes(db, live_session.id)}
            return cards_where(db, live_session.id), themes

    yield read
    engine.dispose()


def test_a_line_is_a_card(command: Command, tmp_path: Path, code: str, board: Any) -> None:
    ran = bring(command, tmp_path, code, '\ufeffWho pays?\r\n\r\n  Listen, more \n"Quoted", she said\n')
    assert (ran.status, ran.out, ran.err) == (0, "", "3 contributions added.\n")
    assert [card.text for card in board()[0]] == ["Who pays?", "Listen, more", '"Quoted", she said']
    assert {card.carrier for card in board()[0]} == {"import"}


def test_standard_input_is_a_file_too(command: Command, code: str, board: Any) -> None:
    assert command("import", code.lower(), "-", given="Cò tha a’ pàigheadh?\n".encode()).status == 0
    assert [card.text for card in board()[0]] == ["Cò tha a’ pàigheadh?"]


def test_csv_says_kind_prompt_and_theme(command: Command, tmp_path: Path, code: str, board: Any) -> None:
    content = (
        "\ufeffTheme,Text,Kind,Prompt,Table\r\n"
        'pay,"Who pays, and\nwhen?",Question,1,7\r\n'
        'Trust,"She said ""no""",,,\r\n'
        "trust,Time,idea,2,\r\n"
        ",,,,\r\n"
        "A,Under a letter,,,\r\n"
    )
    ran = bring(command, tmp_path, code, content)
    assert (ran.status, ran.err) == (0, "4 contributions added.\n")
    found, themes = board()
    assert themes == {"A": "Pay", "B": "Trust"}
    said = [(card.text, card.kind, card.prompt, [place for place, _ in card.places]) for card in found]
    assert said == [
        ("Who pays, and\nwhen?", "question", 1, ["A"]),
        ('She said "no"', None, 2, ["B"]),
        ("Time", "idea", 2, ["B"]),
        ("Under a letter", None, 2, ["A"]),
    ]


def test_a_bad_line_costs_only_itself(command: Command, tmp_path: Path, code: str, board: Any) -> None:
    content = f"kind,text,prompt\n,First,\nrant,Second,\n,{'x' * 501},\n,\u200b,\n,No such prompt,9\n,Last,\n"
    ran = bring(command, tmp_path, code, content)
    assert ran.status == 1
    assert ran.err.splitlines() == [
        "Line 3 was left out: The field “kind” is not right.",
        "Line 4 was left out: This is 501 characters long. 500 is the most.",
        "Line 5 was left out: Please write something first.",
        "Line 6 was left out: There is no prompt 9.",
        "2 contributions added.",
    ]
    assert [card.text for card in board()[0]] == ["First", "Last"]


def test_a_line_of_csv_is_counted_where_it_begins(
    command: Command, tmp_path: Path, code: str, board: Any
) -> None:
    ran = bring(command, tmp_path, code, 'text,kind\n"one\ntwo\nthree",\nbad,rant\n')
    assert ran.err.splitlines()[0].startswith("Line 5 was left out")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"caf\xe9\n", "This file is not UTF-8 text."),
        (b"PK\x03\x04\xff\xfe", "This file is not UTF-8 text."),
        (b"x" * (5 * 1024 * 1024 + 1), "This file is too large. 5 MB is the most."),
    ],
)
def test_what_is_no_text_is_refused(
    command: Command, tmp_path: Path, code: str, board: Any, content: bytes, sentence: str
) -> None:
    ran = bring(command, tmp_path, code, content)
    assert (ran.status, ran.out, ran.err) == (1, "", f"{sentence}\n")
    assert board()[0] == []


@pytest.mark.parametrize(
    "content", ["x" * 200_000, '"' + "x" * 200_000, 'text\n"' + "x" * 200_000, 'text\n"open', "text\n\x00,\n"]
)
def test_a_strange_file_is_reported_in_plain_lines(
    command: Command, tmp_path: Path, code: str, board: Any, content: str
) -> None:
    ran = bring(command, tmp_path, code, content)
    assert ran.status in (0, 1)
    assert "Traceback" not in ran.err
    assert len(ran.err.splitlines()) <= 2
