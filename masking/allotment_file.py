"""Allotments in a file that outlives the process.

Rule: one SQLite file with a write-ahead log and synchronous=FULL, so that what `allot` returned has survived however
the process ends (sqlite.org/pragma.html#pragma_synchronous). Several processes may use one file.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from masking.allotment import AllotmentsUnavailable

SURROGATES_FILE: Final = "surrogates.db"
"""What the file is called where nothing else is said."""

_FORMAT: Final = "surrogate allotments 1"
_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE allotment (domain BLOB NOT NULL, owner BLOB NOT NULL, number INTEGER NOT NULL,
                        PRIMARY KEY (domain, owner), UNIQUE (domain, number)) STRICT, WITHOUT ROWID;
"""
_GIVE: Final = "INSERT OR IGNORE INTO allotment VALUES (?, ?, ?)"
_HAS: Final = "SELECT number FROM allotment WHERE domain = ? AND owner = ?"
_BUSY_TIMEOUT: Final = 2000
"""How long a write waits for another process's, ms."""
_AT_ONCE: Final = 500
"""Owners asked for by one statement."""


class FileAllotments:
    """Allotments in a file, made when it is first needed (mode 0600). Who reads does not wait for who writes."""

    def __init__(self, path: Path) -> None:
        self._reading, self._writing = _Lane(path), _Lane(path)

    def open(self) -> None:
        """Open the file now. Raises AllotmentsUnavailable if it is none of ours, or unusable."""
        with self._reading.opened(), self._writing.opened():
            pass

    def held(self, domain: bytes, owners: Iterable[bytes]) -> Mapping[bytes, int]:
        asked = list(owners)
        found: dict[bytes, int] = {}
        with self._reading.opened() as connection:
            for start in range(0, len(asked), _AT_ONCE):
                some = asked[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                rows = connection.execute(
                    f"SELECT owner, number FROM allotment WHERE domain = ? AND owner IN ({marks})",  # noqa: S608 - marks only
                    (domain, *some),
                )
                found.update(rows.fetchall())
        return found

    def allot(self, domain: bytes, offers: Mapping[bytes, Sequence[int]]) -> Mapping[bytes, int]:
        given: dict[bytes, int] = {}
        with self._writing.opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            for owner, numbers in offers.items():
                for number in numbers:
                    # Refused by either constraint: the owner has a number, or the number an owner.
                    connection.execute(_GIVE, (domain, owner, number))
                    has = connection.execute(_HAS, (domain, owner)).fetchone()
                    if has is not None:
                        given[owner] = has[0]
                        break
            connection.execute("COMMIT")
        return given

    def holds(self, domain: bytes, number: int) -> bool:
        with self._reading.opened() as connection:
            asked = connection.execute("SELECT 1 FROM allotment WHERE domain = ? AND number = ?", (domain, number))
            return asked.fetchone() is not None

    def close(self) -> None:
        """Let go of the file."""
        self._reading.close()
        self._writing.close()


class _Lane:
    """A connection for one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """The connection; what fails is undone, and said in our words."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _connected(self._path)
                yield self._connection
            except (OSError, sqlite3.Error) as error:
                raise AllotmentsUnavailable(f"{self._path}: surrogate names cannot be kept there: {error}") from None
            finally:
                if self._connection is not None and self._connection.in_transaction:
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _connected(path: Path) -> sqlite3.Connection:
    if not path.exists():
        _make(path)
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")
        connection.execute("PRAGMA synchronous = FULL")
        if connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() != (_FORMAT,):
            raise sqlite3.DatabaseError("of a format that this release cannot read")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _make(path: Path) -> None:
    """Make an empty file, whole or not at all; another process may be at it, too."""
    made, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")  # mode 0600
    os.close(made)
    fresh = Path(name)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript("BEGIN;" + _SCHEMA)
        connection.execute("INSERT INTO meta VALUES ('format', ?)", (_FORMAT,))
        connection.execute("COMMIT")
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
