"""One sheet by the table that it fills: its header, then each line as the columns hold it.

Rule: a bad line is reported with each of its faults, by place and reason, and the reading goes on. What a line holds is
never repeated, not even a header that nobody knows: it may be a resident.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from gateway.finding import Finding
from gateway.sheet.cell import Check, Convert, Fault, Raw
from gateway.sheet.records import Record, records
from gateway.sheet.report import Report

Line = tuple[Raw, ...]
"""The number of a line in its file, then what its columns hold, in the table's order."""

_NOT_CSV = (
    "not CSV from here on: a quote that is not closed, or text behind one (write a quote within text twice), "
    "or a cell of over 131,072 characters"
)


class Column(Protocol):
    """A column: its name in the header, what makes its value of a cell, and whether the sheet must have it."""

    @property
    def name(self) -> str: ...

    @property
    def convert(self) -> Convert: ...

    @property
    def needed(self) -> bool: ...


class Table(Protocol):
    """A table: its columns, the key first, and what must hold of the columns at some places together."""

    @property
    def name(self) -> str: ...

    @property
    def columns(self) -> Sequence[Column]: ...

    @property
    def checks(self) -> Sequence[tuple[tuple[int, ...], Check]]: ...


class TableReader:
    """Reads one sheet into `report` and lines. `name` is what findings call it."""

    def __init__(self, table: Table, name: str, report: Report) -> None:
        self._table = table
        self._name = name
        self._report = report
        self._width = 0
        self._plan: list[tuple[Convert, int]] = []  # for each column its conversion and the number of its cell

    def lines(self, text: Iterable[str]) -> Iterator[Line]:
        """The lines of a CSV file's text. A bad one has None for what is bad in it, and is left out if its key is
        bad.
        """
        return self.read(records(text))

    def read(self, found: Iterator[Record]) -> Iterator[Line]:
        """The same of records, the first of which has the columns' names."""
        header = next(found, None)
        if header is None:
            self._fault((1, 1), Fault("empty", "the file is empty; write at least the line with the columns' names"))
            return
        if not self._begin(header):
            return
        counts, name = self._report.lines, self._table.name
        counts[name] = 0
        for record in found:
            counts[name] += 1
            cells = record.cells
            if cells is None:
                self._fault(record.place(0), Fault("csv", _NOT_CSV))
                continue
            if len(cells) != self._width:
                advice = (
                    f"{len(cells)} cells, but the first line names {self._width}; quote a cell that has a comma in it"
                )
                self._fault(record.place(0), Fault("cells", advice))
                continue
            cells.append("")  # what a column holds that the file does not have
            try:
                values = self._values(cells)
            except Fault:
                values = self._with_faults(record, cells)
                if values[0] is None:
                    continue
            yield (record.line, *values)

    def _begin(self, header: Record) -> bool:
        """Take the columns' names; whether the lines can be read by them."""
        names = header.cells
        if names is None:
            self._fault(header.place(0), Fault("csv", _NOT_CSV))
            return False
        before = self._report.faults
        known = [column.name for column in self._table.columns]
        for number, name in enumerate(names):
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                meant = f"did you mean {close[0]!r}?" if close else f"it uses {', '.join(known)}"
                advice = f"the map uses no column of this name; {meant}"
                self._fault(header.place(number), Fault("unknown-column", advice))
            elif name in names[:number]:
                self._fault(header.place(number), Fault("column-twice", f"{name!r} stands here twice; keep one"))
        for column in self._table.columns:
            if column.needed and column.name not in names:
                self._fault(header.place(0), Fault("missing-column", f"the column {column.name!r} is missing; add it"))
        self._width = len(names)
        self._plan = [
            (column.convert, names.index(column.name) if column.name in names else len(names))
            for column in self._table.columns
        ]
        return self._report.faults == before

    def _values(self, cells: Sequence[str]) -> list[Raw]:
        """What the columns hold. Raises the first Fault."""
        values = [convert(cells[at]) for convert, at in self._plan]
        for places, check in self._table.checks:
            check(*[values[at] for at in places])
        return values

    def _with_faults(self, record: Record, cells: Sequence[str]) -> list[Raw]:
        """The same with every fault reported, and None for what is bad."""
        values: list[Raw] = []
        bad: set[int] = set()

        def fault(place: int, found: Fault) -> None:
            bad.add(place)
            at = self._plan[place][1]
            self._fault(record.place(at if at < self._width else 0), found)

        for place, (convert, at) in enumerate(self._plan):
            try:
                values.append(convert(cells[at]))
            except Fault as found:
                values.append(None)
                fault(place, found)
        for places, check in self._table.checks:
            if bad.isdisjoint(places):
                try:
                    check(*[values[at] for at in places])
                except Fault as found:
                    fault(places[0], found)
        return [None if place in bad else value for place, value in enumerate(values)]

    def _fault(self, place: tuple[int, int], fault: Fault) -> None:
        self._report.add(Finding(self._name, *place, fault.code, str(fault)))
