"""The schema map: which table and column of an existing register holds which field of the catalogue.

Rule: the map says where a value is and how it is written down, nothing else. What a field is, and how sensitive, stays
in the catalogue; who may see it, in the purposes. A field that is not mapped does not exist for this gateway.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as PydanticField

from gateway.field import (
    ADDRESS,
    BIRTH_DATE,
    FIELDS,
    HOUSEHOLD_ID,
    NAME,
    NAME_KANA,
    RESIDENT_ID,
    STATUS,
    Mapped,
    SearchKey,
)
from gateway.finding import Source

Identifier: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=128, strict=True)]
"""A table or column as the database spells it; a table may be `schema.table`."""
Codes: TypeAlias = Annotated[
    dict[str, Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]], PydanticField(min_length=1)
]
"""What each code of the register means."""


class DateForm(StrEnum):
    """How a date stands in its column: `iso` text `YYYY-MM-DD` and `digits` text `YYYYMMDD`, both with 00 for a month
    or day that is not known; `date` a column of type DATE."""

    ISO = "iso"
    DIGITS = "digits"
    DATE = "date"


class CodeForm(StrEnum):
    """How a code stands in its column."""

    TEXT = "text"
    INTEGER = "integer"


class Closed(BaseModel):
    """A part of the map: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TextColumn(Closed):
    """An id, a name, a text or a remark."""

    table: Identifier | None = None
    column: Identifier


class CodeColumn(Closed):
    """A code: `codes` translates each code of the register into the catalogue's word for it."""

    table: Identifier | None = None
    column: Identifier
    form: CodeForm = CodeForm.TEXT
    codes: Codes


class FlagColumn(CodeColumn):
    """A yes or no: a code whose words are `yes` and `no`."""


class DateColumn(Closed):
    """A date, perhaps known to the month or the year only."""

    table: Identifier | None = None
    column: Identifier
    form: DateForm = DateForm.ISO


class YenColumn(Closed):
    """An amount in whole yen."""

    table: Identifier | None = None
    column: Identifier


class AddressColumns(Closed):
    """An address in parts; `code` is the town code (digits), `chome` a number, null or 0 where there is none."""

    table: Identifier | None = None
    code: Identifier
    city: Identifier
    town: Identifier
    chome: Identifier
    lot: Identifier


class EntriesColumns(Closed):
    """Lines of a list, one entry each. `form` is that of the dates, `code_form` that of the code.

    Without an `until` an entry is an event of one day; without a `detail` it has no text.
    """

    table: Identifier
    code: Identifier
    code_form: CodeForm = CodeForm.TEXT
    codes: Codes
    form: DateForm = DateForm.ISO
    since: Identifier
    until: Identifier | None = None
    detail: Identifier | None = None


FieldColumns: TypeAlias = TextColumn | CodeColumn | DateColumn | YenColumn | AddressColumns | EntriesColumns


class MainTable(Closed):
    """The table with one line an entry; `key` is its resident id, ten digits as text."""

    table: Identifier
    key: Identifier


class SideTable(Closed):
    """A table with at most one line a resident; `key` is the resident id in it."""

    key: Identifier


class ListTable(Closed):
    """A table with any number of lines a resident; `key` is the resident id in it, `order` what it is read by."""

    key: Identifier
    order: Identifier


class SearchTables(Closed):
    """The tables of the search index (see `search_index`)."""

    names: Identifier
    addresses: Identifier
    folding: Identifier


class RestrictionTable(Closed):
    """The table of protective measures (支援措置), any number a resident; the dates are written in `form`.
    `covers_household`, if the register has it, says of a measure whether it protects who lives with the resident, too:
    not where it is empty or 0.
    """

    table: Identifier
    key: Identifier
    form: DateForm = DateForm.ISO
    since: Identifier
    until: Identifier
    against_resident_id: Identifier
    against_name: Identifier
    against_birth_date: Identifier
    covers_household: Identifier | None = None


@dataclass(frozen=True, slots=True)
class SchemaMap:
    """A map that was read and found whole. `source` says where each part of it stands."""

    source: Source
    main: MainTable
    side: Mapping[str, SideTable]
    lists: Mapping[str, ListTable]
    fields: Mapping[str, FieldColumns]
    restrictions: RestrictionTable
    search: SearchTables | None

    @property
    def mapped(self) -> Mapped:
        """What this register has, can be reckoned from it, and can be searched by."""
        held = {RESIDENT_ID, *self.fields}
        reckoned = {
            name
            for name, field in FIELDS.items()
            if field.derived_from is not None and held.issuperset(field.derived_from)
        }
        return Mapped(frozenset(held | reckoned), frozenset(self._keys()))

    def _keys(self) -> Iterator[SearchKey]:
        yield from (SearchKey.RESIDENT_ID, SearchKey.PSEUDONYM, SearchKey.STATUS)
        if BIRTH_DATE in self.fields:
            yield from (SearchKey.BIRTH_DATE, SearchKey.AGE_BAND)
        if HOUSEHOLD_ID in self.fields:
            yield SearchKey.HOUSEHOLD_ID
        if ADDRESS in self.fields:
            yield SearchKey.AREA
        if self.search is not None:
            yield from (SearchKey(field) for field in (NAME, NAME_KANA, ADDRESS) if field in self.fields)

    @property
    def status(self) -> CodeColumn:
        """Where the status of an entry is."""
        column = self.fields[STATUS]
        if not isinstance(column, CodeColumn):
            raise TypeError("status is a code in the catalogue")
        return column

    @property
    def birth_date(self) -> DateColumn | None:
        """Where the birth date is, if anywhere."""
        column = self.fields.get(BIRTH_DATE)
        return column if isinstance(column, DateColumn) else None

    @property
    def household_id(self) -> TextColumn | None:
        """Where the household id is, if anywhere."""
        column = self.fields.get(HOUSEHOLD_ID)
        return column if isinstance(column, TextColumn) else None

    @property
    def address(self) -> AddressColumns | None:
        """Where the address is, if anywhere."""
        columns = self.fields.get(ADDRESS)
        return columns if isinstance(columns, AddressColumns) else None
