"""Budgets over gRPC: what is left, and raising an allowance for a time."""

from __future__ import annotations

import grpc
import pytest

from gateway.clock import DAY
from gateway.demo.estate import Estate
from gateway.ledger.v1 import record_pb2
from gateway.v1 import operations_pb2 as pb
from gateway.v1 import purpose_pb2
from tests.estates import CHILDCARE, Desk, House, change, homes, living_together, opened, told, verified

INTERACTIVE = pb.BUDGET_METER_INTERACTIVE
COVERAGE = pb.BUDGET_METER_COVERAGE


async def shown(desk: Desk, **whose: str) -> pb.ShowBudgetResponse:
    """ShowBudget."""
    request = pb.ShowBudgetRequest(**whose)
    response: pb.ShowBudgetResponse = await desk.stubs.operations.ShowBudget(request, metadata=desk.stubs.metadata)
    return response


async def step(desk: Desk, **said: object) -> pb.Override:
    """OverrideBudget."""
    request = pb.OverrideBudgetRequest(**said)  # type: ignore[arg-type] # one of three
    response: pb.OverrideBudgetResponse = await desk.stubs.operations.OverrideBudget(
        request, metadata=desk.stubs.metadata
    )
    return response.override


async def outcome(desk: Desk, **said: object) -> str:
    """What became of a step: OK or the reason why not."""
    try:
        await step(desk, **said)
    except grpc.aio.AioRpcError as error:
        return told(error).reason
    return "OK"


async def terms_of(desk: Desk) -> purpose_pb2.Purpose:
    """GetPurpose, of child welfare."""
    request = purpose_pb2.GetPurposeRequest(purpose=CHILDCARE)
    response: purpose_pb2.GetPurposeResponse = await desk.stubs.purpose.GetPurpose(
        request, metadata=desk.stubs.metadata
    )
    return response.purpose


def proposal(house: House, limit: int = 5_000_000, *, days: float = 1, **target: object) -> pb.OverrideProposal:
    """To let the caseworker see more a day."""
    aimed = {"staff": house.cast.caseworker.staff, "meter": INTERACTIVE, "window": "1d"} | target
    said = pb.OverrideProposal(target=pb.BudgetTarget(**aimed), limit=limit)  # type: ignore[arg-type] # of every type
    said.until.FromMicroseconds(house.clock.now + round(days * DAY))
    return said


def controlled(estate: Estate) -> None:
    """Systems clerks and auditors act for the controller, and shares of the register are bounded."""
    text = estate.settings.read_text(encoding="utf-8")
    named = (
        "controllers:\n  - {department: information-systems, roles: [systems-clerk]}\n"
        "  - {department: internal-audit, roles: [auditor]}\n"
    )
    estate.settings.write_text(f"{named}{text}", encoding="utf-8")
    limits = estate.path / "limits.yaml"
    shares = "coverage: {staff: {warn: 0.2, stop: 0.4}, department: {warn: 0.5, stop: 0.8}}\n"
    limits.write_text(limits.read_text(encoding="utf-8") + shares, encoding="utf-8")


@pytest.mark.rule("L1", "L7")
async def test_a_caller_sees_what_is_spent_and_left(estate: Estate) -> None:
    """Of every allowance on both meters, and of the share of the register; asking costs nothing."""
    controlled(estate)
    async with opened(estate) as house:
        desk = await house.caseworker()
        before = await shown(desk)
        assert await desk.tried(house.parent(mask=["name"])) == "OK"
        after = await shown(desk)
        told = (await terms_of(desk)).coverage

    def spent(said: pb.ShowBudgetResponse, meter: pb.BudgetMeter.ValueType) -> dict[tuple[int, str], int]:
        lines = (each for each in said.lines if each.meter == meter and not each.purpose)
        return {(each.owner, each.window): each.spent for each in lines}

    staff = purpose_pb2.ALLOWANCE_OWNER_STAFF
    assert set(spent(before, INTERACTIVE).values()) == {0}
    assert set(spent(after, INTERACTIVE).values()) == {1}
    assert set(spent(after, pb.BUDGET_METER_GRANTED).values()) == {0}
    assert spent(after, COVERAGE)[staff, "365d"] == 1
    assert all(each.limit > each.spent and not each.HasField("reopens") for each in after.lines)
    assert [(each.owner, each.window, each.all_purposes, each.limit - each.left) for each in told] == [
        (purpose_pb2.ALLOWANCE_OWNER_DEPARTMENT, "365d", True, 1),
        (staff, "365d", True, 1),
    ]
    assert {each.limit for each in told} == {each.limit for each in after.lines if each.meter == COVERAGE}


