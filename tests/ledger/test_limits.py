"""Meters, shares of the register, shadow and overrides, as settlement and verification hold them."""

from dataclasses import replace

import pytest

from gateway.allowance import Allowance, Coverage, Owner, Terms, Window
from gateway.clock import DAY
from gateway.ledger.acts import Deciding, Overriding, Requesting, Settled
from gateway.ledger.crossing import Crossing, Line
from gateway.ledger.ledger import Ledger
from gateway.ledger.overrides import MOST_WAITING
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Exhausted, Reason
from tests.ledger.desk import BOSS, FIRM, HANA, JIRO, SAID, START, Firm, Office, granted, look, shared, terms

ONE_OF_TEN = Coverage(Owner.STAFF, 100_000, 100_000)
"""A tenth of the register, said and stopped there."""


def with_coverage(*coverage: Coverage, shadow: bool = False) -> Terms:
    """Five residents a day, and shares of the register."""
    return Terms(
        "fee-arrears",
        (Allowance("", Owner.STAFF, Window.DAY, 5, shadow),),
        None,
        100,
        50,
        granted=(Allowance("", Owner.STAFF, Window.DAY, 8), Allowance("", Owner.DEPARTMENT, Window.YEAR, 12)),
        coverage=coverage,
    )


async def opened(office: Office, under: Terms, register: int = 100) -> Ledger:
    """A ledger with these terms in force, beside a register of so many residents."""
    ledger = await office.open(under)
    ledger.register_size = register
    return ledger


async def settle(ledger: Ledger, *acts: object) -> list[Settled]:
    """Settle all, each on its own."""
    return [(await ledger.settle([act]))[0] for act in acts]  # type: ignore[list-item] # acts of any kind


def raising(limit: int, *, override: str = "o1", **other: object) -> Overriding:
    """Boss proposes to let Hana see so many residents a day."""
    said = {"owner": "staff", "name": "hana", "meter": pb.METER_INTERACTIVE, "window": "1d", "until": START + 2 * DAY}
    asked = pb.OverrideTerms(**(said | {"limit": limit} | other))  # type: ignore[arg-type] # fields of every type
    return Overriding(BOSS, override, pb.OVERRIDE_STEP_PROPOSED, "election day", "r", FIRM, asked)


def approving(override: str = "o1", by: object = JIRO, step: int = pb.OVERRIDE_STEP_APPROVED) -> Overriding:
    """Somebody decides on it."""
    return Overriding(by, override, step, "", "r", FIRM)  # type: ignore[arg-type] # a caller


def reasons(settled: list[Settled]) -> list[Reason | None]:
    """Why not, of each."""
    return [each.refusal.reason if each.refusal is not None else None for each in settled]


# ------------------------------------------------------------------------------------------------------ meters


@pytest.mark.rule("L1")
async def test_granted_reads_have_a_meter_of_their_own(office: Office) -> None:
    """What was streamed under a grant is bounded by the granted numbers, and spends nothing interactively."""
    under = with_coverage()
    ledger = await opened(office, under)
    grant = await granted(ledger, pb.GRANT_KIND_BULK)
    page = replace(look(*range(10), under=under, divisible=True, page=1), grant=grant)

    first, second, at_the_counter = await settle(ledger, page, page, look(*range(30, 35), under=under))
    await ledger.close()

    assert (first.admitted, second.admitted, at_the_counter.admitted) == (8, 8, 5)
    assert second.refusal is not None
    assert second.refusal.exhausted == (Exhausted("staff", "1d", 8, START + DAY),)
    disclosed = [each.private for each in office.records() if each.header.kind == pb.KIND_DISCLOSURE]
    assert [(each.meter, list(each.budgets_after)) for each in disclosed] == [
        (pb.METER_GRANTED, [8, 8]),
        (pb.METER_GRANTED, [8, 8]),
        (pb.METER_INTERACTIVE, [5]),
    ]
    assert office.faults() == []


@pytest.mark.rule("L1")
async def test_a_long_window_of_the_granted_meter_outlasts_its_days(office: Office) -> None:
    """Day after day under grants, the department's year is what stops them."""
    under = with_coverage()
    ledger = await opened(office, under)
    grant = await granted(ledger, pb.GRANT_KIND_BULK)

    admitted = []
    for day in range(3):
        page = look(*range(10 * day, 10 * day + 10), under=under, divisible=True, page=1)
        admitted += [each.admitted for each in await settle(ledger, replace(page, grant=grant))]
        office.clock.go(DAY)
    await ledger.close()

    assert admitted == [8, 4, 0]


