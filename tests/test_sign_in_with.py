"""Organisers sign in with an account that they have at a real provider: Sheaf and it are two servers,
and a browser goes from one to the other."""

import asyncio
import html
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import func, select

from app import checking
from app.actions.accounts import invite_organiser
from app.database import connect, reading, writing
from app.forms.reading import Refused
from app.models import accounts, identities, sign_ins
from app.moments import now
from app.openid.provider import BACK, Provider
from app.passes import Handshake
from app.settings import Settings
from tests import provider
from tests.conftest import Lend, Server
from tests.every_route import everything
from tests.ports import kept_for
from tests.test_organisers import PASSWORD

STALE = "That was begun elsewhere, or too long ago. Please start again."
BUTTON = "Sign in with The Network"
TOKEN = re.compile(r"eyJ[\w-]+\.eyJ")
"""A JSON Web Token. Its first three letters alone stand in random ones too: hashes of passwords."""
Elsewhere = Callable[[], "Browser"]


@pytest.fixture(scope="session")
def sheaf(tmp_path_factory: pytest.TempPathFactory, lend: Lend) -> Iterator[Server]:
    """A Sheaf that knows the provider."""
    port, folder = kept_for(tmp_path_factory), tmp_path_factory.mktemp("sheaf")
    here = f"http://localhost:{port}"
    elsewhere = provider.Process(tmp_path_factory.mktemp("provider"), kept_for(tmp_path_factory), here + BACK)
    known = {
        "SHEAF_PUBLIC_URL": here,
        "SHEAF_OIDC_ISSUER": elsewhere.issuer,
        "SHEAF_OIDC_CLIENT_ID": provider.CLIENT_ID,
        "SHEAF_OIDC_CLIENT_SECRET": provider.CLIENT_SECRET,
        "SHEAF_OIDC_NAME": "The Network",
        "SHEAF_OIDC_DOMAINS": "strath.example, other.example",
    }
    with lend(folder) as database:
        server = Server(folder, database, **known)
        server.port = port
        server.start()
        server.url = here
        elsewhere.wait_until_there()
        yield server
        server.stop()
        elsewhere.stop()


class Browser:
    """Somebody's browser: it sends forms as one does, and has cookies of each place."""

    def __init__(self, sheaf: Server) -> None:
        self.sheaf = sheaf
        self.client = httpx2.Client(follow_redirects=True)
        self.way_back = ""

    def get(self, path: str) -> httpx2.Response:
        return self.client.get(self.sheaf.url + path)

    def post(self, path: str, **said: str) -> httpx2.Response:
        return self.client.post(self.sheaf.url + path, data=said, headers={"Origin": self.sheaf.url})

    def set_out(self, **said: str) -> httpx2.Response:
        """Press the button, and be led on to the provider's page."""
        page = self.post("/sign-in/with", **said)
        assert page.status_code == 200, page.text
        return self.client.get(page.headers["Refresh"].partition("url=")[2])

    def be(self, who: str, page: httpx2.Response) -> httpx2.Response:
        """Give name and password there. The page that asks for consent."""
        return self._fill_in(page, username=who, password=provider.PASSWORD)

    def consent(self, page: httpx2.Response, **said: str) -> httpx2.Response:
        """Agree or not, and come back with the answer."""
        self.client.follow_redirects = False
        answer = self._fill_in(page, **said)
        self.client.follow_redirects = True
        self.way_back = answer.headers["Location"]
        assert self.way_back.startswith(self.sheaf.url + BACK), self.way_back
        return self.client.get(self.way_back)

    def sign_in(self, who: str, **said: str) -> httpx2.Response:
        """All of it."""
        return self.consent(self.be(who, self.set_out(**said)), allow="Authorize")

    def agree(self, page: httpx2.Response) -> httpx2.Response:
        """Link the account here with the one there that the page shows."""
        return self.post("/sessions/link", **dict(re.findall(r'name="(offer)" value="([^"]*)"', page.text)))

    def _fill_in(self, page: httpx2.Response, **said: str) -> httpx2.Response:
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', page.text))
        given = {name: html.unescape(value) for name, value in hidden.items()}
        return self.client.post(page.url, data=given | said, headers={"Referer": str(page.url)})

    @property
    def is_in(self) -> bool:
        return bool(self.get("/sessions").url.path == "/sessions")


