"""Every request to those who approve and operate turned wrong in every field: an answer, or a refusal of the published
table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

from gateway.demo.estate import Estate
from gateway.refusal import Reason
from gateway.v1 import grant_pb2, operations_pb2
from tests.estates import House, opened, verified
from tests.fuzz.messages import PLANTED
from tests.fuzz.wire import Question, all_spoilt, methods
from tests.rpc.test_budgets import controlled, proposal, step
from tests.test_grants import asks, request_of
from tests.test_renewal import wanted

_GRANTS: Final = "/gateway.v1.GrantService"
_OPERATIONS: Final = "/gateway.v1.OperationsService"


async def grants(house: House) -> Sequence[Question]:
    """One for each method of GrantService; the three that decide have a matter each."""
    cast, stranger = house.cast, house.cast.bystander
    caseworker = await house.caseworker()
    approved, rejected, revoked = [await asks(caseworker, request_of(house, stranger)) for _ in range(3)]
    return (
        Question(
            f"{_GRANTS}/RequestGrant",
            cast.caseworker,
            request_of(house, stranger, hours=8),
            grant_pb2.RequestGrantResponse,
        ),
        Question(
            f"{_GRANTS}/RequestGrant",
            cast.analyst,
            wanted(5, hours=8, until=house.clock.now),
            grant_pb2.RequestGrantResponse,
        ),
        Question(
            f"{_GRANTS}/ApproveGrant",
            cast.head,
            grant_pb2.ApproveGrantRequest(grant_id=approved.grant_id, resident_ids=[stranger], note="named"),
            grant_pb2.ApproveGrantResponse,
        ),
        Question(
            f"{_GRANTS}/RejectGrant",
            cast.head,
            grant_pb2.RejectGrantRequest(grant_id=rejected.grant_id, note="not needed"),
            grant_pb2.RejectGrantResponse,
        ),
        Question(
            f"{_GRANTS}/RevokeGrant",
            cast.caseworker,
            grant_pb2.RevokeGrantRequest(grant_id=revoked.grant_id, note="done"),
            grant_pb2.RevokeGrantResponse,
        ),
        Question(
            f"{_GRANTS}/ListGrants",
            cast.head,
            grant_pb2.ListGrantsRequest(waiting_for_me=True),
            grant_pb2.ListGrantsResponse,
        ),
    )


async def operations(house: House) -> Sequence[Question]:
    """One for each method of OperationsService, and each step of an override."""
    cast, override = house.cast, f"{_OPERATIONS}/OverrideBudget"
    proposed = [
        await step(await house.desk(cast.operator), propose=proposal(house, limit), note="election day")
        for limit in (5_000_000, 6_000_000)
    ]
    steps: tuple[operations_pb2.OverrideBudgetRequest, ...] = (
        operations_pb2.OverrideBudgetRequest(propose=proposal(house, 7_000_000), note="flood"),
        operations_pb2.OverrideBudgetRequest(approve=proposed[0].id, note="flood"),
        operations_pb2.OverrideBudgetRequest(revoke=proposed[1].id, note="over"),
    )
    return (
        Question(
            f"{_OPERATIONS}/GetStatus",
            cast.operator,
            operations_pb2.GetStatusRequest(),
            operations_pb2.GetStatusResponse,
        ),
        Question(
            f"{_OPERATIONS}/ReloadBook",
            cast.operator,
            operations_pb2.ReloadBookRequest(),
            operations_pb2.ReloadBookResponse,
        ),
        Question(
            f"{_OPERATIONS}/ShowBudget",
            cast.auditor,
            operations_pb2.ShowBudgetRequest(staff=cast.caseworker.staff),
            operations_pb2.ShowBudgetResponse,
        ),
        *(Question(override, cast.auditor, request, operations_pb2.OverrideBudgetResponse) for request in steps),
    )


@pytest.mark.rule("E", "R6", "L8")
async def test_every_message_to_approvers_and_operators_mutated(estate: Estate) -> None:
    """Each wrong in one place: nothing unforeseen, nothing repeated in the log; the gateway serves on, and its ledger
    holds.
    """
    controlled(estate)
    async with opened(estate) as house:
        every = [*await grants(house), *await operations(house)]
        assert {each.method for each in every} == methods(grant_pb2.DESCRIPTOR, operations_pb2.DESCRIPTOR)
        met = await all_spoilt(house, every)
        assert await (await house.caseworker()).tried(house.parent()) == "OK"
        said = house.said.getvalue()
    assert {"OK", Reason.REQUEST_MALFORMED, Reason.GRANT_NOT_ACTIVE} <= set(met)
    assert '"unforeseen"' not in said
    assert PLANTED not in said
    assert verified(estate).faults == []
