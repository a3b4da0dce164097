"""Four eyes, as systems and superiors meet them: over the wire, on a real ledger."""

from __future__ import annotations

import grpc
import pytest

from gateway.clock import DAY, SECOND
from gateway.demo.estate import Estate
from gateway.ledger.v1 import record_pb2
from gateway.register.city import StaffRole
from gateway.v1 import grant_pb2 as pb
from gateway.v1 import register_pb2
from tests.estates import (
    CHILDCARE,
    Desk,
    House,
    asked,
    change,
    homes,
    living_together,
    lookup,
    opened,
    rewrite,
    told,
    until,
    verified,
)

HOUR = 3600 * SECOND
GLASS = "break_glass: {fields: [name, address], looks_a_day: 2, review_days: 2}\nbudget:"


def request_of(house: House, *residents: str, hours: int | None = None, **said: str) -> pb.RequestGrantRequest:
    """The caseworker asks to look at residents who are no party to the case."""
    request = pb.RequestGrantRequest(
        context=register_pb2.QueryContext(
            purpose=CHILDCARE,
            case_reference=house.cast.childcare_case,
            reason_code=register_pb2.REASON_CODE_APPLICATION,
            justification=said.get("justification", "named in the papers"),
        ),
        residents=pb.ResidentIds(resident_ids=residents),
    )
    if hours is not None:
        request.until.FromMicroseconds(house.clock.now + hours * HOUR)
    return request


async def asks(desk: Desk, request: pb.RequestGrantRequest) -> pb.Grant:
    """The grant that was asked for."""
    return (await desk.stubs.grant.RequestGrant(request, metadata=desk.stubs.metadata)).grant


async def approves(desk: Desk, grant: pb.Grant, *residents: str) -> str:
    """`OK`, or why not."""
    request = pb.ApproveGrantRequest(grant_id=grant.grant_id, resident_ids=residents)
    try:
        await desk.stubs.grant.ApproveGrant(request, metadata=desk.stubs.metadata)
    except grpc.aio.AioRpcError as error:
        return told(error).reason
    return "OK"


async def rejects(desk: Desk, grant: pb.Grant) -> str:
    """`OK`, or why not."""
    request = pb.RejectGrantRequest(grant_id=grant.grant_id, note="not needed")
    try:
        await desk.stubs.grant.RejectGrant(request, metadata=desk.stubs.metadata)
    except grpc.aio.AioRpcError as error:
        return told(error).reason
    return "OK"


async def revokes(desk: Desk, grant: pb.Grant) -> str:
    """`OK`, or why not."""
    request = pb.RevokeGrantRequest(grant_id=grant.grant_id)
    try:
        await desk.stubs.grant.RevokeGrant(request, metadata=desk.stubs.metadata)
    except grpc.aio.AioRpcError as error:
        return told(error).reason
    return "OK"


async def listed(desk: Desk, *, waiting: bool = False) -> list[pb.Grant]:
    """The grants that a person sees."""
    request = pb.ListGrantsRequest(waiting_for_me=waiting)
    return list((await desk.stubs.grant.ListGrants(request, metadata=desk.stubs.metadata)).grants)


def by_grant(house: House, resident: str, grant: str) -> register_pb2.GetResidentRequest:
    """The caseworker looks by a grant."""
    return lookup(CHILDCARE, resident, case=house.cast.childcare_case, grant=grant)


@pytest.mark.rule("W5", "W7")
async def test_who_is_no_party_is_seen_with_a_superiors_approval_and_not_without(house: House) -> None:
    """Asked for, approved by the superior who names the resident too, used; and each step is on the record."""
    caseworker, head = await house.caseworker(), await house.desk(house.cast.head)
    stranger = house.cast.bystander
    assert await caseworker.tried(by_grant(house, stranger, "")) == "STEP_UP_REQUIRED"

    grant = await asks(caseworker, request_of(house, stranger))
    assert grant.state == pb.GRANT_STATE_WAITING
    assert await caseworker.tried(by_grant(house, stranger, grant.grant_id)) == "GRANT_NOT_ACTIVE"
    assert [each.grant_id for each in await listed(head, waiting=True)] == [grant.grant_id]
    assert await approves(head, grant, stranger) == "OK"

    answer = await caseworker.get(by_grant(house, stranger, grant.grant_id))
    assert answer.resident.name.exact
    (disclosure,) = house.disclosures()
    assert (disclosure.private.grant, disclosure.header.approver_post) == (grant.grant_id, house.cast.head.post)
    steps = [each.private.grant_step for each in house.records() if each.header.kind == record_pb2.KIND_GRANT]
    assert steps == [record_pb2.GRANT_STEP_REQUESTED, record_pb2.GRANT_STEP_APPROVED]
    (shown,) = await listed(caseworker)
    assert (shown.state, shown.seen, shown.decider) == (pb.GRANT_STATE_APPROVED, 1, house.cast.head.staff)
    await house.stop()
    assert not verified(house.estate).faults


