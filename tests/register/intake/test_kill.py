"""A real import in a real process, killed at its worst moments."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gateway.register.schema_map import SchemaMap
from tests.register.conftest import SHIPPED_MAP
from tests.register.intake.exports import export

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def files(city: Path, shipped: SchemaMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city's CSV files."""
    folder = tmp_path_factory.mktemp("files")
    export(city / "register.db", shipped, folder)
    return folder


def importing(files: Path, out: Path) -> subprocess.Popen[str]:
    """The command under way."""
    arguments = ("register", "import", str(files), "--map", str(SHIPPED_MAP), "--out", str(out), "--force")
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def entries(register: Path) -> int:
    """The entries of a register that is sound in every page, and indexed."""
    with closing(sqlite3.connect(f"file:{register}?mode=ro", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (found,) = database.execute("SELECT count(*) FROM juki_resident").fetchone()
        indexed = database.execute("SELECT count(DISTINCT resident_id) FROM kensaku_shimei").fetchone()
        assert indexed == database.execute("SELECT count(DISTINCT atena_no) FROM juki_resident").fetchone()
    return int(found)


@pytest.mark.parametrize(("moment", "before"), [("octets read", None), ("indexed", b"precious")])
def test_a_killed_import_leaves_the_old_register_or_none(
    files: Path, tmp_path: Path, moment: str, before: bytes | None
) -> None:
    """No half of a register under its name, the one that was there untouched; and the next run clears up and works."""
    out = tmp_path / "register.db"
    if before is not None:
        out.write_bytes(before)
    process = importing(files, out)
    assert process.stderr is not None
    for line in process.stderr:
        if moment in line:
            process.kill()
            break
    process.communicate(timeout=30)
    if process.returncode == -signal.SIGKILL:
        assert (out.read_bytes() if out.exists() else None) == before
    else:  # it was done before the signal came
        assert entries(out) > 2_000
    last = importing(files, out)
    last.communicate(timeout=30)

    assert last.returncode == 0
    assert entries(out) > 2_000
    assert [path.name for path in tmp_path.iterdir()] == ["register.db"]


def test_two_imports_into_one_directory_take_turns(files: Path, tmp_path: Path) -> None:
    """The second is told so, while the first goes on."""
    out = tmp_path / "register.db"
    first = importing(files, out)
    assert first.stderr is not None
    first.stderr.readline()
    first.send_signal(signal.SIGSTOP)
    second = importing(files, out)
    _, said = second.communicate(timeout=30)
    first.send_signal(signal.SIGCONT)
    first.communicate(timeout=30)

    assert (second.returncode, first.returncode) == (3, 0)
    assert "another import writes into this directory" in said
    assert entries(out) > 2_000
