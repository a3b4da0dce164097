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

INDEX: Final = {window: index for index, window in enumerate(Window)}
"""The windows by their place in `Seen.counts` and `Seen.marks`: 1d, 30d, 365d, tenure."""

_ROLLING: Final = (DAY, 30 * DAY, 365 * DAY)
_YEAR: Final = 2
_OLDER: Final = -1
"""The place of a look that is no longer kept: behind every rolling window, but within tenure."""
_NEVER: Final = -2
_FAR: Final = 1 << 62
_TRIM: Final = 4096
"""Looks older than a year are dropped from the arrays once there are this many."""


class Seen:
    """Distinct subjects seen by one owner, over 1d, 30d, 365d and tenure. Subjects are numbers that the fold gave them.

    `counts` are distinct subjects by window, as of the last `expire`; `due` is when the next look leaves a window,
    µs. Both are read where every request passes (gateway.ledger.admission), and written here alone.
    """

    __slots__ = ("_base", "_last", "_marks", "_subjects", "_times", "counts", "due")

    def __init__(self, times: Sequence[int] = (), subjects: Sequence[int] = (), older: Iterable[int] = ()) -> None:
        """`older` are subjects whose looks are known to lie behind all windows; the rest are looks, oldest first."""
        self._times = array("q")
        self._subjects = array("I")
        self._base = 0
        # A subject's place is that of its last look; it is out of a window if its place lies before the window's mark.
        self._last: dict[int, int] = dict.fromkeys(older, _OLDER)
        self._marks = [0, 0, 0, _OLDER]
        self.counts = [0, 0, 0, len(self._last)]
        self.due = _FAR
        for time, subject in zip(times, subjects, strict=True):
            self.add(time, (subject,))

    def add(self, time: int, seen: Iterable[int]) -> None:
        """Looks at these subjects at `time` µs, not before any earlier one."""
        last, counts, times, subjects = self._last, self.counts, self._times, self._subjects
        day, month, year, _ = self._marks
        place = self._base + len(times)
        for subject in seen:
            before = last.get(subject, _NEVER)
            # A day's mark never lies before a month's, nor that before a year's, nor that before tenure's.
            if before < day:
                counts[0] += 1
                if before < month:
                    counts[1] += 1
                    if before < year:
                        counts[2] += 1
                        if before < _OLDER:
                            counts[3] += 1
            last[subject] = place
            place += 1
            times.append(time)
            subjects.append(subject)
        self.due = min(self.due, time + DAY)  # Later, where the day's window was empty and longer ones were not.

    def expire(self, now: int) -> None:
        """Move the marks: a look at t leaves a window of length n at t + n, exactly."""
        if now < self.due:
            return
        times, subjects, last, base = self._times, self._subjects, self._last, self._base
        end, due = base + len(times), _FAR
        for window, length in enumerate(_ROLLING):
            mark, edge, gone = self._marks[window], now - length, 0
            while mark < end and times[mark - base] <= edge:
                gone += last[subjects[mark - base]] == mark
                mark += 1
            self._marks[window] = mark
            self.counts[window] -= gone
            if mark < end:
                due = min(due, times[mark - base] + length)
        self.due = due
        drop = self._marks[_YEAR] - base
        if drop >= _TRIM:
            del self._times[:drop], self._subjects[:drop]
            self._base += drop

    def count(self, window: Window) -> int:
        """Distinct subjects in the window, as of the last `expire`."""
        return self.counts[INDEX[window]]

    def new(self, window: Window, subjects: Sequence[int | None]) -> list[int]:
        """The places in `subjects` of those that are not in the window; None is a subject that nobody has seen."""
        last, mark = self._last, self._marks[INDEX[window]]
        return [place for place, s in enumerate(subjects) if s is None or last.get(s, _NEVER) < mark]

    def reopens(self, window: Window) -> int | None:
        """When the window next gives a resident back, µs; None for tenure or an empty window."""
        if window is Window.TENURE:
            return None
        self._pass_over_repeated()
        index = INDEX[window]
        place = self._marks[index] - self._base
        return self._times[place] + _ROLLING[index] if place < len(self._times) else None

    def _pass_over_repeated(self) -> None:
        """Move every mark to a look that is its subject's last: those before it give nothing back. All of them, so
        that none overtakes another; each look is passed over once, so that a search never starts anew.
        """
        subjects, last, base = self._subjects, self._last, self._base
        end = base + len(subjects)
        for window in range(len(_ROLLING)):
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
