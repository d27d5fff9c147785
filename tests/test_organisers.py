"""Organisers sign up with a link, sign in, and see and make sessions of their own."""

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest
from sqlalchemy import inspect, select
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from app.database import connect as open_database
from app.database import reading
from app.live.clock import _Clock
from app.models import accounts, sessions
from app.moments import now
from app.queries.sessions import session_by_id
from tests.conftest import Room, Server

PASSWORD = "a long and secret one"
Browser = Callable[[], httpx2.Client]
SHEET = {"title": "What next?", "language": "en", "hold": "off"}


@pytest.fixture
def arrive(shared_server: Server) -> Iterator[Browser]:
    with ExitStack() as open_browsers:
        ours = {"base_url": shared_server.url, "headers": {"Origin": shared_server.url}}
        yield lambda: open_browsers.enter_context(httpx2.Client(follow_redirects=True, **ours))


@pytest.fixture
def email() -> str:
    return f"ailsa-{secrets.token_hex(4)}@example.org"


@pytest.fixture
def ailsa(shared_server: Server, arrive: Browser, email: str) -> httpx2.Client:
    """An organiser who has signed up."""
    return signed_up(shared_server, arrive(), email)


def signed_up(server: Server, someone: httpx2.Client, email: str, password: str = PASSWORD) -> httpx2.Client:
    someone.get(server.sign_up_link())
    page = someone.post("/sign-up", data={"name": "Ailsa", "email": email, "password": password})
    assert page.url.path == "/sessions", page.text
    return someone


def sign_in(someone: httpx2.Client, email: str, password: str = PASSWORD, to: str = "") -> httpx2.Response:
    return someone.post("/sign-in", data={"email": email, "password": password, "to": to})


def make(someone: httpx2.Client, **said: str) -> str:
    """A new session's code."""
    page = someone.post("/sessions/new", data=SHEET | said)
    assert page.url.path.endswith("/about"), page.text
    return str(page.url.path).split("/")[2]


def socket(server: Server, someone: httpx2.Client, code: str, screen: str) -> ClientConnection:
    cookie = "; ".join(f"{name}={value}" for name, value in someone.cookies.items())
    address = f"{server.url.replace('http', 'ws', 1)}/s/{code}/live?screen={screen}"
    return connect(address, origin=Origin(server.url), additional_headers={"Cookie": cookie})


def last_words(of: ClientConnection) -> tuple[int, str]:
    try:
        for _frame in of:
            pass
    except ConnectionClosed:
        pass
    return of.close_code or 0, of.close_reason or ""


def test_the_first_organiser_comes_by_the_link_that_the_server_prints(
    server: Server, arrive: Browser
) -> None:
    assert server.process is not None
    assert server.process.stdout is not None
    link = server.process.stdout.readline().split()[-1]
    with httpx2.Client(base_url=server.url, headers={"Origin": server.url}, follow_redirects=True) as first:
        page = first.get(link)
        assert "sign-up/" not in str(page.url)
        first.post("/sign-up", data={"name": "Ailsa", "email": "a@example.org", "password": PASSWORD})
        assert first.get("/sessions").status_code == 200
    server.stop()
    server.start()
    assert server.process.stdout is not None
    server.stop()
    assert "sign-up" not in server.log()


def test_a_sign_up_link_works_once(shared_server: Server, arrive: Browser) -> None:
    printed = shared_server.run("organiser").stdout.strip()
    link = printed.replace("http://localhost:8000", shared_server.url)
    one, other = arrive(), arrive()
    one.get(link)
    other.get(link)
    said = {"name": "Ailsa", "email": "once@example.org", "password": PASSWORD}
    assert one.post("/sign-up", data=said).url.path == "/sessions"
    assert other.post("/sign-up", data=said | {"email": "twice@example.org"}).status_code == 404
    assert other.get(link).status_code == 404


