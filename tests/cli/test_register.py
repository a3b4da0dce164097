"""`register-gateway register` as people and scripts meet it."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.cli.register import app
from gateway.demo.example import example_in

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
    assert [f"{spoilt}:13:15: missing-column", f"{spoilt}:20:31: missing-column"] == [
        line.rpartition(": ")[0] for line in lines
    ]
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