# ---------------------------------------------------------------------------------------------------- coverage


@pytest.mark.rule("L7")
async def test_who_has_seen_their_share_of_the_register_sees_nobody_new(office: Office) -> None:
    """On both meters together, each resident once; those already seen may be seen again, and days do not help."""
    under = with_coverage(ONE_OF_TEN)
    ledger = await opened(office, under)
    grant = await granted(ledger, pb.GRANT_KIND_BULK)
    page = replace(look(*range(7), under=under, divisible=True, page=1), grant=grant)

    settled = await settle(ledger, page, look(0, 1, 2, 3, 4, under=under))
    office.clock.go(DAY)
    settled += await settle(
        ledger, look(7, 8, 9, under=under), look(10, under=under), look(1, under=under), look(8, 90, under=under)
    )
    await ledger.close()

    stop = Reason.COVERAGE_STOP
    assert reasons(settled) == [None, None, None, stop, None, stop]
    assert settled[3].refusal is not None
    assert settled[3].refusal.exhausted == (
        Exhausted("staff", "365d", 10, START + 365 * DAY, "residents of the whole register"),
    )
    disclosed = [each.private for each in office.records() if each.header.kind == pb.KIND_DISCLOSURE]
    assert [(list(each.coverage_after), each.coverage_warned, each.register_size) for each in disclosed] == [
        ([7], False, 100),
        ([7], False, 100),
        ([10], True, 100),
        ([10], True, 100),
    ]
    assert office.faults() == []


@pytest.mark.rule("L7")
@pytest.mark.parametrize(
    ("expected", "register"),
    [
        (3, 30),  # a tenth of it
        (2, 29),  # never more than a tenth
        (0, 9),  # not even one
        (0, 0),  # nobody has counted yet: nobody new is shown
    ],
)
async def test_a_share_is_of_the_register_as_it_was_counted_last(expected: int, register: int, office: Office) -> None:
    """A page gets exactly what the share still covers."""
    under = with_coverage(ONE_OF_TEN)
    ledger = await opened(office, under, register)
    (settled,) = await settle(ledger, look(1, 2, 3, 4, under=under, divisible=True))
    await ledger.close()

    assert settled.admitted == expected
    assert reasons([settled]) == [Reason.COVERAGE_STOP]


@pytest.mark.rule("L7")
async def test_a_department_is_measured_as_one(office: Office) -> None:
    """What two members of its staff have seen, each resident once; the share opens again as a year goes by."""
    under = with_coverage(Coverage(Owner.DEPARTMENT, 20_000, 40_000))
    ledger = await opened(office, under)
    told: list[Crossing] = []
    ledger.on_crossing = told.append

    settled = await settle(
        ledger, look(1, 2, under=under), look(2, 3, 4, under=under, caller=JIRO), look(5, under=under)
    )
    office.clock.go(365 * DAY)
    settled += await settle(ledger, look(5, under=under))
    await ledger.close()

    assert reasons(settled) == [None, None, Reason.COVERAGE_STOP, None]
    of_department = [each for each in told if each.owner == "department"]
    assert [(each.line, each.name, each.meter, each.spent, each.limit) for each in of_department] == [
        (Line.WARNED, "welfare", "both", 2, 4),
        (Line.SPENT, "welfare", "both", 4, 4),
    ]


# ------------------------------------------------------------------------------------------------------ shadow


@pytest.mark.rule("L8")
async def test_a_limit_in_shadow_is_recorded_and_not_enforced(office: Office) -> None:
    """Each record says whether a limit in shadow would have stopped it; what is enforced still is."""
    under = with_coverage(replace(ONE_OF_TEN, shadow=True), ONE_OF_TEN, shadow=True)
    ledger = await opened(office, under)
    told: list[Crossing] = []
    ledger.on_crossing = told.append
    settled = await settle(
        ledger,
        look(1, 2, 3, 4, 5, under=under),
        look(6, under=under),
        look(6, under=under),
        look(7, 8, 9, 10, 11, 12, under=under, divisible=True),
    )
    await ledger.close()

    assert [each.admitted for each in settled] == [5, 1, 1, 4]
    disclosed = [each.private for each in office.records() if each.header.kind == pb.KIND_DISCLOSURE]
    assert [each.shadow for each in disclosed] == [False, True, False, True]
    assert [(each.line, each.spent) for each in told if each.window == "1d"] == [
        (Line.NEAR, 5),
        (Line.SPENT, 5),
        (Line.SHADOWED, 6),
    ]
    assert office.faults() == []


