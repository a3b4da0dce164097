"""What one owner has seen: exact counts of distinct residents over rolling windows.

Rule: a subject counts in a window while its *last* look lies in it. Looks are kept oldest first in packed arrays and
each window has a mark that only moves forward, so a look costs O(1) and nothing is ever approximated or evicted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Self

from gateway.allowance import Window
from gateway.clock import DAY

INDEX: Final = {window: index for index, window in enumerate(Window)}
"""The windows by their place in `Seen.counts` and in `Looks.marks`: 1d, 30d, 365d, tenure."""

_ROLLING: Final = (DAY, 30 * DAY, 365 * DAY)
_YEAR: Final = 2
_OLDER: Final = -1
"""The place of a look that is no longer kept: behind every rolling window, but within tenure."""
_NEVER: Final = -2
_FAR: Final = 1 << 62
_FEW: Final = 64
_SHARE: Final = 16
"""Subjects that may stand loose: so many, and a part of the packed ones, so that packing costs a look O(1), too."""
_WASTE: Final = 4
"""Looks that are no subject's last, or older than a year, that may be kept: as few, and a part of those that count."""
_SLICE: Final = 1000
"""Looks a slice when they are packed: well under a millisecond."""


class Looks(NamedTuple):
    """All that a `Seen` knows, to be kept and taken up again. Numbers are counted from 0, times are µs."""

    times: array[int]
    subjects: array[int]
    order: array[int]
    loose: array[int]
    older: array[int]
    marks: tuple[int, ...]
    counts: tuple[int, ...]


