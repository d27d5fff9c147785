"""Every sentence people see is in the catalogues, and is said in the language of its reader.

The pseudo-language is English with every sentence of ours in ⟦…⟧. What stands outside of them, and
outside of what people said, was not translated.
"""

import ast
import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from symtable import SymbolTable, symtable
from typing import Any

import html5lib
import pytest
from babel.messages import Catalog
from babel.messages.catalog import Message
from starlette.testclient import TestClient

from app import locales, templating
from app.live import Live
from app.live.seam import Knock, NoSeat
from app.locales import Amount, _, gather, ngettext
from app.main import create_app
from app.passes import new_key
from app.settings import Settings
from tests.conftest import ROOT, SECRET, Room, Server
from tests.test_html import FRAGMENTS, PAGES, POSTED, furnish, get, post

APP = ROOT / "app"
READ_ALOUD = ("alt", "aria-label", "data-empty", "data-hint", "label", "placeholder", "title")
NAMES = re.compile(
    r"\bSheaf\b|\btestserver\S*|https?://\S+|\S+@example\.org|\b[A-Z]{1,4}\b|\d+ [A-Z][a-z]+ \d{4}"
)
"""What is not in the catalogues: our name, addresses, themes' letters, time zones, and dates, which
are written as their language does."""


# The pseudo-language


def in_brackets(words: Any) -> Any:
    return tuple(map(in_brackets, words)) if isinstance(words, tuple) else f"⟦{words}⟧"


def speak(folder: Path, language: str, say: Any) -> None:
    """Write the catalogue of a language in which every sentence is what `say` makes of it."""
    spoken = Catalog(locale=language)
    for message in gather.gathered():
        if message.id:
            spoken.add(message.id, say(message.id), context=message.context)
    (folder / f"{language}.po").write_bytes(gather.written(spoken))


def forget() -> None:
    for known in (locales.languages, locales.catalogue, locales.locale, locales.is_draft):
        known.cache_clear()
    templating.environment.cache_clear()
    templating._macros.cache_clear()
    templating.drawn_once.cache_clear()


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("locales")
    speak(folder, "en", in_brackets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locales, "CATALOGUES", folder)
        forget()
        yield
    forget()


@pytest.fixture(scope="module")
def client(
    pseudo: None, tmp_path_factory: pytest.TempPathFactory, empty_database: Path
) -> Iterator[TestClient]:
    """A facilitator's browser, and the server in this process, so that it speaks it too."""
    folder = tmp_path_factory.mktemp("pseudo")
    shutil.copy(empty_database, folder / "sheaf.db")
    settings = Settings(data_dir=folder, secret=SECRET, action_burst=10_000)
    with TestClient(create_app(settings), headers={"Origin": "http://testserver"}) as client:
        furnish(client, Server(folder))
        yield client


def foreign(words: str) -> list[str]:
    """The words that are neither in a sentence of ours nor somebody's own."""
    words = re.sub(r"⟦[^⟦⟧]*⟧", " ", re.sub(r"«[^»]*»", " ", words))
    return re.findall(r"[^\W\d_]+", NAMES.sub(" ", words))


def untranslated(client: TestClient, page: str) -> list[str]:
    code = client.headers["Sheaf-Test-Code"]
    page = page.replace(code, "").replace(f"{code[:4]} {code[4:]}", "")
    found = []
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for one in tree.iter():
        if one.tag in ("option", "button", "b") and one.get("lang"):
            one.text = ""  # Languages call themselves by their own names.
        if one.tag == "output" and "link" in one.get("class", ""):
            one.text = ""  # A link, a token or a secret is no word.
        if one.tag in ("script", "style"):
            said = json.loads(one.text) if one.get("id") == "words" else {}
            found += [word for sentence in said.values() for word in foreign(sentence)]
            one.text = ""
        found += [word for name in READ_ALOUD for word in foreign(one.get(name, ""))]
    return found + foreign(" ".join(tree.itertext()))


@pytest.mark.parametrize("path", [*PAGES.values(), *FRAGMENTS.values(), "/s/{code}/summary.md"])
def test_a_page_says_nothing_but_sentences_of_the_catalogue(client: TestClient, path: str) -> None:
    page = get(client, path)
    assert "⟦" in page or "«" in page
    assert untranslated(client, page) == []


