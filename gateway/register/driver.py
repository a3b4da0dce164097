"""Running finished SQL on a driver, so that the event loop never waits for a database.

Rule: SQL arrives compiled and values arrive beside it. SQLite is read on the loop itself: a read by key takes less
time than a thread switch. Any other database is read in worker threads, one connection to a thread. What goes wrong is
told as one exception, without the statement and without a value; the next call connects anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool, PoolProxiedConnection

Raw: TypeAlias = Sequence[Any]
"""One line of a result as the driver gives it."""

_STATEMENTS: Final = 512  # prepared statements kept by a SQLite connection: readers × sizes of their IN lists
_CACHE_KIB: Final = 65_536
_LONGEST: Final = 5
"""Seconds that a read in a worker thread may take, connecting included."""
_PATIENCE: Final = 0.1
"""Seconds that a read waits while somebody else writes the SQLite file."""


class Driver(Protocol):
    """A database to read from."""

    @property
    def dialect(self) -> Dialect:
        """The SQL to compile for; its parameters are positional."""

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Raw]:
        """All lines of one SELECT. Raises the `unavailable` that the driver was opened with."""

    async def version(self) -> Hashable | None:
        """Differs once the contents may have changed; None if the database cannot tell. Raises as fetch."""

    async def close(self) -> None:
        """Let go of all connections."""


def open_driver(
    url: str, *, unavailable: type[Exception], connections: int = 4, illegible: object | None = None
) -> Driver:
    """A driver for a SQLAlchemy URL (`sqlite:///register.db`, `postgresql+psycopg://…`); connects when first used.

    `illegible` stands for a text in a SQLite file that is not UTF-8, which SQLite stores like any other; None: such a
    line makes its read fail. The other databases do not take such a text in.

    Raises ValueError for a URL that names no database that can be reached from here; its text is not repeated (a
    password).
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return SqliteDriver(parsed, unavailable, illegible)
        return ThreadDriver(parsed, unavailable, connections)
    except (SQLAlchemyError, ImportError) as error:
        raise ValueError(f"the database URL cannot be used: {type(error).__name__}") from None


def inspection_engine(url: str) -> Engine:
    """An engine to read a database's catalogue with; makes no file. Raises ValueError as open_driver."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            path = _sqlite_path(parsed)
            return create_engine(parsed, poolclass=NullPool, creator=lambda: _open_sqlite(path))
        return create_engine(parsed, poolclass=NullPool)
    except (SQLAlchemyError, ImportError) as error:
        raise ValueError(f"the database URL cannot be used: {type(error).__name__}") from None


def _sqlite_path(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise ValueError("a SQLite database must be a file")
    return Path(url.database).absolute()


def _open_sqlite(path: Path) -> sqlite3.Connection:
    """Read-only; a writer is waited for no longer than the loop may stand still."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, cached_statements=_STATEMENTS, timeout=_PATIENCE
    )


class SqliteDriver:
    """A SQLite file, opened read-only, read on the event loop. Opens the file anew when another one took its place."""

    def __init__(self, url: URL, unavailable: type[Exception], illegible: object | None) -> None:
        self._path = _sqlite_path(url)
        self._illegible = illegible
        self.dialect: Dialect = create_engine(url, poolclass=NullPool).dialect
        self._unavailable = unavailable
        self._connection: sqlite3.Connection | None = None
        self._inode = (0, 0)
        self._opened = 0

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Raw]:
        """As Driver.fetch; blocks the loop for as long as SQLite reads."""
        try:
            connection = self._current()
            try:
                return connection.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                # What SQLite reports has a code; that a text is not UTF-8 is found by Python's module, which sets none.
                if self._illegible is None or getattr(error, "sqlite_errorcode", None) is not None:
                    raise
            return self._with_illegible(connection, sql, values)
        except (sqlite3.Error, OSError) as error:
            self._drop()
            raise self._unavailable(type(error).__name__) from None

    def _with_illegible(self, connection: sqlite3.Connection, sql: str, values: Sequence[Any]) -> Sequence[Raw]:
        """The same lines, each text decoded on its own: slow, but one bad text does not cost the others."""

        def decoded(octets: bytes) -> object:
            try:
                return octets.decode()
            except UnicodeDecodeError:
                return self._illegible

        connection.text_factory = decoded
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.text_factory = str

    async def version(self) -> Hashable | None:
        """SQLite's `data_version`, beside the number of times the file was opened (each connection counts anew)."""
        found = await self.fetch("PRAGMA data_version", ())
        return (self._opened, found[0][0])

    async def close(self) -> None:
        self._drop()

    def _current(self) -> sqlite3.Connection:
        status = self._path.stat()
        inode = (status.st_dev, status.st_ino)
        if self._connection is None or inode != self._inode:
            self._drop()
            connection = _open_sqlite(self._path)
            self._connection = connection
            connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
            self._inode = inode
            self._opened += 1
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class ThreadDriver:
    """Any other database: up to `connections` at a time, each used by one worker thread at a time."""

    def __init__(self, url: URL, unavailable: type[Exception], connections: int) -> None:
        # AUTOCOMMIT: no transaction is left open between reads. `format`: positional parameters for psycopg.
        style: dict[str, Any] = {"paramstyle": "format"} if url.get_backend_name() == "postgresql" else {}
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", **style)
        self.dialect: Dialect = self._engine.dialect
        if not self.dialect.positional:
            raise ValueError(f"the driver {self.dialect.driver} takes no positional parameters; use another driver")
        self._driver_errors: tuple[type[Exception], ...] = (self.dialect.loaded_dbapi.Error, SQLAlchemyError, OSError)
        self._unavailable = unavailable
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="database")
        self._idle: list[PoolProxiedConnection] = []

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Raw]:
        """As Driver.fetch, in a worker thread."""
        try:
            async with asyncio.timeout(_LONGEST):  # its TimeoutError is an OSError
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, sql, values)
        except self._driver_errors as error:
            raise self._unavailable(type(error).__name__) from None

    async def version(self) -> Hashable | None:
        """None: there is no telling without reading."""
        return None

    async def close(self) -> None:
        """Waits for reads under way."""
        await asyncio.to_thread(self._threads.shutdown)
        self._discard(self._take_all())
        self._engine.dispose()

    def _read(self, sql: str, values: Sequence[Any]) -> Sequence[Raw]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            cursor = connection.cursor()
            try:
                cursor.execute(sql, values)
                found = cursor.fetchall()
            finally:
                cursor.close()
        except BaseException:
            # Whatever broke this connection has likely broken the idle ones too.
            self._discard([connection, *self._take_all()])
            raise
        self._idle.append(connection)
        return found

    def _connect(self) -> PoolProxiedConnection:
        connection = self._engine.raw_connection()
        if self.dialect.name == "postgresql":
            cursor: DBAPICursor = connection.cursor()
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            cursor.execute(f"SET statement_timeout = '{_LONGEST}s'")
            cursor.close()
        return connection

    def _take_all(self) -> list[PoolProxiedConnection]:
        taken: list[PoolProxiedConnection] = []
        with contextlib.suppress(IndexError):  # other threads pop and append meanwhile; each step is atomic
            while True:
                taken.append(self._idle.pop())
        return taken

    def _discard(self, connections: Iterable[PoolProxiedConnection]) -> None:
        for connection in connections:
            connection.invalidate()
