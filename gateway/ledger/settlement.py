"""Settlement: what a batch of acts comes to, as records ready to be appended.

Rule: acts are settled one after the other against the fold, and each is folded in before the next: what is recorded
is what is spent. Nothing here is certain until the whole batch is on the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

from gateway.allowance import Terms
from gateway.ledger.acts import Act, Disclosing, Overriding, Refusing, Renewing, Requesting, Settled
from gateway.ledger.admission import Admission, admit, attempts_spent_up, glass_left, under_grant
from gateway.ledger.crossing import Crossing, crossings, standing_of, warned
from gateway.ledger.decisions import Decisions
from gateway.ledger.draft import Draft
from gateway.ledger.fold import PROBING, Fact, Fold, GrantFact
from gateway.ledger.grants import Grant, Use
from gateway.ledger.record import commit
from gateway.ledger.refusals import LikeRefusals, RefusalKind, Repeats
from gateway.ledger.renewals import Renewals
from gateway.ledger.segment import Segment
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Reason, Refusal


class _Whose(TypedDict):
    department: str
    staff: str
    meter: int


class Settlement:
    """One batch. `now` is its time and `elapsed` the steady clock beside it, µs; `register` is how many residents there
    are. `rows` are its records, `crossings` what came close to a limit.
    """

    def __init__(
        self,
        fold: Fold,
        like: LikeRefusals,
        commitment_key: bytes,
        segment: Segment,
        *,
        now: int,
        elapsed: int,
        register: int = 0,
    ) -> None:
        self._draft = draft = Draft(fold, commitment_key, segment, now, elapsed)
        self._decisions, self._renewals = Decisions(draft, self._refuse, like.attempts), Renewals(draft, self._refuse)
        self._fold, self._like = fold, like
        self._key, self._now, self._register = commitment_key, now, register
        self.rows = draft.rows
        self.crossings: list[Crossing] = []

    def settle(self, act: Act) -> Settled:
        """Settle one act."""
        if isinstance(act, Disclosing):
            return self._barred(act, () if act.divisible else tuple(act.residents)) or self._disclose(act)
        if isinstance(act, Renewing):
            return self._barred(act, act.residents) or self._renewals.renew(act)
        if isinstance(act, Refusing):
            return self._refuse(act)
        if isinstance(act, Overriding):
            return self._decisions.override(act)
        return self._decisions.request(act) if isinstance(act, Requesting) else self._decisions.decide(act)

    def _barred(self, act: Disclosing | Renewing, named: tuple[str, ...]) -> Settled | None:
        """The refusal of whoever is no longer let in, whatever they ask for; `named`: whom they asked for by name."""
        caller, share, book = act.caller, act.share, self._fold.book
        if share.digest not in book or share.terms_digest not in book:
            # The book was changed under this request; what it was decided by is no longer in force.
            return self._refuse(
                Refusing(Reason.PURPOSE_CHANGED, caller, caller.system, share.purpose, act.circumstances)
            )
        lost = act.foothold.lost(self._now)
        if lost is not None:
            # A post has ended since it was judged: what it gave ends here, before anything is recorded as seen.
            return self._refuse(
                Refusing(
                    lost,
                    caller,
                    caller.system,
                    share.purpose,
                    act.circumstances,
                    named,
                    terms=share.terms,
                    former_post=lost is Reason.POST_NOT_IN_FORCE,
                )
            )
        if self._attempts_used_up(caller.staff, share.terms):
            # Held against this look, they have to be in the log before it; other repeats wait for their second.
            for kind, repeats in self._like.due(caller.staff):
                self.repeats(kind, repeats)
        return None

    def _disclose(self, act: Disclosing) -> Settled:
        caller, share = act.caller, act.share
        commitments = self._draft.commitments(act.residents)
        grant, verdict, by_terms = self._admit(act, commitments)
        admitted, receipt = verdict.admitted, ""
        if admitted or (verdict.reason is None and not act.residents):
            receipt = self._record_disclosure(act, commitments[:admitted], grant, shadowed=verdict.shadowed)
        if verdict.reason is None:
            return Settled(admitted, receipt, None)
        # The refusal is recorded instead, or beside the part of a page that is still covered. The residents behind that
        # part were never asked for by name, so they get no line.
        own = self._refuse(
            Refusing(
                verdict.reason,
                caller,
                caller.system,
                share.purpose,
                act.circumstances,
                () if act.divisible else tuple(act.residents),
                share.terms_digest if by_terms and not act.divisible else b"",
                terms=None if by_terms else share.terms,
            )
        )
        if not by_terms and own.refusal is not None and own.refusal.reason is not verdict.reason:
            return replace(own, admitted=admitted, receipt=receipt or own.receipt)
        refusal = Refusal(verdict.reason, exhausted=verdict.exhausted, retry_after=verdict.retry_after)
        return Settled(admitted, receipt or own.receipt, refusal)

    def _admit(self, act: Disclosing, commitments: list[bytes]) -> tuple[Grant | None, Admission, bool]:
        """Judge a disclosure by reviews that are overdue, by its grant, and by its terms: the narrowest counts. Also
        its grant, and whether the terms decided.
        """
        caller, fold, now = act.caller, self._fold, self._now
        if fold.grants.overdue(caller.staff, now):
            return None, Admission(0, Reason.STEP_UP_REQUIRED), False
        grant, opened = None, Admission(len(commitments))
        if act.glass is not None:
            spent_up = glass_left(fold, act.share.terms, caller.staff, now)
            if spent_up is not None:
                return None, spent_up, False
        elif act.grant:
            kind = kind_of(page=act.page, reversal=act.reversal)
            use = Use(caller, act.share.digest, act.circumstances.case, now, kind)
            grant, opened = under_grant(fold, act.grant, use, commitments)
            if grant is None or not opened.admitted:
                return grant, opened, False
        verdict = admit(
            fold,
            act.share.terms,
            department=caller.department,
            staff=caller.staff,
            meter=meter_of(grant),
            commitments=commitments[: opened.admitted],
            now=now,
            divisible=act.divisible,
            register=self._register,
        )
        by_terms = verdict.reason is not None
        if by_terms or opened.reason is None:
            return grant, verdict, by_terms
        return grant, replace(opened, shadowed=verdict.shadowed), False

    def _attempts_used_up(self, staff: str, terms: Terms) -> bool:
        """Whether attempts that wait to be recorded are what reaches the cap."""
        waiting = self._like.attempts(staff)
        if not waiting:
            return False
        return attempts_spent_up(self._fold, terms, staff, self._now, waiting) is not None

    def _record_disclosure(
        self, act: Disclosing, commitments: list[bytes], grant: Grant | None, *, shadowed: bool
    ) -> str:
        caller, share, said, fold = act.caller, act.share, act.circumstances, self._fold
        lines = [
            (commitment, outcome, fold.lines[fold.number(commitment)])
            for commitment, outcome in zip(commitments, act.outcomes[: len(commitments)], strict=True)
        ]
        meter = meter_of(grant)
        granting = self._granting(act, grant)
        # Folding comes before writing, because "budgets after" is part of what is written.
        fact = Fact(
            pb.KIND_DISCLOSURE,
            self._now,
            caller.department,
            caller.staff,
            share.purpose,
            meter,
            commitments,
            share.terms.rate,
            grant=granting,
        )
        owner = _Whose(department=caller.department, staff=caller.staff, meter=meter)
        before = standing_of(fold.account(share.terms, **owner))
        fold.take(fact)
        account = fold.account(share.terms, **owner)
        after = standing_of(account)
        self.crossings += crossings(account, before, after, fold.overrides.raised(self._now), self._register)
        private = pb.Private(
            system=caller.system,
            staff=caller.staff,
            post=caller.post,
            reason_code=said.reason_code,
            justification=said.justification,
            search_keys=act.search_keys,
            relation=pb.Relation.ValueType(act.relation),
            budgets_after=after.spent,
            coverage_after=after.covered,
            coverage_warned=warned(account, after, self._register),
            shadow=shadowed,
            register_size=self._register,
            meter=meter,
            page=act.page,
            cursor_digest=act.cursor_digest,
            request_id=said.request_id,
            applicant=commit(self._key, said.applicant) if said.applicant else b"",
            terms_digest=share.terms_digest,
        )
        header = pb.Header(wall=self._now, case_reference=said.case)
        if granting is not None:
            private.grant = granting.grant
            if granting.terms is not None:
                private.break_glass = True
                private.grant_terms.CopyFrom(granting.terms)
            elif grant is not None:
                header.approver_post = grant.decider_post
        return self._draft.write(share.header + header.SerializeToString(), private, lines)

    def _granting(self, act: Disclosing, grant: Grant | None) -> GrantFact | None:
        """What the record says of a grant: which one, or that this look breaks the glass and has to be reviewed."""
        glass, said, allowed = act.glass, act.circumstances, act.share.terms.emergencies
        if glass is None or allowed is None:
            return GrantFact(grant.grant, act.caller.post) if grant is not None else None
        return GrantFact(
            glass.grant,
            act.caller.post,
            pb.GRANT_STEP_REQUESTED,
            act.share.digest,
            said.case,
            said.reason_code,
            said.justification,
            pb.GrantTerms(
                kind=pb.GRANT_KIND_BREAK_GLASS,
                until=self._now + allowed.review,
                ceiling=len(act.residents),
                notified=glass.notified,
            ),
        )

    def _refuse(self, act: Refusing) -> Settled:
        caller = act.caller
        if caller is not None and act.terms is not None and act.reason.value in PROBING:
            # Whoever has used up their attempts learns nothing more, not even why they are refused.
            waiting = self._like.attempts(caller.staff)
            stopped = attempts_spent_up(self._fold, act.terms, caller.staff, self._now, waiting)
            if stopped is not None:
                told = replace(act, reason=Reason.BUDGET_EXHAUSTED, terms=None)
                refusal = Refusal(Reason.BUDGET_EXHAUSTED, exhausted=stopped.exhausted)
                return replace(self._refuse(told), refusal=refusal)
        kind = RefusalKind(
            caller.department if caller else "",
            act.system,
            caller.staff if caller else "",
            caller.post if caller else "",
            act.purpose,
            act.reason.value,
            act.relation,
            act.former_post,
        )
        refusal = Refusal(act.reason, former_post=act.former_post)
        if not self._like.first(kind, self._now):
            self._like.repeat(kind, act.residents)
            return Settled(0, "", refusal)
        private = pb.Private(terms_digest=act.terms_digest)
        if act.terms_digest:
            private.register_size = self._register  # What the decision was made by.
        case = ""
        if act.circumstances is not None:
            case = act.circumstances.case
            private.reason_code = act.circumstances.reason_code
            private.justification = act.circumstances.justification
            private.request_id = act.circumstances.request_id
            if act.circumstances.applicant:
                private.applicant = commit(self._key, act.circumstances.applicant)
        return Settled(0, self._record_refusal(kind, 1, act.residents, case, private), refusal)

    def repeats(self, kind: RefusalKind, repeats: Repeats) -> None:
        """Record refusals that were only counted until now."""
        self._record_refusal(kind, repeats.count, tuple(repeats.residents), "", pb.Private())

    def note(self, kind: pb.Kind.ValueType, private: pb.Private, department: str = "") -> str:
        """A record about nobody, of the gateway's own or of a `department` that had something done; its receipt."""
        self._fold.take(Fact(kind, self._now, "", "", "", 0, (), None, book=tuple(private.book)))
        header = pb.Header(kind=kind, wall=self._now, department=department)
        return self._draft.write(header.SerializeToString(), private, [])

    def _record_refusal(
        self, kind: RefusalKind, count: int, residents: Sequence[str], case: str, private: pb.Private
    ) -> str:
        draft = self._draft
        commitments = draft.commitments(residents)
        lines = draft.lines(commitments, pb.OUTCOME_REFUSED)
        draft.fold.take(
            Fact(
                pb.KIND_REFUSAL,
                self._now,
                kind.department,
                kind.staff,
                kind.purpose,
                pb.METER_UNSPECIFIED,
                commitments,
                None,
                refusal=kind.reason,
                refusals=count,
            )
        )
        private.system, private.staff, private.post = kind.system, kind.staff, kind.post
        private.refusal, private.refusals = kind.reason, count
        private.relation, private.former_post = pb.Relation.ValueType(kind.relation), kind.former_post
        header = pb.Header(
            kind=pb.KIND_REFUSAL,
            wall=self._now,
            department=kind.department,
            purpose=kind.purpose,
            case_reference=case,
        )
        return self._draft.write(header.SerializeToString(), private, lines)


def kind_of(*, page: int, reversal: bool) -> pb.GrantKind.ValueType:
    """What kind of grant a disclosure is made under, if under one."""
    if page:
        return pb.GRANT_KIND_BULK
    return pb.GRANT_KIND_REVERSAL if reversal else pb.GRANT_KIND_STEP_UP


def meter_of(grant: Grant | None) -> pb.Meter.ValueType:
    """Only streams under a grant have a meter of their own: who is named in a grant is looked at like anybody else."""
    return pb.METER_GRANTED if grant is not None and grant.kind == pb.GRANT_KIND_BULK else pb.METER_INTERACTIVE
