"""Searching a register, on each database: who is found, and who is not."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from gateway.field import COMMON_NAME, FORMER_SURNAME, NAME
from gateway.finding import parse_yaml
from gateway.pattern import NamePattern, PatternFault
from gateway.register.driver import open_driver
from gateway.register.finder import days_of
from gateway.register.index_build import build_index
from gateway.register.lane import Lane, Raw
from gateway.register.port import Criteria, RegisterUnavailable, Selection, TooBroad
from gateway.register.schema_map import SchemaMap
from gateway.register.schema_reading import schema_map_of
from gateway.register.sql import SqlRegister, open_register
from gateway.subject import Status
from masking.japanese.address import AddressPattern, address_key
from masking.japanese.era import Within, parse_within
from masking.value import Address, PartialDate
from tests.register.conftest import TABLES, Database

IVS = "\U000e0100"
LAST_PRIVATE = "\U0010fffd"
"""The last character that a text may hold: a range that ends too early would miss it."""


class Person(NamedTuple):
    """A line of the register; `lot` in 潮見1丁目."""

    number: int
    name: str
    kana: str
    born: str | None
    lot: str
    household: str
    status: str = "1"


PEOPLE = (
    Person(1, "高橋　花子", "タカハシ　ハナコ", "1970-08-12", "2番3号", "20000001"),
    Person(2, "髙橋　花代", "タカハシ　ハナヨ", "1970-08-00", "2番3号", "20000001"),
    Person(3, "高橋　一", "タカハシ　ハジメ", "1970-00-00", "2番31号", "20000002"),
    Person(4, "渡邊　花子", "ワタナベ　ハナコ", "1971-08-12", "2番3号潮見ハイツ201", "20000003"),
    Person(5, "渡邉　花子", "ワタナベ　ハナコ", "1971-08-31", "2番3号潮見ハイツ202", "20000004"),
    Person(6, "渡辺　花子", "わたなべ　はなこ", "1971-09-01", "2番3号潮見荘", "20000004"),
    Person(7, f"佐{IVS}藤　健", "サトウ　ケン", "1970-12-31", "2番", "20000005"),
    Person(8, "𠮷田　環", "ヨシダ　タマキ", "1972-02-29", "2番3号の1", "20000006"),
    Person(9, f"高橋{LAST_PRIVATE}　\ue000子", "タカハシ　ソトコ", None, "3番", "20000006"),
    # Behind all that begins with 高橋, by code point; before it in other collations.
    Person(10, "高檀　花子", "タカマユミ　ハナコ", "1970-08-12", "3番%", "20000007"),
    Person(11, "SMITH　JOHN", "スミス　ジョン", "1980-02-31", "4番", "20000007"),
    Person(11, "Smithson　Ann", "スミスソン　アン", "1990-01-01", "5番", "20000008"),
    Person(12, "高橋　静", "タカハシ　シズカ", "1930-08-12", "2番3号", "20000001", "3"),
    Person(13, "高橋　遠", "タカハシ　トオシ", "1975-08-12", "2番3号", "20000001", "2"),
    Person(14, "", "", "1970-08-12", "6番", "20000009"),
    # Moved away, and came back under another name.
    Person(15, "帰山　元", "カエリヤマ　ゲン", "1960-01-01", "7番", "20000010", "2"),
    Person(15, "来栖　新", "クルス　シン", "1960-01-02", "8番", "20000011"),
)
ALIASES = ((1, "渡邊", "ワタナベ", None), (11, None, None, "山田　太郎"), (6, "高橋", "タカハシ", None))


def id_of(number: int) -> str:
    """The resident id of a person above."""
    return f"{3_000_000_000 + number}"


def address_of(lot: str) -> Address:
    """The address of a lot, as the register has it."""
    return Address("4820100101", "潮見市", "潮見", 1, lot)


def _lines() -> Iterator[sa.TextClause]:
    for person in PEOPLE:
        yield sa.text(
            "INSERT INTO juki_resident VALUES (:id, :household, :name, :kana, :born, '1', '世帯主', :status, "
            "'4820100101', '潮見市', '潮見', 1, :lot)"
        ).bindparams(id=id_of(person.number), **{key: getattr(person, key) for key in _PERSON})
    for number, former, kana, common in ALIASES:
        yield sa.text("INSERT INTO juki_alias VALUES (:id, :former, :kana, :common)").bindparams(
            id=id_of(number), former=former, kana=kana, common=common
        )


_PERSON = ("household", "name", "kana", "born", "status", "lot")


@pytest.fixture(scope="module")
def peopled(empty_database: Database, schema: SchemaMap) -> Database:
    empty_database.run(*TABLES.split(";"))
    engine = sa.create_engine(empty_database.url, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        for line in _lines():
            connection.execute(line)
    engine.dispose()
    build_index(schema, empty_database.url)
    return empty_database


@pytest.fixture
async def register(peopled: Database, schema: SchemaMap) -> AsyncIterator[SqlRegister]:
    opened = open_register(peopled.url, schema)
    yield opened
    await opened.close()


async def numbers(register: SqlRegister, criteria: Criteria, most: int = 100) -> list[int]:
    """Who is found, in order."""
    found = await register.find(criteria, most)
    assert len(found) == len(set(found)) <= most
    return sorted(int(resident_id) - 3_000_000_000 for resident_id in found)


def by(name: str = "", kana: str = "", born: str = "", **others: Any) -> Criteria:
    """Criteria as people give them."""
    return Criteria(
        name=NamePattern.parse(name) if name else None,
        name_kana=NamePattern.parse(kana) if kana else None,
        born=PartialDate.parse(born) if born else None,
        **others,
    )


ALL_NAMES = frozenset({NAME, FORMER_SURNAME, COMMON_NAME})
LOT = AddressPattern(address_key(address_of("2番3号")), whole=False)
FLAT = AddressPattern(address_key(address_of("2番3号潮見ハイツ201")), whole=True)


@pytest.mark.rule("S4", "S6")
@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        # Names, whole and by their beginning; the dead and those who moved away are passed over.
        (by("高橋花子"), [1]),
        (by("高橋*"), [1, 2, 3, 9]),
        (by("ﾀｶﾊｼ*"), []),  # a reading is no name
        (by("smith*"), [11]),  # both entries of one id, once
        (by("渡辺花子"), [4, 5, 6]),  # plain: each of its variants
        (by("渡邊花子"), [4]),  # a variant: itself
        (by("髙橋*"), [2]),
        (by(f"佐{IVS}藤健"), [7]),
        (by("佐藤*"), [7]),
        (by("𠮷田*"), [8]),
        (by(f"高橋{LAST_PRIVATE}*"), [9]),
        (by("高%"), []),  # no wildcard but *
        (by("高__*"), []),
        # Former surnames and common names are looked for where they may be.
        (by("渡辺*", names=ALL_NAMES), [1, 4, 5, 6]),
        (by("渡邊花子", names=ALL_NAMES), [1, 4]),
        (by("高橋花子", names=ALL_NAMES), [1, 6]),
        (by("高橋花子", names=frozenset({FORMER_SURNAME})), [6]),
        (by("山田*", names=ALL_NAMES), [11]),
        # Readings, in whatever kana.
        (by(kana="わたなべはなこ"), [4, 5, 6]),
        (by(kana="タカハシ*"), [1, 2, 3, 9]),
        (by(kana="タカハシ*", names=ALL_NAMES), [1, 2, 3, 6, 9]),
        (by("高橋*", "タカハシハナ*"), [1, 2]),
        (by("高橋花子", "タカハシ*"), [1]),
        (by("高橋花子", "タカマ*"), []),
        # Birth dates: what the register knows less exactly than is asked is not found.
        (by(born="1970-08-12"), [1, 10, 14]),
        (by(born="1970-08-00"), [1, 2, 10, 14]),
        (by(born="1970-00-00"), [1, 2, 3, 7, 10, 14]),
        (by(born="1972-02-29"), [8]),
        (by(born="1980-00-00"), []),  # a 31 February is no birth date
        (by("高橋*", born="1970-08-12"), [1]),
        (by("高橋*", born="1970-08-00"), [1, 2]),
        (by("高橋*", born="1970-00-00"), [1, 2, 3]),
        (by("高橋*", born="1969-00-00"), []),
        (by(kana="タカマ*", born="1970-08-12"), [10]),
        # Two entries under one id: a name goes with its own entry's birth date.
        (by("smith*", born="1990-01-01"), [11]),
        (by("smithjohn", born="1990-01-01"), []),
        # Of a year or a month the days of an era only; a date known less exactly may be one of them.
        (by("高橋*", born="1970-00-00", within=Within(date(1970, 8, 1), date(1970, 8, 11))), [2, 3]),
        (by(born="1971-00-00", within=Within(date(1971, 8, 12), date(1971, 8, 31))), [4, 5]),
        (by(born="1971-08-00", within=Within(date(1971, 8, 13), date(1971, 8, 31))), [5]),
        (by(address=LOT, born="1971-00-00", within=Within(date(1971, 8, 13), date(1971, 12, 31))), [5, 6]),
        # Addresses, with the buildings on the lot or one flat only.
        (by(address=LOT), [1, 2, 4, 5, 6]),
        (by(address=FLAT), [4]),
        (by(address=AddressPattern(LOT.key, whole=True)), [1, 2]),
        (by("渡辺*", address=LOT), [4, 5, 6]),
        (by("渡邉*", "ワタナベ*", "1971-08-31", address=LOT), [5]),
        (by(born="1971-08-00", address=LOT), [4, 5]),
        (by(address=LOT, household_id="20000004"), [5, 6]),
        (by(address=LOT, resident_id=id_of(6)), [6]),
        (by(address=AddressPattern("%", whole=False)), []),
        # Households and ids, alone and with more.
        (by(household_id="20000001"), [1, 2]),
        (by(household_id="20000001", born="1970-08-00"), [1, 2]),
        (by("高橋花*", household_id="20000001"), [1, 2]),
        (by("高橋花子", household_id="20000001"), [1]),
        (by(household_id="2000000"), []),
        (by(resident_id=id_of(1)), [1]),
        (by("高橋花子", resident_id=id_of(1)), [1]),
        (by("高橋花子", resident_id=id_of(2)), []),
        (by(resident_id=id_of(12)), []),
        # Other entries, where they are asked for.
        (by("高橋*", statuses=frozenset({Status.DECEASED})), [12]),
        (by(address=LOT, statuses=frozenset(Status)), [1, 2, 4, 5, 6, 12, 13]),
        (by(household_id="20000001", statuses=frozenset({Status.MOVED_OUT})), [13]),
        (by(resident_id=id_of(12), statuses=frozenset({Status.DECEASED})), [12]),
        (by("高橋*", statuses=frozenset({Status.VOID})), []),
        # Who came back is found by the entry that counts, and by nothing that the former one said.
        (by("来栖新"), [15]),
        (by("帰山元"), []),
        (by("帰山元", statuses=frozenset(Status)), []),
        (by(kana="カエリ*"), []),
        (by(born="1960-01-01"), []),
        (by(born="1960-01-00"), [15]),
        (by("来栖新", born="1960-01-01"), []),
        (by(address=AddressPattern(address_key(address_of("7番")), whole=False)), []),
        (by(address=AddressPattern(address_key(address_of("8番")), whole=False)), [15]),
        (by(household_id="20000010", statuses=frozenset(Status)), []),
        (by(household_id="20000010", statuses=frozenset({Status.MOVED_OUT})), []),
        (by(household_id="20000011", statuses=frozenset(Status)), [15]),
        (by(resident_id=id_of(15), born="1960-01-01", statuses=frozenset(Status)), []),
        (by(resident_id=id_of(15), born="1960-01-02", statuses=frozenset(Status)), [15]),
        (by(born="1960-01-01", address=LOT, statuses=frozenset(Status)), []),
    ],
)
async def test_who_is_described_is_found(register: SqlRegister, criteria: Criteria, expected: list[int]) -> None:
    """All who meet every condition, and nobody else."""
    assert await numbers(register, criteria) == expected


@pytest.mark.rule("S6")
async def test_the_database_matches_as_the_pattern_does(register: SqlRegister) -> None:
    """Every beginning of every name and reading, as a whole and with a *: no collation changes who is found."""
    for text_of in ("name", "kana"):
        asked = {getattr(person, text_of)[:end] for person in PEOPLE for end in range(1, 12)}
        for typed in sorted(asked - {""}):
            for text in (typed, f"{typed}*"):
                try:
                    pattern = NamePattern.parse(text)
                except PatternFault:
                    continue
                expected = {
                    person.number
                    for person in PEOPLE
                    if person.status == "1" and pattern.matches(getattr(person, text_of))
                }
                assert await numbers(register, by(**{text_of: text})) == sorted(expected), text


async def test_addresses_match_as_their_pattern_does(register: SqlRegister) -> None:
    """Every beginning of every address key: a lot is not found by the first digit of its number."""
    keys = {person.number: address_key(address_of(person.lot)) for person in PEOPLE if person.status == "1"}
    for key in sorted({held[:end] for held in keys.values() for end in range(1, len(held) + 1)}):
        for whole in (False, True):
            pattern = AddressPattern(key, whole)
            expected = sorted(number for number, lives in keys.items() if number != 11 and pattern.matches(lives))
            assert [n for n in await numbers(register, by(address=pattern)) if n != 11] == expected, key


@pytest.mark.parametrize(
    "criteria",
    [
        by("高橋*"),
        by("高橋花子", "タカハ*", "1970-00-00"),
        by(address=LOT),
        by("高橋*", resident_id=id_of(1)),
    ],
)
async def test_postgresql_can_go_by_indexes_all_the_way(
    peopled: Database, schema: SchemaMap, criteria: Criteria, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to avoid all other ways, it reads no table and no index from end to end: each step is led by a condition,
    which only an index of the same collation serves.
    """
    if not peopled.url.startswith("postgresql"):
        pytest.skip("test_sql_sent.py shows what SQLite does")
    ways = ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material")
    avoiding = "%20".join(f"-c%20enable_{way}%3Doff" for way in ways)
    driver = open_driver(f"{peopled.url}&options={avoiding}", unavailable=RegisterUnavailable)
    searches: list[tuple[str, Sequence[Any]]] = []

    async def overheard(sql: str, values: Sequence[Any], _lane: Lane) -> Sequence[Raw]:
        searches.append((sql, values))
        return await driver.fetch(sql, values)

    monkeypatch.setattr(driver, "fetch_apart", overheard)
    await SqlRegister(driver, schema).find(criteria, 11)
    *_, (sql, values) = searches
    plan = [str(line[0]) for line in await driver.fetch(f"EXPLAIN {sql}", values)]
    steps = [line for line in plan if " Scan " in line and "Subquery" not in line]
    assert len(steps) > 1
    assert len(steps) == len([line for line in plan if "Index Cond:" in line]), plan
    await driver.close()


