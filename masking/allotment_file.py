"""Allotments in a file that outlives the process.

Rule: one SQLite file with a write-ahead log and synchronous=FULL, so that what `allot` returned has survived however
the process ends (sqlite.org/pragma.html#pragma_synchronous). Several processes may use one file.

Both constraints are indexes in the order of keyed digests, so each name that is given out costs two places in the file
that no other name of its page is near to: that bounds how fast names can be given, more than the sync of the disk does.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from masking.allotment import AllotmentsUnavailable

SURROGATES_FILE: Final = "surrogates.db"
"""What the file is called where nothing else is said."""

_FORMAT: Final = "surrogate allotments 2"
_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE domain (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE allotment (domain INTEGER NOT NULL, owner BLOB NOT NULL, number INTEGER NOT NULL,
                        PRIMARY KEY (domain, owner), UNIQUE (domain, number)) STRICT, WITHOUT ROWID;
"""
_BUSY_TIMEOUT: Final = 2000
"""How long a write waits for another process's, ms."""
_AT_ONCE: Final = 500
"""Owners asked for by one statement."""
_LOADED: Final = 131_072
"""Allotments of one domain that are kept in memory (16 MB when all are); those of a larger one are looked up."""


class FileAllotments:
    """Allotments in a file, made when it is first needed (mode 0600). Who reads waits neither for who writes nor for
    who loads.
    """

    def __init__(self, path: Path) -> None:
        self._reading, self._writing, self._loading = _Lane(path), _Lane(path), _Lane(path)
        self._loaded: dict[bytes, dict[bytes, int] | None] = {}  # None: too many

    def open(self) -> None:
        """Open the file now. Raises AllotmentsUnavailable if it is none of ours, or unusable."""
        with self._reading.opened(), self._writing.opened():
            pass

    def load(self, domain: bytes) -> bool:
        with self._loading.opened() as connection:
            if domain not in self._loaded:
                rows = dict(connection.execute(f"{_OF_DOMAIN} LIMIT ?", (domain, _LOADED + 1)))
                self._loaded[domain] = rows if len(rows) <= _LOADED else None
            return self._loaded[domain] is not None

    def held(self, domain: bytes, owners: Sequence[bytes]) -> Sequence[int | None]:
        has = self._loaded.get(domain)
        if has is None:
            with self._reading.opened() as connection:
                has = _read(connection, domain, owners)
        return list(map(has.get, owners))

    def allot(self, domain: bytes, offers: Mapping[bytes, Sequence[int]]) -> Mapping[bytes, int]:
        given: dict[bytes, int] = {}
        with self._writing.opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT OR IGNORE INTO domain (digest) VALUES (?)", (domain,))
            (place,) = connection.execute("SELECT id FROM domain WHERE digest = ?", (domain,)).fetchone()
            wanting, turn = {owner: numbers for owner, numbers in offers.items() if numbers}, 0
            while wanting:
                chosen = {owner: numbers[turn] for owner, numbers in wanting.items()}
                before = connection.total_changes
                # Ignored by either constraint: the owner has a number, or the number an owner.
                connection.executemany(
                    "INSERT OR IGNORE INTO allotment VALUES (?, ?, ?)",
                    [(place, owner, number) for owner, number in chosen.items()],
                )
                all_new = connection.total_changes - before == len(chosen)
                given |= chosen if all_new else _read(connection, domain, list(chosen))
                turn += 1
                wanting = {
                    owner: numbers for owner, numbers in wanting.items() if owner not in given and turn < len(numbers)
                }
            connection.execute("COMMIT")
        loaded = self._loaded.get(domain)
        if loaded is not None:
            loaded.update(given)
            if len(loaded) > _LOADED:
                self._loaded[domain] = None
        return given

    def holds(self, domain: bytes, number: int) -> bool:
        with self._reading.opened() as connection:
            return connection.execute(f"{_OF_DOMAIN} AND number = ?", (domain, number)).fetchone() is not None

    def close(self) -> None:
        """Let go of the file."""
        for lane in (self._reading, self._writing, self._loading):
            lane.close()


_OF_DOMAIN: Final = "SELECT owner, number FROM allotment WHERE domain = (SELECT id FROM domain WHERE digest = ?)"


def _read(connection: sqlite3.Connection, domain: bytes, owners: Sequence[bytes]) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for start in range(0, len(owners), _AT_ONCE):
        some = owners[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        found.update(connection.execute(f"{_OF_DOMAIN} AND owner IN ({marks})", (domain, *some)).fetchall())
    return found


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
