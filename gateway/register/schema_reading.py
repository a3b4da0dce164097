"""Reading a schema map: its text in, the map or every fault of it out.

Rule: all faults at once, each where it stands. A field is read by the shape of its kind; what no part is wrong in by
itself is asked once all parts are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import Field, TypeAdapter, ValidationError

from gateway.field import ADDRESS, BIRTH_DATE, FIELDS, HOUSEHOLD_ID, RESIDENT_ID, SEX, STATUS
from gateway.finding import Finding, Findings, Loc, Source, read_yaml
from gateway.register.schema_map import (
    AddressColumns,
    Closed,
    CodeColumn,
    CodeForm,
    DateColumn,
    EntriesColumns,
    FieldColumns,
    FlagColumn,
    Identifier,
    ListTable,
    MainTable,
    RestrictionTable,
    SchemaMap,
    SearchTables,
    SideTable,
    TextColumn,
    YenColumn,
)
from gateway.subject import Status
from masking.value import Sex, ValueKind

_SHAPES: Final[Mapping[ValueKind, TypeAdapter[FieldColumns]]] = {
    ValueKind.ID: TypeAdapter(TextColumn),
    ValueKind.NAME: TypeAdapter(TextColumn),
    ValueKind.TEXT: TypeAdapter(TextColumn),
    ValueKind.CODE: TypeAdapter(CodeColumn),
    ValueKind.DATE: TypeAdapter(DateColumn),
    ValueKind.YEN: TypeAdapter(YenColumn),
    ValueKind.ADDRESS: TypeAdapter(AddressColumns),
    ValueKind.FLAG: TypeAdapter(FlagColumn),
    ValueKind.ENTRIES: TypeAdapter(EntriesColumns),
    ValueKind.REMARK: TypeAdapter(TextColumn),
}
"""Of each kind that a register can hold; what is missing is only ever reckoned."""

_WORDS: Final[Mapping[str, frozenset[str]]] = {SEX: frozenset(Sex), STATUS: frozenset(Status)}
_FLAGS: Final = frozenset({"yes", "no"})
_IN_MAIN: Final = (STATUS, BIRTH_DATE, ADDRESS, HOUSEHOLD_ID)
"""What streams select by. In the main table a page needs no join to find its residents."""
_MAPPABLE: Final = sorted(
    name for name, field in FIELDS.items() if field.derived_from is None and field.name != RESIDENT_ID
)


class _Text(Closed):
    main: MainTable
    side: dict[Identifier, SideTable] = Field(default_factory=dict)
    lists: dict[Identifier, ListTable] = Field(default_factory=dict)
    fields: dict[str, dict[str, object]]
    restrictions: RestrictionTable
    search: SearchTables | None = None


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
            known = ", ".join(_MAPPABLE)
            findings.append(source.finding(loc, "unknown-field", f"the catalogue has no such field; it has {known}"))
        elif FIELDS[field].derived_from is not None:
            message = f"{field} is reckoned by the gateway, not read; remove it here"
            findings.append(source.finding(loc, "derived-field", message))
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
    return SchemaMap(source, text.main, text.side, text.lists, fields, text.restrictions, text.search)


def _agreement(source: Source, text: _Text, fields: Mapping[str, FieldColumns]) -> list[Finding]:
    """What no part of the map is wrong in by itself."""
    findings: list[Finding] = []
    if STATUS not in text.fields:
        message = "status is not mapped; without it nobody can tell residents from those who moved away"
        findings.append(source.finding(("fields",), "missing-field", message))
    if text.restrictions.covers_household is not None and HOUSEHOLD_ID not in text.fields:
        message = "household_id is not mapped; without it nobody can tell who lives with whom"
        findings.append(source.finding(("restrictions", "covers_household"), "missing-field", message))
    if text.main.table in text.side:
        findings.append(source.finding(("side", text.main.table), "main-as-side", "the main table cannot join itself"))
    listed = [*(("side", table) for table in text.side), *(("lists", table) for table in text.lists)]
    used = {(_group(columns), columns.table) for columns in fields.values()}
    findings += [
        source.finding(place, f"unused-{place[0]}", "no field is in this table; remove it")
        for place in listed
        if place not in used and place[1] != text.main.table
    ]
    for field, columns in fields.items():
        findings += _place(source, text, field, columns)
        if isinstance(columns, CodeColumn | EntriesColumns):
            findings += _codes(source, field, columns)
    return findings


def _place(source: Source, text: _Text, field: str, columns: FieldColumns) -> Iterator[Finding]:
    """What is wrong with the table of a field."""
    loc: Loc = ("fields", field, "table")
    if columns.table is None:
        return
    if field in _IN_MAIN:
        yield source.finding(loc, "not-in-main", f"{field} must be in the main table: streams select by it")
        return
    group = _group(columns)
    if columns.table not in (text.lists if group == "lists" else text.side):
        keys = "its key and order" if group == "lists" else "its key"
        message = f"{columns.table!r} is not listed under `{group}`; add it there with {keys}"
        yield source.finding(loc, "unlisted-table", message)


def _group(columns: FieldColumns) -> str:
    """Under which key the table of a field is listed."""
    return "lists" if isinstance(columns, EntriesColumns) else "side"


def _codes(source: Source, field: str, columns: CodeColumn | EntriesColumns) -> list[Finding]:
    findings: list[Finding] = []
    words = _FLAGS if isinstance(columns, FlagColumn) else _WORDS.get(field)
    form = columns.code_form if isinstance(columns, EntriesColumns) else columns.form
    for code, word in columns.codes.items():
        loc: Loc = ("fields", field, "codes", code)
        if words is not None and word not in words:
            kind = "answer to yes or no" if words is _FLAGS else field
            message = f"{word!r} is no {kind}; write one of {', '.join(sorted(words))}"
            findings.append(source.finding(loc, "unknown-word", message))
        if form is CodeForm.INTEGER and not (code.isascii() and code.isdecimal()):
            findings.append(source.finding(loc, "not-a-number", "form is integer, so each code must be a whole number"))
    if field == STATUS and Status.RESIDENT not in columns.codes.values():
        message = f"no code means {Status.RESIDENT.value!r}; add the code of those who live here"
        findings.append(source.finding(("fields", field, "codes"), "missing-word", message))
    return findings