@pytest.mark.rule("S3")
@pytest.mark.parametrize("most", [1, 2, 3, 4])
async def test_no_more_than_asked_for(register: SqlRegister, most: int) -> None:
    """As many as `most` may mean more; fewer are all."""
    assert len(await numbers(register, by("高橋*"), most)) == most
    assert len(await numbers(register, by("smith*"), most)) == 1


@pytest.mark.rule("S6")
@pytest.mark.parametrize("number", [7, 8, 9])
async def test_rare_characters_survive_every_way_out(register: SqlRegister, number: int) -> None:
    """IVS, astral and private-use characters come back as registered, however the resident was asked for."""
    person = next(person for person in PEOPLE if person.number == number)
    (found,) = await register.find(by(person.name), 2)
    reader = register.reader(("name",))
    (row,) = (await reader.rows([found]))[found]
    page = await reader.page(Selection("", None, None), id_of(number - 1), 1)
    assert [row.values[0], page[0].values[0]] == [person.name] * 2


async def test_every_combination_of_conditions_is_one_statement(register: SqlRegister) -> None:
    """Whatever is combined, what describes one resident finds that resident."""
    conditions: dict[str, Any] = {
        "name": "渡邊花子",
        "kana": "ワタナ*",
        "born": "1971-08-00",
        "address": LOT,
        "household_id": "20000003",
        "resident_id": id_of(4),
    }
    for count in range(1, len(conditions) + 1):
        for keys in combinations(conditions, count):
            assert 4 in await numbers(register, by(**{key: conditions[key] for key in keys})), keys


