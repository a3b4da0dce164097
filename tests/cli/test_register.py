"""`register-gateway register` as people and scripts meet it."""

import json
import os
import sqlite3
import subprocess
import sys
import warnings
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SAWarning

from gateway.cli.exits import Exit
from gateway.cli.register import app
from gateway.demo.example import example_in
from gateway.finding import parse_yaml
from gateway.register.schema_reading import schema_map_of
from masking.japanese.folding import FOLDING
from tests.postgres import new_database
from tests.register.intake.hamlet import FILES, Folder
from tests.register.intake.hamlet import MAP as HAMLET

MAP = str(Path(__file__).parents[2] / "config" / "register-map.yaml")


def run(*arguments: str) -> int:
    """The exit code of `register-gateway register …`."""
    with pytest.raises(SystemExit) as left:
        app(list(arguments))
    return int(left.value.code or 0)


def test_a_city_is_seeded_and_fits_the_shipped_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Results as JSON on standard output, progress in plain lines on the other; then the check is content."""
    assert run("seed", "--out", str(tmp_path), "--residents", "500", "--today", "2026-11-23", "--json") == Exit.DONE
    said = capsys.readouterr()
    assert json.loads(said.out)["residents"] == 500
    assert "500 of 500 residents" in said.err
    assert run("check", MAP, "--database", f"sqlite:///{tmp_path}/register.db") == Exit.DONE
    assert capsys.readouterr().out == ""


def test_a_lookup_to_go_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, on lines that fit; the same in parts for scripts; none where a city has no case."""
    seeded = ("seed", "--residents", "2000", "--force", "--out")
    assert run(*seeded, str(tmp_path / "city")) == Exit.DONE
    hint = capsys.readouterr().err
    assert run(*seeded, str(tmp_path / "city"), "--json") == Exit.DONE
    example = json.loads(capsys.readouterr().out)["example"]
    assert example["lookup"] in hint.replace(" \\\n ", "")
    for part in ("staff", "post", "role", "purpose", "case", "resident"):
        assert f"--{part} {example[part]}" in example["lookup"]
    assert str(tmp_path / "pki") == example["pki"]
    with closing(sqlite3.connect(tmp_path / "city" / "standing.db")) as standing, standing:
        standing.execute("DELETE FROM case_file")
    assert example_in(tmp_path / "city") is None


def test_what_is_there_is_not_replaced_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The refusal names the file and the way out; `--force` is it."""
    (tmp_path / "standing.db").write_text("precious")
    arguments = ("seed", "--out", str(tmp_path), "--residents", "100")
    assert run(*arguments) == Exit.CANNOT
    assert "standing.db exists; choose another --out, or --force" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["standing.db"]
    assert run(*arguments, "--force") == Exit.DONE
    assert capsys.readouterr().out.startswith("residents\tformer\t")


@pytest.mark.parametrize(
    ("expected", "message", "arguments"),
    [
        # fewer people than a city has
        (Exit.USAGE, "at least 100", ("seed", "--residents", "99", "--out", "{}/new")),
        # a directory that cannot be one
        (Exit.CANNOT, "cannot be written", ("seed", "--residents", "100", "--out", "{}/file")),
        # a database that is not there
        (Exit.UNAVAILABLE, "cannot be read", ("check", MAP, "--database", "sqlite:///{}/none.db")),
        # a URL that is none
        (Exit.USAGE, "--database", ("check", MAP, "--database", "nonsense")),
        (Exit.USAGE, "--database", ("index", MAP, "--database", "nonsense")),
        # a database that is not there is not made
        (Exit.UNAVAILABLE, "the index is as it was", ("index", MAP, "--database", "sqlite:///{}/none.db")),
        # neither what to write nor that nothing is to be written; both
        (Exit.USAGE, "give one of the two", ("import", "{}", "--map", MAP)),
        (Exit.USAGE, "give one of the two", ("import", "{}", "--map", MAP, "--check", "--out", "{}/new.db")),
        # a directory that is a file; one to write into that is not there
        (Exit.CANNOT, "no such directory", ("import", "{}/file", "--map", MAP, "--check")),
        (Exit.CANNOT, "cannot be written", ("import", "{}", "--map", MAP, "--out", "{}/none/register.db")),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], expected: Exit, message: str, arguments: tuple[str, ...]
) -> None:
    """An exit code of the table and one clear line, no traceback."""
    (tmp_path / "file").touch()
    assert expected == run(*(argument.replace("{}", str(tmp_path)) for argument in arguments))
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""


def test_all_faults_are_printed_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line each, with its place; a map that no longer parses is no different."""
    assert run("seed", "--out", str(tmp_path), "--residents", "100") == Exit.DONE
    capsys.readouterr()
    spoilt = tmp_path / "map.yaml"
    text = Path(MAP).read_text(encoding="utf-8")
    spoilt.write_text(text.replace("shimei_kana", "kana").replace("shotoku_gaku", "gaku"), encoding="utf-8")
    database = f"sqlite:///{tmp_path}/register.db"
    assert run("check", str(spoilt), "--database", database) == Exit.FAULTS
    lines = capsys.readouterr().out.splitlines()
    places = [
        f"{number}:{line.index('column:') + 1}"
        for number, line in enumerate(text.splitlines(), start=1)
        if "shimei_kana" in line or "shotoku_gaku" in line
    ]
    assert len(places) == 2
    assert [f"{spoilt}:{place}: missing-column" for place in places] == [line.rpartition(": ")[0] for line in lines]
    spoilt.write_text("main: [", encoding="utf-8")
    assert run("check", str(spoilt), "--database", database, "--json") == Exit.FAULTS
    assert [finding["code"] for finding in json.loads(capsys.readouterr().out)] == ["syntax"]


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """A file that cannot grow: one clear line, and neither file nor draft remains."""
    script = f"""
import resource, signal
from gateway.cli.register import app
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
app(["seed", "--out", {str(tmp_path / "city")!r}, "--residents", "2000"])
"""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    left = subprocess.run([sys.executable, "-c", script], check=False, env=environment, capture_output=True, text=True)
    assert left.returncode == Exit.CANNOT
    assert "cannot be written: " in left.stderr
    assert "Traceback" not in left.stderr
    assert list((tmp_path / "city").iterdir()) == []


