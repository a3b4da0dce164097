"""The log on SQLite: appended to, never changed; durable when `append` returns.

Rule: a commit is certain or it is an error, and the error says whether waiting can help. SQLite runs with a
write-ahead log and synchronous=FULL, which syncs the log at each commit (sqlite.org/pragma.html#pragma_synchronous).
It is folded into the file by whoever keeps the ledger and not by SQLite itself, which would keep a failed sync of the
file to itself (sqlite.org/c3ref/wal_autocheckpoint.html).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from gateway.ledger.wal import WalFolder

FORMAT: Final = "register-gateway ledger 1"

_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE record (seq INTEGER PRIMARY KEY, segment INTEGER NOT NULL, leaf BLOB NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, root BLOB NOT NULL) STRICT;
CREATE TABLE content (digest BLOB PRIMARY KEY, kind TEXT NOT NULL, text BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
"""

_HEALS: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY}
"""Primary result codes after which trying again may help: full or read-only disk, somebody else's lock."""


_MEANING: Final = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_BUSY: "another program holds the file's lock",
    sqlite3.SQLITE_READONLY: "the file may not be written",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; its directory must be writable",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_NOTADB: "the file is damaged",
}
_BUSY_TIMEOUT: Final = 2000
"""How long a commit waits for somebody else's lock, ms."""


class StoreTroubled(Exception):
    """The store cannot be read or written; what was being appended is doubtful. `heals`: whether waiting can help."""

    def __init__(self, text: str, *, heals: bool) -> None:
        super().__init__(text)
        self.heals = heals


class StateInvalid(Exception):
    """The state directory cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it stands in the log: `body` is sealed."""

    seq: int
    segment: int
    leaf: bytes
    body: bytes


class DirectoryLock:
    """One gateway a state directory: an advisory lock that the system releases however its holder dies."""

    def __init__(self, directory: Path) -> None:
        """Take the lock. Raises StateInvalid if another gateway holds it."""
        try:
            self._descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateInvalid(f"{directory}: cannot be used: {error.strerror}; it must be writable") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise StateInvalid(
                f"{directory}: another gateway is using this state directory; stop it, or give this one another"
            ) from None

    def release(self) -> None:
        """Let another have it."""
        os.close(self._descriptor)


