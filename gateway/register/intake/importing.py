"""From a directory of CSV files to a register: read, question, index, and only then give it its name.

Rule: with one fault there is no register, and every fault is told; with none the register is whole. Memory does not
grow with the city: what concerns several lines is asked of the draft.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import URL

from gateway.finding import Finding, unreadable
from gateway.register.index_build import build_index
from gateway.register.intake.draft import BESIDE, Draft, draft_beside, settle
from gateway.register.intake.layout import Index, Part, Table, indexes_of, tables_of
from gateway.register.intake.questions import questions
from gateway.register.port import RegisterUnavailable
from gateway.register.schema_map import SchemaMap
from gateway.sheet.reading import TableReader
from gateway.sheet.records import Encoding, opened
from gateway.sheet.report import Report


class Stage(StrEnum):
    """What an import is busy with: reading the files (in octets), and then building the search index (in entries)."""

    READING = "reading"
    INDEXING = "indexing"


Progress: TypeAlias = Callable[[Stage, int, int], None]
"""Told how much of a stage is done, and of how much."""

_TELL_EVERY: Final = 1_000


def import_register(
    source: Path,
    schema: SchemaMap,
    out: Path | None,
    *,
    encoding: Encoding = Encoding.UTF_8,
    overwrite: bool = False,
    most: int = 1_000,
    progress: Progress = lambda _stage, _done, _total: None,
) -> Report:
    """Read `<table>.csv` for each table of the map from the directory `source`; write the register `out` (mode 0600).

    `out` None: read and check everything, write nothing. The register is there if and only if the report has no faults
    and nothing was raised; the report keeps the first `most` findings.

    Raises Findings for a map that no SQLite file can be made by; FileExistsError unless `overwrite`, and in any case
    while somebody changes the database that is there; BlockingIOError while another import writes into the same
    directory; OSError.
    """
    tables = tables_of(schema)
    report = Report(most)
    with ExitStack() as held:
        path = None
        if out is not None:
            _free(out, overwrite=overwrite)
            path = held.enter_context(draft_beside(out))
        try:
            _Import(source, schema, tables, encoding, report, progress).into(path)
        except sqlite3.Error as error:  # a full disk, for one, is SQLite's to find out
            raise OSError(errno.EIO, str(error)) from error
        if path is not None and out is not None and not report.faults:
            if schema.search is not None:
                _index(path, schema, partial(progress, Stage.INDEXING))
            settle(path, out)
    return report


def _index(path: Path, schema: SchemaMap, progress: Callable[[int, int], None]) -> None:
    try:
        build_index(schema, str(URL.create("sqlite", database=str(path))), progress=progress)
    except RegisterUnavailable as error:
        raise OSError(errno.EIO, f"the search index cannot be built: {error}") from error


def _free(out: Path, *, overwrite: bool) -> None:
    taken = [Path(f"{out}{suffix}") for suffix in BESIDE] + ([] if overwrite else [out])
    for path in taken:
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


class _Import:
    """One import into one draft."""

    def __init__(
        self,
        source: Path,
        schema: SchemaMap,
        tables: tuple[Table, ...],
        encoding: Encoding,
        report: Report,
        progress: Progress,
    ) -> None:
        self._source = source
        self._schema = schema
        self._tables = tables
        self._encoding = encoding
        self._report = report
        self._progress = progress
        self._total = sum(_size(source / table.file) for table in tables)
        self._done = 0

    def into(self, path: Path | None) -> None:
        """Fill the draft at `path` and index it; without one, keep no more than the questions need."""
        kept = self._tables if path is not None else tuple(table.outline for table in self._tables)
        with Draft(path, kept) as draft:
            for table, part in zip(self._tables, kept, strict=True):
                self._fill(draft, table, len(part.columns) + 1)
            self._unused()
            for index in indexes_of(self._schema, kept) if path is not None else map(_for_questions, kept):
                draft.index(index)
            # Without the main table nothing could be said of the others.
            asked = questions(self._schema, self._tables) if self._tables[0].name in self._report.lines else ()
            for question in asked:
                for line in draft.ask(question.sql):
                    self._report.add(
                        Finding(str(self._source / question.table.file), line, 1, question.code, question.advice)
                    )
            if path is not None and not self._report.faults:
                draft.finish()

    def _fill(self, draft: Draft, table: Table, width: int) -> None:
        """Read the file of a table, and keep the first `width` parts of its lines."""
        path = self._source / table.file
        if path.exists() and not path.is_file():  # a pipe would never come to an end
            self._report.add(Finding(str(path), 0, 0, "unreadable", "not a plain file; write the lines into one"))
            return
        try:
            with opened(path, self._encoding) as text:
                for count, line in enumerate(TableReader(table, str(path), self._report).lines(text)):
                    draft.add(table.name, line[:width])
                    if count % _TELL_EVERY == 0:
                        self._progress(Stage.READING, self._done + os.lseek(text.fileno(), 0, os.SEEK_CUR), self._total)
        except OSError as error:
            self._report.add(Finding(str(path), 0, 0, "unreadable", unreadable(error)))
        draft.flush(table.name)
        self._done += _size(path)
        self._progress(Stage.READING, self._done, self._total)

    def _unused(self) -> None:
        """Files that no table of the map reads: perhaps a name that was mistyped."""
        known = {table.file for table in self._tables}
        for path in sorted(self._source.glob("*.csv")):
            if path.name not in known:
                self._report.add(
                    Finding(str(path), 0, 0, "advice-unused", "the map has no such table; it was not read")
                )


def _for_questions(table: Table) -> Index:
    return Index(table.name, tuple(column.name for column in table.columns), unique=table.part is Part.SIDE)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