def test_an_accent_in_a_password_is_the_same_from_every_device(
    shared_server: Server, arrive: Browser, email: str
) -> None:
    said = "an t-Òban mòr", unicodedata.normalize("NFD", "an t-Òban mòr")
    signed_up(shared_server, arrive(), email, said[0])
    for password in said:
        assert arrive().post("/sign-in", data={"email": email, "password": password}).url.path == "/sessions"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": "nobody"}, "Please write your email address"),
        ({"name": " "}, "Please write your name."),
        ({"password": "short"}, "at least 10 characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    shared_server: Server, arrive: Browser, wrong: dict[str, str], sentence: str
) -> None:
    someone = arrive()
    someone.get(shared_server.sign_up_link())
    said = {"name": "Ailsa B", "email": "kept@example.org", "password": PASSWORD} | wrong
    page = someone.post("/sign-up", data=said)
    assert page.status_code == 422
    assert sentence in page.text
    assert said["name"].strip() in page.text
    assert said["email"] in page.text
    assert PASSWORD not in page.text


def test_a_password_is_kept_as_an_argon2_hash(shared_server: Server, ailsa: httpx2.Client) -> None:
    engine = open_database(shared_server.database)
    with reading(engine) as db:
        kept = [*db.scalars(select(accounts.c.password))]
    engine.dispose()
    assert kept
    assert all(password.startswith("$argon2id$") for password in kept)


def test_signing_in_asks_for_the_right_password(ailsa: httpx2.Client, email: str) -> None:
    ailsa.post("/sign-out")
    assert ailsa.get("/sessions").url.path == "/sign-in"
    for wrong in (sign_in(ailsa, email, "another long one"), sign_in(ailsa, "nobody@example.org")):
        assert wrong.status_code == 422
        assert "do not belong together" in wrong.text
    assert sign_in(ailsa, email.upper()).url.path == "/sessions"


def test_guessing_is_slowed(ailsa: httpx2.Client) -> None:
    answers = [sign_in(ailsa, email, "a wrong password").status_code for _ in range(12)]
    assert answers[-1] == 429


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example/s/", "/\\evil.example"])
def test_signing_in_goes_nowhere_else(ailsa: httpx2.Client, to: str, email: str) -> None:
    assert sign_in(ailsa, email, to=to).url.path == "/sessions"


def test_looking_again_and_again_is_slowed(ailsa: httpx2.Client) -> None:
    looked = [ailsa.get("/sessions?q=pay").status_code for _nth in range(30)]
    assert looked == [200] * 30
    while ailsa.get("/sessions?q=pay").status_code != 429:
        pass  # one more is allowed every two seconds, and they may have taken longer
    assert ailsa.get("/sessions").status_code == 200


def test_signing_out_closes_open_screens(shared_server: Server, ailsa: httpx2.Client) -> None:
    code = make(ailsa)
    with socket(shared_server, ailsa, code, "board") as board:
        ailsa.post("/sign-out")
        assert last_words(board)[0] == 4403
    assert ailsa.get(f"/s/{code}/board").status_code == 401


def test_signing_out_on_one_device_leaves_the_other(
    ailsa: httpx2.Client, arrive: Browser, email: str
) -> None:
    code, other = make(ailsa), arrive()
    sign_in(other, email)
    assert other.get(f"/sessions/{code}").url.path == f"/s/{code}/board"
    ailsa.post("/sign-out")
    assert other.get(f"/s/{code}/board").status_code == 200


def test_a_new_password_ends_every_sign_in(
    shared_server: Server, ailsa: httpx2.Client, arrive: Browser, email: str
) -> None:
    printed = shared_server.run("organiser", "--reset", email).stdout.strip()
    again = arrive()
    page = again.get(printed.replace("http://localhost:8000", shared_server.url))
    assert email in page.text
    again.post("/sign-up", data={"password": "quite another one"})
    assert again.get("/sessions").url.path == "/sessions"
    assert ailsa.get("/sessions").url.path == "/sign-in"
    assert sign_in(ailsa, email).status_code == 422
    assert sign_in(ailsa, email, "quite another one").url.path == "/sessions"


