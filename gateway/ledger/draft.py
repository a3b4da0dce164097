"""A draft: records as they are about to be appended, folded in already.

Rule: nothing of a draft is certain until the whole of it is on the disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.ledger.fold import Fold
from gateway.ledger.record import commit, pack_lines, write
from gateway.ledger.segment import Segment
from gateway.ledger.store import Stored
from gateway.ledger.v1 import record_pb2 as pb

Line: TypeAlias = tuple[bytes, int, int]
"""A subject's commitment, the outcome for them (a number of the record's Outcome), how many lines they had before."""


@dataclass(slots=True)
class Draft:
    """One batch of records, at time `now` with `elapsed` on the steady clock beside it, both µs."""

    fold: Fold
    commitment_key: bytes
    segment: Segment
    now: int
    elapsed: int
    rows: list[Stored] = field(default_factory=list)

    def commitments(self, residents: Iterable[str]) -> list[bytes]:
        """How the record names these residents, in order."""
        key = self.commitment_key
        return [commit(key, resident) for resident in residents]

    def lines(self, commitments: Iterable[bytes], outcome: int) -> list[Line]:
        """A line for each, all with one outcome; to be asked for before the record is folded in."""
        fold = self.fold
        return [(each, outcome, fold.lines[fold.number(each)]) for each in commitments]

    def write(self, header: bytes, private: pb.Private, lines: list[Line]) -> str:
        """Add a record whose fact is folded in; its receipt."""
        private.elapsed = self.elapsed
        written = write(header, private.SerializeToString(), pack_lines(lines))
        seq = self.fold.size
        self.fold.frontier.append(written.leaf_hash)
        self.rows.append(Stored(seq, 0, written.leaf, self.segment.seal(seq, written.body)))
        return f"{seq}.{written.leaf_hash[:8].hex()}"
