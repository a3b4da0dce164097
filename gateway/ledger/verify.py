"""Verification: everything that the ledger claims, reckoned again from its file alone.

Rule: hashes, head, signatures, times, counts and every decision are recomputed; nothing is taken from what the
gateway remembers. Reads only; can be run beside a gateway that is writing.
"""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from gateway.allowance import Terms
from gateway.caller import Caller
from gateway.ledger.admission import admit, admit_renewal, under_grant
from gateway.ledger.crossing import standing_of, warned
from gateway.ledger.fold import CountsRoot, Fold
from gateway.ledger.founding import ledger_id, strangers
from gateway.ledger.grants import Use
from gateway.ledger.keys import LedgerKeys
from gateway.ledger.ledger import KEYS_DIRECTORY, LEDGER_FILE
from gateway.ledger.loading import LogTroubled, fold_in, open_record, terms_of
from gateway.ledger.merkle import Frontier, leaf_hash
from gateway.ledger.note import Checkpoint, NoteInvalid, Verifier
from gateway.ledger.record import Record, RecordInvalid
from gateway.ledger.segment import Segment
from gateway.ledger.settlement import kind_of, meter_of
from gateway.ledger.store import SqliteStore, StateInvalid, Stored, StoreTroubled
from gateway.ledger.v1 import record_pb2 as pb

_RECENT: Final = 100_000
"""Records between the moment that counts were fixed and their own record: reckoning them takes seconds at most."""

_STEP: Final = 500
"""Records between reports of progress."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold; `seq` is the record's place, None where it is about the whole ledger."""

    seq: int | None
    text: str

    def __str__(self) -> str:
        return self.text if self.seq is None else f"record {self.seq}: {self.text}"


@dataclass(slots=True)
class Report:
    """What was found. `subjects` are distinct residents with a line; times are µs since the epoch."""

    origin: str = ""
    records: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    subjects: int = 0
    lines: int = 0
    first: int = 0
    last: int = 0
    decisions: int = 0
    checkpoints: int = 0
    head: Checkpoint | None = None
    faults: list[Fault] = field(default_factory=list)


