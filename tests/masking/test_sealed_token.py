from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.keyring import DomainKeys
from masking.masker import Masker
from masking.pseudonym import SealedTokens
from masking.value import EMPTY, MALFORMED, Masked, Occasion, Pseudonym, Value


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (Pseudonym("sk1A7qPsANp3UDIM-ZPGOM_2j6GXvOuwufICGkCu7URsPiRhPNBRW2VxLK7"), "00000000001"),  # golden
        (EMPTY, None),  # null stays null
        (EMPTY, ""),  # and so does blank
        (MALFORMED, 1),  # no identifier: ids are text
        (MALFORMED, "a\ud842"),  # a torn character
        (MALFORMED, "1" * 255),  # longer than any identifier
    ],
)
def test_a_sealed_token_stands_for_the_identifier(
    expected: Masked, value: Value | None, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """The same identifier has the same token, today and in later releases."""
    assert expected == bound("sealed_token")(value, occasion)


@given(value=st.text(min_size=1, max_size=60).filter(str.strip))
def test_what_the_masker_seals_its_domain_opens(
    value: str, keys: DomainKeys, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """A purpose keyed by its own pseudonyms gets back exactly the identifier that was sealed."""
    sealed = bound("sealed_token")(value, occasion)
    assert sealed == MALFORMED or (isinstance(sealed, Pseudonym) and SealedTokens(keys).open(sealed.token) == value)
