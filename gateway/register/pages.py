"""Pages of a selection: which residents come next.

Rule: a page needs no join to find its residents, and the next one goes on behind the last id. Each shape of selection
is one statement; only its values change.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from gateway.register.port import Selection
from gateway.register.schema_map import DateForm, SchemaMap
from gateway.register.statement import column, limit, named
from gateway.register.tables import Tables
from gateway.subject import Status

_PAST_ANY_CODE: Final = "9" * 16
"""Appended to a prefix of digits it follows every code that begins with the prefix, in whatever collation."""

TOWN: Final = 8
"""Digits of a code that name a town (JIS X 0402 and three more)."""


class _Width(Enum):
    """How much of the register an area holds, and so which way to its residents is short."""

    ALL = "all"
    CITY = "city"  # most of the register: walk it by id and compare
    PART = "part"  # a town or less: walk the town by id

    @classmethod
    def of(cls, area_code: str) -> _Width:
        """Of a prefix of a town code, whose first five digits are the municipality (JIS X 0402)."""
        if not area_code:
            return cls.ALL
        return cls.PART if len(area_code) >= TOWN else cls.CITY


class PageShape(NamedTuple):
    """What a selection bounds; selections of one shape are one statement."""

    width: _Width
    born: bool
    household: bool
    statuses: frozenset[Status] | None

    @classmethod
    def of(cls, selection: Selection) -> PageShape:
        """Of one selection."""
        return cls(
            _Width.of(selection.area_code),
            selection.born_from is not None or selection.born_until is not None,
            bool(selection.household_id),
            selection.statuses,
        )


def page_of(chosen: sa.Select[Any], schema: SchemaMap, tables: Tables, shape: PageShape) -> sa.Select[Any]:
    """The SELECT of a page of what is `chosen`. Raises ValueError if the map lacks what the selection needs."""
    page = chosen.where(tables.key > named("after"))
    if shape.statuses is not None:
        page = page.where(tables.of_status(shape.statuses))
    if shape.width is not _Width.ALL:
        page = page.where(*_area(schema, tables, shape.width))
    if shape.born:
        page = page.where(*_born(schema, tables))
    if shape.household:
        if schema.household_id is None:
            raise ValueError("the schema map has no household to select by")
        page = page.where(tables.household(schema.household_id) == named("household"))
    return page.order_by(tables.key).limit(limit("size"))


def page_values(schema: SchemaMap, selection: Selection, after: str, size: int) -> dict[str, object]:
    """The values of a page's parameters."""
    digits = schema.birth_date is not None and schema.birth_date.form is DateForm.DIGITS

    def day(bound: date) -> str:
        # Text for a DATE column too: a database that has dates reads ISO text as one.
        return bound.isoformat().replace("-", "") if digits else bound.isoformat()

    return {
        # A key may be padded with blanks, or be nothing else: "!" comes after them and before any digit or letter.
        "after": f"{after}!",
        "size": size,
        "area_from": selection.area_code,
        "area_digits": len(selection.area_code),
        "town": selection.area_code[:TOWN],
        "area_until": selection.area_code + _PAST_ANY_CODE,
        "born_from": day(selection.born_from or date.min),
        "born_until": day(selection.born_until or date.max),
        "household": selection.household_id,
    }


def _area(schema: SchemaMap, tables: Tables, width: _Width) -> list[sa.ColumnElement[bool]]:
    if schema.address is None:
        raise ValueError("the schema map has no address to select by")
    code = column(tables.main, schema.address.code)
    if width is _Width.PART:
        # An index on the town and the id leads to the next page; where there is only one on the code, its range does.
        town = sa.func.substr(code, sa.literal_column("1"), sa.literal_column(str(TOWN)))
        return [town == named("town"), code.between(named("area_from"), named("area_until"))]
    return [sa.func.substr(code, sa.literal_column("1"), named("area_digits")) == named("area_from")]


def _born(schema: SchemaMap, tables: Tables) -> list[sa.ColumnElement[bool]]:
    """Births within the bounds, and known to the day."""
    if schema.birth_date is None:
        raise ValueError("the schema map has no birth date to select by")
    birth = column(tables.main, schema.birth_date.column)
    within = birth.between(named("born_from"), named("born_until"))
    if schema.birth_date.form is DateForm.DATE:
        return [within]
    day_at = 9 if schema.birth_date.form is DateForm.ISO else 7
    return [within, sa.func.substr(birth, sa.literal_column(str(day_at)), sa.literal_column("2")) != "00"]
