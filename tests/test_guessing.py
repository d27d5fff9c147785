"""Codes that can be read aloud are not found by trying, and those who try keep nobody out."""

import random
import re
from collections.abc import Iterator
from math import log2

import httpx2
import pytest
from starlette.testclient import TestClient

from app.database import writing
from app.live import limits
from app.live.guesses import KNOWN, Guesses
from app.live.limits import Limits
from app.live.pace import REMEMBERED, Pace, Tries
from app.main import create_app
from app.network import Proxies, place_of
from app.passes import CODE_LETTERS, new_actor, new_code
from app.roles import Pass
from app.settings import Settings
from tests.conftest import Server
from tests.every_route import HERE, Place, Way

A_DAY = 24 * 3600


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(limits.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


class Hall:
    """Live sessions, and who may be told of them."""

    def __init__(self, sessions: int) -> None:
        self.codes = {new_code() for _ in range(sessions)}
        self.guesses = Guesses()
        self.looked_at = 0

    def tries(self, code: str, there: str, *, is_in: bool = False) -> bool | None:
        """Whether the code is right; None where that is not said."""
        is_right = code in self.codes
        if not self.guesses.may_be_told(code, there, is_right, is_in=is_in and is_right):
            return None
        self.looked_at += 1
        return is_right


def guess(chance: random.Random) -> str:
    return "".join(chance.choices(CODE_LETTERS, k=8))


# The arithmetic


def test_a_code_is_said_in_eight_letters_that_cannot_be_mistaken() -> None:
    assert len(set(CODE_LETTERS)) == len(CODE_LETTERS) == 24
    assert not set("0O1IL5S8BUAE") & set(CODE_LETTERS)
    assert re.fullmatch(f"[{CODE_LETTERS}]{{8}}", new_code())
    assert log2(len(CODE_LETTERS) ** 8) > 36.6


def test_one_place_finds_a_session_in_a_day_with_a_chance_of_one_in_two_thousand() -> None:
    looked_at = 300 + A_DAY / 2
    assert looked_at * 1_000 / len(CODE_LETTERS) ** 8 < 1 / 2_000


def test_a_million_guesses_are_no_more_than_one_in_a_hundred_to_find_one_even_if_all_were_looked_at() -> None:
    assert 1_000_000 * 1_000 / len(CODE_LETTERS) ** 8 < 1 / 100


# The guesser


def attack(hall: Hall, clock: Clock, guesses: int, places: int) -> int:
    """How many sessions are found by so many guesses, a thousand a second."""
    chance, found = random.Random(6455), 0
    for nth in range(guesses):
        clock.now += 0.001
        found += hall.tries(guess(chance), f"place {nth % places}") is True
    return found


def test_guesses_from_one_place_find_none(clock: Clock) -> None:
    hall = Hall(1_000)
    assert attack(hall, clock, 50_000, places=1) == 0
    assert hall.looked_at <= most_looked_at(seconds=50, places=1)


def test_guesses_from_many_places_find_none(clock: Clock) -> None:
    hall = Hall(1_000)
    assert attack(hall, clock, 50_000, places=1_000) == 0
    assert hall.looked_at <= most_looked_at(seconds=50, places=1_000)


def most_looked_at(seconds: int, places: int) -> float:
    """As docs/security.md promises it."""
    if places == 1:
        return 300 + seconds / 2 + 1
    return 3_000 + 5 * seconds + places * (5 + seconds / 60 + 1)


@pytest.mark.long
@pytest.mark.parametrize("places", [1, 10_000])
def test_a_million_guesses_find_none(clock: Clock, places: int) -> None:
    hall = Hall(1_000)
    assert attack(hall, clock, 1_000_000, places) == 0
    assert hall.looked_at <= most_looked_at(1_000, places)


# The room


def test_a_hall_of_typing_phones_gets_in_while_somebody_guesses_there(clock: Clock) -> None:
    """10,000 phones behind one address, of which every tenth types it wrong at first."""
    hall, chance = Hall(1_000), random.Random(1)
    [code] = random.Random(2).sample(sorted(hall.codes), 1)
    assert hall.tries(code, "hall")  # whoever sets up the room
    for nth in range(10_000):
        for _ in range(10):
            hall.tries(guess(chance), "hall")
        if nth % 10 == 0:
            hall.tries(guess(chance), "hall")
        assert hall.tries(code, "hall") is True


def test_a_pass_is_worth_more_than_a_place(clock: Clock) -> None:
    hall, chance = Hall(10), random.Random(1)
    for _ in range(1_000):
        hall.tries(guess(chance), "hall")
    first, second = sorted(hall.codes)[:2]
    assert hall.tries(first, "hall") is None
    assert hall.tries(first, "hall", is_in=True) is True
    assert hall.tries(first, "hall") is True  # now the place knows it
    assert hall.tries(second, "hall") is None


def test_a_place_from_which_nobody_guessed_is_not_slowed(clock: Clock) -> None:
    hall, chance = Hall(10), random.Random(1)
    for nth in range(20_000):
        hall.tries(guess(chance), f"place {nth % 500}")
    [code, *_] = hall.codes
    assert hall.tries(guess(chance), "elsewhere") is False
    assert hall.tries(code, "elsewhere") is True
    assert hall.tries(code, "place 1") is None


def test_what_is_remembered_has_a_bound(clock: Clock) -> None:
    guesses = Guesses()
    for nth in range(KNOWN + 10):
        guesses.may_be_told(f"CODE{nth}", f"place {nth}", True, is_in=False)
    assert len(guesses._known) == KNOWN


# The doors


@pytest.fixture
def place(settings: Settings) -> Iterator[Place]:
    app = create_app(settings)
    with TestClient(app, base_url=HERE, follow_redirects=False) as client:
        stage = Place(settings, client)
        yield stage
        stage.engine.dispose()


def guess_often(place: Place) -> None:
    """Until nobody there is told any more, for as long as the test takes."""
    place.client.app_state["live"].guesses._from_there = Limits(300, 0.000_1)
    for nth in range(310):
        place.ask(Way("GET", "/j/{code}"), path=f"/j/CCCC{nth:04}")


DOORS = ("/?code={code}", "/j/{code}", "/s/{code}", "/s/{code}/projector", "/s/{code}/board")
API = ("/api/v1/sessions/{code}", "/api/v1/sessions/{code}/participants", "/s/{code}/updates?screen=json")


def test_a_session_that_is_no_more_looks_like_one_that_never_was(place: Place) -> None:
    ended = place.code
    with writing(place.engine) as db:
        db.exec_driver_sql("UPDATE live_session SET code = 'CCCCCCCC'")
    for door in (*DOORS, *API):
        method = "POST" if door.endswith("participants") else "GET"
        there, never = (
            place.ask(Way(method, door), path=door.format(code=code)) for code in (ended, "TTTTTTTT")
        )
        assert there.status_code == never.status_code == 404
        assert there.text.replace(ended, "") == never.text.replace("TTTTTTTT", "")
        assert set(there.headers) == set(never.headers)


def test_who_guessed_too_often_is_told_so_at_every_door_and_whoever_is_in_goes_on(place: Place) -> None:
    guess_often(place)
    for door in (*DOORS, *API):
        method = "POST" if door.endswith("participants") else "GET"
        for code in (place.code, "TTTTTTTT"):
            answer = place.ask(Way(method, door), path=door.format(code=code))
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "60"), door
    assert place.ask(Way("GET", "/s/{code}"), "participant").status_code == 200
    assert place.ask(Way("GET", "/s/{code}")).status_code == 200


