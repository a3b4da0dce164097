from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.allowance import Allowance, Owner, Rate, Terms, Window
from gateway.clock import DAY, SECOND
from gateway.ledger.admission import Admission, admit, attempts_left, held_up
from gateway.ledger.fold import Fact, Fold
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Exhausted, Reason
from tests.ledger.desk import terms

TOO_OFTEN = Exhausted("staff", "1d", 2, SECOND + DAY, "looks at one resident")
TOO_OFTEN_AT_ONCE = Exhausted("staff", "1d", 2, None, "looks at one resident")
DAY_LIMIT = Exhausted("staff", "1d", 3, SECOND + DAY)


def subject(number: int) -> bytes:
    """A commitment."""
    return number.to_bytes(16, "big")


def ask(
    fold: Fold, under: Terms, numbers: Sequence[int], *, now: int = SECOND, divisible: bool = False, staff: str = "hana"
) -> Admission:
    """The verdict on a request of a staff member of the welfare department."""
    return admit(
        fold,
        under,
        department="welfare",
        staff=staff,
        meter=pb.METER_INTERACTIVE,
        commitments=[subject(number) for number in numbers],
        now=now,
        divisible=divisible,
    )


def tell(
    fold: Fold,
    under: Terms,
    numbers: Sequence[int],
    *,
    now: int = SECOND,
    staff: str = "hana",
    department: str = "welfare",
) -> None:
    """Fold a disclosure in."""
    commitments = [subject(number) for number in numbers]
    purpose, meter = under.purpose, pb.METER_INTERACTIVE
    fold.take(Fact(pb.KIND_DISCLOSURE, now, department, staff, purpose, meter, commitments, under.rate))


THREE = terms((Owner.STAFF, Window.DAY, 3))


@pytest.mark.rule("L1", "L2")
@pytest.mark.parametrize(
    ("expected", "asked", "divisible"),
    [
        (Admission(1), [1], False),  # seen already: costs nothing
        (Admission(2), [2, 3], False),  # two new ones, two left
        (Admission(4), [1, 2, 1, 3], False),  # the same one twice costs once
        (Admission(5), [2, 2, 2, 3, 3], False),  # so do new ones
        (Admission(0, Reason.BUDGET_EXHAUSTED, (DAY_LIMIT,)), [2, 3, 4], False),  # one too many: none at all
        (Admission(2, Reason.BUDGET_EXHAUSTED, (DAY_LIMIT,)), [2, 3, 4], True),  # a page: exactly what is left
        (Admission(5, Reason.BUDGET_EXHAUSTED, (DAY_LIMIT,)), [1, 2, 2, 3, 1, 4, 1], True),  # up to the first too many
        (Admission(0, Reason.COST_IMPOSSIBLE, (DAY_LIMIT,)), [2, 3, 4, 5], False),  # never possible, at any time
        (Admission(2, Reason.BUDGET_EXHAUSTED, (DAY_LIMIT,)), [2, 3, 4, 5], True),  # a page can always be cut
        (Admission(0), [], False),  # a page of nobody
    ],
)
def test_what_is_covered_after_one_resident_of_three_a_day(
    expected: Admission, asked: list[int], *, divisible: bool
) -> None:
    """Distinct residents, all or nothing; a page exactly up to the first resident who is not covered."""
    fold = Fold()
    tell(fold, THREE, [1])

    assert expected == ask(fold, THREE, asked, divisible=divisible)


@pytest.mark.rule("L2")
def test_all_allowances_are_judged_together() -> None:
    """Nothing is spent if one of them does not cover it, and every one that does not is named."""
    under = terms((Owner.STAFF, Window.DAY, 3), (Owner.DEPARTMENT, Window.MONTH, 4), (Owner.CITY, Window.YEAR, 100))
    fold = Fold()
    tell(fold, under, [1, 2])
    tell(fold, under, [3, 4], staff="jiro", now=2 * SECOND)
    of_department = Exhausted("department", "30d", 4, SECOND + 30 * DAY)

    both = Admission(0, Reason.BUDGET_EXHAUSTED, (of_department, DAY_LIMIT))
    assert both == ask(fold, under, [5, 6], now=2 * SECOND)
    assert Admission(0, Reason.BUDGET_EXHAUSTED, (of_department,)) == ask(fold, under, [5], now=2 * SECOND)
    # A page: the department's allowance lets nobody new in, the person's own one; the smaller counts.
    assert Admission(2, Reason.BUDGET_EXHAUSTED, both.exhausted) == ask(
        fold, under, [1, 3, 5, 6], now=2 * SECOND, divisible=True
    )


