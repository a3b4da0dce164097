"""Deciders: who may approve, reject or take back a grant, and what they learn where they may not.

Rules W7, W8: who decides is a superior of the requester in post today, is not the requester, and is nothing to them nor
to the residents. Nothing is read of whoever a decider names before it is known that they are the grant's own; else
anybody could be asked about by approving (rule W9). Whoever is hidden from a decider is none of the grant's: they read
GRANT_NOT_ACTIVE like a stranger to it, and after the same work. What is refused is recorded with whom it named, and is
an attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from gateway.caller import Caller
from gateway.clock import day_of
from gateway.disclosure.bulk import stands_alone
from gateway.disclosure.judged import NOBODY
from gateway.disclosure.relations import RECORDED, Relations
from gateway.disclosure.steps import UNREADABLE, Related, Steps, opened
from gateway.ledger.acts import Circumstances, Deciding, Refusing
from gateway.ledger.grants import Grant
from gateway.ledger.ledger import Ledger, LedgerUnavailable
from gateway.ledger.v1 import record_pb2 as pb
from gateway.purpose.plan import Plan
from gateway.refusal import Reason, Refusal, Violation
from gateway.standing.conflict import conflicted, posts_above, reports_to
from gateway.standing.judge import post_of
from gateway.standing.port import Directory, StandingUnavailable
from gateway.standing.relation import Relation, nearest
from gateway.subject import Onlookers
from masking.k_guard import Company

APPROVE: Final = pb.GRANT_STEP_APPROVED
REJECT: Final = pb.GRANT_STEP_REJECTED
REVOKE: Final = pb.GRANT_STEP_REVOKED


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


class Deciders:
    """Lets decisions in, or refuses them."""

    def __init__(self, steps: Steps, directory: Directory, ledger: Ledger, relations: Relations) -> None:
        self._steps, self._directory, self._ledger, self._relations = steps, directory, ledger, relations

    async def admit(self, decided: Decided) -> Deciding:
        """A decision, ready to be settled. Raises Refusal, recorded already."""
        caller, found, said = decided.caller, self._ledger.grant(decided.grant), decided.residents
        terms = self._bounds(found).terms if found is not None else None
        try:
            now = self._now()
            if found is not None:
                said = self._named(decided, found, day_of(now))
            foothold = self._in_charge(decided, found, now)
            if decided.step != REVOKE:
                await self._judge(decided, foothold.grant, said, now)
        except UNREADABLE:
            refusal = Refusal(Reason.REGISTER_UNAVAILABLE)
        except Refusal as refused:
            refusal = refused
        else:
            # What is open is taken back by whoever may, however often they were refused.
            bounds = terms if decided.step != REVOKE else None
            return Deciding(
                caller, decided.grant, decided.step, decided.note, decided.request_id, said, foothold, bounds
            )
        related = refusal if isinstance(refusal, Related) else Related(Relation.NONE, said)
        act = Refusing(
            refusal.reason,
            caller,
            caller.system,
            found.purpose if found is not None else "",
            Circumstances("", 0, "", decided.request_id),
            related.residents,
            terms=terms,
            relation=RECORDED[related.relation],
        )
        raise await self._steps.attempted(refusal, act)

    def _named(self, decided: Decided, found: Grant, today: date) -> tuple[str, ...]:
        """Whom the decider was told it is about; a pseudonym that is not of the purpose's own stands for nobody."""
        if found.kind != pb.GRANT_KIND_REVERSAL:
            return decided.residents
        # By the pseudonym alone: else whoever may approve could try until they know who it is.
        plan = self._steps.planned(found.purpose, found.department)
        try:
            return (opened(plan, decided.pseudonym, today),) if plan is not None else ()
        except Refusal:
            return ()

    def _bounds(self, grant: Grant) -> Plan:
        """By what the attempts of whoever decides are bounded; a look is reviewed after its purpose is gone, too."""
        return self._steps.planned(grant.purpose, grant.department) or self._steps.some_plan()

    def _in_charge(self, decided: Decided, found: Grant | None, now: int) -> InCharge:
        """In post, and above the requester; who takes a grant back may also be the requester. Raises Refusal,
        StandingUnavailable.
        """
        caller = decided.caller
        if found is None:
            in_post = post_of(self._directory, caller, day_of(now)) is not None
            raise Refusal(Reason.GRANT_NOT_ACTIVE if in_post else Reason.POST_NOT_IN_FORCE)
        foothold = InCharge(self._directory, caller, found, decided.step)
        lost = foothold.lost(now)
        if lost is not None:
            raise Refusal(lost)
        return foothold

    async def _judge(self, decided: Decided, grant: Grant, named: tuple[str, ...], now: int) -> None:
        """It is theirs to decide. Raises Refusal, and what reading raises."""
        caller, today = decided.caller, day_of(now)
        held_up = self._ledger.held_up(self._bounds(grant).terms, caller.staff)
        if held_up is not None and held_up.reason is Reason.BUDGET_EXHAUSTED:
            raise held_up
        await self._require_nothing_to_requester(caller, grant, today)
        if not self._decidable(decided, grant, named):
            # The same is read as of somebody who is hidden: nobody.
            await self._known((NOBODY,), caller, today)
            raise Refusal(Reason.GRANT_NOT_ACTIVE)
        if decided.step == APPROVE:
            self._require_company(grant)
        if named:
            await self._require_nothing_to(caller, grant, named, today)
        elif grant.kind == pb.GRANT_KIND_BREAK_GLASS:
            await self._require_no_own_matter(caller, grant, today)

    def _decidable(self, decided: Decided, grant: Grant, named: tuple[str, ...]) -> bool:
        try:
            return self._ledger.decidable(grant, decided.step, decided.caller.staff, named)
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None

    def _require_company(self, grant: Grant) -> None:
        """A selection in which somebody stands alone is approved by nobody. Raises Refusal."""
        plan, terms = self._steps.planned(grant.purpose, grant.department), grant.terms
        if grant.kind != pb.GRANT_KIND_BULK:
            return
        company = Company(terms.residents, terms.smallest_cell, terms.fewest_values)
        if plan is None or plan.bulk is None or stands_alone(plan.bulk, company, plan.opened(terms.fields)):
            few = Violation("grant_id", "fewer residents look alike, or show fewer values, than the purpose asks for")
            raise Refusal(Reason.GRANT_NOT_ACTIVE, violations=(few,))

    async def _require_nothing_to_requester(self, caller: Caller, grant: Grant, today: date) -> None:
        """Whoever it is about. Raises Refusal, and what reading raises."""
        home = self._directory.resident(grant.staff)
        found = await self._relations.found([(caller, home)], today) if home is not None else []
        if conflicted(found) or reports_to(self._directory, caller.staff, grant.staff, today):
            raise Refusal(Reason.STEP_UP_REQUIRED)

    async def _require_nothing_to(self, caller: Caller, grant: Grant, residents: tuple[str, ...], today: date) -> None:
        """The caller may know of the grant's residents, and is nothing to them. Raises Refusal, and what reading
        raises.
        """
        found = await self._known(residents, caller, today)
        if found is None:
            raise Refusal(Reason.GRANT_NOT_ACTIVE)
        if conflicted(found):
            # Of a pseudonym nobody learns whose it is, not even that it is of their own people.
            reversal = grant.kind == pb.GRANT_KIND_REVERSAL
            raise Related(nearest(found), residents, Reason.GRANT_NOT_ACTIVE if reversal else Reason.STEP_UP_REQUIRED)

    async def _known(self, residents: tuple[str, ...], caller: Caller, today: date) -> Sequence[Relation] | None:
        """What the caller is to each resident; None if one of them is hidden from the caller, of whom nothing is
        read.
        """
        measures = await self._steps.register.restrictions(residents, today)
        onlookers = Onlookers(None, self._directory.resident(caller.staff))
        hidden = any(onlookers.kept_from(those) for those in measures.values())
        asked = (NOBODY,) if hidden else residents
        found = await self._relations.found([(caller, each) for each in asked], today)
        return None if hidden else found

    async def _require_no_own_matter(self, caller: Caller, grant: Grant, today: date) -> None:
        """The look was at nobody of the caller's own, nor at anybody who is protected from them. Whoever finds it wrong
        need not say whom it was at, which who looked could keep from them for ever: so the caller's people are held
        against the record's commitments. Raises Refusal, and what reading raises.
        """
        with self._steps.walking(self._bounds(grant), caller):
            people = await self._relations.own_people(caller, today, self._steps.turns.begin())
        own = tuple(each for each in people if self._ledger.names(grant, each))
        if own:
            raise Related(nearest(people[each] for each in own), own)

    def _now(self) -> int:
        try:
            return self._ledger.now()
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None
