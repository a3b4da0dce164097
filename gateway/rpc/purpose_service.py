"""PurposeService: what may I ask for, and what is left?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NoReturn

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.allowance import Owner
from gateway.caller import Caller
from gateway.entitlement import Entitlements, Left
from gateway.field import FIELDS, Localized
from gateway.purpose.plan import Plan
from gateway.refusal import Refusal
from gateway.rpc.reception import Context, Reception
from gateway.rpc.register_service import OK, UNREADABLE
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
        reception = self._reception
        caller: Caller | None = None
        try:
            caller = reception.identify(context)
            if request is None:
                raise UNREADABLE
            plans = self._entitlements.plans(caller)
            reception.measures.requests[("", OK)] += 1
        except Refusal as refusal:
            await self._refuse(context, caller, refusal)
        except Exception as error:  # noqa: BLE001 - every reply is one of the published table
            await reception.answer_refusal(context, reception.unforeseen(error), "")
        return pb.ListPurposesResponse(purposes=[_purpose(plan, ()) for plan in plans])

    async def get_purpose(self, request: pb.GetPurposeRequest | None, context: Context) -> pb.GetPurposeResponse:
        """GetPurpose."""
        reception = self._reception
        caller: Caller | None = None
        try:
            caller = reception.identify(context)
            if request is None:
                raise UNREADABLE
            plan, left = self._entitlements.plan(caller, request.purpose)
            reception.measures.requests[(plan.purpose, OK)] += 1
        except Refusal as refusal:
            await self._refuse(context, caller, refusal)
        except Exception as error:  # noqa: BLE001 - every reply is one of the published table
            await reception.answer_refusal(context, reception.unforeseen(error), "")
        return pb.GetPurposeResponse(purpose=_purpose(plan, left))

    async def _refuse(self, context: Context, caller: Caller | None, refusal: Refusal) -> NoReturn:
        try:
            await self._reception.malformed(context, caller, None, refusal)
        except Refusal as unrecorded:
            refusal = unrecorded
        await self._reception.answer_refusal(context, refusal, "")


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
