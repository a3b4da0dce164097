"""From what a driver gives to values."""

from itertools import product

import pytest

from gateway.register.schema_map import DateForm
from gateway.register.values import ILLEGIBLE, address, date_conversion, text, whole_number
from masking.value import UNREADABLE

WHOLE = ("4820100101", "潮見市", "潮見", 1, "2番3号")


@pytest.mark.rule("M2")
def test_a_text_that_could_not_be_decoded_is_unreadable_wherever_it_stands() -> None:
    """Never a value, never "not in the register", and no conversion raises."""
    assert [text(ILLEGIBLE), whole_number(ILLEGIBLE)] == [UNREADABLE] * 2
    assert [date_conversion(form)(ILLEGIBLE) for form in DateForm] == [UNREADABLE] * len(DateForm)


@pytest.mark.rule("M2")
def test_an_address_with_an_illegible_part_is_unreadable() -> None:
    """Whichever part it is, and however many."""
    for illegible in product((False, True), repeat=len(WHOLE)):
        parts = [ILLEGIBLE if bad else part for bad, part in zip(illegible, WHOLE, strict=True)]
        assert (address(*parts) is UNREADABLE) is any(illegible)


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("expected", "raw"),
    [
        (0, 0),
        (-(10**15), -(10**15)),  # a refund
        (10**15, 10**15),
        (UNREADABLE, 10**15 + 1),  # no message could carry the ends of its band
        (UNREADABLE, True),  # a truth value is no amount
        (UNREADABLE, 1.0),
        (UNREADABLE, "100"),
        (None, None),
    ],
)
def test_an_amount_is_a_whole_number_of_this_world(expected: object, raw: object) -> None:
    """What no city's book holds is unreadable, rather than an answer that cannot be sent."""
    assert whole_number(raw) is expected if expected is UNREADABLE else whole_number(raw) == expected
