"""`register-gateway staff import`."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.standing.tables import sqlite_schema
from tests.cli.serving import typed

Capsys = pytest.CaptureFixture[str]
MAP = str(Path(__file__).parents[2] / "config" / "staff-map.yaml")
GOOD = """post,staff,department,unit,role,superior,since,until,resident_id
p1,s1,planning,statistics,analyst,s2,2020-04-01,,
p2,s2,planning,statistics,section-head,,2020-04-01,,
p3,s2,planning,statistics,analyst,,2019-04-01,2020-04-01,
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def standing(tmp_path: Path) -> Path:
    path = tmp_path / "standing.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(sqlite_schema())
    return path


def posts(standing: Path) -> list[str]:
    """Every post of the directory."""
    with closing(sqlite3.connect(standing)) as connection:
        return [row[0] for row in connection.execute("SELECT post FROM post ORDER BY post")]


def test_a_sheet_is_imported(sheet: Path, standing: Path, capsys: Capsys) -> None:
    """And what it comes to is told."""
    done = typed(capsys, "staff", "import", str(sheet), "--map", MAP, "--database", f"sqlite:///{standing}")
    assert (done.code, done.out) == (Exit.DONE, ""), done.err
    assert "3 posts of 2 people, 2 of them held today" in done.err
    assert posts(standing) == ["p1", "p2", "p3"]


def test_faults_are_told_and_nothing_is_written(sheet: Path, standing: Path, capsys: Capsys) -> None:
    """`file:line:col: code: message`, and the directory is as it was."""
    sheet.write_text(GOOD.replace("p2,s2,planning", "p2,s2,plan"), encoding="utf-8")
    done = typed(capsys, "staff", "import", str(sheet), "--map", MAP, "--database", f"sqlite:///{standing}")
    assert done.code == Exit.FAULTS
    assert done.out.startswith(f"{sheet}:3:7: unknown-department: ")
    assert "1 faults in 3 lines; nothing was written" in done.err
    assert posts(standing) == []


def test_checking_writes_nothing(sheet: Path, capsys: Capsys) -> None:
    """And says the same, as JSON when asked."""
    done = typed(capsys, "staff", "import", str(sheet), "--map", MAP, "--check", "--json")
    said = json.loads(done.out)
    assert (done.code, said["faults"], said["posts"], said["staff"], said["in_force"]) == (Exit.DONE, 0, 3, 2, 2)
    assert said["directory"] is None


def test_a_database_is_read_by_the_same_map(sheet: Path, standing: Path, tmp_path: Path, capsys: Capsys) -> None:
    """What was imported once can be read as a source."""
    typed(capsys, "staff", "import", str(sheet), "--map", MAP, "--database", f"sqlite:///{standing}")
    path = tmp_path / "map.yaml"
    path.write_text("departments: [planning]\n", encoding="utf-8")
    other = tmp_path / "other.db"
    done = typed(
        capsys,
        *("staff", "import", "--from", f"sqlite:///{standing}", "--map", str(path)),
        *("--database", f"sqlite:///{other}", "--create"),
    )
    assert done.code == Exit.DONE, done.err
    assert posts(other) == posts(standing)


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (Exit.USAGE, []),
        (Exit.USAGE, ["--check"]),
        (Exit.USAGE, ["SHEET"]),
        (Exit.USAGE, ["SHEET", "--check", "--database", "sqlite:///x.db"]),
        (Exit.USAGE, ["SHEET", "--from", "sqlite:///x.db", "--check"]),
        (Exit.USAGE, ["SHEET", "--database", "no-url"]),
        (Exit.USAGE, ["--from", "no-url", "--check"]),
        (Exit.UNAVAILABLE, ["SHEET", "--database", "sqlite:///nowhere/x.db"]),
        (Exit.UNAVAILABLE, ["--from", "sqlite:///nowhere/x.db", "--check"]),
    ],
)
def test_each_way_to_fail_has_its_exit_code(code: Exit, arguments: list[str], sheet: Path, capsys: Capsys) -> None:
    """With words on standard error."""
    typing = [str(sheet) if each == "SHEET" else each for each in arguments]
    done = typed(capsys, "staff", "import", *typing, "--map", MAP)
    assert (done.code, done.out) == (code, "")
    assert done.err
