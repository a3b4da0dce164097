"""Reading the log back: from a snapshot if there is a good one, and always forward to the head.

Rule: the fold is what the records say. Every record is opened, hashed and chained again; a log that does not end in
its own head, or does not extend what was acknowledged, is not used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from gateway.allowance import Terms
from gateway.ledger.fold import Fold, fact_of
from gateway.ledger.merkle import leaf_hash
from gateway.ledger.note import Checkpoint
from gateway.ledger.record import Record, RecordInvalid, read
from gateway.ledger.segment import Segment
from gateway.ledger.snapshot import read_snapshot
from gateway.ledger.store import SqliteStore, Stored
from gateway.ledger.v1 import record_pb2 as pb

_SLICE: Final = 200
"""Records read between turns of the event loop."""
_PACK_EVERY: Final = 20_000
"""Records after which what they say is packed, so that a long log takes no more memory than its fold."""


class LogTroubled(Exception):
    """The log cannot be used as it is; the text says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The fold at the head, and how many of its records came from a snapshot."""

    fold: Fold
    from_snapshot: int


def terms_of(store: SqliteStore) -> dict[bytes, Terms]:
    """All terms that decisions were made under, by digest. Raises LogTroubled if one is not what its digest says, or
    none that can be read.
    """
    terms = {}
    for digest, kind, text in store.contents():
        if sha256(text).digest() != digest:
            raise LogTroubled("a kept text is not what its digest says; run `register-gateway ledger verify`")
        if kind == "terms":
            try:
                terms[digest] = Terms.read(text)
            except (ValueError, LookupError, TypeError):
                raise LogTroubled("kept terms cannot be read; run `register-gateway ledger verify`") from None
    return terms


def open_record(stored: Stored, segment: Segment) -> Record:
    """Open a stored record and hold its leaf against its body. Raises RecordInvalid."""
    record = read(segment.open(stored.seq, stored.body))
    if record.leaf != stored.leaf or record.private.segment != stored.segment:
        raise RecordInvalid("the body is not what the leaf commits to")
    return record


def fold_in(fold: Fold, stored: Stored, record: Record, terms: Mapping[bytes, Terms]) -> None:
    """Take one record in. Raises RecordInvalid."""
    rate = None
    if record.header.kind in (pb.KIND_DISCLOSURE, pb.KIND_RENEWAL):
        known = terms.get(record.private.terms_digest)
        if known is None:
            raise RecordInvalid("its terms were not kept")
        rate = known.rate
    try:
        fold.take(fact_of(record, rate))
    except ValueError as error:
        raise RecordInvalid(str(error)) from None
    fold.frontier.append(leaf_hash(stored.leaf))
    if fold.size % _PACK_EVERY == 0:
        for _ in fold.pack():
            pass


async def load(
    store: SqliteStore,
    segment: Segment,
    terms: Mapping[bytes, Terms],
    *,
    acknowledged: Checkpoint,
    snapshot: Path,
    snapshot_key: bytes,
) -> Loaded:
    """Read up to the head, yielding to others on the way. Raises LogTroubled, StoreTroubled.

    A snapshot only saves reading, but for one thing: it can witness that the log was longer.
    """
    fold = read_snapshot(snapshot, snapshot_key)
    if fold is not None and fold.size > store.head()[0]:
        # Snapshots are made of what is on the disk, under a key of this ledger alone: there was more of it once (rule
        # R4).
        raise LogTroubled(
            "the log is behind its own snapshot: it was cut, or restored from a backup. "
            "Keep it for reading, and make a new ledger in another directory"
        )
    if fold is not None and acknowledged.size and fold.size > acknowledged.size:
        fold = None  # It could not be shown that the log extends what was acknowledged.
    if fold is not None:
        try:
            return await _replay(store, segment, terms, acknowledged, fold)
        except LogTroubled:
            pass  # A snapshot of another log, or a bad one: the log itself decides.
    return await _replay(store, segment, terms, acknowledged, Fold())


async def _replay(
    store: SqliteStore, segment: Segment, terms: Mapping[bytes, Terms], acknowledged: Checkpoint, fold: Fold
) -> Loaded:
    start = fold.size
    head_size, head_root = store.head()
    if start > head_size:
        raise LogTroubled("the snapshot is ahead of the log")
    if store.ends() != ((0, head_size - 1) if head_size else None):
        # A snapshot spares reading what lies before it, not that it is there.
        raise LogTroubled("records are missing at an end of the log; run `register-gateway ledger verify`")
    _extends(fold, acknowledged)
    for stored in store.records(start):
        if stored.seq != fold.size:
            raise LogTroubled(f"record {fold.size} is missing; run `register-gateway ledger verify`")
        try:
            fold_in(fold, stored, open_record(stored, segment), terms)
        except RecordInvalid as error:
            raise LogTroubled(f"record {stored.seq}: {error}; run `register-gateway ledger verify`") from None
        _extends(fold, acknowledged)
        if fold.size % _SLICE == 0:
            await asyncio.sleep(0)
    if (fold.size, fold.frontier.root()) != (head_size, head_root):
        raise LogTroubled("the log does not end in its own head; run `register-gateway ledger verify`")
    if fold.size < acknowledged.size:
        raise LogTroubled("the log is behind what this gateway has acknowledged; it was cut or restored from a backup")
    return Loaded(fold, start)


def _extends(fold: Fold, acknowledged: Checkpoint) -> None:
    if fold.size == acknowledged.size and fold.frontier.root() != acknowledged.root:
        raise LogTroubled("the log does not extend what this gateway has acknowledged; it was replaced")