@pytest.mark.rule("W7")
async def test_a_grant_opens_nothing_but_what_it_names(house: House) -> None:
    """Neither another resident, nor to another person, nor in another purpose, nor after its end."""
    caseworker, head = await house.caseworker(), await house.desk(house.cast.head)
    grant = await asks(caseworker, request_of(house, house.cast.bystander, hours=2))
    assert await approves(head, grant, house.cast.bystander) == "OK"
    key = grant.grant_id

    assert await caseworker.tried(by_grant(house, house.cast.plain, key)) == "GRANT_NOT_ACTIVE"
    clerk = await house.clerk()
    assert await clerk.tried(house.at_the_counter(house.cast.bystander, grant=key)) == "GRANT_NOT_ACTIVE"
    assert await head.tried(by_grant(house, house.cast.bystander, key)) == "PURPOSE_NOT_GRANTED"
    assert await caseworker.tried(by_grant(house, house.cast.bystander, "g-" + "a" * 16)) == "GRANT_NOT_ACTIVE"
    assert await caseworker.tried(by_grant(house, house.cast.bystander, key)) == "OK"
    await house.move(2 * HOUR)
    caseworker = await house.caseworker()
    assert await caseworker.tried(by_grant(house, house.cast.bystander, key)) == "GRANT_NOT_ACTIVE"
    (ended,) = await listed(caseworker)
    assert ended.state == pb.GRANT_STATE_ENDED


@pytest.mark.rule("W7")
async def test_who_may_not_decide_is_told_so_in_one_way(house: House) -> None:
    """The requester, a colleague, a superior of others: all alike, and none of them has decided anything."""
    caseworker, head = await house.caseworker(), await house.desk(house.cast.head)
    grant = await asks(caseworker, request_of(house, house.cast.bystander))
    for person in (house.cast.caseworker, house.cast.clerk, house.cast.auditor):
        desk = await house.desk(person)
        assert await approves(desk, grant, house.cast.bystander) == "STEP_UP_REQUIRED"
        assert await rejects(desk, grant) == "STEP_UP_REQUIRED"
        assert grant.grant_id not in {each.grant_id for each in await listed(desk, waiting=True)}
    former = await house.desk(house.cast.former_clerk)
    assert await approves(former, grant, house.cast.bystander) == "POST_NOT_IN_FORCE"
    assert await approves(head, grant) == "GRANT_NOT_ACTIVE"
    assert await approves(head, grant, house.cast.plain) == "GRANT_NOT_ACTIVE"
    assert await approves(head, grant, house.cast.bystander) == "OK"
    assert await approves(head, grant, house.cast.bystander) == "GRANT_NOT_ACTIVE"


@pytest.mark.rule("W7", "W8")
@pytest.mark.parametrize("near", ["the requester", "the resident", "oneself"])
async def test_a_superior_who_lives_with_somebody_concerned_does_not_decide(estate: Estate, near: str) -> None:
    """Nor does one whom it is about; they are told no more than anybody who may not decide."""
    cast = estate.cast()
    one, other = living_together(estate)
    homes(estate, cast.head.staff, one)
    about = {"the requester": cast.bystander, "the resident": other, "oneself": one}[near]
    if near == "the requester":
        homes(estate, cast.caseworker.staff, other)
    async with opened(estate) as house:
        caseworker, head = await house.desk(cast.caseworker), await house.desk(cast.head)
        grant = await asks(caseworker, request_of(house, about))
        assert await approves(head, grant, about) == "STEP_UP_REQUIRED"
        assert await caseworker.tried(by_grant(house, about, grant.grant_id)) == "GRANT_NOT_ACTIVE"


