"""What holds for every route there is: whoever adds one is held to it too."""

import itertools
import json
import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient

from app import passwords
from app.main import create_app
from app.openid.metadata import Metadata
from app.openid.provider import Provider
from app.passes import Errand, Signer, new_key
from app.settings import Settings
from tests.conftest import SECRET
from tests.every_route import HERE, READS, STATE, WAYS, WRITES, Place, Way

NASTY = ("\x00", "\ud800", "1" * 30, "../../etc/passwd", "a\r\nSet-Cookie: x=1")
NASTIER = (
    *("", " ", "a\x00b", "0", "-1", "9" * 5000, "1e9", "NaN", "\u0661", "9999999999", "2147483648"),
    *("..%2f..%2fetc%2fpasswd", "/etc/passwd", "\\", "%00", "%", "%ff", "%c0%ae", "1-" * 500),
    *("'; DROP TABLE wording;--", "{{7*7}}", "<script>", "é" * 200, "x" * 3000),
)


NOBODY = "http://127.0.0.1:9"
ELSEWHERE = Metadata(NOBODY, f"{NOBODY}/authorize", f"{NOBODY}/token", f"{NOBODY}/keys", "", (), False)
"""A provider that has said what it is, and since then answers nobody."""


@pytest.fixture
def place(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Where organisers may sign in with an account elsewhere, too."""

    async def elsewhere(_self: Provider) -> Metadata:
        return ELSEWHERE

    monkeypatch.setattr(Provider, "metadata", elsewhere)
    client = {"oidc_client_id": "sheaf", "oidc_client_secret": "a secret of theirs"}
    app = create_app(settings.model_copy(update={"public_url": HERE, "oidc_issuer": NOBODY, **client}))
    with TestClient(app, base_url=HERE, follow_redirects=False, raise_server_exceptions=False) as client:
        stage = Place(settings, client)
        yield stage
        stage.engine.dispose()


@pytest.fixture
def played(place: Place) -> Place:
    """With a card of each fate."""
    for text in ("Who pays?", "Who decides?", "Too loud"):
        place.act("post", text=text)
    place.act("place", contributions=[1], theme="A")
    place.act("hide", contributions=[3])
    place.act("open_vote", question="What first?", themes=["A", "B"])
    return place


def named(ways: list[Way]) -> list[Any]:
    return [pytest.param(way, id=f"{way.method} {way.path}") for way in ways]


def test_the_walk_finds_them() -> None:
    assert {Way("POST", "/s/{code}/actions"), Way("POST", "/"), Way("GET", "/r/{link}")} <= set(WAYS)
    assert len(WAYS) > 60


# Writing


FOREIGN: list[dict[str, str | None]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": f"{HERE}.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "https://localhost"},
    {"Origin": "http://["},
    {"Origin": "http://localhost:port"},
    {"Origin": None, "Referer": "https://evil.example/http://localhost/"},
    {"Origin": None, "Referer": "http://localhost@evil.example/"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
]


def test_no_page_of_somebody_elses_writes_anything(place: Place) -> None:
    before = place.everything()
    for way, said in itertools.product(WRITES, FOREIGN):
        for who in ("stranger", "organiser"):
            answer = place.ask(way, who, headers=said, data={"text": "Planted"})
            assert (answer.status_code, answer.text) == (403, "This page is not ours."), (way, said)
    assert place.everything() == before


def test_whoever_brings_a_cookie_says_where_they_come_from(place: Place) -> None:
    before = place.everything()
    for way in WRITES:
        assert place.ask(way, "organiser", headers={"Origin": None}).status_code == 403, way
        vague = {"Origin": None, "Sec-Fetch-Site": "same-site"}
        assert place.ask(way, "organiser", headers=vague).status_code == 403, way
    assert place.everything() == before


def test_a_page_of_ours_may_write(place: Place) -> None:
    for way, said in itertools.product(WRITES, ({}, {"Origin": None, "Sec-Fetch-Site": "same-origin"})):
        assert "not ours" not in place.ask(way, headers=said).text, way


# Reading


def test_reading_changes_nothing(played: Place) -> None:
    before = played.everything()
    asked = {"restricted": "1", "screen": "board", "before": "9", "code": played.code, "shared": "1"}
    for way, who in itertools.product(READS, played.cookies):
        if "gallery" not in way.path:
            assert played.ask(way, who, params=asked).status_code < 500, way
    assert played.everything() == before


def test_nothing_but_get_reads(played: Place) -> None:
    """A link or a picture of somebody else's page does nothing: what writes answers no GET."""
    only = {way.path for way in WRITES} - {way.path for way in READS}
    for path in only:
        assert played.ask(Way("GET", path), "organiser").status_code in (404, 405), path


# Every answer


def test_every_answer_is_dressed(played: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [played.ask(way, who) for way in WAYS for who in ("stranger", "organiser")]
    answers.append(played.ask(Way("GET", "/nothing")))
    answers.append(played.ask(Way("GET", "/static/nothing")))
    answers.append(played.ask(Way("PUT", "/")))
    answers.append(played.ask(Way("POST", "/"), content=b"x" * 200_000))
    answers.append(played.ask(Way("POST", "/"), headers={"Origin": "null"}))
    monkeypatch.setattr("app.routes.join.render", _broken)
    answers.append(played.ask(Way("GET", "/")))
    assert {answer.status_code for answer in answers} >= {200, 303, 401, 403, 404, 405, 413, 422, 500}
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"


def test_no_browser_keeps_what_is_shown_this_once_or_in_private_or_to_organisers_alone(
    played: Place,
) -> None:
    here = f"/s/{played.code}"
    asked = {
        f"{here}/people": {"role": "scribe"},
        f"{here}/programs": {"scope": "read", "label": "Captions"},
        f"{here}/webhooks": {"address": "https://unknown.invalid/"},
        "/sessions/invite": {"so": "be it"},
    }
    answers = [played.ask(Way("POST", path), "organiser", path, data=data) for path, data in asked.items()]
    restricted = f"{here}/summary.json?restricted=1"
    for path in (restricted, f"{here}/concerns"):
        answers.append(played.ask(Way("GET", path), "organiser", path))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


def test_no_answer_with_anybodys_own_is_for_others(played: Place) -> None:
    """A proxy or browser may keep what is the same for everybody, which is what is in `static` alone."""
    for way, who in itertools.product(WAYS, ("participant", "organiser")):
        kept = played.ask(way, who).headers["cache-control"]
        assert "no-store" in kept or {"private", "no-cache"} <= {*kept.split(", ")}, (way, who, kept)


def test_what_fails_says_nothing_about_how(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.routes.join.render", _broken)
    caplog.set_level(logging.DEBUG)
    for said, kind in ((place.ask(Way("GET", "/")), "text/html"),):
        assert said.status_code == 500
        assert said.headers["content-type"].startswith(kind)
        assert "a secret of ours" not in said.text
        assert "Traceback" not in said.text


def _broken(*_said: object, **_more: object) -> str:
    raise ZeroDivisionError("a secret of ours")


def test_every_cookie_is_for_our_own_eyes(played: Place) -> None:
    for way, who in itertools.product(WAYS, played.cookies):
        for said in played.ask(way, who).headers.get_list("set-cookie"):
            parts = {part.strip().lower() for part in said.split(";")}
            assert {"httponly", "samesite=lax", "path=/"} <= parts, (way, said)
            assert not [part for part in parts if part.startswith("domain")]


# Whatever is sent


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try takes a tenth of a second of a core, which says nothing here."""
    monkeypatch.setattr(passwords, "_hashes", PasswordHash((Argon2Hasher(1, 8, 1),)))
    passwords._nobodys.cache_clear()


@pytest.mark.usefixtures("quick_passwords")
@pytest.mark.every_database
def test_nothing_that_can_be_sent_is_a_fault(played: Place) -> None:
    assert faults(played, NASTY) == []


@pytest.mark.parametrize("what", ["code", "iss", "error", "error_description"])
def test_nothing_that_is_brought_back_from_a_provider_is_a_fault(place: Place, what: str) -> None:
    signer = Signer(SECRET, https=False)
    for nth, nasty in enumerate((*NASTY, *NASTIER)):
        state, quoted = f"{STATE} {nth}", quote(nasty, safe="", errors="surrogatepass")[:4000]
        place.cookies["stranger"] = {signer.errand_cookie: signer.errand_token(Errand(state))}
        back = f"/sign-in/back?state={quote(state)}&{what}={quoted}"
        answer = place.ask(Way("GET", "/sign-in/back"), "stranger", back)
        assert (answer.status_code, "set-cookie" in answer.headers) == (422, True), nasty
        assert "sheaf-account" not in str(answer.headers)
        assert 'name="password"' in answer.text


@pytest.mark.long
@pytest.mark.usefixtures("quick_passwords")
@pytest.mark.every_database
def test_nothing_worse_is_a_fault(played: Place) -> None:
    assert faults(played, NASTIER) == []


def faults(place: Place, texts: Iterable[str]) -> list[Any]:
    found = []
    for way, nasty in itertools.product(WAYS, texts):
        for what, answer in _tries(place, way, nasty):
            if answer.status_code >= 500:
                found.append((what, way, nasty[:40], answer.status_code))
    assert place.ask(Way("GET", "/readyz")).status_code == 200
    return found


def _tries(place: Place, way: Way, nasty: str) -> Iterator[tuple[str, Any]]:
    """A nasty text in each place that a request has for one."""
    quoted = quote(nasty, safe="", errors="surrogatepass")[:4000]
    names = re.findall(r"\{(\w+)", way.path)
    wild = way.filled(**dict.fromkeys(names, quoted or "%20"))
    yield "path", place.ask(way, "organiser", wild)
    inside = way.filled(**dict.fromkeys(names, quoted or "%20") | {"code": place.code})
    yield "path inside", place.ask(way, "organiser", inside)
    asked = ("code", "to", "from", "screen", "since", "before", "language", "saved", "restricted", "shared")
    asked += ("state", "iss", "error")
    query = "&".join(f"{name}={quoted}" for name in asked)
    yield "query", place.ask(way, "organiser", f"{place.usual(way)}?{query}")
    if way.method == "GET":
        return
    fields = (*asked, "text", "key", "email", "name", "password", "role", "label", "table", "prompt", "part")
    fields += ("purpose", "offer")
    form = "&".join(f"{name}={quoted}" for name in fields)
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    for who in ("stranger", "organiser"):
        yield f"form of a {who}", place.ask(way, who, content=form, headers=typed)
    as_json = {"Content-Type": "application/json"}
    acts = f"action=post&key={new_key()}&{'&'.join(f'{one}={quoted}' for one in ('text', 'name', 'prompt'))}"
    yield "action", place.ask(way, "organiser", content=acts, headers=typed)
    for said in (nasty, {"action": nasty}, {"action": "post", "key": new_key(), "text": nasty, nasty: 1}):
        yield "json", place.ask(way, "organiser", content=json.dumps(said), headers=as_json)
    number = {"seconds": nasty, "action": "agree", "key": new_key(), "number": 10**40}
    yield "number", place.ask(way, "organiser", content=json.dumps(number), headers=as_json)
