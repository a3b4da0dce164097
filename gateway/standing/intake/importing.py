"""From a sheet of posts, or a table of another database, to the staff directory.

Rule: with one fault nothing is written, and every fault is told; with none the directory becomes what the sheet says,
all of it in one transaction. A gateway that serves meanwhile sees the old directory or the new one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from gateway.finding import Finding, unreadable
from gateway.sheet.reading import TableReader
from gateway.sheet.records import Encoding, Record, opened, records
from gateway.sheet.report import Report
from gateway.standing.intake.layout import Entry, StaffTable, entry_of, table_of
from gateway.standing.intake.questions import questions
from gateway.standing.intake.staff_map import StaffMap, column_names
from gateway.standing.port import StandingUnavailable
from gateway.standing.tables import METADATA, POST, STAFF

Sheet = Callable[[], Iterator[Record]]
"""Gives the records of a sheet, its header first. Raises OSError, StandingUnavailable."""

_SECONDS: Final = 5
_AS_THEY_ARE: Final = ("post", "staff", "department", "unit", "role", "superior")


def csv_sheet(path: Path, encoding: Encoding) -> Sheet:
    """A CSV file."""

    def read() -> Iterator[Record]:
        with opened(path, encoding) as text:
            yield from records(text)

    return read


def sql_sheet(url: str, staff_map: StaffMap) -> Sheet:
    """A table or view of a database, by the map's names; its lines count from 1. Raises ValueError for a bad URL."""
    engine = _engine(url)
    names = list(column_names(staff_map).values())
    schema, _, table = staff_map.table.rpartition(".")
    columns: list[sa.ColumnClause[object]] = [sa.column(name) for name in names]
    select = sa.select(*columns).select_from(sa.table(table, *columns, schema=schema or None)).order_by(columns[0])

    def read() -> Iterator[Record]:
        yield Record(0, names, ())
        with _unavailable(), engine.connect() as connection:
            for number, line in enumerate(connection.execute(select), 1):
                yield Record(number, [_cell(each) for each in line], ())

    return read


def import_staff(
    sheet: Sheet, name: str, staff_map: StaffMap, url: str | None, *, create: bool = False, most: int = 1_000
) -> tuple[Report, list[Entry]]:
    """Read a sheet, which findings call `name`, and make it the staff directory of the database at `url` (None: only
    read and check). `create`: make a SQLite file that is not there. The report keeps the first `most` findings.

    Without `resident_id` in the map, who of the staff is which resident stays as it is. Raises ValueError for a bad
    URL, OSError, StandingUnavailable; then nothing is written.
    """
    report, table = Report(most), table_of(staff_map)
    entries = _read(sheet, name, table, report)
    if url is not None and not report.faults:
        _write(url, entries, linked="resident_id" in table.parts, create=create)
    return report, entries


def _read(sheet: Sheet, name: str, table: StaffTable, report: Report) -> list[Entry]:
    entries: list[Entry] = []
    staff: set[str] = set()
    place = table.parts.index("staff") + 1
    try:
        for line in TableReader(table, name, report).read(sheet()):
            if line[place] is not None:
                staff.add(str(line[place]))
            entry = entry_of(table, line)
            if entry is not None:
                entries.append(entry)
    except OSError as error:
        report.add(Finding(name, 0, 0, "unreadable", unreadable(error)))
        return []
    if not entries and not report.faults:
        report.add(Finding(name, 0, 0, "empty", "no line has a post; a directory without anybody is surely not meant"))
    for answer in sorted(questions(entries, frozenset(staff))):
        report.add(Finding(name, answer.line, 1, answer.code, answer.advice))
    return entries


def _write(url: str, entries: list[Entry], *, linked: bool, create: bool) -> None:
    engine = _engine(url, create=create)
    posts = [
        {
            **{column: getattr(entry.post, column) for column in _AS_THEY_ARE},
            "since": entry.post.since.isoformat(),
            "until": entry.post.until.isoformat() if entry.post.until is not None else None,
        }
        for entry in entries
    ]
    links = {entry.post.staff: entry.resident_id for entry in entries}
    links |= {entry.post.staff: entry.resident_id for entry in entries if entry.resident_id is not None}
    with _unavailable(), engine.connect() as connection:
        if create:
            METADATA.create_all(connection)
            connection.commit()
        with connection.begin():
            connection.execute(sa.delete(POST))
            connection.execute(sa.insert(POST), posts)
            if linked:
                connection.execute(sa.delete(STAFF))
                connection.execute(
                    sa.insert(STAFF), [{"staff": staff, "resident_id": each} for staff, each in links.items()]
                )


def _engine(url: str, *, create: bool = False) -> sa.Engine:
    """An engine for one connection; makes no file unless told to. Raises ValueError, without the URL's text."""
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return sa.create_engine(parsed, poolclass=NullPool)
        if not parsed.database:
            raise ValueError("a SQLite database must be a file")
        path = Path(parsed.database).absolute()
        if create and not path.exists():
            # Before SQLite opens the path: it would make the file for others to read, too.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if not path.is_file():
            raise StandingUnavailable("there is no such file")
        return sa.create_engine(parsed, poolclass=NullPool, connect_args={"timeout": _SECONDS})
    except (SQLAlchemyError, ImportError) as error:
        raise ValueError(f"the database URL cannot be used: {type(error).__name__}") from None


@contextmanager
def _unavailable() -> Iterator[None]:
    """What goes wrong is told without the statement and without a value."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StandingUnavailable(type(error).__name__) from None


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat()[:10] if isinstance(value, date) else str(value).rstrip()
