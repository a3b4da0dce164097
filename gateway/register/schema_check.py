"""The schema map against the database: everything that does not agree, before the first resident is read.

Rule: all faults at once, each where the map says it. What merely makes reads slow or ambiguous is advice: the gateway
starts.
"""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Collection, Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from gateway.field import ADDRESS, BIRTH_DATE, HOUSEHOLD_ID
from gateway.finding import ADVICE, Finding, Loc
from gateway.register.engines import inspection_engine
from gateway.register.pages import TOWN
from gateway.register.port import RegisterUnavailable
from gateway.register.schema_map import (
    AddressColumns,
    CodeColumn,
    CodeForm,
    DateColumn,
    DateForm,
    EntriesColumns,
    FieldColumns,
    SchemaMap,
    TextColumn,
    YenColumn,
)
from gateway.register.search_index import index_tables
from masking.japanese.folding import FOLDING

_TEXT: Final = sa.String
_INTEGER: Final = sa.Integer
_DATE: Final = sa.Date
_ANY: Final = sa.types.TypeEngine
_FAMILIES: Final[dict[type[sa.types.TypeEngine[Any]], str]] = {_TEXT: "text", _INTEGER: "integer", _DATE: "date"}
_DEFINITIONS: Final = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :name",
    "postgresql": "SELECT indexdef FROM pg_indexes WHERE tablename = :name",
}
"""What asks a database for the SQL of a table's indexes."""
_BUILD: Final = "build the index with `register-gateway register index`"


def check_map(schema: SchemaMap, url: str) -> list[Finding]:
    """All that is wrong between the map and the database at the SQLAlchemy URL, in the map's order.

    Reads the database's catalogue, the version of the search index, and no resident. Raises ValueError for an unusable
    URL, RegisterUnavailable if the database cannot be reached.
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
        for table, listed in schema.lists.items():
            yield from self._key(table, listed.key, ("lists", table), ("lists", table), unique=None)
            yield from self._column(table, listed.order, _ANY, ("lists", table, "order"))
        for field, columns in schema.fields.items():
            table = columns.table or schema.main.table
            for key, column, family in _expected(columns):
                yield from self._column(table, column, family, ("fields", field, key))
        yield from self._restrictions()
        yield from self._search()
        yield from self._slow()

    def _slow(self) -> Iterator[Finding]:
        """Columns of the main table that residents are asked for by, and no index begins with."""
        schema, main = self._schema, self._schema.main.table
        if self._of(main) is None:
            return
        leading = {names[0] for names, _ in self._indexes(main)}
        if schema.address is not None and not self._by_town(main, schema.address.code, leading):
            message = (
                f"no index of {main} begins with substr({schema.address.code}, 1, {TOWN}): "
                "each page of a stream by area will read its whole town"
            )
            yield schema.source.finding(("fields", ADDRESS, "code"), f"{ADVICE}no-index", message)
        for field, found in (
            (HOUSEHOLD_ID, schema.household_id),
            # With a search index the birth date is looked for there.
            (BIRTH_DATE, schema.birth_date if schema.search is None else None),
        ):
            if found is not None and found.column not in leading:
                message = f"no index of {main} begins with {found.column}: to search by it reads the whole table"
                yield schema.source.finding(("fields", field, "column"), f"{ADVICE}no-index", message)

    def _search(self) -> Iterator[Finding]:
        """The search index: whole, and folded as questions are."""
        search, finding = self._schema.search, self._schema.source.finding
        if search is None:
            return
        database = self._inspector.dialect.name
        try:
            tables = index_tables(search.names, search.addresses, search.folding, database=database)
        except ValueError as error:
            yield finding(("search",), "unsupported-database", f"{error}; remove `search`")
            return
        faults: list[Finding] = []
        for key, table in zip(("names", "addresses", "folding"), tables.all, strict=True):
            name: str = getattr(search, key)
            if self._of(name) is None:
                faults.append(
                    finding(("search", key), "missing-table", f"the database has no table {name!r}; {_BUILD}")
                )
                continue
            for column in table.columns:
                faults += self._column(name, column.name, _TEXT, ("search", key))
            leading = {columns[0] for columns, _ in self._indexes(name)}
            for index in table.indexes:
                first = index.columns[0].name
                if first not in leading:
                    message = f"no index of {name} begins with {first}: searches will be slow; {_BUILD}"
                    yield finding(("search", key), f"{ADVICE}no-index", message)
        yield from faults
        if not faults:
            with self._inspector.engine.connect() as connection:
                versions = connection.execute(sa.select(tables.folding.c.version).limit(2)).scalars().all()
            if list(versions) != [FOLDING]:
                message = f"the index was built by another version of the folding, so it would miss people; {_BUILD}"
                yield finding(("search", "folding"), "outdated-index", message)

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
        if table.covers_household is not None:
            yield from self._column(table.table, table.covers_household, _ANY, (*loc, "covers_household"))

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
            yield finding((*loc, "key"), f"{ADVICE}no-index", message)
        if unique and ([key], True) not in indexes:
            message = f"{key} is not unique in {table}: a second line makes its resident ambiguous (NOT_UNIQUE)"
            yield finding((*loc, "key"), f"{ADVICE}not-unique", message)

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

    def _by_town(self, table: str, code: str, leading: Collection[str]) -> bool:
        """Whether an index leads to a town. SQLAlchemy tells of no expression in SQLite's, so their SQL is read; where
        it is not known how to, an index that begins with the whole code has to do.
        """
        definitions = _DEFINITIONS.get(self._inspector.dialect.name)
        if definitions is None:
            return code in leading
        town = re.compile(rf"\(\s*substr\(\W*{re.escape(code)}\W*\w*,\s*1,\s*{TOWN}\)", re.IGNORECASE)
        with self._inspector.engine.connect() as connection:
            found = connection.execute(sa.text(definitions), {"name": _parts(table)[1]}).scalars().all()
        return any(town.search(each or "") for each in found)

    def _names(self) -> list[str]:
        return self._inspector.get_table_names()

    def _indexes(self, table: str) -> list[tuple[list[str], bool]]:
        """The columns of each index and key of a table, and whether they are unique together."""
        schema, name = _parts(table)
        inspector = self._inspector
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index", SAWarning)
            indexes = inspector.get_indexes(name, schema=schema)
            unique_together = inspector.get_unique_constraints(name, schema=schema)
        found = [([str(column) for column in index["column_names"]], bool(index["unique"])) for index in indexes]
        found.append((inspector.get_pk_constraint(name, schema=schema)["constrained_columns"], True))
        found += [(one["column_names"], True) for one in unique_together]
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
        case EntriesColumns():
            day = _DATE if columns.form is DateForm.DATE else _TEXT
            yield "code", columns.code, _INTEGER if columns.code_form is CodeForm.INTEGER else _TEXT
            yield "since", columns.since, day
            if columns.until is not None:
                yield "until", columns.until, day
            if columns.detail is not None:
                yield "detail", columns.detail, _TEXT
        case TextColumn():
            yield "column", columns.column, _TEXT


def _parts(table: str) -> tuple[str | None, str]:
    schema, _, name = table.rpartition(".")
    return schema or None, name


def _near(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else "; correct the map, or add it to the database"
