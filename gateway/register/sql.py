"""The read port on any database that SQLAlchemy knows.

Rule: statements are compiled once a reader and size of IN list, then run on the driver; conversions are bound beside
them, so that nothing is looked up per value.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from gateway.field import HOUSEHOLD_SIZE, RESIDENT_ID
from gateway.register.driver import Driver, open_driver
from gateway.register.entries import Lists
from gateway.register.finder import Finder
from gateway.register.lane import Lane, Raw
from gateway.register.pages import PageShape, page_of, page_values
from gateway.register.port import RESIDENTS, Criteria, RegisterUnavailable, Selection
from gateway.register.restriction import restriction_of
from gateway.register.schema_map import EntriesColumns, SchemaMap
from gateway.register.statement import ByIds, Statement, column, compiled, table
from gateway.register.tables import Tables
from gateway.register.values import ILLEGIBLE, Convert, conversion, text, whole_number
from gateway.subject import Restriction, Row
from masking.value import Value

_SLICE: Final = 128
"""Entries converted between turns of the event loop: well under a millisecond."""


class SqlRegister:
    """A Register behind a schema map. Connects when first read; see `driver` for which thread does what."""

    def __init__(self, driver: Driver, schema: SchemaMap) -> None:
        self._driver = driver
        self._schema = schema
        self._tables = Tables(schema)
        self._finder = Finder(driver, schema, self._tables)
        self._borne = None if schema.search is None else _borne(driver, table(schema.search.names))
        measures = schema.restrictions
        source = table(measures.table)
        key = column(source, measures.key)
        names = (
            measures.since,
            measures.until,
            measures.against_resident_id,
            measures.against_name,
            measures.against_birth_date,
        )
        chosen = sa.select(key, *(column(source, name) for name in names))
        self._restrictions = ByIds(driver, chosen, key)
        self._covering = None
        if measures.covers_household is not None:
            covering = self._tables.living_with(source, key, column(source, measures.covers_household))
            whom = sa.select(self._tables.key, *(column(source, name) for name in names)).select_from(covering.source)
            self._covering = ByIds(driver, whom.where(*covering.conditions), self._tables.key)
        self._restriction_of = restriction_of(measures.form)
        counted = sa.select(sa.func.count()).select_from(self._tables.main).where(self._tables.of_status(RESIDENTS))
        self._size = compiled(driver, counted)

    def reader(self, fields: tuple[str, ...]) -> SqlReader:
        counted = {HOUSEHOLD_SIZE} & self._schema.mapped.fields
        unknown = sorted(set(fields) - {RESIDENT_ID, *self._schema.fields, *counted})
        if unknown:
            raise ValueError(f"not in the schema map: {', '.join(unknown)}")
        return SqlReader(self._driver, self._schema, self._tables, fields)

    async def find(self, criteria: Criteria, most: int) -> Sequence[str]:
        return await self._finder.find(criteria, most)

    async def borne(self, names: Sequence[str]) -> frozenset[str]:
        if self._borne is None:
            raise ValueError("the schema map has no search index: nobody can tell whose name a name is")
        return frozenset(raw[0] for raw in await self._borne.fetch(names))

    async def restrictions(self, resident_ids: Sequence[str], today: date) -> Mapping[str, Sequence[Restriction]]:
        found: dict[str, list[Restriction]] = {}
        raws = await self._restrictions.fetch(resident_ids)
        if self._covering is not None:
            raws = [*raws, *await self._covering.fetch(resident_ids)]
        for raw in raws:
            restriction = self._restriction_of(*raw)
            if restriction.in_force(today):
                found.setdefault(restriction.resident_id, []).append(restriction)
        return found

    async def size(self) -> int:
        return int((await self._size.fetch(self._driver, {}, Lane.BULK))[0][0])

    async def close(self) -> None:
        await self._driver.close()


class SqlReader:
    """A Reader of one list of fields."""

    def __init__(self, driver: Driver, schema: SchemaMap, tables: Tables, fields: tuple[str, ...]) -> None:
        self._driver = driver
        self._schema, self._tables = schema, tables
        lists = {field for field in fields if isinstance(schema.fields.get(field), EntriesColumns)}
        self._lists = Lists(driver, schema, sorted(lists)) if lists else None
        # The id comes first in any case: it is what a row is filed under. It is not fetched twice.
        columns: list[sa.ColumnElement[Any]] = [tables.key]
        # Of each field its columns and their conversion, or the name of its list.
        self._converts: list[tuple[slice, Convert] | str] = []
        for field in fields:
            if field in lists:
                self._converts.append(field)
                continue
            if field == RESIDENT_ID:
                self._converts.append((slice(0, 1), text))
                continue
            wanted = tables.columns(field)
            convert = whole_number if field == HOUSEHOLD_SIZE else conversion(schema.fields[field])
            self._converts.append((slice(len(columns), len(columns) + len(wanted)), convert))
            columns += wanted
        self._chosen = sa.select(*columns).select_from(tables.joined([field for field in fields if field not in lists]))
        self._by_ids = ByIds(driver, self._chosen, tables.key)
        self._pages: dict[PageShape, Statement] = {}

    async def rows(self, resident_ids: Sequence[str]) -> Mapping[str, Sequence[Row]]:
        found: dict[str, list[Row]] = {resident_id: [] for resident_id in resident_ids}
        rows = await self._rows(await self._by_ids.fetch(resident_ids))
        try:
            for row in rows:
                found[row.resident_id].append(row)
        except KeyError:
            raise RegisterUnavailable("the register answered with an entry that was not asked for") from None
        return found

    async def page(self, selection: Selection, after: str, size: int) -> Sequence[Row]:
        """As Reader.page; entries under one id are never parted: nobody takes one for the only one (rule S5).

        Raises ValueError if the map lacks what the selection needs (address, birth date or household).
        """
        statement = self._page(PageShape.of(selection))
        # One more, to see whether the page ends between two entries of one id.
        found = await statement.fetch(self._driver, page_values(self._schema, selection, after, size + 1), Lane.BULK)
        if len(found) > size:
            beyond = found[size][0]
            found = [raw for raw in found[:size] if raw[0] != beyond] or await self._by_ids.fetch([beyond])
        return await self._rows(found)

    def _page(self, shape: PageShape) -> Statement:
        """Compiled when first asked for: most readers never read a page."""
        statement = self._pages.get(shape)
        if statement is None:
            page = page_of(self._chosen, self._schema, self._tables, shape)
            statement = self._pages[shape] = compiled(self._driver, page)
        return statement

    async def _rows(self, raws: Sequence[Raw]) -> list[Row]:
        """So many at a time that nobody else on the loop feels it."""
        try:
            ids = [raw[0].rstrip() for raw in raws]
        except AttributeError:
            raise RegisterUnavailable("the register answered with an entry that has no id") from None
        if not self._converts:
            return [Row(resident_id, ()) for resident_id in ids]
        listed: Mapping[str, Mapping[str, Value]] = {}
        if self._lists is not None and ids:
            listed = await self._lists.fetch(list(dict.fromkeys(ids)))
        rows: list[Row] = []
        for start in range(0, len(raws), _SLICE):
            if start:
                await asyncio.sleep(0)
            part = slice(start, start + _SLICE)
            rows += map(Row, ids[part], self._values(ids[part], raws[part], listed))
        return rows

    def _values(
        self, ids: Sequence[str], raws: Sequence[Raw], listed: Mapping[str, Mapping[str, Value]]
    ) -> Iterable[tuple[Value | None, ...]]:
        """Column by column: a conversion is called from C, not from a loop over fields in Python."""
        columns = list(zip(*raws, strict=True))
        values = [
            map(listed[which].get, ids) if isinstance(which, str) else map(which[1], *columns[which[0]])
            for which in self._converts
        ]
        return zip(*values, strict=True)


def _borne(driver: Driver, names: sa.TableClause) -> ByIds:
    spelling = column(names, "plain")
    return ByIds(driver, sa.select(spelling).distinct(), spelling)


def open_register(url: str, schema: SchemaMap) -> SqlRegister:
    """A register at a SQLAlchemy URL. No input or output before the first read. Raises ValueError for an unusable
    URL."""
    return SqlRegister(open_driver(url, unavailable=RegisterUnavailable, illegible=ILLEGIBLE), schema)