@pytest.mark.rule("L8")
async def test_a_limit_that_is_near_is_said_once(office: Office) -> None:
    """By the look that crossed four fifths, and by the one that reached the limit; who looks again says nothing."""
    under = with_coverage()
    ledger = await opened(office, under)
    told: list[Crossing] = []
    ledger.on_crossing = told.append
    for numbers in ([1, 2, 3], [4], [4, 1], [5], [5]):
        await settle(ledger, look(*numbers, under=under))
    await ledger.close()

    assert told == [
        Crossing(Line.NEAR, "staff", "hana", "interactive", "", "1d", 4, 5),
        Crossing(Line.SPENT, "staff", "hana", "interactive", "", "1d", 5, 5),
    ]


# --------------------------------------------------------------------------------------------------- overrides


@pytest.mark.rule("L8")
async def test_an_override_raises_one_allowance_until_it_ends(office: Office) -> None:
    """From its approval on, and not before; afterwards the old number holds again, for those seen meanwhile too."""
    under = terms((Owner.STAFF, Window.DAY, 2), (Owner.DEPARTMENT, Window.DAY, 6))
    ledger = await opened(office, under)
    acts = (look(1, 2, under=under), look(3, under=under), raising(5), look(3, under=under), approving())
    settled = await settle(ledger, *acts, look(3, 4, 5, under=under), look(6, under=under))
    others = await settle(ledger, look(6, 7, 8, under=under, caller=JIRO))
    office.clock.go(2 * DAY - 1)
    last = await settle(ledger, look(11, 12, 13, under=under))
    office.clock.go(1)
    after = await settle(ledger, look(14, under=under), look(11, under=under))
    await ledger.close()

    spent = Reason.BUDGET_EXHAUSTED
    assert reasons(settled) == [None, spent, None, spent, None, None, spent]
    assert (reasons(others), reasons(last), reasons(after)) == ([Reason.COST_IMPOSSIBLE], [None], [spent, None])
    assert settled[6].refusal is not None
    assert settled[6].refusal.exhausted == (Exhausted("staff", "1d", 5, START + DAY),)
    # Three were seen where two may be: the second of them has to be forgotten before anybody new is seen.
    assert after[0].refusal is not None
    assert after[0].refusal.exhausted == (Exhausted("staff", "1d", 2, START + 3 * DAY - 1),)
    told = [each.private.override for each in office.records() if each.header.kind == pb.KIND_OVERRIDE]
    assert [(each.id, each.step, each.HasField("terms")) for each in told] == [
        ("o1", pb.OVERRIDE_STEP_PROPOSED, True),
        ("o1", pb.OVERRIDE_STEP_APPROVED, False),
    ]
    assert office.faults() == []


@pytest.mark.rule("L7", "L8")
async def test_a_coverage_can_be_overridden(office: Office) -> None:
    """In millionths of the register."""
    under = with_coverage(ONE_OF_TEN)
    ledger = await opened(office, under, 20)
    share = raising(150_000, meter=pb.METER_UNSPECIFIED, window="365d")
    settled = await settle(ledger, look(1, 2, 3, under=under), share, approving(), look(1, 2, 3, under=under))
    await ledger.close()

    assert reasons(settled) == [Reason.COVERAGE_STOP, None, None, None]
    assert office.faults() == []


@pytest.mark.rule("L8")
@pytest.mark.parametrize(
    ("expected", "steps"),
    [
        (5, [approving()]),
        (2, [approving(by=BOSS)]),  # nobody approves what they proposed themselves
        (2, [approving(by=HANA)]),  # nor what is for them
        (2, [approving("o2")]),  # there is none
        (2, [approving(step=pb.OVERRIDE_STEP_REVOKED), approving()]),  # taken back before
        (2, [approving(), approving(by=BOSS, step=pb.OVERRIDE_STEP_REVOKED)]),  # and afterwards
        (2, []),
    ],
)
async def test_an_override_takes_two_people(expected: int, steps: list[Overriding], office: Office) -> None:
    """Of whom neither gains by it; what is taken back opens nothing."""
    under = terms((Owner.STAFF, Window.DAY, 2))
    ledger = await opened(office, under)
    await settle(ledger, raising(5), *steps)
    (settled,) = await settle(ledger, look(*range(9), under=under, divisible=True))
    await ledger.close()

    assert settled.admitted == expected
    assert office.faults() == []