@pytest.fixture
def arrive(sheaf: Server) -> Iterator[Elsewhere]:
    with ExitStack() as opened:

        def one() -> Browser:
            browser = Browser(sheaf)
            opened.callback(browser.client.close)
            return browser

        yield one


def rows(sheaf: Server, statement: Any) -> Any:
    engine = connect(sheaf.database)
    with reading(engine) as db:
        found = db.execute(statement).all()
    engine.dispose()
    return found


def link(sheaf: Server, account_id: int | None = None) -> str:
    """The path of a link to sign up, or to set a password anew."""
    engine = connect(sheaf.database)
    with writing(engine) as db:
        secret = invite_organiser(db, now(), account_id)
    engine.dispose()
    return f"/sign-up/{secret}"


def signed_up(browser: "Browser", email: str) -> "Browser":
    """Somebody who has signed up with a password."""
    browser.get(link(browser.sheaf))
    page = browser.post("/sign-up", name="Somebody", email=email, password=PASSWORD)
    assert page.url.path == "/sessions", page.text
    return browser


def test_whoever_was_invited_signs_up_and_in_with_an_account_elsewhere(
    sheaf: Server, arrive: Elsewhere
) -> None:
    newcomer, invitation = arrive(), link(sheaf)
    assert "Sign up with The Network" in newcomer.get(invitation).text
    page = newcomer.sign_in("newcomer", purpose="sign-up")
    assert (page.status_code, page.url.path) == (200, "/sessions"), page.text
    assert "<bdi>Newcomer</bdi>" in page.text
    assert "code=" not in str(page.url)
    newcomer.post("/sign-out")
    assert not newcomer.is_in
    again = arrive().sign_in("newcomer", to="/sessions/new")
    assert again.url.path == "/sessions/new"
    assert arrive().get(invitation).status_code == 404
    them = select(func.count()).where(accounts.c.email == "newcomer@elsewhere.example")
    assert rows(sheaf, them) == [(1,)]


def test_the_cookie_is_the_same_as_by_a_password_and_new_each_time(sheaf: Server, arrive: Elsewhere) -> None:
    browser, seen = arrive(), []
    for _ in range(2):
        page = browser.sign_in("ailsa")
        [answer] = [one for one in page.history if urlsplit(str(one.url)).path == BACK]
        given = answer.headers.get_list("set-cookie")
        [mine] = [one for one in given if one.startswith("sheaf-account=")]
        assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=2592000"} <= {*mine.split("; ")}
        [errand] = [one for one in given if one.startswith("sheaf-errand=")]
        assert "Max-Age=0" in errand
        seen.append(mine.partition(";")[0])
        browser.client.cookies.clear()
    assert seen[0] != seen[1]


def test_only_a_checked_address_of_the_domain_lets_somebody_in_without_a_link(
    sheaf: Server, arrive: Elsewhere
) -> None:
    assert arrive().sign_in("mairi").url.path == "/sessions"
    for who in ("unsure", "far"):
        stranger = arrive()
        page = stranger.sign_in(who)
        assert page.status_code == 422
        assert "You have no account here yet. Please ask an organiser for a link." in page.text
        assert not stranger.is_in


def test_an_address_alone_opens_no_account_and_linking_does(sheaf: Server, arrive: Elsewhere) -> None:
    iain = signed_up(arrive(), "iain@strath.example")
    thief = arrive()
    page = thief.sign_in("iain")
    assert "Your address has an account here. Sign in with its password" in page.text
    assert not thief.is_in
    page = iain.agree(iain.sign_in("iain", purpose="link"))
    assert page.url.path == "/sessions", page.text
    assert "Your account there opens your account here." in page.text
    assert arrive().sign_in("iain").url.path == "/sessions"
    iain.post("/sessions/unlink")
    assert "Please ask" not in arrive().sign_in("iain").text
    assert not rows(
        sheaf, select(identities).where(identities.c.account_id == _id(sheaf, "iain@strath.example"))
    )
    page = arrive().post("/sign-in", email="iain@strath.example", password=PASSWORD)
    assert page.url.path == "/sessions"


def _id(sheaf: Server, email: str) -> int:
    return int(rows(sheaf, select(accounts.c.id).where(accounts.c.email == email))[0][0])


