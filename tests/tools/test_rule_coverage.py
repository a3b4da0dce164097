"""tools/rule_coverage.py: which tests show which rule."""

from pathlib import Path

import pytest

from tools.rule_coverage import Claim, claims, published_rules, rule_ids, table


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


def test_the_table_has_every_rule_of_its_series_and_each_test(tmp_path: Path) -> None:
    """In the rules' order, by file, in words; a test that claims other rules is not among them."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "rules.md").write_text("| W2 | b |\n| W1 | a |\n| R1 | c |\n", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    path = tmp_path / "tests" / "test_x.py"
    path.write_text(
        '@pytest.mark.rule("W1", "W2")\ndef test_a_b(): ...\n@pytest.mark.rule("W1")\ndef test_c(): ...\n'
        '@pytest.mark.rule("R1")\ndef test_d(): ...\n',
        encoding="utf-8",
    )
    file = "[test_x.py](../tests/test_x.py)"
    assert table("W", tmp_path).splitlines()[2:] == [f"| **W2** | {file}: a b |", f"| **W1** | {file}: a b; c |"]
    path.write_text('@pytest.mark.rule("W1")\ndef test_a_b(): ...\n', encoding="utf-8")
    with pytest.raises(ValueError, match="no test shows W2"):
        table("W", tmp_path)


def test_every_rule_about_who_may_ask_is_shown() -> None:
    """The table on the page of rules has no gap."""
    rules = [rule for rule in published_rules() if rule.startswith("W")]
    assert [row.split(" | ")[0] for row in table("W").splitlines()[2:]] == [f"| **{rule}**" for rule in rules]
