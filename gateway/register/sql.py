"""The read port on any database that SQLAlchemy knows.

Rule: a statement names the planned columns and no other, and joins a side table only for a planned field (data
minimisation begins in the SQL). Statements are compiled once a reader and size of IN list, then run on the driver;
conversions are bound beside them, so that nothing is looked up per value.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa

from gateway.field import RESIDENT_ID
from gateway.register.driver import Driver, Raw, open_driver
from gateway.register.port import RegisterUnavailable, Selection
from gateway.register.restriction import restriction_of
from gateway.register.schema_map import CodeForm, DateForm, SchemaMap
from gateway.register.values import ILLEGIBLE, Convert, columns_of, conversion, text
from gateway.subject import Restriction, Row, Status

_LARGEST: Final = 1024
"""Ids in one IN list; more are asked for in turns."""

_PAST_ANY_CODE: Final = "9" * 16
"""Appended to a prefix of digits it follows every code that begins with the prefix, in whatever collation."""


class _Width(Enum):
    """How much of the register an area holds, and so which way to its residents is short."""

    ALL = "all"
    CITY = "city"  # most of the register: walk it by id and compare
    PART = "part"  # a town or less: fetch it by a range of the code, then sort

    @classmethod
    def of(cls, area_code: str) -> _Width:
        """Of a prefix of a town code, whose first five digits are the municipality (JIS X 0402)."""
        if not area_code:
            return cls.ALL
        return cls.CITY if len(area_code) <= 5 else cls.PART


@dataclass(frozen=True, slots=True)
class Statement:
    """Compiled SQL; `order` names its parameters as the driver takes them, `fixed` has those that never change."""

    sql: str
    order: tuple[str, ...]
    fixed: Mapping[str, object]


class Tables:
    """The tables of a map, as SQL speaks of them."""

    def __init__(self, schema: SchemaMap) -> None:
        self._schema = schema
        self.main = _table(schema.main.table)
        self.key = _column(self.main, schema.main.key)
        self.side = {name: _table(name) for name in schema.side}

    def columns(self, field: str) -> list[sa.ColumnClause[Any]]:
        """The columns of one field."""
        if field == RESIDENT_ID:
            return [self.key]
        columns = self._schema.fields[field]
        table = self.main if columns.table is None else self.side[columns.table]
        return [_column(table, name) for name in columns_of(columns)]

    def joined(self, fields: Sequence[str]) -> sa.FromClause:
        """The main table, LEFT JOINed with the side tables that these fields need, and no other."""
        joined: sa.FromClause = self.main
        needed = {self._schema.fields[field].table for field in fields if field != RESIDENT_ID}
        for name, table in self.side.items():
            if name in needed:
                joined = joined.outerjoin(table, _column(table, self._schema.side[name].key) == self.key)
        return joined

    def residents(self) -> sa.ColumnElement[bool]:
        """Entries with status `resident`."""
        status = self._schema.status
        codes = [code for code, word in status.codes.items() if word == Status.RESIDENT]
        column = _column(self.main, status.column)
        return column.in_([_literal(int(code) if status.form is CodeForm.INTEGER else code) for code in codes])


class SqlRegister:
    """A Register behind a schema map. Connects when first read; see `driver` for which thread does what."""

    def __init__(self, driver: Driver, schema: SchemaMap) -> None:
        self._driver = driver
        self._schema = schema
        self._tables = Tables(schema)
        table = schema.restrictions
        source = _table(table.table)
        key = _column(source, table.key)
        names = (table.since, table.until, table.against_resident_id, table.against_name, table.against_birth_date)
        chosen = sa.select(key, *(_column(source, name) for name in names))
        self._restrictions = ByIds(driver, chosen, key)
        self._restriction_of = restriction_of(table.form)
        counted = sa.select(sa.func.count()).select_from(self._tables.main).where(self._tables.residents())
        self._size = compiled(driver, counted)

    def reader(self, fields: tuple[str, ...]) -> SqlReader:
        unknown = sorted(set(fields) - self._schema.mapped)
        if unknown:
            raise ValueError(f"not in the schema map: {', '.join(unknown)}")
        return SqlReader(self._driver, self._schema, self._tables, fields)

    async def restrictions(self, resident_ids: Sequence[str], today: date) -> Mapping[str, Sequence[Restriction]]:
        found: dict[str, list[Restriction]] = {}
        for raw in await self._restrictions.fetch(resident_ids):
            restriction = self._restriction_of(*raw)
            if restriction.in_force(today):
                found.setdefault(restriction.resident_id, []).append(restriction)
        return found

    async def size(self) -> int:
        return int(
            (await self._driver.fetch(self._size.sql, [self._size.fixed[name] for name in self._size.order]))[0][0]
        )

    async def close(self) -> None:
        await self._driver.close()


class SqlReader:
    """A Reader of one list of fields."""

    def __init__(self, driver: Driver, schema: SchemaMap, tables: Tables, fields: tuple[str, ...]) -> None:
        self._driver = driver
        self._digits = schema.birth_date is not None and schema.birth_date.form is DateForm.DIGITS
        # The id comes first in any case: it is what a row is filed under. It is not fetched twice.
        columns: list[sa.ColumnClause[Any]] = [tables.key]
        self._converts: list[tuple[slice, Convert]] = []
        for field in fields:
            if field == RESIDENT_ID:
                self._converts.append((slice(0, 1), text))
                continue
            wanted = tables.columns(field)
            self._converts.append((slice(len(columns), len(columns) + len(wanted)), conversion(schema.fields[field])))
            columns += wanted
        self._schema, self._tables = schema, tables
        self._chosen = sa.select(*columns).select_from(tables.joined(fields))
        self._by_ids = ByIds(driver, self._chosen, tables.key)
        self._pages: dict[tuple[_Width, bool], Statement] = {}

    async def rows(self, resident_ids: Sequence[str]) -> Mapping[str, Sequence[Row]]:
        found: dict[str, list[Row]] = {resident_id: [] for resident_id in resident_ids}
        try:
            for row in self._rows(await self._by_ids.fetch(resident_ids)):
                found[row.resident_id].append(row)
        except KeyError:
            raise RegisterUnavailable("the register answered with an entry that was not asked for") from None
        return found

    async def page(self, selection: Selection, after: str, size: int) -> Sequence[Row]:
        """As Reader.page; entries under one id are never parted: nobody takes one for the only one (rule S5).

        Raises ValueError if the map lacks what the selection needs (address or birth date).
        """
        born = selection.born_from is not None or selection.born_until is not None
        statement = self._page(_Width.of(selection.area_code), born=born)
        values = {
            **statement.fixed,
            # A key may be padded with blanks: "!" comes after them and before any digit or letter.
            "after": f"{after}!" if after else "",
            "size": size + 1,  # one more, to see whether the page ends between two entries of one id
            "area_from": selection.area_code,
            "area_digits": len(selection.area_code),
            "area_until": selection.area_code + _PAST_ANY_CODE,
            "born_from": self._written(selection.born_from or date.min),
            "born_until": self._written(selection.born_until or date.max),
        }
        found = await self._driver.fetch(statement.sql, [values[name] for name in statement.order])
        if len(found) > size:
            beyond = found[size][0]
            found = [raw for raw in found[:size] if raw[0] != beyond] or await self._by_ids.fetch([beyond])
        return self._rows(found)

    def _page(self, width: _Width, *, born: bool) -> Statement:
        """Compiled when first asked for: most readers never read a page."""
        statement = self._pages.get((width, born))
        if statement is None:
            schema = self._schema
            if (width is not _Width.ALL and schema.address is None) or (born and schema.birth_date is None):
                raise ValueError("the schema map has no address or birth date to select by")
            page = _page(self._chosen, schema, self._tables, width=width, born=born)
            statement = self._pages[width, born] = compiled(self._driver, page)
        return statement

    def _written(self, day: date) -> str:
        # Text for a DATE column too: a database that has dates reads ISO text as one.
        return day.isoformat().replace("-", "") if self._digits else day.isoformat()

    def _rows(self, raws: Sequence[Raw]) -> list[Row]:
        """Column by column: a conversion is called from C, not from a loop over fields in Python."""
        if not raws:
            return []
        columns = list(zip(*raws, strict=True))
        try:
            ids = [raw.rstrip() for raw in columns[0]]
        except AttributeError:
            raise RegisterUnavailable("the register answered with an entry that has no id") from None
        if not self._converts:
            return [Row(resident_id, ()) for resident_id in ids]
        return list(map(Row, ids, zip(*[map(convert, *columns[at]) for at, convert in self._converts], strict=True)))


class ByIds:
    """A SELECT by a list of ids, compiled once for each power of two; a shorter list is filled up with its last id."""

    def __init__(self, driver: Driver, chosen: sa.Select[Any], key: sa.ColumnClause[Any]) -> None:
        self._driver = driver
        self._chosen = chosen
        self._key = key
        self._sql: dict[int, str] = {}

    async def fetch(self, ids: Sequence[str]) -> Sequence[Raw]:
        """All lines of these ids."""
        count = len(ids)
        if count > _LARGEST:
            found: list[Raw] = []
            once = list(dict.fromkeys(ids))  # an id asked for in two turns would look like two entries
            for start in range(0, len(once), _LARGEST):
                found += await self.fetch(once[start : start + _LARGEST])
                await asyncio.sleep(0)  # lets other callers in between
            return found
        if not count:
            return []
        size = 1 << (count - 1).bit_length()
        sql = self._sql.get(size)
        if sql is None:
            asked = self._chosen.where(self._key.in_([_named(f"id_{n}") for n in range(size)]))
            sql = self._sql[size] = compiled(self._driver, asked).sql
        return await self._driver.fetch(sql, ids if size == count else [*ids, *[ids[-1]] * (size - count)])


def compiled(driver: Driver, select: sa.Select[Any]) -> Statement:
    """The statement as text for the driver, for good."""
    made = select.compile(dialect=driver.dialect)
    fixed = {name: value for name, value in made.params.items() if value is not None}
    return Statement(str(made), tuple(made.positiontup or ()), fixed)


def _page(chosen: sa.Select[Any], schema: SchemaMap, tables: Tables, *, width: _Width, born: bool) -> sa.Select[Any]:
    page = chosen.where(tables.key > _named("after"), tables.residents())
    if schema.address is not None:
        code = _column(tables.main, schema.address.code)
        if width is _Width.PART:
            page = page.where(code.between(_named("area_from"), _named("area_until")))
        elif width is _Width.CITY:
            head = sa.func.substr(code, sa.literal_column("1"), _named("area_digits"))
            page = page.where(head == _named("area_from"))
    if born and schema.birth_date is not None:
        birth = _column(tables.main, schema.birth_date.column)
        page = page.where(birth.between(_named("born_from"), _named("born_until")))
        if schema.birth_date.form is not DateForm.DATE:
            day_at = 9 if schema.birth_date.form is DateForm.ISO else 7
            page = page.where(sa.func.substr(birth, sa.literal_column(str(day_at)), sa.literal_column("2")) != "00")
    return page.order_by(tables.key).limit(sa.bindparam("size", type_=sa.Integer()))


def _table(name: str) -> sa.TableClause:
    schema, _, table = name.rpartition(".")
    return sa.table(table, schema=schema or None)


def _column(table: sa.TableClause, name: str) -> sa.ColumnClause[Any]:
    # Without a type no cast is written around a value, which could keep the database from using an index.
    column: sa.ColumnClause[Any] = sa.column(name, _selectable=table)
    return column


def _named(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=sa.types.NullType())


def _literal(value: str | int) -> sa.ColumnElement[Any]:
    return sa.literal(value, type_=sa.types.NullType())


def open_register(url: str, schema: SchemaMap) -> SqlRegister:
    """A register at a SQLAlchemy URL. No input or output before the first read. Raises ValueError for an unusable
    URL."""
    return SqlRegister(open_driver(url, unavailable=RegisterUnavailable, illegible=ILLEGIBLE), schema)
