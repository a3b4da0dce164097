"""Filling one new SQLite file in batches.

Rule: until `finish` the file is a draft that nobody else sees, so it is written without a journal and without waiting
for the disk; `finish` makes it a database like any other, on the disk.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gateway.register.city.matters import Line

_BATCH: Final = 4_000


class Writer:
    """A draft file (mode 0600, must not exist). `tables`: what `schema` makes, with the number of columns."""

    def __init__(self, path: Path, schema: str, tables: Mapping[str, int]) -> None:
        self._path = path
        self._schema = schema
        self._waiting: dict[str, list[Line]] = {table: [] for table in tables}
        self._insert = {
            table: f"INSERT INTO {table} VALUES ({', '.join('?' * width)})"  # noqa: S608  our own table names
            for table, width in tables.items()
        }

    def __enter__(self) -> Self:
        # Made before SQLite opens it, so that it is never readable by others.
        os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self._connection = sqlite3.connect(self._path, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;")
        self._connection.executescript(f"BEGIN; {self._schema}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def add(self, table: str, line: Line) -> None:
        """Write a line, sooner or later."""
        waiting = self._waiting[table]
        waiting.append(line)
        if len(waiting) >= _BATCH:
            self._flush(table)

    def finish(self, indexes: str) -> None:
        """Write what is left, run `indexes`, and wait for the disk."""
        for table in self._waiting:
            self._flush(table)
        self._connection.execute("COMMIT")
        self._connection.executescript(f"{indexes} PRAGMA journal_mode=DELETE;")
        self._connection.close()
        synced(self._path)

    def _flush(self, table: str) -> None:
        self._connection.executemany(self._insert[table], self._waiting[table])
        self._waiting[table].clear()


def synced(path: Path) -> None:
    """Wait until a file, or a directory's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