class SqliteStore:
    """The tables of one ledger. Not for use by several threads, but for `fold_wal_beside`."""

    def __init__(self, path: Path, connection: sqlite3.Connection, folder: WalFolder | None) -> None:
        """`folder`: None for a store that is only read."""
        self._path = path
        self._connection = connection
        self._folder = folder
        # Both files are written to through descriptors that outlive their names: a commit into a removed write-ahead
        # log would succeed, and be gone at the next start.
        watched = (path,) if folder is None else (path, _wal(path))
        self._watched = tuple((each, _identity(each.stat())) for each in watched)
        self._wal_size = 0

    @classmethod
    def create(cls, path: Path, meta: dict[str, str], root: bytes) -> None:
        """Make an empty ledger file where there is none, whole or not at all. Raises StateInvalid if it cannot be
        written.
        """
        fresh = path.with_suffix(".new")
        try:
            fresh.unlink(missing_ok=True)
            os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript("BEGIN;" + _SCHEMA)
                connection.executemany("INSERT INTO meta VALUES (?, ?)", [("format", FORMAT), *meta.items()])
                connection.execute("INSERT INTO head VALUES (1, 0, ?)", (root,))
                connection.execute("COMMIT")
            fresh.rename(path)
            sync_directory(path.parent)
        except (OSError, sqlite3.Error) as error:
            raise StateInvalid(f"{path}: cannot be made: {_reason(error)}") from None

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open a ledger; `read_only` sees it as it is at its first look, whatever is appended meanwhile.

        Raises StateInvalid if it is missing or of another format, StoreTroubled if it cannot be read.
        """
        if not os.access(path, os.R_OK, effective_ids=True):
            raise StateInvalid(f"{path}: no ledger here that may be read; make one with `register-gateway ledger init`")
        mode = "ro" if read_only else "rw"
        if read_only and not _wal(path).exists() and not os.access(path.parent, os.W_OK, effective_ids=True):
            mode += "&immutable=1"  # A copy on a medium that SQLite could not put its lock files on.
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
            connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            connection.execute("PRAGMA trusted_schema = OFF")
            if read_only:
                connection.execute("BEGIN")
            found = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
            if found != (FORMAT,):
                raise StateInvalid(f"{path}: not a ledger of this format")
            return cls(path, connection, None if read_only else WalFolder.open(path))
        except (OSError, sqlite3.Error, StateInvalid) as error:
            if connection is not None:
                connection.close()
            if isinstance(error, StateInvalid):
                raise
            raise _troubled(error) from None

    def close(self) -> None:
        """Close the file; SQLite then folds its write-ahead log in."""
        if self._folder is not None:
            self._folder.close()
        self._connection.close()

    def meta(self, key: str) -> str:
        """A fact about the ledger: `origin`, `ledger_id`, `verifier`."""
        found = self._one("SELECT value FROM meta WHERE key = ?", (key,))
        if found is None:
            raise StateInvalid(f"{self._path}: the ledger lacks its {key}")
        return str(found[0])

    def ends(self) -> tuple[int, int] | None:
        """First and last place that is taken; None in an empty log."""
        found = self._one("SELECT min(seq), max(seq) FROM record")
        return None if found is None or found[0] is None else (int(found[0]), int(found[1]))

    def head(self) -> tuple[int, bytes]:
        """Size and root as last committed."""
        found = self._one("SELECT size, root FROM head")
        if found is None:
            raise StoreTroubled("the ledger has no head", heals=False)
        return int(found[0]), bytes(found[1])

    def records(self, start: int = 0) -> Iterator[Stored]:
        """All records from `start` on, in order."""
        try:
            for row in self._connection.execute(
                "SELECT seq, segment, leaf, body FROM record WHERE seq >= ? ORDER BY seq", (start,)
            ):
                yield Stored(*row)
        except sqlite3.Error as error:
            raise _troubled(error) from None

    def append(self, start: int, rows: Sequence[Stored], before: bytes, after: bytes) -> None:
        """Append `rows` at `start` and move the head from root `before` to root `after`, durably.

        Raises StoreTroubled: nothing is certain then. A head that is not where we left it, or a file that is not the
        one we opened, never heals.
        """
        self._still_ours()
        execute = self._connection.execute
        try:
            execute("BEGIN IMMEDIATE")
            moved = execute(
                "UPDATE head SET size = ?, root = ? WHERE one = 1 AND size = ? AND root = ?",
                (start + len(rows), after, start, before),
            ).rowcount
            if moved != 1:
                execute("ROLLBACK")
                raise StoreTroubled("the ledger's head is not where this gateway left it", heals=False)
            self._connection.executemany(
                "INSERT INTO record VALUES (?, ?, ?, ?)", [(r.seq, r.segment, r.leaf, r.body) for r in rows]
            )
            execute("COMMIT")
        except sqlite3.Error as error:
            raise self._abandon(error) from None

    def keep(self, texts: Sequence[tuple[bytes, str, bytes]]) -> None:
        """Keep texts by content: (SHA-256, kind, text). Durable on return; known ones are passed over."""
        self._write("INSERT OR IGNORE INTO content VALUES (?, ?, ?)", texts)

    def contents(self) -> Iterator[tuple[bytes, str, bytes]]:
        """All texts that are kept."""
        yield from self._all("SELECT digest, kind, text FROM content")

    def keep_checkpoint(self, size: int, note: str) -> None:
        """Keep a signed checkpoint."""
        self._write("INSERT OR IGNORE INTO checkpoint VALUES (?, ?)", [(size, note)])

    def checkpoints(self) -> Iterator[tuple[int, str]]:
        """All signed checkpoints, smallest first."""
        yield from self._all("SELECT size, note FROM checkpoint ORDER BY size")

    def fold_wal_beside(self) -> int:
        """Fold the write-ahead log into the file, in any thread, but for what is appended meanwhile: how long it was,
        in pages. Raises StoreTroubled.
        """
        if self._folder is None:
            return 0
        try:
            return self._folder.fold()
        except sqlite3.Error as error:
            raise _troubled(error) from None

    def fold_wal(self) -> None:
        """Fold in what is left, so that the next append begins the log anew. Raises StoreTroubled."""
        self._one("PRAGMA wal_checkpoint(PASSIVE)")

    def last_checkpoint(self) -> str | None:
        """The signed checkpoint of the largest size, if there is any."""
        found = self._one("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
        return None if found is None else str(found[0])

    def integrity(self) -> list[str]:
        """What SQLite itself finds wrong with the file; empty if nothing."""
        return [text for (text,) in self._all("PRAGMA integrity_check(20)") if text != "ok"]

    def _still_ours(self) -> None:
        size = 0
        for path, identity in self._watched:
            try:
                status = path.stat()
            except OSError:
                raise StoreTroubled(f"{path.name} has been removed", heals=False) from None
            if _identity(status) != identity:
                raise StoreTroubled(f"{path.name} has been replaced", heals=False)
            size = status.st_size
        # The last one watched is the write-ahead log: SQLite writes over it from the beginning, and never makes it
        # shorter while it is open.
        before, self._wal_size = self._wal_size, size
        if self._wal_size < before:
            raise StoreTroubled("the write-ahead log has been cut", heals=True)

    def _one(self, sql: str, values: tuple[object, ...] = ()) -> tuple[Any, ...] | None:
        try:
            found: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        except sqlite3.Error as error:
            raise _troubled(error) from None
        return found

    def _all(self, sql: str) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._connection.execute(sql)
        except sqlite3.Error as error:
            raise _troubled(error) from None

    def _write(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._still_ours()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(sql, rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._abandon(error) from None

    def _abandon(self, error: sqlite3.Error) -> StoreTroubled:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error as second:
                return _troubled(second)
        return _troubled(error)


def sync_directory(directory: Path) -> None:
    """Make the names in `directory` durable. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _troubled(error: sqlite3.Error | OSError) -> StoreTroubled:
    return StoreTroubled(_reason(error), heals=_primary(error) in _HEALS)


def _reason(error: sqlite3.Error | OSError) -> str:
    """What it means and SQLite's name for it; never a statement or a value."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    meaning = _MEANING.get(_primary(error))
    return f"{meaning} ({name})" if meaning else name


def _primary(error: sqlite3.Error | OSError) -> int:
    """SQLite's primary result code, 0 where there is none."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF
