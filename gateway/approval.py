"""Approval: four eyes for what nobody may look at on their own.

Rule W7: what is asked for here opens nothing until a superior of the requester has agreed (`decider`). Nothing is told
of residents, not even whether there are such; of a selection how many there are, and so only so often a day. Every step
is recorded before it is answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import islice
from time import perf_counter_ns
from typing import Final

from gateway.ask import Ask, StreamAsk
from gateway.caller import Caller
from gateway.clock import DAY, day_of
from gateway.decider import Decided, Deciders, is_superior
from gateway.disclosure.bulk import extent_of, selection_text
from gateway.disclosure.relations import Relations
from gateway.disclosure.steps import UNREADABLE, Steps, opened
from gateway.field import RESIDENT_ID
from gateway.grant.id import grant_id
from gateway.ledger.acts import Act, Requesting
from gateway.ledger.grants import LONGEST, Grant
from gateway.ledger.ledger import Ledger, LedgerUnavailable
from gateway.ledger.v1 import record_pb2 as pb
from gateway.preview import Preview, preview_of
from gateway.purpose.plan import Plan
from gateway.refusal import Reason, Refusal, Violation
from gateway.selection import Selected, stream_rule
from gateway.standing.conflict import superiors
from gateway.standing.judge import post_of
from gateway.standing.port import Directory, StandingUnavailable
from gateway.view import View

USUAL: Final = DAY
"""µs for which a grant is asked for where nobody says how long."""
_LISTED: Final = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a grant: about residents who are named, a selection of which `expected` are expected, who stands
    behind a `pseudonym`, or so many `renewals` of pseudonyms. `until` in µs since the epoch; None: in 24 hours.
    """

    ask: Ask
    residents: tuple[str, ...]
    until: int | None
    selection: StreamAsk | None = None
    expected: int = 0
    pseudonym: str = ""
    renewals: int = 0


