"""The schema map: which table and column of an existing register holds which field of the catalogue.

Rule: the map says where a value is and how it is written down, nothing else. What a field is, and how sensitive, stays
in the catalogue; who may see it, in the purposes. A field that is not mapped does not exist for this gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from gateway.field import ADDRESS, BIRTH_DATE, FIELDS, RESIDENT_ID, SEX, STATUS
from gateway.finding import Finding, Findings, Loc, Source, read_yaml
from gateway.subject import Status
from masking.value import Sex, ValueKind

Identifier: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=128, strict=True)]
"""A table or column as the database spells it; a table may be `schema.table`."""


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


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextColumn(_Closed):
    """An id, a name or a text."""

    table: Identifier | None = None
    column: Identifier


class CodeColumn(_Closed):
    """A code: `codes` translates each code of the register into the catalogue's word for it."""

    table: Identifier | None = None
    column: Identifier
    form: CodeForm = CodeForm.TEXT
    codes: Annotated[dict[str, Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]], Field(min_length=1)]


class DateColumn(_Closed):
    """A date, perhaps known to the month or the year only."""

    table: Identifier | None = None
    column: Identifier
    form: DateForm = DateForm.ISO


class YenColumn(_Closed):
    """An amount in whole yen."""

    table: Identifier | None = None
    column: Identifier


class AddressColumns(_Closed):
    """An address in parts; `code` is the town code (digits), `chome` a number, null or 0 where there is none."""

    table: Identifier | None = None
    code: Identifier
    city: Identifier
    town: Identifier
    chome: Identifier
    lot: Identifier


FieldColumns: TypeAlias = TextColumn | CodeColumn | DateColumn | YenColumn | AddressColumns


class MainTable(_Closed):
    """The table with one line an entry; `key` is its resident id, ten digits as text."""

    table: Identifier
    key: Identifier


class SideTable(_Closed):
    """A table with at most one line a resident; `key` is the resident id in it."""

    key: Identifier


class RestrictionTable(_Closed):
    """The table of protective measures (支援措置), any number a resident; the dates are written in `form`."""

    table: Identifier
    key: Identifier
    form: DateForm = DateForm.ISO
    since: Identifier
    until: Identifier
    against_resident_id: Identifier
    against_name: Identifier
    against_birth_date: Identifier


class _Text(_Closed):
    main: MainTable
    side: dict[Identifier, SideTable] = {}
    fields: dict[str, dict[str, object]]
    restrictions: RestrictionTable


_SHAPES: Final[Mapping[ValueKind, TypeAdapter[FieldColumns]]] = {
    ValueKind.ID: TypeAdapter(TextColumn),
    ValueKind.NAME: TypeAdapter(TextColumn),
    ValueKind.TEXT: TypeAdapter(TextColumn),
    ValueKind.CODE: TypeAdapter(CodeColumn),
    ValueKind.DATE: TypeAdapter(DateColumn),
    ValueKind.YEN: TypeAdapter(YenColumn),
    ValueKind.ADDRESS: TypeAdapter(AddressColumns),
}

_WORDS: Final[Mapping[str, frozenset[str]]] = {SEX: frozenset(Sex), STATUS: frozenset(Status)}
_IN_MAIN: Final = (STATUS, BIRTH_DATE, ADDRESS)
"""What streams select by. In the main table a page needs no join to find its residents."""


@dataclass(frozen=True, slots=True)
class SchemaMap:
    """A map that was read and found whole. `source` says where each part of it stands."""

    source: Source
    main: MainTable
    side: Mapping[str, SideTable]
    fields: Mapping[str, FieldColumns]
    restrictions: RestrictionTable

    @property
    def mapped(self) -> frozenset[str]:
        """The fields that this register has."""
        return frozenset({RESIDENT_ID, *self.fields})

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
    def address(self) -> AddressColumns | None:
        """Where the address is, if anywhere."""
        columns = self.fields.get(ADDRESS)
        return columns if isinstance(columns, AddressColumns) else None


def read_schema_map(path: Path, *, name: str | None = None) -> SchemaMap:
    """Read the map at `path`; `name` is what findings call it. Raises Findings: every fault at once."""
    return schema_map_of(read_yaml(path, name=name))


def schema_map_of(source: Source) -> SchemaMap:
    """The map written in `source`. Raises Findings: every fault at once."""
    findings: list[Finding] = []
    fields: dict[str, FieldColumns] = {}
    written = source.value.get("fields") if isinstance(source.value, dict) else None
    for field, value in written.items() if isinstance(written, dict) else ():
        loc: Loc = ("fields", field)
        if field == RESIDENT_ID:
            findings.append(source.finding(loc, "resident-id", "this is the key of the main table; remove it here"))
        elif field not in FIELDS:
            known = ", ".join(sorted(FIELDS.keys() - {RESIDENT_ID}))
            findings.append(source.finding(loc, "unknown-field", f"the catalogue has no such field; it has {known}"))
        else:
            try:
                fields[field] = _SHAPES[FIELDS[field].kind].validate_python(value)
            except ValidationError as error:
                findings += source.validation(error, loc)
    try:
        text = source.model(_Text)
    except Findings as errors:
        raise Findings([*findings, *(fault for fault in errors.findings if fault not in findings)]) from None
    findings += _agreement(source, text, fields)
    if findings:
        raise Findings(findings)
    return SchemaMap(source, text.main, text.side, fields, text.restrictions)


def _agreement(source: Source, text: _Text, fields: Mapping[str, FieldColumns]) -> list[Finding]:
    """What no part of the map is wrong in by itself."""
    findings: list[Finding] = []
    if STATUS not in text.fields:
        message = "status is not mapped; without it nobody can tell residents from those who moved away"
        findings.append(source.finding(("fields",), "missing-field", message))
    if text.main.table in text.side:
        findings.append(source.finding(("side", text.main.table), "main-as-side", "the main table cannot join itself"))
    used = {columns.table for columns in fields.values()}
    findings += [
        source.finding(("side", table), "unused-side", "no field is in this table; remove it")
        for table in text.side
        if table not in used and table != text.main.table
    ]
    for field, columns in fields.items():
        loc: Loc = ("fields", field, "table")
        if columns.table is None:
            pass
        elif field in _IN_MAIN:
            message = f"{field} must be in the main table: streams select by it"
            findings.append(source.finding(loc, "not-in-main", message))
        elif columns.table not in text.side:
            message = f"{columns.table!r} is not listed under `side`; add it there with its key"
            findings.append(source.finding(loc, "unlisted-table", message))
        if isinstance(columns, CodeColumn):
            findings += _codes(source, field, columns)
    return findings


def _codes(source: Source, field: str, columns: CodeColumn) -> list[Finding]:
    findings: list[Finding] = []
    words = _WORDS.get(field)
    for code, word in columns.codes.items():
        loc: Loc = ("fields", field, "codes", code)
        if words is not None and word not in words:
            message = f"{word!r} is no {field}; write one of {', '.join(sorted(words))}"
            findings.append(source.finding(loc, "unknown-word", message))
        if columns.form is CodeForm.INTEGER and not (code.isascii() and code.isdecimal()):
            findings.append(source.finding(loc, "not-a-number", "form is integer, so each code must be a whole number"))
    if field == STATUS and Status.RESIDENT not in columns.codes.values():
        message = f"no code means {Status.RESIDENT.value!r}; add the code of those who live here"
        findings.append(source.finding(("fields", field, "codes"), "missing-word", message))
    return findings
