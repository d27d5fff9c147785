"""A session with something of everything that a summary tells of, for tests of its files."""

from app.database import reading
from app.models import Role
from app.queries.sessions import session_by_code
from app.summaries import WRITERS, Document, build
from tests.conftest import NOW, Room

VOICES = [
    "Who pays?",
    '=HYPERLINK("http://x.example")',
    "＝1+1",
    'Two\nlines, and a "quote"',
    "# not a heading\n- not a list",
    "[not a link](http://x.example) `{{7*7}}` <b>&amp;",
    '#link("x")[y] $x$ @a *b* _c_ <d> \\ // /* */',
    "من يدفع النفقات؟",
    "מי משלם?",
    "کون ادا کرتا ہے؟",
    "Zażółć gęślą jaźń",
    "Хто допоможе?",
    "谁来支付费用",
    "x" * 500,
    "👩🏽‍🦽🫖👨‍👩‍👧‍👦",
    "ᏣᎳᎩ \ue000 ►",
    "Robert'); DROP TABLE contribution;--",
    "Short",
]
"""Each is a card, in this order, and may be quoted."""


async def play(room: Room) -> Room:
    """Cards of all kinds and in all places; a merge, objections, names, an answer, own words."""
    author, helper = room.participant(), await room.invite(Role.SCRIBE)
    for nth, text in enumerate(VOICES):
        kind = (None, "question", "statement", "idea")[nth % 4]
        await room.post((author, helper, None)[nth % 3], text, kind=kind)
    unquoted = await room.post(author, "Only between us", quote=False)
    hidden = await room.post(author, "Hidden words")
    gone = await room.post(author, "Withdrawn words")
    do = room.do
    await do(room.organiser, "place", contributions=[2, 1, unquoted], theme="A")
    await do(room.organiser, "place", contributions=[2], theme="B")
    await do(room.organiser, "place", contributions=[3], theme="lone")
    await do(room.organiser, "place", contributions=[4], theme="parked")
    await do(room.organiser, "merge", contributions=[5, 6], into=1)
    await do(room.organiser, "hide", contributions=[hidden])
    await do(author, "withdraw", number=gone)
    await do(author, "contest", number=1, theme="A", text="Not about money")
    await do(room.organiser, "answer_contest", number=1, theme="A", text="It is paid work")
    await do(author, "contest", number=4, theme="parked", text="Never read")
    await do(author, "propose_name", theme="A", name="Fair pay")
    await do(helper, "propose_name", theme="A", name="Wages and more")
    await do(room.organiser, "decline_name", proposal=1)
    await do(room.participant(), "agree", number=1)
    await do(room.organiser, "mark_answered", number=2, text="In October, by the board.")
    await do(room.organiser, "describe_theme", theme="A", text="What people\nare paid")
    await do(room.organiser, "create_theme", name="Gone")
    await do(room.organiser, "remove_theme", theme="C")
    told = {"theme": "A", "outcome": "will", "text": "Within ten\ndays", "owner": "Mairi"}
    await do(room.organiser, "answer_theme", **told, day="2026-12-01", review_day="2027-03-01")
    await do(room.organiser, "answer_theme", theme="B", owner="Ailsa", day="2026-12-24")
    await do(room.organiser, "write_summary", part="missing", text="Nobody from\nthe islands")
    return room


def document(room: Room, *, is_restricted: bool = False, code: str = "") -> Document:
    """The room's summary, or that of another session."""
    with reading(room.house.engine) as db:
        live_session = session_by_code(db, code or room.code)
        assert live_session is not None
        return build(db, live_session, NOW, is_restricted=is_restricted)


def file(room: Room, as_format: str, *, is_restricted: bool = False, code: str = "") -> bytes:
    """The same as a file."""
    return WRITERS[as_format].write(document(room, is_restricted=is_restricted, code=code))
