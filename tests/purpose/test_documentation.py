import re
from pathlib import Path

import pytest

from gateway.field import FIELDS
from gateway.finding import parse_yaml
from gateway.purpose.check import check
from gateway.purpose.limits import LimitsText
from gateway.purpose.model import PurposeText
from gateway.purpose.plan import SearchKey
from masking.catalogue import CATALOGUE

PAGE = (Path(__file__).parents[2] / "docs" / "purposes.md").read_text(encoding="utf-8")
GOLDEN = Path(__file__).parent / "golden"


def first_cells() -> set[str]:
    """Every word in the first column of a table of the page."""
    cells = re.findall(r"^\| (`[^|]*) \|", PAGE, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("keys", set(PurposeText.model_fields)),
        ("search keys", set(SearchKey)),
        ("fields", set(FIELDS)),
        ("masks", set(CATALOGUE)),
    ],
)
def test_the_page_explains_every_word_that_a_steward_may_write(what: str, names: set[str]) -> None:
    """A key, field or mask that is added without a line in docs/purposes.md fails here."""
    assert sorted(names - first_cells()) == []


def test_the_page_explains_every_key_of_the_limits() -> None:
    """Each by its path."""
    assert {cell.partition(".")[0] for cell in first_cells()} >= set(LimitsText.model_fields)


def test_the_page_explains_every_code_that_a_golden_has() -> None:
    """A finding whose code nobody explains leaves a steward alone with it."""
    found = {
        line.split(": ")[1] for path in GOLDEN.rglob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()
    }

    assert sorted(found - first_cells()) == []


def test_the_example_of_the_page_is_a_purpose() -> None:
    """Copied as it stands, it passes."""
    example = PAGE.partition("```yaml\n")[2].partition("```")[0]

    (checked,) = check([parse_yaml(example.encode(), "school-lunch-reduction.yaml")], None, frozenset(FIELDS))

    assert list(checked.masks) == ["name", "birth_date", "address"]