@pytest.mark.rule("W7", "L3")
async def test_a_grant_that_is_taken_back_opens_nothing_from_that_moment_on(house: House) -> None:
    """By the requester or the superior; also across a restart, from a snapshot as from the log."""
    caseworker, head = await house.caseworker(), await house.desk(house.cast.head)
    kept, gone = [await asks(caseworker, request_of(house, house.cast.bystander)) for _ in range(2)]
    for grant in (kept, gone):
        assert await approves(head, grant, house.cast.bystander) == "OK"
    assert await caseworker.tried(by_grant(house, house.cast.bystander, gone.grant_id)) == "OK"
    assert await revokes(head, gone) == "OK"
    assert await caseworker.tried(by_grant(house, house.cast.bystander, gone.grant_id)) == "GRANT_NOT_ACTIVE"
    await house.stop()
    for leave_out in ((), ("fold.snapshot",)):
        for name in leave_out:
            (house.estate.state / name).unlink()
        async with opened(house.estate) as again:
            caseworker = await again.caseworker()
            assert await caseworker.tried(by_grant(again, again.cast.bystander, gone.grant_id)) == "GRANT_NOT_ACTIVE"
            assert await caseworker.tried(by_grant(again, again.cast.bystander, kept.grant_id)) == "OK"
    assert not verified(house.estate).faults


@pytest.mark.rule("W6", "W7")
async def test_ones_own_people_are_seen_with_approval_and_the_record_says_what_they_are(estate: Estate) -> None:
    """A colleague is looked at under a grant, and the relation stands in the record all the same."""
    async with opened(estate) as house:
        clerk, colleague = await house.clerk(), house.cast.colleague
        request = house.at_the_counter(colleague)
        assert await clerk.tried(request) == "STEP_UP_REQUIRED"
        asking = pb.RequestGrantRequest(context=request.context, residents=pb.ResidentIds(resident_ids=[colleague]))
        asking.context.justification = "applies in person"
        grant = await asks(clerk, asking)
        superior = superior_of(estate, house.cast.clerk)
        assert await approves(await house.desk(superior), grant, colleague) == "OK"
        request.context.grant = grant.grant_id
        assert await clerk.tried(request) == "OK"
        assert [each.private.relation for each in house.disclosures()] == [record_pb2.RELATION_COLLEAGUE]


def superior_of(estate: Estate, person: StaffRole) -> StaffRole:
    """Who is above a person, in a post of theirs, not living in the city."""
    ((staff, post, department, role),) = asked(
        estate,
        "standing",
        "SELECT above.staff, above.post, above.department, above.role FROM post above JOIN post below "
        f"ON below.superior = above.staff WHERE below.post = '{person.post}' AND above.until IS NULL LIMIT 1",
    )
    homes(estate, staff, None)
    return StaffRole(staff, post, department, role)


async def test_a_request_for_a_grant_tells_nothing_of_residents(house: House) -> None:
    """Whether there is such a resident, or they are protected, or one's own kin: the answer is the same in form."""
    caseworker = await house.caseworker()
    forms = set()
    for resident in (house.cast.bystander, house.cast.protected, "0000000000"):
        grant = await asks(caseworker, request_of(house, resident))
        grant.grant_id = ""
        grant.requested.Clear()
        grant.until.Clear()
        forms.add(grant.SerializeToString(deterministic=True))
    assert len(forms) == 1


async def test_twenty_requests_wait_and_not_one_more(house: House) -> None:
    """A superior cannot look at what is asked by the hundred."""
    caseworker = await house.caseworker()
    for _ in range(20):
        await asks(caseworker, request_of(house, house.cast.bystander))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await asks(caseworker, request_of(house, house.cast.bystander))
    assert told(caught.value).reason == "BUDGET_EXHAUSTED"


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        # to whom it is put, and why, is what a superior decides by
        (lambda r: r.context.ClearField("justification"), "context.justification"),
        # no grant without residents
        (lambda r: r.ClearField("residents"), "opens"),
        # one of them is no id
        (lambda r: r.residents.resident_ids.append("12"), "residents.resident_ids[1]"),
        # longer than thirty days
        (lambda r: r.until.FromMicroseconds(r.until.ToMicroseconds() + 31 * DAY), "until"),
        # under a grant already
        (lambda r: setattr(r.context, "grant", "g-" + "a" * 16), "context"),
    ],
)
async def test_a_malformed_request_is_refused_with_its_place(house: House, spoil: object, place: str) -> None:
    """Nothing of it is recorded as a grant."""
    caseworker = await house.caseworker()
    request = request_of(house, house.cast.bystander, hours=1)
    assert callable(spoil)
    spoil(request)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await asks(caseworker, request)
    assert told(caught.value).reason == "REQUEST_MALFORMED"
    assert place in told(caught.value).places
    assert not await listed(caseworker)


