"""From what a driver gives to values."""

from itertools import product

import pytest

from gateway.register.schema_map import DateForm
from gateway.register.values import ILLEGIBLE, UNREADABLE, address, date_conversion, text, yen

WHOLE = ("4820100101", "潮見市", "潮見", 1, "2番3号")


@pytest.mark.rule("M2")
def test_a_text_that_could_not_be_decoded_is_unreadable_wherever_it_stands() -> None:
    """Never a value, never "not in the register", and no conversion raises."""
    assert [text(ILLEGIBLE), yen(ILLEGIBLE)] == [UNREADABLE] * 2
    assert [date_conversion(form)(ILLEGIBLE) for form in DateForm] == [UNREADABLE] * len(DateForm)


@pytest.mark.rule("M2")
def test_an_address_with_an_illegible_part_is_unreadable() -> None:
    """Whichever part it is, and however many."""
    for illegible in product((False, True), repeat=len(WHOLE)):
        parts = [ILLEGIBLE if bad else part for bad, part in zip(illegible, WHOLE, strict=True)]
        assert (address(*parts) is UNREADABLE) is any(illegible)
