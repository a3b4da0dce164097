"""What every Register promises, on each database."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.field import FIELDS
from gateway.finding import parse_yaml
from gateway.pattern import NamePattern
from gateway.register.port import Criteria, Selection
from gateway.register.schema_reading import schema_map_of
from gateway.register.sql import SqlRegister, open_register
from gateway.subject import Outsider, Restriction, Status
from masking.catalogue import CATALOGUE
from masking.value import MALFORMED, UNREADABLE, Address, Entry, Flag, Occasion, PartialDate, ValueKind
from tests.register.conftest import TODAY, Database

ALL = Selection("", None, None)


async def ids(register: SqlRegister, selection: Selection, after: str = "", size: int = 100) -> list[str]:
    """The ids of one page."""
    return [row.resident_id for row in await register.reader(()).page(selection, after, size)]


async def test_values_come_in_the_order_of_the_fields_asked_for(register: SqlRegister) -> None:
    """A row holds exactly the asked fields, in that order, each in the catalogue's own form."""
    fields = ("income", "address", "name", "birth_date", "sex", "status", "disaster_certificate", "resident_id")
    expected = (
        3_210_000,
        Address("4820100101", "潮見市", "潮見", 1, "2番3号"),
        "磯野　波子",
        PartialDate(1980, 4, 2),
        "female",
        Status.RESIDENT.value,
        "half_collapse",
        "1000000001",
    )
    found = await register.reader(fields).rows(["1000000001"])
    assert [expected] == [row.values for row in found["1000000001"]]


async def test_the_same_field_twice_is_two_values(register: SqlRegister) -> None:
    """A reader gives what its plan lists, even where it lists a field twice."""
    found = await register.reader(("name", "name")).rows(["1000000002"])
    assert [row.values for row in found["1000000002"]] == [("磯野　渚", "磯野　渚")]


@pytest.mark.rule("S5", "S4")
async def test_every_entry_of_an_id_comes_back(register: SqlRegister) -> None:
    """None for an unknown id, both for a duplicate one, and whatever the status: the register never picks."""
    expected = {
        "9999999999": [],
        "1000000004": ["双葉　一", "双葉　二"],
        "1000000005": ["去田　遠"],
        "1000000006": ["故山　静"],
    }
    found = await register.reader(("name",)).rows(list(expected))
    assert expected == {one: sorted(str(row.values[0]) for row in rows) for one, rows in found.items()}


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 16, 17, 1_500])
async def test_any_number_of_ids_can_be_asked(register: SqlRegister, count: int) -> None:
    """The answer has each id once, however many there are and however often one is repeated."""
    asked = [f"{1_000_000_001 + n}" for n in range(count)]
    found = await register.reader(("name",)).rows([*asked, *asked[:1]])
    assert set(asked) == set(found)
    assert (["磯野　波子"] if count else []) == [str(row.values[0]) for row in found.get("1000000001", ())]


@pytest.mark.rule("F5")
async def test_null_and_blank_are_not_in_the_register(register: SqlRegister) -> None:
    """An old register pads with blanks where a newer one has null: both read as None, and a missing line too."""
    filled = {"resident_id", "name", "household_id", "status"}
    fields = tuple(name for name, field in FIELDS.items() if field.derived_from is None and name not in filled)
    found = await register.reader(fields).rows(["1000000007"])
    assert [(None,) * len(fields)] == [row.values for row in found["1000000007"]]


async def test_a_flag_is_yes_no_or_unreadable(register: SqlRegister) -> None:
    """Never a truth value of Python's; who has no line has no answer."""
    expected = {1: Flag.YES, 2: Flag.NO, 3: None, 8: UNREADABLE}
    found = await register.reader(("electoral_roll",)).rows([f"100000000{n}" for n in expected])
    assert list(expected.values()) == [rows[0].values[0] for rows in found.values()]


async def test_an_address_may_stand_beside_the_main_table(register: SqlRegister) -> None:
    """Where somebody came from, as far as it is known."""
    found = await register.reader(("previous_address", "forwarding_address", "remarks")).rows(["1000000001"])
    assert found["1000000001"][0].values == (
        Address("48999", "沖見市", "本町", 0, "3番地"),
        None,
        "DV に関する申出あり",
    )