@pytest.mark.rule("W5", "W6")
async def test_the_glass_is_broken_at_once_seen_less_and_told(estate: Estate) -> None:
    """Without party or approval: fewer fields, a notice to the superior and the officer, so many a day."""
    rewrite(estate, CHILDCARE, ("budget:", GLASS))
    async with opened(estate) as house:
        caseworker, head = await house.caseworker(), await house.desk(house.cast.head)
        look = lookup(CHILDCARE, house.cast.bystander, justification="child alone at home", break_glass=True)
        answer = await caseworker.get(look)
        assert {field.name for field, _ in answer.resident.ListFields()} == {"name", "address"}
        (record,) = house.disclosures()
        assert record.private.break_glass
        assert record.private.grant_terms.notified == house.cast.head.staff
        folder = estate.path / "notices"

        async def are_told() -> bool:
            return {each.name.split(".")[1] for each in folder.glob("*.txt")} == {house.cast.head.staff, "s0001"}

        await until(are_told)
        notice = next(folder.glob(f"*.{house.cast.head.staff}.txt")).read_text(encoding="utf-8")
        assert house.cast.bystander not in notice
        assert answer.resident.name.exact not in notice
        (waiting,) = await listed(head, waiting=True)
        assert waiting.kind == pb.GRANT_KIND_BREAK_GLASS
        assert await caseworker.tried(look) == "OK"
        assert await caseworker.tried(look) == "BUDGET_EXHAUSTED"
        denied = await caseworker.denied(lookup(CHILDCARE, house.cast.bystander, break_glass=True))
        assert "context.break_glass" in denied.places
        await house.stop()
        assert not verified(estate).faults


@pytest.mark.rule("W8")
async def test_who_leaves_a_review_open_sees_nobody_until_it_is_made(estate: Estate) -> None:
    """The caller and the superior alike; the review ends it, and nobody reviews their own look."""
    rewrite(estate, CHILDCARE, ("budget:", GLASS), ("roles: [caseworker]", "roles: [caseworker, section-head]"))
    async with opened(estate) as house:
        caseworker = await house.caseworker()
        look = lookup(CHILDCARE, house.cast.bystander, justification="child alone at home", break_glass=True)
        assert await caseworker.tried(look) == "OK"
        assert await caseworker.tried(house.parent()) == "OK"
        await house.move(2 * DAY)
        caseworker, head = await house.caseworker(), await house.desk(house.cast.head)
        for desk in (caseworker, head):
            assert await desk.tried(house.parent()) == "STEP_UP_REQUIRED"
        (overdue,) = await listed(head, waiting=True)
        assert overdue.state == pb.GRANT_STATE_OVERDUE
        assert await approves(caseworker, overdue) == "STEP_UP_REQUIRED"
        assert await rejects(head, overdue) == "OK"
        for desk in (caseworker, head):
            assert await desk.tried(house.parent()) == "OK"
        await house.stop()
        assert not verified(estate).faults


async def test_oneself_is_no_emergency_and_a_purpose_without_glass_has_none_to_break(estate: Estate) -> None:
    """Not even with a reason."""
    cast = estate.cast()
    homes(estate, cast.caseworker.staff, cast.bystander)
    look = lookup(CHILDCARE, cast.bystander, justification="in a hurry", break_glass=True)
    async with opened(estate) as house:
        assert await (await house.desk(cast.caseworker)).tried(look) == "STEP_UP_REQUIRED"
    rewrite(estate, CHILDCARE, ("budget:", GLASS))
    async with opened(estate) as house:
        assert await (await house.desk(cast.caseworker)).tried(look) == "STEP_UP_REQUIRED"


@pytest.mark.rule("W7")
async def test_another_text_of_the_purpose_voids_a_grant(house: House) -> None:
    """What was approved is what stood there."""
    caseworker, head = await house.caseworker(), await house.desk(house.cast.head)
    grant = await asks(caseworker, request_of(house, house.cast.bystander))
    assert await approves(head, grant, house.cast.bystander) == "OK"
    await house.stop()
    rewrite(house.estate, CHILDCARE, ("level: town", "level: city"))
    async with opened(house.estate) as again:
        caseworker = await again.caseworker()
        assert await caseworker.tried(by_grant(again, again.cast.bystander, grant.grant_id)) == "GRANT_NOT_ACTIVE"


@pytest.mark.rule("W3", "W7")
async def test_a_superior_who_has_left_approves_nothing(house: House) -> None:
    """Posts are dated for superiors as for anybody."""
    cast = house.cast
    grant = await asks(await house.caseworker(), request_of(house, cast.bystander))
    change(house.estate, "standing", f"UPDATE post SET until = '{cast.today}' WHERE staff = '{cast.head.staff}'")
    await house.move(HOUR // 30)
    assert await approves(await house.desk(cast.head), grant, cast.bystander) == "POST_NOT_IN_FORCE"
