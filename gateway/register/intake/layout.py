"""The tables that a schema map names, as an import makes them: columns, what each must hold, and the indexes.

Rule: a table has the columns that the map uses and no other; what the map does not name is not taken into the register.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import Final, NamedTuple

from gateway.field import FIELDS, NAME, STATUS
from gateway.finding import Finding, Findings, Loc
from gateway.register.intake import cells
from gateway.register.pages import TOWN
from gateway.register.schema_map import (
    AddressColumns,
    CodeColumn,
    CodeForm,
    DateColumn,
    DateForm,
    EntriesColumns,
    FieldColumns,
    SchemaMap,
    YenColumn,
)
from gateway.register.values import columns_of
from gateway.sheet import cell
from masking.value import ValueKind

_REQUIRED: Final = (NAME, STATUS)
"""Fields that every entry has."""


class Part(Enum):
    """What a table is in the map."""

    MAIN = "main"
    SIDE = "side"
    LIST = "list"
    RESTRICTIONS = "restrictions"


class Column(NamedTuple):
    """A column: its SQL type, what makes its value of a cell, and whether it must have one."""

    name: str
    type: str
    convert: cell.Convert
    needed: bool = False


class Index(NamedTuple):
    """An index that the gateway's reads want."""

    table: str
    columns: tuple[str, ...]
    unique: bool = False
    prefix: int = 0
    """How many characters of the first column it begins with; 0: all of them."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns, the key first, and what must hold of the columns at some places together.

    The status is the main table's second column.
    """

    name: str
    part: Part
    columns: tuple[Column, ...]
    checks: tuple[tuple[tuple[int, ...], cell.Check], ...]

    @property
    def key(self) -> str:
        """The column that holds the resident id."""
        return self.columns[0].name

    @property
    def file(self) -> str:
        """The name of the file that fills it."""
        return f"{self.name}.csv"

    @property
    def outline(self) -> Table:
        """The same with the columns alone that questions about several lines are asked of: key, and status."""
        return replace(self, columns=self.columns[: 2 if self.part is Part.MAIN else 1])


class _Sketch:
    """A table while the map is read."""

    def __init__(self, name: str, part: Part, key: str) -> None:
        self.name = name
        self._part = part
        self._columns: dict[str, Column] = {}
        self._checks: list[tuple[tuple[int, ...], cell.Check]] = []
        self.add(Column(key, "TEXT", cell.text, needed=True), check=cell.resident_id)

    def add(self, *columns: Column, check: cell.Check | None = None) -> None:
        """Columns that are checked together; one that two fields share is one column."""
        for column in columns:
            if column.name not in self._columns:
                self._columns[column.name] = column
                if column.needed:
                    self._checks.append(((len(self._columns) - 1,), cell.needed))
        if check is not None:
            names = list(self._columns)
            self._checks.append((tuple(names.index(column.name) for column in columns), check))

    def table(self) -> Table:
        return Table(self.name, self._part, tuple(self._columns.values()), tuple(self._checks))


def tables_of(schema: SchemaMap) -> tuple[Table, ...]:
    """The tables of a map, the main table first. Raises Findings for one that no SQLite file can hold."""
    main = _Sketch(schema.main.table, Part.MAIN, schema.main.key)
    sketches = {
        **{name: _Sketch(name, Part.SIDE, side.key) for name, side in schema.side.items()},
        **{name: _Sketch(name, Part.LIST, listed.key) for name, listed in schema.lists.items()},
    }
    for name in (STATUS, *(name for name in schema.fields if name != STATUS)):
        columns = schema.fields[name]
        sketch = main if columns.table is None else sketches[columns.table]
        if isinstance(columns, EntriesColumns):
            _add_entries(sketch, columns)
        else:
            sketch.add(*_columns(name, columns), check=cells.check_of(name, columns))
    for name, listed in schema.lists.items():
        # What a list is read by may be one of the columns above; if it is not, it numbers the lines.
        sketches[name].add(Column(listed.order, "INTEGER", cell.whole, needed=True))
    tables = (main.table(), *(sketch.table() for sketch in sketches.values()), _restrictions(schema))
    findings = list(_unfit(schema, tables))
    if findings:
        raise Findings(findings)
    return tables