@pytest.mark.rule("L1")
@pytest.mark.parametrize(
    ("expected", "owner", "staff", "department"),
    [
        (0, Owner.STAFF, "hana", "welfare"),
        (1, Owner.STAFF, "jiro", "welfare"),  # each person has their own
        (0, Owner.DEPARTMENT, "jiro", "welfare"),
        (1, Owner.DEPARTMENT, "jiro", "taxes"),  # each department has its own
        (0, Owner.CITY, "jiro", "taxes"),  # and the city is everybody
    ],
)
def test_an_allowance_bounds_its_owner(expected: int, owner: Owner, staff: str, department: str) -> None:
    """Of one resident a day, seen by Hana of the welfare department, this much is left for others."""
    under, fold = terms((owner, Window.DAY, 1)), Fold()
    tell(fold, under, [1])

    account = fold.account(under, department=department, staff=staff, meter=pb.METER_INTERACTIVE)
    (used,) = account.used(2 * SECOND, {})
    assert expected == used.left


@pytest.mark.rule("L1")
def test_a_purposes_own_allowance_counts_that_purpose_only() -> None:
    """What was seen for another purpose counts for all together, and not for this one."""
    under = Terms(
        "fee-arrears",
        (Allowance("", Owner.STAFF, Window.DAY, 3), Allowance("fee-arrears", Owner.STAFF, Window.DAY, 2)),
        None,
        100,
        50,
    )
    fold = Fold()
    tell(fold, replace(under, purpose="resident-card"), [1, 2])
    tell(fold, under, [3])

    account = fold.account(under, department="welfare", staff="hana", meter=pb.METER_INTERACTIVE)
    assert account.spent() == [3, 1]


def test_meters_are_counted_apart() -> None:
    """What a bulk grant showed is not spent interactively."""
    fold = Fold()
    fold.take(Fact(pb.KIND_DISCLOSURE, SECOND, "welfare", "hana", "mailing", pb.METER_GRANTED, [subject(1)], None))

    account = fold.account(THREE, department="welfare", staff="hana", meter=pb.METER_INTERACTIVE)
    assert account.spent() == [0]


@pytest.mark.rule("L1")
@pytest.mark.parametrize(
    ("expected", "asked", "divisible", "now"),
    [
        (Admission(0, Reason.BUDGET_EXHAUSTED, (TOO_OFTEN,)), [1], False, DAY),
        (Admission(1), [1], False, SECOND + DAY),  # a day after the first of the two looks
        (Admission(1), [2], False, DAY),  # others may be seen
        (
            Admission(2, Reason.BUDGET_EXHAUSTED, (TOO_OFTEN,)),
            [2, 3, 1, 4],
            True,
            DAY,
        ),  # a page ends before them
        (
            Admission(0, Reason.BUDGET_EXHAUSTED, (TOO_OFTEN_AT_ONCE,)),
            [2, 2, 2],
            False,
            DAY,
        ),  # often in one request is often
    ],
)
def test_one_resident_is_looked_at_only_so_often(
    expected: Admission, asked: list[int], now: int, *, divisible: bool
) -> None:
    """Two looks a day at the same resident, after two looks at resident 1."""
    under, fold = terms(repeats=2), Fold()
    tell(fold, under, [1])
    tell(fold, under, [1], now=2 * SECOND)

    assert expected == ask(fold, under, asked, divisible=divisible, now=now)


@pytest.mark.rule("L1")
@pytest.mark.parametrize(
    ("expected", "reason", "count", "now"),
    [
        (0, Reason.STEP_UP_REQUIRED, 3, 2 * SECOND),  # three attempts, three allowed: no more
        (1, Reason.STEP_UP_REQUIRED, 2, 2 * SECOND),  # one attempt is left
        (1, Reason.STEP_UP_REQUIRED, 3, SECOND + DAY),  # a day later they are forgotten
        (1, Reason.BUDGET_EXHAUSTED, 9, 2 * SECOND),  # being out of budget is no attempt
        (1, Reason.REQUEST_MALFORMED, 9, 2 * SECOND),  # nor is a slip of the pen
    ],
)
def test_refused_attempts_are_capped(expected: int, reason: Reason, count: int, now: int) -> None:
    """Who keeps asking for what they may not have is answered nothing more that day."""
    fold = Fold()
    fold.take(
        Fact(pb.KIND_REFUSAL, SECOND, "welfare", "hana", "fee-arrears", 0, (), None, refusal=reason, refusals=count)
    )

    verdict = ask(fold, terms(refusals=3), [1], now=now)
    assert expected == verdict.admitted
    if not expected:
        assert (Exhausted("staff", "1d", 3, SECOND + DAY, "refused attempts"),) == verdict.exhausted


