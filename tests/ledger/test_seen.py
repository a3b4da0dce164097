from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.allowance import Window
from gateway.clock import DAY, SECOND
from gateway.ledger import seen as module
from gateway.ledger.seen import DayTally, Seen

LENGTHS = {Window.DAY: DAY, Window.MONTH: 30 * DAY, Window.YEAR: 365 * DAY, Window.TENURE: None}
# Steps that hit the edges of every window exactly, and one beside them.
STEPS = [0, 1, SECOND, DAY - 1, DAY, DAY + 1, 29 * DAY, 30 * DAY, 335 * DAY, 365 * DAY - 1, 365 * DAY]
looks = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5), st.booleans()), max_size=40)


class Slow:
    """What `Seen` promises, by looking at everything each time."""

    def __init__(self) -> None:
        self.last: dict[int, int] = {}

    def inside(self, window: Window, now: int) -> set[int]:
        """Subjects whose last look lies in the window: a look at t is out at t + n."""
        length = LENGTHS[window]
        return {subject for subject, time in self.last.items() if length is None or time > now - length}

    def reopens(self, window: Window, now: int) -> int | None:
        """When the first of them is out."""
        length, inside = LENGTHS[window], self.inside(window, now)
        if length is None or not inside:
            return None
        return min(self.last[subject] for subject in inside) + length


def compare(slow: Slow, seen: Seen, now: int) -> None:
    """Everything that can be asked, of every window."""
    subjects: list[int | None] = [None, *range(6)]
    for window in Window:
        inside = slow.inside(window, now)
        assert len(inside) == seen.count(window)
        assert [i for i, s in enumerate(subjects) if s not in inside] == seen.new(window, subjects)
        assert slow.reopens(window, now) == seen.reopens(window)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pack after few looks, and by the look."""
    monkeypatch.setattr(module, "_FEW", 1)
    monkeypatch.setattr(module, "_SLICE", 1)


@pytest.mark.rule("L1")
@given(looks, st.integers(1, 7))
def test_counts_are_exact_at_every_moment(asked: list[tuple[int, int, bool]], slices: int) -> None:
    """Distinct residents in each window are what a recount would give, whatever the order of looks and the time between
    them, and however far packing has come meanwhile.
    """
    slow, seen, now = Slow(), Seen(), 0
    packing: Iterator[None] = iter(())
    for step, subject, expire in asked:
        now += step
        if expire:  # Settlement expires before it adds; the fold of a restart only adds.
            seen.expire(now)
        seen.add(now, (subject,))
        slow.last[subject] = now
        if expire:
            compare(slow, seen, now)
        if len(list(islice(packing, slices))) < slices:
            packing = seen.pack() if seen.wants_packing else iter(())
    seen.expire(now)
    compare(slow, seen, now)
    for _ in packing:
        pass
    compare(slow, seen, now)


@pytest.mark.rule("L4")
@given(looks, looks, st.booleans())
def test_what_is_kept_is_enough_to_go_on(
    before: list[tuple[int, int, bool]], after: list[tuple[int, int, bool]], packed: bool
) -> None:
    """Everything, put into a snapshot and taken up again, counts on as if nothing had happened."""
    slow, seen, now = Slow(), Seen(), 0
    for half in (before, after):
        seen = Seen.of(seen.looks())
        for step, subject, _ in half:
            now += step
            seen.expire(now)
            seen.add(now, (subject,))
            slow.last[subject] = now
        for _ in seen.pack() if packed else ():
            pass
    seen.expire(now)
    compare(slow, seen, now)


def test_packing_keeps_the_last_look_of_each_alone() -> None:
    """Memory is bounded by the residents seen within a year, and by a number for those seen before."""
    seen = Seen()
    for day in range(800):
        seen.add(day * DAY, (7, day % 10, 1000 + day))
        seen.expire(day * DAY)
        for _ in seen.pack() if seen.wants_packing else ():
            pass
    kept, counting = seen.looks(), seen.count(Window.YEAR)
    assert counting == 375
    assert counting <= len(kept.times) <= counting * 3 // 2 + 1
    assert counting <= len(kept.order) + len(kept.loose) <= len(kept.times)
    assert seen.count(Window.TENURE) == 810
    assert 435 - len(kept.times) + counting <= len(kept.older) <= 435


@pytest.mark.rule("L1")
@pytest.mark.parametrize(
    ("expected", "window", "later"),
    [
        (1, Window.DAY, DAY - 1),
        (0, Window.DAY, DAY),  # out exactly a day later
        (1, Window.MONTH, 30 * DAY - 1),
        (0, Window.MONTH, 30 * DAY),
        (1, Window.YEAR, 365 * DAY - 1),
        (0, Window.YEAR, 365 * DAY),
        (1, Window.TENURE, 100_000 * DAY),  # never out
    ],
)
def test_a_look_leaves_a_window_after_exactly_its_length(expected: int, window: Window, later: int) -> None:
    """To the microsecond."""
    seen = Seen()
    seen.add(SECOND, (7,))
    seen.expire(SECOND + later)

    assert expected == seen.count(window)


def test_looking_again_moves_the_resident_to_the_end() -> None:
    """The last look counts: whoever is looked at daily never leaves the month."""
    seen = Seen()
    for day in range(100):
        seen.expire(day * DAY)
        seen.add(day * DAY, (7,))

    assert (seen.count(Window.DAY), seen.count(Window.MONTH), seen.count(Window.YEAR)) == (1, 1, 1)
    assert seen.reopens(Window.MONTH) == 129 * DAY


@pytest.mark.rule("L1")
@given(st.lists(st.tuples(st.sampled_from([0, 1, DAY // 2, DAY - 1, DAY]), st.integers(0, 3), st.integers(1, 5))))
def test_a_days_tally_is_exact(asked: list[tuple[int, int, int]]) -> None:
    """Amounts of the last day, per key; what is a day old is out, and it reopens when so many of the oldest are out
    that less than the limit is left.
    """
    tally, events, now = DayTally(), [], 0
    for step, key, amount in asked:
        now += step
        tally.add(now, key, amount)
        events.append((now, key, amount))
        tally.expire(now)
        inside: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for time, of, much in events:
            if time > now - DAY:
                inside[of].append((time, much))
        for each in range(4):
            assert sum(much for _, much in inside[each]) == tally.sum(each)
            for limit in (1, 3, 7):
                out = (
                    time + DAY
                    for place, (time, _) in enumerate(inside[each])
                    if sum(much for _, much in inside[each][place + 1 :]) < limit
                )
                assert next(out, None) == tally.reopens(each, limit)
        assert [event for event in events if event[0] > now - DAY] == list(tally.events)
