"""GrantService: proto in, approval, proto out; nothing is decided here."""

from __future__ import annotations

from typing import Final

from gateway.approval import Approvals, Asked
from gateway.ask import Ask, StreamAsk
from gateway.caller import Caller
from gateway.decider import APPROVE, REJECT, REVOKE, Decided
from gateway.disclosure.bulk import selection_of
from gateway.ledger.grants import Grant
from gateway.ledger.v1 import record_pb2
from gateway.rpc.faults import STATUSES, Faults, known_only
from gateway.rpc.moments import microseconds, moment
from gateway.rpc.reception import Context, Reception, readable
from gateway.rpc.requests import (
    BATCH,
    GRANT_ID,
    LONGEST_TEXT,
    ask_of,
    check_pseudonym,
    check_resident_id,
    request_id_of,
    selection_asked,
)
from gateway.v1 import grant_pb2 as pb
from gateway.v1 import register_pb2

_STATES: Final = {
    record_pb2.GRANT_STEP_APPROVED: pb.GRANT_STATE_APPROVED,
    record_pb2.GRANT_STEP_REJECTED: pb.GRANT_STATE_REJECTED,
    record_pb2.GRANT_STEP_REVOKED: pb.GRANT_STATE_REVOKED,
}


class GrantService:
    """The methods of gateway.v1.GrantService."""

    def __init__(self, reception: Reception, approvals: Approvals) -> None:
        self._reception = reception
        self._approvals = approvals

    async def request_grant(self, request: pb.RequestGrantRequest | None, context: Context) -> pb.RequestGrantResponse:
        """RequestGrant."""
        said = request.context if request is not None else register_pb2.QueryContext()
        async with self._reception.call(context, said) as call:
            caller = call.identify()
            asked = _asked(readable(request), caller, request_id_of(said))
            call.enter(said.purpose)
            grant = await self._approvals.request(asked)
            return pb.RequestGrantResponse(grant=self._told(grant))

    async def approve_grant(self, request: pb.ApproveGrantRequest | None, context: Context) -> pb.ApproveGrantResponse:
        """ApproveGrant."""
        async with self._reception.call(context) as call:
            caller, asked = call.identify(), readable(request)
            faults = Faults()
            if len(asked.resident_ids) > BATCH:
                faults.add("resident_ids", f"over {BATCH} keys")
            for at, each in enumerate(asked.resident_ids):
                check_resident_id(f"resident_ids[{at}]", each, faults)
            if asked.pseudonym:
                check_pseudonym("pseudonym", asked.pseudonym, faults)
                if asked.resident_ids:
                    faults.add("pseudonym", "a grant is about residents or a pseudonym: set one of them")
            decided = _decided(caller, asked, APPROVE, faults, tuple(asked.resident_ids), asked.pseudonym)
            call.enter("")
            grant = self._told(await self._approvals.decide(decided))
            return pb.ApproveGrantResponse(grant=grant)

    async def reject_grant(self, request: pb.RejectGrantRequest | None, context: Context) -> pb.RejectGrantResponse:
        """RejectGrant."""
        async with self._reception.call(context) as call:
            caller, asked = call.identify(), readable(request)
            decided = _decided(caller, asked, REJECT, Faults())
            call.enter("")
            return pb.RejectGrantResponse(grant=self._told(await self._approvals.decide(decided)))

    async def revoke_grant(self, request: pb.RevokeGrantRequest | None, context: Context) -> pb.RevokeGrantResponse:
        """RevokeGrant."""
        async with self._reception.call(context) as call:
            caller, asked = call.identify(), readable(request)
            decided = _decided(caller, asked, REVOKE, Faults())
            call.enter("")
            return pb.RevokeGrantResponse(grant=self._told(await self._approvals.decide(decided)))

    async def list_grants(self, request: pb.ListGrantsRequest | None, context: Context) -> pb.ListGrantsResponse:
        """ListGrants."""
        async with self._reception.call(context) as call:
            caller, asked = call.identify(), readable(request)
            grants = self._approvals.listed(caller, waiting=asked.waiting_for_me)
            return pb.ListGrantsResponse(grants=[self._told(each) for each in grants])

    def _told(self, grant: Grant) -> pb.Grant:
        message = told(grant, self._approvals.now())
        preview = self._approvals.preview(grant)
        if preview is not None:
            message.preview.residents, message.preview.smallest_cell = preview.residents, grant.terms.smallest_cell
            message.preview.fewest_values = grant.terms.fewest_values
            message.preview.share, message.preview.seen_in_30_days = preview.share, preview.seen_in_30_days
            message.preview.fields.extend(preview.fields)
            message.preview.accepted_until = preview.accepted_until
            if grant.terms.selection:
                _select(message.selection, grant.terms.selection)
        return message


