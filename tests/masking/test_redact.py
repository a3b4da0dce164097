from collections.abc import Callable

import pytest

from masking.masker import Masker
from masking.value import EMPTY, REDACTED, Entry, Flag, Masked, Occasion, PartialDate, Value


@pytest.mark.rule("F5", "M2")
@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (REDACTED, "佐藤花子"),  # a value
        (REDACTED, 0),  # zero is a value
        (REDACTED, PartialDate(2020)),
        (REDACTED, Flag.NO),  # so is no
        (REDACTED, (Entry("moved_in", None, None, ""),)),
        (REDACTED, b"x"),  # nothing of a malformed value shows either
        (REDACTED, False),
        (EMPTY, ()),  # a list of nothing
        (EMPTY, None),  # not in the register is another answer
    ],
)
def test_redact_tells_only_whether_there_is_a_value(
    expected: Masked, value: Value | None, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """All values look alike, and null stays null."""
    assert expected == bound("redact")(value, occasion)