def test_organisers_see_their_own_sessions_only(
    shared_server: Server, ailsa: httpx2.Client, arrive: Browser
) -> None:
    other = signed_up(shared_server, arrive(), "other@example.org")
    code = make(ailsa, title="Ailsa’s own")
    assert "Ailsa’s own" in ailsa.get("/sessions").text
    assert "Ailsa’s own" not in other.get("/sessions").text
    for theirs in (f"/sessions/{code}", f"/sessions/new?from={code}"):
        assert other.get(theirs).status_code == 404
    assert other.get(f"/s/{code}/about").status_code == 401


def test_another_organiser_is_invited(shared_server: Server, ailsa: httpx2.Client, arrive: Browser) -> None:
    found = re.search(r'class="link">([^<]+)<', ailsa.post("/sessions/invite").text)
    assert found
    someone = arrive()
    someone.get(found[1])
    said = {"name": "Mairi", "email": "mairi@example.org", "password": PASSWORD}
    assert someone.post("/sign-up", data=said).url.path == "/sessions"


def test_a_session_is_all_that_the_sheet_says(ailsa: httpx2.Client, arrive: Browser) -> None:
    code = make(
        ailsa,
        title="What next?",
        purpose="To plan the year",
        runs_it="The network",
        notice="We keep this until March.",
        prompts="Who pays?\n\nWho decides?",
        themes="Pay\nPower",
        kept_until="2030-03-01",
        closes_at="2030-01-01T10:00",
    )
    phone = arrive().get(f"/j/{code}").text
    said = ("The network", "We keep this until March.", "Who pays?", "Who decides?", "Pay", "Power")
    for words in (*said, "1 March 2030"):
        assert words in phone


def test_who_has_spoken_finds_the_notice_folded(ailsa: httpx2.Client, arrive: Browser) -> None:
    code, someone = make(ailsa, notice="We keep this."), arrive()
    assert '<details id="notice" class="notice" open>' in someone.get(f"/j/{code}").text
    after = someone.post(f"/s/{code}", data={"text": "Who pays?"}).text
    assert '<details id="notice" class="notice">' in after


def test_a_session_starts_from_the_example_or_from_a_past_one(ailsa: httpx2.Client) -> None:
    assert "Renumeration" in ailsa.get("/sessions/new?from=coproduction").text
    code = make(ailsa, title="Last year", prompts="Who pays?", themes="Pay", runs_it="The network")
    sheet = ailsa.get(f"/sessions/new?from={code}").text
    for words in ("Last year", "Who pays?", "Pay", "The network"):
        assert words in sheet


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": " "}, "Please say what the session is called."),
        ({"opens_at": "2030-01-02T10:00", "closes_at": "2030-01-01T10:00"}, "It must close after it opens."),
        ({"closes_at": "soon"}, "A date is missing"),
        ({"prompts": "x" * 300}, "too long"),
    ],
)
def test_a_sheet_that_is_refused_stays_filled_in(
    ailsa: httpx2.Client, wrong: dict[str, str], sentence: str
) -> None:
    page = ailsa.post("/sessions/new", data=SHEET | {"purpose": "To plan the year"} | wrong)
    assert page.status_code == 422
    assert sentence in page.text
    assert "To plan the year" in page.text


def test_an_organiser_says_it_anew_and_phones_follow(
    shared_server: Server, ailsa: httpx2.Client, arrive: Browser
) -> None:
    code, someone = make(ailsa), arrive()
    someone.get(f"/j/{code}")
    ailsa.get(f"/sessions/{code}?to=about")
    with socket(shared_server, someone, code, "phone") as phone:
        page = ailsa.post(f"/s/{code}/about", data=SHEET | {"title": "What now?"})
        assert "Saved." in page.text
        assert any('"anew": true' in str(frame) for frame in phone)
    assert "What now?" in someone.get(f"/s/{code}").text


