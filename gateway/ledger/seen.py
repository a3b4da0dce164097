"""What one owner has seen: exact counts of distinct residents over rolling windows.

Rule: a subject counts in a window while its *last* look lies in it. Looks are kept oldest first in packed arrays and
each window has a mark that only moves forward, so a look costs O(1) and nothing is ever approximated or evicted.
"""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Final

from gateway.allowance import Window
from gateway.clock import DAY

ROLLING: Final = (Window.DAY, Window.MONTH, Window.YEAR)
_LENGTHS: Final = (DAY, 30 * DAY, 365 * DAY)
_YEAR: Final = 2
_TRIM: Final = 4096
"""Looks older than a year are dropped from the arrays once there are this many."""


class Seen:
    """Distinct subjects seen by one owner, over 1d, 30d, 365d and tenure. Subjects are numbers that the fold gave
    them.
    """

    __slots__ = ("_base", "_counts", "_last", "_marks", "_subjects", "_times")

    def __init__(self, times: Sequence[int] = (), subjects: Sequence[int] = (), older: Iterable[int] = ()) -> None:
        """`older` are subjects whose looks are known to lie behind all windows; the rest are looks, oldest first."""
        self._times = array("q")
        self._subjects = array("I")
        self._last: dict[int, int] = dict.fromkeys(older, -1)
        self._base = 0
        self._marks = [0, 0, 0]
        self._counts = [0, 0, 0]
        for time, subject in zip(times, subjects, strict=True):
            self.add(time, subject)

    def add(self, time: int, subject: int) -> None:
        """One look at `time` µs, not before any earlier one."""
        last, counts, marks = self._last, self._counts, self._marks
        # -1 lies before every mark, and a day's mark never lies before a month's, nor that before a year's.
        before = last.get(subject, -1)
        if before < marks[0]:
            counts[0] += 1
            if before < marks[1]:
                counts[1] += 1
                if before < marks[2]:
                    counts[2] += 1
        last[subject] = self._base + len(self._times)
        self._times.append(time)
        self._subjects.append(subject)

    def expire(self, now: int) -> None:
        """Move the marks: a look at t leaves a window of length n at t + n, exactly."""
        times, base, marks = self._times, self._base, self._marks
        end = base + len(times)
        for window in range(3):
            mark, edge = marks[window], now - _LENGTHS[window]
            if mark < end and times[mark - base] <= edge:
                subjects, last = self._subjects, self._last
                gone = 0
                while mark < end and times[mark - base] <= edge:
                    gone += last[subjects[mark - base]] == mark
                    mark += 1
                marks[window] = mark
                self._counts[window] -= gone
        if marks[_YEAR] - base >= _TRIM:
            drop = marks[_YEAR] - base
            del self._times[:drop], self._subjects[:drop]
            self._base += drop

    def count(self, window: Window) -> int:
        """Distinct subjects in the window, as of the last `expire`."""
        return len(self._last) if window is Window.TENURE else self._counts[ROLLING.index(window)]

    def new(self, window: Window, subjects: Sequence[int | None]) -> list[int]:
        """The places in `subjects` of those that are not in the window; None is a subject that nobody has seen."""
        last = self._last
        if window is Window.TENURE:
            return [i for i, s in enumerate(subjects) if s is None or s not in last]
        mark = self._marks[ROLLING.index(window)]
        return [i for i, s in enumerate(subjects) if s is None or last.get(s, -1) < mark]

    def reopens(self, window: Window) -> int | None:
        """When the window next gives a resident back, µs; None for tenure or an empty window."""
        if window is Window.TENURE:
            return None
        self._pass_over_repeated()
        which = ROLLING.index(window)
        index = self._marks[which] - self._base
        return self._times[index] + _LENGTHS[which] if index < len(self._times) else None

    def _pass_over_repeated(self) -> None:
        """Move every mark to a look that is its subject's last: those before it give nothing back. All of them, so
        that none overtakes another; each look is passed over once, so that a search never starts anew.
        """
        subjects, last, base = self._subjects, self._last, self._base
        end = base + len(subjects)
        for window in range(3):
            mark = self._marks[window]
            while mark < end and last[subjects[mark - base]] != mark:
                mark += 1
            self._marks[window] = mark

    @property
    def looks(self) -> tuple[array[int], array[int]]:
        """Times and subjects of the looks that are kept, oldest first."""
        return self._times, self._subjects

    @property
    def older(self) -> list[int]:
        """Subjects whose last look is no longer kept."""
        return [subject for subject, last in self._last.items() if last < self._base]


class DayTally:
    """Amounts within the last day, per key: looks at one resident, or refused attempts (one key, 0)."""

    __slots__ = ("_events", "_sums")

    def __init__(self) -> None:
        self._events: deque[tuple[int, int, int]] = deque()
        self._sums: Counter[int] = Counter()

    def add(self, time: int, key: int, amount: int = 1) -> None:
        """`amount` of `key` at `time` µs."""
        self._events.append((time, key, amount))
        self._sums[key] += amount

    def expire(self, now: int) -> None:
        """Forget what is a day old."""
        events, edge = self._events, now - DAY
        while events and events[0][0] <= edge:
            _, key, amount = events.popleft()
            self._sums[key] -= amount
            if not self._sums[key]:
                del self._sums[key]

    def sum(self, key: int) -> int:
        """The amount of `key`, as of the last `expire`."""
        return self._sums.get(key, 0)

    def reopens(self, key: int) -> int | None:
        """When the oldest of `key` is forgotten, µs; None if there is none."""
        return next((time + DAY for time, of, _ in self._events if of == key), None)

    @property
    def events(self) -> Iterable[tuple[int, int, int]]:
        """(time, key, amount), oldest first."""
        return self._events