@pytest.fixture
def hamlet(tmp_path: Path) -> Folder:
    """CSV files and their map."""
    (tmp_path / "map.yaml").write_text(HAMLET, encoding="utf-8")
    return Folder(tmp_path, schema_map_of(parse_yaml(HAMLET.encode(), "map.yaml")))


def run_import(hamlet: Folder, *more: str) -> int:
    """The exit code of `register import` of the hamlet."""
    return run("import", str(hamlet.path), "--map", str(hamlet.path / "map.yaml"), *more)


def test_files_are_imported_and_fit_their_map(hamlet: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing on standard output, how far it is and what came of it on the other; then the check is content."""
    assert run_import(hamlet, "--out", str(hamlet.out)) == Exit.DONE
    said = capsys.readouterr()
    octets = sum(len(text.encode()) for text in FILES.values())
    assert said.out == ""
    assert f"{octets} of {octets} octets read" in said.err
    assert said.err.endswith("register.db: 17 lines in 7 tables, without a fault\n")
    assert run("check", str(hamlet.path / "map.yaml"), "--database", f"sqlite:///{hamlet.out}") == Exit.DONE
    assert capsys.readouterr().out == ""


def test_faults_of_an_import_are_lines_of_their_own(hamlet: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """With paths to click on, up to the number asked for; the rest is counted; and no register is there."""
    hamlet.change("tax.csv", "-1", "much")
    hamlet.change("change.csv", "1,10,", "1,99,")
    hamlet.change("change.csv", "2,10,", "2,99,")
    arguments = ("--out", str(hamlet.out))
    assert run_import(hamlet, *arguments) == Exit.FAULTS
    said = capsys.readouterr()
    assert [f"{hamlet.path}/tax.csv:3:12", f"{hamlet.path}/change.csv:2:14", f"{hamlet.path}/change.csv:3:14"] == [
        line.partition(": ")[0] for line in said.out.splitlines()
    ]
    assert "3 faults in 17 lines; nothing was written" in said.err
    assert run_import(hamlet, *arguments, "--most", "1") == Exit.FAULTS
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1
    assert "and 2 more" in said.err
    assert f"{hamlet.path}/change.csv: code: 2" in said.err
    assert run_import(hamlet, *arguments, "--json") == Exit.FAULTS
    told = json.loads(capsys.readouterr().out)
    assert (told["register"], told["faults"], told["advice"], len(told["findings"])) == (None, 3, 0, 3)
    assert told["counts"][1] == {"file": f"{hamlet.path}/change.csv", "code": "code", "count": 2}
    assert not hamlet.out.exists()


def test_an_import_can_be_tried(hamlet: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` says the same and writes nothing."""
    assert run_import(hamlet, "--check", "--json") == Exit.DONE
    assert json.loads(capsys.readouterr().out)["lines"]["person"] == 5
    assert run_import(hamlet, "--check") == Exit.DONE
    assert "nothing was written: 17 lines" in capsys.readouterr().err
    hamlet.change("tax.csv", "-1", "much")
    assert run_import(hamlet, "--check") == Exit.FAULTS
    assert not hamlet.out.exists()


def test_an_import_replaces_nothing_unasked(hamlet: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """As `seed`; and not even when asked to, while the register is being changed."""
    hamlet.out.write_text("precious")
    assert run_import(hamlet, "--out", str(hamlet.out)) == Exit.CANNOT
    assert "register.db exists; choose another --out, or --force" in capsys.readouterr().err
    (hamlet.path / "register.db-journal").touch()
    assert run_import(hamlet, "--out", str(hamlet.out), "--force") == Exit.CANNOT
    assert "register.db-journal exists; somebody is changing" in capsys.readouterr().err
    assert hamlet.out.read_text() == "precious"


def test_a_map_that_is_wrong_is_told_as_the_files_are(hamlet: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """Its faults on lines, or in the document."""
    hamlet.write("map.yaml", HAMLET.replace("lists:", "list:"))
    assert run_import(hamlet, "--check") == Exit.FAULTS
    assert f"{hamlet.path}/map.yaml:6:1: unknown-key" in capsys.readouterr().out
    assert run_import(hamlet, "--check", "--json") == Exit.FAULTS
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "unknown-key"
    assert run("index", str(hamlet.path / "map.yaml"), "--database", "sqlite:///x") == Exit.FAULTS
    assert "unknown-key" in capsys.readouterr().out


def test_a_full_disk_ends_an_import_whole(hamlet: Folder) -> None:
    """One clear line; neither register nor draft."""
    hamlet.write("change.csv", FILES["change.csv"] + "1000000001,1,10,2004-04-01,転入\n" * 20_000)
    script = f"""
import resource, signal
from gateway.cli.register import app
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
app(["import", {str(hamlet.path)!r}, "--map", {str(hamlet.path / "map.yaml")!r}, "--out", {str(hamlet.out)!r}])
"""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    left = subprocess.run([sys.executable, "-c", script], check=False, env=environment, capture_output=True, text=True)
    assert left.returncode == Exit.CANNOT
    assert "cannot be written: " in left.stderr
    assert "Traceback" not in left.stderr
    assert {path.name for path in hamlet.path.iterdir()} == {*FILES, "map.yaml"}


SEARCH = "search: {names: person_name, addresses: person_address, folding: person_folding}\n"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_search_index_is_built_in_the_register(
    hamlet: Folder, capsys: pytest.CaptureFixture[str], database: str
) -> None:
    """In a database of either kind, as often as asked; then the map fits, which it did not before."""
    assert run_import(hamlet, "--out", str(hamlet.out)) == Exit.DONE
    hamlet.write("map.yaml", HAMLET + SEARCH)
    url = f"sqlite:///{hamlet.out}"
    if database == "postgresql":
        url = new_database()
        copy(f"sqlite:///{hamlet.out}", url)
    check = ("check", str(hamlet.path / "map.yaml"), "--database", url)
    assert run(*check) == Exit.FAULTS
    capsys.readouterr()
    for _ in range(2):
        assert run("index", str(hamlet.path / "map.yaml"), "--database", url) == Exit.DONE
        said = capsys.readouterr()
        assert said.err.endswith(f"8 spellings and 3 addresses of 5 entries, folding {FOLDING}\n")
    assert run("index", str(hamlet.path / "map.yaml"), "--database", url, "--json") == Exit.DONE
    assert json.loads(capsys.readouterr().out) == {
        "entries": 5,
        "spellings": 8,
        "addresses": 3,
        "folding": FOLDING,
    }
    assert run(*check) == Exit.DONE
    assert "missing" not in capsys.readouterr().out


def copy(source: str, target: str) -> None:
    """All tables of a database in another one."""
    held, empty = sa.create_engine(source, poolclass=sa.NullPool), sa.create_engine(target, poolclass=sa.NullPool)
    metadata = sa.MetaData()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index", SAWarning)
        metadata.reflect(held)
    metadata.create_all(empty)
    with held.connect() as from_, empty.begin() as to:
        for table in metadata.sorted_tables:
            to.execute(table.insert(), [dict(line) for line in from_.execute(table.select()).mappings()])


def test_a_map_without_search_has_no_index(hamlet: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """Told what to add."""
    assert run_import(hamlet, "--out", str(hamlet.out)) == Exit.DONE
    assert run("index", str(hamlet.path / "map.yaml"), "--database", f"sqlite:///{hamlet.out}") == Exit.USAGE
    assert "add `search`" in capsys.readouterr().err