def test_only_an_organiser_says_it_anew(ailsa: httpx2.Client, arrive: Browser) -> None:
    code, someone = make(ailsa), arrive()
    someone.get(f"/j/{code}")
    assert someone.get(f"/s/{code}/about").status_code == 403
    assert someone.post(f"/s/{code}/about", data=SHEET).status_code == 403


def move_time(server: Server, code: str, **times: int) -> None:
    engine = open_database(server.database)
    with engine.execution_options(sheaf_writes=True).begin() as db:
        db.execute(sessions.update().where(sessions.c.code == code).values(**times))
    engine.dispose()


def test_a_session_opens_and_closes_by_itself(
    shared_server: Server, ailsa: httpx2.Client, arrive: Browser
) -> None:
    code, someone = make(ailsa, opens_at="2040-01-01T10:00", closes_at="2040-01-02T10:00"), arrive()
    page = someone.get(f"/j/{code}").text
    assert "The session opens on 1 January 2040" in page
    assert someone.post(f"/s/{code}", data={"text": "Early"}).status_code == 422
    with socket(shared_server, someone, code, "phone") as phone:
        move_time(shared_server, code, opens_at=now() - 1)
        assert any('<p id=\\"state\\"></p>' in str(frame).replace("\\n", "") for frame in phone)
        assert someone.post(f"/s/{code}", data={"text": "In time"}).status_code == 200
        move_time(shared_server, code, closes_at=now() - 1)
        assert any("The session is closed." in str(frame) for frame in phone)


@pytest.mark.anyio
async def test_a_time_that_is_set_once_more_counts_once_more(room: Room) -> None:
    clock = _Clock(room.house.engine, room.house.writer, room.house.ledger)
    for _ in range(2):
        await room.do(room.organiser, "open_session")
        await room.do(room.organiser, "change_session", closes_at=1)
        await clock._open_and_close()
        with reading(room.house.engine) as db:
            live_session = session_by_id(db, room.session_id)
        assert live_session is not None
        assert (live_session.is_open, live_session.closes_at) == (False, None)


def test_a_session_whose_time_has_passed_is_deleted_whole(server: Server) -> None:
    links = server.new()
    ours = {"base_url": server.url, "headers": {"Origin": server.url}}
    with httpx2.Client(follow_redirects=True, **ours) as someone:
        someone.get(links["join"])
        someone.post(links["phone"], data={"text": "Planted words"})
        move_time(server, links["code"], kept_until=1)
        server.stop()
        server.start()
        engine = open_database(server.database)
        with socket(server, someone, links["code"], "phone") as phone:
            assert last_words(phone)[0] in (4404, 4410)
        with reading(engine) as db:
            for table in set(inspect(db).get_table_names()) - {"alembic_version", "sign_up", "server_secret"}:
                assert db.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar() == 0, table
        engine.dispose()
    server.stop()
    assert all(b"Planted" not in file.read_bytes() for file in server.data_dir.glob("sheaf.db*"))


def test_a_facilitator_with_an_account_keeps_a_session(
    shared_server: Server, ailsa: httpx2.Client, arrive: Browser
) -> None:
    links = shared_server.new(title="Kept by Ailsa")
    ailsa.get(links["board"])
    assert "Keep it among your sessions" in ailsa.get(f"/s/{links['code']}/board/session").text
    assert "Kept by Ailsa" in ailsa.post(f"/sessions/{links['code']}/keep").text
    ailsa.cookies.delete(f"sheaf-{links['code']}")
    assert ailsa.get(f"/sessions/{links['code']}").url.path == f"/s/{links['code']}/board"


def test_a_participant_keeps_nothing(shared_server: Server, ailsa: httpx2.Client) -> None:
    links = shared_server.new()
    ailsa.get(links["join"])
    assert ailsa.post(f"/sessions/{links['code']}/keep").status_code == 403
