"""Entitlement: what may I ask for, and what is left?

Rule: a caller learns of the purposes open to their post today and of their own budgets, and of nothing else; nothing
is disclosed, so nothing is charged.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.allowance import Allowance
from gateway.caller import Caller
from gateway.clock import day_of
from gateway.ledger.ledger import Ledger, LedgerUnavailable
from gateway.purpose.book import Book
from gateway.purpose.plan import Plan
from gateway.refusal import Reason, Refusal
from gateway.standing.judge import post_of
from gateway.standing.port import Directory, StandingUnavailable


@dataclass(frozen=True, slots=True)
class Left:
    """One allowance: how many residents are left, and when it next gives one back if none is (µs; None: never or not
    needed).
    """

    allowance: Allowance
    residents: int
    reopens: int | None


class Entitlements:
    """Answers for one book of purposes."""

    def __init__(self, book: Book, directory: Directory, ledger: Ledger) -> None:
        self._book, self._directory, self._ledger = book, directory, ledger

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
            raise Refusal(Reason.POST_NOT_IN_FORCE)
        return tuple(
            plan
            for plan in self._book.plans_of(caller.department)
            if caller.role in plan.roles and plan.in_force(today)
        )

    def plan(self, caller: Caller, purpose: str) -> tuple[Plan, list[Left]]:
        """One of them, with what is left for this caller. Raises Refusal."""
        for plan in self.plans(caller):
            if plan.purpose == purpose:
                try:
                    return plan, [Left(*each) for each in self._ledger.left(plan.terms, caller)]
                except LedgerUnavailable:
                    raise Refusal(Reason.LEDGER_UNAVAILABLE) from None
        raise Refusal(Reason.PURPOSE_NOT_GRANTED)