@pytest.mark.rule("S1")
async def test_a_key_that_the_register_lacks_finds_no_statement(peopled: Database) -> None:
    """Nothing set, no index, nothing mapped: an error, never everybody."""
    source = """
main: {table: juki_resident, key: atena_no}
fields: {status: {column: jumin_cd, codes: {"1": resident}}%s}
restrictions: {table: protective_measure, key: atena_no, since: kaishi_ymd, until: shuryo_ymd,
  against_resident_id: aite_atena_no, against_name: aite_shimei, against_birth_date: aite_umare_ymd}
"""
    index = "search: {names: kensaku_shimei, addresses: kensaku_jusho, folding: kensaku_seiki}"
    plain = schema_map_of(parse_yaml((source % ", name: {column: shimei}").encode(), "map.yaml"))
    indexed = schema_map_of(parse_yaml((source % "" + index).encode(), "map.yaml"))
    for schema in (plain, indexed):
        register = open_register(peopled.url, schema)
        for criteria in (
            by("高橋*"),
            by(kana="タカハシ*"),
            by(born="1970-08-12"),
            by(address=LOT),
            by(household_id="20000001"),
            by("山田*", names=ALL_NAMES),
            by(),
        ):
            with pytest.raises(ValueError, match="to search by"):
                await register.find(criteria, 10)
        assert await numbers(register, by(resident_id=id_of(1))) == [1]
        await register.close()