def _decided(
    caller: Caller,
    request: pb.ApproveGrantRequest | pb.RejectGrantRequest | pb.RevokeGrantRequest,
    step: int,
    faults: Faults,
    residents: tuple[str, ...] = (),
    pseudonym: str = "",
) -> Decided:
    """A decision. Raises Refusal."""
    if not request.grant_id or not GRANT_ID.fullmatch(request.grant_id):
        faults.add("grant_id", "not the id of a grant")
    if len(request.note) > LONGEST_TEXT:
        faults.add("note", f"over {LONGEST_TEXT} characters")
    faults.check()
    request_id = request_id_of(register_pb2.QueryContext())
    return Decided(caller, request.grant_id, step, request.note, request_id, residents, pseudonym)


def told(grant: Grant, now: int) -> pb.Grant:
    """A grant as the contract tells it, at `now` µs."""
    terms = grant.terms
    return pb.Grant(
        grant_id=grant.grant,
        kind=pb.GrantKind.ValueType(grant.kind),
        state=_state(grant, now),
        requester=grant.staff,
        requester_post=grant.post,
        purpose=grant.purpose,
        purpose_digest=grant.purpose_digest,
        case_reference=grant.case,
        reason_code=register_pb2.ReasonCode.ValueType(grant.reason_code),
        justification=grant.justification,
        requested=moment(grant.requested),
        until=moment(terms.until),
        ceiling=terms.ceiling,
        seen=len(grant.seen),
        decider=grant.decider,
        decider_post=grant.decider_post,
        fields=terms.fields,
    )


def _state(grant: Grant, now: int) -> pb.GrantState.ValueType:
    if grant.overdue(now):
        return pb.GRANT_STATE_OVERDUE
    if grant.waits(now):
        return pb.GRANT_STATE_WAITING
    ends = grant.kind != record_pb2.GRANT_KIND_BREAK_GLASS and now >= grant.terms.until
    if ends and grant.step in (record_pb2.GRANT_STEP_REQUESTED, record_pb2.GRANT_STEP_APPROVED):
        return pb.GRANT_STATE_ENDED
    return _STATES[record_pb2.GrantStep.ValueType(grant.step)]


def _asked(request: pb.RequestGrantRequest, caller: Caller, request_id: str) -> Asked:
    """A RequestGrant request. Raises Refusal."""
    faults = Faults()
    ask = ask_of(request, caller, request_id, faults)
    context = request.context
    if context.grant or context.break_glass:
        faults.add("context", "neither under a grant nor in an emergency: a grant is asked for")
    if not context.justification.strip():
        faults.add("context.justification", "required: say to the superior why")
    residents, selection = tuple(request.residents.resident_ids), _selection(request, ask, faults)
    opens = request.WhichOneof("opens")
    if opens is None:
        faults.add("opens", "say what it is to open: set residents, selection, pseudonym or renewals")
    elif opens == "residents" and (not 1 <= len(residents) <= BATCH or len(set(residents)) < len(residents)):
        faults.add("residents.resident_ids", f"not 1 to {BATCH} different ids")
    elif opens == "pseudonym":
        check_pseudonym("pseudonym", request.pseudonym, faults)
    elif opens == "renewals" and request.renewals < 1:
        faults.add("renewals", "not 1 or more")
    if opens in ("pseudonym", "renewals") and request.HasField("read_mask"):
        faults.add("read_mask", "no field of a resident is told under it")
    for at, each in enumerate(residents):
        check_resident_id(f"residents.resident_ids[{at}]", each, faults)
    known_only("", request, faults)
    until = microseconds("until", request.until, faults) if request.HasField("until") else None
    faults.check()
    return Asked(ask, residents, until, selection, request.expected, request.pseudonym, request.renewals)


def _selection(request: pb.RequestGrantRequest, ask: Ask, faults: Faults) -> StreamAsk | None:
    """The selection that is to be opened, if it is one."""
    if not request.HasField("selection"):
        if request.expected:
            faults.add("expected", "goes with a selection")
        return None
    if request.selection.household_id:
        faults.add("selection.household_id", "a household is looked up, not streamed under a grant")
    if request.expected < 1:
        faults.add("expected", "required with a selection: how many residents, 1 or more")
    return selection_asked(request.selection, ask, faults)


def _select(into: register_pb2.Selection, text: bytes) -> None:
    into.area_code, age_from, age_to, statuses = selection_of(text)
    if age_from is not None:
        into.age.MergeFrom(register_pb2.AgeRange(**{"from": age_from}, to=age_to))
        into.age.SetInParent()
    into.statuses.extend(number for number, status in STATUSES.items() if status in statuses)
