"""Building the search index, on each database."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from gateway.finding import parse_yaml
from gateway.pattern import NamePattern
from gateway.register.index_build import build_index
from gateway.register.port import Criteria, RegisterUnavailable
from gateway.register.schema_check import check_map
from gateway.register.schema_map import SchemaMap
from gateway.register.schema_reading import schema_map_of
from gateway.register.search_index import index_tables, name_lines
from gateway.register.sql import open_register
from masking.japanese.folding import FOLDING
from tests.register.conftest import TABLES, Database


def table_of(database: Database, name: str) -> list[tuple[str, ...]]:
    """All lines of a table, in order."""
    with sa.create_engine(database.url, poolclass=sa.pool.NullPool).connect() as connection:
        return sorted(tuple(line) for line in connection.execute(sa.select(sa.text("*")).select_from(sa.table(name))))


def tables_in(database: Database) -> list[str]:
    """The names of all tables."""
    return sorted(sa.inspect(sa.create_engine(database.url, poolclass=sa.pool.NullPool)).get_table_names())


def changed(schema: SchemaMap, part: str, to: str) -> SchemaMap:
    """The map with a part written otherwise."""
    assert part in schema.source.text.decode()
    return schema_map_of(parse_yaml(schema.source.text.decode().replace(part, to).encode(), "map.yaml"))


@pytest.mark.rule("S6")
def test_every_entry_is_indexed_under_each_of_its_spellings(database: Database) -> None:
    """Former surnames with the given names, readings likewise; a birth date that cannot be read is none; who has no
    name has a line all the same, by which a birth date finds them.
    """
    lines = table_of(database, "kensaku_shimei")
    assert [line[1:] for line in lines if line[0] == "1000000001"] == [
        ("former_surname", "浜野波子", "", "1980-04-02"),
        ("former_surname_kana", "ハマノナミコ", "", "1980-04-02"),
        ("name", "磯野波子", "", "1980-04-02"),
        ("name_kana", "イソノナミコ", "", "1980-04-02"),
    ]
    born = {(resident_id, born) for resident_id, field, _, _, born in lines if field == "name"}
    assert {("1000000003", "1925-00-00"), ("1000000007", ""), ("1000000008", "")} <= born
    assert {resident_id for resident_id, *_ in lines} == {f"100000000{n}" for n in range(1, 9)}
    assert ("1000000001", "潮見1-2-3") in table_of(database, "kensaku_jusho")
    assert "1000000007" not in {line[0] for line in table_of(database, "kensaku_jusho")}
    assert table_of(database, "kensaku_seiki") == [(FOLDING,)]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # No blank between surname and given names: nobody can tell where they begin.
        ({"name": "磯野波子", "former_surname": "浜野"}, {"磯野波子", "浜野"}),
        ({"name": None, "common_name": "山田　太郎"}, {"", "山田太郎"}),
        # All given names go with it.
        ({"name": "SMITH　JOHN　PAUL", "former_surname": "JONES"}, {"smithjohnpaul", "jonesjohnpaul"}),
    ],
)
def test_the_spellings_of_one_entry(parts: dict[str, str | None], expected: set[str]) -> None:
    """Whatever of a name there is."""
    lines = name_lines("1", **{"born": "", "name": None, "name_kana": None, **parts})  # type: ignore[arg-type]
    assert {line[2] for line in lines} == expected


def test_a_variant_is_kept_beside_its_plain_spelling() -> None:
    """Where there is none, the spelling is not stored twice."""
    (line,) = name_lines("1", born="", name="髙橋　花子", name_kana=None)
    assert line == ("1", "name", "高橋花子", "髙橋花子", "")


def test_a_new_index_takes_the_place_of_the_old_one(database: Database, schema: SchemaMap) -> None:
    """As often as it is built: what moved is found where it is now, and nothing of the old one is left behind."""
    before = tables_in(database)
    told: list[tuple[int, int]] = []
    database.run("UPDATE juki_resident SET shimei = '新野　渚' WHERE atena_no = '1000000002'")
    try:
        for _ in range(3):
            assert (
                build_index(schema, database.url, progress=lambda done, total: told.append((done, total))).entries == 9
            )
            assert check_map(schema, database.url) == []
            assert ("1000000002", "name", "新野渚", "", "2015-12-31") in table_of(database, "kensaku_shimei")
    finally:
        database.run("UPDATE juki_resident SET shimei = '磯野　渚' WHERE atena_no = '1000000002'")
        build_index(schema, database.url)
    assert told == [(0, 9), (9, 9)] * 3
    assert tables_in(database) == before


class Stopped(Exception):
    """What stops a build in its middle."""


async def test_the_old_index_serves_until_the_new_one_is_whole(database: Database, schema: SchemaMap) -> None:
    """A search in the middle of a build is answered from the old index, and so is one after a build that failed."""
    register = open_register(database.url, schema)
    before = table_of(database, "kensaku_shimei")

    def stop(done: int, _total: int) -> None:
        if done:
            assert table_of(database, "kensaku_shimei") == before
            raise Stopped

    with pytest.raises(Stopped):
        build_index(schema, database.url, progress=stop)
    assert table_of(database, "kensaku_shimei") == before
    assert await register.find(Criteria(name=NamePattern.parse("磯野*")), 1) != []
    assert check_map(schema, database.url) == []
    await register.close()


@pytest.mark.rule("R6")
def test_what_cannot_be_built_says_so(database: Database, schema: SchemaMap, tmp_path: Path) -> None:
    """No index in the map, no such table, no such database: nothing is made, and no value is told."""
    with pytest.raises(ValueError, match="add `search`"):
        build_index(changed(schema, "search: {", "# search: {"), database.url)
    with pytest.raises(RegisterUnavailable, match=r"^(OperationalError|ProgrammingError)$"):
        build_index(changed(schema, "{column: shimei}", "{column: nowhere}"), database.url)
    with pytest.raises(RegisterUnavailable):
        build_index(schema, f"sqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="database URL"):
        build_index(schema, "nonsense")
    with pytest.raises(ValueError, match="sqlite or postgresql, not oracle"):
        index_tables("names", "addresses", "folding", database="oracle")
    assert check_map(schema, database.url) == []


def test_the_page_for_engineers_shows_what_is_made() -> None:
    """The DDL in docs/schema-map.md is PostgreSQL's, to the letter but for blanks, quotes and comments."""
    dialect = sa.make_url("postgresql+psycopg://").get_dialect()()
    tables = index_tables("kensaku_shimei", "kensaku_jusho", "kensaku_seiki", database=dialect.name)
    made: list[ExecutableDDLElement] = [*map(CreateTable, tables.all), *map(CreateIndex, tables.indexes)]

    def bare(sql: str) -> list[str]:
        return re.sub(r"--[^\n]*|[\s;]", "", sql).split("CREATE")

    page = (Path(__file__).parents[2] / "docs" / "schema-map.md").read_text(encoding="utf-8")
    shown = page.partition("```sql\n")[2].partition("```")[0]
    assert bare(shown) == bare("".join(str(one.compile(dialect=dialect)) for one in made))


def test_a_text_that_is_no_utf_8_hides_nobody_else(tmp_path: Path, schema: SchemaMap) -> None:
    """SQLite stores any octets as text; such a name cannot be searched for, all others can."""
    (tmp_path / "register.db").touch()
    database = Database(f"sqlite:///{tmp_path}/register.db")
    database.run(
        *TABLES.split(";"),
        "INSERT INTO juki_resident (atena_no, shimei, shimei_kana) VALUES "
        "('1000000001', CAST(x'ff' AS TEXT), 'イソノ　ナミコ'), ('1000000002', '磯野　渚', NULL), (NULL, '無番', NULL)",
    )
    assert build_index(schema, database.url) == (3, 3, 0)
    assert table_of(database, "kensaku_shimei") == [
        ("1000000001", "name", "", "", ""),
        ("1000000001", "name_kana", "イソノナミコ", "", ""),
        ("1000000002", "name", "磯野渚", "", ""),
    ]
