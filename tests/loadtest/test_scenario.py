"""Scenarios as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.finding import Findings
from gateway.purpose.book import Manuscript
from loadtest.scenario import Scenario, shipped
from loadtest.suite import ORDER
from loadtest.town import write_book

WORKING = """\
scenario: mine
title: Mine
shows: Something.
seconds: 5
short: 2
loads:
  - name: counter
    department: citizen-affairs
    role: counter-clerk
    people: 3
    purpose: resident-card-counter
    calls: {lookup: 3, search: 1}
    rate: 10
"""


def read(path: Path, text: str) -> Scenario:
    """A scenario of this text."""
    file = path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return Scenario.read(file)


@pytest.mark.parametrize("name", shipped())
def test_what_ships_can_be_read(name: str) -> None:
    """Each file holds the scenario that it is named after."""
    assert Scenario.read(shipped()[name]).scenario == name


@pytest.mark.parametrize("name", shipped())
def test_what_ships_asks_for_a_book_that_is_sound(name: str, tmp_path: Path) -> None:
    """Limits, budgets and bulk reads of a scenario, laid over the shipped ones, have no findings."""
    write_book(tmp_path, Scenario.read(shipped()[name]))
    assert Manuscript.read(tmp_path / "purposes", tmp_path / "limits.yaml", None).purposes


def test_the_suite_knows_its_scenarios() -> None:
    """All of them ship."""
    assert set(ORDER) <= set(shipped())


def test_the_short_form_of_all_stays_within_five_minutes() -> None:
    """With ten seconds each to build, to start and to read the ledger."""
    assert sum(Scenario.read(shipped()[name]).short + 10 for name in ORDER) <= 300


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("rate: 10", "rate: 10\n    rates: 11", "mine.yaml:14"),  # a key that nobody reads
        ("lookup: 3", "look: 3", "mine.yaml:12"),  # no such way to ask
        ("rate: 10", "rate: 10\n    back_to_back: true", "mine.yaml:7"),  # two ways to arrive
        ("    rate: 10\n", "", "mine.yaml:7"),  # none
        ("rate: 10", "back_to_back: true", "mine.yaml:7"),  # lookups wait for nobody
        ("rate: 10", "rate: 10\n    begins: 0.5\n    ends: 0.5", "mine.yaml:7"),  # never on
        ("people: 3", "people: 0", "mine.yaml:10"),
        ("seconds: 5", "seconds: 5\nrefusals: {must: [SOMETHING]}", "mine.yaml:5"),  # no reason of the table
        ("seconds: 5", "seconds: 5\nfault: meteor", "mine.yaml:5"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    """Nothing is passed over."""
    assert old in WORKING
    with pytest.raises(Findings) as caught:
        read(tmp_path, WORKING.replace(old, new))
    assert place in str(caught.value)


def test_two_loads_of_one_name(tmp_path: Path) -> None:
    """Their rows would be one file."""
    twice = WORKING + WORKING.partition("loads:\n")[2]
    with pytest.raises(Findings, match="a name of its own"):
        read(tmp_path, twice)
