"""PurposeService: what may I ask for, and what is left?"""

from __future__ import annotations

from typing import Final

from gateway.allowance import Owner
from gateway.clock import DAY, SECOND
from gateway.entitlement import Entitlements, State
from gateway.field import FIELDS, Localized
from gateway.ledger.account import Used
from gateway.purpose.plan import Asking, Plan
from gateway.rpc.moments import moment
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
        return pb.ListPurposesResponse(purposes=[_purpose(plan) for plan in plans])

    async def get_purpose(self, request: pb.GetPurposeRequest | None, context: Context) -> pb.GetPurposeResponse:
        """GetPurpose."""
        async with self._reception.call(context) as call:
            caller = call.identify()
            plan, state = self._entitlements.plan(caller, readable(request).purpose)
            call.purpose = plan.purpose
            purpose = _purpose(plan)
            _fill(purpose, plan, state)
        return pb.GetPurposeResponse(purpose=purpose)


def _purpose(plan: Plan) -> pb.Purpose:
    purpose = pb.Purpose(
        name=plan.purpose,
        title=_text(plan.title),
        legal_basis=_text(plan.legal_basis),
        digest=plan.digest,
        fields=[
            pb.GrantedField(
                path=rule.field,
                title=_text(FIELDS[rule.field].title),
                mask=rule.mask,
                settings=rule.settings,
                sensitivity=FIELDS[rule.field].sensitivity.value,
            )
            for rule in plan.fields
        ],
        search_by=sorted(plan.search_by),
        case_registry=plan.case_registry or "",
        case_handler=plan.case.handler.value if plan.case is not None else "",
        case_days_after_closing=plan.case.days_after_closing if plan.case is not None else 0,
        applicant_required=plan.applicant_required,
        streams=plan.stream is not None,
        valid_from=plan.valid_from.isoformat(),
        valid_until=plan.valid_until.isoformat(),
        repeats=plan.terms.repeats,
        restricted_allowed=plan.restricted_allowed,
    )
    _ways(purpose, plan)
    rate, deprecation = plan.terms.rate, plan.deprecation
    if rate is not None:
        purpose.rate.per_second, purpose.rate.burst = SECOND / rate.interval, rate.burst
    if deprecation is not None:
        purpose.deprecation.since = deprecation.since.isoformat()
        purpose.deprecation.ends = plan.valid_until.isoformat()
        purpose.deprecation.successor = deprecation.successor
        purpose.deprecation.note.CopyFrom(_text(deprecation.note))
    return purpose


def _ways(purpose: pb.Purpose, plan: Plan) -> None:
    """How the purpose may be searched and streamed, and what it opens in an emergency."""
    search, stream, bulk, glass = plan.search, plan.stream, plan.bulk, plan.glass
    if search is not None:
        purpose.search.combinations.extend(_combinations(search.asking))
        purpose.search.limit, purpose.search.address_limit = search.limit, search.address_limit
        purpose.search.statuses.extend(sorted(search.asking.statuses))
        purpose.search.names.extend(sorted(search.names))
    if stream is not None:
        purpose.stream.combinations.extend(_combinations(stream.asking))
        purpose.stream.page = stream.page
        purpose.stream.area_level = stream.area_level.value if stream.area_level is not None else ""
        purpose.stream.age_width = stream.age_width or 0
        if stream.age_top is not None:
            purpose.stream.age_top = stream.age_top
        purpose.stream.statuses.extend(sorted(stream.asking.statuses))
    if bulk is not None:
        purpose.bulk.residents, purpose.bulk.k, purpose.bulk.l = bulk.residents, bulk.k, bulk.l
        purpose.bulk.sensitive.extend(rule.field for rule in plan.fields if rule.field in bulk.sensitive)
    purpose.reversal, purpose.renewal = plan.reversal, plan.renewal
    if glass is not None:
        purpose.emergency.fields.extend(rule.field for rule in plan.fields if rule.field in glass.fields)
        purpose.emergency.looks_a_day = glass.allowed.looks
        purpose.emergency.review_days = glass.allowed.review // DAY


def _combinations(asking: Asking) -> list[pb.KeyCombination]:
    return [pb.KeyCombination(keys=keys) for keys in sorted(map(sorted, asking.combinations))]


def _fill(purpose: pb.Purpose, plan: Plan, state: State) -> None:
    """What is left for this caller."""
    purpose.allowances.extend(map(_allowance, state.allowances))
    purpose.coverage.extend(map(_allowance, state.coverage))
    if plan.bulk is not None:
        purpose.bulk.allowances.extend(map(_allowance, state.granted))
    purpose.attempts.limit, purpose.attempts.left = plan.terms.refusals, state.attempts
    if state.attempts_reopen is not None:
        purpose.attempts.reopens.FromMicroseconds(state.attempts_reopen)


def _allowance(used: Used) -> pb.AllowanceState:
    owner, _, _, purpose, window = used.target
    return pb.AllowanceState(
        owner=_OWNERS[Owner(owner)],
        window=window,
        all_purposes=not purpose,
        limit=used.limit,
        left=used.left,
        reopens=None if used.reopens is None else moment(used.reopens),
    )


def _text(text: Localized) -> pb.LocalizedText:
    return pb.LocalizedText(ja=text.ja, en=text.en)