def refused(*attempts: tuple[int, int], reason: Reason = Reason.STEP_UP_REQUIRED) -> Fold:
    """A fold in which Hana was refused: at which second, how many times."""
    fold = Fold()
    for second, count in attempts:
        refusal = Fact(
            pb.KIND_REFUSAL, second * SECOND, "welfare", "hana", "fee-arrears", 0, (), None, reason, refusals=count
        )
        fold.take(refusal)
    return fold


@pytest.mark.rule("L1", "L5")
@pytest.mark.parametrize(
    ("expected", "attempts", "waiting", "now"),
    [
        ((3, None), [], 0, 9 * SECOND),
        ((2, None), [], 1, 9 * SECOND),  # not recorded yet, and counted
        ((0, None), [], 4, 9 * SECOND),  # of those nobody knows yet when they come back
        ((1, None), [(1, 2)], 0, 9 * SECOND),
        ((0, SECOND + DAY), [(1, 2)], 1, 9 * SECOND),
        ((0, SECOND + DAY), [(1, 3)], 0, 9 * SECOND),
        ((0, SECOND + DAY), [(1, 1), (2, 2)], 0, 9 * SECOND),  # the oldest comes back first
        ((0, 2 * SECOND + DAY), [(1, 1), (2, 3)], 0, 9 * SECOND),  # one too many: it is not enough
        ((0, 3 * SECOND + DAY), [(1, 9), (2, 1), (3, 3)], 0, 9 * SECOND),  # under other terms nine were let
        ((0, None), [(1, 1)], 3, 9 * SECOND),  # that one is not what stops her
        ((3, None), [(1, 3)], 0, SECOND + DAY),  # all are a day old
        ((1, None), [(1, 1), (2, 2)], 0, SECOND + DAY),
    ],
)
def test_what_is_left_of_refused_attempts(
    expected: tuple[int, int | None], attempts: list[tuple[int, int]], waiting: int, now: int
) -> None:
    """Of three a day; and the time that is told is the time at which one is left again, not before."""
    under, fold = terms(refusals=3), refused(*attempts)
    assert expected == attempts_left(fold, under, "hana", now, waiting)
    assert attempts_left(fold, under, "jiro", now) == (3, None)
    _, reopens = expected
    if reopens is not None:
        assert attempts_left(fold, under, "hana", reopens - 1, waiting)[0] == 0
        assert attempts_left(fold, under, "hana", reopens, waiting)[0] > 0


@pytest.mark.rule("L1")
@pytest.mark.parametrize("reason", [Reason.TOO_MANY_RESULTS, Reason.NOT_UNIQUE, Reason.SEARCH_NOT_GRANTED])
def test_what_tells_of_the_register_without_a_charge_is_an_attempt(reason: Reason) -> None:
    """Whoever learns that there are many, or two, is held up like whoever asks for what they may not have."""
    under = terms(refusals=3)
    assert held_up(refused((1, 2), reason=reason), under, "hana", 9 * SECOND) is None
    for fold, waiting in ((refused((1, 3), reason=reason), 0), (refused((1, 2), reason=reason), 1)):
        verdict = held_up(fold, under, "hana", 9 * SECOND, waiting)
        assert verdict is not None
        assert verdict.exhausted == (Exhausted("staff", "1d", 3, SECOND + DAY, "refused attempts"),)


@pytest.mark.rule("L1", "L5")
def test_under_tighter_terms_several_looks_are_forgotten_first() -> None:
    """Looks count whatever the purpose; the time that is told is the one from which the resident may be seen again."""
    fold = Fold()
    for second in (1, 2, 3):
        tell(fold, terms(repeats=9), [1], now=second * SECOND)
    tight = terms(repeats=2)
    (spent_up,) = ask(fold, tight, [1], now=9 * SECOND).exhausted
    assert spent_up.reopens == 2 * SECOND + DAY
    assert not ask(fold, tight, [1], now=spent_up.reopens - 1).admitted
    assert ask(fold, tight, [1], now=spent_up.reopens).admitted


