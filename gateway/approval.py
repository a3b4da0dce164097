"""Approval: four eyes for what nobody may look at on their own.

Rule W7: who decides is a superior of the requester in post today, is not the requester, and lives with neither them nor
the resident. Whoever may not decide is told so in one way, whatever the reason. Nothing is told of residents here, not
even whether there are such; every step is recorded before it is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

from gateway.ask import Ask, StreamAsk
from gateway.caller import Caller
from gateway.clock import DAY, day_of
from gateway.disclosure.bulk import extent_of, selection_text
from gateway.disclosure.relations import Relations
from gateway.disclosure.steps import UNREADABLE, Steps, opened
from gateway.field import RESIDENT_ID
from gateway.grant.id import grant_id
from gateway.ledger.acts import Act, Circumstances, Deciding, Refusing, Requesting
from gateway.ledger.grants import LONGEST, Grant
from gateway.ledger.ledger import Ledger, LedgerUnavailable
from gateway.ledger.v1 import record_pb2 as pb
from gateway.preview import Preview, preview_of
from gateway.purpose.plan import Plan
from gateway.refusal import Reason, Refusal, Violation
from gateway.selection import Selected, stream_rule
from gateway.standing.conflict import conflicted, posts_above, reports_to, superiors
from gateway.standing.judge import post_of
from gateway.standing.port import Directory, StandingUnavailable
from gateway.view import View

APPROVE: Final = pb.GRANT_STEP_APPROVED
REJECT: Final = pb.GRANT_STEP_REJECTED
REVOKE: Final = pb.GRANT_STEP_REVOKED
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


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on a grant (`step`, a number of the record's GrantStep): why, and the `residents` or the `pseudonym`
    that the decider was told it is about.
    """

    caller: Caller
    grant: str
    step: int
    note: str
    request_id: str
    residents: tuple[str, ...] = ()
    pseudonym: str = ""


@dataclass(frozen=True, slots=True)
class InCharge:
    """The post in which somebody decides on a grant, and that it is above the requester's, as a Foothold; who takes a
    grant back may also be the requester.
    """

    directory: Directory
    caller: Caller
    grant: Grant
    step: int

    def lost(self, now: int) -> Reason | None:
        """Judged anew, by the directory as it is then and on the day that it is then."""
        today, caller, grant = day_of(now), self.caller, self.grant
        try:
            if post_of(self.directory, caller, today) is None:
                return Reason.POST_NOT_IN_FORCE
            if self.step == REVOKE and caller.staff == grant.staff:
                return None
            return None if is_superior(self.directory, caller, grant, today) else Reason.STEP_UP_REQUIRED
        except StandingUnavailable:
            return Reason.REGISTER_UNAVAILABLE


def is_superior(directory: Directory, caller: Caller, grant: Grant, today: date) -> bool:
    """Whether the caller acts in a post above that in which the grant was asked for, now or when that was last held.
    Raises StandingUnavailable.
    """
    return caller.staff != grant.staff and any(
        (above.staff, above.post) == (caller.staff, caller.post)
        for post in directory.posts(grant.staff)
        if post.post == grant.post
        for above in posts_above(directory, post, today)
    )


class Approvals:
    """Asks for, decides, takes back and lists grants. A Refusal is recorded already, but for one of `listed`."""

    def __init__(self, steps: Steps, directory: Directory, ledger: Ledger, relations: Relations) -> None:
        self._steps, self._directory, self._ledger, self._relations = steps, directory, ledger, relations

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
        """Approve, reject or take back a grant."""
        caller, found = decided.caller, self._ledger.grant(decided.grant)
        try:
            residents = self._named(decided, found)
            foothold = await self._in_charge(decided, found, residents)
        except Refusal as refusal:
            purpose = found.purpose if found is not None else ""
            said = Circumstances("", 0, "", decided.request_id)
            await self._steps.settle(Refusing(refusal.reason, caller, caller.system, purpose, said))
            raise
        act = Deciding(caller, decided.grant, decided.step, decided.note, decided.request_id, residents, foothold)
        return await self._settled(act, decided.grant)

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
        residents = asked.residents
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
        company = await extent_of(steps, Selected(steps.register, steps.statuses, view, selection, rule), today)
        terms.kind, terms.ceiling, terms.selection = pb.GRANT_KIND_BULK, expected, selection_text(selection)
        terms.residents, terms.smallest_cell = company.rows, company.k

    def _named(self, decided: Decided, found: Grant | None) -> tuple[str, ...]:
        """Whom the decider was told it is about; a pseudonym that is not of the purpose's own stands for nobody."""
        if found is None or found.kind != pb.GRANT_KIND_REVERSAL:
            return decided.residents
        # By the pseudonym alone: else whoever may approve could try until they know who it is.
        plan = self._steps.planned(found.purpose, found.department)
        try:
            return (opened(plan, decided.pseudonym, day_of(self.now())),) if plan is not None else ()
        except Refusal:
            return ()

    async def _in_charge(self, decided: Decided, found: Grant | None, residents: tuple[str, ...]) -> InCharge:
        """Who decides is in post, above the requester, and nothing to them or to the residents; who takes a grant back
        may also be the requester. Raises Refusal.
        """
        caller, now = decided.caller, self.now()
        try:
            if found is None:
                in_post = post_of(self._directory, caller, day_of(now)) is not None
                raise Refusal(Reason.GRANT_NOT_ACTIVE if in_post else Reason.POST_NOT_IN_FORCE)
            foothold = InCharge(self._directory, caller, found, decided.step)
            lost = foothold.lost(now)
            if lost is not None:
                raise Refusal(lost)
            if decided.step == APPROVE:
                self._require_company(found)
            if decided.step != REVOKE:
                await self._require_no_conflict(caller, found, residents, day_of(now))
        except UNREADABLE:
            raise Refusal(Reason.REGISTER_UNAVAILABLE) from None
        return foothold

    def _end(self, until: int | None, now: int) -> int:
        if until is None:
            return now + USUAL
        if not now < until <= now + LONGEST:
            raise Refusal(
                Reason.REQUEST_MALFORMED,
                violations=(Violation("until", f"not within {LONGEST // DAY} days from now"),),
            )
        return until

    def _require_company(self, grant: Grant) -> None:
        """A selection in which somebody stands alone is approved by nobody. Raises Refusal."""
        plan = self._steps.planned(grant.purpose, grant.department)
        if grant.kind == pb.GRANT_KIND_BULK and (
            plan is None or plan.bulk is None or grant.terms.smallest_cell < plan.bulk.k
        ):
            few = Violation("grant_id", "fewer residents of the selection look alike than the purpose asks for")
            raise Refusal(Reason.GRANT_NOT_ACTIVE, violations=(few,))

    async def _require_no_conflict(self, caller: Caller, grant: Grant, residents: Sequence[str], today: date) -> None:
        """The caller is nothing to the requester, nor to the residents, who are not protected from them either. Raises
        Refusal, and what reading raises.
        """
        own = self._directory.resident(grant.staff)
        concerned = [*residents, *([own] if own is not None else [])]
        found = await self._relations.found([(caller, each) for each in concerned], today)
        home, measures = (
            self._directory.resident(caller.staff),
            await self._steps.register.restrictions(residents, today),
        )
        if any(each.names(home) for those in measures.values() for each in those):
            raise Refusal(Reason.STEP_UP_REQUIRED)  # They are the other party of a measure.
        if conflicted(found) or reports_to(self._directory, caller.staff, grant.staff, today):
            raise Refusal(Reason.STEP_UP_REQUIRED)

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
