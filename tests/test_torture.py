"""Anything people can type is kept as it is, shown as text, or refused with one clear line."""

import json
import re
from types import SimpleNamespace
from typing import Any

import html5lib
import httpx2
import pytest
import regex
from pydantic import ValidationError

from app import words
from app.database import reading
from app.forms import reading as reading_forms
from app.forms.reading import Refused, parse
from app.passes import new_key
from app.screens import Screen
from app.summaries import WRITERS, build
from tests.conftest import NOW, ROOT, Room, Server
from tests.screens import Viewer, tree

FAMILY = "👨‍👩‍👧‍👦"

KEPT = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "closing": "</textarea></li></script><!-- ]]>",
    "template": "{{7*7}} {% raw %} ${7*7} %(num)s %s {0}",
    "sql": "Robert'); DROP TABLE contribution;--",
    "formula": '=HYPERLINK("http://evil.example","Click")',
    "markdown": "[link](javascript:alert(1)) **bold** `code`",
    "entity": "&lt;b&gt; &amp;amp; &#x27;",
    "scunthorpe": "Scunthorpe",
    "unbroken": "x" * 500,
    "lines": "One\nTwo\n\nThree",
    "emoji": FAMILY * 500,
    "flags": "🏴󠁧󠁢󠁳󠁣󠁴󠁿🇪🇺👍🏽❤️",
    "arabic": "من يدفع النفقات؟",
    "hebrew": "מי משלם?",
    "urdu": "کون ادا کرتا ہے؟",
    "persian": "می‌خواهم",
    "hindi": "क्षत्रिय",
    "chinese": "谁来支付费用",
    "gaelic": "Cò tha a’ pàigheadh?",
    "polish": "Zażółć gęślą jaźń",
    "marks": "q" + "\u0301" * 20 + "nd",
    "backslash": "C:\\new\\u0041 \\",
    "json": '{"action": "post"}',
}
CHANGED = {
    "composed": ("e\u0301", "é"),
    "bidi": ("safe\u202egnp.exe\u2066!\u2069", "safegnp.exe!"),
    "NUL": ("a\x00b", "ab"),
    "controls": ("a\x01\x08\x0b\x1b[31m\x7f\x9fb", "a[31mb"),
    "nonsense": ("a\ufffe\uffffb", "ab"),
    "windows": ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
    "edges": ("\n\n  said \t\n", "said"),
    "gaps": ("one\n\n\n\n\ntwo", "one\n\ntwo"),
}
BLANK = "Please write something first."
REFUSED = {
    "empty": ("", BLANK),
    "spaces": (" \n\t ", BLANK),
    "unseen": ("\u200b\u2060\ufe0f", BLANK),
    "overrides": ("\u202e\u2066", BLANK),
    "long": ("x" * 5000, "This is 5,000 characters long. 500 is the most."),
    "arabic": ("م" * 5000, "This is 5,000 characters long. 500 is the most."),
    "hand in hand": ("👨\u200d" * 1_000, "This is 1,970 characters long. 500 is the most."),
    "stacked": ("Z" + "\u0335" * 40, "This has too many marks on one letter. Please take some away."),
}


def cases(table: dict[str, Any]) -> Any:
    return [pytest.param(value, id=name) for name, value in table.items()]


# The rules


@pytest.mark.parametrize("text", cases(KEPT))
def test_what_people_write_is_kept_as_it_is(text: str) -> None:
    assert words.clean(text) == text


@pytest.mark.parametrize(("text", "kept"), [pytest.param(*pair, id=name) for name, pair in CHANGED.items()])
def test_what_cannot_be_shown_is_left_out(text: str, kept: str) -> None:
    assert words.clean(text) == kept
    assert words.clean(kept) == kept


def test_a_length_is_what_a_reader_counts() -> None:
    assert [words.length(text) for text in ("abc", FAMILY * 3, "e\u0301\u0302", "🇪🇺", "क्षि", "")] == [
        3,
        3,
        1,
        1,
        1,
        0,
    ]


KISS = "👩🏽‍❤️‍💋‍👨🏿"
TAGGED = "🏴󠁧󠁢󠁳󠁣󠁴󠁿"


@pytest.mark.parametrize("one", [FAMILY, KISS, TAGGED, "कार्त्स्न्य", "각", "Z" + "\u0335" * 30], ids=ascii)
def test_what_is_put_together_counts_as_before(one: str) -> None:
    assert words.length(one * 40) == 40 * len(regex.findall(r"\X", one))


