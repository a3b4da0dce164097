"""Windows reckoned from scratch."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.allowance import Window
from gateway.clock import DAY
from loadtest.evidence import WIDTHS, most_at_once

HOUR = DAY // 24


@pytest.mark.parametrize(
    ("seen", "window", "most"),
    [
        ([], Window.DAY, 0),
        ([(0, "ab"), (HOUR, "bc")], Window.DAY, 3),  # one window holds all
        ([(0, "ab"), (DAY, "cd")], Window.DAY, 2),  # a day later those of the first moment are out of it
        ([(0, "ab"), (DAY - 1, "cd")], Window.DAY, 4),  # a moment before they are not
        ([(0, "ab"), (DAY - 1, "a"), (DAY, "c")], Window.DAY, 2),  # seen again counts from then
        ([(0, "ab"), (29 * DAY, "c"), (31 * DAY, "d")], Window.MONTH, 3),
        ([(0, "ab"), (400 * DAY, "c")], Window.YEAR, 2),
        ([(0, "ab"), (4000 * DAY, "c")], Window.TENURE, 3),  # never forgotten
    ],
)
def test_the_most_that_a_window_held(seen: list[tuple[int, str]], window: Window, most: int) -> None:
    """Distinct subjects, over the width of the window, to the microsecond."""
    assert most == most_at_once([(moment, list(subjects), True) for moment, subjects in seen], window)


def test_only_moments_at_which_the_limit_counted() -> None:
    """Whoever holds two posts is held to the limits of the one they act in, with all that they saw in both."""
    seen: list[tuple[int, list[Hashable], bool]] = [(0, ["a", "b", "c"], False), (1, ["d"], True), (2, ["e"], False)]
    assert most_at_once(seen, Window.DAY) == 4


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.lists(st.sampled_from("abcdef"), max_size=4)),
        max_size=25,
    )
)
def test_as_the_definition_says(events: list[tuple[int, list[str]]]) -> None:
    """The same as looking at every window that ends with an event."""
    events = sorted((days * DAY // 10, subjects) for days, subjects in events)
    width = WIDTHS[Window.DAY]
    assert width == timedelta(days=1) // timedelta(microseconds=1)
    expected = max(
        (len({s for at, subjects in events if end - width < at <= end for s in subjects}) for end, _ in events),
        default=0,
    )
    assert expected == most_at_once([(at, subjects, True) for at, subjects in events], Window.DAY)
