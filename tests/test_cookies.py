"""Cookies are for our own pages only, and a new right is a new cookie."""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.database import reading, writing
from app.main import create_app
from app.models import Role, invitations
from app.passes import Signer
from app.settings import Settings
from tests.conftest import SECRET
from tests.every_route import HERE, WAYS, Place, Way

FAR = "https://sheaf.example"


@pytest.fixture(params=[HERE, FAR], ids=["http", "https"])
def place(request: Any, settings: Settings) -> Iterator[Place]:
    settings.public_url = request.param
    app = create_app(settings)
    with TestClient(app, base_url=request.param, follow_redirects=False) as client:
        stage = Place(settings, client)
        yield stage
        stage.engine.dispose()


def given(answer: Any) -> SimpleCookie:
    cookies = SimpleCookie()
    for said in answer.headers.get_list("set-cookie"):
        cookies.load(said)
    return cookies


def home(place: Place) -> dict[str, str | None]:
    return {"Origin": str(place.client.base_url).rstrip("/")}


def test_every_cookie_is_bound_as_tightly_as_the_address_allows(place: Place) -> None:
    is_far = str(place.client.base_url).startswith(FAR)
    seen = set()
    for way in WAYS:
        for who in place.cookies:
            path = way.filled(code=place.code, secret=place.invitation, suffix="json")
            answer = place.ask(way, who, path, headers=home(place), data={"language": "pl", "text": "Hello"})
            for name, cookie in given(answer).items():
                seen.add(name.removeprefix("__Host-").removeprefix("sheaf-"))
                assert (bool(cookie["secure"]), cookie["httponly"], cookie["path"]) == (is_far, True, "/")
                assert cookie["samesite"].lower() == "lax"
                assert cookie["domain"] == ""
                assert name.startswith("__Host-") == is_far
    assert {place.code, f"{place.code}-shared", "account", "language"} <= seen


def test_a_cookie_is_taken_back_as_it_was_given(place: Place) -> None:
    """A browser refuses a `__Host-` cookie that is not secure, also one that is to delete another."""
    out = place.ask(Way("POST", "/sign-out"), "organiser", headers=home(place))
    [(name, cookie)] = given(out).items()
    assert name.endswith("sheaf-account")
    assert (cookie.value, cookie["max-age"]) == ("", "0")


def holder(place: Place, answer: Any) -> Any:
    signer = Signer(SECRET, str(place.client.base_url).startswith("https"))
    return signer.holder(given(answer)[signer.cookie_name(place.code)].value)


def test_another_role_is_another_pass(place: Place) -> None:
    before = Signer(SECRET, https=False).holder(next(iter(place.cookies["participant"].values())))
    assert before is not None
    invited = place.ask(Way("GET", "/i/{secret}"), "participant", f"/i/{place.invitation}")
    after = holder(place, invited)
    assert (invited.status_code, after.invitation_id > 0) == (303, True)
    assert after.actor_id != before.actor_id
    assert place.invitation not in str(invited.headers["location"])
    entered = place.ask(Way("GET", "/sessions/{code}"), "organiser")
    assert holder(place, entered).right == place.organiser.right
    assert holder(place, entered).actor_id == place.organiser.actor_id


def test_nobody_brings_the_sign_in_that_they_get(place: Place) -> None:
    """A pass or sign-in that was made elsewhere, and not signed here, is none."""
    signer = Signer("a guess, of 32 characters and more", str(place.client.base_url).startswith("https"))
    place.cookies["stranger"] = {
        signer.sign_in_cookie: signer.sign_in_token("fixed"),
        signer.cookie_name(place.code): signer.token(place.organiser),
    }
    assert place.ask(Way("GET", "/sessions")).status_code == 303
    assert place.ask(Way("GET", "/s/{code}/board")).status_code == 401
    assert holder(place, place.ask(Way("GET", "/s/{code}"))).actor_id != place.organiser.actor_id


def test_a_link_has_more_than_128_random_bits_and_only_its_digest_is_kept(place: Place) -> None:
    assert len(place.invitation) * 6 >= 192
    assert len(place.sign_up) * 6 >= 192
    assert place.invitation not in str(place.everything())
    with writing(place.engine) as db:
        db.execute(invitations.update().where(invitations.c.role == Role.ORGANISER).values(revoked_at=1))
    assert place.ask(Way("GET", "/i/{secret}"), path=f"/i/{place.invitation}").status_code == 404
    with reading(place.engine) as db:
        assert db.exec_driver_sql("SELECT count(*) FROM invitation").scalar() == 2


@pytest.mark.parametrize("host", ["evil.example", "localhost:99999", "[", "a b", "", "x" * 2_000, "évil"])
def test_a_made_up_host_is_no_fault_and_is_in_no_link(place: Place, host: str) -> None:
    if not str(place.client.base_url).startswith(FAR):
        return
    said = {"Host": host.encode("latin-1")}
    ends = "", "/", "/projector", "/board/"
    for path in ("/", "/sign-in", f"/j/{place.code}", *(f"/s/{place.code}{end}" for end in ends)):
        answer = place.ask(Way("GET", path), headers=said)
        assert answer.status_code < 500
        assert not host.strip() or host not in answer.text + answer.headers.get("location", "")


@pytest.mark.parametrize("path", ["/sign-in/?to=/s/CDFG", "//sign-in//?to=/s/CDFG"])
def test_a_slash_too_many_leads_to_our_own_page(place: Place, path: str) -> None:
    answer = place.ask(Way("GET", "/sign-in"), path=f"{place.client.base_url}{path}")
    assert (answer.status_code, answer.headers["location"]) == (307, "/sign-in?to=/s/CDFG")


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/s\\..//evil",
        "javascript:x",
        "/s/\r\nX: 1",
    ],
)
def test_whoever_signs_in_stays_here(place: Place, to: str) -> None:
    page = place.ask(Way("GET", "/sign-in"), path="/sign-in", params={"to": to})
    assert page.status_code == 200
    assert "\r\nX" not in str(page.headers)
    answer = place.ask(Way("GET", "/i/{secret}"), path=f"/i/{place.invitation}", params={"to": to})
    assert answer.headers["location"] == f"/s/{place.code}/board"
    answer = place.ask(Way("GET", "/sessions/{code}"), "organiser", params={"to": to})
    assert answer.headers["location"] == f"/s/{place.code}/board"
