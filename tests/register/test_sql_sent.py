"""What reaches the database, overheard from SQLite itself."""

import re
import sqlite3
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.field import FIELDS, RESIDENT_ID
from gateway.register.driver import Driver, SqliteDriver, open_driver
from gateway.register.port import RegisterUnavailable, Selection
from gateway.register.schema_map import SchemaMap
from gateway.register.sql import SqlRegister, Statement, compiled
from gateway.register.values import columns_of


class Overheard:
    """A register whose statements are written down as SQLite runs them, values filled in."""

    def __init__(self, path: Path, schema: SchemaMap) -> None:
        driver = open_driver(f"sqlite:///{path}", unavailable=RegisterUnavailable)
        assert isinstance(driver, SqliteDriver)
        self.register = SqlRegister(driver, schema)
        self.said: list[str] = []
        connection: sqlite3.Connection = driver._current()
        connection.set_trace_callback(self.said.append)


@pytest.fixture
async def overheard(city: Path, schema: SchemaMap) -> AsyncIterator[Overheard]:
    spy = Overheard(city / "register.db", schema)
    yield spy
    await spy.register.close()


def selected(statement: str) -> set[str]:
    """The columns between SELECT and FROM, as `table.column`."""
    found = re.fullmatch(r"SELECT (.*?)\s+FROM .*", statement, re.DOTALL)
    assert found is not None
    return {column.strip() for column in found[1].split(",")}


def planned(schema: SchemaMap, fields: list[str]) -> set[str]:
    """The columns that these fields and the id need."""
    columns = {f"{schema.main.table}.{schema.main.key}"}
    for field in fields:
        if field != RESIDENT_ID:
            mapped = schema.fields[field]
            columns |= {f"{mapped.table or schema.main.table}.{column}" for column in columns_of(mapped)}
    return columns


SELECTIONS = st.sampled_from(
    [
        Selection("", None, None),
        Selection("48201", None, None),
        Selection("48201003", date(1950, 1, 1), None),
        Selection("", date(1950, 1, 1), date(1990, 1, 1)),
    ]
)


@pytest.mark.rule("F8")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.lists(st.sampled_from(sorted(FIELDS)), unique=True), selection=SELECTIONS)
async def test_only_planned_columns_are_selected(
    overheard: Overheard, schema: SchemaMap, fields: list[str], selection: Selection
) -> None:
    """Whatever a plan reads, the SQL sent names its columns, the id, and no other; no table is joined for nothing."""
    reader = overheard.register.reader(tuple(fields))
    overheard.said.clear()
    await reader.rows(["0000000000", "0000000001"])
    await reader.page(selection, "", 5)
    assert len(overheard.said) == 2
    tables = {column.partition(".")[0] for column in planned(schema, fields)}
    for statement in overheard.said:
        assert planned(schema, fields) == selected(statement)
        assert tables == {schema.main.table} | set(re.findall(r"LEFT OUTER JOIN (\w+)", statement))
        assert "*" not in statement


@pytest.mark.parametrize("count", [1, 2, 3, 16, 300])
async def test_one_call_is_one_query(overheard: Overheard, count: int) -> None:
    """Rows and restrictions of many ids are one statement each, with as many places as the next power of two."""
    asked = [f"{n:010d}" for n in range(count)]
    reader = overheard.register.reader(("name",))
    overheard.said.clear()
    await reader.rows(asked)
    await overheard.register.restrictions(asked, date(2026, 11, 23))
    assert [1 << (count - 1).bit_length()] * 2 == [len(re.findall(r"'\d{10}'", said)) for said in overheard.said]


async def test_only_a_reader_of_pages_compiles_them(overheard: Overheard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader of rows has one statement; each kind of page is compiled once, when it is asked for."""
    made: list[str] = []

    def overheard_compiling(driver: Driver, select: sa.Select[Any]) -> Statement:
        statement = compiled(driver, select)
        made.append(statement.sql)
        return statement

    monkeypatch.setattr("gateway.register.sql.compiled", overheard_compiling)
    reader = overheard.register.reader(("name",))
    for _ in range(3):
        await reader.rows(["0000000000"])
    assert ["LIMIT" in sql for sql in made] == [False]
    for area in ("", "48201", "48201003"):
        for _ in range(3):
            await reader.page(Selection(area, None, None), "", 5)
    assert ["LIMIT" in sql for sql in made] == [False, True, True, True]


async def test_nothing_can_be_written(overheard: Overheard) -> None:
    """The register is opened read-only: a statement that would write fails in SQLite, whoever made it."""
    driver = overheard.register._driver
    with pytest.raises(RegisterUnavailable):
        await driver.fetch("UPDATE juki_resident SET shimei = 'x'", ())


@pytest.mark.parametrize(
    "selection",
    [Selection("", None, None), Selection("48201", None, None), Selection("48201003", None, None)],
)
async def test_pages_are_found_by_an_index(overheard: Overheard, selection: Selection) -> None:
    """No page of the shipped city walks the whole table."""
    await overheard.register.reader(("name",)).page(selection, "5000000000", 10)
    (statement,) = overheard.said
    plan = await overheard.register._driver.fetch(f"EXPLAIN QUERY PLAN {statement}", ())
    assert any("USING INDEX" in line[3] or "COVERING INDEX" in line[3] for line in plan)
    assert not any(line[3].startswith("SCAN") for line in plan)
