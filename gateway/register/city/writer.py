"""Filling one new SQLite database in batches: a file, or a part of one that is still in memory.

Rule: until `finish` the file is a draft that nobody else sees, so it is written without a journal and without waiting
for the disk; `finish` makes it a database like any other, on the disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gateway.register.draft_file import begun, synced

Line = tuple[str | int | None, ...]
"""A line of a table, in the order of its columns."""
Into = Mapping[str, Callable[[Line], None]]
"""What takes the lines of each table."""

_TOGETHER: Final = 50
"""Lines that one statement writes: several take less time than as many statements."""


class Writer:
    """A draft with the tables that `schema` makes; `tables` tells their number of columns.

    `path` is of a file (mode 0600, must not exist), None for memory.
    """

    def __init__(self, path: Path | None, schema: str, tables: Mapping[str, int]) -> None:
        self._path = path
        self._schema = schema
        self._waiting: dict[str, list[Line]] = {table: [] for table in tables}
        self._tables = {
            table: (_insert(table, width, 1), _insert(table, width, _TOGETHER)) for table, width in tables.items()
        }

    def __enter__(self) -> Self:
        if self._path is not None:
            begun(self._path)
        self._connection = sqlite3.connect(self._path or ":memory:", isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;")
        self._connection.executescript(f"BEGIN; {self._schema}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def into(self, table: str) -> Callable[[Line], None]:
        """What takes the lines of a table, to be written at the next `flush`. To be asked for once: it is cheap."""
        return self._waiting[table].append

    def flush(self) -> None:
        """Write what waits. To be called now and then, or memory grows."""
        for table, waiting in self._waiting.items():
            one, many = self._tables[table]
            whole = len(waiting) - len(waiting) % _TOGETHER
            for start in range(0, whole, _TOGETHER):
                values = chain.from_iterable(waiting[start : start + _TOGETHER])
                self._connection.execute(many, tuple(values))
            self._connection.executemany(one, waiting[whole:])
            waiting.clear()

    def part(self) -> bytes:
        """All that was written, for another writer's `append`. To be asked for last."""
        self.flush()
        self._connection.execute("COMMIT")
        return self._connection.serialize()

    def append(self, part: bytes) -> None:
        """Write the lines of a part with the same tables, in their order: ten times as fast as one by one."""
        self.flush()
        self._connection.execute("COMMIT")
        self._connection.execute("ATTACH ':memory:' AS part")
        self._connection.deserialize(part, name="part")
        self._connection.execute("BEGIN")
        for table in self._tables:
            self._connection.execute(f"INSERT INTO main.{table} SELECT * FROM part.{table}")  # noqa: S608  our own table names
        self._connection.execute("COMMIT")
        self._connection.execute("DETACH part")
        self._connection.execute("BEGIN")

    def finish(self, indexes: str) -> None:
        """Write what is left, run `indexes`, and wait for the disk."""
        self.flush()
        self._connection.execute("COMMIT")
        # One more thread sorts an index while its table is read.
        self._connection.executescript(f"PRAGMA threads=1; {indexes} PRAGMA journal_mode=DELETE;")
        self._connection.close()
        if self._path is not None:
            synced(self._path)


def _insert(table: str, width: int, lines: int) -> str:
    line = f"({', '.join('?' * width)})"
    return f"INSERT INTO {table} VALUES {', '.join([line] * lines)}"  # noqa: S608  our own table names
