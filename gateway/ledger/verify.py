"""Verification: everything that the ledger claims, reckoned again from its file alone.

Rule: hashes, head, signatures, times, counts and every decision are recomputed; nothing is taken from what the
gateway remembers, but that a snapshot may witness that there was more. Reads only; can be run beside a gateway that is
writing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from gateway.allowance import Terms
from gateway.ledger.fold import Fold
from gateway.ledger.founding import ledger_id, snapshot_key, strangers
from gateway.ledger.keys import LedgerKeys
from gateway.ledger.ledger import KEYS_DIRECTORY, LEDGER_FILE, SNAPSHOT_FILE
from gateway.ledger.loading import LogTroubled, fold_in, open_record, terms_of
from gateway.ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash
from gateway.ledger.note import Checkpoint, NoteInvalid, Verifier
from gateway.ledger.record import Record, RecordInvalid
from gateway.ledger.rejudge import Judge
from gateway.ledger.segment import Segment
from gateway.ledger.snapshot import witnessed
from gateway.ledger.store import SqliteStore, StateInvalid, Stored, StoreTroubled
from gateway.ledger.v1 import record_pb2 as pb

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
    """What was found. `subjects` are distinct residents with a line; times are µs since the epoch. `snapshot` is how
    many records the snapshot beside the log was made of, None where there is none that opens. `notes` are no faults.
    """

    origin: str = ""
    records: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    subjects: int = 0
    lines: int = 0
    first: int = 0
    last: int = 0
    decisions: int = 0
    checkpoints: int = 0
    snapshot: int | None = None
    head: Checkpoint | None = None
    notes: list[str] = field(default_factory=list)
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
    with ExitStack() as held:
        # Opened before the log: one that is made meanwhile would be ahead of what is read of it.
        beside = _beside(directory / SNAPSHOT_FILE, report, held)
        try:
            store = SqliteStore.open(directory / LEDGER_FILE, read_only=True)
        except StoreTroubled as error:
            report.faults.append(Fault(None, str(error)))
            return report
        held.callback(store.close)
        try:
            origin = report.origin = store.meta("origin")
            keys = LedgerKeys.open(directory / KEYS_DIRECTORY, name=origin, wrapping=wrapping, snapshot=snapshot)
            _Verification(store, keys, report, progress, beside).run()
        except (StoreTroubled, LogTroubled, RecordInvalid) as error:
            report.faults.append(Fault(None, str(error)))
        except (StateInvalid, ValueError) as error:
            if not report.origin:
                raise
            report.faults.append(Fault(None, f"the ledger's own description is damaged: {error}"))
    return report


def _beside(path: Path, report: Report, held: ExitStack) -> BinaryIO | None:
    """The snapshot's file, if there is one that may be read."""
    try:
        return held.enter_context(path.open("rb"))
    except FileNotFoundError:
        return None
    except OSError as error:
        report.notes.append(f"{SNAPSHOT_FILE} cannot be read ({error.strerror}): nothing was held against it")
        return None


