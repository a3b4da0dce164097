"""Masked releases under attack, in short; `make attack` is the long form."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.register.city.build import REGISTER_FILE
from gateway.register.city.build import build_city as build
from gateway.standing.tables import sqlite_schema
from loadtest.masking.attack.outcome import Outcome, Sort, wilson
from loadtest.masking.attack.run import attack
from loadtest.masking.attack.show import drawing, percent, table

TODAY = date(2026, 11, 2)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """All attacks on a city of 1,500; remarks are attacked in test_remarks.py."""
    folder = tmp_path_factory.mktemp("attacked")
    build(folder, residents=1_500, seed=7, today=TODAY, standing_schema=sqlite_schema(), processes=1)
    return list(attack(folder / REGISTER_FILE, TODAY, seed=7, with_remarks=False))


@pytest.mark.rule("M1", "M3", "M5")
def test_no_claim_of_the_catalogue_is_broken(outcomes: list[Outcome]) -> None:
    """And each attack works on what is not protected: one that never works proves nothing."""
    assert [each for each in outcomes if not each.holds] == []
    by_sort = {sort: {each.attack for each in outcomes if each.sort is sort} for sort in Sort}
    assert len(by_sort[Sort.CLAIM]) >= 8
    assert {
        "dictionary without the key",
        "joining two purposes by pseudonym",
        "averaging repeated answers",
        "subtracting two selections",
    } <= by_sort[Sort.CONTROL]


def test_what_remains_is_measured_and_said(outcomes: list[Outcome]) -> None:
    """Quasi-identifiers single some people out, whatever is masked; the table says so."""
    remains = {each.attack: each for each in outcomes if each.sort is Sort.REMAINS}
    assert remains["knowing somebody"].rate > 0.05  # age band, town and income band
    assert remains["joining two purposes by quasi-identifiers"].successes > 0
    assert remains["sex, by the given name"].rate == 1
    written = table([each.told() for each in outcomes])
    assert written.count("\n") == len(outcomes) + 1
    assert "| remains |" in written
    assert "BROKEN" not in written
    assert drawing([each.told() for each in outcomes]).svg().startswith("<svg")


def outcome(**changes: Any) -> Outcome:
    """A claim that holds, but for the changes."""
    return replace(Outcome("attack", "mask", Sort.CLAIM, 1000, 0, 0.0, "says"), **changes)


@pytest.mark.parametrize(
    ("holds", "made"),
    [
        (True, outcome()),
        (False, outcome(successes=1)),  # where nothing is allowed, one is too many
        (True, outcome(successes=60, bound=0.05)),  # within chance
        (False, outcome(successes=100, bound=0.05)),
        (False, outcome(trials=0)),  # what was not tried is not shown
        (True, outcome(sort=Sort.REMAINS, successes=999, bound=None)),
        (True, outcome(sort=Sort.CONTROL, successes=995, bound=0.99)),
        (False, outcome(sort=Sort.CONTROL, successes=0, bound=0.05)),  # the attack is none
    ],
)
def test_a_verdict_is_about_the_interval(holds: bool, made: Outcome) -> None:
    """A claim breaks when even the lower end lies above what it allows; a control fails at the upper end."""
    assert made.holds is holds
    assert made.told()["holds"] is holds


@given(trials=st.integers(1, 10_000), data=st.data())
def test_the_interval_holds_the_rate(trials: int, data: st.DataObject) -> None:
    """Also of nothing and of everything; more tries narrow it."""
    successes = data.draw(st.integers(0, trials))
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    wide, narrow = wilson(successes, trials), wilson(successes * 100, trials * 100)
    assert narrow[1] - narrow[0] < wide[1] - wide[0]


def test_the_interval_is_wilsons() -> None:
    """Against figures worked out by hand: 10 of 100 is 5.52 to 17.44 %, none of 10 at most 27.75 %."""
    assert wilson(10, 100) == pytest.approx((0.05522914, 0.17436566), abs=1e-7)
    assert wilson(0, 10) == pytest.approx((0.0, 0.27753279), abs=1e-7)
    assert wilson(0, 0) == (0, 1)


@pytest.mark.parametrize(("expected", "rate"), [("0 %", 0.0), ("100 %", 1.0), ("0.003 %", 0.00003), ("12.3 %", 0.1234)])
def test_shares_are_written_for_people(expected: str, rate: float) -> None:
    """A small one keeps its digits."""
    assert percent(rate) == expected


def test_the_city_is_attacked_as_the_register_has_it(tmp_path: Path) -> None:
    """The same seed, the same outcomes."""
    build(tmp_path, residents=400, seed=3, today=TODAY, standing_schema=sqlite_schema(), processes=1)
    first, again = (
        [each.told() for each in attack(tmp_path / REGISTER_FILE, TODAY, seed=3, with_remarks=False)] for _ in range(2)
    )
    assert first == again
