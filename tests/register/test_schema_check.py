"""The map against a database, before the first resident is read."""

from pathlib import Path

import pytest

from gateway.finding import parse_yaml
from gateway.register.port import RegisterUnavailable
from gateway.register.schema_check import check_map, is_advice
from gateway.register.schema_map import SchemaMap, schema_map_of
from tests.register.conftest import Database


def test_a_map_that_agrees_has_no_findings(database: Database, schema: SchemaMap) -> None:
    """The shipped map fits the city's tables on every database."""
    assert check_map(schema, database.url) == []


def test_the_seeded_city_agrees_with_the_shipped_map(city: Path, schema: SchemaMap) -> None:
    """What `register seed` writes and `config/register-map.yaml` says are the same."""
    assert check_map(schema, f"sqlite:///{city}/register.db") == []


MAP = """\
main: {table: juki, key: no}
side:
  tax: {key: no}
  gone: {key: no}
fields:
  name: {column: shimei}
  name_kana: {column: kana}
  birth_date: {column: born, form: date}
  status: {column: state, codes: {"1": resident}}
  address: {code: code, city: city, town: town, chome: chome, lot: lott}
  income: {table: tax, column: amount}
  fee_arrears: {table: gone, column: amount}
restrictions: {table: shield, key: no, since: a, until: b, against_resident_id: c, against_name: d,
  against_birth_date: e}
"""


def test_every_fault_is_listed_at_once_with_its_place(empty_database: Database) -> None:
    """Missing tables and columns, types that cannot be, keys without index: one reading, in the map's order."""
    empty_database.run(
        "CREATE TABLE juki (no VARCHAR(10), shimei INTEGER, born VARCHAR(10), state INTEGER, code VARCHAR(10), "
        "city VARCHAR(9), town VARCHAR(9), chome VARCHAR(2), lot VARCHAR(9))",
        "CREATE TABLE tax (no VARCHAR(10), amount VARCHAR(9))",
        "CREATE INDEX tax_no ON tax (no)",
        "CREATE TABLE shield (number VARCHAR(10), a VARCHAR(10), b INTEGER, c VARCHAR(10), d VARCHAR(10))",
    )
    schema = schema_map_of(parse_yaml(MAP.encode(), "map.yaml"))
    findings = check_map(schema, empty_database.url)
    assert [str(finding) for finding in findings] == [
        "map.yaml:1:21: advice-no-index: no index of juki begins with no: every lookup will read the whole table",
        (
            "map.yaml:3:9: advice-not-unique: no is not unique in tax: "
            "a second line makes its resident ambiguous (NOT_UNIQUE)"
        ),
        "map.yaml:4:3: missing-table: the database has no table 'gone'; correct the map, or add it to the database",
        "map.yaml:6:10: wrong-type: juki.shimei is INTEGER; the map needs a column of type text",
        "map.yaml:7:15: missing-column: juki has no column 'kana'; correct the map, or add it to the database",
        "map.yaml:8:16: wrong-type: juki.born is VARCHAR(10); the map needs a column of type date",
        "map.yaml:9:12: wrong-type: juki.state is INTEGER; the map needs a column of type text",
        "map.yaml:10:13: advice-no-index: no index of juki begins with code: streams by area will be slow",
        "map.yaml:10:49: wrong-type: juki.chome is VARCHAR(2); the map needs a column of type integer",
        "map.yaml:10:63: missing-column: juki has no column 'lott'; did you mean 'lot'?",
        "map.yaml:11:24: wrong-type: tax.amount is VARCHAR(9); the map needs a column of type integer",
        "map.yaml:13:31: missing-column: shield has no column 'no'; correct the map, or add it to the database",
        "map.yaml:13:50: wrong-type: shield.b is INTEGER; the map needs a column of type text",
        "map.yaml:14:3: missing-column: shield has no column 'e'; correct the map, or add it to the database",
    ]
    assert sum(is_advice(finding) for finding in findings) == 3


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path, schema: SchemaMap) -> None:
    """And is not created by looking."""
    with pytest.raises(RegisterUnavailable):
        check_map(schema, f"sqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="database URL"):
        check_map(schema, "nonsense")
