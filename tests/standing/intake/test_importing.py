"""Sheets of posts, good and bad, into a standing database of every kind there is."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.caller import Post
from gateway.finding import Findings
from gateway.register.driver import Driver
from gateway.sheet.records import Encoding
from gateway.standing.directory import SqlDirectory
from gateway.standing.intake.importing import csv_sheet, import_staff, sql_sheet
from gateway.standing.intake.staff_map import StaffMap
from gateway.standing.port import StandingUnavailable
from gateway.standing.tables import POST, STAFF
from tests.standing.conftest import ToldClock, Written

ROOT = Path(__file__).parents[3]
HEADER = "post,staff,department,unit,role,superior,since,until,resident_id"
GOOD = f"""{HEADER}
p1,s1,planning,statistics,analyst,s2,2026-04-01,,1000000001
p2,s1,health,prevention,public-health-nurse,,2026-04-01,2027-04-01,1000000001
p3,s2,planning,statistics,section-head,,2025-04-01,,
"""


@pytest.fixture(scope="module")
def shipped() -> StaffMap:
    """The map that ships."""
    return StaffMap.read(ROOT / "config" / "staff-map.yaml")


def sheet_of(tmp_path: Path, text: str) -> Path:
    """A CSV file."""
    path = tmp_path / "posts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def told(tmp_path: Path, text: str, staff_map: StaffMap, url: str | None = None) -> list[tuple[int, int, str]]:
    """Line, column and code of each finding."""
    path = sheet_of(tmp_path, text)
    report, _ = import_staff(csv_sheet(path, Encoding.UTF_8), str(path), staff_map, url)
    assert report.faults == sum(not each.code.startswith("advice") for each in report.findings)
    return [(each.line, each.column, each.code) for each in report.findings]


@pytest.mark.rule("W3")
async def test_a_sheet_becomes_the_directory(
    tmp_path: Path, shipped: StaffMap, written: Written, database: Driver, clock: ToldClock
) -> None:
    """Dated posts, several of one person, superiors, and who lives here; what was there before is gone."""
    old = {"post": "p9", "staff": "s9", "department": "d", "unit": "u", "role": "r", "since": "2020-01-01"}
    written.add(POST, old)
    written.add(STAFF, {"staff": "s9", "resident_id": "1000000009"})
    assert told(tmp_path, GOOD, shipped, written.url) == []
    directory = SqlDirectory(database, clock)
    await directory.refresh()
    first = Post("p1", "s1", "planning", "statistics", "analyst", "s2", date(2026, 4, 1), None)
    second = Post("p2", "s1", "health", "prevention", "public-health-nurse", None, date(2026, 4, 1), date(2027, 4, 1))
    assert list(directory.posts("s1")) == [first, second]
    assert (directory.resident("s1"), directory.resident("s2"), directory.resident("s9")) == ("1000000001", None, None)
    assert list(directory.posts("s9")) == []


@pytest.mark.rule("W3", "R6")
@pytest.mark.parametrize(
    ("expected", "line"),
    [
        # places are those of the cells
        ((2, 1, "word"), "P1,s1,planning,statistics,analyst,,2026-04-01,,"),
        ((2, 4, "empty"), "p1,,planning,statistics,analyst,,2026-04-01,,"),
        ((2, 7, "unknown-department"), "p1,s1,planing,statistics,analyst,,2026-04-01,,"),
        ((2, 16, "word"), "p1,s1,planning,統計係,analyst,,2026-04-01,,"),
        ((2, 27, "empty"), "p1,s1,planning,statistics,,,2026-04-01,,"),
        ((2, 35, "word"), "p1,s1,planning,statistics,analyst,S 2,2026-04-01,,"),
        ((2, 1, "unknown-superior"), "p1,s1,planning,statistics,analyst,s9,2026-04-01,,"),
        ((2, 1, "circle"), "p1,s1,planning,statistics,analyst,s1,2026-04-01,,"),
        ((2, 36, "date"), "p1,s1,planning,statistics,analyst,,2026-02-30,,"),
        ((2, 36, "date"), "p1,s1,planning,statistics,analyst,,20260401,,"),
        ((2, 36, "empty"), "p1,s1,planning,statistics,analyst,,,,"),
        ((2, 47, "date"), "p1,s1,planning,statistics,analyst,,2026-04-01,never,"),
        # an end that is no later than the first day
        ((2, 36, "order"), "p1,s1,planning,statistics,analyst,,2026-04-01,2026-04-01,"),
        ((2, 48, "resident-id"), "p1,s1,planning,statistics,analyst,,2026-04-01,,12345"),
        ((2, 1, "cells"), "p1,s1,planning,statistics,analyst,,2026-04-01"),
        ((2, 7, "control-character"), "p1,s1,plan\x07ning,statistics,analyst,,2026-04-01,,"),
    ],
)
def test_a_bad_line_is_told_with_place_and_reason(
    expected: tuple[int, int, str], line: str, tmp_path: Path, shipped: StaffMap
) -> None:
    """The number of the line, where in it, and why; and nothing that it holds."""
    assert told(tmp_path, f"{HEADER}\n{line}\n", shipped) == [expected]
    path = sheet_of(tmp_path, f"{HEADER}\n{line}\n")
    report, _ = import_staff(csv_sheet(path, Encoding.UTF_8), "posts.csv", shipped, None)
    said = " ".join(each.message for each in report.findings)
    assert "12345" not in said
    assert "planing" not in said


def test_every_bad_line_is_told_and_none_is_half_imported(tmp_path: Path, shipped: StaffMap, written: Written) -> None:
    """Three faults on three lines among good ones: all told, and the directory is as it was."""
    written.add(POST, {"post": "p9", "staff": "s9", "department": "d", "unit": "u", "role": "r", "since": "2020-01-01"})
    text = (
        GOOD
        + "p4,s4,nowhere,u,r,,2026-04-01,,\n"
        + "p5,s5,planning,u,r,s8,2026-04-01,2026-01-01,\n"
        + "p1,s6,planning,u,r,,2026-04-01,,\n"
    )
    found = told(tmp_path, text, shipped, written.url)
    assert [(line, code) for line, _, code in found] == [
        (5, "unknown-department"),
        (6, "order"),
        (7, "post-twice"),
    ]
    with written.engine.connect() as connection:
        assert connection.execute(sa.select(POST.c.post)).scalars().all() == ["p9"]


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ((1, 1, "empty"), ""),
        # a directory without anybody is no directory
        ((0, 0, "empty"), f"{HEADER}\n"),
        ((1, 1, "missing-column"), HEADER.replace(",role", "") + "\n"),
        ((1, 66, "unknown-column"), f"{HEADER},salary\n"),
        ((1, 66, "column-twice"), f"{HEADER},post\n"),
    ],
)
def test_a_sheet_without_its_columns_is_no_sheet(
    expected: tuple[int, int, str], text: str, tmp_path: Path, shipped: StaffMap
) -> None:
    """The header is told by its place, too."""
    assert told(tmp_path, text, shipped) == [expected]


def test_a_missing_file_is_a_finding(tmp_path: Path, shipped: StaffMap) -> None:
    """Told by name."""
    report, entries = import_staff(csv_sheet(tmp_path / "no.csv", Encoding.UTF_8), "no.csv", shipped, None)
    assert ([each.code for each in report.findings], entries) == (["unreadable"], [])


@pytest.mark.rule("W3")
async def test_another_database_is_read_by_the_same_map(
    tmp_path: Path, written: Written, database: Driver, clock: ToldClock
) -> None:
    """By its own names and words; without resident ids in the map the links to the register stay as they are."""
    source = f"sqlite:///{tmp_path}/personnel.db"
    engine = sa.create_engine(source)
    with engine.begin() as connection:
        connection.execute(
            sa.text("CREATE TABLE hatsurei (no TEXT, shokuin TEXT, ka TEXT, kakari TEXT, shoku TEXT, joshi TEXT, s, e)")
        )
        connection.execute(
            sa.text("INSERT INTO hatsurei VALUES ('p1', 's1', '企画課', '統計係', '主事', NULL, '2026-04-01', NULL)")
        )
    engine.dispose()
    path = tmp_path / "map.yaml"
    path.write_text(
        "table: hatsurei\n"
        "columns: {post: no, staff: shokuin, department: ka, unit: kakari, role: shoku, superior: joshi, since: s,"
        " until: e}\n"
        "departments: {企画課: planning}\nunits: {統計係: statistics}\nroles: {主事: analyst}\n",
        encoding="utf-8",
    )
    written.add(STAFF, {"staff": "s1", "resident_id": "1000000001"})
    staff_map = StaffMap.read(path)
    report, _ = import_staff(sql_sheet(source, staff_map), "--from", staff_map, written.url)
    assert report.findings == []
    directory = SqlDirectory(database, clock)
    await directory.refresh()
    assert list(directory.posts("s1")) == [
        Post("p1", "s1", "planning", "statistics", "analyst", None, date(2026, 4, 1), None)
    ]
    assert directory.resident("s1") == "1000000001"


def test_a_database_that_is_not_there_is_not_made_unless_told(tmp_path: Path, shipped: StaffMap) -> None:
    """A mistyped name makes no second directory; a new one is its owner's alone."""
    path, sheet = tmp_path / "standing.db", csv_sheet(sheet_of(tmp_path, GOOD), Encoding.UTF_8)
    with pytest.raises(StandingUnavailable):
        import_staff(sheet, "posts.csv", shipped, f"sqlite:///{path}")
    assert not path.exists()
    import_staff(sheet, "posts.csv", shipped, f"sqlite:///{path}", create=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(Written(f"sqlite:///{path}").engine.connect().execute(sa.select(POST)).fetchall()) == 3


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("missing-key", "table: post\n"),
        ("unknown-key", "departments: [planning]\ndepartment: [x]\n"),
        ("value-error", "departments: []\n"),
        ("value-error", "departments: [企画課]\n"),
        ("value-error", "departments: [planning]\ncolumns: {post: 'a\"b'}\n"),
    ],
)
def test_a_map_that_cannot_be_right_is_found(code: str, text: str, tmp_path: Path) -> None:
    """With its place."""
    path = tmp_path / "map.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Findings) as caught:
        StaffMap.read(path)
    assert [each.code for each in caught.value.findings] == [code]
