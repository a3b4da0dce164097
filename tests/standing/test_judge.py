"""In which post somebody asks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from gateway.caller import Caller, Post
from gateway.case import CaseRule, Handling
from gateway.standing.judge import case_end, case_state, left_by, post_of, was_post_of
from gateway.standing.port import CaseFile, CaseState

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

    def resident(self, staff: str) -> str | None:
        return None

    def staff_of(self, resident_id: str) -> Sequence[str]:
        return ()


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


@pytest.mark.rule("W3")
@pytest.mark.parametrize(
    ("expected", "post", "today"),
    [
        # in force
        (False, "p0001-1", date(2026, 11, 22)),
        # its end: a former post from that day on
        (True, "p0001-1", date(2026, 11, 23)),
        # not begun is not former, nor is one without an end, nor another's, nor one that nobody has
        (False, "p0001-1", date(2026, 3, 31)),
        (False, "p0001-2", date(2099, 1, 1)),
        (False, "p0002-1", date(2099, 1, 1)),
    ],
)
def test_a_post_of_ones_own_that_has_ended_is_a_former_one(expected: bool, post: str, today: date) -> None:
    """From its end on, and never anybody else's."""
    assert expected == was_post_of(Held(), replace(CALLER, post=post), today)


@pytest.mark.rule("W3")
def test_a_department_is_left_when_the_last_post_in_it_has_ended() -> None:
    """Not before, and not while another post is held there."""
    assert left_by(Held(), "s0001", date(2026, 11, 22)) == frozenset()
    assert left_by(Held(), "s0001", date(2026, 11, 23)) == {"child-welfare"}
    assert left_by(Held(), "s0002", date(2026, 11, 23)) == frozenset()


OPEN = CaseFile(date(2026, 5, 1), None, "s0001", party=True)
CLOSED = OPEN._replace(closed=date(2026, 8, 1))
IN_TERM = date(2026, 9, 1)
ANYBODY, UNIT, ALONE = (CaseRule("childcare-fee", handling) for handling in Handling)
PARTY, INVALID, NOT_A_PARTY = CaseState.PARTY, CaseState.INVALID, CaseState.NOT_A_PARTY


class Staffed(Held):
    """The same with a colleague in the unit, one who left it, and one of another department's unit of that name."""

    def posts(self, staff: str) -> Sequence[Post]:
        others = {
            "s0002": replace(POST, staff="s0002", post="p0002-1"),
            "s0003": replace(POST, staff="s0003", post="p0003-1", until=date(2026, 8, 1)),
            "s0004": replace(POST, staff="s0004", post="p0004-1", department="planning"),
        }
        return (others[staff],) if staff in others else super().posts(staff)


@pytest.mark.rule("W5")
@pytest.mark.parametrize(
    ("expected", "rule", "file", "today"),
    [
        # one's own case, whatever the purpose asks
        (PARTY, ANYBODY, OPEN, IN_TERM),
        (PARTY, UNIT, OPEN, IN_TERM),
        (PARTY, ALONE, OPEN, IN_TERM),
        # a colleague's of the same unit: borrowed only where the handler alone may ask
        (PARTY, ANYBODY, OPEN._replace(handler="s0002"), IN_TERM),
        (PARTY, UNIT, OPEN._replace(handler="s0002"), IN_TERM),
        (INVALID, ALONE, OPEN._replace(handler="s0002"), IN_TERM),
        # of somebody who has left the unit, of another department's, of nobody, of a stranger
        (PARTY, ANYBODY, OPEN._replace(handler="s0003"), IN_TERM),
        (INVALID, UNIT, OPEN._replace(handler="s0003"), IN_TERM),
        (PARTY, UNIT, OPEN._replace(handler="s0003"), date(2026, 7, 31)),
        (INVALID, UNIT, OPEN._replace(handler="s0004"), IN_TERM),
        (INVALID, UNIT, OPEN._replace(handler=""), IN_TERM),
        (INVALID, ALONE, OPEN._replace(handler=""), IN_TERM),
        (INVALID, UNIT, OPEN._replace(handler="s9999"), IN_TERM),
        # borrowed is borrowed, party or not
        (INVALID, ALONE, OPEN._replace(handler="s0002", party=False), IN_TERM),
        (NOT_A_PARTY, ALONE, OPEN._replace(party=False), IN_TERM),
        # closed: not from the day on which it was
        (PARTY, ANYBODY, CLOSED, date(2026, 7, 31)),
        (INVALID, ANYBODY, CLOSED, date(2026, 8, 1)),
        # ... or so many days later
        (PARTY, replace(ANYBODY, days_after_closing=30), CLOSED, date(2026, 8, 30)),
        (INVALID, replace(ANYBODY, days_after_closing=30), CLOSED, date(2026, 8, 31)),
        (NOT_A_PARTY, replace(ANYBODY, days_after_closing=30), CLOSED._replace(party=False), date(2026, 8, 30)),
        # which make no case begin earlier
        (INVALID, replace(ANYBODY, days_after_closing=30), OPEN, date(2026, 4, 30)),
        # none at all
        (INVALID, ANYBODY, None, IN_TERM),
    ],
)
def test_a_case_is_worth_what_the_purpose_makes_of_it(
    expected: CaseState, rule: CaseRule, file: CaseFile | None, today: date
) -> None:
    """Open or not closed for too long, and near enough to its handler; otherwise as good as no case."""
    assert expected == case_state(rule, file, POST, Staffed(), today)


def test_the_end_of_a_case_is_a_day_of_the_calendar() -> None:
    """However late it closes."""
    rule = CaseRule("childcare-fee", days_after_closing=400)
    assert case_end(rule, OPEN) is None
    assert case_end(rule, CLOSED._replace(closed=date(9999, 12, 1))) == date.max
