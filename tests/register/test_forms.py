"""The ways in which a register may write a value, on each database."""

from datetime import date

import pytest

from gateway.finding import parse_yaml
from gateway.pattern import NamePattern
from gateway.register.index_build import build_index
from gateway.register.port import Criteria, Selection
from gateway.register.schema_check import check_map
from gateway.register.schema_reading import schema_map_of
from gateway.register.sql import open_register
from gateway.subject import Status
from masking.japanese.address import AddressPattern
from masking.value import Address, Entry, PartialDate
from tests.register.conftest import TODAY, Database

_MAP = """
main: {table: person, key: id}
side: {wealth: {key: person}}
lists: {help: {key: person, order: first}}
fields:
  name: {table: wealth, column: nickname}
  birth_date: {column: born, form: %s}
  status: {column: state, form: integer, codes: {"0": resident, "4": resident, "7": void}}
  address: {code: code, city: city, town: town, chome: chome, lot: lot}
  benefits: {table: help, code: kind, codes: {"1": aid}, form: %s, since: first, until: last}
search: {names: spelling, addresses: place, folding: folding}
restrictions: {table: shield, key: person, form: %s, since: a, until: b, against_resident_id: c, against_name: d,
  against_birth_date: e}
"""


@pytest.fixture(params=["date", "digits", "iso"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_dates_and_numbers_of_every_form_are_read_and_selected_by(empty_database: Database, form: str) -> None:
    """DATE columns, eight digits or ISO text, codes as numbers, blank-padded CHAR, towns without chome: one answer."""
    kind = {"date": "DATE", "digits": "CHAR(8)", "iso": "CHAR(12)"}[form]

    def day(text: str) -> str:
        return text.replace("-", "") if form == "digits" else text

    empty_database.run(
        "DROP TABLE IF EXISTS person",
        "DROP TABLE IF EXISTS wealth",
        "DROP TABLE IF EXISTS shield",
        "DROP TABLE IF EXISTS help",
        f"CREATE TABLE help (person CHAR(12), kind CHAR(3), first {kind}, last {kind})",
        "CREATE INDEX help_person ON help (person)",
        f"CREATE TABLE person (id CHAR(12) PRIMARY KEY, born {kind}, state INTEGER, "
        "code CHAR(10), city CHAR(5), town CHAR(5), chome INTEGER, lot CHAR(8))",
        "CREATE INDEX person_town ON person (substr(code, 1, 8), id)",
        "CREATE TABLE wealth (person CHAR(12) PRIMARY KEY, nickname CHAR(9))",
        f"CREATE TABLE shield (person CHAR(12) PRIMARY KEY, a {kind}, b {kind}, c CHAR(12), d CHAR(9), e {kind})",
        *(
            f"INSERT INTO person VALUES ({one}, '{day(born)}', {state}, '48201034', '潮見市', '野分', {chome}, '7番地')"
            for one, born, state, chome in (
                ("'2000000001'", "1980-01-31", 0, "NULL"),
                ("'2000000002'", "1981-01-31", 7, "0"),
                ("'2000000003'", "1982-01-31", 4, "0"),
            )
        ),
        "INSERT INTO wealth VALUES ('2000000001', 'なみ')",
        f"INSERT INTO help VALUES ('2000000001', '1', '{day('2020-01-31')}', NULL)",
        f"INSERT INTO shield VALUES ('2000000001', '{day('2026-01-01')}', '{day('2026-11-23')}', NULL, 'x', NULL)",
    )
    schema = schema_map_of(parse_yaml((_MAP % (form, form, form)).encode(), "map.yaml"))
    build_index(schema, empty_database.url)
    assert check_map(schema, empty_database.url) == []
    register = open_register(empty_database.url, schema)
    try:
        reader = register.reader(("name", "birth_date", "status", "address", "benefits"))
        address = Address("48201034", "潮見市", "野分", 0, "7番地")
        benefits = (Entry("aid", PartialDate(2020, 1, 31), None, ""),)
        expected = [("なみ", PartialDate(1980, 1, 31), "resident", address, benefits)]
        found = await reader.rows(["2000000001"])
        assert expected == [row.values for rows in found.values() for row in rows]
        assert {"2000000001"} == {row.resident_id for rows in found.values() for row in rows}
        page = await reader.page(Selection("48201034", date(1980, 1, 31), date(1982, 1, 30)), "", 10)
        assert expected == [row.values for row in page]
        assert list(await register.restrictions(["2000000001"], TODAY)) == ["2000000001"]
        assert await register.size() == 2
        everybody = frozenset(Status)
        for born, named, described in (
            (PartialDate(1980, 1, 31), ["2000000001"], ["2000000001"]),
            (PartialDate(1980, 1), ["2000000001"], ["2000000001"]),
            (PartialDate(1981), [], ["2000000002"]),
            (PartialDate(1980, 2), [], []),
            (PartialDate(1980, 1, 30), [], []),
        ):
            lot = AddressPattern("野分7", whole=False)
            by_name = Criteria(name=NamePattern.parse("なみ"), born=born, statuses=everybody)
            assert await register.find(by_name, 9) == named
            for criteria in (
                Criteria(born=born, statuses=everybody),
                Criteria(born=born, address=lot, statuses=everybody),
            ):
                assert await register.find(criteria, 9) == described
    finally:
        await register.close()
