"""PurposeService: what may I ask for, and what is left?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.allowance import Owner
from gateway.entitlement import Entitlements, Left
from gateway.field import FIELDS, Localized
from gateway.purpose.plan import Plan
from gateway.rpc.reception import Context, Reception, readable
from gateway.v1 import purpose_pb2 as pb

_OWNERS: Final = {
    Owner.STAFF: pb.ALLOWANCE_OWNER_STAFF,
    Owner.DEPARTMENT: pb.ALLOWANCE_OWNER_DEPARTMENT,
    Owner.CITY: pb.ALLOWANCE_OWNER_CITY,
}


class PurposeService:
    """The methods of gateway.v1.PurposeService."""

    def __init__(self, reception: Reception, entitlements: Entitlements) -> None:
        self._reception = reception
        self._entitlements = entitlements

    async def list_purposes(self, request: pb.ListPurposesRequest | None, context: Context) -> pb.ListPurposesResponse:
        """ListPurposes."""
        async with self._reception.call(context) as call:
            caller = call.identify()
            readable(request)
            plans = self._entitlements.plans(caller)
        return pb.ListPurposesResponse(purposes=[_purpose(plan, ()) for plan in plans])

    async def get_purpose(self, request: pb.GetPurposeRequest | None, context: Context) -> pb.GetPurposeResponse:
        """GetPurpose."""
        async with self._reception.call(context) as call:
            caller = call.identify()
            plan, left = self._entitlements.plan(caller, readable(request).purpose)
            call.purpose = plan.purpose
        return pb.GetPurposeResponse(purpose=_purpose(plan, left))


def _purpose(plan: Plan, left: Sequence[Left]) -> pb.Purpose:
    return pb.Purpose(
        name=plan.purpose,
        title=_text(plan.title),
        legal_basis=_text(plan.legal_basis),
        digest=plan.digest,
        fields=[
            pb.GrantedField(path=rule.field, title=_text(FIELDS[rule.field].title), mask=rule.mask)
            for rule in plan.fields
        ],
        search_by=sorted(plan.search_by),
        case_registry=plan.case_registry or "",
        applicant_required=plan.applicant_required,
        streams=plan.stream is not None,
        valid_from=plan.valid_from.isoformat(),
        valid_until=plan.valid_until.isoformat(),
        allowances=[_allowance(each) for each in left],
    )


def _allowance(left: Left) -> pb.AllowanceState:
    allowance = left.allowance
    state = pb.AllowanceState(
        owner=_OWNERS[allowance.owner],
        window=allowance.window.value,
        all_purposes=not allowance.purpose,
        limit=allowance.residents,
        left=left.residents,
    )
    if left.reopens is not None:
        reopens = Timestamp()
        reopens.FromMicroseconds(left.reopens)
        state.reopens.CopyFrom(reopens)
    return state


def _text(text: Localized) -> pb.LocalizedText:
    return pb.LocalizedText(ja=text.ja, en=text.en)
