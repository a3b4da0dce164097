"""What the fictional city's register says of a resident agrees with itself, and with the law."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.field import FIELDS, RESIDENT_ID
from gateway.register.check_digit import check_digit
from gateway.register.city.numbers import PEOPLE, Numbers, lots
from gateway.register.schema_reading import read_schema_map
from gateway.register.sql import open_register
from tests.register.conftest import TODAY

SHIPPED_MAP = Path(__file__).parents[2] / "config" / "register-map.yaml"
TODAY_TEXT = TODAY.isoformat()


@pytest.fixture
def register(city: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(city / "register.db")) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def test_every_resident_has_numbers_that_pass_their_check(register: sqlite3.Connection) -> None:
    """A My Number of twelve digits and a resident record code of eleven, each of them once."""
    numbers = register.execute("SELECT kojin_bango, jumin_code FROM juki_number").fetchall()
    for number, code in numbers:
        assert (len(number), len(code)) == (12, 11)
        assert int(number[-1]) == check_digit(int(number[:-1]))
        assert int(code[-1]) == check_digit(int(code[:-1]))
    assert len({number for number, _ in numbers}) == len({code for _, code in numbers}) == len(numbers)
    (people,) = register.execute("SELECT count(DISTINCT atena_no) FROM juki_resident").fetchone()
    assert people == len(numbers)


def chance(seed: object) -> Random:
    """Dice that always fall the same way."""
    return Random(f"{seed}")  # noqa: S311  a city is no secret


@given(st.integers(), st.sampled_from([8, 10, 11]), st.integers(1, 100))
@settings(max_examples=20)
def test_lots_never_repeat(seed: int, digits: int, parts: int) -> None:
    """Whatever the seed, of so many digits, and not in another part of the city either."""
    most = PEOPLE // parts
    drawn = [
        number
        for part in {0, parts // 2, parts - 1}
        for number in islice(lots(chance(seed), chance(part), digits, range(part * most, (part + 1) * most)), 1_500)
    ]
    assert len(set(drawn)) == len(drawn) >= 1_500
    assert all(0 <= one < 10**digits for one in drawn)


def test_lots_end() -> None:
    """Rather than repeat."""
    few = lots(chance(1), chance(2), 8, range(PEOPLE - 3, PEOPLE))
    assert len({next(few) for _ in range(3)}) == 3
    with pytest.raises(IndexError, match="no city"):
        next(few)


def test_ids_are_written_with_all_their_digits() -> None:
    """A leading zero is a digit like any other."""
    numbers = Numbers(chance(1), chance(2), range(500))
    assert {8} == {len(one) for one in islice(numbers.households, 500)}
    assert {10} == {len(one) for one in islice(numbers.residents, 500)}
    assert {(12, 11)} == {(len(number), len(code)) for number, code in islice(numbers.national, 500)}


def test_dates_are_in_order(register: sqlite3.Connection) -> None:
    """Born, resident, at this address, notified, removed, today: none before the one that it follows."""
    for line in register.execute("SELECT * FROM juki_resident"):
        assert line["umare_ymd"][:4] <= line["jumin_ymd"] <= line["jusho_ymd"] <= TODAY_TEXT
        assert line["todoke_ymd"] is None or line["jumin_ymd"] <= line["todoke_ymd"] <= TODAY_TEXT
        assert (line["shojo_ymd"] is not None) == (line["jumin_cd"] != "1")
        assert line["shojo_ymd"] is None or line["jusho_ymd"] <= line["shojo_ymd"] <= TODAY_TEXT
        if line["honseki"] is None:
            assert line["jumin_ymd"] >= "2012-07-09"  # since then the register counts foreign residents


def histories(register: sqlite3.Connection) -> dict[str, list[sqlite3.Row]]:
    """The history of each resident, in the register's order."""
    found: dict[str, list[sqlite3.Row]] = {}
    for line in register.execute("SELECT * FROM juki_history ORDER BY atena_no, rireki_no"):
        found.setdefault(line["atena_no"], []).append(line)
    return found


