"""What no line is wrong in by itself: questions about several lines, asked of the draft.

Rule: each answer is the number of a line, and the question says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.register.intake.draft import quoted
from gateway.register.intake.layout import Part, Table
from gateway.register.schema_map import CodeForm, SchemaMap
from gateway.subject import Status


class Question(NamedTuple):
    """SQL that gives the lines of a table's file that something is wrong with; the finding's code and its advice."""

    table: Table
    sql: str
    code: str
    advice: str


def questions(schema: SchemaMap, tables: Sequence[Table]) -> Iterator[Question]:
    """What is to be asked about the tables, the main one first, once their keys are indexed."""
    main, *others = tables
    live = [code for code, word in schema.status.codes.items() if word == Status.RESIDENT]
    numeric = schema.status.form is CodeForm.INTEGER
    codes = ", ".join(code if numeric else "'" + code.replace("'", "''") + "'" for code in live)
    # No fault: real registers have it, and the gateway lives with it (rule S5).
    advice = "a second entry of somebody who lives here under one id; lookups will be answered with NOT_UNIQUE"
    lives_here = f" AND {{}}.{quoted(schema.status.column)} IN ({codes})"
    yield Question(main, _twice(main, lives_here), "advice-twice", advice)
    for table in others:
        yield Question(
            table,
            _without_entry(table, main),
            "unknown-resident",
            f"{main.name} has no entry with this id; add it there, or remove this line",
        )
        if table.part is Part.SIDE:
            yield Question(table, _twice(table), "resident-twice", "a second line of one resident; keep one")


def _without_entry(table: Table, main: Table) -> str:
    """Which lines have a key that the main table has not."""
    here, there = f"here.{quoted(table.key)}", f"there.{quoted(main.key)}"
    entry = f"SELECT 1 FROM {quoted(main.name)} AS there WHERE {there} = {here}"  # noqa: S608  names of the map, quoted
    return f"SELECT rowid FROM {quoted(table.name)} AS here WHERE NOT EXISTS ({entry}) ORDER BY rowid"  # noqa: S608


def _twice(table: Table, condition: str = "") -> str:
    """Which lines have the key of an earlier one; `condition` holds of both, `{}` being the line."""
    name, key = quoted(table.name), quoted(table.key)
    same = f"earlier.{key} = here.{key} AND earlier.rowid < here.rowid{condition.format('earlier')}"
    earlier = f"SELECT 1 FROM {name} AS earlier WHERE {same}"  # noqa: S608  names of the map, quoted
    return f"SELECT rowid FROM {name} AS here WHERE EXISTS ({earlier}){condition.format('here')} ORDER BY rowid"  # noqa: S608
