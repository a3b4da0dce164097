"""The table of evasions."""

from __future__ import annotations

import pytest

from tools.evasions import Evasion, evasions, table

WHOLE = '''
@pytest.mark.evasion("Asking twice")
@pytest.mark.rule("L1", "L3")
async def test_asking_twice(estate):
    """It costs
    nothing new.
    """

def test_something_else():
    """No evasion."""
'''


def test_a_row_is_made_of_mark_docstring_and_rules() -> None:
    """Other tests of the file have none."""
    expected = [Evasion("Asking twice", "It costs nothing new.", ("L1", "L3"), "test_asking_twice")]
    assert list(evasions(WHOLE, "test_x.py")) == expected


@pytest.mark.parametrize(
    "source",
    [
        WHOLE.replace('@pytest.mark.rule("L1", "L3")\n', ""),  # without a rule
        WHOLE.replace('    """It costs\n    nothing new.\n    """', "    pass"),  # without a docstring
    ],
)
def test_an_evasion_without_its_end_is_an_error(source: str) -> None:
    """It is named, so that nobody has to look for it."""
    with pytest.raises(ValueError, match="test_asking_twice"):
        list(evasions(source, "test_x.py"))


def test_every_way_around_pseudonymous_the_table() -> None:
    """The project's own table has a row a marked test; the tests of the incident stand for themselves."""
    assert len(table().splitlines()) - 2 >= 15
