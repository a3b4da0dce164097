"""SQL that is compiled once and then only run, on any database that SQLAlchemy knows.

Rule: values travel beside the statement, never in it, and without a type: no cast is written around a value, which
could keep the database from using an index.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa

from gateway.register.driver import Driver
from gateway.register.lane import MARKS, Lane, Raw

PAST_ANY: Final = "\U0010ffff"
"""The last code point, which no text holds: behind a beginning it follows every text that begins so, compared by code
point."""

_LIST: Final = "__[POSTCOMPILE_ids]"
"""What SQLAlchemy writes for a list whose length it does not know yet."""
_LARGEST: Final = 1024
"""Ids in one IN list; more are asked for in turns."""
_FEW: Final = 64
"""Ids that are read by key as lookups are; more than that are those of a page, or of a search that is too broad."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Compiled SQL; `order` names its parameters as the driver takes them, `fixed` has those that never change."""

    sql: str
    order: tuple[str, ...]
    fixed: Mapping[str, object]

    async def fetch(self, driver: Driver, values: Mapping[str, object], lane: Lane | None = None) -> Sequence[Raw]:
        """All lines for these values of the other parameters; there may be more values than it takes. In a `lane` if it
        may take long.
        """
        filled = {**self.fixed, **values}
        ordered = [filled[name] for name in self.order]
        return await (driver.fetch(self.sql, ordered) if lane is None else driver.fetch_apart(self.sql, ordered, lane))


def compiled(driver: Driver, select: sa.Select[Any]) -> Statement:
    """The statement as text for the driver, for good."""
    made = select.compile(dialect=driver.dialect)
    fixed = {name: value for name, value in made.params.items() if value is not None}
    return Statement(str(made), tuple(made.positiontup or ()), fixed)


def table(name: str) -> sa.TableClause:
    """A table, which may be written `schema.table`."""
    schema, _, bare = name.rpartition(".")
    return sa.table(bare, schema=schema or None)


def column(of: sa.FromClause, name: str) -> sa.ColumnClause[Any]:
    """A column of a table, without a type."""
    made: sa.ColumnClause[Any] = sa.column(name, _selectable=of)
    return made


def named(name: str) -> sa.BindParameter[Any]:
    """A place for a value that comes with each run."""
    return sa.bindparam(name, type_=sa.types.NullType())


def literal(value: str | int) -> sa.ColumnElement[Any]:
    """A value that stays the same."""
    return sa.literal(value, type_=sa.types.NullType())


def limit(name: str) -> sa.BindParameter[int]:
    """A place for a number of lines."""
    return sa.bindparam(name, type_=sa.Integer())


class ByIds:
    """A SELECT by a list of ids, compiled once and written out for each power of two; a shorter list is filled up with
    its last id. SQLAlchemy takes milliseconds for each hundred ids, and everybody would wait for the first list.
    """

    def __init__(self, driver: Driver, chosen: sa.Select[Any], key: sa.ColumnClause[Any]) -> None:
        self._driver = driver
        self._chosen = chosen
        self._key = key
        self._mark = MARKS[driver.dialect.paramstyle]
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
            sql = self._sql[size] = self._any.sql.replace(_LIST, ", ".join([self._mark] * size))
        before, after = self._beside
        values = [*before, *ids, *[ids[-1]] * (size - count), *after]
        if size > _FEW:
            return await self._driver.fetch_apart(sql, values, Lane.BULK)
        return await self._driver.fetch(sql, values)

    @cached_property
    def _any(self) -> Statement:
        """Of any number of ids, whose place in the text is `_LIST`."""
        ids = sa.bindparam("ids", type_=sa.types.NullType(), expanding=True)
        return compiled(self._driver, self._chosen.where(self._key.in_(ids)))

    @cached_property
    def _beside(self) -> tuple[list[object], list[object]]:
        """The values that stand before the ids, and behind them."""
        order, fixed = self._any.order, self._any.fixed
        at = order.index("ids")
        return [fixed[name] for name in order[:at]], [fixed[name] for name in order[at + 1 :]]
