from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from masking.catalogue import CATALOGUE
from masking.keyring import DomainKeys
from masking.masker import Masker
from masking.value import EMPTY, MALFORMED, Masked, Occasion, Rounded, Value

amounts = st.integers(-(10**15), 10**15)
bases = st.integers(2, 10**15)


@pytest.mark.parametrize(
    ("expected", "value", "base"),
    [
        (Rounded(0, 1000), 0, 1000),
        (Rounded(0, 1000), 499, 1000),
        (Rounded(1000, 1000), 500, 1000),  # a half goes up
        (Rounded(3, 3), 2, 3),
        (Rounded(3, 3), 4, 3),
        (Rounded(5, 5), 3, 5),  # of an odd base nothing lies half way
        (Rounded(0, 5), 2, 5),
        (Rounded(-1000, 1000), -501, 1000),
        (Rounded(0, 1000), -500, 1000),  # up is towards the larger number
        (EMPTY, None, 1000),
        (MALFORMED, "1000", 1000),
        (MALFORMED, True, 1000),
        (MALFORMED, 10**15 + 1, 1000),  # more than 64 bits could carry after all
    ],
)
def test_a_number_becomes_the_nearest_multiple(
    expected: Masked, value: Value | None, base: int, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Half a base and more goes up; what is no number is marked."""
    assert expected == bound("round", base=base)(value, occasion)


@given(value=amounts, base=bases, mode=st.sampled_from(["nearest", "random"]))
def test_it_is_a_multiple_near_by(
    value: int, base: int, mode: str, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """The claim: within half a base, or by chance within one; a multiple stays itself."""
    made = bound("round", base=base, mode=mode)(value, occasion)
    assert isinstance(made, Rounded)
    assert made.value % base == 0
    assert 2 * abs(made.value - value) <= base if mode == "nearest" else abs(made.value - value) < base
    assert made.value == value or value % base


@given(value=amounts, base=bases, resident=st.text("0123456789", min_size=1))
def test_asking_again_tells_nothing_new(
    value: int, base: int, resident: str, keys: DomainKeys, occasion: Occasion
) -> None:
    """The chance is drawn once and for all: also after a restart."""
    kind = CATALOGUE["round"]
    settings = kind.settings.model_validate({"base": base, "mode": "random"})
    asked = occasion._replace(resident_id=resident)
    assert kind.bind(settings, keys)(value, asked) == kind.bind(settings, keys)(value, asked)


def test_chance_keeps_sums_right(bound: Callable[..., Masker], occasion: Occasion) -> None:
    """Of many numbers one above a multiple of five, a fifth goes up: the mean stays."""
    masker = bound("round", base=5, mode="random")
    up = sum(masker(11, occasion._replace(resident_id=str(number))) == Rounded(15, 5) for number in range(5000))
    assert 850 < up < 1150  # 1,000 expected, five standard deviations either way


@pytest.mark.rule("M1")
def test_two_domains_draw_apart(keys: DomainKeys, other_keys: DomainKeys, occasion: Occasion) -> None:
    """Chances of one domain tell nothing of another's: they agree half of the time."""
    kind = CATALOGUE["round"]
    settings = kind.settings.model_validate({"base": 2, "mode": "random"})
    here, there = kind.bind(settings, keys), kind.bind(settings, other_keys)
    asked = [occasion._replace(resident_id=str(number)) for number in range(4000)]
    assert 1800 < sum(here(1, each) == there(1, each) for each in asked) < 2200


@pytest.mark.rule("M2")
@pytest.mark.parametrize("resident", ["", "\ud842"])
def test_a_number_of_nobody_is_not_rounded_by_chance(
    resident: str, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Whoever has no id would share one chance with all others who have none."""
    assert bound("round", base=5, mode="random")(3, occasion._replace(resident_id=resident)) == MALFORMED


@pytest.mark.parametrize("wrong", [{}, {"base": 1}, {"base": 10**15 + 1}, {"base": 5, "mode": "up"}, {"base": 2.5}])
def test_settings_that_promise_nothing_are_refused(wrong: dict[str, object]) -> None:
    """A base of one is the number itself."""
    with pytest.raises(ValidationError):
        CATALOGUE["round"].settings.model_validate(wrong)
