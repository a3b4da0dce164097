from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.catalogue import CATALOGUE
from masking.keyring import DomainKeys
from masking.masker import Masker, NoSettings
from masking.value import EMPTY, MALFORMED, Masked, Occasion, Pseudonym, Value


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (Pseudonym("tk1A8yoPiyL7rE6v8IykDKNV4HN5TeznSf93FEC"), "00000000001"),  # golden: formats outlive the code
        (Pseudonym("tk1AyaltfBaFp9HaY59xk6r-aLjXd4U3cv5K5t0"), "髙橋 花子"),
        (EMPTY, None),  # null stays null
        (EMPTY, " "),  # blank is how legacy registers write null; one token for all blanks would say so
        (MALFORMED, 12),  # an amount has no token: too few values to hide among
        (MALFORMED, "a\udfb7"),  # a torn character has no octets to hash
    ],
)
def test_a_token_stands_for_the_value(
    expected: Masked, value: Value | None, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """The same value has the same token, today and in later releases."""
    assert expected == bound("token")(value, occasion)


@pytest.mark.rule("M1", "M3")
@given(value=st.text(min_size=1).filter(str.strip))
def test_two_domains_share_no_token(
    value: str, keys: DomainKeys, other_keys: DomainKeys, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Stable inside a domain however often it is bound, unlike any other domain's, and of one length."""
    here = CATALOGUE["token"].bind(NoSettings(), keys)(value, occasion)
    there = CATALOGUE["token"].bind(NoSettings(), other_keys)(value, occasion)
    assert here == bound("token")(value, occasion)
    if here != MALFORMED:
        assert isinstance(here, Pseudonym)
        assert isinstance(there, Pseudonym)
        assert here != there
        assert len(here.token) == len(there.token) == 39
