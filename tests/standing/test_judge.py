"""In which post somebody asks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from gateway.caller import Caller, Post
from gateway.standing.judge import post_of

POST = Post(
    post="p0001-1",
    staff="s0001",
    department="child-welfare",
    unit="childcare",
    role="caseworker",
    superior="s0009",
    since=date(2026, 4, 1),
    until=date(2026, 11, 23),
)
SECOND = replace(POST, post="p0001-2", department="planning", role="analyst", until=None)
CALLER = Caller(department="child-welfare", system="childcare", staff="s0001", post="p0001-1", role="caseworker")


class Held:
    """A directory of the two posts."""

    def posts(self, staff: str) -> Sequence[Post]:
        return (POST, SECOND) if staff == "s0001" else ()


@pytest.mark.rule("W3")
@pytest.mark.parametrize(
    ("expected", "changed", "today"),
    [
        # in the middle of the term
        (POST, {}, date(2026, 8, 1)),
        # the first day counts
        (POST, {}, date(2026, 4, 1)),
        # the day before does not
        (None, {}, date(2026, 3, 31)),
        # the day before the end date is the last
        (POST, {}, date(2026, 11, 22)),
        # a transfer takes effect that very day, however long the token is valid
        (None, {}, date(2026, 11, 23)),
        # a second post (兼務) is asked in by its own name, department and role
        (SECOND, {"post": "p0001-2", "department": "planning", "role": "analyst"}, date(2026, 8, 1)),
        # and has no end
        (SECOND, {"post": "p0001-2", "department": "planning", "role": "analyst"}, date(2099, 1, 1)),
        # one post's department does not come with the other's role
        (None, {"department": "planning"}, date(2026, 8, 1)),
        (None, {"role": "analyst"}, date(2026, 8, 1)),
        (None, {"post": "p0001-2"}, date(2026, 8, 1)),
        # somebody else's post
        (None, {"staff": "s0002"}, date(2026, 8, 1)),
        # no such post
        (None, {"post": "p0001-3"}, date(2026, 8, 1)),
    ],
)
def test_a_post_must_be_ones_own_agree_and_be_in_force(
    expected: Post | None, changed: dict[str, str], today: date
) -> None:
    """Staff, post, department and role all agree, and the post is held today; or there is no post."""
    assert expected == post_of(Held(), replace(CALLER, **changed), today)