@pytest.mark.parametrize("name", POSTED)
def test_what_is_answered_to_a_form_is_in_the_catalogue(client: TestClient, name: str) -> None:
    page = post(client, *POSTED[name])
    assert "⟦" in page
    assert untranslated(client, page) == []


@pytest.mark.parametrize("screen", ["phone", "board", "projector", "queue"])
def test_a_frame_says_nothing_but_sentences_of_the_catalogue(client: TestClient, screen: str) -> None:
    since = re.search(r'data-head="([^"]+)"', get(client, PAGES[screen]))
    assert since
    code = client.headers["Sheaf-Test-Code"]
    for said in (
        {"action": "create_theme"},
        {"action": "post", "text": "«This»", "kind": "idea"},
        {"action": "close_session"},
        {"action": "hide", "contributions": [7]},
    ):
        client.post(f"/s/{code}/actions", json={"key": new_key(), **said})
    frame = client.get(f"/s/{code}/updates?screen={screen}&since={since[1]}").json()
    assert "⟦" in frame["content"]
    assert untranslated(client, frame["content"]) == []
    for action in ("restore", "open_session"):
        about = {"contributions": [7]} if action == "restore" else {}
        client.post(f"/s/{code}/actions", json={"action": action, "key": new_key(), **about})


# What is refused


def test_a_form_that_is_refused_says_why_in_the_readers_language(client: TestClient) -> None:
    code = client.headers["Sheaf-Test-Code"]
    phone = client.post(f"/s/{code}", data={"key": new_key(), "text": "7" * 1501})
    assert "⟦This is 1,501 characters long. 500 is the most.⟧" in phone.text
    assert untranslated(client, phone.text.replace("7" * 1501, "")) == []
    board = client.post(f"/s/{code}/actions", data={"action": "unblank", "key": "short"})
    assert "⟦The key must be 16 to 64 letters" in board.text
    assert untranslated(client, board.text) == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"action": "hide", "contributions": [99]}, "⟦There is no card 99.⟧"),
        ({"action": "show", "theme": "Q"}, "⟦There is no theme Q.⟧"),
        ({"action": "undo", "seq": 9999}, "⟦There is no such change of yours to undo.⟧"),
        ({"action": "post", "text": " "}, "⟦Please write something first.⟧"),
        (
            {"action": "create_theme", "name": "x" * 121},
            "⟦This name is too long. 120 characters is the most.⟧",
        ),
        ({"action": "dance"}, "⟦Sheaf does not know this action.⟧"),
    ],
)
def test_a_receipt_says_why_in_the_readers_language(
    client: TestClient, message: dict[str, Any], reason: str
) -> None:
    code = client.headers["Sheaf-Test-Code"]
    message = {"key": new_key(), **message}
    assert client.post(f"/s/{code}/actions", json=message).json()["reason"] == reason
    assert client.post(f"/api/v1/sessions/{code}/actions", json=message).json()["reason"] == reason


def test_a_program_without_a_pass_is_told_so_in_the_readers_language(client: TestClient) -> None:
    with TestClient(client.app) as stranger:
        detail = stranger.get(f"/api/v1/sessions/{client.headers['Sheaf-Test-Code']}").json()["detail"]
    assert detail == "⟦Please open your link to this page first.⟧"


@pytest.mark.anyio
async def test_a_socket_says_why_in_the_readers_language(pseudo: None, house: Live, room: Room) -> None:
    path = f"/s/{room.code}/live"
    unknown = await house.door.admit(Knock(path, {"screen": "moon"}, {}, ("", 0)))
    assert isinstance(unknown, NoSeat)
    assert unknown.reason == "⟦There is no such screen.⟧"
    seat = await house.door.admit(Knock(path, {"screen": "projector"}, {}, ("", 0)))
    assert not isinstance(seat, NoSeat)
    replies: list[str] = []
    seat.received("{}", replies.append)
    assert json.loads(replies[0])["reason"] == "⟦Please open the session's link first.⟧"


# One language and another


