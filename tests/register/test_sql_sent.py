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
from gateway.pattern import NamePattern
from gateway.register.driver import Driver, open_driver
from gateway.register.lane import Lane
from gateway.register.port import Criteria, RegisterUnavailable, Selection
from gateway.register.schema_map import SchemaMap
from gateway.register.sql import SqlRegister
from gateway.register.sqlite_driver import SqliteDriver, SqliteFile
from gateway.register.statement import Statement, compiled
from gateway.register.values import columns_of
from gateway.subject import Status
from masking.japanese.address import AddressPattern
from masking.value import PartialDate, ValueKind


class Overheard:
    """A register whose statements are written down as SQLite runs them, values filled in: all, and by where they are
    read.
    """

    def __init__(self, path: Path, shipped: SchemaMap) -> None:
        driver = open_driver(f"sqlite:///{path}", unavailable=RegisterUnavailable)
        assert isinstance(driver, SqliteDriver)
        self.register = SqlRegister(driver, shipped)
        self.said: list[str] = []
        self.apart: dict[Lane, list[str]] = {lane: [] for lane in Lane}
        self.here: list[str] = []
        self._listen(driver.here, self.here)
        for lane, said in self.apart.items():
            self._listen(driver.apart[lane].file, said)

    def _listen(self, file: SqliteFile, said: list[str]) -> None:
        def overheard(statement: str) -> None:
            self.said.append(statement)
            said.append(statement)

        connection: sqlite3.Connection = file.current()
        connection.set_trace_callback(overheard)


@pytest.fixture
async def overheard(city: Path, shipped: SchemaMap) -> AsyncIterator[Overheard]:
    spy = Overheard(city / "register.db", shipped)
    yield spy
    await spy.register.close()


def selected(statement: str) -> set[str]:
    """The columns between SELECT and FROM, as `table.column`."""
    found = re.fullmatch(r"SELECT (.*?)\s+FROM .*", statement, re.DOTALL)
    assert found is not None
    return {column.strip().partition(" AS ")[0] for column in found[1].split(",")}


def planned(shipped: SchemaMap, fields: list[str]) -> set[str]:
    """The columns that these fields and the id need of the main and side tables."""
    columns = {f"{shipped.main.table}.{shipped.main.key}"}
    for field in fields:
        if field != RESIDENT_ID:
            mapped = shipped.fields[field]
            columns |= {f"{mapped.table or shipped.main.table}.{column}" for column in columns_of(mapped)}
    return columns


def listed(shipped: SchemaMap, field: str) -> set[str]:
    """The columns that a list and its id need."""
    mapped = shipped.fields[field]
    assert mapped.table is not None
    return {f"{mapped.table}.{column}" for column in (shipped.lists[mapped.table].key, *columns_of(mapped))}


HELD = sorted(name for name, field in FIELDS.items() if field.derived_from is None)
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
@given(fields=st.lists(st.sampled_from(HELD), unique=True), selection=SELECTIONS)
async def test_only_planned_columns_are_selected(
    overheard: Overheard, shipped: SchemaMap, fields: list[str], selection: Selection
) -> None:
    """Whatever a plan reads, the SQL sent names its columns, the id, and no other; no table is joined for nothing, and
    a list is one statement for all residents of a page, none where there is nobody.
    """
    reader = overheard.register.reader(tuple(fields))
    overheard.said.clear()
    await reader.rows(["0000000000", "0000000001"])
    assert await reader.page(selection, "", 5)
    lists = sorted(field for field in fields if FIELDS[field].kind is ValueKind.ENTRIES)
    columns = planned(shipped, [field for field in fields if field not in lists])
    assert [columns, columns, *(listed(shipped, field) for field in lists)] == list(map(selected, overheard.said))
    tables = {column.partition(".")[0] for column in columns}
    for statement in overheard.said[:2]:
        assert tables == {shipped.main.table} | set(re.findall(r"LEFT OUTER JOIN (\w+)", statement))
    assert not any("*" in statement for statement in overheard.said)


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

    for module in ("sql", "statement"):
        monkeypatch.setattr(f"gateway.register.{module}.compiled", overheard_compiling)
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


async def plan_of(overheard: Overheard) -> list[str]:
    """How SQLite goes about the statement that it was told last."""
    *_, statement = overheard.said
    return [line[3] for line in await overheard.register._driver.fetch(f"EXPLAIN QUERY PLAN {statement}", ())]


