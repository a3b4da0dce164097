import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.finding import parse_yaml
from gateway.register.entries import entry_of
from gateway.register.intake.layout import tables_of
from gateway.register.schema_map import EntriesColumns
from gateway.register.schema_reading import schema_map_of
from gateway.register.values import columns_of, conversion
from gateway.sheet.reading import TableReader
from gateway.sheet.report import Report
from masking.value import UNREADABLE
from tests.register.intake.hamlet import MAP

SCHEMA = schema_map_of(parse_yaml(MAP.encode(), "map.yaml"))
TABLES = {table.name: table for table in tables_of(SCHEMA)}
CELL = st.sampled_from(
    [
        "",
        " ",
        "　",
        "0",
        "1",
        "2",
        "10",
        "007",
        "-1",
        "名",
        "20200400",
        "2020-04-00",
        "2020-04-01",
        "4820100101",
        "9" * 17,
        "1 ",
        "x",
    ]
) | st.text(max_size=6)


def through(table: str, cells: Sequence[str]) -> tuple[object, ...] | None:
    """What the columns hold of one line, by name; None if it was refused."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[column.name for column in TABLES[table].columns], cells])
    report = Report(most=1)
    lines = list(TableReader(TABLES[table], "table.csv", report).lines(io.StringIO(text.getvalue(), newline="")))
    return None if report.faults else lines[0][1:]


@pytest.mark.rule("M2")
@settings(max_examples=200)
@given(st.data())
def test_what_is_imported_is_never_malformed(data: st.DataObject) -> None:
    """Whatever stands in a file: either the line is refused, or the gateway reads every field of it."""
    field = data.draw(st.sampled_from(sorted(SCHEMA.fields)))
    columns = SCHEMA.fields[field]
    table = TABLES[columns.table or SCHEMA.main.table]
    names = [column.name for column in table.columns]
    cells = dict.fromkeys(names, "") | {
        name: value for name, value in (("id", "1000000001"), ("name", "名"), ("status", "1")) if name in names
    }
    cells |= {"no": "1"} if "no" in names else {}
    cells |= {name: data.draw(CELL) for name in columns_of(columns)}
    held = through(table.name, list(cells.values()))
    if held is not None:
        raws = [dict(zip(names, held, strict=True))[name] for name in columns_of(columns)]
        if isinstance(columns, EntriesColumns):
            assert entry_of(columns)(*raws) is not None
        else:
            assert conversion(columns)(*raws) is not UNREADABLE


@pytest.mark.rule("M2")
@pytest.mark.parametrize(("taken", "yen"), [(True, str(10**15)), (False, str(10**15 + 1)), (False, str(-(10**15) - 1))])
def test_an_amount_that_no_message_takes_is_refused(taken: bool, yen: str) -> None:
    """It would be in the register, and malformed to everybody who asks for it."""
    assert taken == (through("tax", ["1000000001", yen]) is not None)


@pytest.mark.parametrize(
    ("expected", "since", "until"),
    [
        # the same day, the next, the one before
        (True, "2026-04-01", "2026-04-01"),
        (True, "2026-04-01", "2026-04-02"),
        (False, "2026-04-01", "2026-03-31"),
        # known to the month: within it anything may be
        (True, "2026-04-15", "2026-04-00"),
        (True, "2026-04-00", "2026-04-15"),
        (False, "2026-04-00", "2026-03-31"),
        # known to the year
        (True, "2026-04-15", "2026-00-00"),
        (False, "2026-00-00", "2025-12-31"),
        # no end
        (True, "2026-04-01", ""),
    ],
)
def test_an_end_does_not_come_before_its_beginning(expected: bool, since: str, until: str) -> None:
    """As far as both days are known."""
    assert expected is (through("measure", ["1000000001", since, until, "", "", ""]) is not None)
