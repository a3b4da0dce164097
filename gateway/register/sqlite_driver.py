"""A SQLite file as a register to read from.

Rule: a read by key takes less time than a thread switch, so it is made on the event loop; each lane has a connection
and a thread of its own. What nobody waits for any more is stopped, and only that.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, create_engine
from sqlalchemy.engine import Dialect
from sqlalchemy.pool import NullPool

from gateway.register.lane import LONGEST, Lane, Raw

CACHE_KIB: Final = 65_536
"""Of the file's pages in memory, for each connection."""
_STATEMENTS: Final = 512  # prepared statements kept by a connection: readers × sizes of their IN lists
_PATIENCE: Final = 0.1
"""Seconds that a read waits while somebody else writes the file."""


def sqlite_path(url: URL) -> Path:
    """The file that a URL names. Raises ValueError if it names none."""
    if not url.database or url.database == ":memory:":
        raise ValueError("a SQLite database must be a file")
    return Path(url.database).absolute()


def open_sqlite(path: Path) -> sqlite3.Connection:
    """Read-only; a writer is waited for no longer than the loop may stand still."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        cached_statements=_STATEMENTS,
        timeout=_PATIENCE,
        check_same_thread=False,  # one thread at a time uses it, but another one may close it
    )


def decoding(illegible: object) -> Callable[[bytes], object]:
    """How texts are read where one that is not UTF-8 is to become `illegible`."""

    def decoded(octets: bytes) -> object:
        try:
            return octets.decode()
        except UnicodeDecodeError:
            return illegible

    return decoded


class SqliteDriver:
    """A Driver of a SQLite file, opened read-only: `here` is read on the event loop, `apart` beside it."""

    def __init__(self, url: URL, unavailable: type[Exception], illegible: object | None) -> None:
        path = sqlite_path(url)
        self.dialect: Dialect = create_engine(url, poolclass=NullPool).dialect
        self._unavailable = unavailable
        self.here = SqliteFile(path, illegible)
        self.apart = {lane: _InThread(SqliteFile(path, illegible)) for lane in Lane}

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Raw]:
        """As Driver.fetch; blocks the loop for as long as SQLite reads."""
        try:
            return self.here.read(sql, values)
        except (sqlite3.Error, OSError) as error:
            raise self._unavailable(type(error).__name__) from None

    async def fetch_apart(self, sql: str, values: Sequence[Any], lane: Lane) -> Sequence[Raw]:
        """As Driver.fetch_apart, in the lane's thread."""
        try:
            async with asyncio.timeout(LONGEST):  # its TimeoutError is an OSError
                return await self.apart[lane].read(sql, values)
        except (sqlite3.Error, OSError) as error:
            raise self._unavailable(type(error).__name__) from None

    async def version(self) -> Hashable | None:
        """SQLite's `data_version`, beside the number of times the file was opened (each connection counts anew)."""
        found = await self.fetch("PRAGMA data_version", ())
        return (self.here.opened, found[0][0])

    async def close(self) -> None:
        """Waits for reads under way."""
        for each in self.apart.values():
            await each.close()
        self.here.drop()


class _InThread:
    """A connection that one thread reads by, for one caller at a time."""

    def __init__(self, file: SqliteFile) -> None:
        self.file = file
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._turn = asyncio.Lock()

    async def read(self, sql: str, values: Sequence[Any]) -> Sequence[Raw]:
        """As SqliteFile.read. Whoever is cancelled in the midst of it stops it: the turn is theirs, so nobody else's
        read is.
        """
        async with self._turn:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._thread, self.file.read, sql, values)
            except asyncio.CancelledError:
                self.file.interrupt()
                raise

    async def close(self) -> None:
        """Waits for the read under way."""
        await asyncio.to_thread(self._thread.shutdown)
        self.file.drop()


class SqliteFile:
    """A connection to a SQLite file. Opens the file anew when another one took its place."""

    def __init__(self, path: Path, illegible: object | None) -> None:
        self._path = path
        self._illegible = illegible
        self._connection: sqlite3.Connection | None = None
        self._inode = (0, 0)
        self.opened = 0

    def read(self, sql: str, values: Sequence[Any]) -> Sequence[Raw]:
        """All lines of one SELECT. Raises sqlite3.Error, OSError; then the next one opens the file anew."""
        try:
            connection = self.current()
            try:
                return connection.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                # What SQLite reports has a code; that a text is not UTF-8 is found by Python's module, which sets none.
                if self._illegible is None or getattr(error, "sqlite_errorcode", None) is not None:
                    raise
            return self._with_illegible(connection, sql, values)
        except (sqlite3.Error, OSError):
            self.drop()
            raise

    def interrupt(self) -> None:
        """Stop a read under way in another thread."""
        if self._connection is not None:
            self._connection.interrupt()

    def _with_illegible(self, connection: sqlite3.Connection, sql: str, values: Sequence[Any]) -> Sequence[Raw]:
        """The same lines, each text decoded on its own: slow, but one bad text does not cost the others."""
        connection.text_factory = decoding(self._illegible)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.text_factory = str

    def current(self) -> sqlite3.Connection:
        """The connection to the file that is there now."""
        status = self._path.stat()
        inode = (status.st_dev, status.st_ino)
        if self._connection is None or inode != self._inode:
            self.drop()
            connection = open_sqlite(self._path)
            self._connection = connection
            connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            self._inode = inode
            self.opened += 1
        return self._connection

    def drop(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
