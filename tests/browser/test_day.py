"""The whole day, as practice has it: an organiser, two facilitators, five phones and a big screen,
from signing up to the summary."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PHONE, Hall, card, post, same_as_fresh, say
from tests.browser.test_making import FACES
from tests.conftest import Server

pytestmark = pytest.mark.browser

LAPTOP = {"viewport": {"width": 1280, "height": 800}}
SCREEN = {"viewport": {"width": 1920, "height": 1080}}
VOICES = [
    ("Who pays our expenses? Ring me: 0131 496 0000.", "Question"),
    ("Pay people on the day.", "Idea"),
    ("Meetings are planned without us.", "Statement"),
    ("Share the chair.", "Idea"),
    ("نريد أن نقرر معاً", ""),
]


class Day(NamedTuple):
    """Who is there, each with a device of their own."""

    hall: Hall
    ailsa: Page
    board: Page
    other_board: Page
    projector: Page
    phones: list[Page]

    @property
    def screens(self) -> list[Page]:
        return [self.board, self.other_board, self.projector, *self.phones]


@pytest.fixture
def hall(server: Server, new_context: Callable[..., BrowserContext]) -> Iterator[Hall]:
    """A server that nobody has used before."""
    opened = Hall(server, new_context, {})
    yield opened
    assert opened.faults == []


def test_the_day(hall: Hall) -> None:
    ailsa = sign_up(hall)
    make_a_session(hall, ailsa)
    day = come_in(hall, ailsa)
    look_before_showing(day)
    speak(day)
    sort_together(day)
    name_and_show(day)
    take_one_down(day)
    change_words(day)
    answer_and_close(day)
    read_the_summary(day)
    answer_weeks_later(day)
    say_goodbye(day)


def sign_up(hall: Hall) -> Page:
    """Weeks before: the organiser opens the link that the server printed."""
    assert hall.server.process is not None
    assert hall.server.process.stdout is not None
    page = hall.device(**LAPTOP).new_page()
    page.goto(hall.server.process.stdout.readline().split()[-1])
    page.get_by_label("Your name").fill("Ailsa Reid")
    page.get_by_label("Email address").fill("ailsa@example.org")
    page.get_by_label("Password, at least 10 characters").fill("a long and secret one")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Your sessions")).to_be_visible()
    return page


def make_a_session(hall: Hall, ailsa: Page) -> None:
    ailsa.get_by_role("link", name="New session").click()
    ailsa.get_by_label("Start from").select_option("An example: what next for co-production?")
    ailsa.get_by_role("button", name="Fill it in").click()
    ailsa.get_by_label("Who runs it?").fill("The network. Ask Mairi.")
    ailsa.get_by_label("What people are told when they join").fill("We delete this in a year.")
    ailsa.get_by_label("Themes to start with").fill("")
    ailsa.get_by_label("Should new cards wait for review?").select_option(
        "Only those with rude words, phone numbers or e-mail addresses"
    )
    ailsa.get_by_label("Deleted after").fill("2040-01-01")
    ailsa.get_by_role("button", name="Make the session").click()
    expect(ailsa.get_by_text("People join with this code:")).to_be_visible()
    code = ailsa.url.split("/")[4]
    address = hall.server.url
    hall.links |= {"join": f"{address}/j/{code}", "projector": f"{address}/s/{code}/projector"}


def come_in(hall: Hall, ailsa: Page) -> Day:
    """Facilitators come by links of their own, the room by code, link and QR code."""
    boards = [hall.device(**LAPTOP).new_page() for _ in range(2)]
    for board in boards:
        board.goto(invitation(ailsa))
        expect(board.get_by_role("heading", name="Unsorted")).to_be_visible()
    projector = hall.projector(**SCREEN)
    by_code = hall.device(**PHONE).new_page()
    by_code.goto(hall.server.url)
    by_code.get_by_label("Code").fill(projector.locator(".leaf.join .code").inner_text().lower())
    by_code.get_by_role("button", name="Join").click()
    expect(by_code.get_by_text("We delete this in a year.")).to_be_visible()
    phones = [by_code, *(hall.phone() for _ in range(4))]
    return Day(hall, ailsa, boards[0], boards[1], projector, phones)


def invitation(ailsa: Page) -> str:
    if "/people" not in ailsa.url:
        ailsa.get_by_role("link", name="People who help").click()
    ailsa.get_by_label("This link makes somebody a …").select_option("Facilitator")
    ailsa.get_by_role("button", name="Make a link").click()
    return ailsa.locator("output.link").inner_text()


def look_before_showing(day: Day) -> None:
    """The first card has a telephone number in it: it waits until somebody has looked at it."""
    first, text = day.phones[0], VOICES[0][0]
    post(first, text, 1, VOICES[0][1])
    expect(card(first, "mine", 1)).to_contain_text("Waiting for review")
    expect(day.projector.get_by_text(text)).to_have_count(0)
    queue = day.board.context.new_page()
    queue.goto(day.board.url.replace("/board", "/queue"))
    queue.get_by_label("Keys for the first card").focus()
    queue.keyboard.press("s")
    for screen in (day.board, day.other_board, day.projector, day.phones[1]):
        expect(screen.get_by_text(text)).to_have_count(1)
    queue.close()


def speak(day: Day) -> None:
    """All at once, each from a phone of their own."""
    for phone, (text, kind) in zip(day.phones[1:], VOICES[1:], strict=True):
        say(phone, text, kind)
    for phone in day.phones:
        expect(phone.locator("#mine .card")).to_have_count(1)
        expect(phone.locator("#room .card")).to_have_count(5)
    for board in (day.board, day.other_board):
        expect(board.locator("#unsorted .card")).to_have_count(5)
    same_as_fresh(*day.screens)


def number_of(day: Day, text: str) -> int:
    return int(day.board.locator(".card", has_text=text).locator(".number").first.inner_text())


def sort_together(day: Day) -> None:
    """Two facilitators, each with cards of their own in hand. Themes begin as letters."""
    for board in (day.board, day.other_board):
        board.get_by_role("button", name="Add theme").click()
    expect(day.board.locator("#themes .theme")).to_have_count(2)
    expect(day.other_board.locator("#themes .theme")).to_have_count(2)
    for board, texts, theme in ((day.board, VOICES[:2], "A"), (day.other_board, VOICES[2:4], "B")):
        for text, _kind in texts:
            board.locator(f"#unsorted-{number_of(day, text)} input.pick").check()
        board.get_by_role("button", name="Move to…").click()
        board.get_by_role("dialog").locator(f"button[value='{theme}']").click()
    for board in (day.board, day.other_board):
        for theme in ("A", "B"):
            expect(board.locator(f"#{theme} .card")).to_have_count(2)
    same_as_fresh(*day.screens)


def name_and_show(day: Day) -> None:
    """Named last, in the room's words; every phone sees it; the big screen shows the theme."""
    day.board.get_by_role("button", name="Change theme A").click()
    day.board.get_by_role("dialog").get_by_role("textbox", name="Name").fill("People are paid for their time")
    day.board.get_by_role("button", name="Keep this name").click()
    for phone in day.phones:
        expect(phone.locator("#themes")).to_contain_text("People are paid for their time")
    expect(card(day.phones[0], "mine", 1)).to_contain_text("in A")
    day.other_board.get_by_role("button", name="Change theme A").click()
    day.other_board.get_by_role("button", name="Show on the big screen").click()
    expect(card(day.projector, "A", 1)).to_be_visible()
    same_as_fresh(*day.screens)


def take_one_down(day: Day) -> None:
    """Something that should not be there: the screen goes blank, the card is hidden, it goes on."""
    post(day.phones[4], "Somebody’s phone number", 6)
    day.board.get_by_role("button", name="Blank screen").click()
    expect(day.projector.locator("main")).to_be_hidden()
    day.board.locator("#unsorted-6 input.pick").check()
    day.board.get_by_role("button", name="Hide", exact=True).click()
    for screen in (*day.phones[:4], day.projector, day.other_board):
        expect(screen.get_by_text("Somebody’s phone number")).to_have_count(0)
    expect(card(day.phones[4], "mine", 6)).to_contain_text("Not on the screen")
    day.board.get_by_role("button", name="Show the screen").click()
    expect(day.projector.locator("main")).to_be_visible()


def change_words(day: Day) -> None:
    """An author says it better, another takes a card back."""
    mine = day.phones[0].locator("#mine-1")
    mine.get_by_text("Change", exact=True).click()
    mine.get_by_label("Your words").fill("Who pays our travel, and when?")
    mine.get_by_role("button", name="Keep these words").click()
    for screen in (day.board, day.phones[1]):
        expect(screen.get_by_text("Who pays our travel, and when?").first).to_be_visible()
    number = number_of(day, VOICES[3][0])
    mine = day.phones[3].locator(f"#mine-{number}")
    mine.get_by_text("Change", exact=True).click()
    mine.get_by_role("button", name="Take this card back").click()
    for board in (day.board, day.other_board):
        expect(board.locator("#B .card")).to_have_count(1)
    same_as_fresh(*day.screens)


def answer_and_close(day: Day) -> None:
    """A question is answered in the room, a further one is asked, and the session is closed."""
    day.board.locator("#A-1 input.pick").check()
    day.board.get_by_role("button", name="Answered").click()
    expect(card(day.phones[0], "mine", 1)).to_contain_text("Answered")
    day.board.get_by_role("button", name="Session…").click()
    day.board.get_by_label("Ask something more").fill("What is missing?")
    day.board.get_by_role("button", name="Ask it").click()
    for phone in day.phones:
        expect(phone.get_by_text("What is missing?")).to_be_visible()
    day.board.get_by_role("button", name="Session…").click()
    day.board.get_by_role("button", name="Close the session").click()
    for phone in day.phones:
        expect(phone.locator("#state")).to_contain_text("The session is closed.")
    same_as_fresh(*day.screens)


def read_the_summary(day: Day) -> None:
    """That evening: every publishable voice in its own words, and nothing else."""
    day.ailsa.goto(f"{day.board.url.removesuffix('/board')}/about")
    day.ailsa.get_by_role("link", name="Summary").click()
    summary = day.ailsa.locator("main")
    for said in ("People are paid for their time", "Who pays our travel, and when?", VOICES[4][0]):
        expect(summary).to_contain_text(said)
    for gone in ("Somebody’s phone number", VOICES[3][0], VOICES[0][0]):
        expect(summary).not_to_contain_text(gone)
    assert [face.partition(",")[0] for face in day.ailsa.evaluate(FACES)] == ["Atkinson"]
    address = day.ailsa.url.partition("?")[0]
    for written in ("html", "csv", "md", "json"):
        file = day.ailsa.request.get(f"{address}.{written}").text()
        assert "Who pays our travel, and when?" in file
        assert "Somebody’s phone number" not in file


def say_goodbye(day: Day) -> None:
    """One facilitator's link is taken back; the organiser signs out. Their screens end."""
    day.ailsa.goto(f"{day.board.url.removesuffix('/board')}/people")
    expect(day.board.locator("#line")).to_be_empty()  # since the summary is public, it was made anew
    links = day.ailsa.locator("li", has_text="Facilitator")
    expect(links).to_have_count(2)
    links.first.get_by_role("button", name="Take it back").click()
    expect(day.board.locator("#line")).to_contain_text("Your link was taken back")
    own = day.ailsa.context.new_page()
    own.goto(day.board.url)
    expect(own.get_by_role("heading", name="Unsorted")).to_be_visible()
    day.ailsa.goto(f"{day.hall.server.url}/sessions")
    day.ailsa.get_by_role("button", name="Sign out").click()
    expect(own.locator("#line")).to_contain_text("you signed out")


def answer_weeks_later(day: Day) -> None:
    """In place and by keyboard alone; then everybody reads it, at the same address."""
    theme, keys = day.ailsa.locator("#answerA"), day.ailsa.keyboard
    expect(theme).to_contain_text("No answer yet")
    theme.locator("summary").focus()
    for key in ("Enter", "Tab", "ArrowDown", "ArrowDown", "Tab"):
        keys.press(key)
    keys.type("Expenses within ten days.")
    keys.press("Tab")
    keys.type("Mairi")
    keys.press("Enter")
    expect(theme).to_contain_text(
        "We will: Expenses within ten days. Who sees to it: Mairi. Change this answer"
    )
    expect(theme.locator("summary")).to_be_focused()
    expect(theme.get_by_role("status")).to_have_text("Saved.")
    day.ailsa.get_by_role("button", name="Make it public").click()
    expect(day.ailsa.get_by_role("button", name="Take it back")).to_be_visible()
    phone = day.phones[0]
    phone.get_by_role("link", name="Read the summary and answers").click()
    expect(phone.locator("#answerA")).to_contain_text("Expenses within ten days.")
    expect(phone.locator("form")).to_have_count(0)
