from collections.abc import Callable

import pytest

from masking.masker import Masker
from masking.value import EMPTY, MALFORMED, Address, Entry, Exact, Flag, Masked, Occasion, PartialDate, Value

ADDRESS = Address("1310500102", "潮見市", "汐町", 2, "3番4号")
TORN = "a\ud842"  # half of a torn character cannot be written down
MOVED = Entry("moved_in", PartialDate(2020, 5, 17), PartialDate(2020, 5, 17), "前住所 汐町2丁目3番4号")


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
        (MALFORMED, TORN),
        (MALFORMED, Address("1310500102", "潮見市", TORN, 2, "3番4号")),
        (MALFORMED, Address(TORN, "潮見市", "汐町", 2, "3番4号")),
        (Exact(Flag.NO), Flag.NO),  # no is an answer
        (MALFORMED, False),  # what could not be read is none
        (Exact((MOVED,)), (MOVED,)),
        (EMPTY, ()),  # a list of nothing
        (MALFORMED, (MOVED, "moved_out")),
        (MALFORMED, (MOVED, Entry(TORN, None, None, ""))),
        (MALFORMED, (Entry("moved_in", None, None, TORN), MOVED)),
    ],
)
def test_keep_shows_the_value_itself(
    expected: Masked, value: Value | None, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """What the register holds is shown as it is; what it cannot hold is marked."""
    assert expected == bound("keep")(value, occasion)