@pytest.mark.rule("L4", "L8")
@pytest.mark.parametrize("snapshot", [True, False])
async def test_an_override_outlives_a_restart(office: Office, *, snapshot: bool) -> None:
    """From the log as from a snapshot; and so does one that waits."""
    under = terms((Owner.STAFF, Window.DAY, 2))
    ledger = await opened(office, under)
    await settle(ledger, raising(5), approving(), raising(7, override="o2"), look(1, 2, 3, 4, under=under))
    await ledger.close()
    if not snapshot:
        office.snapshot.unlink()

    ledger = await office.open()
    settled = await settle(ledger, look(5, 6, under=under), approving("o2"), look(5, 6, 7, under=under))
    listed = [(each.id, each.proposer, each.decider, each.justification) for each in ledger.overrides()]
    await ledger.close()

    assert reasons(settled) == [Reason.BUDGET_EXHAUSTED, None, None]
    assert sorted(listed) == [("o1", "boss", "jiro", "election day"), ("o2", "boss", "jiro", "election day")]


@pytest.mark.rule("L8")
async def test_nobody_heaps_up_overrides(office: Office) -> None:
    """So many of one person wait, and no more."""
    ledger = await opened(office, terms())
    settled = await settle(ledger, *(raising(5, override=f"o{n}") for n in range(MOST_WAITING + 1)))
    office.clock.go(2 * DAY)
    settled += await settle(ledger, raising(5, override="later", until=START + 3 * DAY))
    await ledger.close()

    assert reasons(settled) == [*[None] * MOST_WAITING, Reason.BUDGET_EXHAUSTED, None]


@pytest.mark.rule("L4", "L7")
async def test_shares_outlive_a_restart(office: Office) -> None:
    """The sum of both meters is found again from the log and from a snapshot alike."""
    under = with_coverage(ONE_OF_TEN)
    ledger = await opened(office, under)
    grant = await granted(ledger, pb.GRANT_KIND_BULK)
    await settle(ledger, look(1, 2, 3, under=under))
    await settle(ledger, replace(look(3, 4, 5, 6, under=under, divisible=True, page=1), grant=grant))
    await ledger.close()
    left = []
    for keep in (True, False):
        if not keep:
            office.snapshot.unlink()
        ledger = await opened(office, under)
        (settled,) = await settle(ledger, look(*range(1, 30), under=replace(under), divisible=True, page=2))
        left.append(settled.admitted)
        await ledger.close()

    # Six were seen, two more by day, then no more of the day: five residents interactively.
    assert left == [5, 5]
    assert office.faults() == []


@pytest.mark.rule("W3", "L8")
@pytest.mark.parametrize("last", range(4))
async def test_nobody_decides_who_has_left_their_post(office: Office, last: int) -> None:
    """Asked at the time of settlement, of grants and overrides alike: the refusal is recorded, as one of a former post,
    and nothing has been asked for or opened.
    """
    under = with_coverage(ONE_OF_TEN)
    ledger = await opened(office, under)
    asked = pb.GrantTerms(kind=pb.GRANT_KIND_BULK, until=office.clock.wall() + DAY, ceiling=10)
    acts: list[Requesting | Deciding | Overriding] = [
        Requesting(HANA, "g1", "fee-arrears", shared(under).digest, SAID, (), asked, FIRM),
        Deciding(BOSS, "g1", pb.GRANT_STEP_APPROVED, "", "r", (), FIRM),
        raising(20),
        approving(),
    ]
    await settle(ledger, *acts[:last])
    gone = Firm(Reason.POST_NOT_IN_FORCE, office.clock.wall())
    refused = await settle(ledger, replace(acts[last], foothold=gone))

    assert reasons(refused) == [Reason.POST_NOT_IN_FORCE]
    assert [each.private.former_post for each in office.records()][-1]
    steps = {each.grant: each.step for each in ledger.grants(lambda _: True)}
    steps |= {each.id: each.step for each in ledger.overrides()}
    assert [steps.get("g1"), steps.get("o1")] == [
        [None, None],
        [pb.GRANT_STEP_REQUESTED, None],
        [pb.GRANT_STEP_APPROVED, None],
        [pb.GRANT_STEP_APPROVED, pb.OVERRIDE_STEP_PROPOSED],
    ][last]