class _Verification:
    """One pass over one ledger."""

    def __init__(
        self,
        store: SqliteStore,
        keys: LedgerKeys,
        report: Report,
        progress: Callable[[int, int], None] | None,
        beside: BinaryIO | None,
    ) -> None:
        self._store, self._keys, self._report, self._progress = store, keys, report, progress
        self._beside = beside
        self._fold = Fold()
        self._tree = Frontier()
        self._kept: dict[bytes, str] = {}
        self._judging = True

    def run(self) -> None:
        report, store = self._report, self._store
        for text in store.integrity():
            self._fault(None, f"the file is damaged: {text}")
        for text in strangers(store, self._keys, report.origin):
            self._fault(None, text)
        self._texts()
        terms = terms_of(store)
        judge = Judge(self._fold, terms, self._kept, self._fault)
        segment = Segment(ledger_id(self._keys, report.origin), self._keys.segment)
        roots, witness = self._checkpoints(), self._witness()
        size, root = store.head()
        for stored in store.records():
            if stored.seq >= size:
                self._fault(stored.seq, "stands beyond the head")
                break
            if stored.seq != self._tree.size:
                self._fault(self._tree.size, "is missing; nothing behind it can be verified")
                break
            self._record(stored, segment, terms, judge)
            self._tree.append(leaf_hash(stored.leaf))
            self._rooted(stored.seq, roots, witness)
            if self._progress is not None and self._tree.size % _STEP == 0:
                self._progress(self._tree.size, size)
        report.records, report.decisions = self._tree.size, judge.decisions
        report.subjects = len(self._fold.numbers)
        report.head = Checkpoint(report.origin, self._tree.size, self._tree.root())
        if (self._tree.size, self._tree.root()) != (size, root):
            self._fault(None, f"the head says {size} records and another root than the {self._tree.size} records give")
        if witness is not None and witness[0] > self._tree.size:
            self._fault(
                None,
                f"the log is behind its own snapshot, which is of {witness[0]} records: "
                "it was cut, or restored from a backup",
            )
        for claimed_size in sorted(roots):
            self._fault(None, f"a signed checkpoint of size {claimed_size} is ahead of the log: records were removed")

    def _rooted(self, seq: int, roots: dict[int, bytes], witness: tuple[int, bytes] | None) -> None:
        """Hold the tree, now that this record is in it, against whatever was said of it at this size."""
        size = self._tree.size
        if size in roots and roots.pop(size) != self._tree.root():
            self._fault(seq, f"the signed checkpoint of size {size} has another root")
        if witness is not None and witness[0] == size and witness[1] != self._tree.root():
            self._fault(seq, f"the snapshot of {size} records has another root")

    def _texts(self) -> None:
        for digest, kind, text in self._store.contents():
            self._kept[digest] = kind
            if sha256(text).digest() != digest:
                self._fault(None, f"a kept text ({kind}) is not what its digest says")

    def _witness(self) -> tuple[int, bytes] | None:
        """How many records the snapshot was made of, and their root. One that does not open is none, as for a gateway:
        whoever cuts a log can spoil it, too, or take it away, so that it says nothing of the log.
        """
        if self._beside is None:
            return None
        found = witnessed(self._beside, snapshot_key(self._keys, self._report.origin))
        if found is None:
            self._report.notes.append(
                f"{SNAPSHOT_FILE} does not open: it is damaged, foreign or of another version; "
                "nothing was held against it, and the log is held to its signed heads alone"
            )
            return None
        self._report.snapshot = found[0]
        return found

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
            if size:
                roots[size] = checkpoint.root
            elif checkpoint.root != EMPTY_ROOT:
                self._fault(None, "the signed checkpoint of size 0 has another root")
        return roots

    def _record(self, stored: Stored, segment: Segment, terms: dict[bytes, Terms], judge: Judge) -> None:
        try:
            record = open_record(stored, segment)
            if record.header.kind not in pb.Kind.values() or record.header.kind == pb.KIND_UNSPECIFIED:
                raise RecordInvalid("it is of a kind that this verification does not know")
        except RecordInvalid as error:
            self._fault(stored.seq, str(error))
            self._judging = False
            return
        self._tell(record)
        if (stored.seq == 0) != (record.header.kind == pb.KIND_GENESIS):
            self._fault(stored.seq, "a ledger's first record says that it was created, and no other does")
        if not self._judging:
            return
        judge.before(stored.seq, record)
        try:
            fold_in(self._fold, stored, record, terms)
        except RecordInvalid as error:
            self._fault(stored.seq, str(error))
            self._judging = False
            return
        judge.after(stored.seq, record)

    def _tell(self, record: Record) -> None:
        report = self._report
        report.kinds[pb.Kind.Name(record.header.kind).removeprefix("KIND_").lower()] += 1
        report.lines += len(record.lines)
        report.first = report.first or record.header.wall
        report.last = record.header.wall

    def _fault(self, seq: int | None, text: str) -> None:
        self._report.faults.append(Fault(seq, text))
