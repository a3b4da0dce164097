"""`register-gateway stream` against a gateway that is being served."""

import json
import os
import pty
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from tests.cli.serving import NOTICE_EN, City, typed
from tests.demo.running import ROOT
from tests.estates import asked

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def area(city: City) -> str:
    """The town code, 8 digits, of a small town: the analyst's day is shared by these tests."""
    codes = asked(city.estate, "register", "SELECT choaza_cd FROM juki_resident WHERE jumin_cd = '1'")
    towns = Counter(str(code)[:8] for (code,) in codes)
    many, town = min((many, town) for town, many in towns.items() if many > 1)
    assert many < 100
    return town


def test_a_table_in_a_pipe(city: City, capsys: Capsys, area: str) -> None:
    """A row a resident; what is invented or cut says so at the head of its column. How far it went goes to the other
    stream.
    """
    done = typed(capsys, "stream", *city.statistics("--area", area, "--language", "en"))
    assert done.code == Exit.DONE, done.err
    head, *rows = done.rows
    assert head == [
        *("resident_id (pseudonym)", "name (surrogate)", "birth_date (age_band)", "address (area)", "income (band)")
    ]
    assert len({row[0] for row in rows}) == len(rows) > 1
    assert done.err.startswith(f"residents: {len(rows)}, pages: 1\n{NOTICE_EN}")
    assert "--cursor" not in done.err


def test_progress_stays_out_of_the_result(city: City, area: str, tmp_path: Path) -> None:
    """Shown where somebody watches and the result goes elsewhere; the result is as if nobody did."""
    command = [sys.executable, "-m", "gateway", "stream", *city.statistics("--area", area, "--language", "en")]
    watching, terminal = pty.openpty()
    try:
        with (tmp_path / "out").open("wb") as out:
            done = subprocess.run(command, stdout=out, stderr=terminal, cwd=ROOT, check=False, timeout=60)
        said = os.read(watching, 100_000).decode()
    finally:
        os.close(terminal)
        os.close(watching)
    rows = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
    assert done.returncode == Exit.DONE, said
    assert rows[0].startswith("resident_id (pseudonym)\t")
    assert f"residents: {len(rows) - 1}, pages: 1" in said
    assert rows[1] not in said


def test_pages_as_json_are_the_contracts(city: City, capsys: Capsys, area: str) -> None:
    """A line a page, as the gateway sent it."""
    done = typed(capsys, "stream", *city.statistics("--area", area, "--fields", "resident_id", "--json"))
    (line,) = done.out.splitlines()
    page = json.loads(line)
    assert all(set(resident) == {"resident_id"} for resident in page["residents"])
    assert page["receipt"]["disclosure_id"] in done.err


def test_ages_are_asked_for_in_bands(city: City, capsys: Capsys, area: str) -> None:
    """From and to, both inclusive; others are refused by the options that were typed."""
    of_age = ("--area", area, "--age-from", "30", "--age-to", "59", "--fields", "birth_date")
    bands = {row[0] for row in typed(capsys, "stream", *city.statistics(*of_age)).rows[1:]}
    assert bands <= {"30〜34歳", "35〜39歳", "40〜44歳", "45〜49歳", "50〜54歳", "55〜59歳"}
    refused = typed(capsys, "stream", *city.statistics("--age-from", "31"))
    assert refused.code == Exit.REFUSED
    assert "  --age-from, --age-to: 5歳きざみの階級に合っていません\n" in refused.err


def test_a_stream_goes_on_where_it_ended(city: City, capsys: Capsys) -> None:
    """`--limit` ends it behind a page, and the cursor that is told brings the rest, nobody twice, under one heading a
    run. The auditor's pages are of 100.
    """
    options = ("--purpose", "internal-audit", "--reason", "investigation", "--area", "48201", "--language", "en")
    question = (*city.person("auditor"), *options, "--age-from", "40", "--age-to", "49")
    first = typed(capsys, "stream", *question, "--limit", "1")
    assert first.code == Exit.DONE, first.err
    told = re.search(r"to go on: --cursor (\S+)", first.err)
    assert told is not None, first.err
    second = typed(capsys, "stream", *question, "--cursor", told[1], "--limit", "1")
    pages = [first.rows[1:], second.rows[1:]]
    assert len(pages[0]) == 100
    assert 0 < len(pages[1]) <= 50  # The day's allowance ends it; other tests may have used some.
    ids = [row[0] for page in pages for row in page]
    assert len(ids) == len(set(ids))


def test_where_the_allowance_ends_so_does_the_stream(own_city: City, capsys: Capsys) -> None:
    """What came is printed, then the refusal, how far it went and the cursor; the exit code says that it was cut. In a
    city of its own: the day's allowance is gone then.
    """
    done = typed(capsys, "stream", *own_city.statistics("--age-from", "0", "--language", "en"))
    assert done.code == Exit.REFUSED, done.err
    lines = done.err.splitlines()
    assert lines[0].startswith("BUDGET_EXHAUSTED (RESOURCE_EXHAUSTED): ")
    assert f"residents: {len(done.rows) - 1}, pages: " in done.err
    assert len([row for row in done.rows if row == done.rows[0]]) == 1
    assert lines[-1].startswith("to go on: --cursor ")


def test_without_a_grant_no_list_of_names_and_homes(city: City, capsys: Capsys) -> None:
    """What a purpose opens in bulk two people answer for."""
    question = ("--purpose", "vaccination-mailing", "--reason", "notification", "--age-from", "65", "--age-to", "65")
    done = typed(capsys, "stream", *city.person("public-health-nurse"), *question, "--language", "en")
    assert (done.code, done.out) == (Exit.REFUSED, "")
    assert done.err.startswith("GRANT_REQUIRED (PERMISSION_DENIED): ")


def test_a_cursor_of_another_question_is_refused(city: City, capsys: Capsys, area: str) -> None:
    """It holds for its own question only."""
    done = typed(capsys, "stream", *city.statistics("--area", area, "--cursor", "made-up"))
    assert done.code == Exit.REFUSED
    assert "  --cursor: このカーソルは、この人・利用目的・条件・項目のものではありません\n" in done.err


def test_nobody_selected_is_not_asked(city: City, capsys: Capsys) -> None:
    """A status alone is no selection."""
    done = typed(capsys, "stream", *city.statistics("--status", "resident"))
    assert done.code == Exit.USAGE
    assert "say which residents" in done.err
