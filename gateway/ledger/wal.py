"""Folding the write-ahead log into its file, beside the event loop.

Rule: nobody waits for it. Folding syncs the file, which takes a disk many times what an append to the log takes, so it
has a connection of its own and runs in a thread; appends go on meanwhile (sqlite.org/wal.html#ckpt).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from threading import Lock
from typing import Self


class WalFolder:
    """The second connection to a ledger's file; it never reads or writes a row. For any thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._lock = Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open it beside a connection that is open. Raises sqlite3.Error."""
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous = FULL")
        return cls(connection)

    def fold(self) -> int:
        """Fold in what stands in the log as this begins, as far as nobody reads it; how long the log was then, in
        pages. Raises sqlite3.Error.
        """
        with self._lock:
            if self._connection is None:
                return 0
            _, length, _ = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            return int(length)

    def close(self) -> None:
        """Let go, once a fold that is under way has ended."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