def test_whoever_links_is_shown_who_they_are_there_and_nothing_is_linked_before(
    sheaf: Server, arrive: Elsewhere
) -> None:
    """They may be signed in there as somebody else, whom another page has signed in."""
    owner, other = signed_up(arrive(), "owner@example.org"), arrive()
    other.sign_in("ailsa")
    page = owner.sign_in("linker", purpose="link")
    assert "<b>linker@elsewhere.example</b>" in page.text
    whose = select(identities).where(identities.c.account_id == _id(sheaf, "owner@example.org"))
    assert rows(sheaf, whose) == []
    for answer in (other.agree(page), owner.post("/sessions/link", offer="made up")):
        assert (answer.status_code, STALE in answer.text) == (422, True)
    assert rows(sheaf, whose) == []
    assert owner.agree(page).url.path == "/sessions"
    assert len(rows(sheaf, whose)) == 1
    assert arrive().agree(page).url.path == "/sign-in"
    assert arrive().post("/sign-in/with", purpose="link").url.path == "/sign-in"


def test_an_account_elsewhere_opens_one_account_here(sheaf: Server, arrive: Elsewhere) -> None:
    arrive().sign_in("ailsa")
    other = signed_up(arrive(), "other@example.org")
    page = other.agree(other.sign_in("ailsa", purpose="link"))
    assert page.status_code == 422
    assert "That sign-in opens another account here already." in page.text


def test_a_new_password_by_link_ends_the_way_through_the_provider(sheaf: Server, arrive: Elsewhere) -> None:
    browser = arrive()
    assert browser.sign_in("mairi").url.path == "/sessions"
    assert "Use the password alone" not in browser.get("/sessions").text
    reset = link(sheaf, _id(sheaf, "mairi@strath.example"))
    assert "Sign up with" not in browser.get(reset).text
    assert browser.post("/sign-up", password=PASSWORD).url.path == "/sessions"
    assert "has an account here" in arrive().sign_in("mairi").text


def test_an_account_without_a_password_is_opened_by_none(sheaf: Server, arrive: Elsewhere) -> None:
    arrive().sign_in("ailsa")
    for password in ("", PASSWORD, "no hash"):
        page = arrive().post("/sign-in", email="ailsa@strath.example", password=password)
        assert "do not belong together" in page.text


def test_consent_that_is_refused_is_one_sentence(sheaf: Server, arrive: Elsewhere) -> None:
    browser = arrive()
    page = browser.consent(browser.be("far", browser.set_out(to="/sessions/new")))
    assert "error=access_denied" in browser.way_back
    assert "You did not sign in with The Network. Nothing has changed here." in page.text
    assert_password_way(page, "/sessions/new")


def assert_password_way(page: httpx2.Response, to: str = "") -> None:
    assert page.status_code >= 400
    assert 'name="password"' in page.text
    assert BUTTON in page.text
    assert f'name="to" value="{to}"' in page.text


def test_a_way_back_is_good_once_and_in_one_browser(sheaf: Server, arrive: Elsewhere) -> None:
    browser, other = arrive(), arrive()
    page = browser.be("ailsa", browser.set_out())
    kept = dict(browser.client.cookies)["sheaf-errand"]
    browser.client.follow_redirects = False
    way_back = browser._fill_in(page, allow="Authorize").headers["Location"]
    assert STALE in other.client.get(way_back).text
    other.set_out()
    foreign = other.client.get(way_back)
    assert STALE in foreign.text
    assert_password_way(foreign)
    assert browser.client.get(way_back).status_code == 303
    browser.client.cookies.clear()
    browser.client.cookies.set("sheaf-errand", kept, domain="localhost.local")
    replayed = browser.client.get(way_back, headers={"Cookie": f"sheaf-errand={kept}"})
    assert (replayed.status_code, STALE in replayed.text) == (422, True)
    assert not other.is_in


