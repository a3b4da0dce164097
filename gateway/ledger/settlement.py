"""Settlement: what a batch of acts comes to, as records ready to be appended.

Rule: acts are settled one after the other against the fold, and each is folded in before the next: what is recorded
is what is spent. Nothing here is certain until the whole batch is on the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.allowance import Terms
from gateway.ledger.acts import Act, Disclosing, Refusing, Settled
from gateway.ledger.admission import admit, held_up
from gateway.ledger.fold import PROBING, Fact, Fold
from gateway.ledger.record import commit, pack_lines, write
from gateway.ledger.refusals import LikeRefusals, RefusalKind, Repeats
from gateway.ledger.segment import Segment
from gateway.ledger.store import Stored
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Reason, Refusal


class Settlement:
    """One batch. `now` is its time and `elapsed` the steady clock beside it, µs; `rows` are its records."""

    def __init__(
        self,
        fold: Fold,
        like: LikeRefusals,
        commitment_key: bytes,
        segment: Segment,
        *,
        now: int,
        elapsed: int,
    ) -> None:
        self._fold, self._like = fold, like
        self._key, self._segment = commitment_key, segment
        self._now, self._elapsed = now, elapsed
        self.rows: list[Stored] = []

    def settle(self, act: Act) -> Settled:
        """Settle one act."""
        return self._disclose(act) if isinstance(act, Disclosing) else self._refuse(act)

    def _disclose(self, act: Disclosing) -> Settled:
        caller, share, book = act.caller, act.share, self._fold.book
        if share.digest not in book or share.terms_digest not in book:
            # The book was changed under this request; what it was decided by is no longer in force.
            return self._refuse(
                Refusing(Reason.PURPOSE_CHANGED, caller, caller.system, share.purpose, act.circumstances)
            )
        if self._attempts_used_up(caller.staff, share.terms):
            # Held against this look, they have to be in the log before it; other repeats wait for their second.
            for kind, repeats in self._like.due(caller.staff):
                self.repeats(kind, repeats)
        key = self._key
        commitments = [commit(key, resident) for resident in act.residents]
        verdict = admit(
            self._fold,
            share.terms,
            department=caller.department,
            staff=caller.staff,
            meter=pb.METER_INTERACTIVE,
            commitments=commitments,
            now=self._now,
            divisible=act.divisible,
        )
        admitted, receipt = verdict.admitted, ""
        if admitted or (verdict.reason is None and not act.residents):
            receipt = self._record_disclosure(act, commitments[:admitted])
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
                b"" if act.divisible else share.terms_digest,
            )
        )
        refusal = Refusal(verdict.reason, exhausted=verdict.exhausted, retry_after=verdict.retry_after)
        return Settled(admitted, receipt or own.receipt, refusal)

    def _attempts_used_up(self, staff: str, terms: Terms) -> bool:
        """Whether attempts that wait to be recorded are what reaches the cap."""
        waiting = self._like.attempts(staff)
        if not waiting:
            return False
        stopped = held_up(self._fold, terms, staff, self._now, waiting)
        return stopped is not None and stopped.reason is Reason.BUDGET_EXHAUSTED

    def _record_disclosure(self, act: Disclosing, commitments: list[bytes]) -> str:
        caller, share, said, fold = act.caller, act.share, act.circumstances, self._fold
        lines = [
            (commitment, outcome, fold.lines[fold.number(commitment)])
            for commitment, outcome in zip(commitments, act.outcomes[: len(commitments)], strict=True)
        ]
        # Folding comes before writing, because "budgets after" is part of what is written.
        fact = Fact(
            pb.KIND_DISCLOSURE,
            self._now,
            caller.department,
            caller.staff,
            share.purpose,
            pb.METER_INTERACTIVE,
            commitments,
            share.terms.rate,
        )
        fold.take(fact)
        private = pb.Private(
            system=caller.system,
            staff=caller.staff,
            post=caller.post,
            reason_code=said.reason_code,
            justification=said.justification,
            search_keys=act.search_keys,
            budgets_after=fold.account(
                share.terms, department=caller.department, staff=caller.staff, meter=pb.METER_INTERACTIVE
            ).spent(),
            meter=pb.METER_INTERACTIVE,
            page=act.page,
            cursor_digest=act.cursor_digest,
            request_id=said.request_id,
            applicant=commit(self._key, said.applicant) if said.applicant else b"",
            terms_digest=share.terms_digest,
        )
        header = share.header + pb.Header(wall=self._now, case_reference=said.case).SerializeToString()
        return self._write(header, private, lines)

    def _refuse(self, act: Refusing) -> Settled:
        caller = act.caller
        if caller is not None and act.terms is not None and act.reason.value in PROBING:
            # Whoever has used up their attempts learns nothing more, not even why they are refused.
            waiting = self._like.attempts(caller.staff)
            stopped = held_up(self._fold, act.terms, caller.staff, self._now, waiting)
            if stopped is not None and stopped.reason is Reason.BUDGET_EXHAUSTED:
                told = replace(act, reason=stopped.reason, terms=None)
                return replace(self._refuse(told), refusal=Refusal(stopped.reason, exhausted=stopped.exhausted))
        kind = RefusalKind(
            caller.department if caller else "",
            act.system,
            caller.staff if caller else "",
            caller.post if caller else "",
            act.purpose,
            act.reason.value,
        )
        refusal = Refusal(act.reason)
        if not self._like.first(kind, self._now):
            self._like.repeat(kind, act.residents)
            return Settled(0, "", refusal)
        private = pb.Private(terms_digest=act.terms_digest)
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

    def note(self, kind: pb.Kind.ValueType, private: pb.Private) -> None:
        """A record of the gateway's own, about nobody."""
        self._fold.take(Fact(kind, self._now, "", "", "", 0, (), None, book=tuple(private.book)))
        self._write(pb.Header(kind=kind, wall=self._now).SerializeToString(), private, [])

    def _record_refusal(
        self, kind: RefusalKind, count: int, residents: Sequence[str], case: str, private: pb.Private
    ) -> str:
        fold = self._fold
        commitments = [commit(self._key, resident) for resident in residents]
        lines = [(c, int(pb.OUTCOME_REFUSED), fold.lines[fold.number(c)]) for c in commitments]
        fold.take(
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
        header = pb.Header(
            kind=pb.KIND_REFUSAL,
            wall=self._now,
            department=kind.department,
            purpose=kind.purpose,
            case_reference=case,
        )
        return self._write(header.SerializeToString(), private, lines)

    def _write(self, header: bytes, private: pb.Private, lines: list[tuple[bytes, int, int]]) -> str:
        private.elapsed = self._elapsed
        written = write(header, private.SerializeToString(), pack_lines(lines))
        seq = self._fold.size
        self._fold.frontier.append(written.leaf_hash)
        self.rows.append(Stored(seq, 0, written.leaf, self._segment.seal(seq, written.body)))
        return f"{seq}.{written.leaf_hash[:8].hex()}"
