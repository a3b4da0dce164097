"""Every decision made again, from what the log said before it: what a writer with all the keys could still not do.

Rule: a record is judged by the very functions that settlement judged it by, and against a fold of the records before
it alone. What only the staff directory or the register knew then (who is whose superior, whose case it was) cannot be
judged from a log; docs/ledger-format.md says what else.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from gateway.allowance import Terms
from gateway.caller import Caller
from gateway.ledger import overrides
from gateway.ledger.admission import admit, admit_renewal, glass_left, request_left, under_grant
from gateway.ledger.crossing import standing_of, warned
from gateway.ledger.fold import CountsRoot, Fold
from gateway.ledger.grants import LONGEST, Grant, Use
from gateway.ledger.record import Record
from gateway.ledger.settlement import kind_of, meter_of
from gateway.ledger.v1 import record_pb2 as pb

_RECENT: Final = 100_000
"""Records between the moment that counts were fixed and their own record: reckoning them takes seconds at most."""

_SHOWN: Final = frozenset({pb.OUTCOME_DELIVERED, pb.OUTCOME_ABSENT, pb.OUTCOME_HIDDEN})
_OUTCOMES: Final = {
    pb.KIND_DISCLOSURE: _SHOWN,
    pb.KIND_REFUSAL: {pb.OUTCOME_REFUSED},
    pb.KIND_GRANT: {pb.OUTCOME_GRANT},
    pb.KIND_RENEWAL: {pb.OUTCOME_RENEWED},
}
"""What may become of the subjects of a record; one of another kind is about nobody."""

_ASKED_FOR: Final = (pb.GRANT_KIND_STEP_UP, pb.GRANT_KIND_BULK, pb.GRANT_KIND_REVERSAL, pb.GRANT_KIND_RENEWAL)
"""What a grant may be asked for; a look that breaks the glass is its own request."""


class Judge:
    """Judges one log, record by record: `before` a record is folded in, and `after`.

    `kept` are the kinds of texts kept, by digest; `fault` is told a record's place and what does not hold.
    """

    def __init__(
        self, fold: Fold, terms: Mapping[bytes, Terms], kept: Mapping[bytes, str], fault: Callable[[int, str], None]
    ) -> None:
        self.decisions = 0
        self._fold, self._terms, self._kept, self._fault = fold, terms, kept, fault
        self._recent: deque[array[int]] = deque(maxlen=_RECENT)

    def before(self, seq: int, record: Record) -> None:
        """Decide again, as settlement did."""
        self._formed(seq, record)
        if record.header.kind == pb.KIND_GRANT:
            self._grant(seq, record)
        elif record.header.kind == pb.KIND_OVERRIDE:
            self._override(seq, record)
        self._by_terms(seq, record)
        lines = self._fold.lines
        if any(lines[self._fold.number(line.commitment)] != line.before for line in record.lines):
            self._fault(seq, "a subject has other lines before than it says")

    def after(self, seq: int, record: Record) -> None:
        """Hold what it says of the state after it against the fold."""
        self._recent.append(array("I", (self._fold.number(line.commitment) for line in record.lines)))
        if record.header.kind == pb.KIND_DISCLOSURE:
            self._budgets(seq, record)
        elif record.header.kind == pb.KIND_COUNTS:
            self._counts(seq, record)
        elif record.header.kind == pb.KIND_BOOK and not self._fold.book <= self._kept.keys():
            self._fault(seq, "texts of its book were not kept")

    def _formed(self, seq: int, record: Record) -> None:
        """Nobody is shown by what is no disclosure: it would be on no meter."""
        header, private = record.header, record.private
        outcomes = {line.outcome for line in record.lines}
        name = pb.Kind.Name(header.kind).removeprefix("KIND_").lower().replace("_", " ")
        if header.kind != pb.KIND_DISCLOSURE and (
            outcomes & _SHOWN or header.fields_read or header.fields_delivered or private.meter
        ):
            self._fault(seq, f"it shows somebody, and a {name} shows nobody")
        elif outcomes - _OUTCOMES.get(header.kind, frozenset()):
            self._fault(seq, f"it says what does not become of anybody by a {name}")
        if header.kind == pb.KIND_REFUSAL and not (private.refusal and private.refusals):
            self._fault(seq, "it refuses for no reason, or nothing")
        if (header.kind == pb.KIND_GRANT and not private.grant) or (
            header.kind == pb.KIND_OVERRIDE and not private.override.id
        ):
            self._fault(seq, f"it says of no {name} what became of it")

    def _grant(self, seq: int, record: Record) -> None:
        self.decisions += 1
        if record.private.grant_step == pb.GRANT_STEP_REQUESTED:
            self._grant_asked(seq, record)
            return
        if record.private.HasField("grant_terms"):
            self._fault(seq, "decided on a grant, and asks for one")
        found = self._fold.grants.get(record.private.grant)
        if found is not None:
            self._grant_decided(seq, record, found)

    def _grant_asked(self, seq: int, record: Record) -> None:
        header, private = record.header, record.private
        asked = private.grant_terms
        if asked.kind not in _ASKED_FOR:
            self._fault(seq, "asked for a grant of what nobody can ask for")
        if asked.until > header.wall + LONGEST:
            self._fault(seq, "asked for a grant for longer than there may be one")
        if not self._in_force(header.purpose_digest):
            self._fault(seq, "its purpose was not in force")
        if request_left(self._fold, private.staff, asked.kind, header.wall) is not None:
            self._fault(seq, "asked for one more grant than they may ask for")

    def _grant_decided(self, seq: int, record: Record, found: Grant) -> None:
        header, private = record.header, record.private
        named = frozenset(line.commitment for line in record.lines)
        if named != found.subjects:
            self._fault(seq, "decided on a grant, and names others than it does")
        elif not found.decidable(private.grant_step, private.staff, named, header.wall):
            self._fault(seq, "decided on a grant that was not theirs to decide, or not any more")
        if private.grant_step == pb.GRANT_STEP_APPROVED and not found.still_says(self._fold.book):
            self._fault(seq, "its purpose was not in force")
        told = header.purpose, header.purpose_digest, header.case_reference
        if told != (found.purpose, found.purpose_digest, found.case):
            self._fault(seq, "decided on a grant of another purpose or case than it says")

    def _override(self, seq: int, record: Record) -> None:
        self.decisions += 1
        said, staff, now = record.private.override, record.private.staff, record.header.wall
        if said.step == pb.OVERRIDE_STEP_PROPOSED:
            if said.terms.until > now + overrides.LONGEST:
                self._fault(seq, "proposed an override for longer than there may be one")
            if self._fold.overrides.waiting(staff, now) >= overrides.MOST_WAITING:
                self._fault(seq, "proposed one more override than may wait for a decision")
            return
        found = self._fold.overrides.get(said.id)
        if found is not None and not found.decidable(said.step, staff, now):
            self._fault(seq, "decided on an override that was not theirs to decide")

    def _in_force(self, digest: bytes) -> bool:
        """Whether a purpose had this text. Of one that was not kept nobody knows what it was; the book says so."""
        return digest in self._fold.book and self._kept.get(digest, "purpose") == "purpose"

    def _by_terms(self, seq: int, record: Record) -> None:
        """Decide again what was decided under terms."""
        header, private = record.header, record.private
        known, answered = self._terms.get(private.terms_digest), header.kind in (pb.KIND_DISCLOSURE, pb.KIND_RENEWAL)
        if known is None:
            if answered or private.terms_digest:
                self._fault(seq, "its terms were not kept")
            return
        self.decisions += 1
        if private.terms_digest not in self._fold.book or known.purpose != header.purpose:
            self._fault(seq, "its terms were not in force for its purpose")
        if answered and not self._in_force(header.purpose_digest):
            self._fault(seq, "its purpose was not in force")
        commitments = [line.commitment for line in record.lines]
        if header.kind == pb.KIND_RENEWAL:
            self._renewed(seq, record, known, commitments)
        elif header.kind == pb.KIND_DISCLOSURE:
            self._granted(seq, record, known, commitments)
            self._admitted(seq, record, known, commitments)
        elif header.kind == pb.KIND_REFUSAL:
            self._admitted(seq, record, known, commitments)
        else:
            self._fault(seq, "nothing of its kind is decided by terms")

    def _admitted(self, seq: int, record: Record, known: Terms, commitments: list[bytes]) -> None:
        """Whether the terms covered a disclosure, or did not cover what was refused."""
        header, private = record.header, record.private
        verdict = admit(
            self._fold,
            known,
            department=header.department,
            staff=private.staff,
            meter=private.meter or pb.METER_INTERACTIVE,
            commitments=commitments,
            now=header.wall,
            divisible=False,
            register=private.register_size,
        )
        if header.kind == pb.KIND_DISCLOSURE:
            if verdict.reason is not None:
                self._fault(seq, f"disclosed although its terms did not cover it ({verdict.reason})")
            if verdict.shadowed != private.shadow:
                self._fault(seq, "it says otherwise than its terms whether a limit in shadow covered it")
        elif verdict.reason != private.refusal:
            right = verdict.reason or "that it was covered"
            self._fault(seq, f"refused as {private.refusal}, but its terms say {right}")

    def _granted(self, seq: int, record: Record, known: Terms, commitments: list[bytes]) -> None:
        """What a grant opened, what an emergency did, and what nobody may look at before a review."""
        header, private = record.header, record.private
        if self._fold.grants.overdue(private.staff, header.wall):
            self._fault(seq, "disclosed although a look that broke the glass was not reviewed in time")
        grant = None
        if private.break_glass or private.HasField("grant_terms"):
            self._broken(seq, record, known)
        elif private.grant:
            grant = self._opened(seq, record, commitments)
        elif private.relation:
            self._fault(seq, "shows one of the caller's own people, and nobody approved it")
        if private.meter != meter_of(grant):
            self._fault(seq, "it counts on the wrong meter")

    def _broken(self, seq: int, record: Record, known: Terms) -> None:
        """A look that broke the glass: one of few, and to be reviewed, by somebody else and in time."""
        private, now = record.private, record.header.wall
        said = private.grant_terms
        if not (private.break_glass and private.grant and said.kind == pb.GRANT_KIND_BREAK_GLASS):
            self._fault(seq, "broke the glass, and nothing says that it has to be reviewed")
        if known.emergencies is None or said.until != now + known.emergencies.review:
            self._fault(seq, "broke the glass, and is not to be reviewed when its terms say")
        if said.notified in ("", private.staff):
            self._fault(seq, "broke the glass, and nobody else was told")
        spent_up = glass_left(self._fold, known, private.staff, now)
        if spent_up is not None:
            self._fault(seq, f"broke the glass although its terms did not cover it ({spent_up.reason})")
        if private.relation == pb.RELATION_SELF:
            self._fault(seq, "broke the glass to look at the caller's own entry")

    def _opened(self, seq: int, record: Record, commitments: list[bytes]) -> Grant | None:
        """The grant, if it opened what was disclosed under it."""
        header, private = record.header, record.private
        caller = Caller(header.department, private.system, private.staff, private.post, "")
        found = self._fold.grants.get(private.grant)
        # Nothing but the id leaves by a reversal, and by nothing else under its grant.
        reversal = (
            found is not None
            and found.kind == pb.GRANT_KIND_REVERSAL
            and list(header.fields_delivered) == list(found.terms.fields)
        )
        kind = kind_of(page=private.page, reversal=reversal)
        use = Use(caller, header.purpose_digest, header.case_reference, header.wall, kind)
        grant, opened = under_grant(self._fold, private.grant, use, commitments)
        if opened.reason is not None:
            self._fault(seq, "disclosed although its grant did not open it")
        elif grant is not None and grant.decider_post != header.approver_post:
            self._fault(seq, "another post approved its grant than it says")
        elif grant is not None and grant.terms.fields and not set(header.fields_delivered) <= set(grant.terms.fields):
            self._fault(seq, "fields were delivered that its grant did not open")
        return grant

    def _renewed(self, seq: int, record: Record, terms: Terms, commitments: list[bytes]) -> None:
        """Whether pseudonyms were renewed under a grant for it."""
        header, private = record.header, record.private
        caller = Caller(header.department, private.system, private.staff, private.post, "")
        use = Use(caller, header.purpose_digest, header.case_reference, header.wall, pb.GRANT_KIND_RENEWAL)
        grant, verdict = admit_renewal(self._fold, terms, private.grant, use, commitments)
        if grant is None or verdict.reason is not None:
            self._fault(seq, f"renewed although its grant or its terms did not cover it ({verdict.reason})")
        elif grant.decider_post != header.approver_post:
            self._fault(seq, "another post approved its grant than it says")
        if len(set(commitments)) != len(commitments):
            self._fault(seq, "it names somebody twice")

    def _budgets(self, seq: int, record: Record) -> None:
        private = record.private
        account = self._fold.account(
            self._terms[private.terms_digest],
            department=record.header.department,
            staff=private.staff,
            meter=private.meter,
        )
        after = standing_of(account)
        if after.spent != list(private.budgets_after):
            self._fault(seq, "the budgets after it are not what the log implies")
        if after.covered != list(private.coverage_after) or private.coverage_warned != warned(
            account, after, private.register_size
        ):
            self._fault(seq, "its coverage is not what the log implies")

    def _counts(self, seq: int, record: Record) -> None:
        """The counts were fixed a little before their record: take back what came between."""
        behind = self._fold.size - record.private.counted_records
        if not 0 < behind <= len(self._recent):
            self._fault(seq, "the counts were fixed at no place that can be checked")
            return
        counts = CountsRoot(self._fold, without=list(self._recent)[len(self._recent) - behind :])
        while counts.advance(10_000):
            pass
        if counts.root() != record.private.counts_root:
            self._fault(seq, "the counts are not what the log implies")