def test_the_history_tells_what_the_entry_says(register: sqlite3.Connection) -> None:
    """Oldest first, from the birth or the move here to the last move or the end, on the same days."""
    found = histories(register)
    twice = "SELECT atena_no FROM juki_resident GROUP BY atena_no HAVING count(*) > 1"
    for line in register.execute(f"SELECT * FROM juki_resident WHERE atena_no NOT IN ({twice})"):
        history = found[line["atena_no"]]
        days = [change["ido_ymd"] for change in history]
        assert [change["rireki_no"] for change in history] == list(range(1, len(history) + 1))
        assert days[1:] == sorted(days[1:])
        assert all(day >= days[0] for day in days)
        assert (history[0]["ido_jiyu_cd"], days[0]) == ("01" if line["todoke_ymd"] else "04", line["jumin_ymd"])
        moves = [change["ido_ymd"] for change in history if change["ido_jiyu_cd"] in ("01", "02", "04")]
        assert moves[-1] == line["jusho_ymd"]
        ends = [
            (change["ido_jiyu_cd"], change["ido_ymd"]) for change in history if change["ido_jiyu_cd"] in ("03", "05")
        ]
        code = {"1": None, "2": "03", "3": "05", "9": None}[line["jumin_cd"]]
        assert ends == ([(code, line["shojo_ymd"])] if code else [])


def test_who_came_from_elsewhere_has_a_previous_address_of_nowhere(register: sqlite3.Connection) -> None:
    """Those who were born here have none; who left has one where mail goes; none is in a municipality of Japan."""
    born_here = (
        "SELECT 1 FROM juki_previous JOIN juki_resident USING (atena_no) "
        "GROUP BY atena_no HAVING count(*) = 1 AND max(todoke_ymd) IS NULL"
    )
    assert not register.execute(born_here).fetchall()
    gone = "SELECT count(*) FROM juki_forwarding JOIN juki_resident USING (atena_no) WHERE jumin_cd = '2'"
    assert register.execute(gone).fetchone()[0] > 0
    for table in ("juki_previous", "juki_forwarding"):
        codes = {code for (code,) in register.execute(f"SELECT DISTINCT shikuchoson_cd FROM {table}")}
        assert codes
        assert all(code.startswith("48") and code != "48201" and len(code) == 5 for code in codes)


def test_heads_are_named_as_they_are_written(register: sqlite3.Connection) -> None:
    """世帯主氏名 is the head's own name; the 筆頭者 is one of the household; both missing only where there is none."""
    households: dict[str, list[sqlite3.Row]] = {}
    for line in register.execute("SELECT * FROM juki_resident WHERE jumin_cd = '1'"):
        households.setdefault(line["setai_no"], []).append(line)
    for people in households.values():
        heads = [line["shimei"] for line in people if line["zokugara"] == "世帯主"]
        assert {line["setainushi_mei"] for line in people} == ({heads[0]} if heads else {None})
        names = {line["shimei"] for line in people}
        assert all((line["hittosha_mei"] in names) == (line["honseki"] is not None) for line in people)


def entitled(register: sqlite3.Connection) -> list[sqlite3.Row]:
    """Those who live here, with what they are entitled to; births known to the year are left out."""
    return register.execute(
        "SELECT * FROM juki_eligibility JOIN juki_resident USING (atena_no) WHERE jumin_cd = '1' "
        "AND umare_ymd NOT LIKE '%-00' GROUP BY atena_no HAVING count(*) = 1"
    ).fetchall()


def age(line: sqlite3.Row) -> int:
    """In whole years, complete on the eve of the birthday."""
    born = date.fromisoformat(line["umare_ymd"])
    eve = TODAY + timedelta(days=1)
    return eve.year - born.year - ((eve.month, eve.day) < (born.month, born.day))