class Approvals:
    """Asks for, decides, takes back and lists grants. A Refusal is recorded already, but for one of `listed`."""

    def __init__(self, steps: Steps, directory: Directory, ledger: Ledger, relations: Relations) -> None:
        self._steps, self._directory, self._ledger = steps, directory, ledger
        self._deciders = Deciders(steps, directory, ledger, relations)

    def now(self) -> int:
        """The ledger's time, µs. Raises Refusal."""
        try:
            return self._ledger.now()
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None

    async def request(self, asked: Asked) -> Grant:
        """Ask for a grant."""
        try:
            act = await self._requesting(asked)
        except UNREADABLE:
            unavailable = Refusal(Reason.REGISTER_UNAVAILABLE)
            await self._steps.record(unavailable, asked.ask, asked.residents)
            raise unavailable from None
        except Refusal as refusal:
            await self._steps.record(refusal, asked.ask, asked.residents)
            raise
        return await self._settled(act, act.grant)

    async def decide(self, decided: Decided) -> Grant:
        """Approve, reject or take back a grant. Whatever is refused leaves at a set time: whoever is hidden from the
        decider must not show by it.
        """
        came = perf_counter_ns()
        try:
            return await self._settled(await self._deciders.admit(decided), decided.grant)
        except Refusal:
            await self._steps.hold.back(came)
            raise

    def listed(self, caller: Caller, *, waiting: bool) -> list[Grant]:
        """The caller's own grants and those they may decide, latest first; with `waiting`, those to be decided now."""
        try:
            now = self.now()
            today = day_of(now)
            if post_of(self._directory, caller, today) is None:
                raise Refusal(Reason.POST_NOT_IN_FORCE)

            def theirs(grant: Grant) -> bool:
                return is_superior(self._directory, caller, grant, today)

            ledger = self._ledger
            found = (
                filter(theirs, ledger.undecided_grants(now))
                if waiting
                else ledger.grants(lambda each: each.staff == caller.staff or theirs(each))
            )
            return list(islice(found, _LISTED))
        except StandingUnavailable:
            raise Refusal(Reason.REGISTER_UNAVAILABLE) from None

    def preview(self, grant: Grant) -> Preview | None:
        """What an approver sees of a grant for many; None of any other. Raises Refusal."""
        if not grant.by_number:
            return None
        try:
            return preview_of(grant, self._steps.planned(grant.purpose, grant.department), self._ledger)
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None

    async def _requesting(self, asked: Asked) -> Requesting:
        ask, now = asked.ask, self.now()
        plan = self._steps.plan(ask)
        self._steps.shed(plan, ask.caller)
        # A mask that the purpose does not cover is refused now, not when it is used.
        view = self._steps.view(plan, ask.mask)
        try:
            foothold = self._steps.stand_in_post(ask.caller, plan, day_of(now))
            if not superiors(self._directory, foothold.post, day_of(now)):
                raise Refusal(Reason.STEP_UP_REQUIRED, violations=(Violation("", "the directory names no superior"),))
        except StandingUnavailable:
            raise Refusal(Reason.REGISTER_UNAVAILABLE) from None
        terms = pb.GrantTerms(
            kind=pb.GRANT_KIND_STEP_UP,
            until=self._end(asked.until, now),
            ceiling=len(asked.residents),
            fields=ask.mask or (),
        )
        spent_up = self._spent_up(ask.caller.staff, asked)
        if spent_up is not None:
            raise spent_up
        residents = asked.residents
        if residents and (not plan.takes_ids or view.pseudonymous):
            # A pseudonym looked up by such a grant would show whose it is.
            raise Refusal(Reason.SEARCH_NOT_GRANTED)
        if asked.selection is not None:
            await self._widen(terms, plan, view, asked.selection, asked.expected, day_of(now))
        elif asked.pseudonym:
            residents = _reversing(terms, plan, asked.pseudonym, day_of(now))
        elif asked.renewals:
            _renewing(terms, plan, asked.renewals)
        return Requesting(
            ask.caller, grant_id(), plan.purpose, plan.digest, ask.circumstances, residents, terms, foothold
        )

    async def _widen(
        self, terms: pb.GrantTerms, plan: Plan, view: View, selection: StreamAsk, expected: int, today: date
    ) -> None:
        """Make it a grant for a stream. Raises Refusal, and what reading raises."""
        rule = stream_rule(plan, selection)
        if plan.bulk is None:
            raise Refusal(Reason.SEARCH_NOT_GRANTED)
        if expected > plan.bulk.residents:
            raise Refusal(Reason.COST_IMPOSSIBLE)
        steps = self._steps
        with steps.walking(plan, selection.ask.caller):
            company = await extent_of(steps, Selected(steps.register, steps.statuses, view, selection, rule), today)
        terms.kind, terms.ceiling, terms.selection = pb.GRANT_KIND_BULK, expected, selection_text(selection)
        terms.residents, terms.smallest_cell, terms.fewest_values = company.rows, company.k, company.l

    def _spent_up(self, staff: str, asked: Asked) -> Refusal | None:
        """Judged here, too: what a selection comes to is not reckoned for who may not ask for it."""
        kind = pb.GRANT_KIND_BULK if asked.selection is not None else pb.GRANT_KIND_STEP_UP
        try:
            return self._ledger.request_left(staff, kind)
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None

    def _end(self, until: int | None, now: int) -> int:
        if until is None:
            return now + USUAL
        if not now < until <= now + LONGEST:
            raise Refusal(
                Reason.REQUEST_MALFORMED,
                violations=(Violation("until", f"not within {LONGEST // DAY} days from now"),),
            )
        return until

    async def _settled(self, act: Act, grant: str) -> Grant:
        settled = await self._steps.settle(act)
        if settled.refusal is not None:
            raise settled.refusal
        found = self._ledger.grant(grant)
        if found is None:
            raise Refusal(Reason.LEDGER_UNAVAILABLE)
        return found


def _reversing(terms: pb.GrantTerms, plan: Plan, pseudonym: str, today: date) -> tuple[str, ...]:
    """Make it a grant for who stands behind a pseudonym; whether there is such a resident, nobody is told. Raises
    Refusal.
    """
    if not plan.reversal:
        raise Refusal(Reason.SEARCH_NOT_GRANTED)
    terms.kind, terms.ceiling = pb.GRANT_KIND_REVERSAL, 1
    terms.fields[:] = [RESIDENT_ID]
    return (opened(plan, pseudonym, today),)


def _renewing(terms: pb.GrantTerms, plan: Plan, renewals: int) -> None:
    """Make it a grant for new pseudonyms of so many residents. Raises Refusal."""
    if not plan.renewal:
        raise Refusal(Reason.SEARCH_NOT_GRANTED)
    terms.kind, terms.ceiling = pb.GRANT_KIND_RENEWAL, renewals
    terms.fields[:] = [RESIDENT_ID]