CHANGES = (
    Entry("moved_in", None, None, ""),
    Entry("moved_within", PartialDate(2012, 8, 1), PartialDate(2012, 8, 1), ""),
    Entry("moved_within", PartialDate(2020), PartialDate(2020), "世帯分離"),
)
BENEFITS = (
    Entry("disability_allowance", PartialDate(2020, 4, 1), None, ""),
    Entry("public_assistance", PartialDate(2021, 4, 1), PartialDate(2022, 3, 31), ""),
)


async def test_lists_come_with_their_rows_in_the_register_s_order(register: SqlRegister) -> None:
    """A change is one day, what goes on has no end; the order is the order column's, which counts 10 behind 2."""
    expected = {1: ("磯野　波子", CHANGES, BENEFITS, "世帯主"), 2: ("磯野　渚", None, None, "子")}
    reader = register.reader(("name", "history", "benefits", "relationship"))
    found = await reader.rows([f"100000000{n}" for n in expected])
    assert list(expected.values()) == [rows[0].values for rows in found.values()]
    assert list(expected.values()) == [row.values for row in await reader.page(ALL, "", 2)]


@pytest.mark.rule("S5")
async def test_a_list_belongs_to_every_entry_of_its_id(register: SqlRegister) -> None:
    """It is filed under the id: nobody can tell which of two entries it is about."""
    found = await register.reader(("history",)).rows(["1000000004"])
    day = PartialDate(2001, 1, 1)
    assert [row.values for row in found["1000000004"]] == [((Entry("moved_in", day, day, ""),),)] * 2


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("number", "field"),
    [
        (6, "history"),  # a code without a word
        (8, "history"),  # a 31 February behind a good line
        (8, "benefits"),  # a last day that is none
    ],
)
async def test_a_list_with_a_line_that_cannot_be_read_is_unreadable(
    register: SqlRegister, number: int, field: str
) -> None:
    """The other lines are not shown as if they were all."""
    found = await register.reader((field,)).rows([f"100000000{number}"])
    assert [row.values for row in found[f"100000000{number}"]] == [(UNREADABLE,)]


async def test_a_household_counts_those_who_live_in_it(register: SqlRegister) -> None:
    """Whatever the status of the one who is asked for: nobody is left where the only one died."""
    expected = {1: 2, 2: 2, 3: 1, 5: 0, 6: 0, 7: 1, 9: None}
    found = await register.reader(("household_size", "household_id")).rows([f"100000000{n}" for n in expected])
    assert {int(one[-1]): rows[0].values[0] if rows else None for one, rows in found.items()} == expected
    page = await register.reader(("household_size",)).page(Selection("", None, None, "10000001"), "", 10)
    assert [row.values for row in page] == [(2,), (2,)]


@pytest.mark.rule("M2")
async def test_what_cannot_be_read_reaches_no_mask_as_a_value(register: SqlRegister) -> None:
    """A 31 February, a code without a word and a town code with letters are marked by every mask, and never shown."""
    fields = ("birth_date", "sex", "address")
    (row,) = (await register.reader(fields).rows(["1000000008"]))["1000000008"]
    occasion = Occasion("1000000008", None, TODAY)
    settings: dict[str, dict[str, object]] = {
        "age_band": {"width": 5},
        "area": {"level": "town"},
        "band": {"width": 1_000_000},
        "date_precision": {"keep": "year"},
    }
    for field, value in zip(fields, row.values, strict=True):
        for kind in CATALOGUE.values():
            if FIELDS[field].kind in kind.fits and not kind.keyed and kind.name != "redact":
                mask = kind.bind(kind.settings.model_validate(settings.get(kind.name, {})), None)
                assert mask(value, occasion) == MALFORMED, (field, kind.name)


