"""Bulk reads under a grant: is this the selection that was approved, and does nobody in it stand alone?

Rule: a grant opens one selection, to its requester and nobody else; the whole of it is walked before its first row
leaves, and one in which fewer than k residents look alike is not opened, nor one in which those who do show fewer than
l values of what is sensitive. All that the grant opens counts, whatever is asked for now: pages with other fields could
be joined. The walk holds counts a cell and no rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from gateway.ask import StreamAsk
from gateway.disclosure.steps import Steps
from gateway.ledger.grants import Grant, Use
from gateway.ledger.v1 import record_pb2 as pb
from gateway.purpose.plan import BulkRule, FieldRule, Plan
from gateway.refusal import Reason, Refusal
from gateway.selection import Selected
from gateway.view import View
from masking.k_guard import Company, KGuard
from masking.value import EMPTY, Absent


def selection_text(asked: StreamAsk) -> bytes:
    """A selection in canonical JSON, as grants keep it: it names areas, ages and statuses, and nobody."""
    said = [asked.area, asked.age_from, asked.age_to, sorted(asked.statuses)]
    return json.dumps(said, separators=(",", ":")).encode()


def selection_of(text: bytes) -> tuple[str, int | None, int | None, list[str]]:
    """The inverse: area, ages from and to, statuses."""
    area, age_from, age_to, statuses = json.loads(text)
    return area, age_from, age_to, statuses


def bulk_grant(steps: Steps, plan: Plan, asked: StreamAsk) -> Grant | None:
    """The grant that a stream goes by, None for one that needs none. Raises Refusal."""
    ask = asked.ask
    if not ask.grant:
        if plan.bulk is not None:
            raise Refusal(Reason.GRANT_REQUIRED)
        return None
    grant = steps.ledger.grant(ask.grant)
    if (
        grant is None
        or not grant.opens(Use(ask.caller, plan.digest, ask.circumstances.case, steps.ledger.now(), pb.GRANT_KIND_BULK))
        or asked.household_id
        or grant.terms.selection != selection_text(asked)
    ):
        raise Refusal(Reason.GRANT_NOT_ACTIVE)
    return grant


async def extent_of(steps: Steps, selected: Selected, today: date) -> Company:
    """How the residents of a selection stand together after masking: it is walked from its beginning to its end.

    Raises RegisterUnavailable.
    """
    guard, bulk = KGuard(), selected.view.plan.bulk
    betraying = bulk.sensitive if bulk is not None else frozenset()
    after, turn = "", steps.turns.begin()
    while True:
        found = await selected.page(after, today, steps.onlookers(selected.asked.ask))
        turn.resume()
        for row in found.rows:
            alike = selected.view.alike(row, today, protected=row.resident_id in found.restrictions)
            sensitive = [masked for field, masked in alike if field in betraying]
            hidden = any(isinstance(masked, Absent) and masked != EMPTY for masked in sensitive)
            guard.add([masked for field, masked in alike if field not in betraying], () if hidden else sensitive)
            await turn.give_way()
        if found.ended:
            break
        after = found.after
    return guard.company


def stands_alone(rule: BulkRule, company: Company, shown: Iterable[FieldRule]) -> bool:
    """Whether anybody of a selection does, or those who look alike betray what is sensitive of what is `shown`."""
    betrays = any(each.field in rule.sensitive for each in shown)
    return company.k < rule.k or (betrays and company.l < rule.l)


async def require_company(steps: Steps, plan: Plan, grant: Grant, selected: Selected, today: date) -> View:
    """Nobody in the selection stands alone; the view that was read to see that. Raises Refusal, and
    RegisterUnavailable.
    """
    if plan.bulk is None or plan.bulk.k <= 1:
        return selected.view
    opened = plan.opened(grant.terms.fields)
    whole = replace(selected, view=steps.view(plan, tuple(rule.field for rule in opened)))
    company = await extent_of(steps, whole, today)
    if company.rows and stands_alone(plan.bulk, company, opened):
        raise Refusal(Reason.GRANT_NOT_ACTIVE)
    return whole.view
