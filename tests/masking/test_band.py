from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.catalogue import CATALOGUE
from masking.masker import Masker
from masking.value import EMPTY, MALFORMED, Masked, Occasion, Value, YenBand

TEN_MILLION = {"width": 1_000_000, "top": 10_000_000}


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("expected", "value", "settings"),
    [
        (YenBand(0, 1_000_000), 0, TEN_MILLION),  # lower edge belongs to the band
        (YenBand(0, 1_000_000), 999_999, TEN_MILLION),
        (YenBand(1_000_000, 2_000_000), 1_000_000, TEN_MILLION),  # upper edge does not
        (YenBand(9_000_000, 10_000_000), 9_999_999, TEN_MILLION),
        (YenBand(10_000_000, None), 10_000_000, TEN_MILLION),  # top coded
        (YenBand(10_000_000, None), 10**30, TEN_MILLION),
        (YenBand(None, 0), -1, TEN_MILLION),  # a negative amount: bottom band
        (YenBand(None, 0), -(10**30), TEN_MILLION),
        (YenBand(None, 500), 499, {"width": 500, "bottom": 500}),  # bottom coded
        (YenBand(500, 1000), 500, {"width": 500, "bottom": 500}),  # bands are counted from bottom
        (YenBand(-500, 0), -1, {"width": 500, "bottom": -1000}),  # a bottom below zero bands debts too
        (YenBand(99_000, 100_000), 99_999, {"width": 1000}),  # no top
        (YenBand(2_000_000, 2_001_000), 2_000_001, {"width": 1000}),  # beyond the bands made beforehand
        (EMPTY, None, TEN_MILLION),  # null stays null
        (MALFORMED, "5", TEN_MILLION),  # text is no amount
        (MALFORMED, True, TEN_MILLION),
        (MALFORMED, 5.0, TEN_MILLION),
    ],
)
def test_band_shows_the_band_only(
    expected: Masked, value: Value | None, settings: dict[str, int], bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """An amount becomes the band it lies in, open at both coded ends."""
    assert expected == bound("band", **settings)(value, occasion)


@given(
    amount=st.integers(),
    width=st.integers(min_value=2, max_value=10**9),
    bottom=st.integers(-(10**9), 10**9),
    count=st.none() | st.integers(1, 5000),
)
def test_band_holds_its_amount_and_is_never_narrow(
    amount: int, width: int, bottom: int, count: int | None, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Whatever the settings: the amount lies in the band, and no band is narrower than promised."""
    top = None if count is None else bottom + count * width
    band = bound("band", width=width, bottom=bottom, top=top)(amount, occasion)
    assert isinstance(band, YenBand)
    assert band.low is None or band.low <= amount
    assert band.high is None or amount < band.high
    assert band.low is None or band.high is None or band.high - band.low == width
    assert (band.low is None) is (amount < bottom)


def test_band_makes_each_band_once(bound: Callable[..., Masker], occasion: Occasion) -> None:
    """Rows of one band share one object, so a page costs no memory for its bands."""
    masker = bound("band", **TEN_MILLION)
    assert masker(1_500_000, occasion) is masker(1_600_000, occasion)


@pytest.mark.parametrize(
    ("expected", "settings"),
    [
        ("write how many yen a band is wide", {}),  # width is not guessed
        ("write how many yen a band is wide", {"width": 0}),
        ("write how many yen a band is wide", {"width": 1}),  # would be the amount itself
        ("write how many yen a band is wide", {"width": "1000000"}),
        ("write how many yen a band is wide", {"width": 10**30}),  # ends that no message could carry
        ("write from how many yen up", {"width": 2, "top": 10**30}),
        ("write below how many yen", {"width": 2, "bottom": -(10**30)}),
        ("write from how many yen up", {"width": 1000, "top": "x"}),
        ("whole bands of 1000", {"width": 1000, "top": 1500}),  # the last band would be narrow
        ("whole bands of 1000", {"width": 1000, "top": 0}),  # no band at all
        ("whole bands of 1000", {"width": 1000, "top": -5000}),
        ("this mask takes width, top, bottom", {"widht": 1000, "width": 1000}),  # a typo
    ],
)
def test_band_refuses_settings_with_advice(expected: str, settings: dict[str, object]) -> None:
    """What a steward wrote wrong is answered with what to write."""
    with pytest.raises(ValueError, match=expected):
        CATALOGUE["band"].settings.model_validate(settings)
