"""Budgets as the contract tells them: proto in, overrides and allowances, proto out; nothing is decided here."""

from __future__ import annotations

from typing import Final

from gateway.allowance import Owner, Window
from gateway.caller import is_word
from gateway.ledger.account import Used
from gateway.ledger.overrides import BOTH, Override
from gateway.ledger.v1 import record_pb2
from gateway.rpc.faults import Faults
from gateway.rpc.moments import microseconds, moment
from gateway.rpc.requests import GRANT_ID, LONGEST_TEXT
from gateway.v1 import operations_pb2 as pb
from gateway.v1 import purpose_pb2

_METERS: Final[dict[int, pb.BudgetMeter.ValueType]] = {
    record_pb2.METER_INTERACTIVE: pb.BUDGET_METER_INTERACTIVE,
    record_pb2.METER_GRANTED: pb.BUDGET_METER_GRANTED,
    BOTH: pb.BUDGET_METER_COVERAGE,
}
_RECORDED: Final = {told: meter for meter, told in _METERS.items()}
_OWNERS: Final = {
    Owner.STAFF: purpose_pb2.ALLOWANCE_OWNER_STAFF,
    Owner.DEPARTMENT: purpose_pb2.ALLOWANCE_OWNER_DEPARTMENT,
    Owner.CITY: purpose_pb2.ALLOWANCE_OWNER_CITY,
}


def check_whose(request: pb.ShowBudgetRequest) -> None:
    """Raises Refusal."""
    faults = Faults()
    if request.staff and request.department:
        faults.add("department", "not together with staff")
    for place, word in (("staff", request.staff), ("department", request.department)):
        if word and not is_word(word):
            faults.add(place, "not a word of a-z, 0-9 and -")
    faults.check()


def proposed(request: pb.OverrideBudgetRequest) -> record_pb2.OverrideTerms:
    """What is to be raised. Raises Refusal."""
    said, faults = request.propose, Faults()
    target = said.target
    for place, word in (("staff", target.staff), ("department", target.department), ("purpose", target.purpose)):
        if word and not is_word(word):
            faults.add(f"propose.target.{place}", "not a word of a-z, 0-9 and -")
    if target.staff and target.department:
        faults.add("propose.target.department", "not together with staff")
    if target.meter not in _RECORDED:
        faults.add("propose.target.meter", "unset or unknown")
    if target.window not in list(Window):
        faults.add("propose.target.window", f"not one of {', '.join(Window)}")
    if said.limit < 1:
        faults.add("propose.limit", "not a number of residents")
    until = microseconds("propose.until", said.until, faults)
    if not request.note.strip():
        faults.add("note", "required")
    _check_note(request, faults)
    faults.check()
    owner = Owner.STAFF if target.staff else Owner.DEPARTMENT if target.department else Owner.CITY
    return record_pb2.OverrideTerms(
        owner=owner.value,
        name=target.staff or target.department,
        meter=record_pb2.Meter.ValueType(_RECORDED[target.meter]),
        purpose=target.purpose,
        window=target.window,
        limit=said.limit,
        until=until,
    )


def decided(request: pb.OverrideBudgetRequest) -> tuple[str, int]:
    """Which override, and the step, a number of the record's OverrideStep. Raises Refusal."""
    faults = Faults()
    step = request.WhichOneof("step")
    override = request.approve if step == "approve" else request.revoke
    if step is None:
        faults.add("step", "unset: propose, approve or revoke")
    elif not GRANT_ID.fullmatch(override):
        faults.add(step, "not the id of an override")
    _check_note(request, faults)
    faults.check()
    return override, record_pb2.OVERRIDE_STEP_APPROVED if step == "approve" else record_pb2.OVERRIDE_STEP_REVOKED


def _check_note(request: pb.OverrideBudgetRequest, faults: Faults) -> None:
    if len(request.note) > LONGEST_TEXT:
        faults.add("note", f"over {LONGEST_TEXT} characters")


def line(used: Used, raised: bool) -> pb.BudgetLine:
    """An allowance, and how far it is used up."""
    owner, name, meter, purpose, window = used.target
    return pb.BudgetLine(
        owner=_OWNERS[Owner(owner)],
        name=name,
        meter=_METERS[meter],
        purpose=purpose,
        window=window,
        limit=used.limit,
        spent=used.spent,
        reopens=moment(used.reopens) if used.reopens is not None else None,
        shadow=used.shadow,
        raised=raised,
    )


def told(override: Override, now: int) -> pb.Override:
    """An override as it stands at `now` µs."""
    terms = override.terms
    return pb.Override(
        id=override.id,
        target=pb.BudgetTarget(
            staff=terms.name if terms.owner == Owner.STAFF else "",
            department=terms.name if terms.owner == Owner.DEPARTMENT else "",
            meter=_METERS[terms.meter],
            purpose=terms.purpose,
            window=terms.window,
        ),
        limit=terms.limit,
        until=moment(terms.until),
        state=_state(override, now),
        proposer=override.proposer,
        proposed=moment(override.proposed),
        decider=override.decider,
        note=override.justification,
    )


def _state(override: Override, now: int) -> pb.OverrideState.ValueType:
    if override.step == record_pb2.OVERRIDE_STEP_REVOKED:
        return pb.OVERRIDE_STATE_REVOKED
    if override.waits(now):
        return pb.OVERRIDE_STATE_WAITING
    return pb.OVERRIDE_STATE_IN_FORCE if override.in_force(now) else pb.OVERRIDE_STATE_ENDED