def verify(
    directory: Path,
    *,
    wrapping: bytes,
    snapshot: bytes,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Verify the ledger in `directory`. `progress` is told records done and records in all.

    Raises StateInvalid or KeysInvalid where there is nothing that could be verified.
    """
    report = Report()
    try:
        store = SqliteStore.open(directory / LEDGER_FILE, read_only=True)
    except StoreTroubled as error:
        report.faults.append(Fault(None, str(error)))
        return report
    try:
        origin = report.origin = store.meta("origin")
        keys = LedgerKeys.open(directory / KEYS_DIRECTORY, name=origin, wrapping=wrapping, snapshot=snapshot)
        _Verification(store, keys, report, progress).run()
    except (StoreTroubled, LogTroubled, RecordInvalid) as error:
        report.faults.append(Fault(None, str(error)))
    except (StateInvalid, ValueError) as error:
        if not report.origin:
            raise
        report.faults.append(Fault(None, f"the ledger's own description is damaged: {error}"))
    finally:
        store.close()
    return report


class _Verification:
    """One pass over one ledger."""

    def __init__(
        self, store: SqliteStore, keys: LedgerKeys, report: Report, progress: Callable[[int, int], None] | None
    ) -> None:
        self._store, self._keys, self._report, self._progress = store, keys, report, progress
        self._fold = Fold()
        self._tree = Frontier()
        self._recent: deque[array[int]] = deque(maxlen=_RECENT)
        self._kept: set[bytes] = set()
        self._judging = True

    def run(self) -> None:
        report, store = self._report, self._store
        for text in store.integrity():
            self._fault(None, f"the file is damaged: {text}")
        for text in strangers(store, self._keys, report.origin):
            self._fault(None, text)
        self._texts()
        terms = terms_of(store)
        segment = Segment(ledger_id(self._keys, report.origin), self._keys.segment)
        roots = self._checkpoints()
        size, root = store.head()
        for stored in store.records():
            if stored.seq >= size:
                self._fault(stored.seq, "stands beyond the head")
                break
            if stored.seq != self._tree.size:
                self._fault(self._tree.size, "is missing; nothing behind it can be verified")
                break
            self._record(stored, segment, terms)
            self._tree.append(leaf_hash(stored.leaf))
            claimed = roots.pop(self._tree.size, None)
            if claimed is not None and claimed != self._tree.root():
                self._fault(stored.seq, f"the signed checkpoint of size {self._tree.size} has another root")
            if self._progress is not None and self._tree.size % _STEP == 0:
                self._progress(self._tree.size, size)
        report.records = self._tree.size
        report.subjects = len(self._fold.numbers)
        report.head = Checkpoint(report.origin, self._tree.size, self._tree.root())
        if (self._tree.size, self._tree.root()) != (size, root):
            self._fault(None, f"the head says {size} records and another root than the {self._tree.size} records give")
        for claimed_size in sorted(set(roots) - {0}):
            self._fault(None, f"a signed checkpoint of size {claimed_size} is ahead of the log: records were removed")

    def _texts(self) -> None:
        for digest, kind, text in self._store.contents():
            self._kept.add(digest)
            if sha256(text).digest() != digest:
                self._fault(None, f"a kept text ({kind}) is not what its digest says")

    def _checkpoints(self) -> dict[int, bytes]:
        roots = {}
        verifier: Verifier = self._keys.signer.verifier
        for size, note in self._store.checkpoints():
            try:
                checkpoint = verifier.verify(note)
            except NoteInvalid as error:
                self._fault(None, f"the checkpoint of size {size}: {error}")
                continue
            if checkpoint.origin != self._report.origin or checkpoint.size != size:
                self._fault(None, f"the checkpoint of size {size} is of another log or size")
                continue
            self._report.checkpoints += 1
            roots[size] = checkpoint.root
        return roots

    def _record(self, stored: Stored, segment: Segment, terms: dict[bytes, Terms]) -> None:
        try:
            record = open_record(stored, segment)
        except RecordInvalid as error:
            self._fault(stored.seq, str(error))
            self._judging = False
            return
        self._tell(record)
        if (stored.seq == 0) != (record.header.kind == pb.KIND_GENESIS):
            self._fault(stored.seq, "a ledger's first record says that it was created, and no other does")
        if not self._judging:
            return
        self._judge(stored.seq, record, terms)
        before = [self._fold.lines[self._fold.number(line.commitment)] for line in record.lines]
        if before != [line.before for line in record.lines]:
            self._fault(stored.seq, "a subject has other lines before than it says")
        try:
            fold_in(self._fold, stored, record, terms)
        except RecordInvalid as error:
            self._fault(stored.seq, str(error))
            self._judging = False
            return
        self._recent.append(array("I", (self._fold.number(line.commitment) for line in record.lines)))
        if record.header.kind == pb.KIND_DISCLOSURE:
            self._budgets(stored.seq, record, terms)
        elif record.header.kind == pb.KIND_COUNTS:
            self._counts(stored.seq, record)
        elif record.header.kind == pb.KIND_BOOK and not self._fold.book <= self._kept:
            self._fault(stored.seq, "texts of its book were not kept")

    def _tell(self, record: Record) -> None:
        report = self._report
        report.kinds[pb.Kind.Name(record.header.kind).removeprefix("KIND_").lower()] += 1
        report.lines += len(record.lines)
        report.first = report.first or record.header.wall
        report.last = record.header.wall

    def _judge(self, seq: int, record: Record, terms: dict[bytes, Terms]) -> None:
        """Decide again, as settlement did, before the record is folded in."""
        header, private = record.header, record.private
        if header.kind == pb.KIND_OVERRIDE:
            self._overridden(seq, record)
        known, answered = terms.get(private.terms_digest), header.kind in (pb.KIND_DISCLOSURE, pb.KIND_RENEWAL)
        if known is None:
            if answered or private.terms_digest:
                self._fault(seq, "its terms were not kept")
            return
        self._report.decisions += 1
        if private.terms_digest not in self._fold.book or known.purpose != header.purpose:
            self._fault(seq, "its terms were not in force for its purpose")
        if answered and header.purpose_digest not in self._fold.book:
            self._fault(seq, "its purpose was not in force")
        commitments = [line.commitment for line in record.lines]
        if header.kind == pb.KIND_RENEWAL:
            self._renewed(seq, record, known, commitments)
        else:
            self._admitted(seq, record, known, commitments)

    def _overridden(self, seq: int, record: Record) -> None:
        said, staff, now = record.private.override, record.private.staff, record.header.wall
        found = self._fold.overrides.get(said.id) if said.step != pb.OVERRIDE_STEP_PROPOSED else None
        if found is not None and not found.decidable(said.step, staff, now):
            self._fault(seq, "decided on an override that was not theirs to decide")

    def _admitted(self, seq: int, record: Record, known: Terms, commitments: list[bytes]) -> None:
        """Decide again whether the terms covered a disclosure, or did not cover what was refused."""
        header, private = record.header, record.private
        if header.kind == pb.KIND_DISCLOSURE:
            self._granted(seq, record, commitments)
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

    def _granted(self, seq: int, record: Record, commitments: list[bytes]) -> None:
        """Decide again what a grant opened, and what nobody may look at before a review."""
        header, private = record.header, record.private
        if self._fold.grants.overdue(private.staff, header.wall):
            self._fault(seq, "disclosed although a look that broke the glass was not reviewed in time")
        grant = None
        if private.grant and not private.break_glass:
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
            elif (
                grant is not None and grant.terms.fields and not set(header.fields_delivered) <= set(grant.terms.fields)
            ):
                self._fault(seq, "fields were delivered that its grant did not open")
        if private.meter != meter_of(grant):
            self._fault(seq, "it counts on the wrong meter")

    def _renewed(self, seq: int, record: Record, terms: Terms, commitments: list[bytes]) -> None:
        """Decide again whether pseudonyms were renewed under a grant for it; nothing of a resident goes with them."""
        header, private = record.header, record.private
        caller = Caller(header.department, private.system, private.staff, private.post, "")
        use = Use(caller, header.purpose_digest, header.case_reference, header.wall, pb.GRANT_KIND_RENEWAL)
        grant, verdict = admit_renewal(self._fold, terms, private.grant, use, commitments)
        if grant is None or verdict.reason is not None:
            self._fault(seq, f"renewed although its grant or its terms did not cover it ({verdict.reason})")
        elif grant.decider_post != header.approver_post:
            self._fault(seq, "another post approved its grant than it says")
        outcomes = {line.outcome for line in record.lines} - {pb.OUTCOME_RENEWED}
        if outcomes or header.fields_read or header.fields_delivered or private.meter:
            self._fault(seq, "it shows somebody, and a renewal shows nobody")

    def _budgets(self, seq: int, record: Record, terms: dict[bytes, Terms]) -> None:
        private = record.private
        account = self._fold.account(
            terms[private.terms_digest],
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

    def _fault(self, seq: int | None, text: str) -> None:
        self._report.faults.append(Fault(seq, text))
