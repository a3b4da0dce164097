"""Entitlement: what may I ask for, and what is left?

Rule: a caller learns of the purposes open to their post today and of their own budgets, and of nothing else; nothing
is disclosed, so nothing is charged.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.caller import Caller
from gateway.clock import day_of
from gateway.ledger.account import Used
from gateway.ledger.ledger import Ledger, LedgerUnavailable
from gateway.ledger.overrides import BOTH
from gateway.ledger.v1.record_pb2 import METER_GRANTED, METER_INTERACTIVE
from gateway.purpose.book import InForce
from gateway.purpose.plan import Plan
from gateway.refusal import Reason, Refusal
from gateway.standing.judge import post_of, was_post_of
from gateway.standing.port import Directory, StandingUnavailable


@dataclass(frozen=True, slots=True)
class State:
    """How far a caller's budgets under one purpose are used up: on the interactive meter, under bulk grants (none where
    the purpose has no such streams), and of the whole register. `attempts` are refused attempts left today.
    """

    allowances: list[Used]
    granted: list[Used]
    coverage: list[Used]
    attempts: int
    attempts_reopen: int | None


class Entitlements:
    """Answers by the book of purposes in force."""

    def __init__(self, in_force: InForce, directory: Directory, ledger: Ledger) -> None:
        self._in_force, self._directory, self._ledger = in_force, directory, ledger

    def plans(self, caller: Caller) -> tuple[Plan, ...]:
        """The plans open to the caller today, by purpose. Raises Refusal."""
        try:
            today = day_of(self._ledger.now())
            post = post_of(self._directory, caller, today)
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None
        except StandingUnavailable:
            raise Refusal(Reason.REGISTER_UNAVAILABLE) from None
        if post is None:
            raise Refusal(Reason.POST_NOT_IN_FORCE, former_post=was_post_of(self._directory, caller, today))
        return tuple(
            plan
            for plan in self._in_force.book.plans_of(caller.department)
            if caller.role in plan.roles and plan.in_force(today)
        )

    def plan(self, caller: Caller, purpose: str) -> tuple[Plan, State]:
        """One of them, with what is left for this caller. Raises Refusal."""
        for plan in self.plans(caller):
            if plan.purpose == purpose:
                return plan, self._state(plan, caller)
        raise Refusal(Reason.PURPOSE_NOT_GRANTED)

    def _state(self, plan: Plan, caller: Caller) -> State:
        try:
            used = self._ledger.used(plan.terms, caller.department, caller.staff)
            attempts, reopen = self._ledger.attempts_left(plan.terms, caller.staff)
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None
        return State(
            [each for each in used if each.meter == METER_INTERACTIVE],
            [each for each in used if each.meter == METER_GRANTED and plan.bulk is not None],
            [each for each in used if each.meter == BOTH],
            attempts,
            reopen,
        )
