"""In which post does this caller ask, and if in none, in which did they? And is the case theirs to ask in?

Rule: the post must be the caller's own, in the caller's department, give the role they claim, and be in force today
(rule W3). One of these wrong is as good as no post. Whoever asks by what they no longer are is refused like anybody,
and marked in the record. A case that is not theirs to ask in is worth as little as one that is not there (rule W5).
"""

from __future__ import annotations

from datetime import date, timedelta

from gateway.caller import Caller, Post
from gateway.case import CaseRule, Handling
from gateway.standing.port import CaseFile, CaseState, Directory


def post_of(directory: Directory, caller: Caller, today: date) -> Post | None:
    """The post that the caller asks in, None if they do not hold it today. Raises StandingUnavailable."""
    for post in directory.posts(caller.staff):
        if (
            post.post == caller.post
            and post.staff == caller.staff
            and post.department == caller.department
            and post.role == caller.role
            and post.in_force(today)
        ):
            return post
    return None


def was_post_of(directory: Directory, caller: Caller, today: date) -> bool:
    """Whether the post that the caller asks in was theirs and has ended. Raises StandingUnavailable."""
    return any(
        post.post == caller.post and post.until is not None and post.until <= today
        for post in directory.posts(caller.staff)
    )


def left_by(directory: Directory, staff: str, today: date) -> frozenset[str]:
    """Departments in which somebody held a post that has ended, and holds none today. Raises StandingUnavailable."""
    posts = directory.posts(staff)
    ended = {post.department for post in posts if post.until is not None and post.until <= today}
    return frozenset(ended - {post.department for post in posts if post.in_force(today)})


def case_end(rule: CaseRule, file: CaseFile) -> date | None:
    """The first day on which a case no longer counts, None while none is known."""
    if file.closed is None:
        return None
    # The calendar ends where a case can no longer be young.
    return file.closed + timedelta(days=min(rule.days_after_closing, (date.max - file.closed).days))


def case_state(rule: CaseRule, file: CaseFile | None, post: Post, directory: Directory, today: date) -> CaseState:
    """What a case is worth to somebody who asks in this post. Raises StandingUnavailable."""
    if file is None or today < file.opened:
        return CaseState.INVALID
    end = case_end(rule, file)
    if (end is not None and end <= today) or not _may_handle(rule.handler, file.handler, post, directory, today):
        return CaseState.INVALID
    return CaseState.PARTY if file.party else CaseState.NOT_A_PARTY


def _may_handle(handling: Handling, handler: str, post: Post, directory: Directory, today: date) -> bool:
    """Whether the caller is as near to the handler as the purpose asks; nobody is near to a case without one."""
    match handling:
        case Handling.ANY:
            return True
        case Handling.REQUIRED:
            return handler == post.staff
        case Handling.UNIT:
            return any(
                each.in_force(today) and (each.department, each.unit) == (post.department, post.unit)
                for each in directory.posts(handler)
            )
