"""The map against a database, before the first resident is read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.finding import is_advice, parse_yaml
from gateway.register.index_build import build_index
from gateway.register.port import RegisterUnavailable
from gateway.register.schema_check import check_map
from gateway.register.schema_map import SchemaMap
from gateway.register.schema_reading import schema_map_of
from masking.japanese.folding import FOLDING
from tests.register.conftest import Database


def test_a_map_that_agrees_has_no_findings(database: Database, schema: SchemaMap) -> None:
    """A map of every shape fits its tables on every database."""
    assert check_map(schema, database.url) == []


def test_the_seeded_city_agrees_with_the_shipped_map(city: Path, shipped: SchemaMap) -> None:
    """What `register seed` writes and `config/register-map.yaml` says are the same."""
    assert check_map(shipped, f"sqlite:///{city}/register.db") == []


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
        "map.yaml:8:16: advice-no-index: no index of juki begins with born: to search by it reads the whole table",
        "map.yaml:8:16: wrong-type: juki.born is VARCHAR(10); the map needs a column of type date",
        "map.yaml:9:12: wrong-type: juki.state is INTEGER; the map needs a column of type text",
        (
            "map.yaml:10:13: advice-no-index: no index of juki begins with substr(code, 1, 8): each page of a "
            "stream by area will read its whole town"
        ),
        "map.yaml:10:49: wrong-type: juki.chome is VARCHAR(2); the map needs a column of type integer",
        "map.yaml:10:63: missing-column: juki has no column 'lott'; did you mean 'lot'?",
        "map.yaml:11:24: wrong-type: tax.amount is VARCHAR(9); the map needs a column of type integer",
        "map.yaml:13:31: missing-column: shield has no column 'no'; correct the map, or add it to the database",
        "map.yaml:13:50: wrong-type: shield.b is INTEGER; the map needs a column of type text",
        "map.yaml:14:3: missing-column: shield has no column 'e'; correct the map, or add it to the database",
    ]
    assert sum(is_advice(finding) for finding in findings) == 4


LISTS = """\
main: {table: juki, key: no}
lists:
  many: {key: no, order: n}
  none: {key: no, order: n}
fields:
  status: {column: state, codes: {"1": resident}}
  household_id: {column: house}
  electoral_roll: {column: state, form: integer, codes: {"1": "yes"}}
  history: {table: many, code: c, codes: {"1": moved_in}, since: s, until: u, detail: d}
  benefits: {table: none, code: c, codes: {"1": aid}, since: s}
search: {names: n, addresses: a, folding: f}
restrictions: {table: shield, key: no, since: a, until: a, against_resident_id: a, against_name: a,
  against_birth_date: a}
"""


@pytest.fixture
def listing(empty_database: Database) -> Iterator[Database]:
    """A database with lists, and half of a search index."""
    tables = {
        "juki": "no VARCHAR(10), state VARCHAR(1), house VARCHAR(8)",
        "many": "no VARCHAR(10), c INTEGER, s VARCHAR(10), d VARCHAR(9)",
        "shield": "no VARCHAR(10) PRIMARY KEY, a VARCHAR(10)",
        "n": "resident_id VARCHAR(10), field VARCHAR(9), plain INTEGER, written VARCHAR(9)",
        "f": "version VARCHAR(9)",
    }
    drops = [f"DROP TABLE IF EXISTS {table}" for table in [*tables, "a"]]
    empty_database.run(
        *drops,
        *(f"CREATE TABLE {table} ({columns})" for table, columns in tables.items()),
        "CREATE INDEX juki_no ON juki (no)",
    )
    yield empty_database
    empty_database.run(*drops)


def test_lists_and_the_search_index_are_compared_too(listing: Database) -> None:
    """Tables, columns, types; what searches need is advised."""
    findings = check_map(schema_map_of(parse_yaml(LISTS.encode(), "map.yaml")), listing.url)
    build = "build the index with `register-gateway register index`"
    assert [str(finding) for finding in findings] == [
        "map.yaml:3:10: advice-no-index: no index of many begins with no: every lookup will read the whole table",
        "map.yaml:3:19: missing-column: many has no column 'n'; did you mean 'no'?",
        "map.yaml:4:3: missing-table: the database has no table 'none'; correct the map, or add it to the database",
        "map.yaml:7:18: advice-no-index: no index of juki begins with house: to search by it reads the whole table",
        "map.yaml:8:20: wrong-type: juki.state is VARCHAR(1); the map needs a column of type integer",
        "map.yaml:9:26: wrong-type: many.c is INTEGER; the map needs a column of type text",
        "map.yaml:9:69: missing-column: many has no column 'u'; correct the map, or add it to the database",
        f"map.yaml:11:10: advice-no-index: no index of n begins with born: searches will be slow; {build}",
        f"map.yaml:11:10: advice-no-index: no index of n begins with plain: searches will be slow; {build}",
        f"map.yaml:11:10: advice-no-index: no index of n begins with resident_id: searches will be slow; {build}",
        "map.yaml:11:10: missing-column: n has no column 'born'; correct the map, or add it to the database",
        "map.yaml:11:10: wrong-type: n.plain is INTEGER; the map needs a column of type text",
        f"map.yaml:11:20: missing-table: the database has no table 'a'; {build}",
    ]


@pytest.mark.rule("S6")
@pytest.mark.parametrize("lines", [[], ["0.0"], [FOLDING, "0.0"]])
def test_an_index_of_another_folding_stops_the_start(database: Database, schema: SchemaMap, lines: list[str]) -> None:
    """It would miss people, and nobody would notice."""
    try:
        database.run(
            "DELETE FROM kensaku_seiki", *(f"INSERT INTO kensaku_seiki VALUES ('{version}')" for version in lines)
        )
        (finding,) = check_map(schema, database.url)
        assert finding.code == "outdated-index"
        assert "`register-gateway register index`" in finding.message
        assert not is_advice(finding)
        build_index(schema, database.url)
        assert check_map(schema, database.url) == []
    finally:
        build_index(schema, database.url)


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path, schema: SchemaMap) -> None:
    """And is not created by looking."""
    with pytest.raises(RegisterUnavailable):
        check_map(schema, f"sqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="database URL"):
        check_map(schema, "nonsense")