async def test_without_an_index_a_birth_date_is_found_all_the_same(peopled: Database, schema: SchemaMap) -> None:
    """In the main table, by the same rules."""
    text = schema.source.text.decode().partition("search:")
    bare = schema_map_of(parse_yaml((text[0] + text[2].partition("\n")[2]).encode(), "map.yaml"))
    register = open_register(peopled.url, bare)
    assert await numbers(register, by(born="1970-08-00")) == [1, 2, 10, 14]
    assert await numbers(register, by(born="1970-00-00")) == [1, 2, 3, 7, 10, 14]
    await register.close()


@pytest.mark.rule("R6")
async def test_a_search_that_fails_tells_nothing(peopled: Database, schema: SchemaMap) -> None:
    """A register whose index is gone is unavailable; what was asked does not stand in the error."""
    source = schema.source.text.decode().replace("kensaku_shimei", "nowhere")
    register = open_register(peopled.url, schema_map_of(parse_yaml(source.encode(), "map.yaml")))
    with pytest.raises(RegisterUnavailable) as refused:
        await register.find(by("高橋*"), 10)
    assert "高橋" not in str(refused.value)
    assert refused.value.__cause__ is None
    await register.close()


@pytest.mark.rule("L6")
async def test_two_common_beginnings_are_too_broad(register: SqlRegister, monkeypatch: pytest.MonkeyPatch) -> None:
    """They could contradict one another, and all who bear the one would be looked at in vain. A rare one leads."""
    monkeypatch.setattr("gateway.register.finder._BROAD", 0)
    with pytest.raises(TooBroad):
        await register.find(by("高橋*", "タカハシ*"), 10)
    assert await register.find(by("高橋*", "ンンンン*"), 10) == []
    assert await register.find(by("鑫鑫*", "タカハシ*"), 10) == []
    for narrow in (by("高橋*"), by(kana="タカハシ*"), by("高橋*", "タカハシ*", "1970-00-00")):
        assert await register.find(narrow, 10)


