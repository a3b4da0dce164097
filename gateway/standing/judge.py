"""In which post does this caller ask?

Rule: the post must be the caller's own, in the caller's department, give the role they claim, and be in force today
(rule W3). One of these wrong is as good as no post.
"""

from __future__ import annotations

from datetime import date

from gateway.caller import Caller, Post
from gateway.standing.port import Directory


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
