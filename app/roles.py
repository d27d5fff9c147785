"""Who may do what: one table. And the pass that says who a request comes from."""

from typing import NamedTuple

from app.models import Role, Scope

_SORTING = frozenset({Role.FACILITATOR, Role.ORGANISER})
_TAKING_PART = frozenset({Role.PARTICIPANT})
_COUNTING = frozenset({Role.SCRIBE}) | _SORTING
_SPEAKING = frozenset({Role.PARTICIPANT, Role.SCRIBE}) | _SORTING
_SEEING = frozenset({Role.OBSERVER}) | _SORTING
_ONLY_READING = frozenset({Role.READER, Role.OBSERVER})

SCOPES: dict[Scope, Role] = {
    Scope.READ: Role.READER,
    Scope.WATCH: Role.OBSERVER,
    Scope.WRITE: Role.SCRIBE,
    Scope.SORT: Role.FACILITATOR,
}
"""What a program is in a session, by how far its token reaches."""

MAY: dict[str, frozenset[Role]] = {
    "post": _SPEAKING,
    "write_down": frozenset({Role.SCRIBE}) | _SORTING,
    "edit": _SPEAKING,
    "withdraw": _SPEAKING,
    "erase": _SPEAKING,
    "agree": _TAKING_PART,
    "unagree": _TAKING_PART,
    "create_theme": _SORTING,
    "rename_theme": _SORTING,
    "describe_theme": _SORTING,
    "colour_theme": _SORTING,
    "order_theme": _SORTING,
    "merge_themes": _SORTING,
    "split_theme": _SORTING,
    "remove_theme": _SORTING,
    "place": _SORTING,
    "unplace": _SORTING,
    "merge": _SORTING,
    "unmerge": _SORTING,
    "approve": _SORTING,
    "hide": _SORTING,
    "restore": _SORTING,
    "raise_concern": _SPEAKING,
    "see_concern": _SORTING,
    "mark_answered": _SORTING,
    "contest": _SPEAKING,
    "uncontest": _SPEAKING,
    "answer_contest": _SORTING,
    "propose_name": _SPEAKING,
    "accept_name": _SORTING,
    "decline_name": _SORTING,
    "open_vote": _SORTING,
    "vote": _TAKING_PART,
    "count_votes": _COUNTING,
    "close_vote": _SORTING,
    "drop_vote": _SORTING,
    "blank": _SORTING,
    "unblank": _SORTING,
    "show": _SORTING,
    "let_in": _SORTING,
    "arrange_screen": _SORTING,
    "add_prompt": _SORTING,
    "open_prompt": _SORTING,
    "close_prompt": _SORTING,
    "open_session": _SORTING,
    "close_session": _SORTING,
    "change_session": frozenset({Role.ORGANISER}),
    "write_summary": frozenset({Role.ORGANISER}),
    "publish_summary": frozenset({Role.ORGANISER}),
    "unpublish_summary": frozenset({Role.ORGANISER}),
    "answer_theme": _SORTING,
    "keep_time": _SPEAKING,
    "follow_thread": _SPEAKING,
    "undo": _SORTING,
    "redo": _SORTING,
}
"""Action to the roles that may do it. `edit`, `withdraw`, `erase`, `contest` and `uncontest` also ask
for the card's author, and what is `SHARED` is for everybody where everybody sorts."""

SHARED = frozenset({"place", "unplace", "create_theme", "undo", "redo"})
"""What everybody may do where the session says that everybody sorts. Nobody undoes but their own."""

UNDOABLE = frozenset(
    {
        "create_theme",
        "rename_theme",
        "describe_theme",
        "colour_theme",
        "order_theme",
        "merge_themes",
        "split_theme",
        "remove_theme",
        "place",
        "unplace",
        "merge",
        "unmerge",
        "approve",
        "hide",
        "restore",
        "mark_answered",
        "answer_contest",
        "accept_name",
        "decline_name",
        "answer_theme",
    }
)


class Pass(NamedTuple):
    """Who a request comes from, as its cookie or token says. Holding one is not yet a right:
    the role behind an invitation is read anew each time, for it may have been revoked."""

    session_id: int
    actor_id: str
    invitation_id: int = 0
    """The invitation it was exchanged for; 0 for a participant."""
    sign_in: str = ""
    """The sign-in it came with, for organisers with an account: it ends with that."""

    @property
    def right(self) -> "Right":
        """What its right rests on."""
        return self.invitation_id, self.sign_in


Right = tuple[int, str]
"""An invitation, and the sign-in that it was opened with, if any: the right lasts while both do."""


def may(role: Role, action: str, all_sort: bool) -> bool:
    """Whether this role may do this, in a session where all sort or not."""
    return role in MAY[action] or (all_sort and action in SHARED and role not in _ONLY_READING)


def counts(role: Role | None) -> bool:
    """Whether this role may enter votes that were counted by hand."""
    return role in _COUNTING


def sorts(role: Role | None) -> bool:
    """Whether this role works at the board, and so sees what is held and hidden."""
    return role in _SORTING


def sees(role: Role | None) -> bool:
    """Whether this role sees what is held and hidden, whether it works at the board or not."""
    return role in _SEEING
