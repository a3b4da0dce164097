"""The tables of a schema map, as SQL speaks of them.

Rule: a statement names the planned columns and no other, and joins a side table only for a planned field (data
minimisation begins in the SQL).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from gateway.field import HOUSEHOLD_SIZE, RESIDENT_ID
from gateway.register.port import RESIDENTS
from gateway.register.schema_map import CodeForm, SchemaMap, TextColumn
from gateway.register.statement import column, literal, table
from gateway.register.values import columns_of
from gateway.subject import Status


class Joined(NamedTuple):
    """What is selected from, and on which conditions."""

    source: sa.FromClause
    conditions: Sequence[sa.ColumnElement[bool]]


class Tables:
    """The main table, its key, and what hangs on it."""

    def __init__(self, schema: SchemaMap) -> None:
        self._schema = schema
        self.main = table(schema.main.table)
        self.key = column(self.main, schema.main.key)
        self.side = {name: table(name) for name in schema.side}

    def columns(self, field: str) -> list[sa.ColumnElement[Any]]:
        """What is selected for one field."""
        if field == RESIDENT_ID:
            return [self.key]
        if field == HOUSEHOLD_SIZE:
            return [self._household_size()]
        columns = self._schema.fields[field]
        of = self.main if columns.table is None else self.side[columns.table]
        return [column(of, name) for name in columns_of(columns)]

    def joined(self, fields: Sequence[str]) -> sa.FromClause:
        """The main table, LEFT JOINed with the side tables that these fields need, and no other."""
        joined: sa.FromClause = self.main
        needed = {self._schema.fields[field].table for field in fields if field in self._schema.fields}
        for name, side in self.side.items():
            if name in needed:
                joined = joined.outerjoin(side, column(side, self._schema.side[name].key) == self.key)
        return joined

    def of_status(self, statuses: Collection[Status], of: sa.FromClause | None = None) -> sa.ColumnElement[bool]:
        """Entries with one of these statuses; nobody where the register has no code for any of them."""
        status = self._schema.status
        asked = sorted(code for code, word in status.codes.items() if Status(word) in statuses)
        held = column(self.main if of is None else of, status.column)
        codes = [literal(int(code) if status.form is CodeForm.INTEGER else code) for code in asked]
        return held.in_(codes) if codes else sa.false()

    def counting(self) -> sa.ColumnElement[bool]:
        """Entries of those who live here, and of ids under which nobody does: beside somebody who lives here, a former
        entry under the same id describes nobody (rule S5).
        """
        living = self.main.alias("living")
        same = column(living, self.key.name) == self.key
        beside = sa.exists().select_from(living).where(same, self.of_status(RESIDENTS, living))
        return sa.or_(self.of_status(RESIDENTS), sa.not_(beside.correlate(self.main)))

    def household(self, columns: TextColumn) -> sa.ColumnClause[Any]:
        """The household id of an entry."""
        return column(self.main, columns.column)

    def living_with(self, other: sa.FromClause, key: sa.ColumnClause[Any], said: sa.ColumnClause[Any]) -> Joined:
        """Who else lives in one household with a resident of another table, by its `key`. Lines of which `said` is
        empty or 0 are left out. Raises ValueError if the map has no households.
        """
        columns = self._schema.household_id
        if columns is None:
            raise ValueError("the schema map has no households")
        own = self.main.alias("own_entry")
        household = column(own, columns.column)
        source = other.join(own, column(own, self.key.name) == key)
        source = source.join(self.main, self.household(columns) == household)
        return Joined(
            source,
            (
                self.key != key,
                self.of_status(RESIDENTS),
                self.of_status(RESIDENTS, own),
                sa.func.trim(household) != literal(""),
                sa.func.trim(sa.func.coalesce(sa.cast(said, sa.String), literal(""))).not_in(
                    [literal(""), literal("0")]
                ),
            ),
        )

    def _household_size(self) -> sa.ColumnElement[Any]:
        """Those who live in the household of an entry, whatever its own status; null where it has none."""
        columns = self._schema.household_id
        if columns is None:
            raise ValueError("the schema map has no household to count")
        own = self.household(columns)
        others = self.main.alias("household")
        living = (
            sa.select(sa.func.count())
            .select_from(others)
            .where(column(others, columns.column) == own, self.of_status(RESIDENTS, others))
            .correlate(self.main)
            .scalar_subquery()
        )
        # Blank is none, too; all who have none would be one household.
        return sa.case((sa.func.trim(own) != literal(""), living)).label(HOUSEHOLD_SIZE)
