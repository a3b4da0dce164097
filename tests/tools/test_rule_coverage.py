"""tools/rule_coverage.py: which tests show which rule."""

import pytest

from tools.rule_coverage import Claim, claims, published_rules, rule_ids


def test_every_place_a_marker_can_stand_counts() -> None:
    """A function, a coroutine, a class, a method and a whole module can each claim rules."""
    source = """
import pytest
pytestmark = [pytest.mark.rule("R1"), pytest.mark.slow]

@pytest.mark.rule("F1", "F2")
def test_a(): ...

@pytest.mark.rule("S1")
async def test_b(): ...

@pytest.mark.rule("M1")
class TestC:
    @pytest.mark.rule("M2")
    def test_d(self): ...
"""
    expected = {
        Claim("R1", "tests/test_x.py"),
        Claim("F1", "tests/test_x.py::test_a"),
        Claim("F2", "tests/test_x.py::test_a"),
        Claim("S1", "tests/test_x.py::test_b"),
        Claim("M1", "tests/test_x.py::TestC"),
        Claim("M2", "tests/test_x.py::test_d"),
    }
    assert expected == set(claims(source, "tests/test_x.py"))


def test_a_computed_rule_is_refused() -> None:
    """The listing reads source, so a marker whose rule only appears at run time is an error with its place."""
    with pytest.raises(ValueError, match="tests/test_x.py::test_a: write the rule out"):
        list(claims("@pytest.mark.rule(RULE)\ndef test_a(): ...", "tests/test_x.py"))


def test_rules_are_the_table_rows_in_order() -> None:
    """Ids come from the first column; headings, rulers and prose that mentions an id do not count."""
    assert rule_ids("# F9\n| id | rule |\n|---|---|\n| F2 | as F1 |\n| E | codes |\n") == ["F2", "E"]


def test_a_rule_twice_is_refused() -> None:
    """Two rules under one id would let a test of the one stand for the other."""
    with pytest.raises(ValueError, match="F1 stands there twice"):
        rule_ids("| F1 | a |\n| F1 | b |\n")


def test_all_rules_are_published() -> None:
    """docs/rules.md holds every series, without a gap."""
    series = {"F": 8, "S": 7, "W": 9, "L": 8, "R": 8, "M": 7}
    expected = [f"{letter}{number}" for letter, last in series.items() for number in range(1, last + 1)]
    assert [*expected, "E", "H"] == published_rules()
