"""Any database but SQLite as a register to read from.

Rule: drivers block, so worker threads read, one connection to a thread at a time, in sessions that cannot write. What
broke one connection has likely broken the others: the next read connects anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import URL, create_engine
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool, PoolProxiedConnection

from gateway.register.lane import LONGEST, MARKS, Lane, Raw


def style(url: URL) -> dict[str, Any]:
    """What create_engine is to be told so that parameters are positional: psycopg has `format` for it."""
    return {"paramstyle": "format"} if url.get_backend_name() == "postgresql" else {}


class ThreadDriver:
    """A Driver of any other database: up to `connections` at a time, each used by one worker thread at a time."""

    def __init__(self, url: URL, unavailable: type[Exception], connections: int) -> None:
        # AUTOCOMMIT: no transaction is left open between reads.
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", **style(url))
        self.dialect: Dialect = self._engine.dialect
        if self.dialect.paramstyle not in MARKS:
            raise ValueError(f"the driver {self.dialect.driver} marks values in another way; use another driver")
        self._driver_errors: tuple[type[Exception], ...] = (self.dialect.loaded_dbapi.Error, SQLAlchemyError, OSError)
        self._unavailable = unavailable
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="database")
        self._turns = {lane: asyncio.Lock() for lane in Lane}
        self._idle: list[PoolProxiedConnection] = []

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Raw]:
        """As Driver.fetch, in a worker thread."""
        try:
            async with asyncio.timeout(LONGEST):  # its TimeoutError is an OSError
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, sql, values)
        except self._driver_errors as error:
            raise self._unavailable(type(error).__name__) from None

    async def fetch_apart(self, sql: str, values: Sequence[Any], lane: Lane) -> Sequence[Raw]:
        """As Driver.fetch_apart: no lane has more than one of the connections."""
        try:
            async with asyncio.timeout(LONGEST), self._turns[lane]:
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
            cursor.execute(f"SET statement_timeout = '{LONGEST}s'")
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
