"""Decisions of people that open something for a time: grants, and raised allowances.

Rule: whether somebody may ask or decide was judged before they came here, and is judged once more at the moment of
settlement (their post, and their place above the requester); whether there is anything left to decide, only settlement
knows (rules W3, W7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from gateway.allowance import Window
from gateway.caller import Caller
from gateway.ledger.acts import Circumstances, Deciding, Overriding, Refusing, Requesting, Settled
from gateway.ledger.admission import Admission, attempts_spent_up, request_left
from gateway.ledger.draft import Draft
from gateway.ledger.fold import Fact, GrantFact
from gateway.ledger.overrides import MOST_WAITING as MOST_PROPOSED
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Exhausted, Reason, Refusal

Refuse: TypeAlias = Callable[[Refusing], Settled]
"""Records a refusal."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Settles them into one draft. `attempts` tells how many refused attempts of somebody wait to be recorded."""

    draft: Draft
    refuse: Refuse
    attempts: Callable[[str], int]

    def request(self, act: Requesting) -> Settled:
        """Somebody asks for a grant."""
        caller, said, fold = act.caller, act.circumstances, self.draft.fold
        lost = act.foothold.lost(self.draft.now)
        if lost is not None:
            return self._no_longer(lost, caller, act.purpose, said)
        if act.purpose_digest not in fold.book:
            return self.refuse(Refusing(Reason.PURPOSE_CHANGED, caller, caller.system, act.purpose, said))
        spent_up = request_left(fold, caller.staff, act.terms.kind, self.draft.now)
        if spent_up is not None:
            return self._spent_up(spent_up, Refusing(Reason.BUDGET_EXHAUSTED, caller, caller.system, act.purpose, said))
        fact = GrantFact(
            act.grant,
            caller.post,
            pb.GRANT_STEP_REQUESTED,
            act.purpose_digest,
            said.case,
            said.reason_code,
            said.justification,
            act.terms,
        )
        commitments = self.draft.commitments(act.residents)
        return self._record_grant(caller, act.purpose, fact, commitments, said.request_id)

    def decide(self, act: Deciding) -> Settled:
        """Somebody decides on a grant, or takes it back."""
        caller, grant = act.caller, self.draft.fold.grants.get(act.grant)
        purpose = grant.purpose if grant is not None else ""
        said = Circumstances("", 0, "", act.request_id)
        lost = act.foothold.lost(self.draft.now)
        if lost is not None:
            return self._no_longer(lost, caller, purpose, said)
        refusing = Refusing(
            Reason.GRANT_NOT_ACTIVE, caller, caller.system, purpose, said, act.residents, terms=act.terms
        )
        spent_up = self._attempts_spent_up(act)
        if spent_up is not None:
            return self._spent_up(spent_up, replace(refusing, reason=Reason.BUDGET_EXHAUSTED))
        named = frozenset(self.draft.commitments(act.residents))
        if grant is None or not grant.decidable(act.step, caller.staff, named, self.draft.now):
            return self.refuse(refusing)
        if act.step == pb.GRANT_STEP_APPROVED and not grant.still_says(self.draft.fold.book):
            return self.refuse(replace(refusing, reason=Reason.PURPOSE_CHANGED))
        fact = GrantFact(act.grant, caller.post, act.step, grant.purpose_digest, grant.case, 0, act.note)
        # Whoever said yes named them all; a no, too, is about each of them.
        subjects = named if act.step == pb.GRANT_STEP_APPROVED else grant.subjects
        return self._record_grant(caller, grant.purpose, fact, sorted(subjects), act.request_id)

    def _attempts_spent_up(self, act: Deciding) -> Admission | None:
        """Whoever has used up their attempts is told nothing more, not even by a yes among many that were tried."""
        if act.terms is None:
            return None
        staff, draft = act.caller.staff, self.draft
        return attempts_spent_up(draft.fold, act.terms, staff, draft.now, self.attempts(staff))

    def _spent_up(self, spent_up: Admission, act: Refusing) -> Settled:
        refused = self.refuse(act)
        return replace(refused, refusal=Refusal(Reason.BUDGET_EXHAUSTED, exhausted=spent_up.exhausted))

    def _no_longer(self, lost: Reason, caller: Caller, purpose: str, said: Circumstances) -> Settled:
        """What let them in has gone since it was judged."""
        former = lost is Reason.POST_NOT_IN_FORCE
        return self.refuse(Refusing(lost, caller, caller.system, purpose, said, former_post=former))

    def _record_grant(
        self, caller: Caller, purpose: str, said: GrantFact, commitments: list[bytes], request_id: str
    ) -> Settled:
        draft = self.draft
        lines = draft.lines(commitments, pb.OUTCOME_GRANT)
        draft.fold.take(
            Fact(pb.KIND_GRANT, draft.now, caller.department, caller.staff, purpose, 0, commitments, None, grant=said)
        )
        private = pb.Private(
            system=caller.system,
            staff=caller.staff,
            post=caller.post,
            reason_code=said.reason_code,
            justification=said.justification,
            grant=said.grant,
            grant_step=pb.GrantStep.ValueType(said.step),
            grant_terms=said.terms,
            request_id=request_id,
        )
        header = pb.Header(
            kind=pb.KIND_GRANT,
            wall=self.draft.now,
            department=caller.department,
            purpose=purpose,
            purpose_digest=said.purpose_digest,
            case_reference=said.case,
        )
        return Settled(0, self.draft.write(header.SerializeToString(), private, lines), None)

    def override(self, act: Overriding) -> Settled:
        """Somebody proposes to raise an allowance, or decides on it."""
        caller, overrides = act.caller, self.draft.fold.overrides
        lost = act.foothold.lost(self.draft.now)
        if lost is not None:
            return self._no_longer(lost, caller, "", Circumstances("", 0, "", act.request_id))
        if act.terms is None:
            found = overrides.get(act.override)
            if found is None or not found.decidable(act.step, caller.staff, self.draft.now):
                return self.refuse(Refusing(Reason.GRANT_NOT_ACTIVE, caller, caller.system, ""))
        elif overrides.waiting(caller.staff, self.draft.now) >= MOST_PROPOSED:
            waiting = Exhausted("staff", Window.TENURE, MOST_PROPOSED, None, "overrides that wait for somebody else")
            spent_up = Admission(0, Reason.BUDGET_EXHAUSTED, (waiting,))
            return self._spent_up(spent_up, Refusing(Reason.BUDGET_EXHAUSTED, caller, caller.system, ""))
        said = pb.Override(id=act.override, step=pb.OverrideStep.ValueType(act.step), terms=act.terms)
        self.draft.fold.take(
            Fact(
                pb.KIND_OVERRIDE,
                self.draft.now,
                caller.department,
                caller.staff,
                "",
                pb.METER_UNSPECIFIED,
                (),
                None,
                override=said,
                justification=act.note,
            )
        )
        private = pb.Private(
            system=caller.system,
            staff=caller.staff,
            post=caller.post,
            justification=act.note,
            override=said,
            request_id=act.request_id,
        )
        header = pb.Header(kind=pb.KIND_OVERRIDE, wall=self.draft.now, department=caller.department)
        return Settled(0, self.draft.write(header.SerializeToString(), private, []), None)