def _columns(name: str, columns: FieldColumns) -> Iterator[Column]:
    """The columns of a field, in the order that its conversion takes them."""
    needed = name in _REQUIRED
    match columns:
        case AddressColumns():
            for column in columns_of(columns):
                number = column == columns.chome
                yield Column(column, "INTEGER", cell.natural) if number else Column(column, "TEXT", cell.text)
        case CodeColumn(form=CodeForm.INTEGER) | YenColumn():
            yield Column(columns.column, "INTEGER", cell.whole, needed)
        case DateColumn():
            yield Column(columns.column, _day(columns.form), cell.text, needed)
        case _:
            # A remark goes over several lines; nothing else does.
            convert = cell.lines if FIELDS[name].kind is ValueKind.REMARK else cell.text
            (column,) = columns_of(columns)
            yield Column(column, "TEXT", convert, needed)


def _add_entries(sketch: _Sketch, columns: EntriesColumns) -> None:
    """The columns of a list. An entry has a code; its days and its text may be unknown."""
    code = CodeColumn(column=columns.code, form=columns.code_form, codes=columns.codes)
    (column,) = _columns(STATUS, code)
    sketch.add(column, check=cells.known_code(code))
    _add_span(sketch, columns.form, columns.since, columns.until)
    if columns.detail is not None:
        sketch.add(Column(columns.detail, "TEXT", cell.text))


def _add_span(sketch: _Sketch, form: DateForm, since: str, until: str | None, *, needed: bool = False) -> None:
    """A first day and a last one."""
    dated = partial(cells.dated, form)
    first = Column(since, _day(form), cell.text, needed)
    sketch.add(first, check=dated)
    if until is not None:
        last = Column(until, _day(form), cell.text)
        sketch.add(last, check=dated)
        sketch.add(first, last, check=partial(cells.in_order, form))


def _day(form: DateForm) -> str:
    return "DATE" if form is DateForm.DATE else "TEXT"


def _restrictions(schema: SchemaMap) -> Table:
    """The protective measures. Whom one is against may be unknown; since when it protects is not."""
    source = schema.restrictions
    sketch = _Sketch(source.table, Part.RESTRICTIONS, source.key)
    _add_span(sketch, source.form, source.since, source.until, needed=True)
    sketch.add(Column(source.against_resident_id, "TEXT", cell.text), check=cell.resident_id_if_any)
    sketch.add(Column(source.against_name, "TEXT", cell.text))
    born = Column(source.against_birth_date, _day(source.form), cell.text)
    sketch.add(born, check=partial(cells.dated, source.form))
    if source.covers_household is not None:
        sketch.add(Column(source.covers_household, "TEXT", cell.text))
    return sketch.table()


def _unfit(schema: SchemaMap, tables: Sequence[Table]) -> Iterator[Finding]:
    """Names that cannot stand in one file side by side, with their places in the map."""
    places: dict[Part, Callable[[str], Loc]] = {
        Part.MAIN: lambda _name: ("main", "table"),
        Part.SIDE: lambda name: ("side", name),
        Part.LIST: lambda name: ("lists", name),
        Part.RESTRICTIONS: lambda _name: ("restrictions", "table"),
    }
    named: list[tuple[str, Loc]] = [(table.name, places[table.part](table.name)) for table in tables]
    if schema.search is not None:
        named += [(getattr(schema.search, key), ("search", key)) for key in type(schema.search).model_fields]
    for number, (name, loc) in enumerate(named):
        if any(char in name for char in "./\0"):
            advice = "the file of a table has its name, and a SQLite file no schemas; import by a map with plain names"
            yield schema.source.finding(loc, "table-name", advice)
        if name in (other for other, _ in named[:number]):
            yield schema.source.finding(loc, "table-twice", "an import makes each table once; name another table")


def indexes_of(schema: SchemaMap, tables: Sequence[Table]) -> Iterator[Index]:
    """The indexes that the gateway's reads want, those of the search index aside.

    With the id stands what streams select by: an entry that is not selected is passed over without reading its line.
    """
    main, *others = tables
    status = schema.status.column
    selecting = (status,) if schema.birth_date is None else (status, schema.birth_date.column)
    town = () if schema.address is None else (schema.address.code,)
    yield Index(main.name, (main.key, *selecting, *town))
    if town:
        yield Index(main.name, (*town, main.key, selecting[0], *town, *selecting[1:]), prefix=TOWN)
    if schema.birth_date is not None and schema.search is None:  # else a birth date is looked for in the search index
        yield Index(main.name, (schema.birth_date.column, main.key))
    if schema.household_id is not None:
        yield Index(main.name, (schema.household_id.column, status))
    for table in others:
        order = (schema.lists[table.name].order,) if table.part is Part.LIST else ()
        yield Index(table.name, (table.key, *order), unique=table.part is Part.SIDE)