@pytest.mark.parametrize(
    ("column", "code", "low", "high"),
    [
        ("koki_kbn", "1", 75, 120),  # late-stage elderly
        ("kaigo_kbn", "1", 65, 120),  # long-term care, 第1号
        ("kaigo_kbn", "2", 40, 64),  # 第2号
        ("kokuho_kbn", "1", 0, 74),  # national health
        ("nenkin_kbn", "1", 20, 59),  # pension, 第1号
        ("nenkin_kbn", "3", 20, 59),  # 第3号
        ("nenkin_kbn", "4", 60, 64),  # voluntary
        ("jido_teate_kbn", "1", 18, 75),  # child allowance, to a parent
    ],
)
def test_insurance_follows_age(register: sqlite3.Connection, column: str, code: str, low: int, high: int) -> None:
    """Nobody has a code outside the ages of the law, and somebody has it."""
    ages = [age(line) for line in entitled(register) if line[column] == code]
    assert ages
    assert low <= min(ages)
    assert max(ages) <= high


def test_everybody_of_an_age_is_insured(register: sqlite3.Connection) -> None:
    """Medical care from 75, long-term care from 40: these have no exceptions."""
    for line in entitled(register):
        assert (line["koki_kbn"] == "1") == (age(line) >= 75)
        assert line["kaigo_kbn"] == (None if age(line) < 40 else "2" if age(line) < 65 else "1")


def test_the_electoral_roll_has_nationals_of_18_and_over(register: sqlite3.Connection) -> None:
    """After three months in the city, and nobody else."""
    settled = (TODAY - timedelta(days=92)).isoformat()
    for line in entitled(register):
        votes = age(line) >= 18 and line["honseki"] is not None and line["jumin_ymd"] <= settled
        assert (line["senkyo_kbn"] == "1") == votes


def test_tax_standing_follows_income(register: sqlite3.Connection) -> None:
    """Who earns nothing pays nothing, and a household is untaxed only where everybody is."""
    lines = register.execute(
        "SELECT setai_no, kazei_kbn, coalesce(shotoku_gaku, 0) FROM juki_resident JOIN tax_standing USING (atena_no) "
        "LEFT JOIN tax_income USING (atena_no) WHERE jumin_cd = '1' GROUP BY atena_no HAVING count(*) = 1"
    ).fetchall()
    assert {standing for _, standing, _ in lines} == {"1", "2", "3", "4"}
    untaxed = {household for household, standing, _ in lines if standing == "4"}
    for household, standing, income in lines:
        assert (household in untaxed) == (standing == "4")
        assert (standing == "1") == (income > 600_000)


def test_benefits_begin_before_they_end(register: sqlite3.Connection) -> None:
    """All five kinds are paid to somebody, some of them no longer."""
    lines = register.execute("SELECT * FROM welfare_benefit").fetchall()
    assert {line["kyufu_cd"] for line in lines} == {"01", "02", "03", "04", "05"}
    assert any(line["shuryo_ymd"] is not None for line in lines)
    assert all(line["kaishi_ymd"] <= (line["shuryo_ymd"] or TODAY_TEXT) <= TODAY_TEXT for line in lines)


async def test_every_field_of_the_catalogue_has_a_value_of_somebody(city: Path) -> None:
    """The shipped map leaves no field out that a register can hold, and the city fills each."""
    schema = read_schema_map(SHIPPED_MAP, name="register-map.yaml")
    fields = tuple(name for name, field in FIELDS.items() if field.derived_from is None and name != RESIDENT_ID)
    assert set(fields) == set(schema.fields)
    with closing(sqlite3.connect(city / "register.db")) as connection:
        ids = [one for (one,) in connection.execute("SELECT DISTINCT atena_no FROM juki_resident")]
    register = open_register(f"sqlite:///{city / 'register.db'}", schema)
    try:
        reader = register.reader(fields)
        values: list[list[Any]] = [[] for _ in fields]
        for start in range(0, len(ids), 500):
            for rows in (await reader.rows(ids[start : start + 500])).values():
                for row in rows:
                    for kept, value in zip(values, row.values, strict=True):
                        kept.append(value)
    finally:
        await register.close()
    empty = {name for name, kept in zip(fields, values, strict=True) if all(value is None for value in kept)}
    assert empty == set()
    unreadable = {name for name, kept in zip(fields, values, strict=True) if any(value is False for value in kept)}
    assert unreadable == set()
