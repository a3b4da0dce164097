"""The ways in which a register may write a value, on each database."""

from datetime import date

import pytest

from gateway.finding import parse_yaml
from gateway.register.port import Selection
from gateway.register.schema_check import check_map
from gateway.register.schema_map import schema_map_of
from gateway.register.sql import open_register
from masking.value import Address, PartialDate
from tests.register.conftest import TODAY, Database

_MAP = """
main: {table: person, key: id}
side: {wealth: {key: person}}
fields:
  name: {table: wealth, column: nickname}
  birth_date: {column: born, form: %s}
  status: {column: state, form: integer, codes: {"0": resident, "4": resident, "7": void}}
  address: {code: code, city: city, town: town, chome: chome, lot: lot}
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
        f"CREATE TABLE person (id CHAR(12) PRIMARY KEY, born {kind}, state INTEGER, "
        "code CHAR(10), city CHAR(5), town CHAR(5), chome INTEGER, lot CHAR(8))",
        "CREATE INDEX person_code ON person (code)",
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
        f"INSERT INTO shield VALUES ('2000000001', '{day('2026-01-01')}', '{day('2026-11-23')}', NULL, 'x', NULL)",
    )
    schema = schema_map_of(parse_yaml((_MAP % (form, form)).encode(), "map.yaml"))
    assert check_map(schema, empty_database.url) == []
    register = open_register(empty_database.url, schema)
    try:
        reader = register.reader(("name", "birth_date", "status", "address"))
        address = Address("48201034", "潮見市", "野分", 0, "7番地")
        expected = [("なみ", PartialDate(1980, 1, 31), "resident", address)]
        found = await reader.rows(["2000000001"])
        assert expected == [row.values for rows in found.values() for row in rows]
        assert {"2000000001"} == {row.resident_id for rows in found.values() for row in rows}
        page = await reader.page(Selection("48201034", date(1980, 1, 31), date(1982, 1, 30)), "", 10)
        assert expected == [row.values for row in page]
        assert list(await register.restrictions(["2000000001"], TODAY)) == ["2000000001"]
        assert await register.size() == 2
    finally:
        await register.close()
