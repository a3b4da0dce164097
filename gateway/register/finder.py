"""Search: from criteria to the ids of those whom they describe.

Rule: the condition that leaves the fewest leads, by an index, and the others are tried on whom it found; whatever is
asked, no search reads the register from end to end. Two beginnings that contradict one another could leave much to
try: the rarer leads, and where neither is rare the search is too broad. Searches are read apart from all else. A match
is by code point: neither a wildcard nor a collation of the database widens it.

A birth date known to the month or year stands for the list of its days, each compared as a whole. So a date that the
register knows less exactly is not found, and an index that begins with the birth date serves partial dates too.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from gateway.field import ADDRESS, NAME
from gateway.pattern import NamePattern
from gateway.register.driver import Driver
from gateway.register.lane import Lane
from gateway.register.port import RESIDENTS, Criteria, TooBroad
from gateway.register.schema_map import DateForm, SchemaMap, SearchTables
from gateway.register.search_index import READINGS, SPELLINGS
from gateway.register.statement import PAST_ANY, Statement, column, compiled, limit, literal, named, table
from gateway.register.tables import Tables
from gateway.subject import Status
from masking.japanese.address import BUILDING
from masking.japanese.era import Within
from masking.japanese.folding import is_kanji
from masking.value import PartialDate

_SHAPES: Final = 256
"""Compiled statements kept; a purpose asks by a handful."""
_BROAD: Final = 10_000
"""Spellings with a beginning of which each may have to be looked at; some 0.1 s at most."""
_KANJI: Final = 2
"""A kanji tells about as much as this many kana."""


class _Lead(Enum):
    """Which condition finds; in the order in which they are preferred."""

    ADDRESS = "address"
    RESIDENT = "resident"
    HOUSEHOLD = "household"
    NAME = "name"
    KANA = "kana"
    BORN = "born"


class _Spelling(NamedTuple):
    """The shape of a name pattern: in which fields of the index it is looked for, how, and how many variants it has."""

    fields: tuple[str, ...]
    prefix: bool
    variants: int


class _Shape(NamedTuple):
    """What criteria say; those of one shape are one statement. `born`: the dates that the birth date stands for."""

    lead: _Lead
    whole_address: bool
    resident: bool
    household: bool
    name: _Spelling | None
    kana: _Spelling | None
    born: int
    statuses: frozenset[Status]


class Finder:
    """Searches one register."""

    def __init__(self, driver: Driver, schema: SchemaMap, tables: Tables) -> None:
        self._driver = driver
        self._schema = schema
        self._tables = tables
        self._compiled = lru_cache(_SHAPES)(self._compile)
        self._probe = None if schema.search is None else _probe(driver, schema.search)

    async def find(self, criteria: Criteria, most: int) -> Sequence[str]:
        """As Register.find."""
        _must_be_mapped(self._schema, criteria)
        lead = await self._lead(criteria)
        days = [] if criteria.born is None else list(days_of(criteria.born, criteria.within))
        spellings = tuple(field for field in SPELLINGS if field in criteria.names)
        shape = _Shape(
            lead,
            criteria.address is not None and criteria.address.whole,
            bool(criteria.resident_id),
            bool(criteria.household_id),
            _spelling(criteria.name, spellings),
            _spelling(criteria.name_kana, _readings(self._schema, criteria)),
            len(days),
            criteria.statuses,
        )
        written = days if self._by_index(lead) else self._as_in_main(days)
        values = {**_values(criteria), **{f"born_{n}": day for n, day in enumerate(written)}, "most": most}
        found = await self._compiled(shape).fetch(self._driver, values, Lane.SEARCH)
        return list(dict.fromkeys(raw[0].rstrip() for raw in found))

    async def _lead(self, criteria: Criteria) -> _Lead:
        """The condition that finds. Of two beginnings of names, with nothing else to go by, one that is not too common
        to be looked through; raises TooBroad if both are.
        """
        lead = _lead_of(criteria)
        beginnings = {_Lead.NAME: criteria.name, _Lead.KANA: criteria.name_kana}
        if lead not in beginnings or criteria.born is not None or None in beginnings.values():
            return lead
        for each in sorted(beginnings, key=lambda which: which is not lead):
            pattern = beginnings[each]
            if pattern is None or not pattern.prefix or await self._is_rare(pattern):
                return each
        raise TooBroad

    async def _is_rare(self, pattern: NamePattern) -> bool:
        """Whether few enough spellings begin so."""
        if self._probe is None:
            return True
        values = {**_beginning(_Lead.NAME.value, pattern.plain), "most": _BROAD + 1}
        return int((await self._probe.fetch(self._driver, values, Lane.SEARCH))[0][0]) <= _BROAD

    def _by_index(self, lead: _Lead) -> bool:
        """Whether the birth date is looked for in the search index, beside the name, or in the main table."""
        return lead in {_Lead.NAME, _Lead.KANA} or (lead is _Lead.BORN and self._schema.search is not None)

    def _as_in_main(self, days: list[str]) -> list[str]:
        """The days as the main table writes them, as many; it writes only whole ones where its column is a DATE."""
        form = DateForm.ISO if self._schema.birth_date is None else self._schema.birth_date.form
        if form is DateForm.DATE:
            whole = [day for day in days if not day.endswith("-00")]
            return whole + whole[-1:] * (len(days) - len(whole))
        return [day.replace("-", "") for day in days] if form is DateForm.DIGITS else days

    def _compile(self, shape: _Shape) -> Statement:
        tables, schema = self._tables, self._schema
        conditions = [tables.of_status(shape.statuses)]
        if shape.statuses != RESIDENTS:  # else none but the entry that counts is left
            conditions.append(tables.counting())
        if shape.resident:
            conditions.append(tables.key == named("resident"))
        if shape.household and schema.household_id is not None:
            conditions.append(tables.household(schema.household_id) == named("household"))
        if shape.born and schema.birth_date is not None and not self._by_index(shape.lead):
            conditions.append(_one_of(column(tables.main, schema.birth_date.column), shape.born))
        source: sa.FromClause = tables.main
        if schema.search is not None:
            source = self._leading(shape, schema.search, conditions)
            conditions += self._besides(shape, schema.search)
        asked = sa.select(tables.key).distinct().select_from(source).where(*conditions)
        return compiled(self._driver, asked.limit(limit("most")))

    def _leading(self, shape: _Shape, search: SearchTables, conditions: list[sa.ColumnElement[bool]]) -> sa.FromClause:
        """The main table behind that of the index which leads to it, if one does; adds what is asked of its lines."""
        main, key = self._tables.main, self._tables.key
        if shape.lead is _Lead.ADDRESS:
            hits = _at_address(table(search.addresses), whole=shape.whole_address).subquery("hit")
            return hits.join(main, key == hits.c.resident_id)
        if not self._by_index(shape.lead):
            return main
        names = table(search.names)
        spelling = shape.name if shape.lead is _Lead.NAME else shape.kana
        if spelling is None:
            conditions.append(column(names, "field") == literal(NAME))
        else:
            conditions += _spelt(names, spelling, shape.lead.value)
        if shape.born:
            conditions.append(_one_of(column(names, "born"), shape.born))
        return names.join(main, key == column(names, "resident_id"))

    def _besides(self, shape: _Shape, search: SearchTables) -> Iterator[sa.ColumnElement[bool]]:
        """The names that do not lead."""
        for spelling, lead in ((shape.name, _Lead.NAME), (shape.kana, _Lead.KANA)):
            if spelling is not None and shape.lead is not lead:
                others = table(search.names).alias(f"by_{lead.value}")
                same = column(others, "resident_id") == self._tables.key
                yield sa.exists().where(same, *_spelt(others, spelling, lead.value, leads=False))


def days_of(born: PartialDate, within: Within | None = None) -> Iterator[str]:
    """Every date that a register may hold of somebody born then, known no less exactly.

    One for a day, 32 for a month, 385 for a year whatever their length: statements depend on the number. So a date that
    is not `within` has the first one in its place.
    """
    days = _days_of(born)
    if within is None:
        yield from days
        return
    first, last = within.first.isoformat(), within.last.isoformat()
    for day in days:
        known = len(day.removesuffix("-00").removesuffix("-00"))  # a month or day that is not known may be any
        yield day if first[:known] <= day[:known] <= last[:known] else str(born)


def _days_of(born: PartialDate) -> Iterator[str]:
    if born.day:
        yield str(born)
        return
    if not born.month:
        yield str(born)
    for month in (born.month,) if born.month else range(1, 13):
        unknown = str(PartialDate(born.year, month))
        yield unknown
        days = calendar.monthrange(born.year, month)[1]
        # A PartialDate for each day of a year would take longer than looking for them all.
        month_of = unknown.removesuffix("00")
        for day in range(1, 32):
            yield f"{month_of}{min(day, days):02d}"


def _must_be_mapped(schema: SchemaMap, criteria: Criteria) -> None:
    """Raises ValueError for what the map cannot search by."""
    indexed = frozenset(schema.fields) if schema.search is not None else frozenset[str]()
    missing = {
        "names": criteria.name is not None and not criteria.names <= indexed,
        "readings": criteria.name_kana is not None and not _readings(schema, criteria),
        "addresses": criteria.address is not None and ADDRESS not in indexed,
        "household": bool(criteria.household_id) and schema.household_id is None,
        "birth date": criteria.born is not None and schema.birth_date is None,
    }
    if any(missing.values()):
        raise ValueError(f"the schema map has nothing to search by: {', '.join(filter(missing.get, missing))}")


def _readings(schema: SchemaMap, criteria: Criteria) -> tuple[str, ...]:
    """The readings of the names asked for, as far as they are in the index."""
    if schema.search is None:
        return ()
    return tuple(reading for field, reading in READINGS.items() if field in criteria.names and reading in schema.fields)


def _lead_of(criteria: Criteria) -> _Lead:
    if criteria.address is not None:
        return _Lead.ADDRESS
    if criteria.resident_id:
        return _Lead.RESIDENT
    if criteria.household_id:
        return _Lead.HOUSEHOLD
    if criteria.name is not None and _tells(criteria.name) >= _tells(criteria.name_kana):
        return _Lead.NAME
    if criteria.name_kana is not None:
        return _Lead.KANA
    if criteria.born is None:
        raise ValueError("nothing to search by")
    return _Lead.BORN


def _tells(pattern: NamePattern | None) -> tuple[bool, int]:
    """How few a pattern leaves: a whole name fewer than a beginning, a long text fewer than a short one."""
    if pattern is None:
        return False, 0
    return not pattern.prefix, sum(_KANJI if is_kanji(char) else 1 for char in pattern.plain)


def _spelling(pattern: NamePattern | None, fields: tuple[str, ...]) -> _Spelling | None:
    return None if pattern is None else _Spelling(fields, pattern.prefix, len(pattern.exactly))


def _values(criteria: Criteria) -> dict[str, object]:
    """All but the birth date."""
    values: dict[str, object] = {"resident": criteria.resident_id, "household": criteria.household_id}
    if criteria.address is not None:
        values["address"] = criteria.address.key
        values |= _beginning("building", criteria.address.key + BUILDING)
    for lead, pattern in ((_Lead.NAME, criteria.name), (_Lead.KANA, criteria.name_kana)):
        if pattern is not None:
            values |= _beginning(lead.value, pattern.plain)
            for n, (place, char) in enumerate(pattern.exactly):
                values |= {f"{lead.value}_place_{n}": place + 1, f"{lead.value}_char_{n}": char}
    return values


def _beginning(label: str, text: str) -> dict[str, object]:
    return {label: text, f"{label}_until": text + PAST_ANY, f"{label}_length": len(text)}


def _begins(held: sa.ColumnClause[Any], label: str) -> sa.ColumnElement[bool]:
    return sa.func.substr(held, sa.literal_column("1"), named(f"{label}_length")) == named(label)


def _ranges(held: sa.ColumnClause[Any], label: str) -> list[sa.ColumnElement[bool]]:
    """What begins with a text: a range that an index serves, and the beginning itself, should the index be sorted by a
    collation after all."""
    return [held >= named(label), held < named(f"{label}_until"), _begins(held, label)]


def _probe(driver: Driver, search: SearchTables) -> Statement:
    """How many lines of the index begin with a text, counted no further than need be."""
    held = column(table(search.names), "plain")
    some = sa.select(held).where(*_ranges(held, _Lead.NAME.value)).limit(limit("most")).subquery("some_of_them")
    return compiled(driver, sa.select(sa.func.count()).select_from(some))


def _one_of(held: sa.ColumnClause[Any], days: int) -> sa.ColumnElement[bool]:
    return held.in_([named(f"born_{n}") for n in range(days)])


def _at_address(addresses: sa.FromClause, *, whole: bool) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    """Those at an address, and unless it is `whole` those in its buildings, too."""
    ids, key = column(addresses, "resident_id"), column(addresses, "key")
    same = sa.select(ids).where(key == named("address"))
    return same if whole else sa.union_all(same, sa.select(ids).where(*_ranges(key, "building")))


def _spelt(
    names: sa.FromClause, spelling: _Spelling, label: str, *, leads: bool = True
) -> list[sa.ColumnElement[bool]]:
    """Lines of the index with this spelling; what does not lead is written so that no index by spelling can serve it:
    it is to be tried on one resident, and a planner that knows nothing of the values might begin with it instead.
    """
    held, written = column(names, "plain"), column(names, "written")
    among = column(names, "field").in_([literal(field) for field in spelling.fields])
    conditions: list[sa.ColumnElement[bool]] = [among]
    if spelling.prefix:
        conditions += _ranges(held, label) if leads else [_begins(held, label)]
    else:
        conditions.append((held if leads else held.concat(literal(""))) == named(label))
    for n in range(spelling.variants):
        char = sa.func.substr(written, named(f"{label}_place_{n}"), sa.literal_column("1"))
        conditions.append(char == named(f"{label}_char_{n}"))
    return conditions