@pytest.fixture
def polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Polish, of which only two sentences are known."""
    known = {
        "There is no card %(number)s.": "Nie ma karty %(number)s.",
        ("%(num)s card", "%(num)s cards"): ("%(num)s karta", "%(num)s karty", "%(num)s kart"),
    }
    speak(tmp_path, "pl", lambda words: known.get(words, ""))
    monkeypatch.setattr(locales, "CATALOGUES", tmp_path)
    forget()
    yield
    forget()


def test_one_sentence_is_said_in_the_language_of_each_reader(polish: None) -> None:
    sentence = _("There is no card %(number)s.", number=1234)
    assert sentence == sentence.said_in("en") == "There is no card 1234."
    assert sentence.said_in("pl") == sentence.said_in("pl-PL") == "Nie ma karty 1234."
    assert sentence.said_in("ar") == "There is no card 1234."


def test_numbers_and_their_nouns_follow_the_language(polish: None) -> None:
    said = [
        ngettext("%(num)s card", "%(num)s cards", number).said_in("pl") for number in (1, 2, 5, 22, 12345)
    ]
    assert said == ["1 karta", "2 karty", "5 kart", "22 karty", "12\xa0345 kart"]
    most = _("This name is too long. %(most)s characters is the most.", most=Amount(1200))
    assert most.said_in("en") == "This name is too long. 1,200 characters is the most."


def test_a_sentence_nobody_has_translated_is_said_in_english(polish: None) -> None:
    assert _("This card is your own.").said_in("pl") == "This card is your own."


def test_a_page_is_in_one_language_and_says_which(polish: None) -> None:
    page = templating.render("sorry.html", "pl-PL", sentence=_("There is no card %(number)s.", number=1))
    assert '<html lang="pl" dir="ltr">' in page
    assert "<h1>Nie ma karty 1.</h1>" in page
    assert "<h1>There is no card 1.</h1>" in templating.render(
        "sorry.html", "en", sentence=_("There is no card %(number)s.", number=1)
    )


def test_languages_call_themselves_by_their_own_names(polish: None) -> None:
    assert locales.languages() == {"en": "English", "pl": "polski"}


def test_english_and_gaelic_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for language in ("ar", "gd", "fr"):
        speak(tmp_path, language, in_brackets)
    monkeypatch.setattr(locales, "CATALOGUES", tmp_path)
    forget()
    assert list(locales.languages()) == ["en", "gd", "ar", "fr"]
    forget()


# The catalogues


def sentences() -> list[str]:
    ids = [message.id for message in gather.gathered() if message.id]
    return [one for id_ in ids for one in ((id_,) if isinstance(id_, str) else id_)]


def test_the_template_has_every_sentence_of_the_code() -> None:
    now = gather.written(gather.gathered(), omit_header=True)
    assert gather.TEMPLATE.read_bytes() == now, "Please run bin/words."


def test_our_sentences_are_short() -> None:
    parts = [part for words in sentences() for part in re.split(r"(?<=[.?!:;…])\s", words)]
    assert [part for part in parts if len(part.split()) > 15] == []


CATALOGUES = sorted(gather.CATALOGUES.glob("*.po"))
EACH = pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
FORMS = {"gd": 4, "pl": 3, "ar": 6, "ur": 2}


@EACH
def test_a_catalogue_fits_its_sentences(file: Path) -> None:
    """What it lacks is said in English, and counted by bin/words. What it says must fit."""
    catalogue = gather.read(file)
    assert list(catalogue.check()) == []
    assert [said for message in catalogue if message.id for said in misfits(message)] == []


def misfits(message: Message) -> Iterator[str]:
    ids, forms = (one if isinstance(one, tuple) else (one,) for one in (message.id, message.string))
    if not any(forms):
        return
    # How many it is may be a word: one, two. In a single form it must stand.
    optional = {"num"} if len(forms) > 1 else set()
    wanted = names_in(ids[-1])
    for said in forms:
        if not said or not wanted - optional <= names_in(said) <= wanted:
            yield f"{ids[0]}: {said}"


def names_in(sentence: str) -> set[str]:
    return {name or brace for name, brace in re.findall(r"%\((\w+)\)s|(\{\w*\})", sentence)}


@EACH
def test_a_catalogue_has_a_form_for_each_number(file: Path) -> None:
    catalogue = gather.read(file)
    assert catalogue.num_plurals == FORMS[file.stem]
    many = [message for message in catalogue if isinstance(message.id, tuple) and all(message.string)]
    assert {len(message.string) for message in many} == {FORMS[file.stem]}


def test_a_new_sentence_is_counted_and_breaks_nothing(
    polish: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "CATALOGUES", tmp_path)
    monkeypatch.setattr(gather, "TEMPLATE", tmp_path / "sheaf.pot")
    monkeypatch.setattr("sys.argv", ["words"])
    before = (tmp_path / "pl.po").read_bytes()
    gather.main()
    count = len(gather.gathered())
    assert f"| polski (`pl`) | yes | {count} | {count - 2} |" in capsys.readouterr().out
    assert (tmp_path / "pl.po").read_bytes() == before


def test_a_catalogue_just_begun_is_a_draft_that_lacks_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "CATALOGUES", tmp_path)
    for language, forms in (("pt-BR", 2), ("gd", 4)):
        file = tmp_path / f"{language}.po"
        gather.begin(language)
        gather.bring_up_to_date(file, gather.gathered())
        catalogue = gather.read(file)
        assert list(catalogue.check()) == []
        assert catalogue.num_plurals == forms
        assert gather.lacking(catalogue, gather.gathered()) == len(gather.gathered())
        assert locales.DRAFT in catalogue.header_comment


def test_every_draft_stands_in_the_docs() -> None:
    told = (ROOT / "docs/languages.md").read_text()
    assert [file.stem for file in CATALOGUES if f"(`{file.stem}`)" not in told] == []


# What no page of a test may happen to show


# The gallery is for developers, in English.
TEMPLATES = sorted({*APP.glob("templates/**/*.html")} - {*APP.glob("templates/gallery/*")})


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(APP / "templates")))
def test_a_template_has_no_sentence_outside_of_the_catalogue(file: Path) -> None:
    tokens = templating.environment("en").lex(file.read_text())
    bare = "".join(text if kind == "data" else "\0" for _line, kind, text in tokens)
    aloud = re.findall(rf'(?:{"|".join(READ_ALOUD)})="([^"]*)"', bare)
    seen = re.sub(r"<[^>]*>", " ", re.sub(r'[\w-]+="[^"]*"', " ", bare))
    assert foreign(unescape(seen)) == []
    assert [words for words in aloud if foreign(words)] == []


def modules() -> list[Path]:
    return sorted(APP.rglob("*.py"))


def test_nobody_is_told_a_bare_string() -> None:
    """Type checks see to Refused; this sees to every other exception, and to answers."""
    told = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in modules()
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in TELLING
        if any(isinstance(one, ast.JoinedStr) or _is_sentence(one) for one in call.args)
    ]
    assert told == []


TELLING = ("Refused", "ValueError", "HTTPException", "NoSeat", "Receipt")


def _is_sentence(one: ast.expr) -> bool:
    return isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value


def test_the_mark_of_a_sentence_is_not_hidden() -> None:
    """A function that says `for _ in …` has a `_` of its own, and can't mark a sentence with it."""
    hidden = [
        f"{file.relative_to(ROOT)}: {scope.get_name()}"
        for file in modules()
        for scope in scopes(symtable(file.read_text(), file.name, "exec"))
        if scope.get_type() == "function" and "_" in scope.get_identifiers()
        if scope.lookup("_").is_local() and scope.lookup("_").is_referenced()
    ]
    assert hidden == []


def scopes(scope: SymbolTable) -> Iterator[SymbolTable]:
    yield scope
    for inside in scope.get_children():
        yield from scopes(inside)


def test_scripts_have_no_sentences_of_their_own() -> None:
    bare = [
        f"{file.name}: {said}"
        for file in sorted(APP.glob("static/js/*.js"))
        for said in re.findall(r"""["'`]([A-Z][^"'`\n]* [^"'`\n]*)["'`]""", file.read_text())
    ]
    assert bare == []
