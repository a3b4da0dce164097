"""What somebody may try with a grant that they should not have, or no longer: over the wire, on a real ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import grpc
import pytest

from gateway.demo.estate import Estate
from gateway.ledger.acts import Act, Settled
from gateway.ledger.ledger import Ledger
from gateway.ledger.v1 import record_pb2
from gateway.register.city import StaffRole
from gateway.v1 import grant_pb2 as pb
from gateway.v1 import register_pb2
from tests.estates import CHILDCARE, Desk, House, change, homes, lookup, opened, rewrite, told, verified
from tests.test_grants import GLASS, HOUR, approves, asks, by_grant, listed, rejects, request_of, revokes, superior_of
from tests.test_posts import ends, reload, today


async def requests(desk: Desk, request: pb.RequestGrantRequest) -> str:
    """`OK`, or why not."""
    try:
        await asks(desk, request)
    except grpc.aio.AioRpcError as error:
        return told(error).reason
    return "OK"


def before_settlement(monkeypatch: pytest.MonkeyPatch, event: Callable[[], Awaitable[None]]) -> None:
    """Let something happen, once, after whoever asks was let in and before what they ask for is settled."""
    original = Ledger.settle
    happened: list[bool] = []

    async def settle(self: Ledger, acts: Sequence[Act]) -> list[Settled]:
        if not happened:
            happened.append(True)
            await event()
        return await original(self, acts)

    monkeypatch.setattr(Ledger, "settle", settle)


def steps_of(house: House) -> list[int]:
    """The steps of grants on the record."""
    return [each.private.grant_step for each in house.records() if each.header.kind == record_pb2.KIND_GRANT]


@pytest.mark.rule("W3", "W7")
@pytest.mark.parametrize("what", ["request", "approve", "reject", "revoke"])
async def test_a_post_that_ends_under_a_decision_decides_nothing(
    estate: Estate, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judged once more at the moment of settlement: the refusal is recorded, and marked, in its place."""
    async with opened(estate) as house:
        cast, caseworker, head = house.cast, await house.caseworker(), await house.desk(house.cast.head)
        await house.desk(cast.operator)
        grant = await asks(caseworker, request_of(house, cast.bystander))
        person = cast.caseworker if what == "request" else cast.head

        async def dismissed() -> None:
            ends(house, person, today(house))
            await reload(house)

        before_settlement(monkeypatch, dismissed)
        outcome = await {
            "request": lambda: requests(caseworker, request_of(house, cast.plain)),
            "approve": lambda: approves(head, grant, cast.bystander),
            "reject": lambda: rejects(head, grant),
            "revoke": lambda: revokes(head, grant),
        }[what]()

        assert outcome == "POST_NOT_IN_FORCE"
        assert steps_of(house) == [record_pb2.GRANT_STEP_REQUESTED]
        (record,) = house.refused_records()
        assert (record.private.staff, record.private.former_post) == (person.staff, True)
    assert verified(estate).faults == []


