"""Conflicts of interest: who may not decide on whom.

Rule W8: nobody decides on a matter of their own, of somebody they live with or are of one family with, or of their own
superior. One check for approvals and reviews alike; what was found is told to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from gateway.caller import Post
from gateway.standing.port import Directory
from gateway.standing.relation import Relation

NEAR: Final = frozenset({Relation.SELF, Relation.HOUSEHOLD, Relation.SAME_ADDRESS, Relation.FAMILY, Relation.SUPERIOR})
"""Relations that keep somebody from deciding; fellow staff may decide on fellow staff, or nobody could."""

_HIGHEST: Final = 20
"""Steps up at most: a directory that goes in circles has no superiors beyond."""


def conflicted(found: Sequence[Relation]) -> bool:
    """Whether somebody who is all this to the people concerned may not decide."""
    return any(each in NEAR for each in found)


def posts_above(directory: Directory, post: Post, today: date) -> Sequence[Post]:
    """The posts above a post that are in force: its superior's, and those above them. Who is a superior is one in their
    own post: of somebody with several, those in the department below count, if there are any. Nobody is above
    themselves.

    Raises StandingUnavailable.
    """
    above: dict[str, Post] = {}
    below: Sequence[Post] = (post,)
    for _ in range(_HIGHEST):
        step = {each.post: each for one in below for each in _superior_to(directory, one, today)}
        below = [each for name, each in step.items() if name not in above and each.staff != post.staff]
        if not below:
            break
        above |= {each.post: each for each in below}
    return tuple(above.values())


def _superior_to(directory: Directory, post: Post, today: date) -> Sequence[Post]:
    if post.superior is None:
        return ()
    held = [each for each in directory.posts(post.superior) if each.in_force(today)]
    return [each for each in held if each.department == post.department] or held


def superiors(directory: Directory, post: Post, today: date) -> frozenset[str]:
    """Everybody above a post, by directory id, as far as they hold posts today. Raises StandingUnavailable."""
    return frozenset(each.staff for each in posts_above(directory, post, today))


def reports_to(directory: Directory, staff: str, other: str, today: date) -> bool:
    """Whether the other is above somebody in any post that they hold today. Raises StandingUnavailable."""
    return any(other in superiors(directory, each, today) for each in directory.posts(staff) if each.in_force(today))