def test_a_pass_of_one_session_opens_no_other_door(place: Place) -> None:
    """Somebody may put their own pass under any other code."""
    guess_often(place)
    [token] = place.cookies["participant"].values()
    place.cookies["stranger"] = {"sheaf-TTTTTTTT": token}
    assert place.ask(Way("GET", "/s/{code}"), path="/s/TTTTTTTT").status_code == 429


# Places on the network


@pytest.mark.parametrize(
    ("peer", "forwarded", "place"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "", "192.0.2.7"),
        ("fe80::1%eth0", "", "fe80::"),
        ("nonsense:", "", "nonsense:"),
    ],
)
def test_only_named_proxies_say_where_somebody_comes_from(peer: str, forwarded: str, place: str) -> None:
    assert Proxies("127.0.0.1, 10.0.0.0/8").place(peer, forwarded) == place


def test_places_are_what_one_home_has() -> None:
    assert place_of("2001:db8::1") == place_of("2001:db8::ffff:1") != place_of("2001:db8:0:1::1")


# The pace


def someone(session_id: int = 1) -> Pass:
    return new_actor(session_id)


def test_ten_thousand_phones_behind_one_address_have_their_say(clock: Clock) -> None:
    """All within two minutes, and none of them waits."""
    pace = Pace(60, 2)
    for _ in range(10_000):
        clock.now += 0.012
        assert pace.wait(someone(), "hall", has_socket=True) == 0.0