@pytest.mark.rule("L2")
def test_the_rate_is_exact_to_the_microsecond() -> None:
    """Two a second and a burst of three: three at once, then one each half second, and the wait that is told is the
    wait that helps.
    """
    under, fold = terms(rate=Rate.per_second(2, 3)), Fold()
    for _ in range(3):
        assert Admission(1) == ask(fold, under, [1])
        tell(fold, under, [1])

    assert Admission(0, Reason.RATE_EXCEEDED, retry_after=500_000) == ask(fold, under, [1])
    assert Admission(0, Reason.RATE_EXCEEDED, retry_after=1) == ask(fold, under, [1], now=SECOND + 499_999)
    assert Admission(1) == ask(fold, under, [1], now=SECOND + 500_000)
    tell(fold, under, [1], now=SECOND + 500_000)
    assert Admission(0, Reason.RATE_EXCEEDED, retry_after=500_000) == ask(fold, under, [1], now=SECOND + 500_000)
    # Others have a rate of their own, and so has another purpose.
    assert Admission(1) == ask(fold, under, [1], staff="jiro")
    assert Admission(1) == ask(fold, replace(under, purpose="resident-card"), [1])


@pytest.mark.rule("L2")
@given(
    st.integers(1, 50).map(lambda tenths: tenths / 10),
    st.integers(1, 5),
    st.lists(st.integers(0, 2 * SECOND), min_size=1, max_size=60),
)
def test_no_stretch_of_time_has_more_than_its_rate(per_second: float, burst: int, steps: list[int]) -> None:
    """Between any two answers lie at least as many intervals as there are answers beyond the burst; and whoever waits
    as long as told is answered.
    """
    rate = Rate.per_second(per_second, burst)
    under, fold, now, answered = terms(rate=rate), Fold(), SECOND, list[int]()
    for step in steps:
        now += step
        verdict = ask(fold, under, [1], now=now)
        if verdict.retry_after is not None:
            now += verdict.retry_after
            assert Admission(0, Reason.RATE_EXCEEDED, retry_after=1) == ask(fold, under, [1], now=now - 1)
        assert Admission(1) == ask(fold, under, [1], now=now)
        tell(fold, under, [1], now=now)
        answered.append(now)

    for first, then in enumerate(answered):
        for last in range(first, len(answered)):
            assert answered[last] - then >= (last - first + 1 - burst) * rate.interval


windows = st.sampled_from(Window)
steps = st.sampled_from([0, 1, SECOND, DAY - 1, DAY, 29 * DAY, 30 * DAY, 365 * DAY])


@pytest.mark.rule("L1", "L2", "L3")
@given(
    st.lists(st.tuples(st.sampled_from(Owner), windows, st.integers(0, 6)), max_size=5),
    st.lists(
        st.tuples(steps, st.sampled_from(["hana", "jiro"]), st.lists(st.integers(0, 9), max_size=6), st.booleans()),
        max_size=25,
    ),
)
def test_spend_never_exceeds_the_allowance(
    allowances: list[tuple[Owner, Window, int]], asked: list[tuple[int, str, list[int], bool]]
) -> None:
    """Whatever is asked, whenever and by whom: in every window, recounted from all that was admitted, no owner has
    seen more residents than allowed; what is refused would have been too many; and a page is cut at the last resident
    who was not.
    """
    under, fold, now, told = terms(*allowances), Fold(), SECOND, list[tuple[int, str, int]]()
    lengths = {Window.DAY: DAY, Window.MONTH: 30 * DAY, Window.YEAR: 365 * DAY, Window.TENURE: 10**18}

    def fits(staff: str, numbers: list[int]) -> bool:
        for _, owner, window, residents in [(a.purpose, a.owner, a.window, a.residents) for a in under.allowances]:
            inside = {
                number
                for time, who, number in told
                if time > now - lengths[window] and (owner is not Owner.STAFF or who == staff)
            }
            if set(numbers) - inside and len(inside | set(numbers)) > residents:
                return False
        return True

    for step, staff, numbers, divisible in asked:
        now += step
        verdict = ask(fold, under, numbers, now=now, divisible=divisible, staff=staff)
        admitted = numbers[: verdict.admitted]
        if divisible:
            longest = max(n for n in range(len(numbers) + 1) if fits(staff, numbers[:n]))
            assert longest == verdict.admitted
        else:
            assert (len(numbers) if fits(staff, numbers) else 0) == verdict.admitted
        assert (verdict.reason is None) == (verdict.admitted == len(numbers))
        if admitted:
            tell(fold, under, admitted, now=now, staff=staff)
            told += [(now, staff, number) for number in admitted]