@pytest.mark.rule("W7")
async def test_a_superior_who_is_no_longer_above_the_requester_decides_nothing(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In post as before, but the requester has another superior from this moment on."""
    async with opened(estate) as house:
        cast, caseworker, head = house.cast, await house.caseworker(), await house.desk(house.cast.head)
        await house.desk(cast.operator)
        grant = await asks(caseworker, request_of(house, cast.bystander))

        async def reorganised() -> None:
            post = cast.caseworker.post
            change(estate, "standing", f"UPDATE post SET superior = '{cast.auditor.staff}' WHERE post = '{post}'")
            await reload(house)

        before_settlement(monkeypatch, reorganised)
        assert await approves(head, grant, cast.bystander) == "STEP_UP_REQUIRED"
        assert steps_of(house) == [record_pb2.GRANT_STEP_REQUESTED]


@pytest.mark.rule("W5", "W7")
async def test_a_grant_is_for_the_case_that_it_was_asked_for(house: House) -> None:
    """Another case opens nothing by it, though as open as the first; and a closed one not either."""
    cast, caseworker, head = house.cast, await house.caseworker(), await house.desk(house.cast.head)
    grant = await asks(caseworker, request_of(house, cast.bystander))
    assert await approves(head, grant, cast.bystander) == "OK"
    borrowed = lookup(CHILDCARE, cast.bystander, case=cast.protected_case, grant=grant.grant_id)
    assert await caseworker.tried(borrowed) == "GRANT_NOT_ACTIVE"
    assert await caseworker.tried(by_grant(house, cast.bystander, grant.grant_id)) == "OK"

    change(
        house.estate,
        "standing",
        f"UPDATE case_file SET closed = '{today(house)}' WHERE reference = '{cast.childcare_case}'",
    )
    assert await caseworker.tried(by_grant(house, cast.bystander, grant.grant_id)) == "CASE_NOT_VALID"


def second_post(estate: Estate, person: StaffRole, like: StaffRole, superior: str) -> StaffRole:
    """Give somebody another post (兼務), in the department and role of somebody else."""
    post = f"{person.post}-2"
    change(
        estate,
        "standing",
        f"INSERT INTO post SELECT '{post}', '{person.staff}', department, unit, role, '{superior}', since, NULL "
        f"FROM post WHERE post = '{like.post}'",
    )
    return StaffRole(person.staff, post, like.department, like.role)


@pytest.mark.rule("W7")
async def test_nobody_is_their_own_superior_by_a_second_post(estate: Estate) -> None:
    """Neither in the one post nor in the other."""
    cast = estate.cast()
    other = second_post(estate, cast.caseworker, cast.head, cast.auditor.staff)
    change(
        estate,
        "standing",
        f"UPDATE post SET superior = '{cast.caseworker.staff}' WHERE post = '{cast.caseworker.post}'",
    )
    async with opened(estate) as house:
        caseworker = await house.desk(cast.caseworker)
        request = request_of(house, cast.bystander)
        assert await requests(caseworker, request) == "STEP_UP_REQUIRED"  # nobody is above them
    change(estate, "standing", f"UPDATE post SET superior = '{cast.head.staff}' WHERE post = '{cast.caseworker.post}'")
    async with opened(estate) as house:
        caseworker, head = await house.desk(cast.caseworker), await house.desk(other)
        grant = await asks(caseworker, request)
        for desk in (caseworker, head):
            assert await approves(desk, grant, cast.bystander) == "STEP_UP_REQUIRED"


@pytest.mark.rule("W7")
async def test_a_superior_decides_in_the_post_that_makes_them_one(estate: Estate) -> None:
    """Not in another that they hold elsewhere, whose department has nothing to do with it."""
    cast = estate.cast()
    elsewhere = second_post(estate, cast.head, cast.auditor, cast.operator.staff)
    async with opened(estate) as house:
        grant = await asks(await house.desk(cast.caseworker), request_of(house, cast.bystander))
        desk = await house.desk(elsewhere)
        assert await approves(desk, grant, cast.bystander) == "STEP_UP_REQUIRED"
        assert await listed(desk, waiting=True) == []
        assert await approves(await house.desk(cast.head), grant, cast.bystander) == "OK"


@pytest.mark.rule("W8")
async def test_a_superior_who_reports_to_the_requester_elsewhere_decides_nothing(estate: Estate) -> None:
    """Whoever depends on the requester in another post is not free in this one."""
    cast = estate.cast()
    second_post(estate, cast.head, cast.auditor, cast.caseworker.staff)
    async with opened(estate) as house:
        grant = await asks(await house.desk(cast.caseworker), request_of(house, cast.bystander))
        assert await approves(await house.desk(cast.head), grant, cast.bystander) == "STEP_UP_REQUIRED"


@pytest.mark.rule("W7", "L3")
async def test_of_two_decisions_at_once_one_counts(house: House) -> None:
    """Approved twice, or approved and rejected: one of them, and it stands."""
    cast, caseworker, head = house.cast, await house.caseworker(), await house.desk(house.cast.head)
    twice, both = [await asks(caseworker, request_of(house, cast.bystander)) for _ in range(2)]
    outcomes = await asyncio.gather(*(approves(head, twice, cast.bystander) for _ in range(8)))
    assert sorted(outcomes) == ["GRANT_NOT_ACTIVE"] * 7 + ["OK"]
    approved, rejected = await asyncio.gather(approves(head, both, cast.bystander), rejects(head, both))
    assert sorted([approved, rejected]) == ["GRANT_NOT_ACTIVE", "OK"]
    states = {each.grant_id: each.state for each in await listed(head)}
    assert states[both.grant_id] == (pb.GRANT_STATE_APPROVED if approved == "OK" else pb.GRANT_STATE_REJECTED)


@pytest.mark.rule("W7")
async def test_what_waited_too_long_is_approved_by_nobody(house: House) -> None:
    """A request ends when the look would have had to."""
    caseworker, head = await house.caseworker(), await house.desk(house.cast.head)
    grant = await asks(caseworker, request_of(house, house.cast.bystander, hours=1))
    await house.move(HOUR)
    head = await house.desk(house.cast.head)
    assert await approves(head, grant, house.cast.bystander) == "GRANT_NOT_ACTIVE"


@pytest.mark.rule("W7")
async def test_what_was_asked_for_under_another_text_is_approved_by_nobody(house: House) -> None:
    """The superior would see the new text, and approve the old one."""
    caseworker = await house.caseworker()
    grant = await asks(caseworker, request_of(house, house.cast.bystander))
    rewrite(house.estate, CHILDCARE, ("level: town", "level: city"))
    await house.desk(house.cast.operator)
    await reload(house)
    head = await house.desk(house.cast.head)
    assert await approves(head, grant, house.cast.bystander) == "PURPOSE_CHANGED"
    assert await rejects(head, grant) == "OK"


@pytest.mark.rule("W8")
async def test_whoever_finds_a_look_right_in_review_knows_whom_it_was_at(estate: Estate) -> None:
    """Else nobody could tell that the reviewer lives with them."""
    rewrite(estate, CHILDCARE, ("budget:", GLASS))
    cast = estate.cast()
    async with opened(estate) as house:
        caseworker, head = await house.caseworker(), await house.desk(cast.head)
        look = lookup(CHILDCARE, cast.bystander, justification="child alone at home", break_glass=True)
        assert await caseworker.tried(look) == "OK"
        (waiting,) = await listed(head, waiting=True)
        assert await approves(head, waiting) == "GRANT_NOT_ACTIVE"
        assert await approves(head, waiting, cast.plain) == "GRANT_NOT_ACTIVE"
        homes(estate, cast.head.staff, cast.bystander)
        await reload_as(house, cast.operator)
        assert await approves(head, waiting, cast.bystander) == "STEP_UP_REQUIRED"
        homes(estate, cast.head.staff, None)
        await reload_as(house, cast.operator)
        assert await approves(head, waiting, cast.bystander) == "OK"


async def reload_as(house: House, operator: StaffRole) -> None:
    """Let a change of the directory come into force."""
    await house.desk(operator)
    await reload(house)


@pytest.mark.rule("W6", "L3")
async def test_the_glass_is_not_broken_twice_where_once_is_allowed(estate: Estate) -> None:
    """Not even at the same moment."""
    rewrite(estate, CHILDCARE, ("budget:", GLASS.replace("looks_a_day: 2", "looks_a_day: 1")))
    async with opened(estate) as house:
        caseworker = await house.caseworker()
        look = lookup(CHILDCARE, house.cast.bystander, justification="child alone at home", break_glass=True)
        outcomes = await asyncio.gather(*(caseworker.tried(look) for _ in range(8)))
        assert sorted(outcomes) == ["BUDGET_EXHAUSTED"] * 7 + ["OK"]
        assert len(house.disclosures()) == 1


@pytest.mark.rule("W6", "W7")
async def test_a_batch_under_a_grant_records_what_they_are(estate: Estate) -> None:
    """As a lookup does: the nearest of them."""
    async with opened(estate) as house:
        clerk, cast = await house.clerk(), house.cast
        context = house.at_the_counter(cast.colleague).context
        people = [cast.bystander, cast.colleague]
        asking = pb.RequestGrantRequest(context=context, residents=pb.ResidentIds(resident_ids=people))
        asking.context.justification = "both apply in person"
        grant = await asks(clerk, asking)
        assert await approves(await house.desk(superior_of(estate, cast.clerk)), grant, *people) == "OK"
        context.grant = grant.grant_id
        request = register_pb2.BatchGetResidentsRequest(context=context, resident_ids=people)
        assert None not in await clerk.batch(request)
        assert [each.private.relation for each in house.disclosures()] == [record_pb2.RELATION_COLLEAGUE]


@pytest.mark.rule("W8", "W9")
async def test_nobody_approves_a_look_at_somebody_who_is_protected_from_them(estate: Estate) -> None:
    """As the other party of a measure they would have a subordinate look for them; nor does the other party look."""
    async with opened(estate) as house:
        cast, caseworker, head = house.cast, await house.caseworker(), await house.desk(house.cast.head)
        change(
            estate,
            "register",
            f"INSERT INTO protective_measure (atena_no, kaishi_ymd, aite_atena_no) "
            f"VALUES ('{cast.bystander}', '{cast.today}', '{cast.plain}')",
        )
        grant = await asks(caseworker, request_of(house, cast.bystander))
        homes(estate, cast.head.staff, cast.plain)
        await reload_as(house, cast.operator)
        assert await approves(head, grant, cast.bystander) == "GRANT_NOT_ACTIVE"
        homes(estate, cast.head.staff, None)
        homes(estate, cast.caseworker.staff, cast.plain)
        await reload_as(house, cast.operator)
        assert await approves(head, grant, cast.bystander) == "OK"
        assert await caseworker.tried(by_grant(house, cast.bystander, grant.grant_id)) == "RESIDENT_NOT_FOUND"


@pytest.mark.rule("W8")
async def test_whoever_is_their_own_superior_breaks_no_glass(estate: Estate) -> None:
    """Nobody would review it."""
    rewrite(estate, CHILDCARE, ("budget:", GLASS))
    cast = estate.cast()
    post = cast.caseworker.post
    change(estate, "standing", f"UPDATE post SET superior = '{cast.caseworker.staff}' WHERE post = '{post}'")
    async with opened(estate) as house:
        look = lookup(CHILDCARE, cast.bystander, justification="child alone at home", break_glass=True)
        assert await (await house.desk(cast.caseworker)).tried(look) == "STEP_UP_REQUIRED"