@pytest.mark.parametrize(
    "selection",
    [
        Selection("", None, None),
        Selection("48201", None, None),
        Selection("48201003", None, None),
        Selection("4820100302", None, None),
        Selection("48201003", date(1950, 1, 1), date(1990, 1, 1), statuses=frozenset({Status.DECEASED})),
        Selection("48201003", None, None, "10000001"),
        Selection("", None, None, statuses=frozenset(Status)),
    ],
)
async def test_pages_are_found_by_an_index(overheard: Overheard, selection: Selection) -> None:
    """No page of the shipped city walks the whole table, nor sorts more than a household."""
    await overheard.register.reader(("name", "household_size")).page(selection, "5000000000", 10)
    plan = await plan_of(overheard)
    assert any("USING INDEX" in line or "COVERING INDEX" in line for line in plan)
    assert not any(line.startswith("SCAN") for line in plan)
    assert bool(selection.household_id) or not any("TEMP B-TREE" in line for line in plan)
    town = any("juki_resident_town" in line for line in plan)
    assert town == (len(selection.area_code) >= 8 and not selection.household_id)


NAME = NamePattern.parse("佐藤*")
WHOLE = NamePattern.parse("佐藤健")
KANA = NamePattern.parse("サトウ*")
LOT = AddressPattern("水神2-3-18", whole=False)
DAY, MONTH, YEAR = PartialDate(1970, 8, 12), PartialDate(1970, 8), PartialDate(1970)


@pytest.mark.parametrize(
    ("criteria", "first"),
    [
        (Criteria(name=NAME), "kensaku_shimei_plain_a (plain>? AND plain<?)"),
        (Criteria(name=WHOLE), "kensaku_shimei_plain_a (plain=?)"),
        (Criteria(name_kana=KANA), "kensaku_shimei_plain_a (plain>? AND plain<?)"),
        *(
            (Criteria(name=NAME, born=born), "kensaku_shimei_born_a (born=? AND plain>? AND plain<?)")
            for born in (DAY, MONTH, YEAR)
        ),
        # All births of a year are no small part of so small a city.
        *((Criteria(born=born), "kensaku_shimei_born_a (born=?)") for born in (DAY, MONTH)),
        (
            Criteria(name=NAME, name_kana=KANA),
            "kensaku_shimei_plain_a (plain>? AND plain<?)",
        ),
        *(
            (Criteria(address=LOT, name=name, born=born), "kensaku_jusho_key_a (key=?)")
            for name in (None, NAME, WHOLE)
            for born in (None, YEAR)
        ),
        (Criteria(household_id="10000001"), "juki_resident_setai_no (setai_no=? AND jumin_cd=?)"),
        (Criteria(household_id="10000001", name=WHOLE), "juki_resident_setai_no (setai_no=? AND jumin_cd=?)"),
        (Criteria(resident_id="1000000001", name=WHOLE), "juki_resident_atena_no (atena_no=? AND jumin_cd=?)"),
    ],
)
async def test_what_is_searched_is_found_by_the_narrowest_index(
    overheard: Overheard, criteria: Criteria, first: str
) -> None:
    """No search walks a table; the leading condition is looked up first, the others for whom it found."""
    await overheard.register.find(criteria, 11)
    plan = await plan_of(overheard)
    assert not any(line.startswith("SCAN") and "hit" not in line for line in plan)
    assert first in next(line for line in plan if line.startswith("SEARCH"))


@pytest.mark.rule("L6")
async def test_a_search_keeps_no_lookup_waiting(overheard: Overheard) -> None:
    """It reads by another connection, in a thread."""
    await overheard.register.find(Criteria(name=NAME), 11)
    assert overheard.said == overheard.apart[Lane.SEARCH] != []


@pytest.mark.rule("L6")
async def test_a_page_keeps_neither_lookup_nor_search_waiting(overheard: Overheard) -> None:
    """Neither finding a page's residents nor what is asked of so many by key is read where lookups or searches are."""
    reader = overheard.register.reader(("name", "history"))
    page = await reader.page(Selection("48201", None, None), "", 65)
    ids = [row.resident_id for row in page]
    assert len(ids) == 65
    await overheard.register.reader(("status",)).rows(ids)
    await overheard.register.restrictions(ids, date(2026, 11, 23))
    assert overheard.said == overheard.apart[Lane.BULK]
    assert len(overheard.said) == 4