@pytest.mark.parametrize(
    "link", ["👨\u200d", "\u1100", "क\u094d", "\u200d", "\U000e0061", "\U0001f3fd"], ids=ascii
)
def test_no_chain_of_characters_passes_for_one(link: str) -> None:
    """A thousand people who hold hands are a thousand on the big screen, or bytes that nobody sees."""
    chain = "x" + link * 1_000
    assert len(regex.findall(r"\X", chain)) <= 2
    assert words.length(chain) > 900


def test_a_name_is_one_line_of_120_characters_at_most() -> None:
    message = {"action": "rename_theme", "key": new_key(), "theme": "A"}
    assert parse(message | {"name": " Fair\n pay "}).name == "Fair pay"
    assert parse(message | {"name": FAMILY * 120}).name == FAMILY * 120
    with pytest.raises(Refused, match=r"^This name is too long\. 120 characters is the most\.$"):
        parse(message | {"name": "x" * 121})


FLAG = "\U0001f1ea\U0001f1fa"


def test_marks_without_end_are_not_put_in_order_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """30,000 of them take three seconds, in which nobody else is heard."""
    monkeypatch.setattr(words, "unicodedata", None)
    with pytest.raises(ValueError, match="too many marks"):
        words.clean("q" + "\u0323\u0307" * 15_000)


def test_a_row_of_flags_is_counted_pair_by_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts characters looks back over the whole row at each of them."""
    assert [words.length(FLAG * n) for n in (1, 2, 7_000)] == [1, 2, 7_000]
    cases = (FLAG[0] * 3, f"{FLAG[0]}\u0301{FLAG[1]}", f"a{FLAG}b{FLAG[0]}", f"{FLAG}\u200d{FLAG}\u0301")
    assert [words.length(text) for text in cases] == [len(regex.findall(r"\X", text)) for text in cases]
    looked_at: list[str] = []
    finding = SimpleNamespace(findall=lambda _what, text: looked_at.append(text) or [])
    with monkeypatch.context() as patched:
        patched.setattr(words, "regex", finding)
        words.length(FLAG * 7_000)
    assert not regex.search("[\U0001f1e6-\U0001f1ff]{2}", looked_at[0])


@pytest.mark.parametrize(
    "message",
    [
        {"action": "place", "theme": "A", "contributions": ["x"] * 12_000},
        {"action": "open_vote", "question": "What?", "themes": ["?"] * 12_000},
        {"action": "hide", "contributions": [1], "wordings": ["x"] * 12_000},
        {"action": "vote", "vote": 1, "dots": {f"A{nth}": "x" for nth in range(6_000)}},
    ],
)
def test_of_a_thousand_faults_the_first_is_enough(message: Any) -> None:
    with pytest.raises(ValidationError) as faults:
        reading_forms._forms.validate_python({"key": new_key(), **message})
    assert faults.value.error_count() == 1


# On every screen and in every document


@pytest.mark.anyio
async def test_every_screen_and_document_shows_it_as_text(house: Any) -> None:
    texts = list(KEPT.values())
    names = [text for text in texts if words.length(text) <= 120 and "\n" not in text]
    room = await Room.open(house, title=KEPT["script"], prompts=names[:12], themes=names)
    before = {screen: viewer(room, screen) for screen in Screen}
    with reading(house.engine) as db:
        start = before[Screen.PHONE].fresh(db).cursor
    numbers = [await room.post(room.organiser, text) for text in texts]
    await room.do(room.organiser, "place", contributions=numbers[::2], theme="A")
    await room.do(room.organiser, "place", contributions=numbers[1::4], theme="lone")
    with reading(house.engine) as db:
        live_session = before[Screen.PHONE].live_session(db)
        document = build(db, live_session, NOW)
        html = WRITERS["html"].write(document).decode()
        said = json.loads(WRITERS["json"].write(document))
        open_to_all = [one for screen, one in before.items() if screen not in (Screen.QUEUE, Screen.CONCERNS)]
        pages = [one._page(db, live_session, True) for one in open_to_all if one.screen != Screen.JSON]
        frames = [one.frame(db, start)[0] for one in open_to_all]
        program = before[Screen.JSON].fresh(db)
    await room.do(room.organiser, "hide", contributions=numbers)
    with reading(house.engine) as db:
        pages.append(before[Screen.QUEUE].load(db))
        frames.append(before[Screen.QUEUE].frame(db, start)[0])
    for page in [*pages, html]:
        shown = texts_of(page)
        assert [text for text in texts if text not in shown] == []
    for frame in frames:
        message = json.loads(frame)
        if "content" in message:
            shown = [node for node in tree(message["content"]).walk() if "voice" in classes(node)]
            assert {"".join(node.children) for node in shown} >= set(texts)
        else:
            assert {one["text"] for one in message["touched"]["contributions"]} == set(texts)
    assert [card["text"] for card in program.contributions.values()] == texts
    sections = [*said["themes"], said["lone"], said["unsorted"]]
    assert {voice["text"] for section in sections for voice in section["voices"]} == set(texts)


def viewer(room: Room, screen: Screen) -> Viewer:
    sorts = screen in (Screen.BOARD, Screen.QUEUE)
    return Viewer(screen, room.organiser if sorts else room.participant())


def classes(node: Any) -> list[str]:
    return str(node.attributes.get("class", "")).split()


PLAYER = (ROOT / "app/static/js/making.js").read_text()


def texts_of(page: str) -> set[str]:
    """The texts of a page as a browser reads it, and that nothing in them became an element."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    inline = [one for one in document.iter("script") if "src" not in one.attrib and one.get("id") != "words"]
    assert {one.text for one in inline} <= {PLAYER}, "a file carries the time-lapse, and no other script"
    assert not [one for one in document.iter() if any(str(name).startswith("on") for name in one.attrib)]
    assert not list(document.iter("img"))
    return {"".join(one.itertext()) for one in document.iter() if isinstance(one.tag, str)}


