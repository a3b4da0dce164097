"""The draft of a register: one SQLite file that is nobody's register until it is whole.

Rule: the register appears under its name complete and on the disk, or not at all, whenever the writing ends. The draft
is readable by its owner only, and whatever a killed run left of one is removed by the next.

A line keeps the number of its line in the CSV file as its `rowid`: so that a question about several lines, asked of the
database, is answered with places, and no list of ids is held in memory.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gateway.register.draft_file import begun, synced
from gateway.register.intake.layout import Index, Table
from gateway.sheet.cell import Raw

BESIDE: Final = ("-journal", "-wal")
"""Ends of the names of files that SQLite keeps beside a database that is being changed."""

_BATCH: Final = 4_000
# A draft that is lost is begun anew, so nothing waits for the disk; but an index that turns out not to be unique is
# taken back, and for that SQLite needs a journal.
_SETTINGS: Final = "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;"


@contextmanager
def draft_beside(out: Path) -> Iterator[Path]:
    """The path of a draft beside `out`, empty and for its owner only; it is removed unless it became `out`.

    One import a directory at a time. Raises BlockingIOError while another one writes there, OSError.
    """
    path = out.with_name(f".{out.name}.draft")
    with ExitStack() as held:
        directory = os.open(out.parent, os.O_RDONLY | os.O_DIRECTORY)
        held.callback(os.close, directory)
        # Let go by the kernel when this process ends, however it ends.
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held.callback(_remove, path)
        _remove(path)
        begun(path)
        yield path


def _remove(draft: Path) -> None:
    """A draft and what SQLite keeps beside it, which it would take for the next draft's."""
    for suffix in ("", *BESIDE):
        Path(f"{draft}{suffix}").unlink(missing_ok=True)


def settle(draft: Path, out: Path) -> None:
    """Give a draft that is whole its name, for good: its octets are on the disk before its name is."""
    synced(draft)
    draft.replace(out)
    synced(out.parent)


class Draft:
    """A database under construction with the first columns of each table. `path` None: in a file without a name, which
    goes with the connection."""

    def __init__(self, path: Path | None, tables: Sequence[Table]) -> None:
        self._connection = sqlite3.connect(path or "", isolation_level=None)
        self._connection.executescript(f"{_SETTINGS} BEGIN;")
        self._waiting: dict[str, list[tuple[Raw, ...]]] = {}
        self._insert: dict[str, str] = {}
        for table in tables:
            columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in table.columns)
            self._connection.execute(f"CREATE TABLE {quoted(table.name)} ({columns})")
            names = ", ".join(quoted(column.name) for column in table.columns)
            marks = ", ".join("?" * (len(table.columns) + 1))
            self._insert[table.name] = f"INSERT INTO {quoted(table.name)} (rowid, {names}) VALUES ({marks})"  # noqa: S608  names of the map, quoted
            self._waiting[table.name] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def add(self, table: str, line: tuple[Raw, ...]) -> None:
        """Write a line, its number first, sooner or later."""
        waiting = self._waiting[table]
        waiting.append(line)
        if len(waiting) >= _BATCH:
            self.flush(table)

    def flush(self, table: str) -> None:
        """Write what waits of a table."""
        self._connection.executemany(self._insert[table], self._waiting[table])
        self._waiting[table].clear()

    def ask(self, sql: str) -> Iterator[int]:
        """Line numbers."""
        return (line for (line,) in self._connection.execute(sql))

    def index(self, index: Index) -> None:
        """Make an index. Where columns should be unique and are not, a plain one: the draft can then be asked why."""
        name = quoted(f"{index.table}_{index.columns[0]}")
        first, *others = map(quoted, index.columns)
        if index.prefix:
            first = f"substr({first}, 1, {index.prefix})"
        on = f"{name} ON {quoted(index.table)} ({', '.join([first, *others])})"
        try:
            self._connection.execute(f"CREATE {'UNIQUE ' * index.unique}INDEX {on}")
        except sqlite3.IntegrityError:
            self._connection.execute(f"CREATE INDEX {on}")

    def finish(self) -> None:
        """End the transaction, and make it a database like any other."""
        for statement in ("COMMIT", "ANALYZE", "PRAGMA journal_mode=DELETE"):
            self._connection.execute(statement)


def quoted(name: str) -> str:
    """A name as SQL spells any name."""
    return '"' + name.replace('"', '""') + '"'
