"""The schema map against the database: everything that does not agree, before the first resident is read.

Rule: all faults at once, each where the map says it. What merely makes reads slow or ambiguous is advice: the gateway
starts.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from gateway.finding import Finding, Loc
from gateway.register.driver import inspection_engine
from gateway.register.port import RegisterUnavailable
from gateway.register.schema_map import (
    AddressColumns,
    CodeColumn,
    CodeForm,
    DateColumn,
    DateForm,
    FieldColumns,
    SchemaMap,
    TextColumn,
    YenColumn,
)

_ADVICE: Final = "advice-"
_TEXT: Final = sa.String
_INTEGER: Final = sa.Integer
_DATE: Final = sa.Date
_FAMILIES: Final[dict[type[sa.types.TypeEngine[Any]], str]] = {_TEXT: "text", _INTEGER: "integer", _DATE: "date"}


def is_advice(finding: Finding) -> bool:
    """Whether the gateway may start all the same."""
    return finding.code.startswith(_ADVICE)


def check_map(schema: SchemaMap, url: str) -> list[Finding]:
    """All that is wrong between the map and the database at the SQLAlchemy URL, in the map's order.

    Reads the database's catalogue and no resident. Raises ValueError for an unusable URL, RegisterUnavailable if the
    database cannot be reached.
    """
    engine = inspection_engine(url)
    try:
        return sorted(_Check(schema, sa.inspect(engine)).findings())
    except SQLAlchemyError as error:
        raise RegisterUnavailable(type(error).__name__) from None
    finally:
        engine.dispose()


class _Check:
    def __init__(self, schema: SchemaMap, inspector: sa.Inspector) -> None:
        self._schema = schema
        self._inspector = inspector
        self._columns: dict[str, dict[str, sa.types.TypeEngine[Any]] | None] = {}

    def findings(self) -> Iterator[Finding]:
        schema = self._schema
        yield from self._key(schema.main.table, schema.main.key, ("main",), ("main", "table"), unique=False)
        for table, side in schema.side.items():
            yield from self._key(table, side.key, ("side", table), ("side", table), unique=True)
        for field, columns in schema.fields.items():
            table = columns.table or schema.main.table
            for key, column, family in _expected(columns):
                yield from self._column(table, column, family, ("fields", field, key))
        yield from self._restrictions()
        if schema.address is not None and self._of(schema.main.table) is not None:
            leading = {names[0] for names, _ in self._indexes(schema.main.table)}
            if schema.address.code not in leading:
                message = (
                    f"no index of {schema.main.table} begins with {schema.address.code}: streams by area will be slow"
                )
                yield schema.source.finding(("fields", "address", "code"), f"{_ADVICE}no-index", message)

    def _restrictions(self) -> Iterator[Finding]:
        table = self._schema.restrictions
        loc: Loc = ("restrictions",)
        yield from self._key(table.table, table.key, loc, (*loc, "table"), unique=None)
        day = _DATE if table.form is DateForm.DATE else _TEXT
        for key, family in (
            ("since", day),
            ("until", day),
            ("against_resident_id", _TEXT),
            ("against_name", _TEXT),
            ("against_birth_date", day),
        ):
            yield from self._column(table.table, getattr(table, key), family, (*loc, key))

    def _key(self, table: str, key: str, loc: Loc, table_loc: Loc, *, unique: bool | None) -> Iterator[Finding]:
        """A table and its key. `unique`: True if a second line would be a second resident's entry."""
        finding = self._schema.source.finding
        if self._of(table) is None:
            yield finding(
                table_loc, "missing-table", f"the database has no table {table!r}{_near(table, self._names())}"
            )
            return
        faults = list(self._column(table, key, _TEXT, (*loc, "key")))
        yield from faults
        if any(fault.code == "missing-column" for fault in faults):
            return
        indexes = self._indexes(table)
        if all(names[0] != key for names, _ in indexes):
            message = f"no index of {table} begins with {key}: every lookup will read the whole table"
            yield finding((*loc, "key"), f"{_ADVICE}no-index", message)
        if unique and ([key], True) not in indexes:
            message = f"{key} is not unique in {table}: a second line makes its resident ambiguous (NOT_UNIQUE)"
            yield finding((*loc, "key"), f"{_ADVICE}not-unique", message)

    def _column(self, table: str, column: str, family: type[sa.types.TypeEngine[Any]], loc: Loc) -> Iterator[Finding]:
        columns = self._of(table)
        if columns is None:
            return  # said once, for the table
        if column not in columns:
            message = f"{table} has no column {column!r}{_near(column, columns)}"
            yield self._schema.source.finding(loc, "missing-column", message)
        elif not isinstance(columns[column], family):
            message = f"{table}.{column} is {columns[column]}; the map needs a column of type {_FAMILIES[family]}"
            yield self._schema.source.finding(loc, "wrong-type", message)

    def _of(self, table: str) -> dict[str, sa.types.TypeEngine[Any]] | None:
        if table not in self._columns:
            schema, name = _parts(table)
            known = self._inspector.has_table(name, schema=schema)
            found = self._inspector.get_columns(name, schema=schema) if known else None
            self._columns[table] = None if found is None else {str(one["name"]): one["type"] for one in found}
        return self._columns[table]

    def _names(self) -> list[str]:
        return self._inspector.get_table_names()

    def _indexes(self, table: str) -> list[tuple[list[str], bool]]:
        """The columns of each index and key of a table, and whether they are unique together."""
        schema, name = _parts(table)
        found = [
            ([str(column) for column in index["column_names"]], bool(index["unique"]))
            for index in self._inspector.get_indexes(name, schema=schema)
        ]
        found.append((self._inspector.get_pk_constraint(name, schema=schema)["constrained_columns"], True))
        found += [(one["column_names"], True) for one in self._inspector.get_unique_constraints(name, schema=schema)]
        return [(names, unique) for names, unique in found if names]


def _expected(columns: FieldColumns) -> Iterator[tuple[str, str, type[sa.types.TypeEngine[Any]]]]:
    """Key in the map, column, and type family, of each column of a field."""
    match columns:
        case AddressColumns():
            for key in ("code", "city", "town", "lot"):
                yield key, getattr(columns, key), _TEXT
            yield "chome", columns.chome, _INTEGER
        case CodeColumn():
            yield "column", columns.column, _INTEGER if columns.form is CodeForm.INTEGER else _TEXT
        case DateColumn():
            yield "column", columns.column, _DATE if columns.form is DateForm.DATE else _TEXT
        case YenColumn():
            yield "column", columns.column, _INTEGER
        case TextColumn():
            yield "column", columns.column, _TEXT


def _parts(table: str) -> tuple[str | None, str]:
    schema, _, name = table.rpartition(".")
    return schema or None, name


def _near(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else "; correct the map, or add it to the database"