@pytest.mark.parametrize(("born", "count"), [("1972-02-29", 1), ("1972-02-00", 32), ("1971-00-00", 385)])
def test_a_partial_date_is_the_list_of_its_days(born: str, count: int) -> None:
    """As many lines for each month and year, so that a statement is compiled once; each day can be that date."""
    partial = PartialDate.parse(born)
    days = list(days_of(partial))
    assert len(days) == count
    assert all(partial.may_be(PartialDate.parse(day)) for day in days)
    known = [PartialDate.parse(day) for day in days]
    assert all(bool(day.month) >= bool(partial.month) and bool(day.day) >= bool(partial.day) for day in known)


@pytest.mark.rule("F7")
@pytest.mark.parametrize(
    "text", ["昭和64年", "平成元年", "平成元年1月", "昭和64年1月", "平成31年", "令和元年", "大正元年7月"]
)
def test_a_year_of_an_era_stands_for_its_own_days(text: str) -> None:
    """And for the month and the year as a whole, if the register knows no more; the statement stays the same."""
    born, within = parse_within(text)
    assert within is not None
    days = list(days_of(born, within))
    assert len(days) == len(list(days_of(born)))
    every = [within.first + timedelta(days=n) for n in range((within.last - within.first).days + 1)]
    assert set(days) == {str(born), *(f"{day:%Y-%m}-00" for day in every), *map(str, every)}
