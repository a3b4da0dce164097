"""Grants for the readers of a run: asked for by each, approved by their superior, over the contract, before it begins.

Rule: nobody approves their own; what a grant opened is judged against its ceiling by answers and by ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import grpc

from gateway.cli.client import Access, connected, denial_of
from gateway.register.city import StaffRole
from gateway.v1 import grant_pb2
from gateway.v1 import register_pb2 as pb
from loadtest.answers import Answered
from loadtest.evidence import Evidence, held_by_ledger
from loadtest.scenario import Call, Load
from loadtest.schedule import Send
from loadtest.town import CannotRun, Town
from loadtest.verdict import Check

_FULL = 0.99
"""A reader who was refused for the ceiling has got at least this share of it."""


@dataclass(frozen=True, slots=True)
class Granted:
    """One reader's grant."""

    load: str
    caller: int
    grant: str
    ceiling: int


async def granted(
    town: Town,
    address: str,
    loads: Sequence[Load],
    crews: Mapping[str, Sequence[StaffRole]],
    plans: Mapping[str, Sequence[Sequence[Send]]],
) -> list[Granted]:
    """A grant for each reader of each load that needs one, for what they are going to ask. Raises CannotRun."""
    found = []
    for load in loads:
        if load.ceiling is None:
            continue
        for caller, person in enumerate(crews[load.name]):
            asked = next(
                (
                    each
                    for day in plans[load.name]
                    for each in day
                    if (each.caller, each.call) == (caller, Call.GRANTED_STREAM)
                ),
                None,
            )
            if asked is None:
                continue
            stream = pb.StreamResidentsRequest.FromString(asked.request)
            request = grant_pb2.RequestGrantRequest(
                context=stream.context, selection=stream.selection, expected=load.ceiling
            )
            request.context.justification = "a load test"
            try:
                async with connected(_reached(town, address, person)) as stubs:
                    answer = await stubs.grant.RequestGrant(request, metadata=stubs.metadata)
                async with connected(_reached(town, address, town.superior(person))) as stubs:
                    approval = grant_pb2.ApproveGrantRequest(grant_id=answer.grant.grant_id)
                    await stubs.grant.ApproveGrant(approval, metadata=stubs.metadata)
            except grpc.aio.AioRpcError as error:
                raise CannotRun(f"{load.name}: no grant for {person.staff}: {denial_of(error).reason}") from None
            found.append(Granted(load.name, caller, answer.grant.grant_id, load.ceiling))
    return found


def _reached(town: Town, address: str, person: StaffRole) -> Access:
    certificate, key = town.system(person)
    return Access(address, town.authority, certificate, key, town.tokens(person, 1)[0])


def with_grant(send: Send, grants: Mapping[int, str]) -> bytes:
    """The request of a question, by its caller's grant if it needs one."""
    if send.call is not Call.GRANTED_STREAM:
        return send.request
    request = pb.StreamResidentsRequest.FromString(send.request)
    request.context.grant = grants[send.caller]
    return request.SerializeToString()


def within(grants: Sequence[Granted], answers: Sequence[Answered], kept: Evidence | None) -> Check:
    """No grant opened more residents than its ceiling; who was refused for it has got all of it."""
    faults, most, full = [], 0, 0
    for each in grants:
        (answered,) = [answered for answered in answers if answered.load.name == each.load]
        own = [row for row in answered.rows if answered.asked(row).caller == each.caller]
        seen = len({key for row in own for key in row.keys})
        recorded = 0
        if kept is not None:
            recorded = len(
                {subject for entry in kept.entries if entry.grant == each.grant for subject in entry.subjects}
            )
        most = max(most, seen, recorded)
        refused = any(row.outcome == "BUDGET_EXHAUSTED" for row in own)
        full += refused
        if max(seen, recorded) > each.ceiling:
            faults.append(f"{each.grant}: {seen} received, {recorded} recorded, of {each.ceiling}")
        if refused and max(seen, recorded) < _FULL * each.ceiling:
            faults.append(f"{each.grant}: refused with {seen} received, {recorded} recorded, of {each.ceiling}")
    if kept is not None:
        faults += [
            f"{held.who} {held.allowance.window} {held.allowance.residents}: {held.most} on the granted meter"
            for held in held_by_ledger(kept.entries, kept.terms, granted=True)
            if held.most > held.allowance.residents
        ]
    found = "; ".join(faults) or f"{len(grants)} grants, {most} residents at most; {full} readers wanted more"
    return Check(
        name="no grant opened more than its ceiling, nor less", rules=("L1", "L3", "W7"), holds=not faults, found=found
    )