@pytest.mark.parametrize("changed", ["state", "iss", "code"])
def test_a_way_back_that_was_changed_leads_nowhere(sheaf: Server, arrive: Elsewhere, changed: str) -> None:
    browser = arrive()
    page = browser.be("ailsa", browser.set_out())
    browser.client.follow_redirects = False
    way_back = httpx2.URL(browser._fill_in(page, allow="Authorize").headers["Location"])
    answer = browser.client.get(way_back.copy_set_param(changed, "https://evil.example"))
    assert answer.status_code == 422
    assert "sheaf-account" not in str(answer.headers)


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_whoever_comes_back_stays_here(sheaf: Server, arrive: Elsewhere, to: str) -> None:
    assert str(arrive().sign_in("ailsa", to=to).url) == f"{sheaf.url}/sessions"


def test_a_code_is_of_no_use_to_whoever_did_not_ask_for_it(sheaf: Server, arrive: Elsewhere) -> None:
    """It holds to the challenge that it was given for: the real provider looks."""
    browser = arrive()
    page = browser.be("ailsa", browser.set_out())
    browser.client.follow_redirects = False
    brought = dict(httpx2.URL(browser._fill_in(page, allow="Authorize").headers["Location"]).params)
    stolen = Handshake(brought["state"], "a nonce", 43 * "x")
    with pytest.raises(Refused, match="That was begun elsewhere"):
        asyncio.run(Provider(settings_of(sheaf)).person(stolen, brought))


def settings_of(sheaf: Server) -> Settings:
    given = {name.removeprefix("SHEAF_").lower(): value for name, value in sheaf.environment.items()}
    return Settings(**cast(Any, given))


def test_no_other_page_sends_anybody_to_the_provider(sheaf: Server, arrive: Elsewhere) -> None:
    browser = arrive()
    answer = browser.client.post(f"{sheaf.url}/sign-in/with", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert browser.get("/sign-in/with").status_code == 405


def test_what_is_asked_of_the_provider(sheaf: Server, arrive: Elsewhere) -> None:
    page = arrive().post("/sign-in/with")
    asked = parse_qs(urlsplit(page.headers["Refresh"].partition("url=")[2]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert asked["response_type"] == ["code"]
    assert len(asked["state"][0]) >= 32
    assert len(asked["nonce"][0]) >= 32
    assert asked["redirect_uri"] == [sheaf.url + BACK]
    assert "'unsafe" not in page.headers["content-security-policy"]


def test_no_log_has_a_token_or_a_code(sheaf: Server, arrive: Elsewhere) -> None:
    browser = arrive()
    browser.sign_in("ailsa")
    brought = parse_qs(urlsplit(browser.way_back).query)
    [(sign_in_id,)] = rows(sheaf, select(sign_ins.c.id).order_by(sign_ins.c.expires_at.desc()).limit(1))
    secrets = (brought["code"][0], brought["state"][0], sign_in_id, provider.CLIENT_SECRET, "@")
    assert [one for one in secrets if one in sheaf.log()] == []
    assert not TOKEN.search(sheaf.log())


def test_nothing_of_what_went_to_and_fro_is_in_the_database(sheaf: Server, arrive: Elsewhere) -> None:
    """Who somebody is there, and no more: no code, state, token or secret."""
    browser = arrive()
    linked = signed_up(arrive(), "kept@example.org")
    linked.agree(linked.sign_in("kept", purpose="link"))
    browser.sign_in("kept")
    brought = parse_qs(urlsplit(browser.way_back).query)
    engine = connect(sheaf.database)
    kept = str(everything(engine))
    engine.dispose()
    secrets = (brought["code"][0], brought["state"][0], provider.CLIENT_SECRET)
    assert [one for one in secrets if one in kept] == []
    assert not TOKEN.search(kept)
    assert "kept@elsewhere.example" not in kept


def test_check_asks_the_provider(sheaf: Server) -> None:
    found = checking.of_provider(settings_of(sheaf))
    sentence = "The provider of SHEAF_OIDC_ISSUER answers, and calls itself by that name."
    assert [*found] == [(True, sentence)]


@pytest.mark.browser
def test_a_browser_is_led_there_and_back(page: Any, sheaf: Server) -> None:
    """Past our own policy, by which forms go nowhere but here."""
    page.set_default_timeout(60_000)
    page.goto(f"{sheaf.url}/sign-in?to=/sessions/new")
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_label("Username").fill("browser")
    page.get_by_label("Password").fill(provider.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(f"{sheaf.url}/sessions/new")
    assert page.get_by_role("heading", level=1).inner_text() == "New session"
    page.go_back()
    assert "/sign-in/with" not in page.url