@pytest.mark.rule("L8")
async def test_two_people_raise_an_allowance(estate: Estate) -> None:
    """It is shown as raised, ends by itself, and stands in the ledger with both."""
    controlled(estate)
    async with opened(estate) as house:
        caseworker = await house.caseworker()
        operator, auditor = await house.desk(house.cast.operator), await house.desk(house.cast.auditor)
        proposed = await step(operator, propose=proposal(house), note="election day")
        assert (proposed.state, proposed.proposer) == (pb.OVERRIDE_STATE_WAITING, house.cast.operator.staff)
        approved = await step(auditor, approve=proposed.id, note="")
        assert (approved.state, approved.decider) == (pb.OVERRIDE_STATE_IN_FORCE, house.cast.auditor.staff)
        said = await shown(caseworker)
        assert [(each.limit, each.window) for each in said.lines if each.raised] == [(5_000_000, "1d")]
        assert 5_000_000 in {each.limit for each in (await terms_of(caseworker)).allowances if each.window == "1d"}
        assert [each.note for each in said.overrides] == ["election day"]
        await house.move(DAY)
        said = await shown(await house.caseworker())
        assert [each.limit for each in said.lines if each.raised] == []
        assert [each.state for each in said.overrides] == [pb.OVERRIDE_STATE_ENDED]
        kinds = [each.private.staff for each in house.records() if each.header.kind == record_pb2.KIND_OVERRIDE]
        assert kinds == [house.cast.operator.staff, house.cast.auditor.staff]
    verified(estate)


@pytest.mark.rule("L8", "W8")
@pytest.mark.parametrize("near", ["whom it is for", "the proposer"])
async def test_who_lives_with_somebody_concerned_raises_nothing(estate: Estate, near: str) -> None:
    """Neither as the one nor as the other of the two; they are told no more than others who may not."""
    controlled(estate)
    cast = estate.cast()
    one, other = living_together(estate)
    homes(estate, cast.auditor.staff, one)
    homes(estate, {"whom it is for": cast.caseworker, "the proposer": cast.operator}[near].staff, other)
    async with opened(estate) as house:
        operator, auditor = await house.desk(cast.operator), await house.desk(cast.auditor)
        proposed = await step(operator, propose=proposal(house, staff=cast.caseworker.staff), note="election day")
        assert await outcome(auditor, approve=proposed.id, note="") == "PURPOSE_NOT_GRANTED"
        if near == "whom it is for":
            said = proposal(house, staff=cast.caseworker.staff)
            assert await outcome(auditor, propose=said, note="election day") == "PURPOSE_NOT_GRANTED"


@pytest.mark.rule("L8", "W4", "W8")
async def test_nobody_else_raises_or_sees_a_budget(estate: Estate) -> None:
    """Neither who gains, nor strangers, nor one person alone; nothing that there is not, nor for ever."""
    controlled(estate)
    async with opened(estate) as house:
        caseworker, clerk = await house.caseworker(), await house.clerk()
        operator, auditor = await house.desk(house.cast.operator), await house.desk(house.cast.auditor)
        of_clerk, department = house.cast.clerk.staff, house.cast.caseworker.department
        expected: list[tuple[str, Desk, dict[str, object]]] = [
            ("PURPOSE_NOT_GRANTED", caseworker, {"propose": proposal(house)}),  # for themselves
            ("PURPOSE_NOT_GRANTED", caseworker, {"propose": proposal(house, staff=of_clerk)}),  # for a stranger
            ("PURPOSE_NOT_GRANTED", clerk, {"propose": proposal(house, staff="")}),  # for the city
            ("REQUEST_MALFORMED", operator, {"propose": proposal(house, staff="nobody-at-all")}),
            ("REQUEST_MALFORMED", operator, {"propose": proposal(house, purpose="no-such")}),
            ("REQUEST_MALFORMED", operator, {"propose": proposal(house, limit=1)}),  # lower than it is
            ("REQUEST_MALFORMED", operator, {"propose": proposal(house, days=32)}),
            ("REQUEST_MALFORMED", operator, {"propose": proposal(house, days=-1)}),
            ("REQUEST_MALFORMED", operator, {"propose": proposal(house, window="2d")}),
            ("REQUEST_MALFORMED", operator, {"propose": proposal(house, department=department)}),  # whose?
            ("REQUEST_MALFORMED", operator, {"approve": "it"}),
            ("REQUEST_MALFORMED", operator, {}),
            ("GRANT_NOT_ACTIVE", operator, {"approve": "g-aaaaaaaaaaaaaaaa"}),
        ]
        for reason, desk, said in expected:
            assert await outcome(desk, note="why", **said) == reason, said
        assert await outcome(operator, propose=proposal(house)) == "REQUEST_MALFORMED"  # without a word why
        proposed = await step(operator, propose=proposal(house), note="election day")
        assert await outcome(operator, approve=proposed.id) == "GRANT_NOT_ACTIVE"  # alone
        assert await outcome(caseworker, approve=proposed.id) == "PURPOSE_NOT_GRANTED"  # who gains
        assert await outcome(clerk, revoke=proposed.id) == "PURPOSE_NOT_GRANTED"
        assert await outcome(operator, revoke=proposed.id) == "OK"
        assert await outcome(auditor, approve=proposed.id) == "GRANT_NOT_ACTIVE"  # taken back
        for whose in ({"staff": of_clerk}, {"department": house.cast.clerk.department}):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await shown(caseworker, **whose)
            assert told(caught.value).reason == "PURPOSE_NOT_GRANTED"
    verified(estate)