@pytest.mark.rule("F7")
async def test_a_date_keeps_the_precision_it_has(register: SqlRegister) -> None:
    """A birth known to the year is not filled up with a January."""
    found = await register.reader(("birth_date",)).rows(["1000000003"])
    assert [(PartialDate(1925),)] == [row.values for row in found["1000000003"]]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        # All who live here, twins both; those who moved away or died are no part of any selection.
        (ALL, "1 2 3 4 4 7 8"),
        # The whole municipality: entries without a readable town code are in none.
        (Selection("48201", None, None), "1 2 3 4 4"),
        # A town, and a chome of it.
        (Selection("48201002", None, None), "3 4"),
        (Selection("4820100101", None, None), "1 2 4"),
        # A prefix is a prefix: no such town, though numbers near it exist.
        (Selection("482010010", None, None), "1 2 4"),
        (Selection("48209", None, None), ""),
        (Selection("4820100109", None, None), ""),
        # Both ends of a birth range count.
        (Selection("", date(1970, 1, 1), date(1980, 4, 2)), "1 4 4 8"),
        (Selection("", date(1980, 4, 3), None), "2"),
        # Open below: the one whose birth is known to the year is left out, as she may be on either side.
        (Selection("", None, date(1979, 12, 31)), "4 4"),
        # Area and ages together.
        (Selection("48201001", date(1970, 1, 1), date(1980, 12, 31)), "1 4"),
        # A household, alone and with more; a part of a number is no household.
        (Selection("", None, None, "10000001"), "1 2"),
        (Selection("48201", date(2000, 1, 1), None, "10000001"), "2"),
        (Selection("48201002", None, None, "10000001"), ""),
        (Selection("", None, None, "1000000"), ""),
        (Selection("", None, None, "10000006"), ""),
        # Other entries, where they are asked for.
        (Selection("", None, None, "10000006", frozenset({Status.DECEASED})), "6"),
        (Selection("48201001", None, None, statuses=frozenset({Status.MOVED_OUT, Status.DECEASED})), "5 6"),
        (Selection("", None, None, statuses=frozenset(Status)), "1 2 3 4 4 5 6 7 8"),
        (Selection("", None, None, statuses=frozenset({Status.VOID})), ""),
        # Whatever the status says.
        (Selection("", None, None, statuses=None), "1 2 3 4 4 5 6 7 8"),
    ],
)
@pytest.mark.rule("S4")
async def test_a_page_has_the_selection_and_nobody_else(
    register: SqlRegister, selection: Selection, expected: str
) -> None:
    """Residents of the area and ages asked for, by id."""
    assert [f"100000000{n}" for n in expected.split()] == await ids(register, selection)


@pytest.mark.parametrize("area", ["", "48201", "48201001"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 100])
@pytest.mark.rule("S5")
async def test_pages_follow_one_another(register: SqlRegister, area: str, size: int) -> None:
    """From page to page by the last id nobody is met twice or left out, and two entries of one id stay together."""
    selection = Selection(area, None, None)
    met: list[str] = []
    while page := await ids(register, selection, met[-1] if met else "", size):
        assert met == [] or met[-1] != page[0]
        met += page
    assert await ids(register, selection) == met


@pytest.mark.rule("W9")
async def test_restrictions_count_from_their_first_day_to_their_last(register: SqlRegister) -> None:
    """First and last day both count; what starts tomorrow or ended yesterday does not; what cannot be read protects."""
    none: tuple[None, ...] = (None, None, None)
    expected = {
        # starts today
        "1000000001": Restriction("1000000001", TODAY, date(2027, 11, 22), "1000000004", None, None),
        # ends today, against somebody from outside
        "1000000002": Restriction("1000000002", date(2025, 11, 24), TODAY, None, "外野　者", PartialDate(1975, 3)),
        # without end, against nobody who could be told from others
        "1000000006": Restriction("1000000006", date(2020, 1, 1), None, *none),
        # dates that cannot be read
        "1000000007": Restriction("1000000007", date.min, None, *none),
    }
    found = await register.restrictions([f"100000000{n}" for n in range(1, 10)], TODAY)
    assert expected == {one: restriction for one, (restriction,) in found.items()}
    stranger = Outsider("誰野　某", PartialDate(1975, 3))
    assert all(restriction.hides_from(stranger) for one, restriction in expected.items() if one != "1000000001")


