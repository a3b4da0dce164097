import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.japanese.numeral import in_kanji, kanji_number


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (45, "四十五"),
        (10, "十"),
        (123, "百二十三"),
        (2019, "二千十九"),
        (1970, "一九七〇"),
        (20, "二零"),
        (8, "〇八"),
        (45, "45"),
        (12, "1二"),
        (None, "十三三"),
        (None, "二〇十"),
        (None, "十百"),
        (None, "三田"),
        (None, "²"),
        (None, ""),
    ],
)
def test_a_number_is_read_in_one_way_or_not_at_all(expected: int | None, text: str) -> None:
    """Counted or digit by digit; what is neither is no number."""
    assert expected == kanji_number(text)


@given(number=st.integers(1, 99))
def test_what_is_written_is_read_again(number: int) -> None:
    """Writing and reading are each other's inverse."""
    assert number == kanji_number(in_kanji(number))
