"""What people can do, a verb each, by noun. Plain functions that know no web and no screen."""

from collections.abc import Callable
from typing import Any

from app.actions import (
    answers,
    concerns,
    contests,
    contributions,
    erasing,
    merging,
    moderation,
    passages,
    placements,
    projector,
    proposals,
    sessions,
    themes,
    threads,
    undoing,
    votes,
)
from app.actions.turn import Turn
from app.forms.fields import Form
from app.forms.reading import Refused
from app.locales import _
from app.roles import SHARED, may

_DOES: dict[str, Callable[[Turn, Any], None]] = {
    "post": contributions.post,
    "write_down": contributions.write_down,
    "edit": contributions.edit,
    "withdraw": erasing.withdraw,
    "erase": erasing.erase,
    "agree": contributions.agree,
    "unagree": contributions.unagree,
    "create_theme": themes.create,
    "rename_theme": themes.rename,
    "describe_theme": themes.describe,
    "colour_theme": themes.colour,
    "order_theme": themes.order,
    "merge_themes": themes.merge,
    "split_theme": themes.split,
    "remove_theme": themes.remove,
    "place": placements.place,
    "unplace": placements.unplace,
    "merge": merging.merge,
    "unmerge": merging.unmerge,
    "approve": moderation.approve,
    "hide": moderation.hide,
    "restore": moderation.restore,
    "raise_concern": concerns.tell,
    "see_concern": concerns.see,
    "mark_answered": moderation.mark_answered,
    "contest": contests.contest,
    "uncontest": contests.uncontest,
    "answer_contest": contests.answer,
    "propose_name": proposals.propose,
    "accept_name": proposals.accept,
    "decline_name": proposals.decline,
    "open_vote": votes.open,
    "vote": votes.vote,
    "count_votes": votes.count,
    "close_vote": votes.close,
    "drop_vote": votes.drop,
    "blank": projector.blank,
    "unblank": projector.unblank,
    "show": projector.show,
    "let_in": projector.let_in,
    "arrange_screen": projector.arrange,
    "add_prompt": sessions.add_prompt,
    "open_prompt": sessions.open_prompt,
    "close_prompt": sessions.close_prompt,
    "open_session": sessions.open_session,
    "close_session": sessions.close_session,
    "change_session": sessions.change_session,
    "keep_time": sessions.keep_time,
    "follow_thread": threads.follow,
    "write_summary": passages.write,
    "publish_summary": sessions.publish_summary,
    "unpublish_summary": sessions.unpublish_summary,
    "answer_theme": answers.answer,
    "undo": undoing.undo,
    "redo": undoing.redo,
}


def act(turn: Turn, form: Form) -> None:
    """Do what the form asks, if this role may. Raises Refused otherwise."""
    if not may(turn.role, form.action, turn.live_session.all_sort):
        raise Refused(_("You may not do this here."))
    if form.action in SHARED:
        turn.require_open()
    _DOES[form.action](turn, form)
