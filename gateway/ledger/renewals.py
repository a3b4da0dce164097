"""Renewals: pseudonyms answered with those of the epoch in force, as a record.

Rule M3: what joins two epochs of a purpose is told under a grant of two people, and on record: who, for what, under
which grant, and about whom, as commitments. Nobody is shown, so nothing is spent but the grant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.ledger.acts import Refusing, Renewing, Settled
from gateway.ledger.admission import admit_renewal
from gateway.ledger.decisions import Refuse
from gateway.ledger.draft import Draft
from gateway.ledger.fold import Fact, GrantFact
from gateway.ledger.grants import Grant, Use
from gateway.ledger.record import commit
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Reason, Refusal


@dataclass(frozen=True, slots=True)
class Renewals:
    """Settles them into one draft."""

    draft: Draft
    refuse: Refuse

    def renew(self, act: Renewing) -> Settled:
        """All of a request, or none of it."""
        caller, share, said, draft = act.caller, act.share, act.circumstances, self.draft
        commitments = draft.commitments(act.residents)
        use = Use(caller, share.digest, said.case, draft.now, pb.GRANT_KIND_RENEWAL)
        grant, verdict = admit_renewal(draft.fold, share.terms, act.grant, use, commitments)
        if grant is not None and verdict.reason is None:
            return Settled(len(commitments), self._record(act, commitments, grant), None)
        reason = verdict.reason or Reason.GRANT_NOT_ACTIVE
        refused = self.refuse(
            Refusing(reason, caller, caller.system, share.purpose, said, act.residents, terms=share.terms)
        )
        if refused.refusal is None or refused.refusal.reason is not reason:
            return refused  # Their attempts were used up, and they learn no more than that.
        return replace(refused, refusal=Refusal(reason, exhausted=verdict.exhausted, retry_after=verdict.retry_after))

    def _record(self, act: Renewing, commitments: list[bytes], grant: Grant) -> str:
        caller, share, said, draft = act.caller, act.share, act.circumstances, self.draft
        lines = draft.lines(commitments, pb.OUTCOME_RENEWED)
        draft.fold.take(
            Fact(
                pb.KIND_RENEWAL,
                draft.now,
                caller.department,
                caller.staff,
                share.purpose,
                pb.METER_UNSPECIFIED,
                commitments,
                share.terms.rate,
                grant=GrantFact(grant.grant, caller.post),
            )
        )
        private = pb.Private(
            system=caller.system,
            staff=caller.staff,
            post=caller.post,
            reason_code=said.reason_code,
            justification=said.justification,
            search_keys=("pseudonym",),
            grant=grant.grant,
            strangers=act.strangers,
            request_id=said.request_id,
            applicant=commit(draft.commitment_key, said.applicant) if said.applicant else b"",
            terms_digest=share.terms_digest,
        )
        header = pb.Header(wall=draft.now, case_reference=said.case, approver_post=grant.decider_post)
        return draft.write(share.header + header.SerializeToString(), private, lines)