@pytest.mark.rule("L7", "L8")
async def test_a_controller_sees_a_department_and_raises_what_it_may_see(estate: Estate) -> None:
    """With those of its staff who have seen anybody; a share of the register can be raised, too."""
    controlled(estate)
    async with opened(estate) as house:
        department = house.cast.caseworker.department
        operator, auditor = await house.desk(house.cast.operator), await house.desk(house.cast.auditor)
        assert await (await house.caseworker()).tried(house.parent(mask=["name"])) == "OK"
        said = await shown(operator, department=department)
        names = {each.name for each in said.lines if each.owner == purpose_pb2.ALLOWANCE_OWNER_STAFF}
        assert names == {house.cast.caseworker.staff}
        share = proposal(house, 900_000, staff="", department=department, meter=pb.BUDGET_METER_COVERAGE, window="365d")
        proposed = await step(operator, propose=share, note="a census")
        assert await outcome(auditor, approve=proposed.id) == "OK"
        said = await shown(auditor, department=department)
        assert [(each.meter, each.name) for each in said.lines if each.raised] == [
            (pb.BUDGET_METER_COVERAGE, department)
        ]
    verified(estate)


@pytest.mark.rule("L8", "W7")
async def test_a_superior_proposes_for_those_below(house: House) -> None:
    """Where the settings name no controllers, superiors of superiors approve."""
    head = await house.desk(house.cast.head)
    for person in (house.cast.caseworker, house.cast.clerk):
        target = proposal(house, staff=person.staff)
        allowed = await outcome(head, propose=target, note="busy")
        seen = person.department == house.cast.head.department
        assert (allowed == "OK") == seen
    proposed = (await shown(head, department=house.cast.head.department)).overrides
    assert [each.proposer for each in proposed] == [house.cast.head.staff]
    assert await outcome(await house.desk(house.cast.operator), approve=proposed[0].id) == "PURPOSE_NOT_GRANTED"


@pytest.mark.rule("L8")
async def test_a_superior_sees_those_below_and_not_their_peers(estate: Estate) -> None:
    """By name or by department: one subordinate opens nobody else's budget."""
    cast = estate.cast()
    change(estate, "standing", f"UPDATE post SET superior = '{cast.clerk.staff}' WHERE post = '{cast.snooper.post}'")
    async with opened(estate) as house:
        clerk = await house.clerk()
        for person in (cast.neighbour, cast.snooper):
            assert await (await house.desk(person)).tried(house.at_the_counter(cast.bystander)) == "OK"
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await shown(clerk, staff=cast.neighbour.staff)
        assert told(refused.value).reason == "PURPOSE_NOT_GRANTED"
        said = await shown(clerk, department=cast.clerk.department)
    spent = {(line.owner, line.name) for line in said.lines if line.spent}
    assert spent >= {
        (purpose_pb2.ALLOWANCE_OWNER_STAFF, cast.snooper.staff),
        (purpose_pb2.ALLOWANCE_OWNER_DEPARTMENT, cast.clerk.department),
    }
    assert (purpose_pb2.ALLOWANCE_OWNER_STAFF, cast.neighbour.staff) not in spent