def test_in_one_moment_some_wait_and_all_get_through(clock: Clock) -> None:
    pace, waiting, rounds = Pace(60, 2), [someone() for _ in range(10_000)], 0
    while waiting:
        waiting = [who for who in waiting if pace.wait(who, "hall", has_socket=True)]
        clock.now += 10
        rounds += 1
    assert rounds <= 8


def test_who_drops_their_cookie_each_time_is_stopped_and_nobody_else_is(clock: Clock) -> None:
    pace, early = Pace(60, 2), [someone() for _ in range(100)]
    assert not any([pace.wait(who, "hall", has_socket=True) for who in early])
    let_through = sum(not pace.wait(someone(), "hall", has_socket=False) for _ in range(5_000))
    assert let_through == 300
    assert pace.wait(someone(), "hall", has_socket=False) > 0
    assert not any([pace.wait(who, "hall", has_socket=False) for who in early])
    assert not pace.wait(someone(), "hall", has_socket=True)
    assert not pace.wait(someone(), "elsewhere", has_socket=False)
    assert not pace.wait(someone(2), "hall", has_socket=False)


def test_one_participant_is_stopped_and_takes_nothing_from_the_session(clock: Clock) -> None:
    pace, me = Pace(60, 2), someone()
    assert sum(not pace.wait(me, "hall", has_socket=True) for _ in range(50_000)) == 60
    assert not pace.wait(someone(), "hall", has_socket=True)


def test_a_session_takes_no_more_than_its_share(clock: Clock) -> None:
    pace, people = Pace(60, 2), [someone() for _ in range(1_000)]
    waits = [pace.wait(who, "", has_socket=True) for who in people for _ in range(30)]
    assert waits.count(0.0) == 20_000
    assert not pace.wait(someone(2), "", has_socket=True)


def test_those_who_were_invited_never_wait(clock: Clock) -> None:
    pace, scribe = Pace(1, 0.01), new_actor(1, 7)
    assert not any(pace.wait(scribe, "hall", has_socket=False) for _ in range(1_000))


def test_what_nobody_can_read_costs_as_much_as_an_action(clock: Clock) -> None:
    pace, me, scribe = Pace(60, 2), someone(), new_actor(1, 7)
    for _ in range(60):
        assert pace.wait_to_be_heard(me) == pace.wait_to_be_heard(scribe) == 0.0
        pace.stumble(me)
        pace.stumble(scribe)
    assert pace.wait_to_be_heard(me) == 0.5
    assert pace.wait_to_be_heard(scribe) == 0.0


def test_people_who_come_and_go_cost_no_memory(clock: Clock) -> None:
    pace = Pace(10**6, 2)
    for _ in range(REMEMBERED + 1_000):
        pace.wait(someone(), "hall", has_socket=True)
    assert len(pace._acted) == REMEMBERED
    assert len(pace._each._buckets) <= 100_000


# Passwords


def test_whoever_guesses_a_password_does_not_keep_its_owner_out(clock: Clock) -> None:
    tries = Tries()
    guessed = [not tries.wait("ailsa@example.org", "elsewhere") for _ in range(10_000)]
    assert sum(guessed) == 10
    assert not tries.wait("ailsa@example.org", "home")


def test_an_account_is_not_guessed_from_many_places_either(clock: Clock) -> None:
    tries = Tries()
    assert sum(not tries.wait("ailsa@example.org", f"place {nth}") for nth in range(10_000)) == 100


def test_made_up_accounts_cost_no_memory(clock: Clock) -> None:
    tries = Tries()
    for nth in range(10_000):
        tries.wait(f"{nth}@example.org", "elsewhere")
    assert len(tries._here._buckets) <= 100
    assert len(tries._account._buckets) <= 100


def test_a_reset_link_ends_the_others(shared_server: Server) -> None:
    from tests.test_organisers import signed_up

    ours = {"base_url": shared_server.url, "headers": {"Origin": shared_server.url}}
    with httpx2.Client(follow_redirects=True, **ours) as browser:
        signed_up(shared_server, browser, "reset@example.org")
        first, second = (shared_server.sign_up_link("reset@example.org") for _ in range(2))
        browser.get(first)
        browser.post("/sign-up", data={"password": "quite another one"})
        assert browser.get(second).status_code == 404
        assert browser.get(shared_server.sign_up_link()).status_code == 200
