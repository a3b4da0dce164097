import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.register.check_digit import MY_NUMBER_DIGITS, RESIDENT_CODE_DIGITS, check_digit, is_checked


def by_the_order(text: str) -> int:
    """Reckoned as the order says it: n counts from the last digit before the check digit."""
    total = sum(int(digit) * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(text), 1))
    return 0 if total % 11 <= 1 else 11 - total % 11


@pytest.mark.parametrize(
    ("expected", "digits"),
    [
        # by hand: the sum is 238, the remainder 7
        (4, 98320567321),
        # remainders of 0 and of 1 both give 0
        (0, 0),
        (0, 6),
        # ten digits of a 住民票コード
        (8, 2472705960),
    ],
)
def test_the_formula_of_the_order(expected: int, digits: int) -> None:
    """Weights 2 to 7 from the right, and again from 2; eleven less the remainder."""
    assert expected == check_digit(digits)


@given(st.integers(0, 10**11 - 1))
def test_groups_of_digits_weigh_what_their_digits_do(number: int) -> None:
    """平成26年総務省令第85号, art. 5, for any number of eleven digits."""
    digits = f"{number:011d}"
    assert by_the_order(digits) == check_digit(number)
    assert is_checked(f"{digits}{by_the_order(digits)}", MY_NUMBER_DIGITS)


@given(st.text("0123456789", min_size=10, max_size=10), st.integers(0, 9), st.integers(1, 9))
def test_a_wrong_digit_is_noticed(digits: str, place: int, by: int) -> None:
    """In whatever place; a remainder of 1 that becomes 0, or the reverse, is the one exception of the formula."""
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    right = check_digit(int(digits))
    if right or check_digit(int(wrong)):
        assert is_checked(f"{digits}{right}", RESIDENT_CODE_DIGITS)
        assert not is_checked(f"{wrong}{right}", RESIDENT_CODE_DIGITS)
