"""Previews: what whoever approves a grant for many has to know of it, beside who asks and why.

Rule: it tells how many, what of them and how much the requester sees anyhow, and names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.clock import day_of
from gateway.ledger.grants import Grant
from gateway.ledger.ledger import Ledger
from gateway.ledger.v1 import record_pb2 as pb
from gateway.purpose.plan import Plan


@dataclass(frozen=True, slots=True)
class Preview:
    """A grant for a stream or a renewal: how many residents (those in the selection, or as many as a renewal covers at
    most), their share of all who live here (1 is all), the fields after masking, how many residents the requester
    saw in 30 days, and, of a renewal, until which day (ISO 8601) pseudonyms of the last epoch are accepted ("" they are
    not, and there is nothing to renew).
    """

    residents: int
    share: float
    fields: tuple[str, ...]
    seen_in_30_days: int
    accepted_until: str


def preview_of(grant: Grant, plan: Plan | None, ledger: Ledger) -> Preview:
    """What there is to know of it, under the plan in force. Raises LedgerUnavailable."""
    opened, everybody = plan.opened(grant.terms.fields) if plan is not None else (), ledger.register_size
    residents = grant.terms.ceiling if grant.kind == pb.GRANT_KIND_RENEWAL else grant.terms.residents
    return Preview(
        residents,
        residents / everybody if everybody else 0.0,
        tuple(f"{rule.field}: {rule.mask}" + (f" {rule.settings}" if rule.settings else "") for rule in opened),
        ledger.seen_in_30_days(grant.staff),
        _accepted_until(grant, plan, ledger),
    )


def _accepted_until(grant: Grant, plan: Plan | None, ledger: Ledger) -> str:
    if grant.kind != pb.GRANT_KIND_RENEWAL or plan is None or plan.subjects is None:
        return ""
    last_day = plan.subjects.overlap
    return str(last_day) if last_day is not None and last_day >= day_of(ledger.now()) else ""
