from collections.abc import Callable

import pytest

from masking.masker import Masker
from masking.value import EMPTY, MALFORMED, Address, Exact, Masked, Occasion, PartialDate, Value

ADDRESS = Address("1310500102", "潮見市", "汐町", 2, "3番4号")


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (Exact("髙橋 花子"), "髙橋 花子"),  # legacy characters survive
        (Exact(""), ""),  # keep changes nothing, blanks included
        (Exact(-1), -1),  # a negative amount
        (Exact(PartialDate(2020, 5)), PartialDate(2020, 5)),  # a partial date keeps its precision
        (Exact(ADDRESS), ADDRESS),
        (EMPTY, None),  # null stays null
        (MALFORMED, True),  # a truth value is no amount
        (MALFORMED, 1.5),  # no register value
        (MALFORMED, b"x"),  # octets are no text
        (MALFORMED, "a\ud842"),  # half of a torn character cannot be written down
    ],
)
def test_keep_shows_the_value_itself(
    expected: Masked, value: Value | None, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """What the register holds is shown as it is; what it cannot hold is marked."""
    assert expected == bound("keep")(value, occasion)