# Through the carriers


@pytest.mark.parametrize("pair", cases(REFUSED))
def test_what_is_refused_stays_in_the_box(shared_server: Server, pair: tuple[str, str]) -> None:
    text, reason = pair
    address = shared_server.new()["phone"]
    answer = httpx2.post(address, data={"key": new_key(), "text": text})
    document = html5lib.parse(answer.text, namespaceHTMLElements=False)
    assert answer.status_code == 422
    assert document.find(".//p[@id='refused']").text == reason
    assert (document.find(".//textarea").text or "") == text
    assert len(reason.split()) <= 15


@pytest.mark.parametrize(
    "text", ["\n" + "x" * 501, "</textarea>" * 60, "\r\n\r\n&amp;" + "y" * 501, "\tx" * 400]
)
def test_the_box_holds_exactly_what_was_written(shared_server: Server, text: str) -> None:
    answer = httpx2.post(shared_server.new()["phone"], data={"key": new_key(), "text": text})
    document = html5lib.parse(answer.text, namespaceHTMLElements=False)
    assert document.find(".//textarea").text == text.replace("\r\n", "\n")


@pytest.mark.parametrize("text", cases(KEPT | {name: pair[0] for name, pair in CHANGED.items()}))
def test_the_plain_form_and_the_api_keep_the_same(shared_server: Server, text: str) -> None:
    made = shared_server.new()
    bearer = {"Authorization": f"Bearer {made['facilitator_token']}"}
    api = f"{shared_server.url}/api/v1/sessions/{made['code']}"
    form = httpx2.post(made["phone"], data={"key": new_key(), "text": text})
    assert form.headers["location"].endswith("?saved=1"), form.text
    said = {"action": "post", "key": new_key(), "text": text}
    assert httpx2.post(f"{api}/actions", json=said, headers=bearer).json()["status"] == "saved"
    kept = [card["text"] for card in httpx2.get(api, headers=bearer).json()["contributions"]]
    assert kept == [words.clean(text)] * 2


def test_a_form_that_is_no_form_is_refused_without_a_fault(shared_server: Server) -> None:
    address = shared_server.new()["phone"]
    as_form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"text=%ff%fe&key=" + b"k" * 16, b"text=%00&key=" + b"k" * 16, b"\xff\xfe", b"", b"&&&=&"):
        assert httpx2.post(address, content=body, headers=as_form).status_code in (303, 400, 422)
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert httpx2.post(address, content=b"--y", headers=broken).status_code in (400, 422)


def test_words_in_an_address_are_only_text(shared_server: Server) -> None:
    page = httpx2.get(f"{shared_server.url}/", params={"code": '"><script>alert(1)</script>'})
    assert page.status_code == 404
    assert not re.search("<script>", page.text)