class Seen:
    """Distinct subjects seen by one owner, over 1d, 30d, 365d and tenure. Subjects are numbers that the fold gave them.

    `counts` are distinct subjects by window, as of the last `expire`; `due` is when the next look leaves a window,
    µs. Both are read where every request passes (gateway.ledger.admission), and written here alone.

    The places of last looks stand loose in a dictionary at first, and are then packed into a row by subject, in which
    bisection finds them. So a subject takes 16 octets.
    """

    __slots__ = ("_loose", "_marks", "_older", "_order", "_subjects", "_times", "counts", "due")

    def __init__(self) -> None:
        self._times = array("q")
        self._subjects = array("I")
        # The places of last looks by subject, but of those subjects whose places stand loose.
        self._order = array("I")
        self._loose: dict[int, int] = {}
        # Subjects, in order, whose last look is no longer kept, unless they were seen again.
        self._older = array("I")
        # A subject is out of a window if the place of its last look lies before the window's mark.
        self._marks = [0, 0, 0, _OLDER]
        self.counts = [0, 0, 0, 0]
        self.due = _FAR

    @classmethod
    def of(cls, looks: Looks) -> Self:
        """Take up what was kept. Raises ValueError for what cannot have been."""
        seen = cls()
        seen._times, seen._subjects, seen._order, seen._older = looks.times, looks.subjects, looks.order, looks.older
        end = len(looks.times)
        places = (*looks.marks, max(looks.order, default=-1) + 1, max(looks.loose, default=-1) + 1)
        if len(looks.subjects) != end or len(looks.marks) != len(_ROLLING) or max(places) > end:
            raise ValueError("these are no looks")
        seen._loose = {looks.subjects[place]: place for place in looks.loose}
        seen._marks = [*looks.marks, _OLDER]
        seen.counts = list(looks.counts)
        seen.due = 0
        return seen

    def looks(self) -> Looks:
        """A copy of everything."""
        day, month, year, _ = self._marks
        return Looks(
            self._times[:],
            self._subjects[:],
            self._order[:],
            array("I", self._loose.values()),
            self._older[:],
            (day, month, year),
            tuple(self.counts),
        )

    def copy(self) -> Seen:
        """The same looks, to be counted on apart."""
        return Seen.of(self.looks())

    def add(self, time: int, seen: Iterable[int]) -> None:
        """Looks at these subjects at `time` µs, not before any earlier one."""
        loose, counts, times, subjects = self._loose, self.counts, self._times, self._subjects
        day, month, year, _ = self._marks
        place = len(times)
        for subject in seen:
            before = loose.get(subject)
            if before is None:
                before = self._packed(subject)
            # A day's mark never lies before a month's, nor that before a year's, nor that before tenure's.
            if before < day:
                counts[0] += 1
                if before < month:
                    counts[1] += 1
                    if before < year:
                        counts[2] += 1
                        if before < _OLDER:
                            counts[3] += 1
            loose[subject] = place
            place += 1
            times.append(time)
            subjects.append(subject)
        self.due = min(self.due, time + DAY)  # Later, where the day's window was empty and longer ones were not.

    def expire(self, now: int) -> None:
        """Move the marks: a look at t leaves a window of length n at t + n, exactly."""
        if now < self.due:
            return
        times = self._times
        end, due = len(times), _FAR
        for window, length in enumerate(_ROLLING):
            mark, edge, gone = self._marks[window], now - length, 0
            while mark < end and times[mark] <= edge:
                gone += self._is_last(mark)
                mark += 1
            self._marks[window] = mark
            self.counts[window] -= gone
            if mark < end:
                due = min(due, times[mark] + length)
        self.due = due

    def count(self, window: Window) -> int:
        """Distinct subjects in the window, as of the last `expire`."""
        return self.counts[INDEX[window]]

    def new(self, window: Window, subjects: Sequence[int | None]) -> list[int]:
        """The places in `subjects` of those that are not in the window; None is a subject that nobody has seen."""
        mark = self._marks[INDEX[window]]
        return [place for place, s in enumerate(subjects) if s is None or self._place(s) < mark]

    def reopens(self, window: Window, over: int = 0) -> int | None:
        """When the window has given `over` + 1 residents back, µs; None for tenure or a window with no more than
        `over`.
        """
        if window is Window.TENURE:
            return None
        self._pass_over_repeated()
        index = INDEX[window]
        place, end = self._marks[index], len(self._times)
        while over > 0 and place < end:  # Only where a limit was lowered, or an override has ended.
            over -= self._is_last(place)
            place += 1
        while place < end and not self._is_last(place):
            place += 1
        return self._times[place] + _ROLLING[index] if place < end else None

    @property
    def wants_packing(self) -> bool:
        """Whether more subjects stand loose, or more looks are kept for nothing, than should."""
        return len(self._loose) > _FEW + len(self._order) // _SHARE or self._wasteful

    @property
    def _wasteful(self) -> bool:
        counting = len(self._order) + len(self._loose)
        return max(len(self._times) - counting, self._marks[_YEAR]) > _FEW + counting // _WASTE

    def pack(self) -> Iterator[None]:
        """Pack what stands loose, in slices: everything may go on between them."""
        yield from self._pack_loose()
        if self._wasteful:
            yield from self._drop()

    def _pack_loose(self) -> Iterator[None]:
        order, loose, key = self._order, self._loose, self._subjects.__getitem__
        packed: array[int] = array("I")
        taken: list[int] = []
        at = 0
        for number, subject in enumerate(sorted(loose)):
            to = bisect_left(order, subject, at, key=key)
            packed.extend(order[at:to])
            packed.append(loose[subject])
            taken.append(loose[subject])
            at = to + (to < len(order) and key(order[to]) == subject)
            if number % _SLICE == _SLICE - 1:
                yield
        packed.extend(order[at:])
        self._order = packed
        for place in taken:
            subject = key(place)
            if loose[subject] == place:  # Else it was seen again meanwhile.
                del loose[subject]

    def _drop(self) -> Iterator[None]:
        """Keep last looks alone, and of those that are older than a year the subject."""
        end, order, loose = len(self._times), self._order, self._loose
        last = bytearray(end)
        for start in range(0, len(order), _SLICE):
            for place in order[start : start + _SLICE]:
                last[place] = 1
            yield
        times, subjects, gone = array("q"), array("I"), array("I")
        moved = array("I")  # How many looks before this one are kept: where it goes, if it is.
        for start in range(0, end, _SLICE):
            year = self._marks[_YEAR]
            for place in range(start, min(start + _SLICE, end)):
                moved.append(len(times))
                subject = self._subjects[place]
                if not last[place] if (now := loose.get(subject)) is None else now != place:
                    continue
                if place < year:
                    gone.append(subject)
                else:
                    times.append(self._times[place])
                    subjects.append(subject)
            yield
        moved.append(len(times))
        packed = array("I")
        for start in range(0, len(order), _SLICE):
            packed.extend([moved[place] for place in order[start : start + _SLICE] if moved[place] < moved[place + 1]])
            yield
        older = array("I")
        yield from _merge(older, self._older, sorted(gone))
        # All at once from here on: what was added meanwhile stands behind.
        shift = end - len(times)

        def goes(place: int) -> int:
            return moved[place] if place < end else place - shift

        kept = {subject: place for subject, place in loose.items() if place >= end or moved[place] < moved[place + 1]}
        self._loose = {subject: goes(place) for subject, place in kept.items()}
        self._marks[: _YEAR + 1] = [moved[mark] if mark <= end else mark - shift for mark in self._marks[: _YEAR + 1]]
        self._times, self._subjects = times + self._times[end:], subjects + self._subjects[end:]
        self._order, self._older = packed, older

    def _place(self, subject: int) -> int:
        """The place of a subject's last look."""
        place = self._loose.get(subject)
        return self._packed(subject) if place is None else place

    def _packed(self, subject: int) -> int:
        """The place of the last look of a subject that does not stand loose."""
        place, older = self._ordered(subject), self._older
        if place is not None:
            return place
        if older:
            at = bisect_left(older, subject)
            if at < len(older) and older[at] == subject:
                return _OLDER
        return _NEVER

    def _ordered(self, subject: int) -> int | None:
        order, key = self._order, self._subjects.__getitem__
        at = bisect_left(order, subject, key=key)
        return order[at] if at < len(order) and key(order[at]) == subject else None

    def _is_last(self, place: int) -> bool:
        """Whether a look is its subject's last."""
        subject = self._subjects[place]
        last = self._loose.get(subject)
        return place == (self._ordered(subject) if last is None else last)

    def _pass_over_repeated(self) -> None:
        """Move every mark to a look that is its subject's last: those before it give nothing back. All of them, so
        that none overtakes another; each look is passed over once, so that a search never starts anew.
        """
        end = len(self._times)
        for window in range(len(_ROLLING)):
            mark = self._marks[window]
            while mark < end and not self._is_last(mark):
                mark += 1
            self._marks[window] = mark


def _merge(into: array[int], stay: array[int], come: Sequence[int]) -> Iterator[None]:
    """Two rows in order become one, with what is in both once; a yield a slice."""
    at = 0
    for number, each in enumerate(come):
        to = bisect_left(stay, each, at)
        into.extend(stay[at:to])
        into.append(each)
        at = to + (to < len(stay) and stay[to] == each)
        if number % _SLICE == _SLICE - 1:
            yield
    into.extend(stay[at:])


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

    def reopens(self, key: int, limit: int) -> int | None:
        """When enough of `key` is forgotten for it to be below `limit`, µs; None if that alone never brings it there.

        Limits differ by purpose and amounts count for all of them, so the oldest one forgotten may not be enough.
        """
        over = self.sum(key) - limit
        for time, of, amount in self._events:
            if of == key:
                over -= amount
                if over < 0:
                    return time + DAY
        return None

    @property
    def events(self) -> Iterable[tuple[int, int, int]]:
        """(time, key, amount), oldest first."""
        return self._events
