"""What is wrong between the lines of a staff directory."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.caller import Post
from gateway.standing.intake.layout import Entry
from gateway.standing.intake.questions import questions

DAY = date(2026, 4, 1)


def entry(
    line: int, staff: str, superior: str | None = None, *, since: int = 0, until: int | None = None, **told: str | None
) -> Entry:
    """A line; `since` and `until` in days from DAY."""
    post = Post(
        post=told.get("post") or f"p{line}",
        staff=staff,
        department="planning",
        unit=told.get("unit") or "statistics",
        role="analyst",
        superior=superior,
        since=DAY + timedelta(days=since),
        until=None if until is None else DAY + timedelta(days=until),
    )
    return Entry(line, post, told.get("resident"))


def found(*entries: Entry) -> list[tuple[int, str]]:
    """Lines and codes of everything that is wrong."""
    staff = frozenset(each.post.staff for each in entries)
    return sorted((answer.line, answer.code) for answer in questions(entries, staff))


@pytest.mark.rule("W3")
@pytest.mark.parametrize(
    ("expected", "entries"),
    [
        # one post, two after each other, two at once in different units (兼務)
        ([], [entry(2, "a")]),
        ([], [entry(2, "a", until=10), entry(3, "a", since=10)]),
        ([], [entry(2, "a"), entry(3, "a", unit="general-planning")]),
        # the same office twice: by a day, wholly inside, and behind one that is inside
        ([(3, "overlap")], [entry(2, "a", until=11), entry(3, "a", since=10)]),
        ([(3, "overlap"), (4, "overlap")], [entry(2, "a"), entry(3, "a", since=5, until=6), entry(4, "a", since=9)]),
        ([(2, "overlap")], [entry(2, "a", since=5), entry(3, "a")]),
        # a post of two lines, of one person or of two
        ([(3, "post-twice")], [entry(2, "a", post="p"), entry(3, "b", post="p")]),
        # superiors: there, nobody, and in office only before
        ([], [entry(2, "a", "b"), entry(3, "b")]),
        ([(2, "unknown-superior")], [entry(2, "a", "b")]),
        ([(2, "advice-superior")], [entry(2, "a", "b", since=10), entry(3, "b", until=10)]),
        # circles: of one, of two, of three; who only leads into one is in none
        ([(2, "circle")], [entry(2, "a", "a")]),
        ([(2, "circle"), (3, "circle")], [entry(2, "a", "b"), entry(3, "b", "a"), entry(4, "c", "a")]),
        ([(n, "circle") for n in (2, 3, 4)], [entry(2, "a", "b"), entry(3, "b", "c"), entry(4, "c", "a")]),
        # a circle through somebody's second post
        (
            [(2, "circle"), (4, "circle")],
            [entry(2, "a", "b"), entry(3, "b"), entry(4, "b", "a", unit="general-planning")],
        ),
        # one above the other, and later the other way round, is none
        (
            [],
            [entry(2, "a", "b", until=9), entry(3, "b", until=9), entry(4, "b", "a", since=9), entry(5, "a", since=9)],
        ),
        # unless both hold on one day
        (
            [(2, "circle"), (4, "circle")],
            [
                entry(2, "a", "b", until=10),
                entry(3, "b", until=9),
                entry(4, "b", "a", since=9, unit="general-planning"),
                entry(5, "a", since=10),
            ],
        ),
        # one person is one resident
        ([(3, "resident-differs")], [entry(2, "a", until=9, resident="1"), entry(3, "a", since=9, resident="2")]),
        ([], [entry(2, "a", until=9, resident="1"), entry(3, "a", since=9)]),
    ],
)
def test_what_is_wrong_between_lines_is_told_by_line(expected: list[tuple[int, str]], entries: list[Entry]) -> None:
    """Each line that takes part, with what is wrong with it, and no other."""
    assert expected == found(*entries)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_a_circle_is_found_where_there_is_one(pairs: list[tuple[int, int]]) -> None:
    """Exactly those lines whose superior can be followed back to their own staff."""
    entries = [entry(n, f"s{staff}", f"s{superior}", unit=f"u{n}") for n, (staff, superior) in enumerate(pairs)]
    above = {(staff, superior) for staff, superior in pairs}
    for middle in range(6):
        above |= {(a, c) for a in range(6) for c in range(6) if (a, middle) in above and (middle, c) in above}
    expected = [n for n, (staff, superior) in enumerate(pairs) if staff == superior or (superior, staff) in above]
    assert expected == [line for line, code in found(*entries) if code == "circle"]
