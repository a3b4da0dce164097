"""A seeded city, exported to CSV by the map and imported again."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from gateway.field import NAME
from gateway.pattern import NamePattern
from gateway.register.intake.importing import import_register
from gateway.register.port import Criteria, Selection
from gateway.register.schema_check import check_map
from gateway.register.schema_map import SchemaMap
from gateway.register.sql import SqlRegister, open_register
from gateway.sheet.records import Encoding
from gateway.subject import Row
from masking.japanese.address import address_query
from tests.register.conftest import TODAY
from tests.register.intake.exports import export

EVERYBODY = Selection("", None, None)


@pytest.fixture(scope="module")
def imported(city: Path, shipped: SchemaMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city's register, made of its CSV files."""
    folder = tmp_path_factory.mktemp("imported")
    export(city / "register.db", shipped, folder)
    report = import_register(folder, shipped, folder / "register.db")
    assert {finding.code for finding in report.findings} == {"advice-twice"}
    return folder / "register.db"


@pytest.fixture
async def original(city: Path, shipped: SchemaMap) -> AsyncIterator[SqlRegister]:
    opened = open_register(f"sqlite:///{city}/register.db", shipped)
    yield opened
    await opened.close()


@pytest.fixture
async def copy(imported: Path, shipped: SchemaMap) -> AsyncIterator[SqlRegister]:
    opened = open_register(f"sqlite:///{imported}", shipped)
    yield opened
    await opened.close()


def ids_in(database: Path) -> list[str]:
    """Every id of a city's register, those who left included."""
    with closing(sqlite3.connect(database)) as register:
        return [resident_id for (resident_id,) in register.execute("SELECT DISTINCT atena_no FROM juki_resident")]


def test_the_imported_city_fits_the_map(imported: Path, shipped: SchemaMap) -> None:
    """Tables, types, indexes and the version of the search index, without even advice."""
    assert check_map(shipped, f"sqlite:///{imported}") == []


async def test_every_entry_reads_as_before(
    original: SqlRegister, copy: SqlRegister, city: Path, shipped: SchemaMap
) -> None:
    """Every field of every entry, whatever its status; lists in their order; two entries under one id are still two."""
    fields = ("resident_id", *sorted(shipped.fields))
    ids = ids_in(city / "register.db")
    before, after = await original.reader(fields).rows(ids), await copy.reader(fields).rows(ids)

    assert len(ids) > 2_000
    assert {key: sorted(map(repr, rows)) for key, rows in before.items()} == {
        key: sorted(map(repr, rows)) for key, rows in after.items()
    }
    assert max(len(rows) for rows in after.values()) == 2


async def test_everybody_is_found_as_before(original: SqlRegister, copy: SqlRegister) -> None:
    """By name, by the beginning of a name, by birth date, by address and by household."""
    fields = (NAME, "birth_date", "address", "household_id")
    page: list[Row] = list(await original.reader(fields).page(EVERYBODY, "", 60))
    asked = 0
    for _, (name, born, address, household) in page:
        for criteria in (
            Criteria(name=NamePattern.parse(str(name))),
            Criteria(name=NamePattern.parse(f"{str(name)[:5]}*")),
            Criteria(born=born),  # type: ignore[arg-type]
            Criteria(address=address_query(str(address))),
            Criteria(household_id=str(household)),
        ):
            expected = sorted(await original.find(criteria, 1_000))
            assert expected == sorted(await copy.find(criteria, 1_000))
            asked += bool(expected)
    assert asked > 200


async def test_measures_protect_as_before(original: SqlRegister, copy: SqlRegister, city: Path) -> None:
    """On every resident, today and in a year."""
    ids = ids_in(city / "register.db")
    for today in (TODAY, date(TODAY.year + 1, 11, 23)):
        expected = await original.restrictions(ids, today)
        assert expected == await copy.restrictions(ids, today)
    assert await original.restrictions(ids, TODAY)


async def test_streams_give_the_same_residents(original: SqlRegister, copy: SqlRegister) -> None:
    """Page by page, and as many in all."""
    assert await original.size() == await copy.size()
    assert [row.resident_id for row in await original.reader((NAME,)).page(EVERYBODY, "", 3_000)] == [
        row.resident_id for row in await copy.reader((NAME,)).page(EVERYBODY, "", 3_000)
    ]


async def test_a_file_of_another_encoding_gives_the_same(
    copy: SqlRegister, imported: Path, shipped: SchemaMap, tmp_path: Path
) -> None:
    """Whatever cp932 can write arrives as it does from UTF-8; what it cannot is written with 外字 by cities."""
    written = {}
    for path in sorted(imported.parent.glob("*.csv")):
        written[path.name] = path.read_text(encoding="utf-8").encode("cp932", errors="replace")
        (tmp_path / path.name).write_bytes(written[path.name])
    report = import_register(tmp_path, shipped, tmp_path / "register.db", encoding=Encoding.CP932)
    assert report.faults == 0
    other = open_register(f"sqlite:///{tmp_path}/register.db", shipped)
    try:
        theirs = await names(other)
    finally:
        await other.close()

    assert {key: name.encode("cp932", "replace").decode("cp932") for key, name in (await names(copy)).items()} == theirs


async def names(register: SqlRegister) -> dict[str, str]:
    """Everybody's name, by id."""
    return {row.resident_id: str(row.values[0]) for row in await register.reader((NAME,)).page(EVERYBODY, "", 3_000)}
