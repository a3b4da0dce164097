"""A run from the city to the verdict: a real gateway in a process of its own, real workers, its own ledger."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from loadtest.__main__ import main
from loadtest.report import page
from loadtest.verdict import Verdict
from tests.estates import ROOT

SMALL = """\
scenario: small
title: A small one
shows: Two clerks use up a day.
residents: 500
seconds: 3
short: 2
budgets:
  resident-card-counter:
    residents: {staff: {1d: 12}, department: {1d: 20}}
loads:
  - name: counter
    department: citizen-affairs
    role: counter-clerk
    people: 2
    purpose: resident-card-counter
    calls: {lookup: 4, search: 1}
    subjects: split
    rate: 30
refusals:
  must: [BUDGET_EXHAUSTED]
"""


def loaded(folder: Path, *options: str, text: str = SMALL) -> subprocess.CompletedProcess[str]:
    """`python -m loadtest` with a scenario of one's own."""
    (folder / "small.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "loadtest", str(folder / "small.yaml"), "--out", str(folder / "out"), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.rule("L1", "L2", "L3", "R1")
def test_a_run_passes_and_tells_what_it_saw(tmp_path: Path) -> None:
    """The department's twenty residents, to the last one; the verdict and its page are written, and nothing is loaded
    from elsewhere.
    """
    done = loaded(tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    verdict = Verdict.model_validate(json.loads(done.stdout))
    assert (verdict.result, verdict.sends.offered, verdict.sends.missed) == ("PASS", 90, 0)
    (department,) = [
        use for use in verdict.allowances if (use.owner, use.purpose) == ("department", "resident-card-counter")
    ]
    assert (department.by_answers, department.by_ledger, department.limit) == (20, 20, 20)
    assert verdict.ledger is not None
    assert verdict.ledger.faults == ()
    written = (tmp_path / "out" / "small" / "report.html").read_text(encoding="utf-8")
    assert written == page([verdict])
    assert "<svg" in written
    assert not [word for word in ("<script", "<link", "@import", "src=", "url(") if word in written]


def test_a_run_that_provokes_nothing_fails(tmp_path: Path) -> None:
    """Exit code 1, and the check that is broken is named."""
    done = loaded(tmp_path, "--duration", "1", text=SMALL.replace("rate: 30", "rate: 5"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BUDGET_EXHAUSTED: never happened" in done.stdout


@pytest.mark.parametrize(
    ("options", "text", "told"),
    [
        ((), SMALL.replace("rate: 30", "rate: thirty"), "small.yaml:18:5"),  # not a number
        (("--duration", "0"), SMALL, "1 to 3600 seconds"),
        ((), SMALL.replace("people: 2", "people: 60"), "has"),  # more than there are
        ((), SMALL.replace("purpose: resident-card-counter", "purpose: fee-arrears"), "is for cases"),
        (("--target", "nowhere.yaml"), SMALL, "nowhere.yaml"),
    ],
)
def test_what_is_typed_wrong_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    text: str,
    told: str,
) -> None:
    """Exit code 2, before anything is loaded."""
    (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(
        "sys.argv", ["loadtest", str(tmp_path / "small.yaml"), "--out", str(tmp_path / "out"), *options]
    )
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err
    assert (left.value.code, told in said) == (2, True), said