async def test_size_counts_entries_with_status_resident(register: SqlRegister) -> None:
    """Those who moved away or died are not counted; each of two entries under one id is."""
    assert await register.size() == 7


@pytest.mark.rule("F8")
async def test_a_field_that_is_not_mapped_cannot_be_read(register: SqlRegister) -> None:
    """No reader comes of it."""
    with pytest.raises(ValueError, match="not in the schema map: age, blood_type"):
        register.reader(("name", "household_size", "blood_type", "age"))


async def test_many_callers_share_the_register(register: SqlRegister) -> None:
    """Reads at the same time get their own answers."""
    reader = register.reader(("resident_id", "name"))
    asked = [f"100000000{1 + n % 8}" for n in range(40)]
    answers = await asyncio.gather(*(reader.rows([one]) for one in asked))
    assert asked == [str(rows[one][0].values[0]) for one, rows in zip(asked, answers, strict=True)]


async def test_what_a_value_means_to_sql_does_not_matter(register: SqlRegister) -> None:
    """Values travel beside the statement, never in it."""
    hostile = "' OR '1'='1"
    assert {hostile: []} == await register.reader(("name",)).rows([hostile])
    assert await ids(register, Selection(hostile, None, None)) == []
    assert await ids(register, Selection("", None, None, hostile)) == []
    assert await register.find(Criteria(household_id=hostile), 10) == []
    assert await register.find(Criteria(name=NamePattern.parse(hostile)), 10) == []
    assert await register.restrictions([hostile], TODAY) == {}


def test_the_catalogue_has_a_mapped_field_of_every_kind(database: Database) -> None:
    """So that no kind's conversion goes untried above."""
    assert set(ValueKind) == {field.kind for field in FIELDS.values()}


@pytest.mark.rule("W9")
@pytest.mark.parametrize("kind", ["VARCHAR(4)", "INTEGER"])
async def test_a_measure_may_cover_who_lives_with_the_resident(database: Database, kind: str) -> None:
    """The household as it is today, whatever the column's type; from first to last day, against the same party."""
    name = f"shield_{kind[0].lower()}"
    lines = (
        "('1000000001', '2026-11-23', '2026-11-23', '1000000004', NULL, NULL, '1')",
        "('1000000003', '2026-11-23', NULL, '1000000004', NULL, NULL, '0')",
        "('1000000005', '2026-11-23', NULL, '1000000004', NULL, NULL, '1')",
        "('1000000007', '2026-11-23', NULL, '1000000004', NULL, NULL, NULL)",
    )
    columns = ", ".join(f"{each} VARCHAR(10)" for each in ("no", "a", "b", "c", "d", "e"))
    database.run(
        f"CREATE TABLE {name} ({columns}, whole {kind})", *(f"INSERT INTO {name} VALUES {line}" for line in lines)
    )
    text = (Path(__file__).parent / "register-map.yaml").read_text(encoding="utf-8").partition("restrictions:")[0]
    table = f"table: {name}, key: no, since: a, until: b, against_resident_id: c, against_name: d"
    text += f"restrictions: {{{table}, against_birth_date: e, covers_household: whole}}\n"
    register = open_register(database.url, schema_map_of(parse_yaml(text.encode(), "register-map.yaml")))
    everybody = [f"100000000{n}" for n in range(1, 9)]
    today = await register.restrictions(everybody, TODAY)
    tomorrow = await register.restrictions(everybody, TODAY + timedelta(days=1))
    child = await register.restrictions(["1000000002"], TODAY)
    await register.close()

    assert set(today) == {f"100000000{n}" for n in (1, 2, 3, 5, 7)}
    assert today["1000000002"] == child["1000000002"]
    assert [each.against_resident_id for each in child["1000000002"]] == ["1000000004"]
    assert set(tomorrow) == {f"100000000{n}" for n in (3, 5, 7)}
