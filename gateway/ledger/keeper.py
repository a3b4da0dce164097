"""What is kept beside the log: heads that are signed, a snapshot of the fold, and a write-ahead log that does not grow.

Rule: nothing of it is needed to know what the log says, so it may come late; none of it keeps a settlement waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.clock import SECOND
from gateway.ledger.fold import Fold
from gateway.ledger.note import Checkpoint
from gateway.ledger.snapshot import Capture, write_snapshot
from gateway.ledger.store import SqliteStore

SIGN_EVERY: Final = 60 * SECOND
"""A signed head is kept for ever: one a minute, and one at the end, is enough to hold the log to."""
PACK_EVERY: Final = 10 * SECOND
"""Often enough for memory; who reads in bulk would otherwise have the same packed again and again."""
_SNAPSHOT_EVERY: Final = 50_000
"""Records."""
_LONG: Final = 4_096
"""Pages (16 MiB) of write-ahead log from which on it is begun anew."""
OWNERS_SLICE: Final = 8
"""Owners a slice when a snapshot is taken of what they have seen: a tenth of a millisecond where that is much."""


class Keeper:
    """Keeps it for one ledger. What it is given must all be on the disk."""

    def __init__(self, snapshot: Path, snapshot_key: bytes, sign: Callable[[Checkpoint], str]) -> None:
        self.snapshot, self.snapshot_key = snapshot, snapshot_key
        self._sign = sign
        self._sign_at = 0
        self._pack_at = 0
        self._signed = -1
        self._folded = 0
        self._taken = 0
        self._writing: asyncio.Future[None] | None = None

    def begin(self, snapshot_size: int) -> None:
        """A fold was read, the first so many records of it from the snapshot."""
        self._taken = snapshot_size

    async def keep(self, store: SqliteStore, head: Checkpoint, elapsed: int) -> None:
        """Do what is due at `elapsed` µs of steady time. Raises StoreTroubled."""
        if elapsed >= self._sign_at:
            self._sign_at = elapsed + SIGN_EVERY
            self._sign_head(store, head)
        await self._fold_wal(store, head.size)

    def packs(self, elapsed: int) -> bool:
        """Whether it is time, at `elapsed` µs of steady time, to pack what owners have seen; then it is done."""
        if elapsed < self._pack_at:
            return False
        self._pack_at = elapsed + PACK_EVERY
        return True

    def wants_snapshot(self, size: int) -> bool:
        """Whether there are so many records more than the last snapshot has."""
        return size - self._taken >= _SNAPSHOT_EVERY

    async def take_snapshot(self, fold: Fold) -> None:
        """Take the fold as it is in slices, and write it beside the event loop. What it holds now must be on the disk:
        a snapshot that is ahead of the log says that the log was cut.
        """
        capture = Capture(fold)
        while capture.advance(OWNERS_SLICE):  # noqa: ASYNC110 - nothing is waited for: others get their turn
            await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        self._writing = loop.run_in_executor(None, capture.write, self.snapshot, self.snapshot_key)
        await asyncio.shield(self._writing)
        self._writing, self._taken = None, capture.size

    async def settled(self) -> None:
        """Wait for a snapshot that is being written: it must not replace a later one."""
        if self._writing is not None:
            await self._writing

    def end(self, store: SqliteStore, fold: Fold, head: Checkpoint) -> None:
        """Sign the last head and keep the last snapshot. Raises StoreTroubled."""
        self._sign_head(store, head)
        write_snapshot(self.snapshot, fold, self.snapshot_key)

    def _sign_head(self, store: SqliteStore, head: Checkpoint) -> None:
        if self._signed != head.size:
            store.keep_checkpoint(head.size, self._sign(head))
            self._signed = head.size

    async def _fold_wal(self, store: SqliteStore, size: int) -> None:
        """SQLite begins the log anew only where all of it is in the file, and under load something is always appended
        while that is done beside: once the log is long, what little is left is folded in here.
        """
        if self._folded == size:
            return
        if await asyncio.to_thread(store.fold_wal_beside) > _LONG:
            store.fold_wal()
        self._folded = size
